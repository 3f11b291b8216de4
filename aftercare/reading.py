"""One text, read: what it means in the light of what was asked, and what is said to that."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aftercare import (
    answers,
    checkins,
    coverage,
    enrolment,
    nearby,
    questions,
    safety,
    texts,
    tones,
    wishes,
    wishing,
    wording,
)
from aftercare.answers import Reading
from aftercare.coverage import Voice
from aftercare.directory import asking
from aftercare.directory.asking import Asked
from aftercare.engagement import watch
from aftercare.models import Answer, CheckIn, Contact, DisengagementSignal, Graduate, Reply
from aftercare.questions import Question, Value
from aftercare.wishes import Wish
from notifications import inbound as arrivals
from notifications import outbox
from notifications.keywords import Keyword
from notifications.kinds import Kind
from notifications.models import InboundMessage, Message
from notifications.text import fold

log = logging.getLogger(__name__)

# An automatic answer that waits longer than this would only confuse.
ANSWERS_EXPIRE = timedelta(hours=12)
# Answers of ours in one conversation (Twilio stops a loop with code 14107).
MOST_A_MINUTE = 5
# A number with this many words around it says more than a number.
FEW_WORDS = 4
# How long a person's own text stands between a check-in and what is written next.
TALK = timedelta(hours=24)
# So often in an hour one phone is told what is near.
ASKED_AN_HOUR = 6

_KEYWORDS = {
    Keyword.STOP: Reply.Kind.OPT_OUT,
    Keyword.OPT_OUT: Reply.Kind.OPT_OUT,
    Keyword.START: Reply.Kind.OPT_IN,
    Keyword.HELP: Reply.Kind.HELP,
}
_AGREES = (answers.Kind.YES, answers.Kind.OPT_IN)


def read(*, inbound: InboundMessage, is_quiet: bool = False, at: datetime) -> Reply:
    """Read one text that nobody has read; a quiet reading says nothing back, for danger was answered."""
    people = safety.people_of(inbound=inbound)
    only = people[0].graduate if len(people) == 1 else None
    if inbound.keyword:
        return _read_keyword(inbound, people, at)
    if _agrees(inbound, at):
        return note(inbound, only, kind=Reply.Kind.OPT_IN, at=at)
    if not people:
        return _read_stranger(inbound, is_quiet=is_quiet, at=at)
    asked = None if is_quiet else asking.read(text=inbound.body)
    if asked is not None:
        return _tell_what_is_near(inbound, people, asked, at)
    return _read_known(_turn(inbound, people, is_quiet=is_quiet, at=at))


def _read_keyword(inbound: InboundMessage, people: Sequence[Contact], at: datetime) -> Reply:
    """STOP, START and HELP were obeyed on arrival; here they become part of the story."""
    word = Keyword(inbound.keyword)
    if word is Keyword.START:
        enrolment.agree_by_text(address=inbound.address, at=at)
    graduates = [contact.graduate.pk for contact in people]
    Graduate.objects.filter(pk__in=graduates).update(assess_at=at)
    only = people[0].graduate if len(people) == 1 else None
    # Who asks in words of their own may have said more than that.
    return note(inbound, only, kind=_KEYWORDS[word], needs_person=word is Keyword.OPT_OUT, at=at)


def _agrees(inbound: InboundMessage, at: datetime) -> bool:
    """Whether this is the "1" that a face-to-face enrolment waits for."""
    said = answers.read(text=inbound.body, question=answers.Question.YES_NO).kind
    return said in _AGREES and enrolment.agree_by_text(address=inbound.address, at=at)


def _tell_what_is_near(
    inbound: InboundMessage, people: Sequence[Contact], asked: Asked, at: datetime
) -> Reply:
    """The next meetings near a place; whoever asks on and on is answered by the page alone."""
    only = people[0].graduate if len(people) == 1 else None
    lately = Reply.objects.filter(
        inbound__address=inbound.address, kind=Reply.Kind.FINDER, at__gt=at - timedelta(hours=1)
    )
    if lately.count() < ASKED_AN_HOUR:
        language = safety.language_of(inbound, people[0].graduate)
        words = nearby.answer(asked=asked, language=language, at=at)
        say(inbound, only, words, key=f"nearby:{inbound.pk}", at=at)
    return note(inbound, only, kind=Reply.Kind.FINDER, at=at)


def _read_stranger(inbound: InboundMessage, *, is_quiet: bool, at: datetime) -> Reply:
    """A number nobody knows: the answer confirms no account, and staff look into it."""
    if not is_quiet:
        words = wording.text(
            name="unknown_number",
            language=inbound.address.language or "en",
            phone=inbound.program.phone,
        )
        key = f"unknown:{inbound.address_id}:{_day(inbound.program.time_zone, at)}"
        say(inbound, None, words, key=key, at=at)
    return note(inbound, None, kind=Reply.Kind.UNKNOWN_NUMBER, needs_person=True, at=at)


def _day(zone: str, at: datetime) -> str:
    return at.astimezone(ZoneInfo(zone)).date().isoformat()


def note(
    inbound: InboundMessage,
    graduate: Graduate | None,
    *,
    kind: str,
    at: datetime,
    check_in: CheckIn | None = None,
    needs_person: bool = False,
) -> Reply:
    """Put on record how a text was read, and by whom it was written if that is known."""
    arrivals.mark_read(inbound=inbound, at=at)
    return Reply.objects.create(
        inbound=inbound,
        graduate=graduate,
        check_in=check_in,
        kind=kind,
        at=inbound.received_at,
        needs_person=needs_person,
    )


def say(
    inbound: InboundMessage,
    graduate: Graduate | None,
    words: str,
    *,
    key: str,
    kind: Kind = Kind.REPLY,
    at: datetime,
) -> None:
    """Answer from the number that was texted to the phone that texted it, once by key.

    Two machines may answer each other for ever, so a sixth answer within a minute is not given.
    """
    said = Message.objects.filter(
        address=inbound.address_id, kind=Kind.REPLY, queued_at__gt=at - timedelta(minutes=1)
    )
    if kind is Kind.REPLY and said.count() >= MOST_A_MINUTE:
        log.error(
            "%s is not answered: its number got %d answers in a minute.", inbound, MOST_A_MINUTE
        )
        return
    outbox.queue(
        sender=inbound.sender,
        address=inbound.address,
        body=words,
        key=key,
        kind=kind,
        not_before=at,
        expires_at=at + ANSWERS_EXPIRE,
        about=graduate.uid if graduate else None,
        at=at,
    )


@dataclass(frozen=True, kw_only=True)
class _Turn:
    """One text from a phone we know: whose it is, and what they were asked.

    `graduate` is None where several share the phone and nothing tells who wrote. A quiet turn says
    nothing back, because danger has been answered already.
    """

    inbound: InboundMessage
    people: Sequence[Contact]
    graduate: Graduate | None
    asked: tuple[CheckIn, Question] | None
    is_quiet: bool
    at: datetime

    def say(self, name: str, **facts: object) -> None:
        """Answer this text with one of templates/messages."""
        self.say_once(f"reply:{self.inbound.pk}", name, **facts)

    def say_once(self, key: str, name: str, **facts: object) -> None:
        """The same, but never again by this key."""
        if self.is_quiet:
            return
        language = safety.language_of(self.inbound, self.graduate or self.people[0].graduate)
        words = wording.text(name=name, language=language, **facts)
        say(self.inbound, self.graduate, words, key=key, at=self.at)

    def keep(self, kind: str, *, needs_person: bool = False) -> Reply:
        """Put on record how the text was read."""
        return note(
            self.inbound,
            self.graduate,
            kind=kind,
            check_in=self.asked[0] if self.asked else None,
            needs_person=needs_person,
            at=self.at,
        )


def _read_known(turn: _Turn) -> Reply:
    question = turn.asked[1].kind if turn.asked else answers.Question.OPEN
    reading = answers.read(text=turn.inbound.body, question=answers.Question(question))
    if reading.kind is answers.Kind.NEED_SUPPORT:
        return _promise_a_call(turn)
    granted = _grant(turn)
    if granted is not None:
        return granted
    value = _value(reading)
    if turn.asked is not None and value is not None:
        return _take_answer(turn, *turn.asked, value)
    if turn.asked is not None and turn.asked[0].closes_at > turn.at:
        return _ask_again(turn, *turn.asked)
    return _leave_to_a_person(turn)


def _grant(turn: _Turn) -> Reply | None:
    """How often to be asked, and what is wanted of an offer; in the midst of a talk only a pause."""
    wished, graduate = wishes.read(text=turn.inbound.body), turn.graduate
    if wished is None or graduate is None or graduate.status not in Graduate.REACHED:
        return None
    if wished.wish is not Wish.PAUSE and _talks_to_a_person(graduate, turn.at):
        return None
    told = wishing.grant(graduate=graduate, wished=wished, at=turn.at)
    if told is None:
        return None
    if wished.wish is Wish.TONIGHT:
        words = nearby.tonight(graduate=graduate, at=turn.at)
        say(turn.inbound, graduate, words, key=f"reply:{turn.inbound.pk}", at=turn.at)
    else:
        pending = turn.asked[1] if turn.asked and turn.asked[0].closes_at > turn.at else None
        turn.say(told.name, question=pending.words if pending else "", **told.facts)
    return turn.keep(Reply.Kind.WISH, needs_person=told.is_guess)


def _turn(
    inbound: InboundMessage, people: Sequence[Contact], *, is_quiet: bool, at: datetime
) -> _Turn:
    """Who writes, and to which question: on a shared phone only a question to one of them tells."""
    asked = {one.graduate_id: checkins.asked(graduate=one.graduate, at=at) for one in people}
    waiting = [one for one in people if asked[one.graduate_id] is not None]
    sure = people if len(people) == 1 else waiting
    graduate = sure[0].graduate if len(sure) == 1 else None
    found = asked[graduate.pk] if graduate else None
    if graduate is not None and found is not None and _talks_to_a_person(graduate, at):
        found = None
    return _Turn(
        inbound=inbound, people=people, graduate=graduate, asked=found, is_quiet=is_quiet, at=at
    )


def _newest_text(graduate: Graduate, at: datetime) -> Message | None:
    """The newest text that this person may be answering, but for the note that answers were read."""
    sent = Message.objects.filter(about=graduate.uid, sent_at__gt=at - TALK)
    return sent.exclude(key__startswith=checkins.READ_KEY).order_by("-sent_at", "-pk").first()


def _talks_to_a_person(graduate: Graduate, at: datetime) -> bool:
    """Whether the newest text to this person was written by somebody: a number then answers them."""
    newest = _newest_text(graduate, at)
    return newest is not None and newest.kind == Kind.PERSONAL


def _answers_a_reminder(graduate: Graduate | None, at: datetime) -> bool:
    """Whether words that are no answer to a check-in follow a reminder, and so belong to that."""
    newest = _newest_text(graduate, at) if graduate else None
    return newest is not None and newest.kind == Kind.REMINDER


def _value(reading: Reading) -> Value | None:
    if reading.kind is answers.Kind.NUMBER:
        return reading.value
    return {answers.Kind.YES: "yes", answers.Kind.NO: "no"}.get(reading.kind)


def _take_answer(turn: _Turn, check_in: CheckIn, question: Question, value: Value) -> Reply:
    """Keep the answer, meet it with one kind line, and go on to the next question."""
    following = checkins.answer(
        check_in=check_in,
        question=question.code,
        value=value,
        door=Answer.Door.TEXT,
        inbound=turn.inbound,
        at=turn.at,
    )
    tone = tones.of(graduate=check_in.graduate, code=question.code, value=value, at=turn.at)
    if following is not None:
        coming = questions.BY_CODE[following]
        turn.say("checkin_next", tone=tone, question=coming.words, hint=coming.hint)
    else:
        turn.say("checkin_thanks", tone=tone, **_voice(turn))
    says_more = len(fold(turn.inbound.body).split()) > FEW_WORDS
    return turn.keep(Reply.Kind.ANSWER, needs_person=says_more)


def _voice(turn: _Turn) -> dict[str, str]:
    """The counselor's first name, and who reads while that person is away; no name on phones that others see."""
    contact = turn.people[0]
    if turn.graduate is None or texts.is_shared(contact=contact):
        return Voice().facts(graduate=contact.graduate, at=turn.at)
    voice = coverage.voice_of(graduate=turn.graduate, at=turn.at)
    return voice.facts(graduate=turn.graduate, at=turn.at)


def _ask_again(turn: _Turn, check_in: CheckIn, question: Question) -> Reply:
    """Ask once more in other words; after that a person takes over."""
    if check_in.misunderstood or _answers_a_reminder(turn.graduate, turn.at):
        return _leave_to_a_person(turn)
    check_in.misunderstood += 1
    check_in.save(update_fields=["misunderstood"])
    turn.say("checkin_again", again=question.again)
    return turn.keep(Reply.Kind.NOT_UNDERSTOOD, needs_person=True)


def _leave_to_a_person(turn: _Turn) -> Reply:
    """Into the inbox; the writer is told so at most once a day, and not in the midst of a talk."""
    graduate = turn.graduate or turn.people[0].graduate
    is_talk = turn.graduate is not None and _talks_to_a_person(turn.graduate, turn.at)
    if not is_talk and graduate.status != Graduate.Status.DECEASED:
        day = _day(graduate.time_zone, turn.at)
        turn.say_once(f"passed_on:{turn.inbound.address_id}:{day}", "passed_on")
    kind = Reply.Kind.NOT_UNDERSTOOD if turn.asked else Reply.Kind.NOTE
    return turn.keep(kind, needs_person=True)


def _promise_a_call(turn: _Turn) -> Reply:
    """Lay the wish for a call before the counselor, and say by when somebody is there."""
    concerned = [turn.graduate] if turn.graduate else [one.graduate for one in turn.people]
    for graduate in concerned:
        watch.raise_urgent(
            graduate=graduate,
            kind=DisengagementSignal.Kind.NEED_SUPPORT,
            reasons=[{"code": "asked_for_support", "points": 0, "at": turn.at.isoformat()}],
            at=turn.at,
        )
    turn.say("need_support", **texts.when_back(graduate=concerned[0], at=turn.at))
    return turn.keep(Reply.Kind.NEED_SUPPORT, needs_person=True)
