"""Breaking the glass: one record opened outside the usual, for a reason and an hour, told and reviewed."""

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from aftercare import notices, record, texts, wording
from aftercare.models import AuditEntry, GlassBreak, Graduate, Role
from aftercare.record import Actor
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Program

if TYPE_CHECKING:
    from portal.models import User


class NotSaid(ValueError):
    """The reason is not given in words."""


class OwnReview(Exception):
    """Whoever opened a record does not review it, unless nobody else leads the program."""


class AlreadyReviewed(Exception):
    """Somebody has reviewed it; what they found stays."""


@transaction.atomic
def open_record(
    *,
    graduate: Graduate,
    reason: GlassBreak.Reason,
    words: str,
    withheld_because: str = "",
    actor: Actor,
    at: datetime,
) -> GlassBreak:
    """Open one record to one person for an hour; the leads hear of it now, the graduate after.

    With `withheld_because` telling the graduate would put somebody in danger, and a lead decides.
    Opened again within the hour, the first one holds. Raises NotSaid.
    """
    if not words.strip() or actor.user is None:
        raise NotSaid
    held = open_one(graduate=graduate, user=actor.user, at=at)
    if held is not None:
        return held
    row = GlassBreak.objects.create(
        graduate=graduate,
        user=actor.user,
        role=actor.role,
        reason=reason,
        words=words.strip(),
        withheld_because=withheld_because.strip(),
        is_told=not withheld_because.strip(),
        at=at,
        ends_at=at + GlassBreak.HOLDS,
        review_by=at + GlassBreak.REVIEW_WITHIN,
    )
    record.write(actor=actor, verb=AuditEntry.Verb.BROKE_GLASS, thing=row, graduate=graduate, at=at)
    notices.tell_leads(program=graduate.program, key=f"glass:{row.uid}", at=at)
    if row.is_told:
        _tell(row, at=at)
    return row


def open_one(*, graduate: Graduate, user: "User", at: datetime) -> GlassBreak | None:
    """What opens this record to this person at this instant."""
    rows = GlassBreak.objects.filter(graduate=graduate, user=user, at__lte=at, ends_at__gt=at)
    return rows.order_by("-at").first()


def _tell(row: GlassBreak, *, at: datetime) -> None:
    """Text the graduate that there is news, when the hour is over; not on a phone that others see."""
    graduate = row.graduate
    with suppress(texts.NobodyToText, outbox.NoSender):
        contact = texts.phone_of(graduate=graduate)
        if texts.is_shared(contact=contact):
            return
        texts.queue(
            contact=contact,
            body=wording.text(
                name="record_opened",
                language=graduate.language,
                alias=graduate.program.alias,
                phone=graduate.program.phone,
            ),
            key=f"glass:{row.uid}",
            # Not "by a person": what is answered to it belongs to nobody's talk.
            kind=Kind.SAFETY,
            not_before=max(row.ends_at, at),
            at=at,
        )


@transaction.atomic
def review(
    *,
    row: GlassBreak,
    outcome: GlassBreak.Outcome,
    note: str,
    tells: bool,
    actor: Actor,
    at: datetime,
) -> None:
    """A lead writes down what was found; `tells` lets the graduate know what was held back until now.

    Raises AlreadyReviewed, OwnReview.
    """
    held = GlassBreak.objects.select_for_update().get(pk=row.pk)
    if held.reviewed_at is not None:
        raise AlreadyReviewed
    if actor.user == held.user and _other_leads(row.graduate.program, row.user, at):
        raise OwnReview
    row.reviewed_at, row.reviewed_by = at, actor.user
    row.outcome, row.note = outcome, note.strip()
    is_news = tells and not held.is_told
    row.is_told = held.is_told or tells
    row.save(update_fields=["reviewed_at", "reviewed_by", "outcome", "note", "is_told"])
    if is_news:
        _tell(row, at=at)
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=row, graduate=row.graduate, at=at)


def _other_leads(program: Program, user: "User", at: datetime) -> bool:
    roles = Role.objects.filter(program=program, kind=Role.Kind.LEAD, until__isnull=True)
    return roles.filter(since__lte=at).exclude(user=user).exists()


def told_to(*, graduate: Graduate, at: datetime) -> list[GlassBreak]:
    """What a graduate reads of it, the newest first: nothing within the hour, nothing held back."""
    rows = record.breaks_told_to(graduate=graduate, at=at)
    return list(rows.select_related("user").order_by("-at"))
