"""What a counselor does about a signal: a contact with its outcome, a rest, the next step."""

import uuid
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aftercare import access, outreach, writing
from aftercare.engagement import rows
from aftercare.models import Graduate, Outreach, TextDraft
from portal.forms.outreach import OutreachForm, SnoozeForm
from portal.http import Request, is_taken_in, once, staff_only
from portal.views.staff import back, came_from, part

NOTE = TextDraft.Kind.NOTE


@staff_only
@once
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Record a contact: how it went, what was said, what comes next."""
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    begun = writing.begun(graduate=person, author=request.user, kind=NOTE)
    form = _form(request, person, draft=begun)
    if request.method == "POST" and form.is_valid():
        outreach.note(
            graduate=person,
            actor=request.standing.actor(person.program_id),
            at=request.at,
            **form.cleaned_data,
        )
        messages.success(request, _("Saved."))
        return back(request, default=_page_of(uid))
    context = {
        "graduate": person,
        "form": form,
        "is_begun": bool(begun),
        "next": came_from(request, default=_page_of(uid)),
    }
    return part(request, "outreach/note.html", "outreach/_note.html", context, uid=uid)


def _form(request: Request, person: Graduate, *, draft: str = "") -> OutreachForm:
    """The form of a contact: as it is posted, else as it was left."""
    initial = OutreachForm.taken_up(draft=draft)
    if not initial and request.GET.get("outcome") in Outreach.Outcome.values:
        initial = {"outcome": request.GET["outcome"]}
    return OutreachForm(
        request.POST or None,
        initial=initial,
        signals=rows.signal_rows(graduate=person),
        today=_today(request, person),
        auto_id=f"note-{person.uid}-%s",
    )


@staff_only
@require_POST
def draft(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Keep what is written about a contact while it is written."""
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    if not is_taken_in(request):
        body = _form(request, person).kept()
        writing.keep(graduate=person, author=request.user, kind=NOTE, body=body, at=request.at)
    return HttpResponse(status=204)


@staff_only
@once
@require_POST
def take_back(request: Request, uid: uuid.UUID, contact: uuid.UUID) -> HttpResponseBase:
    """Undo: the contact was recorded by mistake."""
    return _do(request, uid, outreach.take_back, _("Taken back."), outreach=contact)


@staff_only
@once
@require_http_methods(["GET", "HEAD", "POST"])
def snooze(request: Request, uid: uuid.UUID, signal: uuid.UUID) -> HttpResponseBase:
    """Set one signal aside until a day, for a reason."""
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    shown = {row.uid: row for row in rows.signal_rows(graduate=person)}
    if signal not in shown:
        raise access.NotYours
    form = SnoozeForm(
        request.POST or None, today=_today(request, person), auto_id=f"rest-{signal}-%s"
    )
    if request.method == "POST" and form.is_valid():
        try:
            outreach.snooze(
                graduate=person,
                signal=signal,
                actor=request.standing.actor(person.program_id),
                at=request.at,
                **form.cleaned_data,
            )
        except outreach.UrgentMayNotWait:
            form.add_error(None, _("This cannot wait. Please call, and write down how it went."))
        else:
            messages.success(request, _("Set aside. It comes back by itself."))
            return back(request, default=_page_of(uid))
    context = {
        "graduate": person,
        "signal": shown[signal],
        "form": form,
        "next": came_from(request, default=_page_of(uid)),
    }
    return part(request, "outreach/snooze.html", "outreach/_snooze.html", context, uid=uid)


@staff_only
@once
@require_POST
def wake(request: Request, uid: uuid.UUID, signal: uuid.UUID) -> HttpResponseBase:
    """Take a signal back that was set aside."""
    return _do(request, uid, outreach.wake, _("It is back on the list."), signal=signal)


@staff_only
@once
@require_POST
def seen(request: Request, uid: uuid.UUID, signal: uuid.UUID) -> HttpResponseBase:
    """Say that somebody has seen an urgent signal and is on it."""
    return _do(request, uid, outreach.acknowledge, _("Thank you for taking it."), signal=signal)


@staff_only
@once
@require_POST
def step_done(request: Request, uid: uuid.UUID, contact: uuid.UUID) -> HttpResponseBase:
    """The next step is done."""
    return _do(request, uid, outreach.finish_step, _("Done."), outreach=contact)


@staff_only
@once
@require_POST
def step_again(request: Request, uid: uuid.UUID, contact: uuid.UUID) -> HttpResponseBase:
    """Undo: the next step is not done after all."""
    return _do(request, uid, outreach.reopen_step, _("It is back on the list."), outreach=contact)


@staff_only
@once
@require_POST
def step_later(request: Request, uid: uuid.UUID, contact: uuid.UUID) -> HttpResponseBase:
    """The next step waits until tomorrow."""
    return _do(request, uid, outreach.postpone_step, _("Moved to tomorrow."), outreach=contact)


def _do(
    request: Request, uid: uuid.UUID, verb: Callable[..., Any], said: str, **what: uuid.UUID
) -> HttpResponseBase:
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    actor = request.standing.actor(person.program_id)
    verb(graduate=person, actor=actor, at=request.at, **what)
    messages.success(request, said)
    return back(request, default=_page_of(uid))


def _page_of(uid: uuid.UUID) -> str:
    return reverse("graduate", args=[uid])


def _today(request: Request, person: Graduate) -> Any:
    return request.at.astimezone(ZoneInfo(person.program.time_zone)).date()
