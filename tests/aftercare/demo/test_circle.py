from datetime import UTC, datetime

import pytest

from aftercare.demo import circle, entrances
from aftercare.demo.people import graduates
from aftercare.models import Disclosure, GlassBreak, Worry
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def test_demo_shows_a_supporter_a_letter_an_opened_record_and_a_worry() -> None:
    program = build.program()
    program.is_demo = True
    program.save()
    people = [build.graduate(program=program, user=build.user()) for _ in range(2)]
    counselor, colleague = build.role(program=program), build.role(program=program)

    circle.last_weeks(
        people={one.pk: graduates()[0] for one in people},
        counselor=counselor,
        colleague=colleague,
        at=AT,
    )

    ways = Disclosure.objects.order_by("pk").values_list("way", "graduate")
    assert list(ways) == [("page", people[0].pk), ("letter", people[1].pk)]
    assert GlassBreak.objects.get().graduate == people[1]
    assert Worry.objects.get().program == program
    mother = entrances.user_of(role="supporter")
    assert mother is not None
    assert (mother.email, mother.releases_held.get().graduate) == (circle.SUPPORTER[1], people[0])
