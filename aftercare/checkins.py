"""Answers to check-ins: kept one by one as they come, in time or late, and read by a person."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from aftercare import phones, plan, questions, record, setbacks, texts, wording
from aftercare.engagement import watch
from aftercare.models import Answer, AuditEntry, CheckIn, Expectation, Graduate
from aftercare.questions import BY_CODE, Question, Value
from aftercare.record import PORTAL, Actor
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import InboundMessage, Message

if TYPE_CHECKING:
    from portal.models import User

State = CheckIn.State
Outcome = Expectation.Outcome

# By this the note that answers were read is told apart from what somebody wrote.
READ_KEY = "read:"
# How long an answer to a check-in that has closed still lands on it.
LATE_FOR = timedelta(days=14)
# The first question of such a check-in was not seen on any phone.
_NOT_PUT = (
    *Message.WAITING,
    Message.State.CANCELLED,
    Message.State.EXPIRED,
    Message.State.SUPPRESSED,
)


class NotAsked(ValueError):
    """The check-in does not ask this question."""


class NoSuchAnswer(ValueError):
    """The value lies outside what the question takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInRow:
    """One check-in that has opened, with its answers by question code."""

    uid: UUID
    questions: tuple[Question, ...]
    values: dict[str, Value]
    state: str
    state_words: str
    outcome: str
    opened_at: datetime
    closes_at: datetime
    answered_at: datetime | None
    read_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer in time."""
        return self.state == State.OPEN

    @property
    def waits_for_reader(self) -> bool:
        """Whether there are answers that nobody on the staff has read yet."""
        return self.answered_at is not None and self.read_at is None


@transaction.atomic
def answer(
    *,
    check_in: CheckIn,
    question: str,
    value: Value,
    door: str,
    inbound: InboundMessage | None = None,
    actor: Actor = PORTAL,
    at: datetime,
) -> str | None:
    """Keep one answer as it arrives, in time or late; returns the next question's code, or None.

    Answering the same question again replaces the answer. Raises NotAsked, NoSuchAnswer.
    """
    row = (
        CheckIn.objects.select_for_update(of=("self",))
        .select_related("graduate")
        .get(pk=check_in.pk)
    )
    if question not in row.questions:
        raise NotAsked(question)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    _check_value(BY_CODE[question], value)
    said, came = {"content": {"value": value}, "door": door}, {"inbound": inbound, "at": at}
    kept, _ = Answer.objects.update_or_create(
        check_in=row,
        question=question,
        # What was texted and is changed on a page was texted then all the same: see _put_last.
        defaults=said | (came if door == Answer.Door.TEXT else {}),
        create_defaults=said | came,
    )
    following = next_question(check_in=row)
    _move_on(row, is_finished=following is None, at=at)
    _fulfil(row, question=question, value=value, door=door, actor=actor, at=at)
    if question == questions.KEPT.code and isinstance(value, int):
        plan.settle_by_count(graduate=row.graduate, count=value, at=at)
    if questions.tone(code=question, value=value) is questions.Tone.SETBACK:
        setbacks.take_in(graduate=row.graduate, at=at)
    graduate = row.graduate
    record.write(actor=actor, verb=AuditEntry.Verb.CREATED, thing=kept, graduate=graduate, at=at)
    watch.look_again(graduates=[graduate.pk], at=at)
    return following


def _check_value(question: Question, value: Value) -> None:
    if question.low is None or question.high is None:
        fits = value in ("yes", "no")
    else:
        fits = isinstance(value, int | float) and question.low <= value <= question.high
    if not fits:
        raise NoSuchAnswer(f"{value!r} is no answer to {question.code}.")


def next_question(*, check_in: CheckIn) -> str | None:
    """The code of the first question that has no answer yet; None where all have one."""
    answered = set(check_in.answers.values_list("question", flat=True))
    return next((code for code in check_in.questions if code not in answered), None)


def _move_on(row: CheckIn, *, is_finished: bool, at: datetime) -> None:
    row.misunderstood = 0
    if row.first_answer_at is None:
        row.first_answer_at, row.nudge_at = at, None
        # Who answers on the web first need not get the question any more, nor a nudge.
        for key in (f"checkin:{row.pk}", f"nudge:{row.pk}"):
            outbox.cancel(key=key, reason="answered", at=at)
    # What comes after somebody has read waits to be read again.
    row.read_at = None
    if is_finished:
        row.state, row.finished_at = State.ANSWERED, row.finished_at or at
    elif row.state != State.OPEN:
        row.state = State.PARTIAL
    row.save(
        update_fields=[
            "misunderstood",
            "first_answer_at",
            "nudge_at",
            "read_at",
            "state",
            "finished_at",
        ]
    )


@transaction.atomic
def answer_all(
    *,
    check_in: CheckIn,
    values: Mapping[str, Value],
    door: str,
    actor: Actor = PORTAL,
    at: datetime,
) -> bool:
    """Keep several answers at once; returns whether nothing is left to ask.

    A page sends back what it showed, and that says nothing new. Raises NotAsked, NoSuchAnswer.
    """
    shown = values_of(check_in=check_in)
    for code, value in values.items():
        if value != shown.get(code):
            answer(check_in=check_in, question=code, value=value, door=door, actor=actor, at=at)
    return next_question(check_in=check_in) is None


def _fulfil(
    row: CheckIn, *, question: str, value: Value, door: str, actor: Actor, at: datetime
) -> None:
    """The first answer keeps the expectation; after the window it makes it late, never lost."""
    expectation = Expectation.objects.get(check_in=row)
    if expectation.outcome not in Expectation.CAME:
        in_time = at < row.closes_at
        expectation.outcome = Outcome.KEPT if in_time else Outcome.LATE
        expectation.answered_at = at
        expectation.answered_by = actor.user if door == Answer.Door.STAFF else None
    if question == questions.HABIT.code:
        expectation.reported_use = value == "yes"
    expectation.save()


@transaction.atomic
def mark_read(*, check_in: CheckIn, actor: Actor, at: datetime) -> None:
    """A person has read the answers; the graduate is told so, and only because it is so."""
    unread = CheckIn.objects.filter(
        pk=check_in.pk, read_at__isnull=True, first_answer_at__isnull=False
    )
    if not unread.update(read_at=at):
        return
    graduate = check_in.graduate
    record.write(actor=actor, verb=AuditEntry.Verb.READ, thing=check_in, graduate=graduate, at=at)
    if actor.user is not None:
        tell_read(graduate=graduate, about=str(check_in.pk), reader=actor.user, at=at)


def tell_read(*, graduate: Graduate, about: str, reader: "User", at: datetime) -> None:
    """Tell a graduate that somebody has read their answers; once `about` the same ones."""
    contact = phones.contact_of(graduate=graduate)
    if contact is None or texts.is_shared(contact=contact):
        return
    contact.graduate = graduate
    with suppress(outbox.NoSender):
        texts.queue(
            contact=contact,
            body=wording.text(
                name="read_answers",
                language=graduate.language,
                counselor=wording.given_name(reader.name),
            ),
            key=f"{READ_KEY}{about}",
            kind=Kind.PERSONAL,
            expires_at=at + timedelta(days=2),
            author=reader,
            at=at,
        )


# Reading


def open_for(*, graduate: Graduate, at: datetime) -> CheckIn | None:
    """The check-in a graduate may answer in time."""
    return CheckIn.objects.open_at(at).filter(graduate=graduate).first()


def values_of(*, check_in: CheckIn) -> dict[str, Value]:
    """What was answered so far, by question code."""
    return {row.question: row.content["value"] for row in check_in.answers.all()}


def reply_key(inbound_id: int) -> str:
    """The key of what is said to a text, the next question included."""
    return f"reply:{inbound_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question that a text belongs to.

    `given` is what was answered to it, where the next question has not left yet.
    """

    check_in: CheckIn
    question: Question
    given: Value | None = None


def asked(*, graduate: Graduate, at: datetime) -> Asked | None:
    """The question put last by text, of a check-in that is open or closed a while ago.

    Not the first one without an answer: what was answered on the web meanwhile was not asked by
    text, and a phone still shows the question before. None where all have an answer.
    """
    newest = (
        CheckIn.objects.filter(graduate=graduate, opens_at__lte=at, closes_at__gt=at - LATE_FOR)
        .exclude(state__in=[State.PLANNED, State.CANCELLED])
        .exclude(message__state__in=_NOT_PUT)
        .order_by("-opens_at")
        .first()
    )
    return _put_last(newest) if newest else None


def _put_last(check_in: CheckIn) -> Asked | None:
    answers = {row.question: row for row in check_in.answers.all()}
    if all(code in answers for code in check_in.questions):
        return None
    # By text the questions are put in their order.
    texted = [answers[code] for code in check_in.questions if _is_texted(answers.get(code))]
    last = texted[-1] if texted else None
    if last is not None and last.inbound_id and outbox.is_waiting(key=reply_key(last.inbound_id)):
        question = BY_CODE[last.question]
        return Asked(check_in=check_in, question=question, given=last.content["value"])
    known = {code for code, row in answers.items() if last is not None and row.at <= last.at}
    code = next(code for code in check_in.questions if code not in known)
    return Asked(check_in=check_in, question=BY_CODE[code])


def _is_texted(answer: Answer | None) -> bool:
    return answer is not None and (answer.inbound_id is not None or answer.door == Answer.Door.TEXT)


def history(*, graduate: Graduate) -> tuple[CheckInRow, ...]:
    """Every check-in of a graduate that has opened, the newest first."""
    rows = (
        graduate.check_ins.exclude(state=State.PLANNED)
        .filter(expectation__isnull=False)
        .select_related("expectation")
        .prefetch_related("answers")
        .order_by("-opens_at")
    )
    return tuple(
        CheckInRow(
            uid=row.uid,
            questions=tuple(BY_CODE[code] for code in row.questions),
            values={answer.question: answer.content["value"] for answer in row.answers.all()},
            state=row.state,
            state_words=row.get_state_display(),
            outcome=row.expectation.outcome,
            opened_at=row.opens_at,
            closes_at=row.closes_at,
            answered_at=row.first_answer_at,
            read_at=row.read_at,
        )
        for row in rows
    )
