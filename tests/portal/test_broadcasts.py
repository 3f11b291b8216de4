"""Shared dates and holidays in the browser."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from aftercare import plan
from aftercare.models import Broadcast, Commitment, Graduate, Holiday, Role
from notifications import clock
from notifications.models import Message, Program
from tests import build

pytestmark = pytest.mark.django_db


def staff(client: Client, program: Program, kind: Role.Kind = Role.Kind.LEAD) -> Role:
    role = build.role(program=program, kind=kind)
    build.second_step(user=role.user)
    client.force_login(role.user)
    return role


def member(program: Program, name: str, **facts: Any) -> Commitment:
    graduate = build.graduate(program=program, first_name=name, **facts)
    return build.commitment(
        graduate=graduate,
        kind=Commitment.Kind.GROUP,
        title="Evening group",
        weekdays=range(7),
    )


def address(commitment: Commitment) -> str:
    one = plan.coming(commitment=commitment, at=clock.now())[3]
    return reverse("broadcast_call_off", args=[commitment.uid, one.recurrence_id])


def test_a_date_is_called_off_in_two_steps_and_taken_back(client: Client) -> None:
    program = build.program()
    staff(client, program)
    one = member(program, "Ana")
    member(program, "Ben")
    where = address(one)
    assert where in client.get(reverse("broadcasts")).content.decode()

    looked = client.post(where, {"note": "See you soon.", "step": "look"})
    page = looked.content.decode()
    assert "is off this time. See you soon. Wishing you well, Harbor" in page
    assert "2 texts to 2 people" in page
    assert not Broadcast.objects.exists()

    client.post(where, {"note": "See you soon.", "step": "send"})
    broadcast = Broadcast.objects.get()
    texts = Message.objects.filter(key__startswith="called-off:")
    assert sorted(row.state for row in texts) == [Message.State.DUE] * 2
    assert client.get(where).status_code == 404

    client.post(reverse("broadcast_take_back", args=[broadcast.uid]))
    assert sorted(row.state for row in texts.all()) == [Message.State.CANCELLED] * 2
    assert client.get(where).status_code == 200
    again = client.post(reverse("broadcast_take_back", args=[broadcast.uid]))
    assert again.status_code == 404


def test_words_that_tell_too_much_are_refused_beside_their_box(client: Client) -> None:
    program = build.program()
    staff(client, program)
    where = address(member(program, "Ana"))

    for step in ("look", "send"):
        page = client.post(where, {"note": "The therapist is ill.", "step": step})
        assert page.status_code == 422
        assert list(page.context["form"].errors) == ["note"]
    assert not Broadcast.objects.exists()


@pytest.mark.parametrize(
    ("kind", "shown", "hidden"),
    [
        (Role.Kind.LEAD, ["Ana Rivers", "Ben Rivers"], ["Somebody whom"]),
        (Role.Kind.COUNSELOR, ["Ana Rivers", "Somebody whom"], ["Ben"]),
        (Role.Kind.COORDINATOR, ["Ana", "Ben"], ["Rivers", "Somebody whom"]),
    ],
)
def test_names_are_shown_as_far_as_the_reader_may_know_them(
    kind: Role.Kind, shown: list[str], hidden: list[str], client: Client
) -> None:
    program = build.program()
    role = staff(client, program, kind)
    counselor = role if kind == Role.Kind.COUNSELOR else None
    one = member(program, "Ana", counselor=counselor)
    member(program, "Ben")

    page = client.get(address(one)).content.decode()

    assert [words for words in shown if words not in page] == []
    assert [words for words in hidden if words in page] == []


def test_staff_of_another_program_find_no_date(client: Client) -> None:
    one = member(build.program(), "Ana")
    staff(client, build.program(name="Elsewhere"))

    assert client.get(address(one)).status_code == 404


def test_no_graduate_reads_the_name_of_another(client: Client) -> None:
    program = build.program()
    one = member(program, "Ana", user=build.user())
    member(program, "Ben")
    staff(client, program)
    client.post(address(one), {"note": "", "step": "send"})
    client.force_login(Graduate.objects.get(first_name__isnull=False, user__isnull=False).user)  # type: ignore[arg-type]

    page = client.get(reverse("plan")).content.decode()

    assert "Ben" not in page
    assert all("Ben" not in row.body for row in Message.objects.all())
    assert client.get(reverse("broadcasts")).status_code == 404


# Holidays


def test_a_lead_keeps_the_holidays(client: Client) -> None:
    program = build.program()
    staff(client, program)
    page = reverse("program_holidays", args=[program.uid])
    day = clock.now().date() + timedelta(days=20)

    client.post(page, {"name": "Spring day", "first_on": day.isoformat()})

    row = Holiday.objects.get()
    assert (row.program, row.first_on, row.last_on, row.name) == (program, day, day, "Spring day")
    assert "Spring day" in client.get(page).content.decode()
    client.post(reverse("program_remove_holiday", args=[program.uid, row.uid]))
    assert not Holiday.objects.exists()


def test_a_holiday_that_cannot_be_is_told(client: Client) -> None:
    program = build.program()
    staff(client, program)

    page = client.post(
        reverse("program_holidays", args=[program.uid]),
        {"name": "Spring", "first_on": "2026-03-10", "last_on": "2026-03-09"},
    )

    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["last_on"]
