from datetime import UTC, datetime

import pytest

from aftercare import coping
from aftercare.coping import Person, Plan
from aftercare.record import PORTAL
from tests import build

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def test_lines_lose_their_bullets_and_empty_ones_go() -> None:
    assert coping.lines(" - walk\n\n2. cold water\n* 90 minutes of sleep ") == (
        "walk",
        "cold water",
        "90 minutes of sleep",
    )


def test_people_are_a_name_and_whatever_looks_like_a_number() -> None:
    assert coping.people("Rosa 215-555-0123\n(267) 555-0101: Uncle Joe\nMy dog") == (
        Person("Rosa", "215-555-0123"),
        Person("Uncle Joe", "(267) 555-0101"),
        Person("My dog", ""),
    )
    assert Person("Rosa", "(215) 555-0123").dial == "2155550123"


@pytest.mark.django_db
def test_a_plan_is_kept_and_replaced() -> None:
    graduate = build.graduate()
    assert coping.read(graduate=graduate).is_empty

    for steps in (("walk",), ("walk", "call Rosa")):
        plan = Plan(steps=steps, people=(Person("Rosa", "215-555-0123"),), reasons=("my kids",))
        coping.keep(graduate=graduate, plan=plan, actor=PORTAL, at=AT)
        assert coping.read(graduate=graduate) == plan
