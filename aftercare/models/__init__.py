"""The tables of aftercare, one module per area."""

from aftercare.models.checkins import Answer, CheckIn, Reply
from aftercare.models.dates import Broadcast, CalendarLink, DateChange, Holiday, PlanPause
from aftercare.models.directory import Feed, ImportRun, Meeting, MeetingNews
from aftercare.models.engagement import DisengagementSignal
from aftercare.models.outreach import Outreach
from aftercare.models.people import (
    Assignment,
    Attestation,
    Contact,
    Coverage,
    Graduate,
    Invitation,
    PhoneCode,
    Role,
    Track,
)
from aftercare.models.plan import Commitment, Expectation
from aftercare.models.record import AuditEntry, Submission, TickRecord
from aftercare.models.reminders import Reminder

__all__ = [
    "Answer",
    "Assignment",
    "Attestation",
    "AuditEntry",
    "Broadcast",
    "CalendarLink",
    "CheckIn",
    "Commitment",
    "Contact",
    "Coverage",
    "DateChange",
    "DisengagementSignal",
    "Expectation",
    "Feed",
    "Graduate",
    "Holiday",
    "ImportRun",
    "Invitation",
    "Meeting",
    "MeetingNews",
    "Outreach",
    "PhoneCode",
    "PlanPause",
    "Reminder",
    "Reply",
    "Role",
    "Submission",
    "TickRecord",
    "Track",
]
