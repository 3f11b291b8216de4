"""The questionnaires of a program, as its lead chooses and words them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from aftercare import questionnaires
from aftercare.instruments.structure import structures
from aftercare.models import InstrumentWording, Role
from tests import build

pytestmark = pytest.mark.django_db

RHYTHMS = {code: one.every_days for code, one in structures().items()}
SCOFF = "\n".join(f"{number}. Thing {number}" for number in range(1, 6))


@pytest.fixture
def lead(client: Client) -> Role:
    role = build.role(program=build.program(), kind=Role.Kind.LEAD)
    client.force_login(role.user)
    return role


def index(lead: Role) -> str:
    return reverse("program_instruments", args=[lead.program.uid])


def place(lead: Role, code: str) -> str:
    return reverse("program_instrument", args=[lead.program.uid, code])


def form(**changes: Any) -> dict[str, Any]:
    return {
        "language": "en",
        "intro": "Lately:",
        "items": SCOFF,
        "licence": "Letter of 3 March",
        "confirms": "on",
        **changes,
    }


def test_index_tells_what_is_here_and_what_is_asked(client: Client, lead: Role) -> None:
    build.wording(is_sample=True)

    page = client.get(index(lead)).content.decode()

    assert page.count("no words yet") == 2 * len(structures()) - 1
    assert page.count("sample, not the official text") == 1
    assert page.count("needs a licence of yours") == 6
    assert page.count("never by text") == len(structures()) - 2


def test_rhythms_are_saved(client: Client, lead: Role) -> None:
    answer = client.post(index(lead), {**RHYTHMS, "bam": "90", "phq_2": "30"})

    assert answer["Location"] == index(lead)
    assert questionnaires.asked_by(program=lead.program) == {**RHYTHMS, "bam": 90, "phq_2": 30}


def test_rhythm_that_is_none_is_refused(client: Client, lead: Role) -> None:
    page = client.post(index(lead), {**RHYTHMS, "bam": "1"})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["bam"])
    assert questionnaires.asked_by(program=lead.program) == RHYTHMS


def test_words_are_entered_under_a_licence(client: Client, lead: Role) -> None:
    answer = client.post(place(lead, "scoff"), form())

    row = InstrumentWording.objects.get()
    assert answer["Location"] == index(lead)
    assert (row.program, row.language, row.version, row.licence, row.added_by) == (
        lead.program,
        "en",
        1,
        "Letter of 3 March",
        lead.user,
    )
    assert row.words["items"] == {str(number): f"Thing {number}" for number in range(1, 6)}
    assert "entered by your program" in client.get(index(lead)).content.decode()


def test_choices_are_entered_set_by_set(client: Client, lead: Role) -> None:
    asked = {
        "items": "\n".join(f"Thing {number}" for number in range(12)),
        "labels_days": "none\nfew\nsome\nmost",
        "labels_amount": "no\nlittle\nmuch\nall",
    }

    client.post(place(lead, "ede_qs"), form(**asked))

    labels = InstrumentWording.objects.get().words["labels"]
    assert (labels["10"], labels["11"]) == (
        ["none", "few", "some", "most"],
        ["no", "little", "much", "all"],
    )


@pytest.mark.parametrize(
    ("code", "changes", "errors"),
    [
        ("scoff", {"confirms": ""}, {"confirms": ["This field is required."]}),
        ("scoff", {"licence": " "}, {"licence": ["This field is required."]}),
        ("scoff", {"items": ""}, {"items": ["This field is required."]}),
        ("scoff", {"items": "1\n2"}, {"items": ["There are 2 lines here, and 5 are needed."]}),
        (
            "scoff",
            {"items": SCOFF.replace("Thing 3", "more than 14 lb")},
            {
                "items": [
                    "There is a weight or a number of calories in it. "
                    "People of this track are shown none."
                ]
            },
        ),
        (
            "scoff",
            {"items": SCOFF.replace("Thing 3", "x" * 1_001)},
            {"items": ["Question 3 is too long."]},
        ),
        (
            "phq_2",
            {"items": "a\nb", "labels_frequency": "1\n2\n3"},
            {"labels_frequency": ["There are 3 lines here, and 4 are needed."]},
        ),
        (
            "phq_2",
            {"items": "a\nb", "labels_frequency": "no\nNo\nmore\nmost"},
            {"labels_frequency": ["Two of these choices read the same."]},
        ),
        (
            "phq_2",
            {"items": "a\nb", "labels_frequency": f"no\n{'x' * 201}\nmore\nmost"},
            {"labels_frequency": ["One of these choices is too long."]},
        ),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(
    code: str, changes: dict[str, str], errors: dict[str, list[str]], client: Client, lead: Role
) -> None:
    page = client.post(place(lead, code), form(**changes))

    assert page.status_code == 422
    assert {name: list(found) for name, found in page.context["form"].errors.items()} == errors
    assert not InstrumentWording.objects.exists()


def test_unknown_questionnaire_is_not_found(client: Client, lead: Role) -> None:
    assert client.get(place(lead, "c_ssrs")).status_code == 404
