"""Consents as staff handle them: read aloud, ended for the graduate, letters, emergencies, an end to texts."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from aftercare import (
    access,
    disclosure,
    grants,
    optouts,
    oversight,
    release_words,
    releases,
)
from aftercare.models import Graduate, Release
from notifications.models import ConsentEvent
from notifications.outbox import NoSender
from portal.forms.trust import AloudForm, EmergencyForm, LetterForm, StaffReleaseForm
from portal.http import INVALID, Request, once, page, staff_only


@staff_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def index(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Whom a graduate lets be told what; a new one is written down with them."""
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    form = StaffReleaseForm(request.POST or None, today=timezone.localdate(request.at))
    if request.method == "POST" and form.is_valid():
        try:
            release = releases.write(
                graduate=person,
                draft=form.draft(),
                language=person.language,
                actor=request.standing.actor(person.program_id),
                at=request.at,
            )
        except releases.BadEnd:
            form.add_error("last_on", _("Choose a day from today on, a year at most."))
        else:
            return redirect("graduate_release", uid=uid, release_uid=release.uid)
    context = {
        "graduate": person,
        "form": form,
        "rows": releases.rows(graduate=person, at=request.at),
        "lines": disclosure.ledger(graduate=person),
        "has_stopped": optouts.has_stopped(graduate=person),
        "at": request.at,
    }
    status = INVALID if request.method == "POST" else 200
    return page(request, "consents/index.html", context, status=status)


def _found(request: Request, uid: uuid.UUID, release_uid: uuid.UUID) -> tuple[Graduate, Release]:
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    return person, grants.release_of(graduate=person, uid=release_uid)


@staff_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def one(request: Request, uid: uuid.UUID, release_uid: uuid.UUID) -> HttpResponseBase:
    """One consent: its words to read aloud, and the text that asks for the yes."""
    person, release = _found(request, uid, release_uid)
    form = AloudForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        problem = _ask(request, person, release)
        if not problem:
            messages.success(request, _("One text asks for their yes. It holds once they answer."))
            return redirect("graduate_releases", uid=uid)
        form.add_error(None, problem)
    status = INVALID if request.method == "POST" else 200
    return _show(request, person, release, status=status, form=form)


def _show(
    request: Request, person: Graduate, release: Release, status: int = 200, **more: Any
) -> HttpResponseBase:
    context = {
        "graduate": person,
        "row": releases.row_of(release=release, at=request.at),
        "form": AloudForm(),
        "letter": LetterForm(),
        **more,
    }
    return page(request, "consents/one.html", context, status=status)


def _ask(request: Request, person: Graduate, release: Release) -> str:
    """Ask for the yes by text; what to say where that cannot be."""
    actor = request.standing.actor(person.program_id)
    try:
        releases.ask_by_text(release=release, actor=actor, at=request.at)
    except releases.NoPhone:
        return _("There is no phone that could answer. They can sign on their own page.")
    except releases.NotPrivate:
        return _("Others see this phone. They can sign on their own page, behind their PIN.")
    except (releases.AlreadySigned, release_words.Incomplete):
        return _("This can no longer be signed. Write a new one.")
    except NoSender as error:
        return str(error)
    return ""


@staff_only
@never_cache
@require_POST
@once
def end(request: Request, uid: uuid.UUID, release_uid: uuid.UUID) -> HttpResponseBase:
    """End a consent because the graduate says so, or because its event has happened."""
    person, release = _found(request, uid, release_uid)
    actor = request.standing.actor(person.program_id)
    if "happened" in request.POST:
        releases.note_event(release=release, actor=actor, at=request.at)
    else:
        releases.revoke(release=release, actor=actor, at=request.at)
    messages.success(request, _("Ended. From now on they are told nothing."))
    return redirect("graduate_releases", uid=uid)


@staff_only
@never_cache
@require_POST
def letter(request: Request, uid: uuid.UUID, release_uid: uuid.UUID) -> HttpResponseBase:
    """A letter under a consent, as PDF; each one stands in the ledger, so there is no key against a second."""
    # Only a PDF needs its library, which brings a library of pictures with it.
    from aftercare import letters

    person, release = _found(request, uid, release_uid)
    form = LetterForm(request.POST)
    if not form.is_valid():
        return _show(request, person, release, status=INVALID, letter=form)
    try:
        written = letters.write(
            release=release,
            words=form.cleaned_data["words"],
            actor=request.standing.actor(person.program_id),
            at=request.at,
        )
    except disclosure.NotAllowed:
        form.add_error(None, _("No consent in force covers a letter to them."))
        return _show(request, person, release, status=INVALID, letter=form)
    response = HttpResponse(written.pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="letter.pdf"'
    return response


@staff_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def emergency(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Write down what medical personnel were told in an emergency."""
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    form = EmergencyForm(request.POST) if request.POST else EmergencyForm.blank(request.at)
    if request.method == "POST" and form.is_valid():
        try:
            oversight.tell_in_emergency(
                graduate=person,
                **form.cleaned_data,
                actor=request.standing.actor(person.program_id),
                at=request.at,
            )
        except disclosure.NotWrittenDown as error:
            form.add_error(error.field, _("Write down what was told, to whom, why, and when."))
        else:
            messages.success(request, _("Written down. The program's leads see it."))
            return redirect("graduate_releases", uid=uid)
    status = INVALID if request.method == "POST" else 200
    context = {"graduate": person, "form": form}
    return page(request, "consents/emergency.html", context, status=status)


@staff_only
@never_cache
@require_POST
@once
def stop(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """They told a counselor that nothing is to be sent any more: done at once."""
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    optouts.stop(
        graduate=person,
        words="told to staff",
        source=ConsentEvent.Source.STAFF,
        actor=request.standing.actor(person.program_id),
        at=request.at,
    )
    messages.success(request, _("Done. Nothing is sent to them any more."))
    return redirect("graduate_releases", uid=uid)
