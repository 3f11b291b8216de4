"""What a graduate's own signals say, and the answer to them."""

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from aftercare import access, own_signals, preferences, texts
from aftercare.record import Actor
from portal.forms.own_signals import ExplainForm
from portal.http import INVALID, ONCE, Request, graduate_only, once, page


@graduate_only
@never_cache
@require_safe
def show(request: Request) -> HttpResponseBase:
    """What is noticed now, in kind words."""
    return _page(request, ExplainForm())


def _page(request: Request, form: ExplainForm) -> HttpResponseBase:
    graduate = access.own_graduate(standing=request.standing)
    context = {"own": own_signals.read(graduate=graduate), "form": form}
    status = INVALID if form.is_bound else 200
    return page(request, "preferences/signals.html", context, status=status)


@graduate_only
@once
@require_POST
def explain(request: Request) -> HttpResponseBase:
    """Say what got in the way."""
    form = ExplainForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        answer = own_signals.explain(
            graduate=access.own_graduate(standing=request.standing),
            reason=form.cleaned_data["reason"],
            until=form.cleaned_data["until"],
            words=form.cleaned_data["words"],
            key=request.POST.get(ONCE) or str(uuid.uuid4()),
            actor=Actor(user=request.user, role="graduate"),
            at=request.at,
        )
    except preferences.BadPause:
        form.add_error("until", _("Choose a day from today on, at most 90 days ahead."))
        return _page(request, form)
    except (own_signals.NothingToAnswer, texts.NobodyToText) as error:
        messages.error(request, str(error))
        return redirect("me_signals")
    messages.success(request, _("Thank you for telling us. It does not count as missed."))
    if answer:
        messages.info(request, answer)
    return redirect("me_signals")


@graduate_only
@once
@require_POST
def score(request: Request) -> HttpResponseBase:
    """Turn the points on or off."""
    own_signals.set_scored(
        graduate=access.own_graduate(standing=request.standing),
        wanted=request.POST.get("wanted") == "yes",
        actor=Actor(user=request.user, role="graduate"),
        at=request.at,
    )
    messages.success(request, _("Saved."))
    return redirect("me_signals")
