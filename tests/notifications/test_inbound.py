from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from notifications import addresses, consent, inbound, text
from notifications.inbound import Accepted
from notifications.keywords import Keyword
from notifications.kinds import Scope
from notifications.models import Address, ConsentEvent, InboundMessage, Message
from tests import build
from tests.notifications.person import NOON, Person

pytestmark = pytest.mark.django_db

GOODBYE = (
    "No more texts from us, and we cannot text you back. Call us at (215) 555-0142. "
    "Any time, call or text 988. Reply START to turn texts on."
)
HELP = (
    "Harbor: call (215) 555-0142. Text CALL, LATER, LESS, MORE, PAUSE 2 WEEKS, or STOP. "
    "Msg & data rates may apply. In danger call or text 988."
)
TEXTS_ON = (
    "Harbor: texts are on again, as they were before. HELP for help, STOP to stop. "
    "In danger call or text 988."
)


@pytest.fixture
def simulated(settings: Settings) -> None:
    """No phone company that would answer carrier words."""
    settings.SMS_TRANSPORT = "simulator"


def receive(person: Person, body: str, *, number: int = 1, media: int = 0) -> Accepted:
    return inbound.accept(
        to=person.sender.number,
        sender=person.address.value,
        body=body,
        provider_id=f"SM{number:032x}",
        media=media,
        at=NOON + timedelta(minutes=number),
    )


def test_accept_stores_a_text() -> None:
    person = Person()

    accepted = receive(person, "¿Está bien? 👍", media=1)

    stored = InboundMessage.objects.get()
    assert accepted == Accepted(inbound=stored, is_new=True, keyword=None, answer=None)
    assert (stored.program, stored.sender, stored.address) == (
        person.program,
        person.sender,
        person.address,
    )
    assert (stored.body, stored.media, stored.keyword) == ("¿Está bien? 👍", 1, "")
    assert (stored.provider_id, stored.received_at) == (f"SM{1:032x}", NOON + timedelta(minutes=1))
    assert stored.read_at is None


def test_accept_stores_copies_once() -> None:
    person = Person()
    first = receive(person, "STOP PLEASE")

    copies = [receive(person, "STOP PLEASE") for _ in range(3)]

    assert InboundMessage.objects.count() == 1
    assert ConsentEvent.objects.filter(granted=False).count() == 1
    assert {copy.is_new for copy in copies} == {False}
    assert {copy.answer for copy in copies} == {first.answer} == {GOODBYE}
    assert {copy.keyword for copy in copies} == {Keyword.OPT_OUT}


def test_inbound_message_is_stored_once() -> None:
    person = Person()
    received = receive(person, "Hello").inbound

    with pytest.raises(IntegrityError), transaction.atomic():
        InboundMessage.objects.create(
            program=person.program,
            sender=person.sender,
            address=person.address,
            provider_id=received.provider_id,
            received_at=NOON,
        )


def test_accept_makes_an_address_of_a_number_nobody_knows() -> None:
    person, number = Person(), build.phone()

    accepted = inbound.accept(
        to=person.sender.number, sender=number, body="Hi", provider_id="SM2", at=NOON
    )

    assert accepted.inbound.address == Address.objects.get(pk=accepted.inbound.address_id)
    assert accepted.inbound.address.value == number
    assert accepted.inbound.address.confirmed_at is None


def test_accept_knows_its_own_numbers_only() -> None:
    person = Person()

    with pytest.raises(inbound.UnknownSender):
        inbound.accept(
            to=build.phone(), sender=person.address.value, body="Hi", provider_id="SM2", at=NOON
        )

    assert InboundMessage.objects.count() == 0


def test_accept_shows_that_a_number_works() -> None:
    person = Person()
    addresses.mark_unreachable(address=person.address, reason="number_not_reached", at=NOON)

    receive(person, "Hello")

    person.address.refresh_from_db()
    assert person.address.unreachable_at is None


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize("word", ["STOP", "stop", "End", "QUIT", "please stop texting me", "alto"])
def test_stop_ends_everything_and_says_goodbye(word: str) -> None:
    person = Person()
    waiting = person.queue(at=NOON + timedelta(days=1))

    accepted = receive(person, word)

    waiting.refresh_from_db()
    person.address.refresh_from_db()
    event = ConsentEvent.objects.latest("at")
    assert accepted.answer == GOODBYE
    assert accepted.inbound.answer == {"text": GOODBYE}
    assert (waiting.state, waiting.reason) == (Message.State.CANCELLED, "opted_out")
    assert person.address.opted_out_at == accepted.inbound.received_at
    assert (event.granted, event.program, event.scope, event.source, event.words) == (
        False,
        None,
        "",
        ConsentEvent.Source.TEXT,
        word,
    )


def test_stop_leaves_the_goodbye_to_a_provider_that_says_it() -> None:
    person = Person()

    carrier_word = receive(person, "STOP")

    person.address.refresh_from_db()
    assert (carrier_word.keyword, carrier_word.answer) == (Keyword.STOP, None)
    assert person.address.opted_out_at is not None


def test_stop_in_own_words_gets_our_goodbye_from_any_provider() -> None:
    assert receive(Person(), "Please stop texting me").answer == GOODBYE


@pytest.mark.usefixtures("simulated")
def test_stop_said_twice_is_answered_once() -> None:
    person = Person()
    receive(person, "STOP")
    person.address.refresh_from_db()

    again = receive(person, "STOP", number=2)

    assert (again.is_new, again.keyword, again.answer) == (True, Keyword.STOP, None)
    assert ConsentEvent.objects.filter(granted=False).count() == 1


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize("word", ["START", "unstop", "Yes"])
def test_start_brings_back_what_was_agreed_to(word: str) -> None:
    person = Person(scopes=[Scope.REMINDERS])
    receive(person, "STOP")

    accepted = receive(person, word, number=2)

    person.address.refresh_from_db()
    assert (accepted.keyword, accepted.answer) == (Keyword.START, TEXTS_ON)
    assert person.address.opted_out_at is None
    assert consent.scopes(address=person.address, program=person.program) == {Scope.REMINDERS}


def test_start_is_answered_by_a_provider_that_does() -> None:
    person = Person()
    receive(person, "STOP")

    assert receive(person, "START", number=2).answer is None


@pytest.mark.usefixtures("simulated")
def test_start_says_nothing_where_texts_are_on() -> None:
    person = Person(scopes=[])

    accepted = receive(person, "START")

    assert (accepted.keyword, accepted.answer) == (Keyword.START, None)
    assert ConsentEvent.objects.count() == 0


def test_yes_is_an_answer_unless_texts_are_off() -> None:
    assert receive(Person(), "Yes").keyword is None


@pytest.mark.parametrize("word", ["HELP", "info", "Ayuda"])
def test_help_names_us_and_our_phone(word: str) -> None:
    person = Person()

    accepted = receive(person, word)

    assert (accepted.keyword, accepted.answer) == (Keyword.HELP, HELP)
    person.address.refresh_from_db()
    assert person.address.opted_out_at is None


@pytest.mark.parametrize("body", [GOODBYE, HELP, TEXTS_ON])
def test_answers_are_one_segment(body: str) -> None:
    assert text.segments(body).count == 1


# The provider's own word for it


def told(person: Person, body: str, opt_out: str, *, number: int = 1) -> Accepted:
    """A text of which the provider says that it was STOP, START or HELP, and that it answered."""
    return inbound.accept(
        to=person.sender.number,
        sender=person.address.value,
        body=body,
        provider_id=f"SM{number:032x}",
        opt_out=opt_out,
        at=NOON + timedelta(minutes=number),
    )


@pytest.mark.parametrize("body", ["STOP", "arret", "Please stop texting me"])
@pytest.mark.parametrize("transport", ["memory", "simulator"])
def test_accept_obeys_what_the_provider_took_for_a_stop(
    settings: Settings, body: str, transport: str
) -> None:
    settings.SMS_TRANSPORT = transport
    person = Person()
    waiting = person.queue(at=NOON + timedelta(days=1))

    accepted = told(person, body, "STOP")

    waiting.refresh_from_db()
    person.address.refresh_from_db()
    assert (accepted.keyword, accepted.answer) == (Keyword.STOP, None)
    assert person.address.opted_out_at == NOON + timedelta(minutes=1)
    assert waiting.state == Message.State.CANCELLED


def test_accept_obeys_what_the_provider_took_for_a_start() -> None:
    person = Person(scopes=[Scope.REMINDERS])
    told(person, "STOP", "STOP")

    accepted = told(person, "oui", "START", number=2)

    person.address.refresh_from_db()
    assert (accepted.keyword, accepted.answer) == (Keyword.START, None)
    assert person.address.opted_out_at is None


def test_accept_says_nothing_where_the_provider_has_answered_help() -> None:
    accepted = told(Person(), "HELP", "HELP")

    assert (accepted.keyword, accepted.answer) == (Keyword.HELP, None)


def test_a_yes_that_the_provider_takes_for_a_start_is_a_yes_while_texts_are_on() -> None:
    assert told(Person(), "YES", "START").keyword is None


@pytest.mark.parametrize("opt_out", ["", "MAYBE", "\0", "x" * 60_000])
def test_a_word_of_the_provider_that_nobody_knows_means_nothing(opt_out: str) -> None:
    assert told(Person(), "HELP", opt_out).answer == HELP


# What a person reads of it


@pytest.mark.parametrize(
    ("body", "media", "words"),
    [
        ("Hello", 0, "Hello"),
        ("", 1, "[Sent a picture]"),
        ("Look", 2, "Look [Sent 2 pictures]"),
        ("", 0, ""),
    ],
)
def test_words_of_a_text_count_its_pictures(body: str, media: int, words: str) -> None:
    assert inbound.words_of(receive(Person(), body, media=media).inbound) == words


def test_mark_read_takes_a_text_from_the_sweep() -> None:
    received = receive(Person(), "Hello").inbound

    inbound.mark_read(inbound=received, at=NOON + timedelta(hours=1))

    stored = InboundMessage.objects.get()
    assert stored.read_at == NOON + timedelta(hours=1)


def test_keep_answer_is_what_a_copy_gets() -> None:
    person = Person()
    first = receive(person, "Hello")

    inbound.keep_answer(inbound=first.inbound, text="Thank you.")

    assert receive(person, "Hello").answer == "Thank you."


def test_nobody_reads_says_where_help_is() -> None:
    assert "988" in inbound.nobody_reads()
    assert text.segments(inbound.nobody_reads()).count <= 2
