"""A mail each working morning that says how much waits, by numbers alone: no name, no reason, no place."""

from datetime import datetime, time, timedelta
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from aftercare import access, mail, morning, record
from aftercare.access import Standing
from aftercare.cadence import staffed_spans
from aftercare.models import AuditEntry, Role
from aftercare.recurrence import localize
from notifications import outbox
from notifications.kinds import Kind

# By the clock of the program.
LEAVES = time(8, 15)
# A list of the morning is of no use in the evening.
USEFUL = timedelta(hours=6)
READERS = (Role.Kind.COUNSELOR, Role.Kind.LEAD)


def due(*, at: datetime) -> "QuerySet[Role]":
    """Roles whose next digest is due, or was never worked out."""
    held = Role.objects.filter(
        Q(until__isnull=True) | Q(until__gt=at), kind__in=READERS, wants_digest=True, since__lte=at
    )
    return held.filter(Q(digest_at__isnull=True) | Q(digest_at__lte=at))


def send_due(*, at: datetime) -> int:
    """Queue the digests that are due, one a person and day whatever roles they hold; returns how many.

    Where nothing waits, or the office is closed that day, none leaves.
    """
    return sum(_send(pk, at) for pk in due(at=at).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _send(pk: int, at: datetime) -> bool:
    rows = due(at=at).select_for_update(of=("self",)).select_related("user", "program")
    role = rows.filter(pk=pk).first()
    if role is None:
        return False
    is_now = role.digest_at is not None and at < role.digest_at + USEFUL
    role.digest_at = _next(role, at)
    role.save(update_fields=["digest_at"])
    return is_now and _is_open(role, at) and _write(role, at)


def _is_open(role: Role, at: datetime) -> bool:
    zone = ZoneInfo(role.program.time_zone)
    day = at.astimezone(zone).date()
    return bool(staffed_spans(day=day, hours=role.program.staffed_hours, zone=zone))


def _write(role: Role, at: datetime) -> bool:
    today = at.astimezone(ZoneInfo(role.program.time_zone)).date()
    key = f"digest:{role.user_id}:{today}"
    standing = access.roles_of(user=role.user, at=at)
    waits = morning.read(standing=standing, at=at, mine_only=standing.is_counselor, today=today)
    if not role.user.email or waits.is_clear or outbox.is_waiting(key=key):
        return False
    subject, body = mail.render(
        name="digest",
        language=role.user.language,
        now=len(waits.now),
        today=waits.page.paginator.count,
        answers=waits.unread,
        strangers=waits.strangers,
        link=urljoin(f"{settings.PUBLIC_URL}/", "/"),
    )
    try:
        mail.queue(
            program=role.program,
            to=role.user.email,
            subject=subject,
            body=body,
            kind=Kind.DIGEST,
            key=key,
            at=at,
            expires_at=at + USEFUL,
        )
    except outbox.NoSender:
        return False
    return True


def _next(role: Role, at: datetime) -> datetime:
    """The next quarter past eight where the program is, after `at`."""
    zone = ZoneInfo(role.program.time_zone)
    today = at.astimezone(zone).date()
    first = localize(wall=datetime.combine(today, LEAVES), zone=zone)
    if first > at:
        return first
    return localize(wall=datetime.combine(today + timedelta(days=1), LEAVES), zone=zone)


def is_wanted(*, standing: Standing) -> bool:
    """Whether this log-in gets the mail of the morning."""
    return any(role.wants_digest for role in standing.roles if role.kind in READERS)


@transaction.atomic
def choose(*, standing: Standing, wanted: bool, at: datetime) -> None:
    """Turn the mail of the morning on or off for every role of this log-in; the next comes tomorrow."""
    for role in standing.roles:
        if role.kind in READERS and role.wants_digest != wanted:
            role.wants_digest, role.digest_at = wanted, None
            role.save(update_fields=["wants_digest", "digest_at"])
            record.write(
                actor=standing.actor(role.program),
                verb=AuditEntry.Verb.CHANGED,
                thing=role,
                program=role.program,
                at=at,
            )
