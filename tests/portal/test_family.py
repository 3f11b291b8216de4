"""The worry of a family: heard without a cookie, and answered in one way about anybody."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from aftercare.models import Outreach, Role, Worry
from tests import build

pytestmark = pytest.mark.django_db


def test_answer_is_the_same_about_anybody_and_gives_no_cookie(client: Client) -> None:
    graduate = build.graduate()
    build.role(program=graduate.program, kind=Role.Kind.LEAD)
    address = reverse("family_worried")
    assert reverse("family_worried") in client.get(reverse("family")).content.decode()

    def tell(about: str) -> tuple[int, bytes]:
        answer = client.post(
            address,
            {
                "key": uuid.uuid4(),
                "program": graduate.program.uid,
                "about": about,
                "words": "Not home since Sunday.",
            },
        )
        assert answer.cookies == {}
        return answer.status_code, re.sub(rb'value="[0-9a-f-]{36}"', b"", answer.content)

    known, unknown = tell("Sam Rivers"), tell("Nobody Atall")

    assert known == unknown
    assert known[0] == 200
    assert sorted(row.about for row in Worry.objects.all()) == ["Nobody Atall", "Sam Rivers"]
    assert Outreach.objects.count() == 0


def test_worry_without_words_is_shown_again(client: Client) -> None:
    program = build.program()
    answer = client.post(
        reverse("family_worried"), {"key": uuid.uuid4(), "program": program.uid, "about": "Sam"}
    )
    assert (answer.status_code, Worry.objects.count()) == (422, 0)


def test_lead_passes_a_worry_on_as_a_task(client: Client) -> None:
    lead = build.role(program=build.program(), kind=Role.Kind.LEAD)
    graduate = build.graduate(program=lead.program)
    row = Worry.objects.create(
        program=lead.program, about="Sam", words="Not home.", at=build.LONG_AGO
    )
    client.force_login(lead.user)
    address = reverse("worry_done", args=[row.uid])

    for who in ("", "Somebody Else"):
        assert client.post(address, {"outcome": "passed_on", "who": who}).status_code == 422
    client.post(address, {"outcome": "passed_on", "who": "Sam Rivers"})

    assert Outreach.objects.get().graduate == graduate
    assert Worry.objects.get().outcome == "passed_on"
