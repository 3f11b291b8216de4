"""The PIN before each page, where somebody else sees the phone."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from aftercare import access, phones
from notifications import clock
from portal import sessions
from portal.forms.pins import NewPinForm, PinForm
from portal.http import INVALID, Request, before_pin, page
from portal.views.staff import back

# After so many wrong ones the log-in ends.
TRIES = 5
_WRONG = "pin_wrong"


@before_pin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pin(request: Request) -> HttpResponseBase:
    """Type the PIN, or choose one where there is none yet."""
    graduate = access.own_graduate(standing=request.standing)
    contact = phones.shared_contact(graduate=graduate)
    if contact is None:
        return redirect("home")
    form_class = PinForm if contact.pin else NewPinForm
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["pin"]
        if not contact.pin:
            actor = request.standing.actor(graduate.program_id)
            phones.set_pin(contact=contact, pin=typed, actor=actor, at=request.at)
        elif not phones.is_pin(contact=contact, pin=typed):
            return _refuse(request, form)
        request.session.pop(_WRONG, None)
        sessions.open_with_pin(request.session, now=clock.real())
        return back(request)
    return _show(request, form)


def _refuse(request: Request, form: PinForm) -> HttpResponseBase:
    wrong = request.session.get(_WRONG, 0) + 1
    if wrong >= TRIES:
        logout(request)
        messages.info(request, _("You were signed out to keep your page private."))
        return redirect("account_login")
    request.session[_WRONG] = wrong
    form.add_error("pin", _("This is not your PIN."))
    return _show(request, form)


def _show(request: Request, form: PinForm) -> HttpResponseBase:
    context = {
        "form": form,
        "is_new": isinstance(form, NewPinForm),
        "next": request.POST.get("next", "") or request.GET.get("next", ""),
    }
    status = INVALID if form.is_bound else 200
    return page(request, "pins/pin.html", context, status=status)
