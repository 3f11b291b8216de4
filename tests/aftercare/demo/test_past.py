"""The demo's past is played by the real code, and never into a database with real people."""

from datetime import UTC, datetime, timedelta

import pytest

from aftercare.demo import past, phones
from aftercare.demo.people import Manner, graduates
from aftercare.demo.story import Story
from aftercare.models import Alarm, AuditEntry, CheckIn, Graduate, Reply
from notifications.kinds import Kind
from notifications.models import Message, Program
from tests import build

END = datetime(2026, 3, 27, 15, 0, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def test_database_with_real_people_is_refused_and_left_alone() -> None:
    graduate = build.graduate()

    with pytest.raises(past.NotADemo, match="DATABASE_URL"):
        past.prepare(at=END, fresh=True, tell=lambda line: None)

    assert list(Graduate.objects.all()) == [graduate]


def test_days_are_played_by_the_verbs() -> None:
    # At first they do well, and are asked once a week.
    drifting = [
        person
        for person in graduates()
        if person.manner is Manner.DRIFTING and person.weeks_since_graduation >= 12
    ]
    in_danger = [person for person in graduates() if person.manner is Manner.IN_CRISIS]
    cast = [*drifting[:3], *in_danger]
    story = Story(start=END - timedelta(days=9), end=END, cast=cast)
    story.begin()

    assert list(story.play()) == [1]

    assert Program.objects.filter(is_demo=True).count() == 2
    assert Graduate.objects.filter(status=Graduate.Status.ACTIVE).count() == 4
    assert CheckIn.objects.filter(state=CheckIn.State.ANSWERED).exists()
    assert Message.objects.filter(kind="reminder", state__in=phones.SHOWN).exists()
    assert not Message.objects.filter(state=Message.State.FAILED).exists()
    assert AuditEntry.objects.filter(verb=AuditEntry.Verb.CONSENTED).exists()
    # Silence after "are you safe?" is danger after a quarter of an hour, and who is on call is paged.
    cry = Reply.objects.get(crisis=True)
    crisis = Message.objects.get(kind=Kind.CRISIS, key=f"crisis:{cry.pk}")
    assert crisis.sent_at is not None
    assert crisis.sent_at - cry.at == timedelta(minutes=15)
    assert Alarm.objects.get(graduate=cry.graduate).rounds == 2


def test_phone_shows_what_it_got_and_what_it_said() -> None:
    graduate = build.graduate(phone="+12155550142")
    build.message(graduate=graduate, body="Thinking of you.", state=Message.State.DELIVERED, at=END)

    answer = phones.reply(number="+12155550142", body="thank you", at=END + timedelta(minutes=1))

    assert answer is None
    texts = phones.texts(number="+12155550142")
    assert [(text.body, text.mine) for text in texts] == [
        ("Thinking of you.", False),
        ("thank you", True),
    ]


def test_words_of_danger_are_answered_on_the_spot() -> None:
    graduate = build.graduate(phone="+12155550142")

    answer = phones.reply(number="+12155550142", body="i want to kill myself", at=END)

    assert answer == graduate.program.crisis_texts["en"]


def test_unknown_phone_is_said_so() -> None:
    with pytest.raises(phones.NoSuchPhone):
        phones.texts(number="+12155550199")
