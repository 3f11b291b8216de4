"""Who reads and answers while a counselor is away, and in whose name a graduate is written to."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import record, wording
from aftercare.access import NotYours, Standing
from aftercare.cadence import next_staffed
from aftercare.models import Assignment, AuditEntry, Coverage, Graduate, Role
from aftercare.record import Actor
from aftercare.recurrence import localize

LONGEST = timedelta(days=180)


class NotAway(ValueError):
    """These days or this cover cannot be; the words are for a person to read."""

    def __init__(self, words: str | Promise) -> None:
        super().__init__(words)
        self.words = words

    def __str__(self) -> str:
        return str(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """In whose name texts go, by first names; while that person is away, who reads until when.

    `counselor` is "" where nobody is assigned, `cover` while the counselor is there. `back_at` is
    the first staffed instant after the absence.
    """

    counselor: str = ""
    cover: str = ""
    back_at: datetime | None = None

    def facts(self, *, graduate: Graduate, at: datetime) -> dict[str, str]:
        """The same for the words of a text, the day as the graduate's own calendar shows it."""
        zone = ZoneInfo(graduate.time_zone)
        day = (
            wording.day(at=self.back_at, now=at, zone=zone, language=graduate.language)
            if self.back_at
            else ""
        )
        return {"counselor": self.counselor, "cover": self.cover, "back_day": day}


def active(*, at: datetime) -> models.QuerySet[Coverage]:
    """The absences of an instant."""
    return Coverage.objects.filter(starts_at__lte=at, ends_at__gt=at)


def voice_of(*, graduate: Graduate, at: datetime) -> Voice:
    """Who writes to a graduate, and who reads the answers at an instant; one query, two while away."""
    away = active(at=at).filter(counselor=OuterRef("counselor")).order_by("starts_at")
    assigned = (
        Assignment.objects.filter(graduate=graduate, until__isnull=True)
        .annotate(absence=Subquery(away.values("pk")[:1]))
        .select_related("counselor__user")
        .first()
    )
    if assigned is None:
        return Voice()
    name = wording.given_name(assigned.counselor.user.name)
    if assigned.absence is None:
        return Voice(counselor=name)
    absence = Coverage.objects.select_related("cover__user").get(pk=assigned.absence)
    program = graduate.program
    back_at = next_staffed(
        at=absence.ends_at, hours=program.staffed_hours, zone=ZoneInfo(program.time_zone)
    )
    return Voice(
        counselor=name,
        cover=wording.given_name(absence.cover.user.name),
        back_at=back_at or absence.ends_at,
    )


def covers_of(*, counselors: Collection[int], at: datetime) -> dict[int, Role]:
    """Who covers at an instant, by the key of the counselor's role; only those who are away."""
    rows = active(at=at).filter(counselor__in=counselors).select_related("cover__user")
    return {row.counselor_id: row.cover for row in rows}


def counselors_for(*, standing: Standing) -> list[Role]:
    """The counselors whose absences a log-in may set: itself, and everybody in programs it leads."""
    led = standing.programs(Role.Kind.LEAD)
    own = [role.pk for role in standing.roles if role.kind == Role.Kind.COUNSELOR]
    return _open_counselors(Q(pk__in=own) | Q(program__in=led))


def colleagues_for(*, standing: Standing) -> list[Role]:
    """Every counselor of the programs of a log-in, any of whom may cover."""
    return _open_counselors(Q(program__in=standing.programs(Role.Kind.COUNSELOR, Role.Kind.LEAD)))


def _open_counselors(which: Q) -> list[Role]:
    rows = Role.objects.filter(which, kind=Role.Kind.COUNSELOR, until__isnull=True)
    found = rows.select_related("user", "program")
    return sorted(found, key=lambda role: (role.user.name.casefold(), role.pk))


def coming(*, standing: Standing, at: datetime) -> tuple[Coverage, ...]:
    """The absences that are not over: those a log-in may set, and those it covers."""
    concerned = Q(counselor__in=counselors_for(standing=standing)) | Q(cover__in=standing.roles)
    rows = Coverage.objects.select_related("counselor__user", "counselor__program", "cover__user")
    return tuple(rows.filter(concerned, ends_at__gt=at).order_by("starts_at", "pk"))


def one(*, standing: Standing, uid: uuid.UUID) -> Coverage:
    """One absence that a log-in may take back; raises NotYours."""
    rows = Coverage.objects.select_related("counselor__program")
    found = rows.filter(uid=uid, counselor__in=counselors_for(standing=standing)).first()
    if found is None:
        raise NotYours
    return found


@transaction.atomic
def add(
    *,
    counselor: Role,
    cover: Role,
    first_on: date,
    last_on: date,
    actor: Actor,
    at: datetime,
) -> Coverage:
    """Note that a counselor is away on these local days, and who sees and answers the caseload then.

    Raises NotAway.
    """
    program = counselor.program
    zone = ZoneInfo(program.time_zone)
    # Two absences of one counselor at once take turns here.
    Role.objects.select_for_update().get(pk=counselor.pk)
    starts_at = localize(wall=datetime.combine(first_on, time()), zone=zone)
    ends_at = localize(wall=datetime.combine(last_on + timedelta(days=1), time()), zone=zone)
    _check(counselor, cover, starts_at=starts_at, ends_at=ends_at, at=at)
    made = Coverage.objects.create(
        counselor=counselor, cover=cover, starts_at=starts_at, ends_at=ends_at
    )
    record.write(actor=actor, verb=AuditEntry.Verb.CREATED, thing=made, program=program, at=at)
    return made


def _check(
    counselor: Role, cover: Role, *, starts_at: datetime, ends_at: datetime, at: datetime
) -> None:
    if ends_at <= max(starts_at, at) or ends_at - starts_at > LONGEST:
        raise NotAway(_("The last day comes on or after the first one, and is still to come."))
    if cover == counselor or cover.program_id != counselor.program_id:
        raise NotAway(_("Choose a colleague of the same program."))
    during = Coverage.objects.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)
    if during.filter(counselor=counselor).exists():
        raise NotAway(_("You are away on some of these days already. Take that back first."))
    if during.filter(counselor=cover).exists():
        raise NotAway(_("This colleague is away on some of these days. Choose another one."))


@transaction.atomic
def end(*, absence: Coverage, actor: Actor, at: datetime) -> None:
    """Back again: an absence ends now, and one that has not begun is taken back."""
    program = absence.counselor.program
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=absence, program=program, at=at)
    if absence.starts_at >= at:
        absence.delete()
        return
    absence.ends_at = at
    absence.save(update_fields=["ends_at"])
