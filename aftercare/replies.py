"""Texts from graduates: danger answered at once, the rest read by a job, and what is unclear left to a person."""

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import InterfaceError, OperationalError, transaction

from aftercare import (
    alarms,
    answers,
    batch,
    hard_moments,
    mail,
    phones,
    reading,
    safety,
    texts,
    turns,
    wishes,
)
from aftercare.crisis import Crisis, find_crisis
from aftercare.directory import geo
from aftercare.models import Graduate, Reply
from notifications import inbound as arrivals
from notifications.kinds import Kind
from notifications.models import InboundMessage, Sender

log = logging.getLogger(__name__)

# A text with an answer in it and without danger, so that every step of reading is taken.
_ANY = "No, I think it was maybe a 7 then lol"


@cache
def know_words() -> None:
    """Read in the words by which texts are understood, a second's work, once in a process."""
    for question in answers.Question:
        answers.read(text=_ANY, question=question)
    wishes.read(text=_ANY)


@cache
def make_ready() -> None:
    """Read in whatever reading needs, the cities with it, which take another second and 50 MB.

    A text is taken in with the database held, and nobody else is to wait for that.
    """
    know_words()
    geo.is_city(name=_ANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One text as it was stored, and what to say back in the webhook's own answer."""

    inbound: InboundMessage
    answer: str | None


def receive(
    *,
    to: str,
    sender: str,
    body: str,
    provider_id: str,
    media: int = 0,
    opt_out: str = "",
    at: datetime,
) -> Received:
    """Store a text for good and obey STOP, START and HELP; then answer danger and lay it before staff.

    Whatever else a text is, words of danger are looked for. Anything else waits for `read_unread`.
    A copy of a text gets the same answer again and changes nothing; arguments as of inbound.accept.
    Raises inbound.UnknownSender.
    """
    accepted = arrivals.accept(
        to=to,
        sender=sender,
        body=body,
        provider_id=provider_id,
        media=media,
        opt_out=opt_out,
        at=at,
    )
    answer = _answer_danger(accepted, at)
    return Received(inbound=accepted.inbound, answer=answer or accepted.answer)


def write(*, graduate: Graduate, body: str, key: str, at: datetime) -> Received:
    """Take in what a graduate writes in the conversation on the web, once by `key`, as if by text.

    It is read at once, and `answer` is what to show there. Raises texts.NobodyToText.
    """
    inbound = _store_written(graduate, body, key, at)
    accepted = arrivals.Accepted(
        inbound=inbound, is_new=True, keyword=None, answer=arrivals.answer_of(inbound)
    )
    if _answer_danger(accepted, at) is None:
        try:
            read(inbound=inbound, at=at)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            # It is stored, and the job that reads texts comes back to it.
            log.exception("%s could not be read on its page.", inbound)
    return Received(inbound=inbound, answer=arrivals.answer_of(inbound))


@transaction.atomic
def _store_written(graduate: Graduate, body: str, key: str, at: datetime) -> InboundMessage:
    # The mailbox of the log-in is nobody else's; a phone may be.
    if graduate.user is not None and graduate.user.email:
        contact = phones.add_contact(
            graduate=graduate, channel=Sender.Channel.EMAIL, value=graduate.user.email, at=at
        )
    else:
        contact = texts.phone_of(graduate=graduate)
    return arrivals.accept_from_page(
        sender=mail.row(graduate.program), address=contact.address, body=body, key=key, at=at
    )


@transaction.atomic
def _answer_danger(accepted: arrivals.Accepted, at: datetime) -> str | None:
    if _is_read(accepted.inbound):
        return arrivals.answer_of(accepted.inbound)
    said = _meet_danger_safely(accepted.inbound, at)
    if said is None:
        return None
    # Who says STOP and despairs in one text gets both answers: there may be no other text to them.
    words = f"{said} {accepted.answer}" if accepted.answer else said
    arrivals.keep_answer(inbound=accepted.inbound, text=words)
    return words


def _meet_danger_safely(inbound: InboundMessage, at: datetime) -> str | None:
    """The words that answer danger, whatever else goes wrong; the text then stays to be read."""
    try:
        with transaction.atomic():
            return _meet_danger(inbound, at)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("%s: its danger could not be laid before staff.", inbound)
        if find_crisis(inbound.body) is None:
            return None
        language = safety.language_of(inbound, None)
        return safety.crisis_text(program=inbound.program, language=language)


def _meet_danger(inbound: InboundMessage, at: datetime) -> str | None:
    taken = alarms.take_text(inbound=inbound, at=at)
    if taken is not None:
        turns.note(inbound, None, kind=Reply.Kind.STAFF, at=at)
        return taken
    crisis = _danger_in(inbound)
    question = None if crisis else safety.open_question(inbound=inbound, at=at)
    if crisis is None and question is None:
        return None
    people = safety.people_of(inbound=inbound)
    graduate = people[0].graduate if len(people) == 1 else None
    language = safety.language_of(inbound, graduate)
    if crisis is not None:
        reply = _read_safely(inbound, graduate, at)
        return safety.meet(reply=reply, crisis=crisis, people=people, language=language, at=at)
    assert question is not None  # noqa: S101 - one of the two is there
    said = safety.take_answer(
        question=question, body=inbound.body, people=people, language=language, at=at
    )
    if said is not None:
        turns.note(inbound, graduate, kind=Reply.Kind.ANSWER, needs_person=True, at=at)
    return said


def _danger_in(inbound: InboundMessage) -> Crisis | None:
    """The danger in a text; one without its words that asks for help as HARD does gets that help.

    The help names 988, and a person reads the text as well.
    """
    crisis = find_crisis(inbound.body)
    if crisis is None or crisis.words or not hard_moments.is_asked(text=inbound.body):
        return crisis
    return None if safety.people_of(inbound=inbound) else crisis


def _read_safely(inbound: InboundMessage, graduate: Graduate | None, at: datetime) -> Reply:
    """Read a text of danger as any other, but let no fault in that hold back the answer."""
    try:
        with transaction.atomic():
            return reading.read(inbound=inbound, is_quiet=True, at=at)
    except Exception:
        log.exception(
            "%s could not be read; its words of danger are answered all the same.", inbound
        )
        kind = Reply.Kind.NOTE if graduate else Reply.Kind.UNKNOWN_NUMBER
        return turns.note(inbound, graduate, kind=kind, needs_person=True, at=at)


# Reading


def read_unread(*, at: datetime) -> int:
    """Read every text that nobody has read yet, in the order they came; returns how many."""
    rows = arrivals.unread(at=at).order_by("received_at", "pk")

    def take(inbound: InboundMessage) -> bool:
        read(inbound=inbound, at=at)
        return True

    make_ready()
    return batch.each(rows=rows, do=take)


@transaction.atomic
def read(*, inbound: InboundMessage, at: datetime) -> Reply:
    """Work out what a text means and do it, once; whatever is in doubt goes to a person.

    Danger that nobody answered on arrival, as after a crash, is answered by a text of its own.
    """
    if _is_read(inbound):
        return Reply.objects.get(inbound=inbound)
    said = _meet_danger_safely(inbound, at)
    if said is not None and said not in (arrivals.answer_of(inbound) or ""):
        turns.say(inbound, None, said, key=f"danger:{inbound.pk}", kind=Kind.CRISIS, at=at)
    known = Reply.objects.filter(inbound=inbound).first()
    return known or reading.read(inbound=inbound, is_quiet=said is not None, at=at)


def _is_read(inbound: InboundMessage) -> bool:
    """Whether the text has been read, with what was said to it; until the transaction ends, nobody else can."""
    inbound.answer = InboundMessage.objects.select_for_update().get(pk=inbound.pk).answer
    return Reply.objects.filter(inbound=inbound).exists()
