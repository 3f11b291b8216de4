"""The tables of aftercare, one module per area."""

from aftercare.models.cadence import CadenceTemplate, Touch, ToughDay
from aftercare.models.checkins import Answer, CheckIn, Reply
from aftercare.models.conversation import Takeover, TextDraft
from aftercare.models.corrections import Closure, MeetingEdit, MeetingReport
from aftercare.models.dates import Broadcast, CalendarLink, DateChange, Holiday, PlanPause
from aftercare.models.directory import Feed, ImportRun, Meeting, MeetingNews
from aftercare.models.engagement import Calibration, DisengagementSignal, SignalSettings
from aftercare.models.exports import Export, ReportExport
from aftercare.models.instruments import (
    InstrumentChoice,
    InstrumentWording,
    Screening,
    ScreeningAnswer,
)
from aftercare.models.leaving import Departure
from aftercare.models.outreach import Outreach
from aftercare.models.oversight import GlassBreak, Inspection, Worry
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
from aftercare.models.release import Disclosure, Item, Release
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
    "Calibration",
    "CheckIn",
    "Closure",
    "Commitment",
    "Contact",
    "CopingPlan",
    "Coverage",
    "DateChange",
    "Departure",
    "Disclosure",
    "DisengagementSignal",
    "Duty",
    "Expectation",
    "Export",
    "Feed",
    "GlassBreak",
    "Graduate",
    "Holiday",
    "ImportRun",
    "Inspection",
    "InstrumentChoice",
    "InstrumentWording",
    "Invitation",
    "Item",
    "Meeting",
    "MeetingEdit",
    "MeetingNews",
    "MeetingReport",
    "Outreach",
    "PhoneCode",
    "PlanPause",
    "Release",
    "Reminder",
    "Reply",
    "ReportExport",
    "Role",
    "SafetyLane",
    "SavedMeeting",
    "Screening",
    "ScreeningAnswer",
    "Setback",
    "SignalSettings",
    "Submission",
    "Takeover",
    "TextDraft",
    "TickRecord",
    "Touch",
    "ToughDay",
    "Track",
    "Visit",
    "Worry",
]
