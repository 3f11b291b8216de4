from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aftercare import cadences, openings, rounds
from aftercare.cadence import USUAL, Step, Template
from aftercare.models import AuditEntry, CadenceTemplate, CheckIn, Touch, Track
from aftercare.record import PORTAL
from notifications.models import Program
from tests import build

pytestmark = pytest.mark.django_db

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
SLOW = replace(USUAL, steps=(Step(every=21, until=100), Step(every=42)), touches=(), caring=())


def change(program: Program, template: Template, track: str = "") -> None:
    cadences.change(program=program, track=track, template=template, actor=PORTAL, at=AT)


def test_a_graduate_goes_by_the_first_own_track_then_the_program_then_the_default() -> None:
    program = build.program()
    people = [
        build.graduate(program=program, tracks=tracks)
        for tracks in ((Track.MOOD, Track.EATING), (Track.EATING,), (Track.MOOD,))
    ]
    stranger = build.graduate()

    change(program, SLOW)
    eating = replace(SLOW, weekdays=(1,))
    change(program, eating, Track.EATING)

    found = [openings.template_of(graduate=one) for one in (*people, stranger)]
    assert found == [eating, eating, SLOW, USUAL]
    assert cadences.own_tracks(program=program) == {Track.EATING}
    assert cadences.in_force(program=program, track=Track.MOOD) == SLOW
    assert AuditEntry.objects.filter(thing="cadencetemplate").count() == 2


def test_a_change_plans_anew_what_was_planned_and_leaves_what_is_open() -> None:
    program = build.program()
    graduate = build.graduate(program=program)
    opened = build.check_in(graduate=graduate, opens_at=AT)
    rounds.plan_ahead(at=AT)
    for days in (0, 1):
        day = AT + timedelta(days=days)
        Touch.objects.create(graduate=graduate, kind="caring", on=day.date(), send_at=day)
    first = CheckIn.objects.get(state=CheckIn.State.PLANNED).planned_on

    change(program, SLOW)
    rounds.plan_ahead(at=AT)

    second = CheckIn.objects.get(state=CheckIn.State.PLANNED).planned_on
    opened.refresh_from_db()
    assert opened.state == CheckIn.State.OPEN
    assert second > first
    assert abs((second - AT.date()).days - 21) <= 3
    assert [row.on for row in Touch.objects.all()] == [AT.date()]


def test_reset_goes_back_to_what_holds_for_every_track() -> None:
    program = build.program()
    change(program, SLOW)
    change(program, USUAL, Track.MOOD)

    cadences.reset(program=program, track=Track.MOOD, actor=PORTAL, at=AT)
    cadences.reset(program=program, track=Track.TRAUMA, actor=PORTAL, at=AT)

    assert cadences.in_force(program=program, track=Track.MOOD) == SLOW
    assert CadenceTemplate.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"steps": (Step(every=0),)}, "steps"),
        ({"steps": (Step(every=92),)}, "steps"),
        ({"steps": (Step(every=7, until=56),)}, "steps"),
        ({"steps": (Step(every=7), Step(every=14))}, "steps"),
        ({"steps": (Step(every=7, until=56), Step(every=7, until=56), Step(every=9))}, "steps"),
        ({"touches": (0, 3)}, "touches"),
        ({"caring": (1, 365)}, "caring"),
        ({"caring_every": 3}, "caring_every"),
        ({"weekdays": ()}, "weekdays"),
        ({"weekdays": (4, 5)}, "weekdays"),
    ],
)
def test_a_template_that_cannot_be_is_refused_beside_its_field(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(cadences.UnusableTemplate) as refused:
        change(build.program(), replace(USUAL, **changes))
    assert (refused.value.field, CadenceTemplate.objects.count()) == (field, 0)


def test_weekends_are_for_a_program_that_is_on_call() -> None:
    program = build.program()
    wanted = replace(USUAL, weekdays=(5, 6), has_on_call=True)

    change(program, wanted)

    assert cadences.own(program=program) == wanted


def test_sample_shows_the_first_ninety_days() -> None:
    found = [(one.day, one.touch) for one in cadences.sample(template=USUAL)]

    assert [day for day, touch in found if touch == "caring"] == [1, 7, 30, 60, 90]
    assert [day for day, touch in found if not touch] == [3, 8, 15, 22, 29, 36, 43, 50, 64, 78]
