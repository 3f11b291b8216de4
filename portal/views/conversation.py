"""The conversation: a graduate's own page of it, a text that staff write, and who answers."""

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from aftercare import (
    access,
    conversation,
    handling,
    morning,
    outreach,
    profile,
    replies,
    writing,
)
from aftercare.engagement import rows
from aftercare.models import Graduate
from aftercare.writing import Look
from notifications import outbox
from portal.forms.conversation import OwnTextForm, TextForm
from portal.http import (
    INVALID,
    ONCE,
    Request,
    graduate_only,
    is_taken_in,
    once,
    page,
    staff_only,
)
from portal.views.staff import back, came_from, place, until_of


@graduate_only
@once
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: Request) -> HttpResponseBase:
    """Everything that was said by text and on pages, and a box to write in."""
    graduate = access.own_graduate(standing=request.standing)
    form = OwnTextForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _take_in(request, graduate, form.cleaned_data["body"])
    context = {
        "graduate": graduate,
        "form": form,
        "thread": conversation.own_thread(graduate=graduate, until=until_of(request)),
        "handler": handling.handler_of(graduate=graduate, at=request.at),
        "is_older": until_of(request) < request.at,
        "at": request.at,
    }
    status = INVALID if form.is_bound else 200
    return page(request, "conversation/own.html", context, status=status)


def _take_in(request: Request, graduate: Graduate, body: str) -> HttpResponseBase:
    try:
        said = replies.write(graduate=graduate, body=body, key=_key(request), at=request.at)
    except conversation.NobodyToText as error:
        messages.error(request, str(error))
    else:
        messages.info(request, said.answer or _("We have it. A person reads it in office hours."))
    return redirect(f"{reverse('conversation')}#write")


def _key(request: Request) -> str:
    return request.POST.get(ONCE) or str(uuid.uuid4())


# What staff write


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Write a text to a graduate: begin with ready words, look at it, keep it for later, send it."""
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    if request.method != "POST":
        return _begin(request, person)
    if "use" in request.POST:
        return _use(request, person)
    if "keep" in request.POST:
        return _keep(request, person)
    # Only what sends uses up the form's key: who looked may go back a page and send from there.
    return _look(request, person) if "look" in request.POST else _send(request, person)


def _begin(request: Request, person: Graduate) -> HttpResponseBase:
    """What was begun, else words that fit why the person is on the list, to be changed as one likes."""
    body = writing.begun(graduate=person, author=request.user)
    code = "" if body else _suggested(person)
    if code:
        body = writing.ready(code=code, graduate=person, author=request.user)
    return _form(request, person, TextForm(initial={"body": body}), suggested=code)


def _suggested(person: Graduate) -> str:
    waiting = morning.texts_of(graduates=[person.pk])[person.pk]
    return writing.suggested(signals=rows.signal_rows(graduate=person), has_written=bool(waiting))


def _use(request: Request, person: Graduate) -> HttpResponseBase:
    try:
        body = writing.ready(code=request.POST["use"], graduate=person, author=request.user)
    except writing.NoSuchWords:
        body = request.POST.get("body", "")
    return _form(request, person, TextForm(initial={"body": body}))


def _keep(request: Request, person: Graduate) -> HttpResponseBase:
    body = request.POST.get("body", "")
    writing.keep(graduate=person, author=request.user, body=body, at=request.at)
    if body.strip():
        messages.success(request, _("Kept. It waits for you where you write to them."))
    return back(request, default=reverse("graduate", args=[person.uid]))


def _look(request: Request, person: Graduate) -> HttpResponseBase:
    form = TextForm(request.POST)
    if not form.is_valid():
        return _form(request, person, form, status=INVALID)
    return _form(request, person, form, look=_looked_at(request, person, form))


def _looked_at(request: Request, person: Graduate, form: TextForm) -> Look:
    return writing.look(body=form.cleaned_data["body"], graduate=person, author=request.user)


@once
def _send(request: Request, person: Graduate) -> HttpResponseBase:
    form = TextForm(request.POST)
    if not form.is_valid():
        return _form(request, person, form, status=INVALID)
    look = _looked_at(request, person, form)
    if look.unknown or (look.telling and "sure" not in request.POST):
        return _form(request, person, form, look=look, status=INVALID)
    try:
        conversation.write(
            graduate=person,
            body=look.body,
            author=request.user,
            role=request.standing.actor(person.program_id).role,
            key=f"personal:{_key(request)}",
            at=request.at,
        )
    except (conversation.NobodyToText, outbox.NoSender, outbox.BodyNotSendable) as error:
        form.add_error(None, str(error))
        return _form(request, person, form, status=INVALID)
    if "rest" in request.POST:
        outreach.wait_for_answer(
            graduate=person, actor=request.standing.actor(person.program_id), at=request.at
        )
    messages.success(request, _("Your text is on its way."))
    return back(request, default=reverse("graduate", args=[person.uid]))


def _form(
    request: Request,
    person: Graduate,
    form: TextForm,
    *,
    look: Look | None = None,
    suggested: str = "",
    status: int = 200,
) -> HttpResponseBase:
    form.auto_id = f"text-{person.uid}-%s"
    context = {
        "graduate": person,
        "form": form,
        "look": look,
        "ready": writing.READY,
        "may_rest": outreach.may_rest(graduate=person),
        "suggested": writing.READY.get(suggested, ""),
        "neutral": writing.NEUTRAL,
        "phone": profile.phone_of(graduate=person, at=request.at),
        "outlook": profile.outlook(graduate=person, at=request.at),
        "at": request.at,
        "next": came_from(request, default=reverse("graduate", args=[person.uid])),
    }
    response = page(
        request, "graduates/text.html", context, fragment="graduates/_text.html", status=status
    )
    if request.htmx and request.method == "POST":
        retarget(response, f"#{place(person.uid)}")
        reswap(response, "innerHTML")
    return response


@staff_only
@require_POST
def draft(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Keep what is written while it is written, and say how long it is and what it would show."""
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    body = request.POST.get("body", "")
    if not is_taken_in(request):
        writing.keep(graduate=person, author=request.user, body=body, at=request.at)
    look = writing.look(body=body, graduate=person, author=request.user)
    return page(request, "graduates/_size.html", {"look": look, "graduate": person})


# Who answers


@staff_only
@once
@require_POST
def take_over(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Answer for a graduate oneself from now on."""
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    handling.take_over(graduate=person, standing=request.standing, at=request.at)
    messages.success(request, _("You answer now, until you hand back."))
    return back(request, default=reverse("graduate", args=[uid]))


@staff_only
@once
@require_POST
def hand_back(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Let the counselor, or who covers, answer again."""
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    handler = handling.hand_back(graduate=person, standing=request.standing, at=request.at)
    name = handler.name if handler else _("nobody")
    messages.success(request, _("Handed back. Now %(name)s answers.") % {"name": name})
    return back(request, default=reverse("graduate", args=[uid]))
