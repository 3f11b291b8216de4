"""Which tables hold something of a graduate, and which rows of them; or why a copy leaves them out.

45 CFR 164.524 gives people a copy of what is kept of them. What is left out is named in LEFT_OUT and
in the `without` of a table, and every copy says so.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import record
from aftercare.models import (
    Alarm,
    Answer,
    Assignment,
    Attestation,
    AuditEntry,
    CalendarLink,
    CheckIn,
    Commitment,
    Contact,
    CopingPlan,
    DateChange,
    Disclosure,
    DisengagementSignal,
    Expectation,
    GlassBreak,
    Graduate,
    Inspection,
    Outreach,
    PlanPause,
    Release,
    Reminder,
    Reply,
    SavedMeeting,
    Screening,
    ScreeningAnswer,
    Setback,
    Touch,
    ToughDay,
    Visit,
)
from notifications.models import Address, ConsentEvent, InboundMessage, Message

STAFF_NOTES = _("what staff noted for their work; you get it from your counselor on request")
FINGERPRINT = _("a fingerprint of a secret")
SORTING = _("how the portal sorts what staff look at first")

# Tables with rows of people that a copy leaves out whole.
LEFT_OUT: Mapping[str, str | Promise] = {
    "aftercare.Departure": _("until when an account may be kept after all; the page says it"),
    "aftercare.Takeover": _("which of the staff answered meanwhile"),
    "aftercare.MeetingNews": _("whether a change of a meeting was told; the text itself is there"),
    "aftercare.PhoneCode": FINGERPRINT,
    "aftercare.Invitation": FINGERPRINT,
    "aftercare.TextDraft": _("what staff have not sent"),
    "aftercare.Submission": _("keys of forms, of no meaning outside"),
    "notifications.Attempt": _("each try to send a text; what became of it stands with the text"),
    "notifications.Callback": _("each report on a text; what became of it stands with the text"),
    "notifications.Decision": _("what staff decided on a text; its state says what came of it"),
    "account.EmailConfirmation": FINGERPRINT,
    "mfa.Authenticator": _("secrets by which you log in"),
    "sessions.Session": _("secrets by which you are logged in; the devices are listed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the copy: which rows are a graduate's, and what a reader on paper is shown of each.

    `without` maps columns that are left out to the reason.
    """

    model: type[models.Model]
    title: str | Promise
    rows: Callable[[Graduate], "QuerySet[Any]"]
    when: str = ""
    what: tuple[str, ...] = ()
    without: Mapping[str, str | Promise] = field(default_factory=dict)


def _by(model: type[models.Model], *paths: str) -> Callable[[Graduate], "QuerySet[Any]"]:
    def rows(graduate: Graduate) -> "QuerySet[Any]":
        mine = Q(pk__in=[])
        for path in paths:
            mine |= Q(**{path: graduate})
        return model._default_manager.filter(mine).distinct()

    return rows


def _of(model: type[models.Model], title: str | Promise, path: str, when: str, *what: str) -> Table:
    return Table(model=model, title=title, rows=_by(model, path), when=when, what=what)


def _of_user(model: type[models.Model], path: str) -> Callable[[Graduate], "QuerySet[Any]"]:
    return lambda graduate: model._default_manager.filter(
        **{f"{path}__isnull": False, path: graduate.user_id}
    )


def _consents(graduate: Graduate) -> "QuerySet[Any]":
    """On a shared phone the others' words are theirs."""
    own = Contact.objects.filter(graduate=graduate, shared=False)
    everywhere = Q(program__isnull=True) | Q(program=graduate.program_id)
    return ConsentEvent.objects.filter(everywhere, address__in=own.values("address"))


def tables(*, at: datetime) -> tuple[Table, ...]:
    """Every table of a copy made at an instant, in the order a reader would ask for it."""
    return (*_person(), *_plan(), *_said(), *_told(at), *_account(), _looks(at))


def _person() -> Iterator[Table]:
    yield Table(
        model=Graduate,
        title=_("You"),
        rows=lambda graduate: Graduate.objects.filter(pk=graduate.pk),
        when="joined_at",
        what=("first_name", "last_name", "status", "graduated_on", "contact_card"),
        without={"assess_at": SORTING},
    )
    yield Table(
        model=Address,
        title=_("Your phones and mailboxes"),
        rows=_by(Address, "contacts__graduate"),
        when="created_at",
        what=("value",),
        without={"index": FINGERPRINT},
    )
    yield Table(
        model=Contact,
        title=_("How we reach you"),
        rows=_by(Contact, "graduate"),
        when="since",
        what=("shared",),
        without={"pin": FINGERPRINT},
    )
    yield Table(
        model=ConsentEvent,
        title=_("What you agreed to"),
        rows=_consents,
        when="at",
        what=("scope", "granted", "source", "words"),
    )
    yield Table(
        model=Attestation,
        title=_("What was read aloud to you"),
        rows=_by(Attestation, "contact__graduate"),
        when="at",
        what=("about", "words"),
    )
    yield _of(Assignment, _("Your counselors"), "graduate", "since", "until")


def _told(at: datetime) -> Iterator[Table]:
    yield Table(
        model=Release,
        title=_("Whom we may tell something"),
        rows=_by(Release, "graduate"),
        when="created_at",
        what=("recipient", "items", "purpose", "words"),
        without=dict.fromkeys(("code_hash", "form_hash"), FINGERPRINT),
    )
    yield Table(
        model=Disclosure,
        title=_("What others were told about you"),
        rows=_by(Disclosure, "graduate"),
        when="at",
        what=("recipient", "basis", "items", "what", "purpose"),
    )
    yield Table(
        model=GlassBreak,
        title=_("When your record was opened in need"),
        rows=lambda graduate: record.breaks_told_to(graduate=graduate, at=at),
        when="at",
        what=("reason",),
        without=dict.fromkeys(("words", "note", "withheld_because"), STAFF_NOTES),
    )
    yield Table(
        model=Inspection,
        title=_("Audits that could read your record"),
        rows=_by(Inspection, "graduates"),
        when="since",
        what=("until",),
        without=dict.fromkeys(("purpose", "agreement", "agreement_hash"), STAFF_NOTES),
    )


def _plan() -> Iterator[Table]:
    yield Table(
        model=Commitment,
        title=_("Your plan"),
        rows=_by(Commitment, "graduate"),
        when="created_at",
        what=("kind", "title", "place", "join_link"),
        without={"settle_at": SORTING, "planned_until": SORTING},
    )
    yield Table(
        model=DateChange,
        title=_("Dates that went another way"),
        rows=_by(DateChange, "commitment__graduate"),
        when="changed_at",
        what=("recurrence_id", "kind", "moved_on"),
    )
    yield Table(
        model=PlanPause,
        title=_("Pauses"),
        rows=_by(PlanPause, "graduate", "commitment__graduate"),
        when="first_on",
        what=("last_on",),
    )
    yield Table(
        model=Expectation,
        title=_("What became of your dates and check-ins"),
        rows=_by(Expectation, "graduate"),
        when="opened_at",
        what=("kind", "outcome", "reason"),
    )
    yield _of(Visit, _("Where you went"), "graduate", "starts_at", "title", "place", "proof")
    yield _of(SavedMeeting, _("Meetings you keep at hand"), "graduate", "saved_at", "meeting")
    yield _of(Reminder, _("Reminders"), "commitment__graduate", "due_at", "state")
    yield Table(
        model=CalendarLink,
        title=_("Your calendar address"),
        rows=_by(CalendarLink, "graduate"),
        when="changed_at",
        what=("full_titles",),
        without={"token_hash": FINGERPRINT},
    )


def _said() -> Iterator[Table]:
    yield Table(
        model=CheckIn,
        title=_("Check-ins"),
        rows=_by(CheckIn, "graduate"),
        when="opens_at",
        what=("state",),
        without={"nudge_at": SORTING},
    )
    yield _of(Answer, _("Your answers"), "check_in__graduate", "at", "question", "content")
    yield _of(Screening, _("Questionnaires"), "graduate", "begun_at", "instrument", "scores")
    yield Table(
        model=ScreeningAnswer,
        title=_("Answers to questionnaires"),
        rows=_by(ScreeningAnswer, "screening__graduate"),
        when="at",
        what=("item", "content"),
    )
    yield Table(
        model=CopingPlan,
        title=_("What helps you in a hard moment"),
        rows=_by(CopingPlan, "graduate"),
        when="changed_at",
        what=("content",),
    )
    yield _of(ToughDay, _("Hard days ahead"), "graduate", "on", "note")
    yield _of(Setback, _("Setbacks you told us of"), "graduate", "at", "may_be_told")
    yield _of(Touch, _("Hellos"), "graduate", "on", "kind", "state")
    yield Table(
        model=Message,
        title=_("What we wrote to you"),
        rows=lambda graduate: Message.objects.filter(about=graduate.uid),
        when="queued_at",
        what=("body", "state"),
        without=dict.fromkeys(("key", "lane", "next_at", "unsettled_at"), SORTING),
    )
    yield Table(
        model=InboundMessage,
        title=_("What you wrote to us"),
        rows=_by(InboundMessage, "reply__graduate"),
        when="received_at",
        what=("body",),
        without=dict.fromkeys(("provider_id", "next_ask_at", "asks"), SORTING),
    )
    yield Table(
        model=Reply,
        title=_("How we read what you wrote"),
        rows=_by(Reply, "graduate"),
        when="at",
        what=("kind",),
        without=dict.fromkeys(("tier", "crisis_class", "follow_up_at"), SORTING),
    )
    yield Table(
        model=Outreach,
        title=_("When staff reached out to you"),
        rows=_by(Outreach, "graduate"),
        when="at",
        what=("way", "outcome"),
        without=dict.fromkeys(("note", "next_step", "next_on", "next_done_at"), STAFF_NOTES),
    )
    yield Table(
        model=DisengagementSignal,
        title=_("When we wondered how you are"),
        rows=_by(DisengagementSignal, "graduate"),
        when="opened_at",
        what=("kind",),
        without=dict.fromkeys(("points", "reasons", "snooze_reason", "answer_by"), SORTING),
    )
    yield Table(
        model=Alarm,
        title=_("When we worried for your safety"),
        rows=_by(Alarm, "graduate"),
        when="opened_at",
        what=("cause", "outcome"),
        without={"note": STAFF_NOTES, "code": FINGERPRINT, "next_at": SORTING, "ask_at": SORTING},
    )


def _account() -> Iterator[Table]:
    user, mailbox = get_user_model(), apps.get_model("account", "EmailAddress")
    device = apps.get_model("usersessions", "UserSession")
    yield Table(
        model=user,
        title=_("Your log-in"),
        rows=_of_user(user, "pk"),
        when="created_at",
        what=("email", "name"),
        without={"password": FINGERPRINT},
    )
    yield Table(
        model=mailbox,
        title=_("Mailboxes of your log-in"),
        rows=_of_user(mailbox, "user"),
        what=("email",),
    )
    yield Table(
        model=device,
        title=_("Devices you are signed in on"),
        rows=_of_user(device, "user"),
        when="last_seen_at",
        what=("user_agent", "ip"),
        without={"session_key": FINGERPRINT},
    )


def _looks(at: datetime) -> Table:
    return Table(
        model=AuditEntry,
        title=_("Who looked at your record"),
        rows=lambda graduate: record.rows_told_to(graduate=graduate, at=at),
        when="at",
        what=("verb", "role"),
        without={"sealed": FINGERPRINT, "seal": FINGERPRINT},
    )
