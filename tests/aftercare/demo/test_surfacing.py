from datetime import UTC, datetime, timedelta

import pytest

from aftercare.demo import people, surfacing
from aftercare.demo.people import Manner
from aftercare.demo.surfacing import Line
from aftercare.models import CheckIn
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)


def test_table_tells_when_each_manner_of_life_was_to_be_called() -> None:
    cast = people.graduates()
    lives = {
        manner: next(one for one in cast if one.manner is manner)
        for manner in (Manner.STEADY, Manner.SILENT)
    }
    made = {}
    for manner, person in lives.items():
        graduate = build.graduate(graduated_on=AT.date(), joined_at=AT)
        made[graduate.pk] = person
        for week in range(6):
            opens_at = AT + week * WEEK
            is_answered = manner is Manner.STEADY or week == 0
            build.check_in(
                graduate=graduate,
                opens_at=opens_at,
                state=CheckIn.State.ANSWERED if is_answered else CheckIn.State.MISSED,
                answered_at=opens_at + timedelta(hours=1) if is_answered else None,
            )

    lines = surfacing.table(people=made, start=AT, end=AT + 6 * WEEK)

    found = {one.manner: one for one in lines}
    assert list(found) == list(surfacing.SHOWN)
    assert found[Manner.STEADY] == Line(
        manner=Manner.STEADY,
        people=1,
        surfaced=0,
        by_silence=0,
        days_ahead=None,
        least_ahead=None,
        why=(),
    )
    silent = found[Manner.SILENT]
    assert (silent.people, silent.surfaced, silent.by_silence) == (1, 1, 1)
    # Nothing is known of a newcomer's pace, so two weeks are what they are to the fixed rule.
    assert (silent.days_ahead, silent.least_ahead) == (0.0, 0.0)
    assert silent.why == (("silent", 1),)
    first, _, steady, *_ = surfacing.words([found[Manner.DRIFTING], *lines]).splitlines()
    assert first.split() == [
        "people",
        "call",
        "asked",
        "for",
        "14",
        "silent",
        "days",
        "days",
        "ahead",
        "at",
        "least",
        "because",
    ]
    assert steady.split() == ["steady", "1", "0", "0"]
