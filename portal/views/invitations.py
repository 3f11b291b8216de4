"""The steps of somebody who comes in by a link: log-in, phone, consents, Today."""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from aftercare import access, consent_words, enrolment, invitations, phones
from aftercare.models import Contact, Graduate, Invitation
from aftercare.record import Actor
from notifications import clock
from notifications.kinds import Scope
from notifications.outbox import NoSender
from notifications.phone import mask
from portal import accounts, sessions
from portal.forms.enrolment import CodeForm, ConsentForm, JoinForm
from portal.http import INVALID, Request, graduate_only, once, page
from portal.models import User

GONE = 410


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponseBase:
    """What a link opens: a log-in of one's own, or one more page for a log-in that is open.

    It has no key against a second click: the link itself can be used once.
    """
    try:
        invitation = invitations.find(token=token, at=clock.now())
        with translation.override(_language(request, invitation)):
            if isinstance(request.user, User):
                return _join_as(request, token, invitation, request.user)
            return _join_anew(request, token, invitation)
    except invitations.LinkClosed:
        return render(request, "invitation/closed.html", {"token": token}, status=GONE)


def _language(request: HttpRequest, invitation: Invitation) -> str:
    """What the reader chose by hand, else what the invitation was written in."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in dict(settings.LANGUAGES) or invitation.graduate is None:
        return translation.get_language() or settings.LANGUAGE_CODE
    return invitation.graduate.language


def _join_anew(request: HttpRequest, token: str, invitation: Invitation) -> HttpResponseBase:
    form = JoinForm(
        request.POST or None,
        initial={"email": invitation.email},
        is_staff=bool(invitation.role_kind),
    )
    if request.method == "POST" and form.is_valid():
        try:
            joined = accounts.join(
                token=token,
                email=form.cleaned_data["email"],
                password=form.cleaned_data["password"],
                name=form.cleaned_data.get("name", ""),
            )
        except accounts.MailboxTaken:
            form.add_error(
                "email", _("This e-mail opens a sign-in already. Sign in with it below.")
            )
        else:
            accounts.enter(request=request, user=joined.user)
            is_own = form.cleaned_data.get("own_device", False)
            sessions.set_own_device(request.session, is_own=is_own)
            return _next_step(joined)
    context = {"form": form, "invitation": invitation, "log_in": _log_in(token)}
    status = INVALID if request.method == "POST" else 200
    return render(request, "invitation/join.html", context, status=status)


def _join_as(
    request: HttpRequest, token: str, invitation: Invitation, user: User
) -> HttpResponseBase:
    if request.method != "POST":
        context = {"invitation": invitation, "person": accounts.display(user)}
        return render(request, "invitation/join_as.html", context)
    try:
        return _next_step(accounts.join_as(token=token, user=user, request=request))
    except enrolment.AlreadyYours:
        messages.info(request, _("You have this already. Nothing has changed."))
        return redirect(settings.LOGIN_REDIRECT_URL)


def _log_in(token: str) -> str:
    return f"{reverse(settings.LOGIN_URL)}?next={reverse('join', args=[token])}"


def _next_step(joined: enrolment.Joined) -> HttpResponse:
    if joined.release is not None:
        return redirect("shared_one", uid=joined.release.uid)
    return redirect("join_phone" if joined.graduate else settings.LOGIN_REDIRECT_URL)


@login_not_required
@never_cache
@require_POST
def again(request: HttpRequest, token: str) -> HttpResponseBase:
    """A new link to the number or mailbox on file; the answer is the same whether there is one."""
    invitations.renew(token=token, at=clock.now())
    return render(request, "invitation/asked.html")


def _own(request: Request) -> tuple[Graduate, Actor]:
    """The account the person came in to last, and the person as its owner."""
    access.own_graduate(standing=request.standing)
    newest = max(request.standing.graduates, key=lambda graduate: graduate.joined_at or request.at)
    return newest, Actor(user=request.user, role="graduate")


@graduate_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: Request) -> HttpResponseBase:
    """Show by a texted code that the phone is one's own.

    It has no key against a second click: a wrong try must be kept, and a code works once.
    """
    graduate, actor = _own(request)
    contact = phones.contact_of(graduate=graduate)
    if contact is None or contact.confirmed_at:
        return redirect("join_texts")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        problem = try_code(
            digits=form.cleaned_data["code"], contact=contact, actor=actor, at=request.at
        )
        if not problem:
            messages.success(request, _("Thank you. This phone is yours."))
            return redirect("join_texts")
        form.add_error("code", problem)
    context = {
        "form": form,
        "masked": mask(contact.address.value),
        "is_waiting": phones.open_code(contact=contact, at=request.at) is not None,
    }
    status = INVALID if request.method == "POST" else 200
    return page(request, "invitation/phone.html", context, status=status)


def try_code(*, digits: str, contact: Contact, actor: Actor, at: datetime) -> str:
    """Confirm a phone; what to tell the person where that did not work."""
    try:
        phones.confirm(contact=contact, digits=digits, actor=actor, at=at)
    except phones.WrongCode as error:
        if error.tries_left:
            return _("This is not the code. Look at the newest text and try again.")
        return _("This was not the code, three times. Ask for a new one below.")
    except phones.NoOpenCode:
        return _("There is no code to wait for any more. Ask for a new one below.")
    return ""


@graduate_only
@require_POST
@once
def send_code(request: Request) -> HttpResponseBase:
    """Text a code, or say when the next one may be sent."""
    graduate, _actor = _own(request)
    contact = phones.contact_of(graduate=graduate)
    if contact is not None:
        tell_code(request, contact)
    return redirect("join_phone")


def tell_code(request: Request, contact: Contact) -> None:
    """Send a code and say so."""
    try:
        phones.send_code(contact=contact, at=request.at)
    except phones.TooManyCodes:
        messages.warning(request, _("We just sent you one. Wait a minute, then ask again."))
    except NoSender:
        messages.error(
            request, _("Texts cannot be sent from here yet. Go on; you can do this later.")
        )
    else:
        messages.success(request, _("A code is on its way to your phone."))


@graduate_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def texts(request: Request) -> HttpResponseBase:
    """Each consent on its own, in plain words; none is needed."""
    graduate, actor = _own(request)
    alias = graduate.program.alias
    form = ConsentForm(request.POST if request.method == "POST" else None, alias=alias)
    # A form without a tick is an answer, too.
    if request.method == "POST" and form.is_valid():
        enrolment.agree(
            graduate=graduate,
            scopes=form.scopes,
            words=consent_words.words(scopes=Scope, alias=alias, language=_shown()),
            actor=actor,
            at=request.at,
        )
        messages.success(request, _("All set. You can change this at any time under “Me”."))
        return redirect(settings.LOGIN_REDIRECT_URL)
    has_phone = phones.contact_of(graduate=graduate) is not None
    context = {"form": form, "terms": consent_words.TERMS, "has_phone": has_phone}
    return page(request, "invitation/texts.html", context)


def _shown() -> str:
    return translation.get_language() or settings.LANGUAGE_CODE
