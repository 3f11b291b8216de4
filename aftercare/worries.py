"""What families tell a program: heard, made a task, and answered in one way whether anybody is known or not."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from aftercare import notices, openings, outreach, record
from aftercare.models import AuditEntry, Graduate, Outreach, Worry
from aftercare.record import Actor
from notifications.models import Program

# More than this in an hour is a machine; the answer on the page stays the same.
MOST_AN_HOUR = 30


@dataclass(frozen=True, kw_only=True)
class Told:
    """What somebody wrote: about whom, what worries them, who they are, and how to reach them."""

    about: str
    words: str
    writer: str = ""
    reach: str = ""


def programs() -> list[Program]:
    """The programs somebody may tell, by name."""
    return list(Program.objects.order_by("name"))


@transaction.atomic
def take_in(*, program: Program, told: Told, key: uuid.UUID, at: datetime) -> None:
    """Keep it for the program's leads, once by key, and let them know that something waits.

    It looks for nobody, so it can tell nobody who is known here.
    """
    lately = Worry.objects.filter(program=program, at__gt=at - timedelta(hours=1))
    if lately.count() >= MOST_AN_HOUR:
        return
    row, is_new = Worry.objects.get_or_create(
        uid=key,
        defaults={
            "program": program,
            "about": told.about.strip(),
            "words": told.words.strip(),
            "writer": told.writer.strip(),
            "reach": told.reach.strip(),
            "at": at,
        },
    )
    if is_new:
        record.write(
            actor=record.PORTAL, verb=AuditEntry.Verb.CREATED, thing=row, program=program, at=at
        )
        notices.tell_leads(program=program, key=f"worry:{row.uid}", at=at)


@transaction.atomic
def handle(
    *,
    row: Worry,
    outcome: Worry.Outcome,
    graduate: Graduate | None,
    actor: Actor,
    at: datetime,
) -> None:
    """A lead settles it; with a graduate it becomes a task of today for whoever cares for them."""
    waiting = Worry.objects.filter(pk=row.pk, handled_at__isnull=True)
    if not waiting.update(handled_at=at, handled_by=actor.user, outcome=outcome):
        return
    if graduate is not None:
        outreach.note(
            graduate=graduate,
            way=Outreach.Way.MAIL,
            outcome=Outreach.Outcome.PLANNED,
            note=gettext("Somebody outside is worried: “%(words)s”") % {"words": row.words},
            next_step=gettext("Call them today. Tell whoever wrote nothing without a consent."),
            next_on=openings.today_of(graduate=graduate, at=at),
            actor=actor,
            at=at,
        )
    record.write(
        actor=actor,
        verb=AuditEntry.Verb.CHANGED,
        thing=row,
        program=row.program,
        graduate=graduate,
        at=at,
    )
