"""Questionnaires in the demo: words of our own, marked as such, and answers without danger."""

from datetime import UTC, datetime, timedelta

import pytest

from aftercare.demo import questionnaires
from aftercare.demo.people import graduates
from aftercare.instruments.structure import structures
from aftercare.models import DisengagementSignal, InstrumentWording, Screening, Track
from tests import build

AT = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_every_monthly_questionnaire_has_sample_words_in_both_languages() -> None:
    questionnaires.load(at=AT)

    rows = InstrumentWording.objects.all()
    monthly = [code for code, one in structures().items() if one.every_days]
    assert {(row.instrument, row.language) for row in rows} == {
        (code, language) for code in monthly for language in ("en", "es")
    }
    assert {(row.is_sample, row.program) for row in rows} == {(True, None)}
    assert all("not the official text" in row.licence for row in rows)


def test_made_up_people_answer_to_the_end_and_are_in_no_danger() -> None:
    questionnaires.load(at=AT)
    person = next(one for one in graduates() if one.language == "es")
    graduate = build.graduate(user=build.user(), tracks=list(Track))

    for week in (0, 6, 11):
        at = AT + timedelta(days=31 * week)
        questionnaires.answer(person=person, graduate=graduate, week=week, at=at)

    rows = list(Screening.objects.all())
    assert {row.instrument for row in rows} == {
        code for code, one in structures().items() if one.every_days
    }
    assert all(row.finished_at and row.scores for row in rows)
    assert {row.wording.language for row in rows} == {"es"}
    assert not DisengagementSignal.objects.exists()


def test_who_has_no_log_in_answers_none() -> None:
    questionnaires.load(at=AT)
    graduate = build.graduate(tracks=list(Track))
    for person in graduates()[:6]:
        questionnaires.answer(person=person, graduate=graduate, week=0, at=AT)
    assert not Screening.objects.exists()
