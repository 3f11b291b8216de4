"""What is never a miss: each outcome, each pause and each way out, beside a neighbour who did miss."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from aftercare import attendance, plan, preferences
from aftercare.engagement import watch
from aftercare.models import CheckIn, Closure, Commitment, Expectation, Graduate
from aftercare.record import PORTAL
from notifications.models import Address
from tests import build
from tests.feeds import imported, named

Outcome = Expectation.Outcome

# A Sunday, two hours after the clocks of New York went forward.
AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BOTH = {"missed_check_ins", "missed_commitments"}
OF_MISSES = {"missed_check_ins", "missed_commitments", "silent"}

pytestmark = pytest.mark.django_db


def somebody() -> Graduate:
    """Well past the first weeks, heard from three weeks ago, with a Tuesday group."""
    graduate = build.graduate(graduated_on=date(2025, 6, 1))
    build.commitment(graduate=graduate, kind=Commitment.Kind.GROUP)
    build.reply(graduate=graduate, at=AT - 21 * DAY)
    return graduate


def have(graduate: Graduate, outcome: Outcome) -> None:
    """The last three check-ins and the last four dates of the group ended so."""
    for days in (19, 12, 5):
        build.check_in(
            graduate=graduate,
            opens_at=AT - days * DAY,
            state=CheckIn.State.MISSED,
            outcome=outcome,
        )
    group = graduate.commitments.get()
    for weeks in range(4):
        starts_at = AT - weeks * 7 * DAY - 5 * DAY
        is_said = outcome in (Outcome.MISSED, Outcome.EXCUSED)
        build.occurrence(
            commitment=group,
            starts_at=starts_at,
            recurrence_id=f"2026-0{weeks}",
            outcome=outcome,
            answered_at=starts_at + timedelta(hours=2) if is_said else None,
        )


def found(graduate: Graduate) -> set[str]:
    watch.reassess(graduate=graduate, at=AT)
    return OF_MISSES & set(graduate.signals.exclude(state="closed").values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("outcome", "signals"),
    [
        (Outcome.MISSED, BOTH),
        (Outcome.EXCUSED, set()),
        (Outcome.CANCELLED, set()),
        (Outcome.UNDELIVERABLE, set()),
        (Outcome.UNREPORTED, set()),
        (Outcome.KEPT, set()),
        (Outcome.LATE, set()),
    ],
)
def test_only_missed_is_a_miss(outcome: Outcome, signals: set[str]) -> None:
    graduate = somebody()
    have(graduate, outcome)

    assert found(graduate) == signals


def pauses(graduate: Graduate) -> None:
    preferences.pause(graduate=graduate, until=date(2026, 3, 20), actor=PORTAL, at=AT)


def leaves(graduate: Graduate) -> None:
    Graduate.objects.filter(pk=graduate.pk).update(status=Graduate.Status.LEFT)


def dies(graduate: Graduate) -> None:
    Graduate.objects.filter(pk=graduate.pk).update(status=Graduate.Status.DECEASED)


@pytest.mark.parametrize("ends", [pauses, leaves, dies])
def test_nobody_who_rests_or_is_gone_misses_anything(ends: Callable[[Graduate], None]) -> None:
    graduate, neighbour = somebody(), somebody()
    for one in (graduate, neighbour):
        have(one, Outcome.MISSED)
    before = found(graduate)

    ends(graduate)

    assert (before, found(graduate)) == (BOTH, set())
    assert found(neighbour) == BOTH


@pytest.mark.parametrize("way_out", ["opted_out_at", "unreachable_at"])
def test_who_cannot_be_texted_is_told_as_such_and_not_as_silent(way_out: str) -> None:
    graduate = somebody()
    have(graduate, Outcome.CANCELLED)
    Address.objects.filter(contacts__graduate=graduate).update(**{way_out: AT - DAY})

    assert found(graduate) == set()
    assert [row.kind for row in graduate.signals.all()] == [
        "opted_out" if way_out == "opted_out_at" else "unreachable"
    ]


def test_a_planned_taper_is_no_silence() -> None:
    """Asked once a month, and answered: four quiet weeks in between are what was agreed."""
    graduate, neighbour = somebody(), somebody()
    opened_at = AT - 30 * DAY
    for one in (graduate, neighbour):
        build.check_in(
            graduate=one,
            opens_at=opened_at,
            state=CheckIn.State.ANSWERED,
            answered_at=opened_at + timedelta(hours=1),
        )
        build.check_in(graduate=one, opens_at=AT - timedelta(hours=1))
    build.check_in(graduate=neighbour, opens_at=AT - 10 * DAY, state=CheckIn.State.MISSED)

    assert (found(graduate), found(neighbour)) == (set(), {"silent", "missed_check_ins"})


def test_a_closed_meeting_is_missed_by_nobody() -> None:
    """Neither when its date goes on record, nor when somebody says that they were not there."""
    closed, open_one = imported(
        named("Harbor", day=2, time="19:00"), named("Upstairs", day=2, time="19:00")
    )
    closed.active, closed.moved_at = False, AT - 9 * DAY
    closed.save()
    tuesday = datetime(2026, 3, 4, 0, 0, tzinfo=UTC)
    outcomes = {}
    for meeting in (closed, open_one):
        commitment = build.commitment(graduate=somebody(), title=meeting.name)
        commitment.meeting, commitment.settle_at = meeting, tuesday + timedelta(hours=1)
        commitment.save()
        attendance.settle_due(at=tuesday + timedelta(hours=2))
        settled = commitment.expectations.get().outcome
        row = plan.answer(
            commitment=commitment,
            recurrence_id="2026-03-03T19:00",
            outcome=Outcome.MISSED,
            actor=PORTAL,
            at=AT,
        )
        outcomes[meeting.name] = (settled, row.outcome)

    assert outcomes == {"Harbor": ("cancelled", "cancelled"), "Upstairs": ("pending", "missed")}


def test_a_meeting_closed_for_a_day_is_missed_by_nobody_on_that_day() -> None:
    (meeting,) = imported(named("Harbor", day=2, time="19:00"))
    graduate = somebody()
    commitment = build.commitment(graduate=graduate, title=meeting.name)
    commitment.meeting = meeting
    commitment.save()
    closed = {"first_on": date(2026, 3, 3), "last_on": date(2026, 3, 3), "created_at": AT}
    closure = Closure.objects.create(meeting=meeting, **closed)
    facts: dict[str, Any] = {"outcome": Outcome.MISSED, "actor": PORTAL, "at": AT}
    before = plan.answer(commitment=commitment, recurrence_id="2026-03-03T19:00", **facts)
    closure.meetings.add(meeting)

    after = plan.answer(commitment=commitment, recurrence_id="2026-03-03T19:00", **facts)
    earlier = plan.answer(commitment=commitment, recurrence_id="2026-02-24T19:00", **facts)

    assert (before.pk, after.outcome, earlier.outcome) == (after.pk, "cancelled", "missed")
