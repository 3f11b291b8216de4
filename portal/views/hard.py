"""Pages for a hard moment: what helps now, own steps, and a setback met without shame."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftercare import access, coping, hard_moments, resources, safety, setbacks
from portal.forms.safety import CopingForm
from portal.http import INVALID, Request, graduate_only, member, once, page
from portal.views.public import static_page


@member
@never_cache
@require_safe
def moment(request: Request) -> HttpResponseBase:
    """Own steps, own people, a meeting that is on, and 988.

    The static help page leads here without knowing who reads it; who has no own steps finds the general ones.
    """
    if not request.standing.is_graduate:
        return redirect("crisis")
    graduate = access.own_graduate(standing=request.standing)
    context = {
        "graduate": graduate,
        "help": hard_moments.read(graduate=graduate, at=request.at),
        "lines": resources.lines(language=request.user.language or graduate.language),
        "at": request.at,
    }
    return page(request, "hard/moment.html", context)


@graduate_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def steps(request: Request) -> HttpResponseBase:
    """Write down what helps."""
    graduate = access.own_graduate(standing=request.standing)
    if request.method != "POST":
        plan = coping.read(graduate=graduate)
        form = CopingForm.of(plan, notes=graduate.safety_notes)
        return page(request, "hard/steps.html", {"form": form})
    form = CopingForm(request.POST)
    if not form.is_valid():
        return page(request, "hard/steps.html", {"form": form}, status=INVALID)
    actor = request.standing.actor(graduate.program_id)
    coping.keep(graduate=graduate, plan=form.plan(), actor=actor, at=request.at)
    if form.cleaned_data["notes"] != graduate.safety_notes:
        setbacks.choose_notes(
            graduate=graduate, choice=form.cleaned_data["notes"], actor=actor, at=request.at
        )
    messages.success(request, _("Saved. It is here whenever you need it."))
    return redirect("hard_moment")


@graduate_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def setback(request: Request) -> HttpResponseBase:
    """The old habit came back: say so, and find a call, a meeting and one step."""
    graduate = access.own_graduate(standing=request.standing)
    if request.method == "POST":
        setbacks.take_in(graduate=graduate, at=request.at)
        return redirect("setback")
    context = {
        "graduate": graduate,
        "setback": setbacks.latest(graduate=graduate, at=request.at),
        "help": hard_moments.read(graduate=graduate, at=request.at),
        "at": request.at,
    }
    return page(request, "hard/setback.html", context)


@graduate_only
@require_POST
@once
def let_know(request: Request) -> HttpResponseBase:
    """Whether the counselor may know of it."""
    graduate = access.own_graduate(standing=request.standing)
    found = setbacks.latest(graduate=graduate, at=request.at)
    if found is None:
        raise access.NotYours
    is_yes = request.POST.get("may_be_told") == "yes"
    actor = request.standing.actor(graduate.program_id)
    setbacks.let_know(setback=found, may_be_told=is_yes, actor=actor, at=request.at)
    if is_yes:
        messages.success(request, _("Your counselor will know, and will be glad you said so."))
    else:
        messages.success(request, _("It stays with you. You can change your mind any time."))
    return redirect("setback")


@graduate_only
@require_POST
@once
def call_me(request: Request) -> HttpResponseBase:
    """Please call me: the same wish as CALL by text."""
    graduate = access.own_graduate(standing=request.standing)
    safety.ask_for_call(graduate=graduate, at=request.at)
    messages.success(request, _("We will call you. In danger call or text 988, or call 911."))
    return redirect("hard_moment")


@login_not_required
@require_safe
def safety_note(request: HttpRequest) -> HttpResponseBase:
    """What a safety note tells: less is enough to kill after a break; stands without a log-in."""
    return static_page(request, "public/safety_note.html")
