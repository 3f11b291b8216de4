"""The calendar says what will be sent: held against what the planner then really sends."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from aftercare import access, preferences, rounds, touches, upcoming
from aftercare.models import CheckIn, Graduate, Touch
from aftercare.record import PORTAL
from tests import build

pytestmark = pytest.mark.django_db

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)
AHEAD = timedelta(days=70)


def newcomer(**changes: object) -> Graduate:
    return build.graduate(
        joined_at=AT,
        graduated_on=date(2026, 3, 10),
        **changes,  # type: ignore[arg-type]
    )


def told(graduate: Graduate, at: datetime = AT) -> list[tuple[str, datetime]]:
    return [(one.kind, one.at) for one in upcoming.coming(graduate=graduate, at=at, ahead=AHEAD)]


def played(graduate: Graduate, start: datetime) -> list[tuple[str, datetime]]:
    """What the portal does when it goes from one due time to the next."""
    sent: list[tuple[str, datetime]] = []
    now = start
    while now < start + AHEAD + DAY:
        preferences.resume_due(at=now)
        rounds.close_due(at=now)
        rounds.open_due(at=now)
        touches.send_due(at=now)
        rounds.plan_ahead(at=now)
        due = [
            *CheckIn.objects.filter(state=CheckIn.State.PLANNED).values_list("opens_at", flat=True),
            *Touch.objects.filter(state=Touch.State.PLANNED).values_list("send_at", flat=True),
        ]
        graduate.refresh_from_db()
        if graduate.paused_until is not None:
            due.append(datetime.combine(graduate.paused_until + DAY, time(6), tzinfo=UTC))
        now = min([now + 14 * DAY, *(when for when in due if when > now)])
    opened = CheckIn.objects.filter(graduate=graduate, expectation__isnull=False)
    sent += [("check_in", row.opens_at) for row in opened]
    greeted = Touch.objects.filter(graduate=graduate, state=Touch.State.SENT)
    sent += [(row.kind, row.send_at) for row in greeted]
    return sorted(sent, key=lambda one: one[1])


@pytest.mark.parametrize("chosen", [None, 14])
def test_calendar_of_a_newcomer_is_what_is_then_sent(chosen: int | None) -> None:
    graduate = newcomer(cadence_days=chosen)

    foretold = told(graduate)

    assert len(foretold) > 8
    assert {kind for kind, _ in foretold} == {"check_in", "caring"}
    last = foretold[-1][1]
    assert [one for one in played(graduate, AT) if one[1] <= last] == foretold


def test_calendar_leaves_a_pause_out_and_goes_on_after_it() -> None:
    graduate = newcomer()
    rounds.plan_ahead(at=AT)
    preferences.pause(graduate=graduate, until=date(2026, 4, 10), actor=PORTAL, at=AT)

    foretold = told(graduate)

    assert min(at for _, at in foretold) > datetime(2026, 4, 11, 4, 0, tzinfo=UTC)
    last = foretold[-1][1]
    assert [one for one in played(graduate, AT) if one[1] <= last] == foretold


def test_calendar_names_what_is_planned_so_that_it_can_be_changed() -> None:
    graduate = newcomer()
    rounds.plan_ahead(at=AT)
    touches.expect_tough_day(
        graduate=graduate, on=date(2026, 3, 14), note="A wedding", actor=PORTAL, at=AT
    )

    found = upcoming.coming(graduate=graduate, at=AT, ahead=6 * DAY)

    assert [(one.kind, one.uid is not None, one.note) for one in found] == [
        ("caring", True, ""),
        ("check_in", True, ""),
        ("before", True, "A wedding"),
        ("after", True, "A wedding"),
    ]
    later = upcoming.coming(graduate=graduate, at=AT, ahead=60 * DAY)[len(found) :]
    assert {one.uid for one in later} == {None}
    row = upcoming.find(graduate=graduate, uid=found[1].uid or graduate.uid)
    assert row == CheckIn.objects.get()
    with pytest.raises(access.NotYours):
        upcoming.find(graduate=newcomer(), uid=row.uid)


def test_nothing_comes_to_who_left_or_where_nobody_reads() -> None:
    left = newcomer(status=Graduate.Status.LEFT)
    unread = newcomer(program=build.program(name="Empty", staffed_hours=[[] for _ in range(7)]))

    assert (told(left), told(unread)) == ([], [])
