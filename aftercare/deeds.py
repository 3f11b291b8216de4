"""What a counselor has done today, by which it can be undone."""

import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils import timezone
from django.utils.translation import gettext as _

from aftercare.access import Standing
from aftercare.keys import Keys
from aftercare.models import Outreach, Reply
from aftercare.outreach import plain_note, step_words


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Something a counselor has done today, which can be undone; `note` is for the health record.

    `thing` is the contact, or the text that was read.
    """

    class Kind(StrEnum):
        """What was done."""

        CONTACT = "contact"
        STEP = "step"
        TEXT = "text"

    uid: uuid.UUID
    name: str
    kind: Kind
    thing: uuid.UUID
    outcome: str
    at: datetime
    note: str = ""


def of_today(*, standing: Standing, graduates: Collection[int], at: datetime) -> tuple[Deed, ...]:
    """Contacts recorded, steps finished and texts read in the last twelve hours, newest first.

    Of these graduates (primary keys), by this log-in; a constant number of queries.
    """
    since, of_these = at - timedelta(hours=12), {"graduate__in": Keys(graduates)}
    mine = Outreach.objects.filter(**of_these, counselor=standing.user).select_related("graduate")
    texts = Reply.objects.filter(
        **of_these, needs_person=True, read_by=standing.user, read_at__gte=since
    )
    told = [
        *_contacts(mine.filter(at__gte=since).prefetch_related("signals")),
        *_steps(mine.filter(next_done_at__gte=since)),
        *_read(texts.select_related("graduate")),
    ]
    return tuple(sorted(told, key=lambda row: row.at, reverse=True))


def _contacts(rows: Iterable[Outreach]) -> Iterator[Deed]:
    here = timezone.get_current_timezone()
    for row in rows:
        yield Deed(
            uid=row.graduate.uid,
            name=row.graduate.name,
            kind=Deed.Kind.CONTACT,
            thing=row.uid,
            outcome=row.get_outcome_display(),
            at=row.at,
            note=plain_note(outreach=row, signals=list(row.signals.all()), zone=here),
        )


def _steps(rows: Iterable[Outreach]) -> Iterator[Deed]:
    for row in rows:
        if row.next_done_at is not None:
            yield Deed(
                uid=row.graduate.uid,
                name=row.graduate.name,
                kind=Deed.Kind.STEP,
                thing=row.uid,
                outcome=step_words(outreach=row),
                at=row.next_done_at,
            )


def _read(rows: Iterable[Reply]) -> Iterator[Deed]:
    for row in rows:
        if row.graduate is not None and row.read_at is not None:
            yield Deed(
                uid=row.graduate.uid,
                name=row.graduate.name,
                kind=Deed.Kind.TEXT,
                thing=row.uid,
                outcome=_("text read"),
                at=row.read_at,
            )
