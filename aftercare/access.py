"""Who may see whom: the only way the portal obtains people. What is not yours does not exist."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from aftercare import record
from aftercare.models import (
    Assignment,
    AuditEntry,
    CheckIn,
    Commitment,
    Contact,
    Coverage,
    Departure,
    Graduate,
    Holiday,
    PlanPause,
    Release,
    Role,
    Screening,
)
from aftercare.record import Actor
from notifications.models import Program

if TYPE_CHECKING:
    from portal.models import User


DENIALS_AN_HOUR = 100
# A list is loaded after each thing done on it; who is seen there is put on record once in so long.
LOOK_HOLDS = timedelta(hours=1)


Found = TypeVar("Found")


class NotYours(Exception):
    """The person asked for does not exist for whoever asks; shown as 404."""


def found_one(row: Found | None) -> Found:
    """The row that was looked for; raises NotYours where there is none."""
    if row is None:
        raise NotYours
    return row


_BY_STRENGTH = ("lead", "counselor", "coordinator", "operator", "auditor")


@dataclass(frozen=True)
class Standing:
    """What one log-in is, at one instant: the open roles, and the graduate accounts it owns.

    With `is_looking` a page is asked for and nothing done: whoever of the caseload is obtained for it
    is put on record as seen. A deed puts itself on record.
    """

    user: "User | None"
    at: datetime
    roles: tuple[Role, ...] = ()
    graduates: tuple[Graduate, ...] = ()
    is_looking: bool = False

    def _has(self, *kinds: str) -> bool:
        return any(role.kind in kinds for role in self.roles)

    @cached_property
    def is_graduate(self) -> bool:
        """Owns at least one graduate account."""
        return bool(self.graduates)

    @cached_property
    def is_on_shared_phone(self) -> bool:
        """Somebody else sees the phone of such an account, so that each page asks for a PIN."""
        return any(getattr(one, "is_on_shared_phone", False) for one in self.graduates)

    @cached_property
    def is_counselor(self) -> bool:
        """Carries a caseload."""
        return self._has(Role.Kind.COUNSELOR)

    @cached_property
    def is_lead(self) -> bool:
        """May see every caseload of a program."""
        return self._has(Role.Kind.LEAD)

    @cached_property
    def is_staff(self) -> bool:
        """May see graduates at all: counselor or lead."""
        return self._has(Role.Kind.COUNSELOR, Role.Kind.LEAD)

    @cached_property
    def is_coordinator(self) -> bool:
        """Alumni coordinator: events and first names, nothing clinical."""
        return self._has(Role.Kind.COORDINATOR)

    @cached_property
    def is_operator(self) -> bool:
        """Runs the installation; sees no person."""
        return self._has(Role.Kind.OPERATOR)

    @cached_property
    def is_auditor(self) -> bool:
        """Reads named records under an agreement, until a day."""
        return self._has(Role.Kind.AUDITOR)

    @cached_property
    def shared(self) -> tuple[Release, ...]:
        """What graduates share with this log-in on a page, or shared once; asked when it is needed."""
        rows = Release.objects.filter(holder=self.user).select_related("graduate__program")
        return tuple(rows.order_by("pk")) if self.user else ()

    @cached_property
    def time_zone(self) -> str:
        """The zone of whoever has chosen none: of the program worked for, else the graduate's; "" for none."""
        zones = [role.program.time_zone for role in self.roles]
        zones += [graduate.time_zone for graduate in self.graduates]
        return next(iter(zones), "")

    def programs(self, *kinds: str) -> list[Program]:
        """The programs in which one of these roles is held (any role where none is named), each once, by name."""
        held = {role.program for role in self.roles if not kinds or role.kind in kinds}
        return sorted(held, key=lambda program: program.name)

    def actor(self, program: Program | int | None = None) -> Actor:
        """Who acts, with the strongest role held in the program, or "graduate"."""
        key = program.pk if isinstance(program, Program) else program
        held = {role.kind for role in self.roles if key is None or role.program_id == key}
        strongest = next((kind for kind in _BY_STRENGTH if kind in held), "")
        return Actor(user=self.user, role=strongest or self._own_part())

    def _own_part(self) -> str:
        """What somebody is who holds no role."""
        if self.is_graduate:
            return "graduate"
        return "supporter" if self.shared else ""


def roles_of(*, user: "User | AnonymousUser", at: datetime, is_looking: bool = False) -> Standing:
    """The standing of a log-in; an anonymous one has none."""
    if not user.is_authenticated:
        return Standing(user=None, at=at)
    roles = Role.objects.filter(Q(until__isnull=True) | Q(until__gt=at), user=user, since__lte=at)
    graduates = Graduate.objects.filter(user=user).exclude(
        status__in=[Graduate.Status.LEFT, Graduate.Status.DECEASED]
    )
    shared = Contact.objects.filter(graduate=OuterRef("pk"), shared=True, until__isnull=True)
    own = graduates.annotate(is_on_shared_phone=Exists(shared)).select_related("program")
    return Standing(
        user=user,
        at=at,
        roles=tuple(roles.select_related("program").order_by("pk")),
        graduates=tuple(own.order_by("pk")),
        is_looking=is_looking,
    )


def holds_role(*, user: "User | AnonymousUser", at: datetime) -> bool:
    """Whether a log-in is staff of any kind anywhere, to whom the stricter rules of log-in apply."""
    if not user.is_authenticated:
        return False
    roles = Role.objects.filter(Q(until__isnull=True) | Q(until__gt=at), user=user, since__lte=at)
    return roles.exists()


def _programs_of(standing: Standing) -> set[Program]:
    """The programs that a log-in has to do with, or had as somebody's supporter."""
    programs = {role.program for role in standing.roles}
    programs |= {graduate.program for graduate in standing.graduates}
    return programs | {release.graduate.program for release in standing.shared}


@transaction.atomic
def note_log_in(*, standing: Standing) -> None:
    """Record a log-in with each program the person belongs to."""
    for program in sorted(_programs_of(standing), key=lambda program: program.pk):
        record.write(
            actor=standing.actor(program),
            verb=AuditEntry.Verb.LOG_IN,
            thing=program,
            program=program,
            at=standing.at,
        )


@transaction.atomic
def note_denial(*, standing: Standing, thing: str, uid: uuid.UUID | None) -> None:
    """Record that this log-in was refused a page (`thing`, the name of its address) or a row there.

    Somebody who asks and asks is recorded DENIALS_AN_HOUR times. A log-in of no program leaves nothing.
    """
    programs = _programs_of(standing)
    recent = AuditEntry.objects.filter(
        actor=standing.user,
        verb=AuditEntry.Verb.DENIED,
        at__gt=standing.at - timedelta(hours=1),
    )
    if not programs or recent.count() >= DENIALS_AN_HOUR:
        return
    program = min(programs, key=lambda each: each.pk)
    record.write_denial(
        actor=standing.actor(program), program=program, thing=thing, uid=uid, at=standing.at
    )


def note_failure(*, email: str, at: datetime) -> None:
    """Record a wrong log-in, by the account it was meant for where there is one.

    As much is asked and written either way, so that the time it takes tells nothing.
    """
    user = get_user_model().objects.filter(email=email.lower()).first()
    key = user.pk if user else 0
    roles = Role.objects.filter(user=key).select_related("program").order_by("pk")
    graduates = Graduate.objects.filter(user=key).select_related("program").order_by("pk")
    programs = Program.objects.order_by("pk")
    role, graduate, program = roles.first(), graduates.first(), programs.first()
    own = role.program if role else graduate.program if graduate else program
    if own is not None:
        verb = AuditEntry.Verb.FAILED
        record.write(actor=Actor(user=user), verb=verb, thing=own, program=own, at=at)


def home_program(*, user: "User") -> Program | None:
    """In whose name an account is written to: the program of its first role, else of its graduate."""
    role = Role.objects.filter(user=user).select_related("program").order_by("pk").first()
    if role is not None:
        return role.program
    graduates = Graduate.objects.filter(user=user).select_related("program")
    graduate = graduates.order_by("pk").first()
    if graduate is not None:
        return graduate.program
    held = Release.objects.filter(holder=user).select_related("graduate__program")
    release = held.order_by("pk").first()
    return release.graduate.program if release else None


def any_program() -> Program | None:
    """The first program of the installation, where work is done in nobody's name."""
    return Program.objects.order_by("pk").first()


def program_led(*, standing: Standing, uid: uuid.UUID) -> Program:
    """A program this log-in leads; raises NotYours."""
    led = standing.programs(Role.Kind.LEAD)
    return found_one(next((program for program in led if program.uid == uid), None))


def role_in(*, program: Program, uid: uuid.UUID) -> Role:
    """An open role in a program this log-in was found to lead; raises NotYours."""
    roles = Role.objects.filter(program=program, uid=uid, until__isnull=True)
    return found_one(roles.select_related("program", "user").first())


def holiday_in(*, program: Program, uid: uuid.UUID) -> Holiday:
    """A holiday of a program this log-in was found to lead; raises NotYours."""
    rows = Holiday.objects.select_related("program")
    return found_one(rows.filter(program=program, uid=uid).first())


def names_for(*, standing: Standing, program: Program) -> dict[int, str]:
    """The names of a program's graduates that this log-in may read on a list of a shared date, by key.

    A coordinator reads first names; a counselor the caseload's, and nobody else's; a lead all.
    """
    names: dict[int, str] = {}
    if any(
        role.kind == Role.Kind.COORDINATOR and role.program == program for role in standing.roles
    ):
        everybody = Graduate.objects.filter(program=program)
        names = {graduate.pk: graduate.first_name for graduate in everybody}
    if standing.is_staff:
        own = caseload(standing=standing).filter(program=program)
        names |= {graduate.pk: graduate.name for graduate in own}
    return names


def own_graduate(*, standing: Standing, program_uid: uuid.UUID | None = None) -> Graduate:
    """The graduate account of the log-in (the first one unless a program is named); raises NotYours."""
    for graduate in standing.graduates:
        if program_uid is None or graduate.program.uid == program_uid:
            return graduate
    raise NotYours


def own_departure(*, standing: Standing) -> Departure:
    """How long somebody who has left may stay after all; raises NotYours."""
    rows = Departure.objects.select_related("graduate__program", "graduate__user")
    return found_one(rows.filter(graduate__user=standing.user).order_by("pk").first())


def is_leaving(*, standing: Standing) -> bool:
    """Whether this log-in belongs to somebody who has left and may still stay."""
    return Departure.objects.filter(graduate__user=standing.user).exists()


def counselor_roles(*, standing: Standing) -> "QuerySet[Role]":
    """The counselor roles whose caseloads are open to this log-in: own, and those covered for at the instant."""
    own = [role.pk for role in standing.roles if role.kind == Role.Kind.COUNSELOR]
    covered = Coverage.objects.filter(
        cover__in=own, starts_at__lte=standing.at, ends_at__gt=standing.at
    )
    return Role.objects.filter(Q(pk__in=own) | Q(pk__in=covered.values("counselor")))


def caseload(*, standing: Standing, mine_only: bool = False) -> "QuerySet[Graduate]":
    """Every graduate this log-in may see as staff: own and covered caseloads, and whole programs for a lead.

    `mine_only` leaves out what only the lead's role opens.
    """
    assigned = Assignment.objects.filter(
        until__isnull=True, counselor__in=counselor_roles(standing=standing)
    )
    visible = Q(pk__in=assigned.values("graduate"))
    if not mine_only:
        led = [role.program_id for role in standing.roles if role.kind == Role.Kind.LEAD]
        visible |= Q(program__in=led)
    return Graduate.objects.filter(visible).select_related("program")


def graduate_of_caseload(*, standing: Standing, uid: uuid.UUID) -> Graduate:
    """One graduate of the visible caseload, for a page or a deed; raises NotYours."""
    graduate = found_one(caseload(standing=standing).filter(uid=uid).first())
    _note_look(standing, graduate)
    return graduate


def _note_look(standing: Standing, graduate: Graduate) -> None:
    """Record that staff look at somebody; a verb records what it does by itself."""
    if standing.is_looking and graduate not in standing.graduates:
        looks = [(standing.actor(graduate.program_id), graduate)]
        record.write_looks(looks=looks, thing="graduate", at=standing.at)


def note_looks(*, standing: Standing, uids: Collection[uuid.UUID], page: str) -> None:
    """Record that words of these graduates stood on a list (`page`, its name) that this log-in read.

    Once in LOOK_HOLDS for each of them, in two queries however many they are.
    """
    seen = AuditEntry.objects.filter(
        actor=standing.user,
        verb=AuditEntry.Verb.READ,
        thing=page,
        graduate_uid=OuterRef("uid"),
        at__gt=standing.at - LOOK_HOLDS,
    )
    people = Graduate.objects.filter(~Exists(seen), uid__in=uids)
    looks = ((standing.actor(one.program_id), one) for one in people)
    record.write_looks(looks=looks, thing=page, at=standing.at)


def _reachable(standing: Standing) -> Q:
    """Graduates a log-in may act for: itself, and the visible caseload."""
    own = [graduate.pk for graduate in standing.graduates]
    staff = caseload(standing=standing).values("pk") if standing.is_staff else []
    return Q(graduate__in=own) | Q(graduate__in=staff)


def to_plan_for(*, standing: Standing, uid: uuid.UUID | None = None) -> Graduate:
    """Whose plan is meant: one's own, or that of a graduate of the caseload; raises NotYours."""
    if uid is None:
        return own_graduate(standing=standing)
    return graduate_of_caseload(standing=standing, uid=uid)


def commitment(*, standing: Standing, uid: uuid.UUID) -> Commitment:
    """One commitment of one's own plan or of the visible caseload, for a page or a deed; raises NotYours."""
    rows = Commitment.objects.select_related("graduate__program")
    found = found_one(rows.filter(_reachable(standing), uid=uid).first())
    _note_look(standing, found.graduate)
    return found


def plan_pause(*, standing: Standing, uid: uuid.UUID) -> PlanPause:
    """One pause of one's own plan or of one of the visible caseload, for a deed; raises NotYours."""
    rows = PlanPause.objects.select_related("graduate__program", "commitment")
    return found_one(rows.filter(_reachable(standing), uid=uid).first())


def own_check_in(*, standing: Standing, uid: uuid.UUID) -> CheckIn:
    """One check-in of one's own; raises NotYours."""
    rows = CheckIn.objects.select_related("graduate__program")
    return found_one(rows.filter(uid=uid, graduate__in=[g.pk for g in standing.graduates]).first())


def own_screening(*, standing: Standing, uid: uuid.UUID) -> Screening:
    """One questionnaire of one's own; raises NotYours."""
    rows = Screening.objects.select_related("graduate__program")
    return found_one(rows.filter(uid=uid, graduate__in=[g.pk for g in standing.graduates]).first())
