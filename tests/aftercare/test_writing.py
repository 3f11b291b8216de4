"""A text while somebody writes it."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from aftercare import writing
from aftercare.engagement import rows
from aftercare.models import DisengagementSignal, Graduate, TextDraft
from portal.models import User
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


@pytest.fixture
def dana() -> User:
    return build.user(name="Dana Reyes")


@pytest.fixture
def graduate() -> Graduate:
    return build.graduate(first_name="Sam")


def test_ready_words_are_in_the_graduates_language_with_the_names(dana: User) -> None:
    sam, luz = build.graduate(first_name="Sam"), build.graduate(first_name="Luz", language="es")
    other = build.graduate(shared=True)

    assert [
        writing.ready(code="missed", graduate=one, author=dana) for one in (sam, luz, other)
    ] == [
        "Hi Sam, Dana here. I just tried to call you. When is a good time?",
        "Hola, Luz, soy Dana. Acabo de llamarte. ¿A qué hora te queda bien?",
        "Hi, I just tried to call you. When is a good time?",
    ]
    with pytest.raises(writing.NoSuchWords):
        writing.ready(code="nonsense", graduate=sam, author=dana)


@pytest.mark.parametrize("language", ["en", "es"])
def test_ready_words_are_one_text_and_tell_nothing(dana: User, language: str) -> None:
    graduate = build.graduate(first_name="Guadalupe", language=language)

    for code in writing.READY:
        body = writing.ready(code=code, graduate=graduate, author=dana)
        look = writing.look(body=body, graduate=graduate, author=dana)
        assert (look.segments.count, look.telling, look.unknown, look.body) == (1, "", "", body)


def test_look_fills_in_and_says_what_a_locked_phone_shows(graduate: Graduate, dana: User) -> None:
    found = writing.look(body=" Hi {name}, {me}: {phone} ", graduate=graduate, author=dana)
    longer = writing.look(body="a" * 170, graduate=graduate, author=dana)

    assert (found.body, found.preview) == ("Hi Sam, Dana: (215) 555-0142",) * 2
    assert (longer.preview, longer.segments.count) == ("a" * 110 + " …", 2)


@pytest.mark.parametrize(
    ("body", "telling", "unknown"),
    [
        ("See you Tuesday", "", ""),
        ("How was the meeting?", "meeting", ""),
        ("Any cravings today?", "craving", ""),
        ("¿Cómo va tu recuperación?", "recuperacion", ""),
        ("Hi {nane}", "", "{nane}"),
    ],
)
def test_look_finds_what_would_tell_a_stranger(
    graduate: Graduate, dana: User, body: str, telling: str, unknown: str
) -> None:
    found = writing.look(body=body, graduate=graduate, author=dana)

    assert (found.telling, found.unknown) == (telling, unknown)


def test_on_a_phone_that_others_see_a_name_tells(dana: User) -> None:
    graduate = build.graduate(first_name="Sam", shared=True)

    assert writing.look(body="Hi Sam!", graduate=graduate, author=dana).telling == "Sam"
    assert writing.look(body="Same time?", graduate=graduate, author=dana).telling == ""


def test_a_draft_is_kept_for_its_author_until_it_is_empty(graduate: Graduate, dana: User) -> None:
    writing.keep(graduate=graduate, author=dana, body="Hi", at=AT)
    writing.keep(graduate=graduate, author=dana, body="Hi Sam", at=AT)
    writing.keep(graduate=graduate, author=build.user(), body="Mine", at=AT)

    assert writing.begun(graduate=graduate, author=dana) == "Hi Sam"
    writing.keep(graduate=graduate, author=dana, body=" ", at=AT)
    assert writing.begun(graduate=graduate, author=dana) == ""
    assert TextDraft.objects.count() == 1


def test_a_text_and_a_note_are_two_drafts(graduate: Graduate, dana: User) -> None:
    note = TextDraft.Kind.NOTE
    writing.keep(graduate=graduate, author=dana, body="Hi", at=AT)
    writing.keep(graduate=graduate, author=dana, body="Spoke", kind=note, at=AT)

    writing.drop(graduate=graduate, author=dana)

    assert writing.begun(graduate=graduate, author=dana) == ""
    assert writing.begun(graduate=graduate, author=dana, kind=note) == "Spoke"


def test_words_are_suggested_by_the_most_pressing_reason_that_a_text_answers(
    graduate: Graduate,
) -> None:
    kinds, state = DisengagementSignal.Kind, DisengagementSignal.State.SNOOZED
    build.signal(graduate=graduate, kind=kinds.WORSE_WEEK, points=9, state=state)
    assert writing.suggested(signals=rows.signal_rows(graduate=graduate)) == ""

    build.signal(graduate=graduate, kind=kinds.SILENT, points=3)
    build.signal(graduate=graduate, kind=kinds.MISSED_COMMITMENTS, points=5)
    assert writing.suggested(signals=rows.signal_rows(graduate=graduate)) == "week"

    build.signal(graduate=graduate, kind=kinds.UNREACHABLE, points=7)
    assert writing.suggested(signals=rows.signal_rows(graduate=graduate)) == ""
    assert set(writing.SUGGESTED.values()) <= set(writing.READY)


def test_one_draft_an_author_and_graduate(graduate: Graduate, dana: User) -> None:
    writing.keep(graduate=graduate, author=dana, body="Hi", at=AT)

    with pytest.raises(IntegrityError), transaction.atomic():
        TextDraft.objects.create(graduate=graduate, author=dana, body="Hi", at=AT)
