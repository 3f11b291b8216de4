"""The page that asks for a mailed code before something that matters."""

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal import proofs
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
