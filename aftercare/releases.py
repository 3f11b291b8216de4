"""Consents to tell others something: written, signed by the graduate, taken back at once."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone, translation

from aftercare import phones, record, release_words, texts, wording
from aftercare.models import AuditEntry, Contact, Graduate, Invitation, Item, Release
from aftercare.record import Actor
from aftercare.recurrence import localize
from aftercare.release_words import Form
from notifications import outbox
from notifications.fields import blind_index
from notifications.kinds import Kind
from notifications.models import Address
from notifications.text import fold

LONGEST = timedelta(days=366)
# The answer to the one text after the words were read aloud counts this long.
ANSWER_WITHIN = timedelta(hours=24)
_CODE = re.compile(r"\W*(?:ok|okay|yes|si|sí)?\W*(\d{4})\W*", re.IGNORECASE)
# By these a text takes every consent back; more words around them are left to a person.
_TAKES_BACK = re.compile(
    r"(?:(?:please|pls|por favor|hi|hola|i want to|i want you to|quiero|quiero que) ){0,2}"
    r"(?:stop sharing|dont share|do not share|no more sharing|stop telling|dont tell"
    r"|(?:take back|revoke|withdraw|cancel) my consents?|i (?:take back|revoke|withdraw) my consents?"
    r"|no compart(?:as|an|ir)|ya no compart(?:as|an)|dej(?:a|en|es) de compartir"
    r"|(?:retiro|revoco|cancelo|retirar|revocar) mi (?:consentimiento|permiso)s?)"
    r"(?: (?:my|anything|nothing|everything|info|information|data|any of|it|with|to|anyone|anybody"
    r"|nobody|everybody|everyone|my family|about me|me|nada|todo|mis datos|mi informacion|con nadie"
    r"|anymore|any more|please|now|now please|por favor|thanks|gracias))*"
)


class AlreadySigned(Exception):
    """A signed consent is not changed; end it and write another one."""


class BadEnd(ValueError):
    """The end lies in the past or more than a year ahead, or a page has none."""


class NotPrivate(Exception):
    """Others see the phone, so its answer would not be the graduate's alone."""


class NoPhone(Exception):
    """There is no phone that could answer."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What somebody wants to allow: items as codes of Item, the end as a last day or an event.

    With `has_page` the recipient gets a page of their own, which always ends on a day.
    """

    recipient: str
    relation: str = ""
    purpose: str
    items: Sequence[str]
    last_on: date | None = None
    ends_event: str = ""
    has_page: bool = False
    email: str = ""


@transaction.atomic
def write(
    *, graduate: Graduate, draft: Draft, language: str, actor: Actor, at: datetime
) -> Release:
    """Write a consent down for the graduate to read and sign; it allows nothing yet. Raises BadEnd."""
    release = Release(
        graduate=graduate,
        discloser=graduate.program.name,
        items=[item for item in Item.values if item in draft.items],
        recipient=draft.recipient.strip(),
        relation=draft.relation.strip(),
        purpose=draft.purpose.strip(),
        has_page=draft.has_page,
        email=draft.email.strip().lower(),
        ends_at=_end_of(draft.last_on, graduate, at),
        ends_event=draft.ends_event.strip() or None,
        language=language,
        created_at=at,
    )
    if draft.has_page and release.ends_at is None:
        raise BadEnd
    release.save()
    _record(release, AuditEntry.Verb.CREATED, actor, at)
    return release


def _end_of(last_on: date | None, graduate: Graduate, at: datetime) -> datetime | None:
    """The midnight after the last day, where the graduate is."""
    if last_on is None:
        return None
    zone = ZoneInfo(graduate.time_zone)
    today = at.astimezone(zone).date()
    if not today <= last_on <= today + LONGEST:
        raise BadEnd
    return localize(wall=datetime.combine(last_on + timedelta(days=1), time()), zone=zone)


def form_of(*, release: Release, signature: str = "", at: datetime | None = None) -> Form:
    """The consent in the words of its form, in its language; unsigned where nobody signs."""
    with (
        translation.override(release.language),
        timezone.override(ZoneInfo(release.graduate.time_zone)),
    ):
        local = at.astimezone(ZoneInfo(release.graduate.time_zone)) if at else None
        relation = f" ({release.relation})" if release.relation else ""
        return Form(
            graduate=release.graduate.name,
            discloser=release.discloser,
            what="; ".join(release.item_words),
            recipient=f"{release.recipient}{relation}" if release.recipient else "",
            purpose=release.purpose,
            revocation=str(release_words.REVOCATION),
            expiry=release_words.expiry(last_on=release.last_on, event=release.ends_event),
            redisclosure=str(release_words.REDISCLOSURE),
            signature=signature,
            signed_on=release_words.instant(at=local) if local else "",
        )


@transaction.atomic
def sign(*, release: Release, signature: str, actor: Actor, at: datetime) -> None:
    """The graduate signs on the web by typing their name; from now on it holds.

    Raises AlreadySigned, BadEnd, release_words.Incomplete where an element of 42 CFR 2.31 is empty.
    """
    _activate(release=release, signature=signature.strip(), way=Release.Way.WEB, at=at)
    _record(release, AuditEntry.Verb.CONSENTED, actor, at)


def _activate(*, release: Release, signature: str, way: Release.Way, at: datetime) -> None:
    held = Release.objects.select_for_update().get(pk=release.pk)
    if held.signed_at is not None or held.revoked_at is not None:
        raise AlreadySigned
    form = form_of(release=release, signature=signature, at=at)
    release_words.check(form=form)
    if release.ends_at is not None and release.ends_at <= at:
        raise BadEnd
    release.words = release_words.words_of(form=form, language=release.language)
    release.form_version = release_words.VERSION
    release.form_hash = release_words.fingerprint(words=release.words)
    release.signature, release.signed_at, release.way = signature, at, way
    release.code_hash = ""
    release.save()


@transaction.atomic
def ask_by_text(*, release: Release, actor: Actor, at: datetime) -> None:
    """Staff have read the words aloud and vouch for it; one text asks for the yes, with a code.

    The text says nothing of what it is about, and nothing holds before the answer. Raises NoPhone,
    NotPrivate, AlreadySigned, release_words.Incomplete, outbox.NoSender.
    """
    graduate = release.graduate
    contact = phones.contact_of(graduate=graduate)
    if contact is None:
        raise NoPhone
    if texts.is_shared(contact=contact):
        raise NotPrivate
    if release.signed_at is not None or release.revoked_at is not None:
        raise AlreadySigned
    release_words.check(form=form_of(release=release, signature=graduate.name, at=at))
    code = f"{secrets.randbelow(10**4):04d}"
    release.code_hash = _fingerprint(release, contact.address, code)
    release.attested_by, release.attested_at = actor.user, at
    release.save(update_fields=["code_hash", "attested_by", "attested_at"])
    outbox.queue(
        sender=outbox.sender_for(program=graduate.program),
        address=contact.address,
        body=wording.text(
            name="agree_release",
            language=graduate.language,
            alias=graduate.program.alias,
            code=code,
        ),
        key=f"release:{release.uid}:{at.isoformat()}",
        kind=Kind.CODE,
        not_before=at,
        expires_at=at + ANSWER_WITHIN,
        about=graduate.uid,
        at=at,
    )
    _record(release, AuditEntry.Verb.CONSENTED, actor, at)


def _fingerprint(release: Release, address: Address, code: str) -> str:
    return blind_index(value=f"{release.uid}:{address.pk}:{code}", purpose="release-code")


@transaction.atomic
def sign_by_text(*, address: Address, body: str, at: datetime) -> bool:
    """Take the code that answers what was read aloud; False where no consent waits for it."""
    said = _CODE.fullmatch(body)
    if said is None:
        return False
    waiting = Release.objects.exclude(code_hash="").filter(
        signed_at__isnull=True,
        revoked_at__isnull=True,
        attested_at__gt=at - ANSWER_WITHIN,
        graduate__in=Contact.objects.filter(address=address, until__isnull=True).values("graduate"),
    )
    for release in waiting.select_related("graduate__program"):
        if secrets.compare_digest(release.code_hash, _fingerprint(release, address, said[1])):
            name = release.graduate.name
            _activate(release=release, signature=name, way=Release.Way.ALOUD, at=at)
            _record(release, AuditEntry.Verb.CONSENTED, record.PORTAL, at)
            return True
    return False


# Taking it back


@transaction.atomic
def revoke(*, release: Release, actor: Actor, at: datetime) -> None:
    """The graduate takes it back, or staff for them: nothing is told from now on, and what waits is called back."""
    held = Release.objects.select_for_update().get(pk=release.pk)
    if held.revoked_at is not None:
        return
    release.revoked_at, release.revoked_by = at, actor.user
    release.save(update_fields=["revoked_at", "revoked_by"])
    _close_links(release, at)
    outbox.cancel(about=release.uid, reason="consent_withdrawn", at=at)
    _record(release, AuditEntry.Verb.CONSENTED, actor, at)


@transaction.atomic
def note_event(*, release: Release, actor: Actor, at: datetime) -> None:
    """The event has happened that ends it."""
    Release.objects.select_for_update().get(pk=release.pk)
    release.ends_at = at
    release.save(update_fields=["ends_at"])
    _close_links(release, at)
    outbox.cancel(about=release.uid, reason="consent_withdrawn", at=at)
    _record(release, AuditEntry.Verb.CHANGED, actor, at)


def _close_links(release: Release, at: datetime) -> None:
    Invitation.objects.filter(release=release, used_at__isnull=True, expires_at__gt=at).update(
        expires_at=at
    )


def takes_back(*, text: str) -> bool:
    """Whether a text says nothing but that nobody is to be told anything any more (English, Spanish)."""
    return _TAKES_BACK.fullmatch(fold(text)) is not None


@transaction.atomic
def revoke_all(*, graduate: Graduate, actor: Actor, at: datetime) -> int:
    """Take back every consent that is there, signed or not; returns how many."""
    rows = Release.objects.filter(graduate=graduate, revoked_at__isnull=True)
    found = [row for row in rows.order_by("pk") if row.ends_at is None or row.ends_at > at]
    for row in found:
        row.graduate = graduate
        revoke(release=row, actor=actor, at=at)
    return len(found)


def _record(release: Release, verb: AuditEntry.Verb, actor: Actor, at: datetime) -> None:
    record.write(actor=actor, verb=verb, thing=release, graduate=release.graduate, at=at)


# Reading


@dataclass(frozen=True, kw_only=True)
class Row:
    """One consent as its graduate and staff see it; `state` is draft, active or over."""

    release: Release
    state: str
    form: Form
    has_joined: bool


def row_of(*, release: Release, at: datetime) -> Row:
    """One consent with its words."""
    state = "active" if release.is_in_force(at) else "over"
    if release.signed_at is None and release.revoked_at is None:
        state = "draft"
    return Row(
        release=release,
        state=state,
        form=form_of(release=release, signature=release.signature, at=release.signed_at),
        has_joined=release.holder_id is not None,
    )


def rows(*, graduate: Graduate, at: datetime) -> list[Row]:
    """Every consent of a graduate, those in force first, then drafts, then what is over."""
    found = []
    for release in Release.objects.filter(graduate=graduate).order_by("-created_at", "-pk"):
        release.graduate = graduate
        found.append(row_of(release=release, at=at))
    return sorted(found, key=lambda row: ("active", "draft", "over").index(row.state))
