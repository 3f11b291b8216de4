"""What a program sets for itself, and who works for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext

from aftercare import duty, invitations, record, wording
from aftercare.models import Assignment, AuditEntry, Invitation, Role
from aftercare.record import PORTAL, Actor
from notifications.models import Program, Sender
from notifications.phone import written

LANGUAGES = ("en", "es")
# Segments a second, and a day, that a number may be set to send.
SLOWEST, FASTEST = 0.1, 1_000.0
LEAST_A_DAY, MOST_A_DAY = 10, 1_000_000


class UnknownZone(ValueError):
    """A time zone that the zone database does not know."""


class NameTaken(ValueError):
    """Another program of the installation has this name."""


class NumberTaken(ValueError):
    """Another program already sends from this number."""


class TellingAlias(ValueError):
    """A name in texts that would tell a stranger what somebody is here for; `word` is what tells."""

    def __init__(self, word: str) -> None:
        super().__init__(
            gettext(
                "“%(word)s” would tell a stranger too much on a lock screen. Choose a neutral name."
            )
            % {"word": word}
        )
        self.word = word


class LastLead(Exception):
    """The only lead of a program cannot be taken away; invite another one first."""


@dataclass(frozen=True, kw_only=True)
class ProgramDraft:
    """What a program sets; hours are seven lists of ["HH:MM", "HH:MM"] windows, Monday first.

    `phone` is an E.164 number.
    `alias` signs texts, so it stands on lock screens: neutral. `crisis_texts` is by language code.
    """

    name: str
    alias: str
    time_zone: str
    phone: str
    staffed_hours: Sequence[Sequence[Sequence[str]]]
    crisis_texts: dict[str, str] = field(default_factory=dict)
    texting_on: bool = True
    # Numbers that nobody knows are told what is near, too.
    answers_strangers: bool = False


def default_crisis_texts(*, alias: str, phone: str) -> dict[str, str]:
    """The words that answer crisis words until a program writes its own, by language code."""
    return {
        language: wording.text(
            name="crisis_default", language=language, alias=alias, phone=written(phone)
        )
        for language in LANGUAGES
    }


@transaction.atomic
def create(*, draft: ProgramDraft, at: datetime, actor: Actor = PORTAL) -> Program:
    """Add a program to the installation; raises UnknownZone, NameTaken, TellingAlias."""
    program = Program(created_at=at)
    _apply(program=program, draft=draft)
    record.write(actor=actor, verb=AuditEntry.Verb.CREATED, thing=program, program=program, at=at)
    return program


@transaction.atomic
def change(*, program: Program, draft: ProgramDraft, actor: Actor, at: datetime) -> Program:
    """Change what a program sets; raises UnknownZone, NameTaken, TellingAlias."""
    _apply(program=program, draft=draft)
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=program, program=program, at=at)
    return program


def _apply(*, program: Program, draft: ProgramDraft) -> None:
    if draft.time_zone not in available_timezones():
        raise UnknownZone(draft.time_zone)
    if _by_name(draft.name, apart_from=program):
        raise NameTaken(draft.name)
    check_alias(alias=draft.alias)
    program.name = draft.name
    program.alias = draft.alias
    program.time_zone = draft.time_zone
    # As people write it, for it stands in texts and on pages.
    program.phone = written(draft.phone)
    program.staffed_hours = [[list(window) for window in day] for day in draft.staffed_hours]
    program.crisis_texts = dict(draft.crisis_texts)
    program.texting_on = draft.texting_on
    program.answers_strangers = draft.answers_strangers
    program.save()


def check_alias(*, alias: str) -> None:
    """Refuse a name in texts that is not neutral: it stands on lock screens. Raises TellingAlias."""
    word = wording.telling_name(alias)
    if word:
        raise TellingAlias(word)


def telling_aliases() -> list[TellingAlias]:
    """What tells in the names of programs that were set before it was refused."""
    found = []
    for program in Program.objects.order_by("pk"):
        try:
            check_alias(alias=program.alias)
        except TellingAlias as error:
            found.append(error)
    return found


@dataclass(frozen=True)
class Signature:
    """Who signs texts, as anybody may read it: the neutral name, and the phone for questions."""

    alias: str
    phone: str


def signatures() -> list[Signature]:
    """Whoever signs texts from here, by name; each once."""
    found = {Signature(row.alias, row.phone) for row in Program.objects.all()}
    return sorted(found, key=lambda one: one.alias.casefold())


def _by_name(name: str, *, apart_from: Program) -> bool:
    return Program.objects.filter(name__iexact=name).exclude(pk=apart_from.pk).exists()


def named(*, name: str) -> Program | None:
    """The program of this name, in any case of letters."""
    return Program.objects.filter(name__iexact=name.strip()).order_by("pk").first()


@transaction.atomic
def set_number(*, program: Program, number: str) -> Sender:
    """The E.164 number the program texts from: one row, changed in place; raises NumberTaken."""
    taken = Sender.objects.filter(channel=Sender.Channel.SMS, number=number)
    if taken.exclude(program=program).exists():
        raise NumberTaken(number)
    sender = sender_of(program=program) or Sender(program=program, channel=Sender.Channel.SMS)
    sender.number = number
    sender.save()
    return sender


class BadPace(ValueError):
    """No carrier's pace or limit; `field` is "segments_per_second" or "segments_per_day"."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is out of range.")
        self.field = field


def check_pace(*, segments_per_second: float = 1, segments_per_day: int | None = None) -> None:
    """Raises BadPace outside SLOWEST to FASTEST, or LEAST_A_DAY to MOST_A_DAY."""
    if not SLOWEST <= segments_per_second <= FASTEST:
        raise BadPace("segments_per_second")
    if segments_per_day is not None and not LEAST_A_DAY <= segments_per_day <= MOST_A_DAY:
        raise BadPace("segments_per_day")


@transaction.atomic
def set_pace(
    *,
    sender: Sender,
    segments_per_second: float,
    segments_per_day: int | None,
    actor: Actor,
    at: datetime,
) -> None:
    """Say how fast a number may send, and how much in a day of its program; None is without limit.

    Both are what carriers allow it. Raises BadPace.
    """
    check_pace(segments_per_second=segments_per_second, segments_per_day=segments_per_day)
    sender.segments_per_second, sender.segments_per_day = segments_per_second, segments_per_day
    sender.save(update_fields=["segments_per_second", "segments_per_day"])
    record.write(
        actor=actor, verb=AuditEntry.Verb.CHANGED, thing=sender, program=sender.program, at=at
    )


def sender_of(*, program: Program) -> Sender | None:
    """What a program texts from; None where nothing is set."""
    return Sender.objects.filter(program=program, channel=Sender.Channel.SMS).first()


def number_of(*, program: Program) -> str:
    """The number a program texts from; empty where none is set."""
    sender = sender_of(program=program)
    return sender.number if sender else ""


def invite_staff(
    *,
    program: Program,
    kind: str,
    email: str,
    actor: Actor,
    at: datetime,
    way: Invitation.Way = Invitation.Way.EMAIL,
) -> invitations.Issued:
    """Invite a colleague (kind of Role.Kind) by a mailed link, or one to hand over.

    An older open link for the same role and mailbox stops working. Raises outbox.NoSender.
    """
    with transaction.atomic():
        for other in open_invitations(program=program, at=at):
            if other.role_kind == kind and other.email == email.lower():
                Invitation.objects.filter(pk=other.pk).update(expires_at=at)
        return invitations.issue(
            program=program, way=way, role_kind=kind, email=email, actor=actor, at=at
        )


@transaction.atomic
def invite_first_lead(*, program: Program, email: str, at: datetime) -> invitations.Issued:
    """A link for the operator to hand over; the one before it stops working."""
    unused = Invitation.objects.filter(
        program=program, role_kind=Role.Kind.LEAD, invited_by__isnull=True, used_at__isnull=True
    )
    unused.filter(expires_at__gt=at).update(expires_at=at)
    return invite_staff(
        program=program,
        kind=Role.Kind.LEAD,
        email=email,
        actor=PORTAL,
        at=at,
        way=Invitation.Way.BY_HAND,
    )


def open_invitations(*, program: Program, at: datetime) -> list[Invitation]:
    """Links for staff that nobody has used yet."""
    waiting = Invitation.objects.filter(
        program=program, graduate__isnull=True, used_at__isnull=True, expires_at__gt=at
    )
    return list(waiting.order_by("-created_at"))


@dataclass(frozen=True)
class StaffRow:
    """One open role, for the page of a lead."""

    role: Role
    name: str
    email: str
    caseload: int


def staff(*, program: Program) -> list[StaffRow]:
    """Everybody with an open role in the program, by kind and name."""
    roles = Role.objects.filter(program=program, until__isnull=True).select_related("user")
    assigned: dict[int, int] = {}
    for counselor in Assignment.objects.filter(
        until__isnull=True, counselor__program=program
    ).values_list("counselor", flat=True):
        assigned[counselor] = assigned.get(counselor, 0) + 1
    rows = [
        StaffRow(role, role.user.name, role.user.email or "", assigned.get(role.pk, 0))
        for role in roles
    ]
    return sorted(rows, key=lambda row: (row.role.kind, row.name.casefold()))


@dataclass(frozen=True)
class Lack:
    """Something a program needs and does not have; `number` names its sort."""

    number: int
    what: str
    remedy: str


def lacks() -> list[Lack]:
    """What is missing in the installation for people to be reached and danger to be answered."""
    everything = list(Program.objects.order_by("pk"))
    if not everything:
        return [Lack(0, "There is no program yet.", "Run `python manage.py setup`.")]
    return [lack for program in everything for lack in _lacks_of(program)]


def _lacks_of(program: Program) -> Iterator[Lack]:
    setup = f'Run `python manage.py setup --program "{program.name}"`'
    if not number_of(program=program):
        yield Lack(1, f"“{program.name}” has no number to text from.", f"{setup} with --number.")
    if not any(program.staffed_hours):
        yield Lack(2, f"“{program.name}” has no staffed hours.", f"{setup} with --hours.")
    missing = [language for language in LANGUAGES if not program.crisis_texts.get(language)]
    if missing:
        words = ", ".join(missing)
        yield Lack(3, f"“{program.name}” has no crisis text in: {words}.", f"{setup}.")
    if not duty.is_on(program=program):
        yield Lack(
            5,
            f"Danger pages nobody in “{program.name}”.",
            "A lead settles it under Program settings, Safety.",
        )
    if not has_lead(program=program):
        yield Lack(4, f"Nobody leads “{program.name}”.", f"{setup} for a link.")


def has_lead(*, program: Program) -> bool:
    """Whether somebody leads the program."""
    return Role.objects.filter(program=program, kind=Role.Kind.LEAD, until__isnull=True).exists()


def counselors(*, program: Program) -> list[Role]:
    """The open counselor roles of a program, by name."""
    roles = Role.objects.filter(
        program=program, kind=Role.Kind.COUNSELOR, until__isnull=True
    ).select_related("user")
    return sorted(roles, key=lambda role: role.user.name.casefold())


def carers(*, program: Program) -> list[Role]:
    """Whoever may look after people of the program, each once, by name."""
    rows = Role.objects.filter(
        program=program, kind__in=[Role.Kind.COUNSELOR, Role.Kind.LEAD], until__isnull=True
    ).select_related("user", "program")
    once = {role.user_id: role for role in rows}
    return sorted(once.values(), key=lambda role: role.user.name.casefold())


@transaction.atomic
def end_role(*, role: Role, actor: Actor, at: datetime) -> None:
    """End what somebody may do, from the next request on; raises LastLead."""
    others = Role.objects.filter(
        program=role.program, kind=Role.Kind.LEAD, until__isnull=True
    ).exclude(pk=role.pk)
    if role.kind == Role.Kind.LEAD and not others.exists():
        raise LastLead
    role.until = at
    role.save(update_fields=["until"])
    role.user.end_sessions()
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=role, program=role.program, at=at)
