"""CONS-07: what stands on a lock screen tells a stranger nothing, and staff are warned before theirs does."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from aftercare import wording, writing
from aftercare.models import Commitment, Role
from notifications import clock
from notifications.kinds import Kind
from notifications.models import Message
from notifications.text import fold
from portal.forms.broadcasts import NoteForm
from tests import build
from tests.aftercare.test_wording import EVERY, FACTS, LANGUAGES

Figure = Callable[[str], None]
TEMPLATES = Path(settings.BASE_DIR) / "templates"
# The rule's own words, in both languages; the list the product looks for is longer.
NAMED = re.compile(
    r"\b(?:recovery|treatment|program|diagnosis|meeting|recuperacion|tratamiento|programa"
    r"|diagnostico|reunion)\b"
)
# What answers a person who asked or is in danger, or what the person chose to have said.
ASKED_FOR = wording.OUTSPOKEN | {"nearby_ask", "nearby_none", "nearby_unknown"}


def test_cons_07_no_unasked_text_has_a_telling_word(figure: Figure) -> None:
    looked, telling = 0, {}
    for one in EVERY:
        name, language, facts = one.values
        if name in ASKED_FOR:
            continue
        body = wording.text(name=str(name), language=str(language), **facts)  # type: ignore[arg-type]
        looked += 1
        if found := wording.telling_word(body) or NAMED.search(fold(body)):
            telling[str(name), str(language)] = found
    assert telling == {}
    assert len(FACTS) - len(ASKED_FOR) > 50
    figure(f"0 telling words in {looked} texts over {len(LANGUAGES)} languages")


@pytest.mark.parametrize("word", ["recovery", "treatment", "program", "diagnosis", "meeting",
                                  "recuperación", "tratamiento", "programa", "diagnóstico", "reunión"])  # fmt: skip
def test_cons_07_each_word_of_the_rule_is_refused_in_a_text(word: str) -> None:
    """The neighbour: a signature with such a word keeps the text from being made."""
    with pytest.raises(wording.SaysTooMuch):
        wording.text(name="reminder", language="en", clock="7", day="today", alias=f"Elm {word}")


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("**/email/*_subject.txt")), ids=str)
def test_cons_07_no_subject_of_a_mail_tells(path: Path) -> None:
    subject = re.sub(r"{%[^%]*%}|{{[^}]*}}", " ", path.read_text(encoding="utf-8"))
    assert wording.telling_word(subject) == ""


# What staff type


@pytest.fixture
def counselor(db: None) -> Role:
    return build.role(program=build.program())


@pytest.mark.one_database
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("See you at the meeting tonight", "meeting"),
        ("How is your recovery going?", "recovery"),
        ("¿Cómo va tu tratamiento?", "tratamiento"),
        ("Tu terapia es el martes", "terapia"),
    ],
)
def test_cons_07_staff_are_warned_offered_neutral_words_and_never_held_back(
    client: Client, counselor: Role, body: str, word: str, language: str
) -> None:
    graduate = build.graduate(program=counselor.program, counselor=counselor, language=language)
    client.force_login(counselor.user)
    address = reverse("graduate_text", args=[graduate.uid])

    warned = client.post(address, {"body": body})
    page = warned.content.decode()
    neutral = client.post(address, {"body": body, "use": writing.NEUTRAL}).content.decode()

    assert (warned.status_code, Message.objects.filter(kind=Kind.PERSONAL).count()) == (422, 0)
    assert word in page
    assert 'name="use" value="call"' in page
    assert 'name="sure" value="1"' in page
    offered = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", neutral, re.DOTALL)
    assert offered is not None
    assert wording.telling_name(offered[1].replace("&#x27;", "'")) == ""

    client.post(address, {"body": body, "sure": "1"})
    assert [one.body for one in Message.objects.filter(kind=Kind.PERSONAL)] == [body]


@pytest.mark.one_database
def test_cons_07_a_text_to_many_is_held_to_the_rule_and_neutral_words_are_offered(
    client: Client, counselor: Role
) -> None:
    """What goes out unasked to a whole group is no one person's to risk."""
    day = clock.now() + timedelta(days=2)
    group = build.commitment(
        graduate=build.graduate(program=counselor.program, counselor=counselor),
        kind=Commitment.Kind.GROUP,
        weekdays=[day.weekday()],
    )
    client.force_login(counselor.user)
    address = reverse("broadcast_call_off", args=[group.uid, f"{day.date()}T19:00"])

    warned = client.post(address, {"note": "The meeting moves", "step": "look"})
    offered = re.findall(r'<button[^>]*name="note" value="([^"]+)"', warned.content.decode())

    assert warned.status_code == 422
    assert "“meeting” would tell a stranger too much" in warned.content.decode()
    assert offered == [str(words) for words in NoteForm.neutral]
    # As a browser sends it: the field first, then the button that was pressed.
    both = client.post(address, {"note": ["The meeting moves", offered[0]], "step": "look"})
    assert both.status_code == 200
    assert offered[0] in both.content.decode()
    assert Message.objects.count() == 0
    for language in LANGUAGES:
        with translation.override(language):
            assert [wording.telling_word(str(words)) for words in NoteForm.neutral] == [""] * 3
