"""How alerts ended, and how far that moves the line for a call."""

from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare.engagement import calibration, watch
from aftercare.models import (
    AuditEntry,
    Calibration,
    CheckIn,
    DisengagementSignal,
    Graduate,
    Outreach,
    Role,
)
from aftercare.record import Actor
from tests import build

Band, Kind = DisengagementSignal.Band, DisengagementSignal.Kind

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("n", "false_alarms", "offset", "proposed"),
    [
        (29, 29, 0, 0),
        (30, 11, 0, 1),
        (30, 10, 0, 0),
        (30, 11, 1, 1),
        (30, 2, 1, 1),
        (30, 1, 1, 0),
        (30, 1, 0, -1),
        (30, 0, -1, -1),
        (40, 20, -1, 0),
    ],
)
def test_proposed_moves_by_one_point_from_thirty_outcomes_on(
    n: int, false_alarms: int, offset: float, proposed: float
) -> None:
    assert calibration.proposed(n=n, false_alarms=false_alarms, offset=offset) == proposed


@pytest.fixture
def counselor() -> Role:
    return build.role(program=build.program())


def end(graduate: Graduate, counselor: Role, *outcomes: str, at: datetime = AT - HOUR) -> None:
    """One alert and the contacts that answered it."""
    signal = build.signal(graduate=graduate, state=DisengagementSignal.State.CLOSED)
    for number, outcome in enumerate(outcomes):
        made = Outreach.objects.create(
            graduate=graduate,
            counselor=counselor.user,
            way="call",
            outcome=outcome,
            at=at + timedelta(seconds=number),
        )
        made.signals.set([signal])


@pytest.mark.django_db
def test_outcomes_count_each_alert_once_by_its_newest_contact(counselor: Role) -> None:
    other = build.role(program=counselor.program, name="Lee Park")
    graduate = build.graduate(program=counselor.program, with_phone=False)
    end(graduate, counselor, "reached", at=AT - 9 * HOUR)
    for _ in range(2):
        end(graduate, counselor, "no_answer", "reached")
    end(graduate, counselor, "false_alarm")
    end(graduate, other, "planned")
    end(graduate, counselor, "referred", at=AT + HOUR)
    Outreach.objects.create(graduate=graduate, way="call", outcome="reached", at=AT)

    mine = calibration.of_counselor(user=counselor.user_id, at=AT)
    all_of_us = calibration.of_program(program=counselor.program, at=AT, most=4)

    assert (mine.total, mine.counts) == (4, {"reached": 3, "false_alarm": 1})
    assert (all_of_us.total, all_of_us.counts) == (
        4,
        {"reached": 2, "false_alarm": 1, "planned": 1},
    )


@pytest.mark.django_db
def test_move_is_stored_with_its_figures_and_has_everybody_looked_at(counselor: Role) -> None:
    actor = Actor(user=counselor.user, role="lead")
    later = AT + timedelta(days=7)
    graduate = build.graduate(program=counselor.program, with_phone=False, assess_at=later)
    other = build.graduate(with_phone=False, assess_at=later)
    for number in range(30):
        end(graduate, counselor, "false_alarm" if number < 12 else "reached")

    made = calibration.move(program=counselor.program, actor=actor, at=AT)

    for one in (graduate, other):
        one.refresh_from_db()
    assert (made.n, made.false_alarms, made.offset, made.at) == (30, 12, 1.0, AT)
    assert (graduate.assess_at, other.assess_at) == (AT, later)
    assert AuditEntry.objects.filter(thing="program", verb="changed").count() == 1
    with pytest.raises(calibration.NothingToMove):
        calibration.move(program=counselor.program, actor=actor, at=AT + HOUR)
    assert Calibration.objects.count() == 1


@pytest.mark.django_db
def test_the_newest_line_of_the_program_decides_who_asks_for_a_call() -> None:
    graduate = build.graduate(graduated_on=date(2025, 6, 1))
    build.commitment(graduate=graduate)
    for days in (13, 6):
        build.check_in(
            graduate=graduate, opens_at=AT - timedelta(days=days), state=CheckIn.State.MISSED
        )
    bands = []
    for hours, offset in enumerate([100.0, -100.0]):
        at = AT + hours * HOUR
        for program in (graduate.program, build.program(name=f"Other {hours}")):
            Calibration.objects.create(
                program=program,
                at=at,
                n=30,
                false_alarms=0,
                offset=offset if program == graduate.program else -offset,
            )
        DisengagementSignal.objects.all().delete()
        watch.reassess(graduate=graduate, at=at)
        bands.append(graduate.signals.get(kind=Kind.MISSED_CHECK_INS).band)

    assert bands == [Band.WATCH, Band.REACH_OUT]


@pytest.mark.django_db
def test_nothing_moves_before_thirty_outcomes(counselor: Role) -> None:
    graduate = build.graduate(program=counselor.program, with_phone=False)
    for _ in range(29):
        end(graduate, counselor, "false_alarm")
    old = AT - calibration.LOOKS_BACK
    end(graduate, counselor, "false_alarm", at=old)

    now = calibration.standing(program=counselor.program, at=AT)

    assert (now.n, now.false_alarms, now.offset, now.proposed) == (29, 29, 0, 0)
    assert not now.is_enough
