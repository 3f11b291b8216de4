"""Whatever is done to a plan: what is stored is what is wanted, and no date is told twice."""

import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import MO, MONTHLY, WEEKLY, rrule

from aftercare import changes, plan, reminders
from aftercare.models import Commitment, Reminder
from aftercare.record import PORTAL
from notifications.kinds import Kind
from notifications.models import Message
from tests import build

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "Europe/London",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
)
# Days before clocks change somewhere: March and November in the north, April and October in the south.
STARTS = (
    datetime(2026, 3, 5, 15, 0, tzinfo=UTC),
    datetime(2026, 4, 2, 6, 0, tzinfo=UTC),
    datetime(2026, 10, 1, 20, 0, tzinfo=UTC),
    datetime(2026, 10, 29, 3, 0, tzinfo=UTC),
)
LEADS: tuple[tuple[tuple[int, str], ...], ...] = ((), ((1440, "18:00"),), ((30, ""), (0, "08:00")))


def draft(dice: random.Random, at: datetime, most: int) -> plan.CommitmentDraft:
    """Any commitment that reminds so many times of a date at the most."""
    rules: list[dict[str, Any]] = [
        {"weekdays": tuple(dice.sample(range(7), dice.randint(1, 4)))},
        {"weekdays": (dice.randrange(7),), "interval": 2},
        {"repeats": "monthly_position", "weekdays": (dice.randrange(7),), "position": -1},
        {"repeats": "monthly_date", "month_day": dice.choice([1, 8, 28, 31, -1])},
    ]
    return plan.CommitmentDraft(
        title="Choir",
        start_time=time(dice.randrange(24), dice.choice([0, 15, 30])),
        time_zone=dice.choice(ZONES),
        starts_on=at.date() - timedelta(days=dice.randint(0, 60)),
        remind_minutes=dice.choice([0, 60, 120]),
        more_leads=dice.choice([leads for leads in LEADS if len(leads) < most]),
        **dice.choice(rules),
    )


def stored(commitment: Commitment, at: datetime) -> set[tuple[str, int, str, datetime]]:
    rows = commitment.reminders.filter(state=Reminder.State.PLANNED, due_at__gt=at)
    return {(row.recurrence_id, row.lead_minutes, row.lead_clock, row.due_at) for row in rows}


def wanted(commitment: Commitment, at: datetime) -> set[tuple[str, int, str, datetime]]:
    fresh = Commitment.objects.get(pk=commitment.pk)
    return {(*want.key, want.due_at) for want in reminders.wanted(commitment=fresh, at=at)}


def edit(dice: random.Random, commitment: Commitment, at: datetime, most: int) -> None:
    """One of the things that people do to a plan."""
    coming = plan.coming(commitment=commitment, at=at)
    dated = {"commitment": commitment, "actor": PORTAL, "at": at}
    choice = dice.randrange(5)
    if choice == 0:
        plan.change(**dated, draft=draft(dice, at, most))  # type: ignore[arg-type]
    elif choice == 1:
        plan.end(**dated)  # type: ignore[arg-type]
        plan.restore(**dated)  # type: ignore[arg-type]
    elif choice == 2 and coming and not coming[0].off:
        changes.skip(**dated, recurrence_id=coming[0].recurrence_id)  # type: ignore[arg-type]
        if dice.random() < 0.5:
            changes.take_back(**dated, recurrence_id=coming[0].recurrence_id)  # type: ignore[arg-type]
    elif choice == 3 and coming and not coming[-1].off:
        where = {"on": (at + timedelta(days=dice.randint(2, 9))).date(), "start_time": time(9, 30)}
        changes.move(**dated, recurrence_id=coming[-1].recurrence_id, **where)  # type: ignore[arg-type]
    else:
        first = at.date() + timedelta(days=dice.randint(2, 9))
        made = changes.pause(
            graduate=commitment.graduate, first_on=first, last_on=first, actor=PORTAL, at=at
        )
        changes.end_pause(pause=made, actor=PORTAL, at=at)


@pytest.mark.parametrize("seed", range(24))
def test_stored_reminders_are_the_wanted_ones_and_no_date_is_told_twice(seed: int) -> None:
    dice, most = random.Random(seed), 1 if seed % 3 else 3
    at = STARTS[seed % len(STARTS)]
    graduate = build.graduate(time_zone=dice.choice(ZONES))
    commitment = plan.add(graduate=graduate, draft=draft(dice, at, most), actor=PORTAL, at=at)
    assert stored(commitment, at) == wanted(commitment, at)

    for _ in range(8):
        at += timedelta(hours=dice.randint(1, 60))
        reminders.plan_ahead(at=at)
        reminders.send_due(at=at)
        Message.objects.filter(kind=Kind.REMINDER, state=Message.State.DUE).update(
            state=Message.State.SENT
        )
        edit(dice, Commitment.objects.get(pk=commitment.pk), at, most)
        told = told_dates(commitment)
        missing = wanted(commitment, at) - stored(commitment, at)
        assert stored(commitment, at) <= wanted(commitment, at)
        assert {id for id, *_ in missing} <= set(told)
        assert all(count <= most for count in told.values())


def told_dates(commitment: Commitment) -> Counter[str]:
    """How many texts left for each date."""
    rows = commitment.reminders.filter(state=Reminder.State.QUEUED)
    return Counter(rows.values_list("recurrence_id", flat=True))


@pytest.mark.parametrize("at", STARTS)
@pytest.mark.parametrize("zone", ZONES)
def test_dateutil_makes_the_same_dates(zone: str, at: datetime) -> None:
    graduate = build.graduate()
    start = date(2026, 1, 5)
    weekly = build.commitment(
        graduate=graduate, time_zone=zone, weekdays=(0, 5, 6), start_time=time(2, 30), interval=1
    )
    monthly = build.commitment(
        graduate=graduate,
        time_zone=zone,
        repeats=Commitment.Repeats.MONTHLY_DATE,
        month_day=-1,
        start_time=time(9, 0),
    )
    first = datetime.combine(start, time())
    end = at + reminders.HORIZON
    until: dict[str, Any] = {
        "dtstart": first,
        "until": end.replace(tzinfo=None) + timedelta(days=2),
    }
    oracles = {
        weekly.pk: rrule(WEEKLY, byweekday=(0, 5, 6), byhour=2, byminute=30, wkst=MO, **until),
        monthly.pk: rrule(MONTHLY, bymonthday=-1, byhour=9, byminute=0, **until),
    }

    for commitment in (weekly, monthly):
        reminders.refresh(commitment=commitment, at=at)
        instants = (
            wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for wall in oracles[commitment.pk]
        )
        lead = timedelta(hours=2)
        found = [due_at for *_, due_at in sorted(stored(commitment, at), key=lambda row: row[3])]
        assert found == [one - lead for one in instants if one < end and one - lead > at]
