"""One text to one graduate: on which phone, from which number, in whose name, and the first of all."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from aftercare import cadence, mail, mail_links, phones, wording
from aftercare.models import Assignment, Contact, Graduate
from notifications import consent, facts, outbox, quiet_hours
from notifications.kinds import RULES, Kind
from notifications.models import Message, Sender

if TYPE_CHECKING:
    from portal.models import User


_FREE = re.IGNORECASE | re.DOTALL
# Somebody on the way needs so long to turn round.
IN_TIME = timedelta(hours=2)


class NobodyToText(Exception):
    """There is no phone number on file; its words are for a person to read."""

    def __str__(self) -> str:
        return gettext("There is no phone number to text. Ask for one at the next contact.")


def phone_of(*, graduate: Graduate) -> Contact:
    """The phone a graduate is texted on; raises NobodyToText."""
    contact = phones.contact_of(graduate=graduate)
    if contact is None:
        raise NobodyToText
    contact.graduate = graduate
    return contact


def way_of(*, graduate: Graduate, kind: Kind) -> Contact:
    """Where what a person asked for goes: the phone, or the mailbox of who wants it there instead.

    The mailbox counts where it has the consent to this kind and the phone, for whatever reason, has
    not. Raises NobodyToText where there is neither.
    """
    for find in (phones.contact_of, phones.mailbox_of):
        contact = find(graduate=graduate)
        if contact is not None:
            contact.graduate = graduate
            if _may(contact, kind):
                return contact
    return phone_of(graduate=graduate)


def _may(contact: Contact, kind: Kind) -> bool:
    """Whether this kind may be sent there, as far as can be told before it is due."""
    if contact.address.unreachable_at is not None or contact.address.confirmed_at is None:
        return False
    held = consent.scopes(address=contact.address, program=contact.graduate.program)
    return RULES[kind].scope in held


def is_shared(*, contact: Contact) -> bool:
    """Whether others see this phone: somebody said so, or another graduate has it as well."""
    return (
        contact.shared
        or Contact.objects.filter(address=contact.address_id, until__isnull=True)
        .exclude(graduate=contact.graduate_id)
        .exists()
    )


def named(*, people: Sequence[Contact], body: str) -> tuple[list[Contact], str]:
    """Those who share a phone and say their first name at an end of the text, and the text without it."""
    found, words = [], body
    for one in people if len(people) > 1 else ():
        said = without_name(contact=one, body=body)
        if said is not None:
            found.append(one)
            words = said
    return found, words


def without_name(*, contact: Contact, body: str) -> str | None:
    """The text without the person's own first name at an end of it; None where it is not there."""
    name = re.escape(contact.graduate.first_name)
    said = re.fullmatch(rf"\s*(?:{name}\b[\s:,.-]*(.*?)|(.*?)[\s:,.-]*\b{name})\s*", body, _FREE)
    return None if said is None else said[1] or said[2] or body


def counselor_of(*, graduate: Graduate) -> str:
    """The first name of the counselor the graduate knows; "" where nobody is assigned."""
    assigned = Assignment.objects.filter(graduate=graduate, until__isnull=True)
    found = assigned.select_related("counselor__user").first()
    return wording.given_name(found.counselor.user.name) if found else ""


def queue(
    *,
    contact: Contact,
    body: str,
    key: str,
    kind: Kind,
    at: datetime,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
    author: "User | None" = None,
) -> Message:
    """Put one text into the outbox, once by key; to a mailbox it goes as a mail.

    Raises outbox.NoSender, outbox.BodyNotSendable.

    What nobody has asked for follows a first text that says who writes, how often, at what cost,
    and how to stop (47 CFR 64.1200; CTIA Messaging Principles 5.1).
    """
    graduate = contact.graduate
    if contact.address.channel == Sender.Channel.EMAIL:
        sender = mail.mailbox(graduate.program)
        # The first line of a mail is its subject, and stands on a lock screen, too.
        foot = mail_links.way_out(address=contact.address)
        body = f"{graduate.program.alias}\n\n{body}{foot}"
    else:
        sender = outbox.sender_for(program=graduate.program)
        if RULES[kind].scope is not None:
            introduce(contact=contact, at=at)
    return outbox.queue(
        sender=sender,
        address=contact.address,
        body=body,
        key=key,
        kind=kind,
        not_before=not_before or at,
        expires_at=expires_at,
        about=graduate.uid,
        author=author,
        at=at,
    )


def decent_time(*, contact: Contact, soon: datetime, starts_at: datetime) -> datetime:
    """When to tell somebody of a date that does not happen as planned, `soon` at the earliest.

    In hours in which a program may text, unless these come too late to be of use.
    """
    address = contact.address
    hours = quiet_hours.program_hours(
        states=[address.state] if address.state else [],
        quiet=quiet_hours.parse_windows(address.quiet_windows),
    )
    zones = facts.zones_of(address, otherwise=contact.graduate.program.time_zone)
    try:
        decent = quiet_hours.next_allowed(at=soon, zone=zones, windows=hours)
    except quiet_hours.NeverAllowed:
        return soon
    return decent if decent <= starts_at - IN_TIME else soon


def introduce(*, contact: Contact, at: datetime) -> None:
    """Queue the first text of all to a phone whose owner has agreed to texts, once and for ever."""
    key = f"welcome:{contact.uid}"
    graduate = contact.graduate
    if Message.objects.filter(key=key).exists():
        return
    if not consent.scopes(address=contact.address, program=graduate.program):
        return
    outbox.queue(
        sender=outbox.sender_for(program=graduate.program),
        address=contact.address,
        body=wording.text(name="welcome", language=graduate.language, alias=graduate.program.alias),
        key=key,
        kind=Kind.REPLY,
        not_before=at,
        expires_at=at + timedelta(days=1),
        about=graduate.uid,
        at=at,
    )


def when_back(*, graduate: Graduate, at: datetime) -> dict[str, object]:
    """By when somebody of the program is there, as the graduate's own clock shows it."""
    program = graduate.program
    office, zone = ZoneInfo(program.time_zone), ZoneInfo(graduate.time_zone)
    back_at = cadence.next_staffed(at=at, hours=program.staffed_hours, zone=office)
    if back_at is None:
        return {"is_staffed": False}
    language = graduate.language
    return {
        "is_staffed": back_at == at,
        "back_day": wording.day(at=back_at, now=at, zone=zone, language=language),
        "back_clock": wording.clock(at=back_at, zone=zone, language=language, other=office),
    }
