import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from icalendar import Calendar

from aftercare import calendars, changes, holidays, occurrences, plan
from aftercare.models import CalendarLink, Commitment, Graduate
from aftercare.record import PORTAL
from tests import build

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

# A Thursday morning; the clocks of New York change on Sunday 8 March.
AT = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
ID = "2026-03-10T19:00"


def token(graduate: Graduate, **facts: Any) -> str:
    address = calendars.subscribe(
        graduate=graduate, full_titles=facts.pop("full_titles", False), actor=PORTAL, at=AT
    )
    return address.rsplit("/", 1)[-1].removesuffix(".ics")


def body(graduate: Graduate, **facts: Any) -> bytes:
    feed = calendars.read(token=token(graduate, **facts))
    assert feed is not None
    return feed.body


def told(content: bytes, start: datetime, end: datetime) -> list[datetime]:
    """The starts that somebody else's calendar reads from a file, in UTC."""
    events = recurring_ical_events.of(Calendar.from_ical(content)).between(start, end)
    starts = (event["DTSTART"].dt.astimezone(UTC) for event in events)
    return sorted(one for one in starts if start <= one < end)


def own(commitment: Commitment, start: datetime, end: datetime) -> list[datetime]:
    fresh = Commitment.objects.get(pk=commitment.pk)
    return [one.starts_at for one in occurrences.of(commitment=fresh, start=start, end=end)]


def test_the_address_is_shown_once_and_stored_as_a_fingerprint() -> None:
    graduate = build.graduate()

    secret = token(graduate)

    row = CalendarLink.objects.get()
    assert (row.graduate, row.full_titles) == (graduate, False)
    assert secret not in row.token_hash
    assert calendars.read(token=secret) is not None
    assert calendars.read(token=row.token_hash) is None


def test_a_new_address_closes_the_old_one_and_revoking_closes_all() -> None:
    graduate = build.graduate()
    first, second = token(graduate), token(graduate)

    assert calendars.read(token=first) is None
    assert calendars.read(token=second) is not None
    calendars.revoke(graduate=graduate, actor=PORTAL, at=AT)
    assert calendars.read(token=second) is None


@pytest.mark.parametrize("status", [Graduate.Status.LEFT, Graduate.Status.DECEASED])
def test_nothing_is_told_of_somebody_who_is_gone(status: Graduate.Status) -> None:
    graduate = build.graduate()
    secret = token(graduate)
    Graduate.objects.update(status=status)

    assert calendars.read(token=secret) is None


def test_titles_tell_nothing_unless_the_person_chooses_so() -> None:
    graduate = build.graduate()
    build.commitment(graduate=graduate)

    neutral, full = body(graduate), body(graduate, full_titles=True)

    assert b"SUMMARY:Appointment" in neutral
    assert b"Lantern" not in neutral
    assert b"Elm Street" not in neutral
    assert b"SUMMARY:Tuesday Lantern" in full
    assert b"LOCATION:12 Elm Street" in full


def test_neutral_words_are_in_the_persons_language() -> None:
    graduate = build.graduate(language="es")
    build.commitment(graduate=graduate)

    assert "SUMMARY:Cita" in body(graduate).decode()


def test_one_rule_with_its_exceptions_and_stable_ids() -> None:
    graduate = build.graduate()
    commitment = build.commitment(graduate=graduate)
    changes.skip(commitment=commitment, recurrence_id=ID, actor=PORTAL, at=AT)
    changes.move(
        commitment=commitment,
        recurrence_id="2026-03-17T19:00",
        on=date(2026, 3, 18),
        start_time=time(12, 30),
        actor=PORTAL,
        at=AT,
    )

    text = body(graduate).decode().replace("\r\n ", "")

    assert text.count("BEGIN:VTIMEZONE") == 1
    assert "TZID:America/New_York" in text
    assert "RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO" in text
    assert "EXDATE;TZID=America/New_York:20260310T190000" in text
    assert "RECURRENCE-ID;TZID=America/New_York:20260317T190000" in text
    assert "DTSTART;TZID=America/New_York:20260318T123000" in text
    assert text.count(f"UID:{commitment.uid}@") == 2


def test_a_file_stays_the_same_until_something_changes() -> None:
    graduate = build.graduate()
    commitment = build.commitment(graduate=graduate)
    secret = token(graduate)
    first, again = (calendars.read(token=secret) for _ in range(2))
    changes.skip(commitment=commitment, recurrence_id=ID, actor=PORTAL, at=AT + timedelta(hours=1))
    after = calendars.read(token=secret)

    assert first == again
    assert first is not None
    assert first.changed_at == AT
    assert after is not None
    assert after.changed_at == AT + timedelta(hours=1)
    assert after.body != first.body
    numbers = [
        Calendar.from_ical(feed.body).walk("VEVENT")[0]["SEQUENCE"] for feed in (first, after)
    ]
    since_it_was_made = AT + timedelta(hours=1) - commitment.created_at
    assert numbers == [0, int(since_it_was_made.total_seconds())]


def test_what_is_taken_out_of_the_plan_leaves_the_calendar_as_a_change() -> None:
    graduate = build.graduate()
    commitment = build.commitment(graduate=graduate)
    secret = token(graduate)
    plan.end(commitment=commitment, actor=PORTAL, at=AT + timedelta(hours=1))

    feed = calendars.read(token=secret)

    assert feed is not None
    assert b"VEVENT" not in feed.body
    assert feed.changed_at == AT + timedelta(hours=1)


def test_a_holiday_takes_dates_out_of_calendars_too() -> None:
    graduate = build.graduate()
    commitment = build.commitment(graduate=graduate, kind=Commitment.Kind.GROUP)
    holidays.add(
        program=graduate.program,
        name="Spring day",
        first_on=date(2026, 3, 10),
        last_on=date(2026, 3, 10),
        actor=PORTAL,
        at=AT,
    )

    found = told(body(graduate), AT, AT + timedelta(days=14))

    assert found == [datetime(2026, 3, 17, 23, 0, tzinfo=UTC)]
    assert found == own(commitment, AT, AT + timedelta(days=14))


@pytest.mark.parametrize(
    ("taken", "found"),
    [("skip", []), ("move", [datetime(2026, 3, 11, 16, 30, tzinfo=UTC)])],
)
def test_what_happens_once_is_where_it_went_or_nowhere(taken: str, found: list[datetime]) -> None:
    graduate = build.graduate()
    commitment = build.commitment(
        graduate=graduate, repeats=Commitment.Repeats.ONCE, starts_on=date(2026, 3, 10)
    )
    facts = {"commitment": commitment, "recurrence_id": ID, "actor": PORTAL, "at": AT}
    if taken == "skip":
        changes.skip(**facts)  # type: ignore[arg-type]
    else:
        changes.move(**facts, on=date(2026, 3, 11), start_time=time(12, 30))  # type: ignore[arg-type]

    content = body(graduate)

    assert told(content, AT, AT + timedelta(days=30)) == found
    assert own(commitment, AT, AT + timedelta(days=30)) == found


# Zones with a change of clock in every season, on both half-globes, of an hour, half an hour, none.
ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "Europe/London",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Apia",
)
EDGES = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC))


def transitions(zone: ZoneInfo) -> Iterator[datetime]:
    """The instants from 2024 to 2030 at which the clock of a zone changes, to the hour."""
    at, end = EDGES
    while at < end:
        later = at + timedelta(days=1)
        if at.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            yield at
        at = later


@pytest.mark.parametrize("name", ZONES)
def test_other_calendars_read_our_dates_at_every_change_of_clock(name: str) -> None:
    zone, dice = ZoneInfo(name), random.Random(name)
    graduate = build.graduate(time_zone=name)
    rules = [
        build.commitment(
            graduate=graduate,
            time_zone=name,
            weekdays=range(7),
            start_time=time(hour, minute),
            starts_on=date(2024, 1, 1),
        )
        for hour, minute in ((0, 30), (2, 30), (9, 0), (23, 45))
    ]
    content = body(graduate)

    for change in list(transitions(zone)) or [AT]:
        start = change - timedelta(days=dice.randint(1, 3))
        end = change + timedelta(days=3)
        wanted = sorted(one for rule in rules for one in own(rule, start, end))
        assert told(content, start, end) == wanted


RULES: tuple[dict[str, Any], ...] = (
    {"weekdays": (1,)},
    {"weekdays": (0, 2, 4), "interval": 2},
    {"weekdays": (5,), "interval": 5},
    {"repeats": Commitment.Repeats.MONTHLY_POSITION, "weekdays": (2,), "position": -1},
    {"repeats": Commitment.Repeats.MONTHLY_DATE, "weekdays": (), "month_day": 31},
    {"repeats": Commitment.Repeats.MONTHLY_DATE, "weekdays": (), "month_day": -1},
    {"weekdays": (3,), "until_on": date(2026, 9, 30)},
)


@pytest.mark.parametrize("rule", RULES)
def test_other_calendars_read_our_exceptions_of_every_rule(rule: dict[str, Any]) -> None:
    dice = random.Random(str(rule))
    graduate = build.graduate()
    commitment = build.commitment(graduate=graduate, starts_on=date(2026, 1, 1), **rule)
    end = AT + timedelta(days=400)
    coming = list(occurrences.of(commitment=commitment, start=AT, end=AT + timedelta(days=200)))
    for one in dice.sample(coming, 2):
        changes.skip(commitment=commitment, recurrence_id=one.recurrence_id, actor=PORTAL, at=AT)
    for one in dice.sample(sorted({*coming}, key=lambda each: each.starts_at)[:1], 1):
        if occurrences.one(commitment=commitment, recurrence_id=one.recurrence_id):
            changes.move(
                commitment=commitment,
                recurrence_id=one.recurrence_id,
                on=one.starts_at.date() + timedelta(days=dice.randint(1, 9)),
                start_time=time(13, 15),
                actor=PORTAL,
                at=AT,
            )
    first = coming[-1].starts_at.date()
    changes.pause(
        graduate=graduate, first_on=first, last_on=first + timedelta(days=40), actor=PORTAL, at=AT
    )

    found = told(body(graduate), AT, end)

    assert found == own(commitment, AT, end)
    assert len(found) > 2


def test_a_rule_that_begins_on_a_day_without_its_hour_keeps_its_hour_afterwards() -> None:
    graduate = build.graduate()
    commitment = build.commitment(
        graduate=graduate, weekdays=(6,), start_time=time(2, 30), starts_on=date(2026, 3, 8)
    )
    end = AT + timedelta(days=14)

    found = told(body(graduate), AT, end)

    assert found == [
        datetime(2026, 3, 8, 7, 30, tzinfo=UTC),  # 3:30, for 2:30 is skipped
        datetime(2026, 3, 15, 6, 30, tzinfo=UTC),
    ]
    assert found == own(commitment, AT, end)
