"""The tables of aftercare, one module per area."""

from aftercare.models.checkins import Answer, CheckIn, Reply
from aftercare.models.corrections import Closure, MeetingEdit, MeetingReport
from aftercare.models.dates import Broadcast, CalendarLink, DateChange, Holiday, PlanPause
from aftercare.models.directory import Feed, ImportRun, Meeting
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
from aftercare.models.visits import SavedMeeting, Visit

__all__ = [
    "Answer",
    "Assignment",
    "Attestation",
    "AuditEntry",
    "Broadcast",
    "CalendarLink",
    "CheckIn",
    "Closure",
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
    "MeetingEdit",
    "MeetingReport",
    "Outreach",
    "PhoneCode",
    "PlanPause",
    "Reminder",
    "Reply",
    "Role",
    "SavedMeeting",
    "Submission",
    "TickRecord",
    "Track",
    "Visit",
]
