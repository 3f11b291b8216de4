"""Words of danger: answered in the same breath, and laid before staff at once. Never scored, never held back.

The answers are fixed by kind of danger and approved by the program; what is unclear is asked about,
and silence is taken for danger. The words that are looked for may miss some, so people read every
free text as well.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import models

from aftercare import answers, batch, wording
from aftercare.answers import Question
from aftercare.crisis import Crisis, CrisisClass, Tier
from aftercare.engagement import watch
from aftercare.models import Contact, DisengagementSignal, Graduate, Reply
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Address, InboundMessage, Program, Sender

# How long "are you safe?" waits for its answer.
ANSWER_WITHIN = timedelta(minutes=15)
# A crisis text that waits this long for a worker has been overtaken by a person.
EXPIRES = timedelta(hours=12)

_RESTING = (Kind.CHECK_IN, Kind.NUDGE, Kind.CARING, Kind.EVENT)
_FIXED = {
    CrisisClass.OVERDOSE_MEDICAL: "danger_medical",
    CrisisClass.EATING: "danger_body",
    CrisisClass.ABUSE: "danger_at_home",
}


def meet(
    *, reply: Reply, crisis: Crisis, people: Sequence[Contact], language: str, at: datetime
) -> str:
    """Mark a text as danger, lay it before staff, and return the words that answer it at once.

    `people` are everybody whose phone it came from: where several share it, each is looked after.
    """
    # What was asked before is overtaken by what was said now.
    Reply.objects.filter(
        inbound__address=reply.inbound.address_id, follow_up_at__isnull=False
    ).update(follow_up_at=None)
    reply.crisis, reply.tier, reply.crisis_class = True, crisis.tier, crisis.kind
    reply.needs_person = True
    is_question = crisis.tier == Tier.B or crisis.kind == CrisisClass.ABUSE
    reply.follow_up_at = at + ANSWER_WITHIN if is_question else None
    reply.save()
    raise_signals(
        people=people, code="crisis_words", at=at, tier=crisis.tier.value, kind=crisis.kind.value
    )
    if crisis.kind in _FIXED and (crisis.tier == Tier.A or crisis.kind == CrisisClass.ABUSE):
        return wording.text(name=_FIXED[crisis.kind], language=language)
    if crisis.tier == Tier.B:
        return wording.text(name="danger_unclear", language=language)
    return crisis_text(program=reply.inbound.program, language=language)


def raise_signals(*, people: Iterable[Contact], code: str, at: datetime, **facts: str) -> None:
    """Open or renew the safety signal of everybody concerned; `code` names the reason.

    Planned texts of the program rest meanwhile; what a person set up for themselves goes on.
    """
    contacts = list(people)
    for contact in contacts:
        outbox.cancel(about=contact.graduate.uid, kinds=_RESTING, reason="crisis", at=at)
        reasons = [{"code": code, "points": 0, "at": at.isoformat(), **facts}]
        if len(contacts) > 1:
            reasons.append({"code": "shared_phone", "points": 0})
        if contact.address.opted_out_at is not None:
            reasons.append({"code": "texts_off", "points": 0})
        watch.raise_urgent(
            graduate=contact.graduate,
            kind=DisengagementSignal.Kind.SAFETY,
            reasons=reasons,
            at=at,
        )


def open_for(*, graduate: Graduate, code: str, at: datetime, **facts: str) -> None:
    """The same for one person without a text, as after an answer on the web."""
    contact = Contact.objects.filter(
        graduate=graduate, until__isnull=True, address__channel=Sender.Channel.SMS
    )
    # Whoever has a log-in and no phone is in no less danger.
    found = contact.select_related("address").first() or Contact(address=Address())
    found.graduate = graduate
    raise_signals(people=[found], code=code, at=at, **facts)


def is_looked_after(*, graduate: Graduate) -> bool:
    """Whether somebody on the staff is still at work on a safety signal; check-ins rest meanwhile."""
    signals = DisengagementSignal.objects.filter(
        graduate=graduate, kind=DisengagementSignal.Kind.SAFETY
    )
    return signals.exclude(state=DisengagementSignal.State.CLOSED).exists()


def crisis_text(*, program: Program, language: str) -> str:
    """The program's own crisis text, in English or as it ships where there is none in a language."""
    own: str = program.crisis_texts.get(language) or program.crisis_texts.get("en") or ""
    if own:
        return own
    return wording.text(
        name="crisis_default", language=language, alias=program.alias, phone=program.phone
    )


# What was asked back


def open_question(*, inbound: InboundMessage, at: datetime) -> Reply | None:
    """The danger that the owner of this number was asked about and may now be answering."""
    waiting = Reply.objects.filter(
        inbound__address=inbound.address_id,
        inbound__program=inbound.program_id,
        follow_up_at__gt=at,
    )
    return waiting.select_related("inbound__program").order_by("-at").first()


def take_answer(
    *, question: Reply, body: str, people: Sequence[Contact], language: str, at: datetime
) -> str | None:
    """Take a yes or a no to what was asked; the words to say back, or None where it is neither."""
    said = _yes_or_no(body)
    if said is None:
        return None
    question.follow_up_at = None
    question.save(update_fields=["follow_up_at"])
    if question.crisis_class == CrisisClass.ABUSE:
        code = "call_now" if said else "call_later"
        raise_signals(people=people, code=code, at=at)
        return wording.text(name=code, language=language)
    if said:
        return wording.text(name="danger_safe", language=language)
    _become_certain(question)
    raise_signals(people=people, code="not_safe", at=at)
    return crisis_text(program=question.inbound.program, language=language)


def _yes_or_no(body: str) -> bool | None:
    if body.strip().strip(".!") == "2":
        return False
    kind = answers.read(text=body, question=Question.YES_NO).kind
    return {answers.Kind.YES: True, answers.Kind.NO: False}.get(kind)


def _become_certain(question: Reply) -> None:
    question.tier = Tier.A
    question.save(update_fields=["tier"])


def unanswered(*, at: datetime) -> models.QuerySet[Reply]:
    """Those whose "are you safe?" has met silence for too long."""
    return Reply.objects.filter(follow_up_at__lte=at)


def follow_up_due(*, at: datetime) -> int:
    """Take silence after "are you safe?" for danger; returns how many crisis texts were queued."""
    rows = unanswered(at=at).select_related(
        "inbound__program", "inbound__sender", "inbound__address"
    )
    return batch.each(rows=rows.order_by("follow_up_at"), do=lambda row: _follow_up(row, at))


def _follow_up(row: Reply, at: datetime) -> bool:
    taken = Reply.objects.filter(pk=row.pk, follow_up_at__isnull=False)
    if not taken.update(follow_up_at=None):
        return False
    row.follow_up_at = None
    if row.crisis_class == CrisisClass.ABUSE:
        # Somebody else may hold the phone: a text more would be a danger of its own.
        return False
    _become_certain(row)
    inbound = row.inbound
    people = people_of(inbound=inbound)
    raise_signals(people=people, code="no_answer", at=at)
    graduate = people[0].graduate if len(people) == 1 else None
    outbox.queue(
        sender=inbound.sender,
        address=inbound.address,
        body=crisis_text(program=inbound.program, language=language_of(inbound, graduate)),
        key=f"crisis:{row.pk}",
        kind=Kind.CRISIS,
        not_before=at,
        expires_at=at + EXPIRES,
        about=graduate.uid if graduate else None,
        at=at,
    )
    return True


# Whose phone


def people_of(*, inbound: InboundMessage) -> list[Contact]:
    """Every graduate of the program who is reached by the number a text came from."""
    rows = Contact.objects.filter(
        address=inbound.address_id, until__isnull=True, graduate__program=inbound.program_id
    )
    return list(rows.select_related("graduate__program", "address").order_by("pk"))


def language_of(inbound: InboundMessage, graduate: Graduate | None) -> str:
    """The language to answer in: the graduate's, or that of the number."""
    return graduate.language if graduate else inbound.address.language or "en"
