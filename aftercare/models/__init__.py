"""The tables of aftercare, one module per area."""

from aftercare.models.cadence import CadenceTemplate, Touch, ToughDay
from aftercare.models.checkins import Answer, CheckIn, Reply
from aftercare.models.conversation import Takeover, TextDraft
from aftercare.models.corrections import Closure, MeetingEdit, MeetingReport
from aftercare.models.dates import Broadcast, CalendarLink, DateChange, Holiday, PlanPause
from aftercare.models.directory import Feed, ImportRun, Meeting, MeetingNews
from aftercare.models.engagement import DisengagementSignal
from aftercare.models.exports import ReportExport
from aftercare.models.instruments import (
    InstrumentChoice,
    InstrumentWording,
    Screening,
    ScreeningAnswer,
)
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
from aftercare.models.safety import Alarm, CopingPlan, Duty, SafetyLane, Setback
from aftercare.models.visits import SavedMeeting, Visit

__all__ = [
    "Alarm",
    "Answer",
    "Assignment",
    "Attestation",
    "AuditEntry",
    "Broadcast",
    "CadenceTemplate",
    "CalendarLink",
    "CheckIn",
    "Closure",
    "Commitment",
    "Contact",
    "CopingPlan",
    "Coverage",
    "DateChange",
    "DisengagementSignal",
    "Duty",
    "Expectation",
    "Feed",
    "Graduate",
    "Holiday",
    "ImportRun",
    "InstrumentChoice",
    "InstrumentWording",
    "Invitation",
    "Meeting",
    "MeetingEdit",
    "MeetingNews",
    "MeetingReport",
    "Outreach",
    "PhoneCode",
    "PlanPause",
    "Reminder",
    "Reply",
    "ReportExport",
    "Role",
    "SafetyLane",
    "SavedMeeting",
    "Screening",
    "ScreeningAnswer",
    "Setback",
    "Submission",
    "Takeover",
    "TextDraft",
    "TickRecord",
    "Touch",
    "ToughDay",
    "Track",
    "Visit",
]
