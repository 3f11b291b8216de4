"""Every address of the product, and whom it answers: the table that `test_routes.py` holds true.

An address that is missing here fails the tests, so each new one says whom it is for.
"""

from dataclasses import dataclass, field
from enum import Enum, auto


class Person(Enum):
    """Somebody who asks; all but the stranger have a log-in."""

    VISITOR = auto()
    GRADUATE = auto()  # whose rows the addresses point at
    OTHER_GRADUATE = auto()  # of the same program
    LEFT_GRADUATE = auto()  # who had an account there, and left
    COUNSELOR = auto()  # with the graduate on the caseload
    FORMER_COUNSELOR = auto()  # who had, until it ended
    OTHER_COUNSELOR = auto()  # of the same program
    LEAD = auto()  # of the graduate's program
    OTHER_LEAD = auto()  # of another program
    FORMER_LEAD = auto()  # whose role has ended
    COORDINATOR = auto()
    AUDITOR = auto()
    OPERATOR = auto()
    OTHER_OPERATOR = auto()  # of another program
    SUPPORTER = auto()  # with whom the graduate shares a page
    FORMER_SUPPORTER = auto()  # with whom they did
    MENTOR = auto()  # or a friend at the door: with whom they share a first name alone


P = Person
ANYBODY = frozenset(Person)
MEMBERS = ANYBODY - {P.VISITOR}
GRADUATES = frozenset({P.GRADUATE, P.OTHER_GRADUATE})
OWNER = frozenset({P.GRADUATE})
LEADS = frozenset({P.LEAD, P.OTHER_LEAD})
STAFF = LEADS | {P.COUNSELOR, P.FORMER_COUNSELOR, P.OTHER_COUNSELOR}
CARE = frozenset({P.COUNSELOR, P.LEAD})
OPERATORS = frozenset({P.OPERATOR, P.OTHER_OPERATOR})
OWN_OPERATOR = frozenset({P.OPERATOR})
OWN_LEAD = frozenset({P.LEAD})
# Whoever works with the people of the program in any way may say that a group does not happen.
OF_GROUPS = STAFF | {P.COORDINATOR}
OWN_GROUPS = OF_GROUPS - {P.OTHER_LEAD}
OWN_AUDITOR = frozenset({P.AUDITOR})
# The counselor of another caseload who has opened the record in need, and the auditor.
READERS = frozenset({P.OTHER_COUNSELOR, P.AUDITOR})
WITH_PAGE = frozenset({P.SUPPORTER})
SUPPORTERS = frozenset({P.SUPPORTER, P.FORMER_SUPPORTER, P.MENTOR})
WHO_CALLED = frozenset({P.COUNSELOR})
# Whom the program's own signature names, and no log-in.
NOBODY: frozenset[Person] = frozenset()

READ = ("GET",)
DO = ("POST",)
FORM = ("GET", "POST")


@dataclass(frozen=True, kw_only=True)
class Route:
    """Whom an address answers, how, and what it leaves on record.

    `rows` fills the address: its parameters, and the row of the test's world each one names;
    `form` does the same for what is posted, where an empty form would name no row.
    `looks` says that looking leaves an audit row; being refused leaves one everywhere. `fresh` asks
    for a log-in, or a proof, of the last five minutes. `rate` names the limits of the log-in library
    that hold the address back, for each client's address or for each account.
    """

    opens_to: frozenset[Person]
    methods: tuple[str, ...]
    rows: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    looks: bool = False
    fresh: bool = False
    rate: tuple[str, ...] = ()

    @property
    def is_private(self) -> bool:
        """Behind a log-in, so that no cache may keep what it answers."""
        return Person.VISITOR not in self.opens_to and bool(self.opens_to)


GRADUATE = {"uid": "graduate"}
RELEASE = {"uid": "graduate", "release_uid": "release"}
COMMITMENT = {"uid": "commitment"}
CONTACT = {"uid": "graduate", "contact": "outreach"}
SIGNAL = {"uid": "graduate", "signal": "signal"}
PROGRAM = {"uid": "program"}
ALARM = {"uid": "alarm"}
DUTY = {"uid": "program", "duty_uid": "duty"}
TOKEN = {"token": "token"}
DATE = {"recurrence_id": "coming"}
MESSAGE = {"uid": "message"}
MEETING = {"slug": "slug"}

ROUTES = {
    # Machines
    "healthz": Route(opens_to=ANYBODY, methods=READ),
    "readyz": Route(opens_to=ANYBODY, methods=READ),
    # Anybody on the same machine, as the tests are; `test_health.py` asks from elsewhere.
    "metrics": Route(opens_to=ANYBODY, methods=READ),
    "sms_inbound": Route(opens_to=NOBODY, methods=DO),
    "sms_status": Route(opens_to=NOBODY, methods=DO, rows={"attempt_uid": "nothing"}),
    "voice_inbound": Route(opens_to=NOBODY, methods=DO),
    # Anybody
    "help_now": Route(opens_to=ANYBODY, methods=READ),
    "crisis": Route(opens_to=ANYBODY, methods=READ),
    "safety_note": Route(opens_to=ANYBODY, methods=READ),
    "what_is_aftercare": Route(opens_to=ANYBODY, methods=READ),
    "family": Route(opens_to=ANYBODY, methods=READ),
    "family_worried": Route(opens_to=ANYBODY, methods=FORM),
    "unsubscribe": Route(opens_to=ANYBODY, methods=FORM, rows={"token": "unsubscribe"}),
    "texting": Route(opens_to=ANYBODY, methods=READ),
    "texting_joining": Route(opens_to=ANYBODY, methods=READ),
    "texting_privacy": Route(opens_to=ANYBODY, methods=READ),
    "privacy": Route(opens_to=ANYBODY, methods=READ),
    "measures": Route(opens_to=ANYBODY, methods=READ),
    "service_worker": Route(opens_to=ANYBODY, methods=READ),
    "exit": Route(opens_to=ANYBODY, methods=DO),
    "choose_language": Route(opens_to=ANYBODY, methods=DO),
    "meetings": Route(opens_to=ANYBODY, methods=READ),
    "meetings_json": Route(opens_to=ANYBODY, methods=READ),
    "meetings_feed": Route(opens_to=ANYBODY, methods=READ),
    "meeting": Route(opens_to=ANYBODY, methods=READ, rows=MEETING),
    "meeting_ics": Route(opens_to=ANYBODY, methods=READ, rows=MEETING),
    "meetings_print": Route(opens_to=ANYBODY, methods=READ),
    "meetings_pdf": Route(opens_to=ANYBODY, methods=READ),
    "meeting_wrong": Route(opens_to=ANYBODY, methods=DO, rows=MEETING),
    "news": Route(opens_to=ANYBODY, methods=READ, rows={"token": "news"}),
    "calendar": Route(opens_to=ANYBODY, methods=READ, rows={"token": "calendar"}),
    "join": Route(opens_to=ANYBODY, methods=FORM, rows=TOKEN),
    "join_again": Route(opens_to=ANYBODY, methods=DO, rows=TOKEN),
    # Everybody with a log-in
    # The list of the day, for staff.
    "home": Route(opens_to=MEMBERS, methods=READ, looks=True),
    # Graduates, about themselves
    "today": Route(opens_to=GRADUATES, methods=READ),
    "plan": Route(opens_to=GRADUATES, methods=READ),
    "plan_add": Route(opens_to=GRADUATES, methods=FORM),
    "plan_change": Route(opens_to=OWNER | CARE, methods=FORM, rows=COMMITMENT, looks=True),
    "plan_end": Route(opens_to=OWNER | CARE, methods=DO, rows=COMMITMENT),
    "plan_restore": Route(opens_to=OWNER | CARE, methods=DO, rows=COMMITMENT),
    "plan_answer": Route(
        opens_to=OWNER | CARE, methods=DO, rows=COMMITMENT, form={"recurrence_id": "date"}
    ),
    "plan_date": Route(opens_to=OWNER | CARE, methods=FORM, rows=COMMITMENT | DATE, looks=True),
    "plan_skip": Route(opens_to=OWNER | CARE, methods=DO, rows=COMMITMENT, form=DATE),
    "plan_put_back": Route(opens_to=OWNER | CARE, methods=DO, rows=COMMITMENT, form=DATE),
    "plan_remind_again": Route(opens_to=OWNER | CARE, methods=DO, rows=COMMITMENT),
    "plan_pause": Route(opens_to=GRADUATES, methods=FORM),
    "plan_end_pause": Route(opens_to=OWNER | CARE, methods=DO, rows={"uid": "pause"}),
    "plan_calendar": Route(opens_to=GRADUATES, methods=FORM),
    "plan_calendar_off": Route(opens_to=GRADUATES, methods=DO),
    "meetings_saved": Route(opens_to=GRADUATES, methods=READ),
    "meeting_keep": Route(opens_to=GRADUATES, methods=DO, rows=MEETING),
    "meeting_went": Route(opens_to=GRADUATES, methods=DO, rows=MEETING),
    "attendance": Route(opens_to=GRADUATES, methods=READ),
    "attendance_proof": Route(opens_to=GRADUATES, methods=READ),
    "attendance_take_back": Route(opens_to=OWNER, methods=DO, rows={"uid": "visit"}),
    "checkins": Route(opens_to=GRADUATES, methods=READ),
    "checkin": Route(opens_to=OWNER, methods=FORM, rows={"uid": "check_in"}),
    "screenings": Route(opens_to=GRADUATES, methods=FORM),
    "screening": Route(opens_to=OWNER, methods=FORM, rows={"uid": "screening", "number": "number"}),
    # The help page leads everybody here; who is no graduate is sent on.
    "hard_moment": Route(opens_to=MEMBERS, methods=READ),
    "coping_steps": Route(opens_to=GRADUATES, methods=FORM),
    "call_me": Route(opens_to=GRADUATES, methods=DO),
    "setback": Route(opens_to=GRADUATES, methods=FORM),
    "setback_tell": Route(opens_to=OWNER, methods=DO),
    "checkin_offer": Route(opens_to=OWNER, methods=FORM, rows={"uid": "check_in"}),
    "cadence": Route(opens_to=GRADUATES, methods=FORM),
    "conversation": Route(opens_to=GRADUATES, methods=FORM),
    "join_phone": Route(opens_to=GRADUATES, methods=FORM),
    "join_send_code": Route(opens_to=GRADUATES, methods=DO),
    "join_texts": Route(opens_to=GRADUATES, methods=FORM),
    "me": Route(opens_to=GRADUATES, methods=READ),
    "pin": Route(opens_to=GRADUATES, methods=FORM),
    "me_words": Route(opens_to=GRADUATES, methods=DO),
    "me_quiet": Route(opens_to=GRADUATES, methods=DO),
    "me_texts": Route(opens_to=GRADUATES, methods=DO),
    "me_check_ins": Route(opens_to=GRADUATES, methods=DO),
    "me_pause": Route(opens_to=GRADUATES, methods=DO),
    "me_resume": Route(opens_to=GRADUATES, methods=DO),
    "me_calls": Route(opens_to=GRADUATES, methods=DO),
    "me_signals": Route(opens_to=GRADUATES, methods=READ),
    "me_explain": Route(opens_to=GRADUATES, methods=DO),
    "me_score": Route(opens_to=GRADUATES, methods=DO),
    "me_device": Route(opens_to=GRADUATES, methods=DO),
    "me_phone": Route(opens_to=GRADUATES, methods=DO, fresh=True),
    "me_old_phone": Route(opens_to=GRADUATES, methods=DO, fresh=True),
    "me_mail": Route(opens_to=GRADUATES, methods=DO),
    "me_phone_confirm": Route(opens_to=GRADUATES, methods=FORM),
    "me_send_code": Route(opens_to=GRADUATES, methods=DO),
    "me_data": Route(opens_to=GRADUATES, methods=READ),
    "me_data_file": Route(opens_to=GRADUATES, methods=READ, rows={"form": "own_form"}),
    "me_record": Route(opens_to=GRADUATES, methods=READ),
    "me_leave": Route(opens_to=GRADUATES, methods=FORM),
    # Who has left comes here; who has not is sent on.
    "me_leaving": Route(opens_to=GRADUATES, methods=FORM),
    "me_stop": Route(opens_to=GRADUATES, methods=DO),
    # Graduates, about what others are told
    "people": Route(opens_to=GRADUATES, methods=READ),
    "person_add": Route(opens_to=GRADUATES, methods=FORM),
    "person": Route(opens_to=OWNER, methods=READ, rows={"uid": "release"}),
    "person_sign": Route(opens_to=OWNER, methods=DO, rows={"uid": "release"}),
    "person_end": Route(opens_to=OWNER, methods=DO, rows={"uid": "release"}),
    "person_link": Route(opens_to=OWNER, methods=DO, rows={"uid": "release"}),
    "disclosures": Route(opens_to=GRADUATES, methods=READ),
    # Supporters; who was one meets a link that has ended
    "shared": Route(opens_to=SUPPORTERS, methods=READ),
    "shared_one": Route(opens_to=WITH_PAGE, methods=READ, rows={"uid": "release"}),
    # Staff, about their caseload
    "graduate_leave": Route(opens_to=CARE, methods=FORM, rows=GRADUATE, looks=True),
    "caseload": Route(opens_to=STAFF, methods=READ),
    "exports": Route(opens_to=STAFF, methods=FORM),
    "export_approve": Route(opens_to=OWN_LEAD, methods=DO, rows={"uid": "export"}),
    "export_fetch": Route(opens_to=WHO_CALLED, methods=DO, rows={"uid": "export"}),
    "caseload_balance": Route(opens_to=LEADS, methods=READ),
    "caseload_give": Route(
        opens_to=OWN_LEAD, methods=DO, form={"graduate": "graduate", "to": "role"}
    ),
    "caseload_give_all": Route(
        opens_to=OWN_LEAD, methods=DO, rows={"uid": "role"}, form={"to": "role"}
    ),
    "caseload_take_back": Route(opens_to=LEADS, methods=DO),
    "choose_digest": Route(opens_to=STAFF, methods=DO),
    "inbox": Route(opens_to=STAFF, methods=READ, looks=True),
    "inbox_whose": Route(opens_to=STAFF - {P.OTHER_LEAD}, methods=FORM, rows={"uid": "stranger"}),
    "safety": Route(opens_to=STAFF, methods=READ),
    "safety_item": Route(opens_to=CARE, methods=FORM, rows=ALARM, looks=True),
    "safety_take": Route(opens_to=CARE, methods=DO, rows=ALARM),
    "safety_resume": Route(opens_to=CARE, methods=DO, rows=ALARM),
    "mark_read": Route(opens_to=STAFF, methods=DO),
    "mark_unread": Route(opens_to=CARE, methods=DO, rows={"uid": "reply"}),
    "graduate": Route(opens_to=CARE, methods=READ, rows=GRADUATE, looks=True),
    "graduate_cadence": Route(
        opens_to=CARE, methods=FORM, rows={"graduate_uid": "graduate"}, looks=True
    ),
    "away": Route(opens_to=STAFF, methods=FORM),
    "away_back": Route(opens_to=CARE, methods=DO, rows={"uid": "absence"}),
    "graduate_phone": Route(opens_to=CARE, methods=READ, rows=GRADUATE, looks=True),
    "graduate_text": Route(opens_to=CARE, methods=FORM, rows=GRADUATE, looks=True),
    "graduate_attendance": Route(opens_to=CARE, methods=READ, rows=GRADUATE, looks=True),
    "attendance_sign": Route(opens_to=CARE, methods=DO, rows=GRADUATE, form={"line": "line"}),
    "graduate_card": Route(opens_to=CARE, methods=FORM, rows=GRADUATE, looks=True),
    "graduate_draft": Route(opens_to=CARE, methods=DO, rows=GRADUATE),
    "graduate_take_over": Route(opens_to=CARE, methods=DO, rows=GRADUATE),
    "graduate_hand_back": Route(opens_to=CARE, methods=DO, rows=GRADUATE),
    "inbox_writer": Route(
        opens_to=CARE, methods=DO, rows={"uid": "reply"}, form={"graduate": "graduate"}
    ),
    "graduate_plan_add": Route(
        opens_to=CARE, methods=FORM, rows={"graduate_uid": "graduate"}, looks=True
    ),
    "graduate_plan_pause": Route(
        opens_to=CARE, methods=FORM, rows={"graduate_uid": "graduate"}, looks=True
    ),
    "outreach_note": Route(opens_to=CARE, methods=FORM, rows=GRADUATE, looks=True),
    "outreach_draft": Route(opens_to=CARE, methods=DO, rows=GRADUATE),
    "outreach_take_back": Route(opens_to=WHO_CALLED, methods=DO, rows=CONTACT),
    "step_done": Route(opens_to=CARE, methods=DO, rows=CONTACT),
    "step_again": Route(opens_to=CARE, methods=DO, rows=CONTACT),
    "step_later": Route(opens_to=CARE, methods=DO, rows=CONTACT),
    "signal_snooze": Route(opens_to=CARE, methods=FORM, rows=SIGNAL, looks=True),
    "signal_wake": Route(opens_to=CARE, methods=DO, rows=SIGNAL),
    "signal_seen": Route(opens_to=CARE, methods=DO, rows=SIGNAL),
    "graduate_releases": Route(opens_to=CARE, methods=FORM, rows=GRADUATE, looks=True),
    "graduate_release": Route(opens_to=CARE, methods=FORM, rows=RELEASE, looks=True),
    "release_end": Route(opens_to=CARE, methods=DO, rows=RELEASE),
    "release_letter": Route(opens_to=CARE, methods=DO, rows=RELEASE),
    "graduate_emergency": Route(opens_to=CARE, methods=FORM, rows=GRADUATE, looks=True),
    "graduate_stop": Route(opens_to=CARE, methods=DO, rows=GRADUATE),
    # Records beyond a caseload, for who has opened one or was named for an audit
    "glass": Route(opens_to=STAFF, methods=FORM),
    "record": Route(opens_to=READERS, methods=READ, rows=GRADUATE, looks=True),
    "records": Route(opens_to=STAFF | OWN_AUDITOR, methods=READ),
    "oversight": Route(opens_to=LEADS, methods=READ),
    "glass_review": Route(opens_to=OWN_LEAD, methods=DO, rows={"uid": "glass"}),
    "emergency_seen": Route(opens_to=OWN_LEAD, methods=DO, rows={"uid": "emergency"}),
    "worry_done": Route(opens_to=OWN_LEAD, methods=DO, rows={"uid": "worry"}),
    "audit_add": Route(opens_to=LEADS, methods=FORM),
    "audit_end": Route(opens_to=OWN_LEAD, methods=DO, rows={"uid": "audit"}),
    "graduate_new": Route(opens_to=STAFF, methods=FORM),
    "roster_import": Route(opens_to=STAFF, methods=FORM),
    "graduate_link": Route(opens_to=CARE, methods=FORM, rows=GRADUATE, looks=True),
    "graduate_consent": Route(opens_to=CARE, methods=FORM, rows=GRADUATE, looks=True),
    "style": Route(opens_to=STAFF, methods=READ),
    "style_screen": Route(opens_to=STAFF, methods=READ, rows={"screen": "screen"}),
    # Whoever works with groups
    "meeting_reports": Route(opens_to=OF_GROUPS, methods=READ),
    "meeting_report_done": Route(opens_to=OF_GROUPS, methods=DO, rows={"uid": "report"}),
    "meeting_new": Route(opens_to=OF_GROUPS, methods=FORM),
    "meeting_close": Route(opens_to=OF_GROUPS, methods=FORM, rows=MEETING),
    "meeting_reopen": Route(opens_to=OF_GROUPS, methods=DO, rows={"uid": "closure"}),
    "meeting_edit": Route(opens_to=OF_GROUPS, methods=FORM, rows=MEETING),
    "meeting_every_week": Route(opens_to=OF_GROUPS, methods=DO, rows=MEETING),
    "broadcasts": Route(opens_to=OF_GROUPS, methods=READ),
    "broadcast_call_off": Route(opens_to=OWN_GROUPS, methods=FORM, rows={"uid": "group"} | DATE),
    "broadcast_take_back": Route(opens_to=OWN_GROUPS, methods=DO, rows={"uid": "broadcast"}),
    # One text, for who answers for its person and for who runs the program's portal
    "text_story": Route(opens_to=CARE | OWN_OPERATOR, methods=READ, rows=MESSAGE, looks=True),
    "text_decide": Route(opens_to=CARE | OWN_OPERATOR, methods=DO, rows=MESSAGE),
    "feeds": Route(opens_to=LEADS | OPERATORS, methods=READ),
    "feed": Route(opens_to=LEADS | OPERATORS, methods=READ, rows={"uid": "feed"}),
    "feed_decide": Route(opens_to=LEADS | OPERATORS, methods=DO, rows={"uid": "import_run"}),
    "operations": Route(opens_to=OPERATORS, methods=READ),
    "sender_pace": Route(opens_to=OWN_OPERATOR, methods=DO, rows={"uid": "sender"}),
    # Leads, about their program
    "report": Route(opens_to=LEADS, methods=READ),
    "report_export": Route(opens_to=LEADS, methods=FORM),
    "programs": Route(opens_to=LEADS, methods=READ),
    "program_segments": Route(opens_to=LEADS, methods=DO),
    "program": Route(opens_to=OWN_LEAD, methods=FORM, rows=PROGRAM),
    "program_cadence": Route(opens_to=OWN_LEAD, methods=FORM, rows=PROGRAM),
    "program_staff": Route(opens_to=OWN_LEAD, methods=FORM, rows=PROGRAM),
    "program_safety": Route(opens_to=OWN_LEAD, methods=FORM, rows=PROGRAM),
    "program_safety_approve": Route(opens_to=OWN_LEAD, methods=DO, rows=PROGRAM),
    "program_safety_switch": Route(opens_to=OWN_LEAD, methods=DO, rows=PROGRAM),
    "duty_test": Route(opens_to=OWN_LEAD, methods=DO, rows=DUTY),
    "duty_on_call": Route(opens_to=OWN_LEAD, methods=DO, rows=DUTY),
    "duty_end": Route(opens_to=OWN_LEAD, methods=DO, rows=DUTY),
    "program_alerts": Route(opens_to=OWN_LEAD, methods=FORM, rows=PROGRAM),
    "program_move_line": Route(opens_to=OWN_LEAD, methods=DO, rows=PROGRAM),
    "program_holidays": Route(opens_to=OWN_LEAD, methods=FORM, rows=PROGRAM),
    "program_instruments": Route(opens_to=OWN_LEAD, methods=FORM, rows=PROGRAM),
    "program_instrument": Route(
        opens_to=OWN_LEAD, methods=FORM, rows=PROGRAM | {"code": "instrument"}
    ),
    "program_remove_holiday": Route(
        opens_to=OWN_LEAD, methods=DO, rows={"uid": "program", "holiday_uid": "holiday"}
    ),
    "program_end_role": Route(
        opens_to=OWN_LEAD, methods=DO, rows={"uid": "program", "role_uid": "role"}
    ),
}

# The log-in library's, by the same rule; it decides itself which methods it takes.
KEY = {"key": "nothing"}
LOG_IN = {
    "account_login": Route(opens_to=ANYBODY, methods=READ, rate=("login", "login_failed")),
    "account_logout": Route(opens_to=ANYBODY, methods=READ),
    "account_inactive": Route(opens_to=ANYBODY, methods=READ),
    "account_signup": Route(opens_to=ANYBODY, methods=READ),
    "account_email_verification_sent": Route(opens_to=ANYBODY, methods=READ),
    "account_confirm_email": Route(opens_to=ANYBODY, methods=READ, rows=KEY),
    "account_request_login_code": Route(
        opens_to=ANYBODY, methods=READ, rate=("request_login_code",)
    ),
    "account_confirm_login_code": Route(opens_to=ANYBODY, methods=READ),
    "account_reset_password": Route(opens_to=ANYBODY, methods=READ, rate=("reset_password",)),
    "account_reset_password_done": Route(opens_to=ANYBODY, methods=READ),
    "account_reset_password_from_key": Route(
        opens_to=ANYBODY,
        methods=READ,
        rows={"uidb36": "number", "key": "nothing"},
        rate=("reset_password_from_key",),
    ),
    "account_reset_password_from_key_done": Route(opens_to=ANYBODY, methods=READ),
    "fresh_code": Route(opens_to=MEMBERS, methods=READ),
    "device_end": Route(opens_to=MEMBERS, methods=DO),
    "account_reauthenticate": Route(opens_to=MEMBERS, methods=READ, rate=("reauthenticate",)),
    "account_email": Route(opens_to=MEMBERS, methods=READ, fresh=True, rate=("manage_email",)),
    "account_change_password": Route(opens_to=MEMBERS, methods=READ, rate=("change_password",)),
    "account_set_password": Route(
        opens_to=MEMBERS, methods=READ, fresh=True, rate=("change_password",)
    ),
    "mfa_authenticate": Route(opens_to=ANYBODY, methods=READ, rate=("login_failed",)),
    "mfa_login_webauthn": Route(opens_to=ANYBODY, methods=READ, rate=("webauthn_login",)),
    "mfa_index": Route(opens_to=MEMBERS, methods=READ),
    "mfa_reauthenticate": Route(opens_to=MEMBERS, methods=READ, rate=("login_failed",)),
    "mfa_activate_totp": Route(opens_to=MEMBERS, methods=READ, fresh=True),
    "mfa_deactivate_totp": Route(opens_to=MEMBERS, methods=READ, fresh=True),
    "mfa_view_recovery_codes": Route(opens_to=MEMBERS, methods=READ, fresh=True),
    "mfa_generate_recovery_codes": Route(opens_to=MEMBERS, methods=READ, fresh=True),
    "mfa_download_recovery_codes": Route(opens_to=MEMBERS, methods=READ, fresh=True),
    "mfa_list_webauthn": Route(opens_to=MEMBERS, methods=READ),
    "mfa_add_webauthn": Route(opens_to=MEMBERS, methods=READ, fresh=True),
    "mfa_reauthenticate_webauthn": Route(opens_to=MEMBERS, methods=READ),
    "mfa_remove_webauthn": Route(opens_to=MEMBERS, methods=READ, rows={"pk": "number"}, fresh=True),
    "mfa_edit_webauthn": Route(opens_to=MEMBERS, methods=READ, rows={"pk": "number"}, fresh=True),
    "usersessions_list": Route(opens_to=MEMBERS, methods=READ),
}
