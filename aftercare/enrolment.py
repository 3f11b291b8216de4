"""How people come in: invited, at a desk, or as staff; each ends with one account and plain consents."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models, transaction

from aftercare import invitations, phones, plan, record, setbacks, supporters, texts, wording
from aftercare.models import (
    Assignment,
    Attestation,
    AuditEntry,
    Contact,
    Graduate,
    Invitation,
    Release,
    Role,
)
from aftercare.record import Actor
from notifications import addresses, consent, outbox
from notifications.kinds import Kind, Scope
from notifications.models import ConsentEvent, Program, Sender

if TYPE_CHECKING:
    from portal.models import User

# An answer to the one text of a face-to-face enrolment counts this long.
ANSWER_WITHIN = timedelta(days=30)

Way = Invitation.Way


class AlreadyHere(Exception):
    """Somebody in the program has this number or mailbox; `field` is "phone" or "email"."""

    def __init__(self, field: str) -> None:
        super().__init__(f"The program already has somebody with this {field}.")
        self.field = field


class AlreadyYours(Exception):
    """The log-in already has an account in this program, or this role."""


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Who comes in: phone (E.164), e-mail and state (postal code) or empty, tracks as codes of Track."""

    first_name: str
    last_name: str = ""
    phone: str = ""
    email: str = ""
    tracks: Sequence[str] = ()
    graduated_on: date
    language: str = "en"
    time_zone: str
    state: str = ""
    weekly_hours: int | None = None
    # Graduate.SafetyNotes: whether notes on overdose are wanted, and in which words.
    safety_notes: str = ""


@dataclass(frozen=True, kw_only=True)
class Invited:
    """A new graduate, and the link into the account; the link is known here and now only."""

    graduate: Graduate
    invitation: Invitation
    link: str
    token: str


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What a link opened: a graduate's account, what somebody shares, or a role of staff."""

    user: "User"
    graduate: Graduate | None = None
    release: Release | None = None
    role: Role | None = None


@transaction.atomic
def invite(
    *,
    program: Program,
    newcomer: Newcomer,
    counselor: Role | None,
    actor: Actor,
    at: datetime,
    way: Invitation.Way = Way.BY_HAND,
    attested_words: str = "",
    drafts: Iterable[plan.CommitmentDraft] = (),
    may_share: bool = False,
) -> Invited:
    """Add a graduate with a first plan and make the link into the account.

    A text leaves only with the words by which staff vouch that the person asked for it. A phone
    that somebody else of the program has is refused unless `may_share`.
    Raises AlreadyHere, invitations.NoWay, outbox.NoSender.
    """
    graduate = add(
        program=program,
        newcomer=newcomer,
        counselor=counselor,
        actor=actor,
        at=at,
        drafts=drafts,
        may_share=may_share,
    )
    issued = invitations.hand_out(
        graduate=graduate, way=way, actor=actor, at=at, attested_words=attested_words
    )
    return Invited(
        graduate=graduate, invitation=issued.invitation, link=issued.link, token=issued.token
    )


@transaction.atomic
def add(
    *,
    program: Program,
    newcomer: Newcomer,
    counselor: Role | None,
    actor: Actor,
    at: datetime,
    drafts: Iterable[plan.CommitmentDraft] = (),
    may_share: bool = False,
) -> Graduate:
    """Add a graduate without writing to anybody; raises AlreadyHere."""
    taken = whose(program=program, phone=newcomer.phone, email=newcomer.email)
    if "email" in taken or ("phone" in taken and not may_share):
        raise AlreadyHere("email" if "email" in taken else "phone")
    graduate = Graduate.objects.create(
        program=program,
        first_name=newcomer.first_name,
        last_name=newcomer.last_name,
        tracks=list(newcomer.tracks),
        graduated_on=newcomer.graduated_on,
        language=newcomer.language,
        time_zone=newcomer.time_zone,
        weekly_hours=newcomer.weekly_hours,
        safety_notes=newcomer.safety_notes,
        created_at=at,
    )
    for channel, value in (
        (Sender.Channel.SMS, newcomer.phone),
        (Sender.Channel.EMAIL, newcomer.email),
    ):
        if value:
            phones.add_contact(graduate=graduate, channel=channel, value=value, at=at)
    if newcomer.state:
        phones.set_state(graduate=graduate, state=newcomer.state)
    Contact.objects.filter(graduate=graduate, address__channel=Sender.Channel.SMS).update(
        shared="phone" in taken
    )
    if counselor is not None:
        Assignment.objects.create(graduate=graduate, counselor=counselor, since=at)
    record.write(actor=actor, verb=AuditEntry.Verb.CREATED, thing=graduate, at=at)
    for draft in drafts:
        plan.add(graduate=graduate, draft=draft, actor=actor, at=at)
    return graduate


def whose(*, program: Program, phone: str = "", email: str = "") -> dict[str, Graduate]:
    """Who in the program is already reached by this number or mailbox, by "phone" and "email"."""
    found: dict[str, Graduate] = {}
    for field, channel, value in (
        ("phone", Sender.Channel.SMS, phone),
        ("email", Sender.Channel.EMAIL, email.lower()),
    ):
        address = addresses.find(channel=channel, value=value) if value else None
        if address is None:
            continue
        held = Contact.objects.filter(
            address=address, until__isnull=True, graduate__program=program
        ).exclude(graduate__status__in=(Graduate.Status.LEFT, Graduate.Status.DECEASED))
        first = held.select_related("graduate").order_by("pk").first()
        if first is not None:
            found[field] = first.graduate
    return found


@transaction.atomic
def redeem(*, token: str, account: Callable[[Invitation], "User"], at: datetime) -> Joined:
    """Use a link up: `account` makes or names the log-in that gets what the link opens.

    Two at once make one account. A graduate who had a log-in before gets the new one in its place,
    which is how somebody comes back who lost both mailbox and password.
    Raises invitations.LinkClosed, AlreadyYours, and whatever `account` raises; then nothing is used.
    """
    invitation = invitations.claim(token=token, at=at)
    user = account(invitation)
    if invitation.graduate is not None:
        return _join_graduate(graduate=invitation.graduate, user=user, at=at)
    if invitation.release is not None:
        supporters.join(release=invitation.release, user=user, at=at)
        return Joined(user=user, release=invitation.release)
    return _join_staff(invitation=invitation, user=user, at=at)


def _join_graduate(*, graduate: Graduate, user: "User", at: datetime) -> Joined:
    same_program = Graduate.objects.filter(user=user, program=graduate.program_id)
    if same_program.exclude(pk=graduate.pk).exists():
        raise AlreadyYours
    graduate.user = user
    graduate.save(update_fields=["user"])
    _activate(graduate=graduate, at=at)
    user.language = user.language or graduate.language
    user.time_zone = user.time_zone or graduate.time_zone
    user.name = user.name or graduate.name
    user.save(update_fields=["language", "time_zone", "name"])
    record.write(
        actor=Actor(user=user, role="graduate"),
        verb=AuditEntry.Verb.CHANGED,
        thing=graduate,
        at=at,
    )
    return Joined(user=user, graduate=graduate)


def ask_for_code(*, graduate: Graduate, at: datetime) -> None:
    """Text the code that the step after the log-in asks for; the page there can send another."""
    contact = phones.contact_of(graduate=graduate)
    if contact is not None and contact.confirmed_at is None:
        with suppress(phones.TooManyCodes, outbox.NoSender):
            phones.send_code(contact=contact, at=at)


def _activate(*, graduate: Graduate, at: datetime) -> None:
    """From now on plans, reminders and check-ins of this person run."""
    if graduate.status == Graduate.Status.INVITED:
        graduate.status = Graduate.Status.ACTIVE
    graduate.joined_at = graduate.joined_at or at
    graduate.assess_at = graduate.assess_at or at
    graduate.save(update_fields=["status", "joined_at", "assess_at"])
    if graduate.safety_notes:
        setbacks.plan_notes(graduate=graduate, at=at)


def _join_staff(*, invitation: Invitation, user: "User", at: datetime) -> Joined:
    role, is_new = Role.objects.get_or_create(
        user=user,
        program=invitation.program,
        kind=invitation.role_kind,
        until=None,
        defaults={"since": at},
    )
    if not is_new:
        raise AlreadyYours
    record.write(
        actor=Actor(user=user, role=role.kind),
        verb=AuditEntry.Verb.CREATED,
        thing=role,
        program=invitation.program,
        at=at,
    )
    return Joined(user=user, role=role)


@transaction.atomic
def agree(
    *, graduate: Graduate, scopes: Sequence[Scope], words: str, actor: Actor, at: datetime
) -> None:
    """Record what the graduate ticked on the web, with the words as they stood; unticked is silence.

    The first yes is confirmed by one text that says who writes, how often, and how to stop.
    """
    contact = phones.contact_of(graduate=graduate)
    if contact is None or not scopes:
        return
    consent.grant(
        address=contact.address,
        program=graduate.program,
        scopes=list(scopes),
        source=ConsentEvent.Source.WEB,
        words=words,
        at=at,
        actor=actor.user,
    )
    record.write(
        actor=actor, verb=AuditEntry.Verb.CONSENTED, thing=contact, graduate=graduate, at=at
    )
    _introduce(contact=contact, at=at)


def _introduce(*, contact: Contact, at: datetime) -> None:
    # Without a sender the first text waits for the first one that needs it.
    with suppress(outbox.NoSender):
        texts.introduce(contact=contact, at=at)


@transaction.atomic
def enrol_by_text(
    *, graduate: Graduate, words: str, scopes: Sequence[Scope], actor: Actor, at: datetime
) -> Attestation:
    """Face to face: staff read the words aloud, the person said yes, and one text asks for a "1".

    Nothing is agreed before the answer; silence is no consent, and there is no second text: asked
    again, the first one is returned. Raises invitations.NoWay, outbox.NoSender.
    """
    contact = phones.contact_of(graduate=graduate)
    if contact is None:
        raise invitations.NoWay("There is no phone number to text.")
    earlier = _waiting(people=[contact], at=at).first()
    if earlier is not None:
        return earlier
    attestation = Attestation.objects.create(
        contact=contact,
        about=Attestation.About.CONSENT,
        words=words,
        scopes=list(scopes),
        staff=actor.user,
        at=at,
    )
    outbox.queue(
        sender=outbox.sender_for(program=graduate.program),
        address=contact.address,
        body=wording.text(
            name="agree",
            language=graduate.language,
            alias=graduate.program.alias,
            is_shared=_others_of_program(contact).exists(),
        ),
        key=f"agree:{attestation.uid}",
        kind=Kind.CODE,
        not_before=at,
        expires_at=at + timedelta(days=1),
        about=graduate.uid,
        at=at,
    )
    record.write(
        actor=actor, verb=AuditEntry.Verb.CONSENTED, thing=attestation, graduate=graduate, at=at
    )
    return attestation


def _others_of_program(contact: Contact) -> models.QuerySet[Contact]:
    """Who else in the program has this phone, so that a "1" alone would not tell whose it is."""
    here = Contact.objects.filter(
        address=contact.address_id,
        until__isnull=True,
        graduate__program=contact.graduate.program_id,
    )
    return here.exclude(graduate=contact.graduate_id)


def waited_for(*, people: Sequence[Contact], at: datetime) -> list[Contact]:
    """Those of whom a face-to-face enrolment awaits the "1"."""
    waiting = set(_waiting(people=people, at=at).values_list("contact", flat=True))
    return [contact for contact in people if contact.pk in waiting]


@transaction.atomic
def agree_by_text(*, contact: Contact, at: datetime) -> bool:
    """Take somebody's "1": consent begins, the phone is confirmed, the account lives.

    False where it is not awaited, so that "1" means what the check-in asked.
    """
    attestation = _waiting(people=[contact], at=at).order_by("-at").first()
    if attestation is None:
        return False
    waiting = Attestation.objects.filter(pk=attestation.pk, agreed_at__isnull=True)
    if not waiting.update(agreed_at=at):
        return False
    contact = attestation.contact
    graduate = contact.graduate
    consent.grant(
        address=contact.address,
        program=graduate.program,
        scopes=[Scope(scope) for scope in attestation.scopes],
        source=ConsentEvent.Source.TEXT,
        words=attestation.words,
        at=at,
        actor=attestation.staff,
    )
    phones.mark_confirmed(contact=contact, at=at)
    _activate(graduate=graduate, at=at)
    record.write(
        actor=record.PORTAL,
        verb=AuditEntry.Verb.CONSENTED,
        thing=attestation,
        graduate=graduate,
        at=at,
    )
    _introduce(contact=contact, at=at)
    return True


def _waiting(*, people: Sequence[Contact], at: datetime) -> models.QuerySet[Attestation]:
    return Attestation.objects.filter(
        contact__in=people,
        contact__until__isnull=True,
        about=Attestation.About.CONSENT,
        agreed_at__isnull=True,
        at__gt=at - ANSWER_WITHIN,
    ).select_related("contact__graduate__program", "contact__address", "staff")
