"""Every column that could hold words, and why it may stand as it does: the table CRY-01 holds true.

Instants, numbers, yes and no, ids of rows, and choices of a list are plain by their kind.
"""

from enum import Enum


class Column(Enum):
    """How a column stands in the database."""

    SEALED = "in somebody's words, or by which somebody is found: AES-256-GCM"
    INDEX = "a keyed fingerprint, by which a sealed value or a secret is looked up"
    HASH = "a slow hash of a secret"
    READABLE = "e-mail: log-in looks it up; erased when its owner leaves"
    ID = "points at a row, a text at the provider, or a date of a plan; nobody's words"
    CODE = "a word of a list of ours: it names nobody without the sealed name of its row"
    PUBLIC = "meetings as their lists publish them"
    PROGRAM = "about the program and not about a person"


_COLUMNS = {
    Column.SEALED: {
        "portal.User": "name",
        "aftercare.Graduate": "first_name last_name contact_card",
        "aftercare.Invitation": "email",
        "aftercare.Attestation": "words",
        "aftercare.ToughDay": "note",
        "aftercare.Answer": "content",
        "aftercare.Reply": "note",
        "aftercare.TextDraft": "body",
        "aftercare.MeetingReport": "words",
        "aftercare.Commitment": "title place join_link",
        "aftercare.Broadcast": "title note",
        "aftercare.DisengagementSignal": "reasons",
        "aftercare.Screening": "scores",
        "aftercare.ScreeningAnswer": "content",
        "aftercare.Outreach": "note next_step",
        "aftercare.Duty": "code",
        "aftercare.Alarm": "note",
        "aftercare.CopingPlan": "content",
        "aftercare.Visit": "title place",
        "aftercare.Export": "reason",
        "aftercare.ReportExport": "reason",
        "aftercare.Release": "discloser recipient relation purpose email ends_event words signature",
        "aftercare.Disclosure": "recipient what purpose person",
        "aftercare.GlassBreak": "words withheld_because note",
        "aftercare.Inspection": "purpose agreement",
        "aftercare.Worry": "about words writer reach",
        "notifications.Address": "value",
        "notifications.ConsentEvent": "words",
        "notifications.InboundMessage": "body answer",
        "notifications.Message": "body",
        "notifications.KeyProof": "words",
    },
    Column.INDEX: {
        "aftercare.Invitation": "token_hash",
        "aftercare.Release": "code_hash form_hash",
        "aftercare.Inspection": "agreement_hash",
        "aftercare.PhoneCode": "code_hash",
        "aftercare.CalendarLink": "token_hash",
        "aftercare.AuditEntry": "seal",
        "notifications.Address": "index",
        "notifications.KeyProof": "index",
    },
    Column.HASH: {
        "portal.User": "password",
        "aftercare.Contact": "pin",
    },
    Column.READABLE: {
        "portal.User": "email",
    },
    Column.ID: {
        "aftercare.Expectation": "recurrence_id",
        "aftercare.DateChange": "recurrence_id",
        "aftercare.AuditEntry": "thing",
        "aftercare.Submission": "location",
        "aftercare.Reminder": "recurrence_id",
        "notifications.InboundMessage": "provider_id",
        "notifications.Message": "key",
        "notifications.Attempt": "owner provider_id",
        "notifications.Callback": "provider_id",
        "notifications.Sweep": "cursor strangers missing",
        "notifications.Breaker": "name",
        "notifications.Heartbeat": "name",
    },
    Column.CODE: {
        "portal.User": "time_zone language",
        "aftercare.Graduate": "tracks time_zone language",
        "aftercare.Attestation": "scopes",
        "aftercare.Release": "items language form_version",
        "aftercare.Disclosure": "items notice",
        "aftercare.GlassBreak": "role",
        "aftercare.CheckIn": "questions",
        "aftercare.Answer": "question",
        "aftercare.Reply": "tier crisis_class",
        "aftercare.Commitment": "weekdays time_zone more_leads",
        "aftercare.DisengagementSignal": "snooze_reason outcome",
        "aftercare.Screening": "instrument",
        "aftercare.ScreeningAnswer": "item",
        "aftercare.AuditEntry": "role",
        "aftercare.Reminder": "lead_clock reason",
        "aftercare.Alarm": "code",
        "aftercare.Visit": "time_zone",
        "notifications.Address": "time_zone state language quiet_windows unreachable_reason",
        "notifications.InboundMessage": "keyword",
        "notifications.Message": "reason",
        "notifications.Attempt": "status code price_unit",
        "notifications.Decision": "was_reason",
        "notifications.Callback": "status code",
        "notifications.Breaker": "reason",
    },
    Column.PUBLIC: {
        "aftercare.Feed": "name source fellowship timezone etag last_modified content_hash last_error",
        "aftercare.Meeting": (
            "slug source_id source_slug source_url content_hash name group fellowship "
            "notes week_hint timezone location location_notes address region region_path "
            "types tags conference_url conference_url_notes conference_phone "
            "conference_phone_notes words name_key"
        ),
        "aftercare.ImportRun": "content_hash report differences reason payload",
        "aftercare.MeetingEdit": "values",
        "aftercare.Closure": "place note",
    },
    Column.PROGRAM: {
        "aftercare.CadenceTemplate": "steps touch_days caring_days weekdays",
        "aftercare.Holiday": "name",
        "aftercare.InstrumentWording": "instrument language words licence source checksum",
        "aftercare.InstrumentChoice": "instrument",
        "aftercare.SafetyLane": "approved",
        "notifications.Program": "name alias time_zone phone staffed_hours crisis_texts",
        "notifications.Sender": "number messaging_service paused_reason",
    },
}

COLUMNS = {
    f"{model}.{name}": kind
    for kind, models in _COLUMNS.items()
    for model, names in models.items()
    for name in names.split()
}
