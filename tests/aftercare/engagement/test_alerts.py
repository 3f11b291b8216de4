"""What fits a counselor's week, and what is told to be beyond it."""

from datetime import UTC, datetime, timedelta

import pytest

from aftercare.engagement.alerts import COOL_DOWN, Alert, Place, Placed, allowance, places

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)


def alert(person: int, *, rank: int = 2, points: float = 5, **about: object) -> Alert:
    return Alert(person=person, rank=rank, points=points, since=AT, **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("people", "per_fifty", "alerts"),
    [(50, 4, 4), (51, 4, 5), (100, 4, 8), (1, 4, 1), (0, 4, 0), (80, 2, 4), (50, 0, 0)],
)
def test_allowance_is_a_share_rounded_up(people: int, per_fifty: int, alerts: int) -> None:
    assert allowance(people=people, per_fifty=per_fifty) == alerts


def test_places_tell_what_is_beyond_the_room_in_order() -> None:
    waiting = [
        alert(1, points=3),
        alert(2, rank=3, points=1),
        alert(3, points=7),
        alert(4, points=3, is_never_budgeted=True),
    ]

    assert places(alerts=waiting, room=2, at=AT) == {
        2: Placed(place=Place.INSIDE, rank=1),
        3: Placed(place=Place.INSIDE, rank=2),
        1: Placed(place=Place.OVERFLOW, rank=3),
        4: Placed(place=Place.NEVER_BUDGETED, rank=1),
    }


def test_places_let_the_longest_wait_come_first_among_equals() -> None:
    older = Alert(person=9, rank=2, points=5, since=AT - timedelta(days=1))

    found = places(alerts=[alert(1), older], room=1, at=AT)

    assert (found[9].place, found[1].place) == (Place.INSIDE, Place.OVERFLOW)


@pytest.mark.parametrize(
    ("ago", "was_rank", "place"),
    [
        (timedelta(days=1), 2, Place.RESTING),
        (COOL_DOWN - timedelta(seconds=1), 2, Place.RESTING),
        (COOL_DOWN, 2, Place.INSIDE),
        (timedelta(days=1), 1, Place.INSIDE),
    ],
)
def test_an_alert_rests_for_three_weeks_unless_the_band_rises(
    ago: timedelta, was_rank: int, place: Place
) -> None:
    again = alert(1, was_ended_at=AT - ago, was_rank=was_rank)

    assert places(alerts=[again], room=1, at=AT) == {1: Placed(place=place, rank=1)}


def test_what_is_never_budgeted_never_rests() -> None:
    again = alert(1, was_ended_at=AT, was_rank=4, is_never_budgeted=True)

    assert places(alerts=[again], room=0, at=AT)[1].place == Place.NEVER_BUDGETED
