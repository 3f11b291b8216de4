"""Links into an account: made, sent by text or mail or handed over, found again, used once.

Only a fingerprint of a token is stored, so a link is known to nobody but whom it was given to.
"""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse

from aftercare import mail, phones, record, texts, wording
from aftercare.models import (
    Attestation,
    AuditEntry,
    Graduate,
    Invitation,
    Release,
)
from aftercare.record import Actor
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Program

LIFE = timedelta(hours=72)
# How often a person may ask for a new link themselves.
RENEWALS_A_DAY = 3
TOKEN_BYTES = 16

Way = Invitation.Way


class LinkClosed(Exception):
    """The link is unknown, used, replaced, or older than 72 hours; which of them is not told."""


class NoWay(Exception):
    """The link cannot travel as asked, because there is no such phone number or mailbox."""


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A fresh link: `link` is known here and now only."""

    invitation: Invitation
    token: str

    @property
    def link(self) -> str:
        """The whole address to open."""
        return link_of(self.token)


def link_of(token: str) -> str:
    """The address that a token opens."""
    return urljoin(f"{settings.PUBLIC_URL}/", reverse("join", args=[token]))


def fingerprint(token: str) -> str:
    """What is stored of a token: 128 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(*, token: str, at: datetime) -> Invitation:
    """The open invitation of a token; raises LinkClosed."""
    found = _by_token(token)
    if found is None or not found.is_open(at):
        raise LinkClosed
    return found


def _by_token(token: str) -> Invitation | None:
    rows = Invitation.objects.select_related("program", "graduate", "release__graduate__program")
    return rows.filter(token_hash=fingerprint(token)).first()


def claim(*, token: str, at: datetime) -> Invitation:
    """Use a link up: of several at once exactly one succeeds, the others raise LinkClosed.

    Call it in the transaction that makes the account.
    """
    open_ones = Invitation.objects.filter(
        token_hash=fingerprint(token), used_at__isnull=True, expires_at__gt=at
    )
    if not open_ones.update(used_at=at):
        raise LinkClosed
    rows = Invitation.objects.select_related("program", "graduate", "release__graduate__program")
    return rows.get(token_hash=fingerprint(token))


@transaction.atomic
def issue(
    *,
    program: Program,
    way: Invitation.Way,
    at: datetime,
    actor: Actor,
    graduate: Graduate | None = None,
    role_kind: str = "",
    release: Release | None = None,
    email: str = "",
    was_asked: bool = False,
) -> Issued:
    """Make a link and let it travel; older open links of the same graduate stop working.

    With `was_asked` the person wants it just now, so it does not wait for the hours of the program.
    Raises NoWay, outbox.NoSender.
    """
    if graduate is not None:
        _close_others(graduate=graduate, at=at)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        program=program,
        graduate=graduate,
        role_kind=role_kind,
        release=release,
        way=way,
        email=email.lower(),
        token_hash=fingerprint(token),
        invited_by=actor.user,
        created_at=at,
        expires_at=_end_of(release, at),
        sent_at=at,
    )
    # A colleague waits for it at the desk, too.
    is_needed = was_asked or bool(role_kind)
    kind = Kind.CODE if is_needed else Kind.INVITATION
    _let_travel(invitation=invitation, token=token, kind=kind, at=at)
    record.write(
        actor=actor,
        verb=AuditEntry.Verb.CREATED,
        thing=invitation,
        graduate=release.graduate if release else graduate,
        program=program,
        at=at,
    )
    return Issued(invitation=invitation, token=token)


def _end_of(release: Release | None, at: datetime) -> datetime:
    """A link to what is shared ends with the consent at the latest."""
    ends_at = release.ends_at if release else None
    return min(at + LIFE, ends_at) if ends_at else at + LIFE


def _close_others(*, graduate: Graduate, at: datetime) -> None:
    others = Invitation.objects.filter(graduate=graduate, used_at__isnull=True, expires_at__gt=at)
    others.update(expires_at=at, send_on=None)


def _let_travel(*, invitation: Invitation, token: str, kind: Kind, at: datetime) -> None:
    if invitation.way == Way.TEXT:
        _send_text(invitation=invitation, token=token, kind=kind, at=at)
    elif invitation.way == Way.EMAIL:
        _send_mail(invitation=invitation, token=token, kind=kind, at=at)


def _send_text(*, invitation: Invitation, token: str, kind: Kind, at: datetime) -> None:
    graduate = invitation.graduate
    contact = phones.contact_of(graduate=graduate) if graduate else None
    if graduate is None or contact is None:
        raise NoWay("There is no phone number to text the link to.")
    outbox.queue(
        sender=outbox.sender_for(program=invitation.program),
        address=contact.address,
        body=wording.text(
            name="invitation",
            language=graduate.language,
            alias=invitation.program.alias,
            counselor=texts.counselor_of(graduate=graduate),
            link=link_of(token),
        ),
        key=f"invitation:{invitation.uid}",
        kind=kind,
        not_before=at,
        expires_at=invitation.expires_at,
        about=graduate.uid,
        at=at,
    )


def _send_mail(*, invitation: Invitation, token: str, kind: Kind, at: datetime) -> None:
    if not invitation.email:
        raise NoWay("There is no e-mail address to send the link to.")
    graduate = invitation.graduate
    subject, body = mail.render(
        name=_mail_of(invitation),
        language=graduate.language if graduate else _language(invitation),
        alias=invitation.program.alias,
        counselor=texts.counselor_of(graduate=graduate) if graduate else "",
        link=link_of(token),
    )
    mail.queue(
        program=invitation.program,
        to=invitation.email,
        subject=subject,
        body=body,
        kind=kind,
        key=f"invitation:{invitation.uid}",
        about=invitation.release.uid if invitation.release else None,
        at=at,
        expires_at=invitation.expires_at,
    )


def _mail_of(invitation: Invitation) -> str:
    if invitation.release is not None:
        return "supporter_invitation"
    return "invitation" if invitation.graduate else "staff_invitation"


def _language(invitation: Invitation) -> str:
    return invitation.release.language if invitation.release else ""


@transaction.atomic
def hand_out(
    *,
    graduate: Graduate,
    way: Invitation.Way,
    actor: Actor,
    at: datetime,
    attested_words: str = "",
) -> Issued:
    """A new link for a graduate, also for one who lost the way into the account.

    A text leaves only with the words by which staff vouch that the person asked for it.
    Raises NoWay, outbox.NoSender.
    """
    if way == Way.TEXT:
        attest(graduate=graduate, words=attested_words, actor=actor, at=at)
    mailbox = phones.mailbox_of(graduate=graduate) if way == Way.EMAIL else None
    if way == Way.EMAIL and mailbox is None:
        raise NoWay("There is no e-mail address to send the link to.")
    return issue(
        program=graduate.program,
        graduate=graduate,
        way=way,
        email=mailbox.address.value if mailbox else "",
        actor=actor,
        at=at,
    )


def attest(*, graduate: Graduate, words: str, actor: Actor, at: datetime) -> Attestation:
    """Record that the person asked for one text with a link; raises NoWay without a phone."""
    contact = phones.contact_of(graduate=graduate)
    if contact is None or not words:
        raise NoWay("There is no phone number to text the link to.")
    return Attestation.objects.create(
        contact=contact,
        about=Attestation.About.INVITATION,
        words=words,
        staff=actor.user,
        at=at,
    )


@transaction.atomic
def renew(*, token: str, at: datetime) -> bool:
    """What "send me a new one" on a closed link does: a fresh link to the number or mailbox on file.

    Nothing happens for a token that never was ours, for staff, after STOP by engine rule, or after
    three times in a day; whoever is already in gets the log-in address instead. The page must say
    the same either way. Returns whether something was queued.
    """
    old = _by_token(token)
    graduate = old.graduate if old else None
    if old is None or graduate is None or old.is_open(at):
        return False
    day = Invitation.objects.filter(graduate=graduate, created_at__gt=at - timedelta(days=1))
    if day.count() >= RENEWALS_A_DAY or graduate.status in _GONE:
        return False
    if graduate.user_id:
        return _remind_of_log_in(graduate=graduate, at=at)
    way = Way.TEXT if phones.contact_of(graduate=graduate) else Way.EMAIL
    mailbox = phones.mailbox_of(graduate=graduate)
    if way == Way.EMAIL and mailbox is None:
        return False
    issue(
        program=old.program,
        graduate=graduate,
        way=way,
        email=mailbox.address.value if mailbox and way == Way.EMAIL else "",
        actor=record.PORTAL,
        at=at,
        was_asked=True,
    )
    return True


_GONE = (Graduate.Status.LEFT, Graduate.Status.DECEASED)


def _remind_of_log_in(*, graduate: Graduate, at: datetime) -> bool:
    contact = phones.contact_of(graduate=graduate)
    if contact is None:
        return False
    link = urljoin(f"{settings.PUBLIC_URL}/", reverse(settings.LOGIN_URL))
    outbox.queue(
        sender=outbox.sender_for(program=graduate.program),
        address=contact.address,
        body=wording.text(
            name="log_in",
            language=graduate.language,
            alias=graduate.program.alias,
            link=link,
        ),
        # Once a day, however often it is asked for.
        key=f"log-in:{graduate.uid}:{at:%Y-%m-%d}",
        kind=Kind.CODE,
        not_before=at,
        expires_at=at + LIFE,
        about=graduate.uid,
        at=at,
    )
    return True


def stage(
    *,
    graduate: Graduate,
    way: Invitation.Way,
    email: str,
    send_on: date,
    actor: Actor,
    at: datetime,
) -> Invitation:
    """An invitation for a later day; its token does not exist before it is sent."""
    return Invitation.objects.create(
        program=graduate.program,
        graduate=graduate,
        way=way,
        email=email.lower(),
        token_hash=fingerprint(secrets.token_urlsafe(TOKEN_BYTES)),
        invited_by=actor.user,
        created_at=at,
        send_on=send_on,
        expires_at=at,
    )


def staged(*, at: datetime) -> models.QuerySet[Invitation]:
    """Staged invitations whose day has come somewhere: a zone is at most a day ahead of UTC."""
    waiting = Invitation.objects.filter(send_on__isnull=False, sent_at__isnull=True)
    return waiting.filter(send_on__lte=at.date() + timedelta(days=1))


def send_staged(*, at: datetime) -> int:
    """Send the staged invitations whose day has come where their program is; returns how many."""
    sent = 0
    for invitation in staged(at=at).select_related("program", "graduate").order_by("send_on", "pk"):
        local = at.astimezone(ZoneInfo(invitation.program.time_zone))
        if invitation.send_on and invitation.send_on <= local.date():
            # Without a sender they keep waiting; `manage.py check` says what is missing.
            with suppress(outbox.NoSender):
                sent += _send_one_staged(invitation=invitation, at=at)
    return sent


@transaction.atomic
def _send_one_staged(*, invitation: Invitation, at: datetime) -> bool:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation.token_hash, invitation.sent_at = fingerprint(token), at
    invitation.expires_at = at + LIFE
    claimed = Invitation.objects.filter(
        pk=invitation.pk, sent_at__isnull=True, send_on__isnull=False
    ).update(token_hash=invitation.token_hash, sent_at=at, expires_at=invitation.expires_at)
    graduate = invitation.graduate
    if not claimed or graduate is None or graduate.status != Graduate.Status.INVITED:
        return False
    try:
        _let_travel(invitation=invitation, token=token, kind=Kind.INVITATION, at=at)
    except NoWay:
        # The number was taken off the file meanwhile; staff see an invitation that has ended.
        Invitation.objects.filter(pk=invitation.pk).update(expires_at=at)
        return False
    return True
