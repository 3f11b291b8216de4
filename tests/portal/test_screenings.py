"""Questionnaires in the browser: begun, answered page by page, and looked back upon."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from aftercare.models import (
    DisengagementSignal,
    Graduate,
    Screening,
    ScreeningAnswer,
    Track,
)
from notifications import clock
from tests import build

pytestmark = pytest.mark.django_db

INDEX = "/checkins/monthly/"


@pytest.fixture
def graduate(client: Client) -> Graduate:
    made = build.graduate(user=build.user(), tracks=[Track.MOOD])
    assert made.user is not None
    client.force_login(made.user)
    return made


def begun(client: Client, *codes: str, graduate: Graduate) -> Screening:
    """The first questionnaire, begun on the page."""
    for code in codes or ("phq_9",):
        build.wording(instrument=code)
    client.post(INDEX)
    first = Screening.objects.filter(graduate=graduate).order_by("pk").first()
    assert first is not None
    return first


def place(screening: Screening, number: int) -> str:
    return reverse("screening", args=[screening.uid, number])


def values(screening: Screening) -> dict[str, int]:
    rows = ScreeningAnswer.objects.filter(screening=screening)
    return {row.item: row.content["value"] for row in rows}


def form(*items: int, value: int = 0, **more: Any) -> dict[str, Any]:
    return {**{f"q{item}": value for item in items}, **more}


def words(client: Client, address: str, **headers: str) -> str:
    return client.get(address, headers=headers).content.decode()


def test_today_and_index_offer_what_is_due(client: Client, graduate: Graduate) -> None:
    assert "Monthly questions" not in words(client, "/")
    assert "There is nothing to answer right now." in words(client, INDEX)

    build.wording()

    assert f'href="{INDEX}"' in words(client, "/")
    assert "Begin" in words(client, INDEX)


def test_looking_begins_nothing(client: Client, graduate: Graduate) -> None:
    build.wording()
    client.get(INDEX)
    assert not Screening.objects.exists()


def test_begin_leads_to_the_first_page(client: Client, graduate: Graduate) -> None:
    build.wording()

    answer = client.post(INDEX)

    row = Screening.objects.get()
    assert answer["Location"] == place(row, 1)
    page = words(client, place(row, 1))
    assert "0 of 9 answered" in page
    assert "Screening, not a diagnosis." in page
    assert "call or text 988" in page
    assert "Staff is there Mon-Fri 09:00-17:00, Eastern time (New York)." in page
    assert [f"Question {item}" in page for item in (1, 5, 6)] == [True, True, False]


def test_pages_follow_each_other_to_the_end(client: Client, graduate: Graduate) -> None:
    row = begun(client, graduate=graduate)

    assert client.post(place(row, 1), form(1, 2, 3, 4, 5))["Location"] == place(row, 2)
    last = client.post(place(row, 2), form(6, 7, 8, 9), follow=True)

    assert values(row) == {str(item): 0 for item in range(1, 10)}
    row.refresh_from_db()
    assert row.scores == {"total": 0}
    assert last.redirect_chain == [(INDEX, 302)]
    assert "Thank you. Your answers are saved." in last.content.decode()


def test_open_questions_are_named_beside_the_field_and_what_was_answered_is_kept(
    client: Client, graduate: Graduate
) -> None:
    row = begun(client, graduate=graduate)

    answer = client.post(place(row, 1), form(1, 2, value=2))

    # Back must be able to return to it.
    assert (answer.status_code, answer["Location"]) == (302, place(row, 1) + "?open=1")
    shown = client.get(answer["Location"])
    assert values(row) == {"1": 2, "2": 2}
    errors = {name: list(found) for name, found in shown.context["form"].errors.items()}
    assert errors == {f"q{item}": ["Not answered yet."] for item in (3, 4, 5)}
    assert [shown.context["form"][f"q{item}"].value() for item in (1, 3)] == [2, None]
    assert "Leave out what is open" in shown.content.decode()


def test_what_is_open_may_be_left_out(client: Client, graduate: Graduate) -> None:
    row = begun(client, graduate=graduate)

    assert client.post(place(row, 1), form(1, leave="1"))["Location"] == place(row, 2)
    last = client.post(place(row, 2), form(leave="1"), follow=True)

    assert "You can answer the rest any time this week." in last.content.decode()
    assert last.context["href"] == place(row, 1)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("31", "The highest answer is 30."),
        ("-1", "The lowest answer is 0."),
        ("x", "Write a whole number."),
    ],
)
def test_number_that_cannot_be_is_said_beside_the_field_and_the_others_are_kept(
    wrong: str, said: str, client: Client, graduate: Graduate
) -> None:
    graduate.tracks = [Track.SUBSTANCE_USE]
    graduate.save()
    row = begun(client, "bam", graduate=graduate)

    answers = {"q1": "2", "q2": "9", "q3": wrong, "q4": "0", "leave": "1"}
    page = client.post(place(row, 1), answers)

    assert page.status_code == 422
    assert page.context["form"].errors == {"q3": [said]}
    assert page.context["form"]["q3"].value() == wrong
    assert values(row) == {"1": 2, "2": 9, "4": 0}


def test_choice_that_is_none_of_them_is_refused(client: Client, graduate: Graduate) -> None:
    row = begun(client, graduate=graduate)
    page = client.post(place(row, 1), form(1, value=7, leave="1"))
    assert (page.status_code, page.context["form"].has_error("q1", "invalid_choice")) == (422, True)
    assert values(row) == {}


def test_sitting_is_taken_up_where_it_was_left(client: Client, graduate: Graduate) -> None:
    row = begun(client, graduate=graduate)
    client.post(place(row, 1), form(1, 2, 3, 4, 5))

    page = client.get(INDEX)

    assert page.context["href"] == place(row, 2)
    assert "5 of 9 answered" in page.content.decode()
    assert client.post(INDEX)["Location"] == place(row, 2)


def test_going_back_shows_and_changes_what_was_answered(client: Client, graduate: Graduate) -> None:
    row = begun(client, graduate=graduate)
    client.post(place(row, 1), form(1, 2, 3, 4, 5, value=1))

    assert client.get(place(row, 2)).context["back"] == place(row, 1)
    page = client.get(place(row, 1))
    assert page.context["form"]["q1"].value() == 1
    client.post(place(row, 1), form(1, 2, 3, 4, 5, value=3))

    assert values(row) == {str(item): 3 for item in range(1, 6)}


def test_page_of_questions_that_are_not_asked_leads_on(client: Client, graduate: Graduate) -> None:
    graduate.tracks = [Track.TRAUMA]
    graduate.save()
    row = begun(client, "pc_ptsd_5", graduate=graduate)

    assert client.get(place(row, 2))["Location"] == place(row, 1)
    assert client.post(place(row, 1), {"qevent": "0"})["Location"] == INDEX
    row.refresh_from_db()
    assert row.scores == {"total": 0}


def test_thoughts_of_death_bring_words_of_help_on_the_next_page(
    client: Client, graduate: Graduate
) -> None:
    row = begun(client, "phq_9", "gad_7", graduate=graduate)
    mood = Screening.objects.get(instrument="phq_9")
    assert "You do not have to do this alone." not in words(client, place(mood, 2))

    client.post(place(mood, 2), form(6, 7, 8, 9, value=1))

    assert DisengagementSignal.objects.get().kind == "safety"
    for address in (place(mood, 2), place(row, 1), INDEX):
        page = words(client, address)
        assert "You do not have to do this alone." in page
        assert build.CRISIS_TEXTS["en"] in page
        assert 'href="tel:988"' in page
        assert 'href="/help-now/"' in page


def test_htmx_keeps_each_answer_and_brings_words_of_help_in_place(
    client: Client, graduate: Graduate
) -> None:
    row = begun(client, graduate=graduate)

    calm = client.post(place(row, 2), form(6), headers={"HX-Request": "true"})
    danger = client.post(place(row, 2), form(6, 9, value=1), headers={"HX-Request": "true"})

    assert values(row) == {"6": 1, "9": 1}
    assert (calm.status_code, danger.status_code) == (200, 200)
    assert "1 of 9 answered" in calm.content.decode()
    assert "You do not have to do this alone." not in calm.content.decode()
    assert "You do not have to do this alone." in danger.content.decode()
    assert "<html" not in danger.content.decode()
    assert ("HX-Reswap" in calm.headers, "HX-Reswap" in danger.headers) == (False, True)


def test_week_that_is_over_says_so(client: Client, graduate: Graduate) -> None:
    row = build.screening(graduate=graduate, at=clock.now() - timedelta(days=8), values={"1": 2})

    page = client.post(place(row, 1), form(1), follow=True)

    assert "Your answers are kept." in page.content.decode()
    assert values(row) == {"1": 2}


def test_words_of_somebody_else_are_not_found(client: Client, graduate: Graduate) -> None:
    row = build.screening(graduate=build.graduate(), at=clock.now())
    assert client.get(place(row, 1)).status_code == 404
    assert client.post(place(row, 1), form(1)).status_code == 404
    assert values(row) == {}


def test_own_answers_and_line_stand_without_names_of_bands(
    client: Client, graduate: Graduate
) -> None:
    for days, total in ((31, 22), (62, 12)):
        build.screening(
            graduate=graduate,
            at=clock.now() - timedelta(days=days),
            values={str(item): 1 for item in range(1, 10)},
            scores={"total": total},
        )

    page = words(client, INDEX)

    assert "How heavy my mood has been" in page
    assert "Lower is better. Screening, not a diagnosis." in page
    assert "Question 9" in page
    assert [band in page for band in ("severe", "moderate", "Depression")] == [False] * 3


def test_counselor_sees_items_scores_and_bands(client: Client, graduate: Graduate) -> None:
    counselor = build.role(program=graduate.program)
    build.assignment(graduate=graduate, counselor=counselor)
    for days, total in ((31, 22), (62, 12)):
        build.screening(
            graduate=graduate,
            at=clock.now() - timedelta(days=days),
            values={str(item): 1 for item in range(1, 10)},
            scores={"total": total},
        )
    client.force_login(counselor.user)

    page = words(client, reverse("graduate", args=[graduate.uid]))

    assert "PHQ-9: Depression" in page
    assert "<td>severe</td>" in page
    assert "<td>moderate</td>" in page
    assert "Question 9" in page
    assert "Screening, not a diagnosis." in page


def test_spanish_person_is_asked_in_spanish_words(client: Client, graduate: Graduate) -> None:
    assert graduate.user is not None
    build.wording(language="es")
    client.post(INDEX)
    assert not Screening.objects.exists()

    graduate.user.speak("es")
    client.post(INDEX)

    row = Screening.objects.get()
    page = words(client, place(row, 1))
    assert row.wording.language == "es"
    assert "0 de 9" in page
    assert "El equipo está: lun-vie 09:00-17:00" in page
    assert "The last weeks (es):" in page


def test_sample_says_that_it_is_one(client: Client, graduate: Graduate) -> None:
    build.wording(is_sample=True)
    client.post(INDEX)
    assert "It is not the official text." in words(client, place(Screening.objects.get(), 1))
