"""A fresh proof of who somebody is, asked for before what matters most."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from portal import codes, sessions
from portal.models import User

HOLDS = timedelta(minutes=5)


def is_fresh(*, request: HttpRequest, at: datetime) -> bool:
    """Whether the person logged in, or showed once more who they are, in the five minutes before `at`."""
    instants = [sessions.began_at(request.session)]
    for record in get_authentication_records(request, request.user):
        if record.get("reauthenticated"):
            instants.append(datetime.fromtimestamp(record["at"], tz=UTC))
    return any(instant is not None and at - instant < HOLDS for instant in instants)


def ask(*, request: HttpRequest) -> HttpResponse:
    """Lead to the page where a person shows once more who they are, and from there back.

    What was posted is kept nowhere, so it is typed anew: a session is no place for it.
    """
    came_from = request.get_full_path()
    if request.method not in ("GET", "HEAD"):
        referer = request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(referer, {request.get_host()})
        came_from = urlsplit(referer).path if is_ours else reverse("home")
        messages.info(request, _("First show that it is you. Then do it once more."))
    method = get_adapter(request).get_reauthentication_methods(request.user)[0]
    address = f"{method['url']}?{urlencode({'next': came_from})}"
    if request.headers.get("HX-Request"):
        # A script would put the page into a corner of the other one.
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def send_code(*, request: HttpRequest, user: User) -> str:
    """Mail a code that proves who this is, in this session only; the mailbox, "" where there is none."""
    mailbox = EmailAddress.objects.get_primary_email(user) or user.email or ""
    if mailbox and codes.may_send(request=request, to=mailbox):
        adapter = get_adapter(request)
        code = adapter.generate_login_code()
        codes.keep(session=request.session, code=code, mailbox=mailbox)
        adapter.send_mail("account/email/login_code", mailbox, {"user": user, "code": code})
    return mailbox


def take_code(*, request: HttpRequest, user: User, code: str) -> bool:
    """Whether this is the code that was mailed; then the log-in is fresh again."""
    if not codes.is_right(request=request, code=code):
        return False
    record_authentication(request, user, method="code", reauthenticated=True)
    return True
