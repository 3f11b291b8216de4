"""The report as it may leave the house."""

from datetime import UTC, datetime, timedelta

import pytest

from aftercare.models import CheckIn, Track
from aftercare.report import sharing, tables
from aftercare.report.sharing import Line
from notifications.models import Program
from tests import build

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def lines(program: Program) -> dict[tuple[str, str], Line]:
    report = tables.read(program=program, at=AT, days=30, with_all=True)
    return {(line.figure, line.group): line for line in sharing.lines(report=report)}


def shown(line: Line) -> tuple[str | float, int | None, int | None]:
    return line.value, line.part, line.whole


def people(program: Program, track: Track, *, count: int, answered: int) -> None:
    """So many with a check-in that ended in this time, of whom so many answered it."""
    for number in range(count):
        graduate = build.graduate(program=program, tracks=[track], with_phone=False)
        is_answered = number < answered
        opens_at = AT - 5 * DAY
        build.check_in(
            graduate=graduate,
            opens_at=opens_at,
            state=CheckIn.State.ANSWERED if is_answered else CheckIn.State.MISSED,
            answered_at=opens_at + timedelta(hours=2) if is_answered else None,
        )


def test_small_groups_are_hidden_and_so_is_what_tells_of_them() -> None:
    program = build.program()
    people(program, Track.MOOD, count=30, answered=15)
    people(program, Track.TRAUMA, count=24, answered=12)
    people(program, Track.EATING, count=4, answered=1)

    found = lines(program)

    assert shown(found["People", "Everybody"]) == (58, None, 58)
    assert shown(found["People", "mental health"]) == (30, None, 30)
    # Four people are too few, and the twenty-four would tell how many they are.
    assert shown(found["People", "eating"]) == ("hidden", None, None)
    assert shown(found["People", "trauma"]) == ("hidden", None, None)
    assert shown(found["Reply rate", "Everybody"]) == ("48 %", 28, 58)
    assert shown(found["Reply rate", "mental health"]) == ("50 %", 15, 30)
    assert shown(found["Reply rate", "trauma"]) == ("hidden", None, None)
    assert shown(found["Time to answer", "Everybody"]) == (
        "half within 2 hours, 95 in 100 within 2 hours",
        None,
        28,
    )
    assert shown(found["Time to answer", "eating"]) == ("hidden", None, None)
    # All of them are active, and that nobody is anything else is not told.
    assert shown(found["Where people stand: active", "Everybody"]) == ("hidden", None, 58)
    assert shown(found["Still in contact on day 30", "Everybody"]) == ("hidden", None, 58)


def test_curve_is_shared_where_enough_were_lost_and_enough_are_left() -> None:
    program = build.program()
    for number in range(40):
        graduate = build.graduate(program=program, with_phone=False)
        if number < 12:
            # The first misses end on the 10th and the 17th of January: lost on the 2nd of February.
            for day in (7, 14):
                build.check_in(
                    graduate=graduate,
                    opens_at=datetime(2026, 1, day, 15, 0, tzinfo=UTC),
                    state=CheckIn.State.MISSED,
                )

    found = lines(program)

    # 28 of 40 after the 28th day; the range is that of the curve's own tests.
    assert shown(found["Still in contact on day 30", "Everybody"]) == (
        "70 % (53 to 82 %)",
        None,
        40,
    )
    assert shown(found["Still in contact on day 7", "Everybody"]) == ("hidden", None, 40)
    assert shown(found["Still in contact on day 90", "Everybody"]) == ("hidden", None, 40)


def test_change_is_shared_where_enough_answered_twice() -> None:
    program = build.program()
    moves = [(15, 3)] * 12 + [(10, 10)] * 13 + [(4, 10)] * 15
    for first, newest in moves:
        graduate = build.graduate(program=program, with_phone=False)
        for days, total in [(40, first), (3, newest)]:
            build.screening(graduate=graduate, at=AT - days * DAY, scores={"total": total})

    found = lines(program)

    name = "PHQ-9: Depression"
    # (12 x -12 + 15 x 6) / 40
    assert shown(found[f"{name}, change on average", "Everybody"]) == (-1.4, None, 40)
    assert shown(found[f"{name}, better", "Everybody"]) == (12, 12, 40)
    assert shown(found[f"{name}, the same", "Everybody"]) == (13, 13, 40)
    assert shown(found[f"{name}, worse", "Everybody"]) == (15, 15, 40)
