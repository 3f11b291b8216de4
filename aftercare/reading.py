"""One text, read: what it means in the light of what was asked, and what is said to that."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aftercare import (
    answers,
    checkins,
    consenting,
    coverage,
    hard_moments,
    nearby,
    questions,
    safety,
    setbacks,
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
from aftercare.models import (
    Answer,
    CheckIn,
    Contact,
    Graduate,
    Reply,
)
from aftercare.questions import Question, Value
from aftercare.turns import Turn, note, say
from aftercare.wishes import Wish
from notifications.kinds import Kind
from notifications.models import InboundMessage, Message

# How long a person's own text stands between a check-in and what is written next.
TALK = timedelta(hours=24)
# So often in an hour one phone is told what is near.
ASKED_AN_HOUR = 6


def read(*, inbound: InboundMessage, is_quiet: bool = False, at: datetime) -> Reply:
    """Read one text that nobody has read; a quiet reading says nothing back, for danger was answered."""
    people = safety.people_of(inbound=inbound)
    only = people[0].graduate if len(people) == 1 else None
    if inbound.keyword:
        return consenting.read_keyword(inbound=inbound, people=people, at=at)
    agreed = consenting.agreed(inbound=inbound, people=people, at=at)
    if agreed is not None:
        return note(inbound, agreed, kind=Reply.Kind.OPT_IN, at=at)
    settled = (
        consenting.settle(inbound=inbound, graduate=only, is_quiet=is_quiet, at=at)
        if only
        else None
    )
    if settled is not None:
        return settled
    if people and not is_quiet and hard_moments.is_asked(text=inbound.body):
        return _help_through(inbound, people, at)
    asked = None if is_quiet else _question(inbound, people, at)
    if asked is not None:
        return _tell_what_is_near(inbound, people, asked, at)
    if not people:
        return _read_stranger(inbound, is_quiet=is_quiet, at=at)
    return _read_known(_turn(inbound, people, is_quiet=is_quiet, at=at))


def _question(inbound: InboundMessage, people: Sequence[Contact], at: datetime) -> Asked | None:
    """What the text asks the finder; of those whom nobody knows, where the program answers them."""
    if people:
        return asking.read(text=inbound.body)
    if not inbound.program.answers_strangers:
        return None
    return asking.read(text=inbound.body) or nearby.city(text=inbound.body, at=at)


def _tell_what_is_near(
    inbound: InboundMessage,
    people: Sequence[Contact],
    asked: Asked,
    at: datetime,
    *,
    is_guess: bool = False,
) -> Reply:
    """The next meetings near a place; whoever asks on and on is answered by the page alone."""
    only = people[0].graduate if len(people) == 1 else None
    lately = Reply.objects.filter(
        inbound__address=inbound.address, kind=Reply.Kind.FINDER, at__gt=at - timedelta(hours=1)
    )
    if lately.count() < ASKED_AN_HOUR:
        whose = people[0].graduate if people else None
        zone = ZoneInfo(whose.time_zone if whose else inbound.program.time_zone)
        language = whose.language if whose else inbound.address.language or asked.language or "en"
        words = nearby.answer(asked=asked, language=language, zone=zone, at=at)
        say(inbound, only, words, key=f"nearby:{inbound.pk}", at=at)
    return note(inbound, only, kind=Reply.Kind.FINDER, needs_person=is_guess, at=at)


def _help_through(inbound: InboundMessage, people: Sequence[Contact], at: datetime) -> Reply:
    """A hard moment: what helps, at once; a person reads of it, too."""
    only = people[0].graduate if len(people) == 1 else None
    whose = people[0].graduate
    language = safety.language_of(inbound, only)
    words = hard_moments.answer(graduate=whose, language=language, at=at)
    say(inbound, only, words, key=f"hard:{inbound.pk}", at=at)
    return note(inbound, only, kind=Reply.Kind.HARD_MOMENT, needs_person=True, at=at)


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


def _read_known(turn: Turn) -> Reply:
    question = turn.asked.question.kind if turn.asked else answers.Question.OPEN
    reading = answers.read(text=turn.words, question=answers.Question(question))
    if reading.kind is answers.Kind.NEED_SUPPORT:
        return _promise_a_call(turn)
    granted = _grant(turn)
    if granted is not None:
        return granted
    value = _value(reading)
    if turn.asked is not None and turn.asked.given is not None:
        return _take_afterthought(turn, value, turn.asked.given)
    if turn.asked is not None and value is not None:
        return _take_answer(turn, turn.asked.check_in, turn.asked.question, value)
    if setbacks.is_told(text=turn.words):
        return _meet_setback(turn)
    if turn.asked is not None and turn.asked.check_in.closes_at > turn.at:
        return _ask_again(turn, turn.asked.check_in, turn.asked.question)
    return _tell_of_city(turn) or _leave_to_a_person(turn)


def _grant(turn: Turn) -> Reply | None:
    """How often to be asked, and what is wanted of an offer; in the midst of a talk only a pause."""
    wished, graduate = wishes.read(text=turn.words), turn.graduate
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
        pending = _open_question(turn)
        turn.say(told.name, question=pending.words if pending else "", **told.facts)
    return turn.keep(Reply.Kind.WISH, needs_person=told.is_guess)


def _open_question(turn: Turn) -> Question | None:
    """What they were asked and can still answer."""
    asked = turn.asked
    if asked is None or asked.given is not None or asked.check_in.closes_at <= turn.at:
        return None
    return asked.question


def _take_afterthought(turn: Turn, value: Value | None, given: Value) -> Reply:
    """A text that crossed with our next question: said twice it is the same answer, else a person's.

    It may correct the answer, go on with it, or run ahead to the next question; that is not guessed.
    """
    if value == given:
        return turn.keep(Reply.Kind.ANSWER, needs_person=answers.says_more(turn.words))
    return turn.keep(Reply.Kind.NOTE, needs_person=True)


def _turn(
    inbound: InboundMessage, people: Sequence[Contact], *, is_quiet: bool, at: datetime
) -> Turn:
    """Who writes, and to which question: on a shared phone a name tells, or a question to one of them."""
    asked = {one.graduate_id: checkins.asked(graduate=one.graduate, at=at) for one in people}
    named, words = texts.named(people=people, body=inbound.body)
    sure = people if len(people) == 1 else named or consenting.waiting(people=people, at=at)
    graduate = sure[0].graduate if len(sure) == 1 else None
    found = asked[graduate.pk] if graduate else None
    if graduate is not None and found is not None and _talks_to_a_person(graduate, at):
        found = None
    return Turn(
        inbound=inbound,
        people=people,
        graduate=graduate,
        asked=found,
        words=words,
        is_quiet=is_quiet,
        at=at,
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


def _take_answer(turn: Turn, check_in: CheckIn, question: Question, value: Value) -> Reply:
    """Keep the answer, meet it with one kind line, and go on to the next question."""
    following = checkins.answer(
        check_in=check_in,
        question=question.code,
        value=value,
        door=Answer.Door.TEXT,
        inbound=turn.inbound,
        at=turn.at,
    )
    tone = tones.in_turn(check_in=check_in, code=question.code, value=value, at=turn.at)
    if following is not None:
        coming = questions.BY_CODE[following]
        turn.say("checkin_next", tone=tone, question=coming.words, hint=coming.hint)
    else:
        turn.say("checkin_thanks", tone=tone, **_voice(turn))
    return turn.keep(Reply.Kind.ANSWER, needs_person=answers.says_more(turn.words))


def _voice(turn: Turn) -> dict[str, str]:
    """The counselor's first name, and who reads while that person is away; no name on phones that others see."""
    contact = turn.people[0]
    if turn.graduate is None or texts.is_shared(contact=contact):
        return Voice().facts(graduate=contact.graduate, at=turn.at)
    voice = coverage.voice_of(graduate=turn.graduate, at=turn.at)
    return voice.facts(graduate=turn.graduate, at=turn.at)


def _ask_again(turn: Turn, check_in: CheckIn, question: Question) -> Reply:
    """Ask once more in other words; after that a person takes over."""
    if check_in.misunderstood or _answers_a_reminder(turn.graduate, turn.at):
        return _leave_to_a_person(turn)
    check_in.misunderstood += 1
    check_in.save(update_fields=["misunderstood"])
    turn.say("checkin_again", again=question.again)
    return turn.keep(Reply.Kind.NOT_UNDERSTOOD, needs_person=True)


def _meet_setback(turn: Turn) -> Reply:
    """The habit came back, and there is no danger: no shame, no pager, and what may help now."""
    if turn.graduate is not None:
        setbacks.take_in(graduate=turn.graduate, at=turn.at)
    turn.say("setback")
    return turn.keep(Reply.Kind.NOTE, needs_person=True)


def _tell_of_city(turn: Turn) -> Reply | None:
    """The name of a city, where nothing was asked and nobody is talked to, asks what is near it."""
    may_be = turn.asked is None and not turn.is_quiet
    asked = nearby.city(text=turn.words, at=turn.at) if may_be else None
    if asked is None or (turn.graduate and _talks_to_a_person(turn.graduate, turn.at)):
        return None
    # Some cities are called Hurt, or Hope: a person reads it, too.
    return _tell_what_is_near(turn.inbound, turn.people, asked, turn.at, is_guess=True)


def _leave_to_a_person(turn: Turn) -> Reply:
    """Into the inbox; the writer is told so at most once a day, and not in the midst of a talk."""
    graduate = turn.graduate or turn.people[0].graduate
    is_talk = turn.graduate is not None and _talks_to_a_person(turn.graduate, turn.at)
    if not is_talk and graduate.status != Graduate.Status.DECEASED:
        day = _day(graduate.time_zone, turn.at)
        turn.say_once(f"passed_on:{turn.inbound.address_id}:{day}", "passed_on")
    kind = Reply.Kind.NOT_UNDERSTOOD if turn.asked else Reply.Kind.NOTE
    return turn.keep(kind, needs_person=True)


def _promise_a_call(turn: Turn) -> Reply:
    """Lay the wish for a call before the counselor, and say by when somebody is there."""
    concerned = [turn.graduate] if turn.graduate else [one.graduate for one in turn.people]
    for graduate in concerned:
        safety.ask_for_call(graduate=graduate, at=turn.at)
    turn.say("need_support", **texts.when_back(graduate=concerned[0], at=turn.at))
    return turn.keep(Reply.Kind.NEED_SUPPORT, needs_person=True)
