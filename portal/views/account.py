"""What the log-in library does not do: a mailed code as a fresh proof, times of devices, one device signed out."""

from allauth.usersessions.views import list_usersessions
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from aftercare.access import NotYours
from portal import proofs, sessions
from portal.forms.accounts import CodeForm
from portal.http import INVALID, Request, member, page
from portal.views.staff import back, came_from


@member
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: Request) -> HttpResponseBase:
    """Mail a code on demand, and take it in; without a key against a second click, for a wrong try counts."""
    form, mailbox = CodeForm(), ""
    if "send" in request.POST:
        mailbox = proofs.send_code(request=request, user=request.user)
    elif request.method == "POST":
        form = CodeForm(request.POST)
        if form.is_valid():
            typed = form.cleaned_data["code"]
            if proofs.take_code(request=request, user=request.user, code=typed):
                return back(request)
            form.add_error("code", _("This code is wrong or too old. Send a new one."))
    context = {"form": form, "mailbox": mailbox, "next": came_from(request, default="")}
    status = INVALID if form.is_bound else 200
    return page(request, "account/fresh_code.html", context, status=status)


@member
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def devices(request: Request) -> HttpResponseBase:
    """Where one is signed in, since when by the clock at home; a post signs out everywhere else."""
    answer: HttpResponseBase = list_usersessions(request)
    # The library's page is made late, when the zone of the reader is no longer in force.
    return answer.render() if isinstance(answer, SimpleTemplateResponse) else answer


@member
@never_cache
@require_POST
def end_device(request: Request) -> HttpResponseBase:
    """Sign out one of one's own devices."""
    number = request.POST.get("device", "")
    if not sessions.end_one(user=request.user, number=number, request=request):
        raise NotYours
    messages.success(request, _("That device is signed out."))
    return redirect("usersessions_list")
