"""A group on Tuesdays at 19:00 in New York, over the change of clocks of Sunday 8 March 2026."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from aftercare import plan
from aftercare.models import Commitment, Graduate, Reminder
from aftercare.record import PORTAL
from tests import build

# A Thursday morning, and the first date after it.
AT = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
ID, NEXT_ID = "2026-03-10T19:00", "2026-03-17T19:00"

DRAFT = plan.CommitmentDraft(
    kind=Commitment.Kind.GROUP,
    title="Tuesdays",
    weekdays=(1,),
    start_time=time(19, 0),
    time_zone="America/New_York",
    starts_on=date(2026, 3, 5),
)


def added(graduate: Graduate | None = None, **facts: Any) -> Commitment:
    """The group in somebody's plan, with some facts otherwise."""
    return plan.add(
        graduate=graduate or build.graduate(), draft=replace(DRAFT, **facts), actor=PORTAL, at=AT
    )


def planned(commitment: Commitment) -> list[tuple[str, datetime]]:
    """Its reminders to come: of which date, and when."""
    rows = commitment.reminders.filter(state=Reminder.State.PLANNED).order_by("due_at")
    return [(row.recurrence_id, row.due_at) for row in rows]
