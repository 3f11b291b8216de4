from datetime import UTC, datetime, timedelta

import pytest

from aftercare import tones
from aftercare.models import CheckIn, Graduate
from aftercare.questions import Tone
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)


def answered(graduate: Graduate, values: list[int]) -> CheckIn:
    """One answer a week, the newest at AT; returns the newest check-in."""
    for ago, value in enumerate(reversed(values)):
        row = build.check_in(
            graduate=graduate, opens_at=AT - ago * WEEK, state=CheckIn.State.ANSWERED
        )
        build.answer(check_in=row, question="rough", value=value, at=AT - ago * WEEK)
    return CheckIn.objects.get(graduate=graduate, opens_at=AT)


@pytest.mark.parametrize(
    ("earlier", "value", "tone"),
    [
        ([], 8, Tone.HEAVY),
        ([], 5, Tone.EVEN),
        ([1, 0, 1, 1], 5, Tone.HEAVY),
        ([5, 4, 5, 6], 5, Tone.EVEN),
        ([1, 0, 1], 5, Tone.EVEN),
        ([9, 9, 9, 9], 2, Tone.LIGHT),
    ],
)
def test_an_answer_well_above_the_person_s_own_usual_is_heavy_too(
    earlier: list[int], value: int, tone: Tone
) -> None:
    graduate = build.graduate()
    row = answered(graduate, [*earlier, value])

    assert tones.of(graduate=graduate, code="rough", value=value, at=AT) == tone
    assert tones.wants_offer(check_in=row, at=AT) is (tone is Tone.HEAVY)
