"""Pages by which staff bring people in: a new graduate, a new link, consent at a desk, a roster."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from aftercare import access, consent_words, enrolment, invitations, programs, roster
from aftercare.models import Graduate, Invitation, Role
from aftercare.roster_file import COLUMNS, Unreadable
from aftercare.wording import SaysTooMuch
from notifications.kinds import Scope
from notifications.models import Program
from notifications.outbox import NoSender
from portal.forms.enrolment import (
    ASKED,
    FACE_TO_FACE,
    AttestForm,
    FirstPlan,
    InviteForm,
    LinkForm,
    RosterForm,
)
from portal.http import INVALID, Request, once, page, staff_only


def _programs(request: Request) -> list[Program]:
    return request.standing.programs(Role.Kind.COUNSELOR, Role.Kind.LEAD)


def _invite_form(request: Request) -> InviteForm:
    places = _programs(request)
    counselors = [role for place in places for role in programs.counselors(program=place)]
    own = next((role for role in counselors if role.user_id == request.user.pk), None)
    return InviteForm(
        request.POST or None,
        counselors=counselors,
        leaderless=request.standing.programs(Role.Kind.LEAD),
        initial={
            "time_zone": places[0].time_zone,
            "language": "en",
            "counselor": str(own.uid) if own else "",
            "way": Invitation.Way.TEXT,
        },
    )


@staff_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def new(request: Request) -> HttpResponseBase:
    """Add a graduate with a first plan, and let them in."""
    form = _invite_form(request)
    plan = FirstPlan(request.POST or None, prefix="plan")
    if request.method == "POST" and form.is_valid() and plan.is_valid():
        response = _invite(request, form, plan)
        if response is not None:
            return response
    status = INVALID if request.method == "POST" else 200
    has_plan = any(line.has_changed() for line in plan)
    context = {"form": form, "plan": plan, "has_plan": has_plan}
    return page(request, "enrolment/new.html", context, status=status)


def _invite(request: Request, form: InviteForm, plan: Any) -> HttpResponseBase | None:
    """The page that follows, or None where the form has got an error meanwhile."""
    newcomer = form.newcomer()
    starts_on = request.at.date()
    drafts = [line.draft(time_zone=newcomer.time_zone, starts_on=starts_on) for line in plan]
    common: dict[str, Any] = {
        "program": form.program,
        "newcomer": newcomer,
        "counselor": form.role,
        "actor": request.standing.actor(form.program),
        "at": request.at,
        "drafts": [draft for draft in drafts if draft is not None],
        "may_share": form.cleaned_data["share"],
    }
    way = form.cleaned_data["way"]
    try:
        if way == FACE_TO_FACE:
            graduate = enrolment.add(**common)
            return redirect("graduate_consent", uid=graduate.uid)
        invited = enrolment.invite(
            **common, way=Invitation.Way(way), attested_words=str(ASKED) if way == "text" else ""
        )
    except enrolment.AlreadyHere as error:
        form.refuse(error.field)
    except (NoSender, SaysTooMuch) as error:
        form.add_error("way", str(error))
    else:
        return _link_page(request, graduate=invited.graduate, issued=invited)
    return None


def _link_page(
    request: Request, *, graduate: Graduate, issued: enrolment.Invited | invitations.Issued
) -> HttpResponseBase:
    """Shown in answer to the post itself: the link is kept nowhere, so it can be seen once only."""
    context = {
        "graduate": graduate,
        "invitation": issued.invitation,
        "link": issued.link if issued.invitation.way == Invitation.Way.BY_HAND else "",
    }
    return page(request, "enrolment/invited.html", context)


@staff_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def link(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """A new link for somebody whose first one is lost, used or expired."""
    graduate = access.graduate_of_caseload(standing=request.standing, uid=uid)
    form = LinkForm(request.POST or None, initial={"way": Invitation.Way.TEXT})
    if request.method == "POST" and form.is_valid():
        try:
            issued = invitations.hand_out(
                graduate=graduate,
                way=Invitation.Way(form.cleaned_data["way"]),
                actor=request.standing.actor(graduate.program),
                at=request.at,
                attested_words=str(ASKED) if form.cleaned_data["asked"] else "",
            )
        except (invitations.NoWay, NoSender, SaysTooMuch) as error:
            form.add_error("way", _explain(error))
        else:
            return _link_page(request, graduate=graduate, issued=issued)
    status = INVALID if request.method == "POST" else 200
    return page(request, "enrolment/link.html", {"form": form, "graduate": graduate}, status=status)


def _explain(error: Exception) -> str:
    if isinstance(error, invitations.NoWay):
        return _("There is no such number or mailbox on file. Choose another way.")
    return str(error)


@staff_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def consent(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Face to face: the words to read aloud, and who vouches that they were read."""
    graduate = access.graduate_of_caseload(standing=request.standing, uid=uid)
    alias = graduate.program.alias
    aloud = consent_words.words(scopes=Scope, alias=alias, language=graduate.language)
    form = AttestForm(request.POST or None, alias=alias)
    if request.method == "POST" and form.is_valid():
        try:
            enrolment.enrol_by_text(
                graduate=graduate,
                words=aloud,
                scopes=form.scopes,
                actor=request.standing.actor(graduate.program),
                at=request.at,
            )
        except (invitations.NoWay, NoSender) as error:
            form.add_error(None, _explain(error))
        else:
            messages.success(
                request, _("One text asks them to agree. Nothing else is sent before that.")
            )
            # While they are here: how and when may we call?
            return redirect("graduate_card", uid=graduate.uid)
    context = {"form": form, "graduate": graduate, "aloud": aloud}
    status = INVALID if request.method == "POST" else 200
    return page(request, "enrolment/consent.html", context, status=status)


@staff_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def import_roster(request: Request) -> HttpResponseBase:
    """A list of graduates: checked first, and taken in by a second press."""
    places = _programs(request)
    form = RosterForm(request.POST or None, request.FILES or None, programs=places)
    context: dict[str, Any] = {"form": form, "columns": COLUMNS}
    status = 200
    if request.method == "POST":
        status = _read_roster(request, form, context) if form.is_valid() else INVALID
    return page(request, "enrolment/import.html", context, status=status)


def _read_roster(request: Request, form: RosterForm, context: dict[str, Any]) -> int:
    """Fill the page with what the list holds; the status of the answer."""
    content = form.content()
    known: dict[str, Any] = {
        "content": content,
        "program": form.chosen,
        "allow_fictitious": settings.ALLOW_FICTITIOUS_NUMBERS,
    }
    try:
        if "take_in" in request.POST:
            report = roster.take_in(
                **known,
                actor=request.standing.actor(form.chosen),
                at=request.at,
                asked_words=_roster_words(form),
            )
        else:
            report = roster.check(**known)
            context["checked"] = content.decode("utf-8", errors="replace")
    except Unreadable as error:
        form.add_error("file", str(error))
        return INVALID
    context["report"] = report
    return INVALID if report.errors else 200


def _roster_words(form: RosterForm) -> str:
    return str(form.fields["asked"].label) if form.cleaned_data["asked"] else ""
