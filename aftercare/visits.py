"""Where somebody went: "I went", with or without a code, signed by staff, and the log to show to others."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from aftercare import plan, record, recurrence
from aftercare.directory.moments import Moment
from aftercare.directory.search import Detail
from aftercare.models import AuditEntry, Commitment, Expectation, Graduate, Meeting, Visit
from aftercare.record import Actor
from aftercare.recurrence import Occurrence

Proof = Visit.Proof

# How long after its start a date may be said to have been gone to, and how long a code is good.
RECENT = timedelta(days=7)
CODE_LASTS = timedelta(hours=3)
# Letters and digits that nobody takes for another, read aloud or off a wall.
_SIGNS = "ACDEFHJKMNPRTUVWXY34679"
_CODE_LENGTH = 6
# What one may have to show to others; medication and meals are nobody's business.
SHOWN = (
    Commitment.Kind.SUPPORT_MEETING,
    Commitment.Kind.THERAPY,
    Commitment.Kind.GROUP,
    Commitment.Kind.FAMILY,
    Commitment.Kind.PRACTICE,
    Commitment.Kind.ACTIVITY,
    Commitment.Kind.CUSTOM,
)
# A log on a screen goes back so far.
MOST_LINES = 400


class WrongCode(ValueError):
    """Not the code of this date, or no longer good."""


class NotOver(ValueError):
    """No date of this meeting began within the last seven days."""


class NoSuchLine(LookupError):
    """The log has no such line, or it is not for this person to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One date somebody went to; `key` names it on forms, `signed_by` is a name where staff signed."""

    key: str
    uid: UUID
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    proof: str
    signed_by: str
    # Told by the person alone and not by the plan's page, so that it can be taken back here.
    is_own: bool


def last_date(*, detail: Detail, at: datetime) -> Occurrence | None:
    """The newest date of a meeting that has begun, where that was within seven days."""
    moment = detail.row.moment
    if moment is None:
        return None
    starts_at = moment.starts_at
    if starts_at > at:
        wall = starts_at.replace(tzinfo=None) - timedelta(days=7)
        zone = ZoneInfo(detail.row.timezone)
        starts_at = recurrence.localize(wall=wall, zone=zone).astimezone(zone)
    if not at - RECENT <= starts_at <= at:
        return None
    return _date(starts_at, moment)


def code_date(*, detail: Detail, at: datetime) -> Occurrence | None:
    """The date whose code staff need: the one of which it is still good, else the next one."""
    last = last_date(detail=detail, at=at)
    if last is not None and at <= last.starts_at + CODE_LASTS:
        return last
    moment = detail.row.moment
    return _date(moment.starts_at, moment) if moment else None


def _date(starts_at: datetime, moment: Moment) -> Occurrence:
    return Occurrence(
        recurrence_id=f"{starts_at:%Y-%m-%dT%H:%M}",
        starts_at=starts_at,
        ends_at=starts_at + (moment.ends_at - moment.starts_at),
    )


def code_of(*, meeting: Meeting, date: Occurrence) -> str:
    """What staff read out at one date, so that who is there can show it: six signs, no table needed."""
    digest = salted_hmac("aftercare.visits", f"{meeting.uid}|{date.recurrence_id}").digest()
    number = int.from_bytes(digest[:8])
    signs = []
    for _ in range(_CODE_LENGTH):
        number, sign = divmod(number, len(_SIGNS))
        signs.append(_SIGNS[sign])
    return "".join(signs)


def visit_of(*, graduate: Graduate, meeting: Meeting, date: Occurrence) -> Line | None:
    """What the log has of one date of a meeting."""
    kept = _visits(graduate).filter(meeting=meeting, starts_at=date.starts_at).first()
    if kept is not None:
        return _of_visit(kept)
    planned = _of_plan(graduate).filter(commitment__meeting=meeting, opened_at=date.starts_at)
    found = planned.first()
    return _of_expectation(found) if found else None


@transaction.atomic
def went(
    *,
    graduate: Graduate,
    detail: Detail,
    code: str = "",
    actor: Actor,
    at: datetime,
) -> Visit:
    """Say that one was at the newest date of a meeting; in the plan it counts as kept, too.

    `code` is what was read out there, in any case of letters, or "". Saying it again changes only
    the proof, and only for the better. Raises NotOver, WrongCode.
    """
    date = last_date(detail=detail, at=at)
    if date is None:
        raise NotOver
    by_code = bool(code.strip())
    if by_code and not _is_good(code, meeting=detail.meeting, date=date, at=at):
        raise WrongCode
    row = detail.row
    visit, _made = Visit.objects.get_or_create(
        graduate=graduate,
        meeting=detail.meeting,
        starts_at=date.starts_at,
        defaults={
            "title": row.name,
            "place": _place_of(detail),
            "ends_at": date.ends_at,
            "time_zone": row.timezone,
            "said_at": at,
        },
    )
    visit.expectation = _keep_in_plan(graduate, detail.meeting, date, actor, at)
    if by_code and visit.proof == Proof.SELF:
        visit.proof = Proof.CODE
    visit.save(update_fields=["expectation", "proof"])
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=visit, graduate=graduate, at=at)
    return visit


def _is_good(code: str, *, meeting: Meeting, date: Occurrence, at: datetime) -> bool:
    said = "".join(code.split()).upper()
    right = constant_time_compare(said, code_of(meeting=meeting, date=date))
    return right and at <= date.starts_at + CODE_LASTS


def _place_of(detail: Detail) -> str:
    if detail.row.attendance == Meeting.Attendance.ONLINE:
        return ""
    return ", ".join(part for part in (detail.row.location, detail.row.address) if part)


def _keep_in_plan(
    graduate: Graduate, meeting: Meeting, date: Occurrence, actor: Actor, at: datetime
) -> Expectation | None:
    """The date of the plan that this was, kept now; None where the plan has none."""
    planned = Commitment.objects.filter(graduate=graduate, meeting=meeting, ended_at__isnull=True)
    for commitment in planned.select_related("graduate__program").order_by("pk"):
        try:
            return plan.answer(
                commitment=commitment,
                recurrence_id=date.recurrence_id,
                outcome=Expectation.Outcome.KEPT,
                actor=actor,
                at=at,
            )
        except plan.NoSuchOccurrence:
            continue
    return None


@transaction.atomic
def take_back(*, graduate: Graduate, uid: UUID, actor: Actor, at: datetime) -> None:
    """Take back what one said oneself; what others vouched for stays. Raises NoSuchLine."""
    visit = Visit.objects.filter(graduate=graduate, uid=uid, proof=Proof.SELF).first()
    if visit is None:
        raise NoSuchLine(uid)
    expectation = visit.expectation
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=visit, graduate=graduate, at=at)
    visit.delete()
    if expectation is not None and expectation.commitment is not None:
        plan.answer(
            commitment=expectation.commitment,
            recurrence_id=expectation.recurrence_id,
            outcome=Expectation.Outcome.PENDING,
            actor=actor,
            at=at,
        )


@transaction.atomic
def sign(*, graduate: Graduate, key: str, actor: Actor, at: datetime) -> None:
    """Vouch as staff for one line of a log; the printed proof then names who did. Raises NoSuchLine."""
    kind, _colon, uid = key.partition(":")
    visit = _to_sign(graduate, kind, uid, at)
    if visit is None:
        raise NoSuchLine(key)
    visit.proof, visit.signed_by = Proof.SIGNED, actor.user
    visit.save()
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=visit, graduate=graduate, at=at)


def _to_sign(graduate: Graduate, kind: str, uid: str, at: datetime) -> Visit | None:
    try:
        wanted = UUID(uid)
    except ValueError:
        return None
    if kind == "visit":
        return _visits(graduate).filter(uid=wanted).first()
    row = _of_plan(graduate).filter(uid=wanted).first()
    if row is None or row.commitment is None:
        return None
    return Visit(
        graduate=graduate,
        meeting=row.commitment.meeting,
        expectation=row,
        title=row.commitment.title,
        place=row.commitment.place,
        starts_at=row.opened_at,
        ends_at=row.due_at,
        time_zone=row.commitment.time_zone,
        said_at=at,
    )


def log(*, graduate: Graduate, at: datetime) -> tuple[Line, ...]:
    """Everything this person went to, in the plan or outside of it, the newest first."""
    lines = [_of_visit(row) for row in _visits(graduate).filter(starts_at__lte=at)[:MOST_LINES]]
    planned = _of_plan(graduate).filter(opened_at__lte=at)[:MOST_LINES]
    lines += [_of_expectation(row) for row in planned]
    return tuple(sorted(lines, key=lambda line: line.starts_at, reverse=True)[:MOST_LINES])


def _visits(graduate: Graduate) -> "QuerySet[Visit]":
    """Those that stand: not what was un-said in the plan since."""
    came = Q(expectation__isnull=True) | Q(expectation__outcome__in=Expectation.CAME)
    rows = Visit.objects.filter(came, graduate=graduate)
    return rows.select_related("signed_by", "expectation").order_by("-starts_at", "-pk")


def _of_plan(graduate: Graduate) -> "QuerySet[Expectation]":
    """Dates of the plan that were kept, and that no visit stands for."""
    rows = Expectation.objects.filter(
        graduate=graduate,
        kind=Expectation.Kind.OCCURRENCE,
        outcome__in=Expectation.CAME,
        visit__isnull=True,
        commitment__kind__in=SHOWN,
    )
    return rows.select_related("commitment").order_by("-opened_at", "-pk")


def _of_visit(row: Visit) -> Line:
    return Line(
        key=f"visit:{row.uid}",
        uid=row.uid,
        title=row.title,
        place=row.place,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        time_zone=row.time_zone,
        proof=row.proof,
        signed_by=row.signed_by.name if row.signed_by else "",
        is_own=row.proof == Proof.SELF,
    )


def _of_expectation(row: Expectation) -> Line:
    commitment = row.commitment
    if commitment is None:
        raise ValueError("A date of a plan has a commitment.")
    return Line(
        key=f"plan:{row.uid}",
        uid=row.uid,
        title=commitment.title,
        place=commitment.place,
        starts_at=row.opened_at,
        ends_at=row.due_at,
        time_zone=commitment.time_zone,
        proof=Proof.SELF,
        signed_by="",
        is_own=False,
    )
