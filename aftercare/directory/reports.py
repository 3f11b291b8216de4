"""Verb: what visitors say is wrong with an entry, and staff who look into it."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from aftercare import record
from aftercare.models import AuditEntry, Meeting, MeetingReport
from aftercare.record import Actor
from notifications.models import Program

LONGEST_WORDS = 500
# Anybody may report: so many of one entry wait at once, and so many of all in an hour.
MOST_OPEN, MOST_AN_HOUR = 5, 60
MOST_SHOWN = 200
# The same, said again so soon, is a second tap on "Send".
SECOND_TAP = timedelta(minutes=1)


class NoSuchReport(LookupError):
    """There is no such report that still waits."""


def report(*, meeting: Meeting, kind: str, words: str, at: datetime) -> bool:
    """Put a report before staff; False where enough of them wait, and nothing is kept.

    `kind` is one of MeetingReport.Kind. Who it was is not asked and not kept.
    """
    words = words.strip()[:LONGEST_WORDS]
    waiting = list(MeetingReport.objects.filter(settled_at__isnull=True, meeting=meeting))
    if any((one.kind, one.words) == (kind, words) and at - one.at < SECOND_TAP for one in waiting):
        return True
    lately = MeetingReport.objects.filter(at__gt=at - timedelta(hours=1))
    if len(waiting) >= MOST_OPEN or lately.count() >= MOST_AN_HOUR:
        return False
    kept = MeetingReport.Kind(kind)
    MeetingReport.objects.create(meeting=meeting, kind=kept, words=words, at=at)
    return True


def waiting() -> list[MeetingReport]:
    """The reports that nobody has looked into, the oldest first."""
    rows = MeetingReport.objects.filter(settled_at__isnull=True).select_related("meeting__feed")
    return list(rows.order_by("at", "pk")[:MOST_SHOWN])


@transaction.atomic
def settle(*, uid: uuid.UUID, program: Program, actor: Actor, at: datetime) -> MeetingReport:
    """Take a report off the list: somebody looked into it. Raises NoSuchReport."""
    found = MeetingReport.objects.filter(uid=uid, settled_at__isnull=True).first()
    if found is None:
        raise NoSuchReport(uid)
    found.settled_at, found.settled_by = at, actor.user
    found.save(update_fields=["settled_at", "settled_by"])
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=found, program=program, at=at)
    return found
