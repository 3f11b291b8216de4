"""Accounts and log-in: by invitation only, mails through the outbox, second steps sealed."""

import logging
import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress, Login
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import login
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftercare import access, enrolment, mail, notices
from aftercare.models import Invitation
from notifications import clock, outbox
from notifications.crypto import keyring
from notifications.kinds import Kind
from portal import proofs, sessions
from portal.models import User

logger = logging.getLogger(__name__)

SECOND_STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# A password of so many characters opens an account alone; a shorter one only with a code (NIST SP 800-63B-4, 3.1.1.2).
LONG = 15
_IS_SHORT = "password_is_short"
# The place that seals secrets of log-in apps; they stand in a table of the log-in library.
TOTP_PLACE = "mfa_authenticator.secret"


# What a mail says was changed, by the library's name of it; it says no more, for a preview is read by others.
CHANGED = {
    "account/email/password_set": gettext_lazy("A password was set."),
    "account/email/password_changed": gettext_lazy("The password was changed."),
    "account/email/password_reset": gettext_lazy("The password was set anew by a link in a mail."),
    "account/email/email_changed": gettext_lazy("You sign in with another e-mail address now."),
    "account/email/email_confirm": gettext_lazy("An e-mail address was confirmed."),
    "account/email/email_deleted": gettext_lazy("An e-mail address was taken away."),
    "mfa/email/recovery_codes_generated": gettext_lazy("New codes for a lost phone were made."),
    "mfa/email/totp_activated": gettext_lazy("Codes from an app were turned on."),
    "mfa/email/totp_deactivated": gettext_lazy("Codes from an app were turned off."),
    "mfa/email/webauthn_added": gettext_lazy("A passkey or security key was added."),
    "mfa/email/webauthn_removed": gettext_lazy("A passkey or security key was removed."),
}


class MailboxTaken(Exception):
    """The person has shown that the mailbox is theirs, and it opens another log-in already."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves, and no mail leaves while somebody waits for a page."""

    # The library's own words are long, and formal in Spanish.
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy(
            "This e-mail and password do not belong together. Check both."
        ),
        "enter_current_password": gettext_lazy("This is not the password you have now. Try again."),
        "too_many_login_attempts": gettext_lazy(
            "Too many tries. Wait some minutes, then try again."
        ),
        "cannot_remove_primary_email": gettext_lazy(
            "This is your main e-mail address. It has to stay."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from invitations: there is no page to sign up on."""
        raise Http404

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue a mail about an account, in the words of its owner; nobody's is queued and taken back."""
        owner: User | None = context.get("user") or _owner_of(email)
        program = access.home_program(user=owner) if owner else None
        try:
            if program is not None and owner is not None:
                subject, body = self._worded(template_prefix, email, context, owner.language)
                key = f"account:{uuid.uuid4()}"
                mail.queue(
                    program=program,
                    to=email,
                    subject=subject,
                    body=body,
                    kind=Kind.CODE,
                    key=key,
                    at=clock.now(),
                )
            elif (somebodys := access.any_program()) is not None:
                code = {"code": self.generate_login_code()}
                subject, body = self._worded("account/email/login_code", email, code, "")
                mail.pretend(program=somebodys, subject=subject, body=body, at=clock.now())
        except outbox.NoSender:
            logger.error("A mail about an account could not be queued: its program has no mailbox.")

    def _worded(
        self, template_prefix: str, email: str, context: dict[str, Any], language: str
    ) -> tuple[str, str]:
        request = allauth_context.request
        site = {"request": request, "email": email, "current_site": get_current_site(request)}
        with translation.override(language or translation.get_language()):
            message = self.render_mail(template_prefix, email, {**site, **context})
        return str(message.subject), str(message.body)

    def is_login_by_code_required(self, login: Login) -> bool:
        """Whether a mailed code is asked for, too: after a short password, where no second step is."""
        return bool(login.state.get(_IS_SHORT)) and not has_second_step(login.user)

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Log in, and let each program of the person know."""
        super().login(request, user)
        if isinstance(user, User):
            access.note_log_in(standing=access.roles_of(user=user, at=clock.now()))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Put a wrong log-in on record."""
        super().authentication_failed(request, **credentials)
        access.note_failure(email=str(credentials.get("email") or ""), at=clock.now())

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Take a mailbox as shown, unless it opens somebody else's log-in by now."""
        if _is_taken(email_address.email, apart_from=email_address.user_id):
            return False
        return bool(super().confirm_email(request, email_address))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell a person by mail and by text what was changed; a changed second step ends other log-ins."""
        if not isinstance(user, User):
            return
        at = clock.now()
        what = CHANGED.get(template_prefix, _("Something was changed."))
        facts = {**(context or {}), "user": user, "what": what}
        with timezone.override(user.zone or access.roles_of(user=user, at=at).time_zone or None):
            super().send_notification_mail("account/email/changed", user, facts, email)
        notices.sign_in_changed(user=user, at=at)
        if template_prefix.startswith("mfa/"):
            sessions.end_all(user=user, request=allauth_context.request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whether this needs a fresh log-in; asks for it, since the library would let pass some."""
        request = allauth_context.request
        if not proofs.is_fresh(request=request, at=clock.real()):
            raise ImmediateHttpResponse(proofs.ask(request=request))
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """How a person shows once more who they are: by mailed code, too, where no second step is set up."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if isinstance(user, User) and not has_second_step(user):
            url = reverse("fresh_code")
            methods.append({"id": "code", "description": _("Send me a code by email"), "url": url})
        return methods

    def get_client_ip(self, request: HttpRequest) -> str:
        """The client's address as the configured number of proxies tells it, else the connection's."""
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured:
            # Somebody who came past the proxies; what they claim to be does not count.
            return str(request.META["REMOTE_ADDR"])


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of log-in apps are sealed, and staff keep at least one second step."""

    def encrypt(self, text: str) -> str:
        """Seal a secret before it is stored."""
        return keyring().seal(plain=text, place=TOTP_PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a stored secret."""
        return keyring().open(sealed=encrypted_text, place=TOTP_PLACE)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether this second step may go: staff keep their last one."""
        if not access.holds_role(user=authenticator.user, at=clock.now()):
            return True
        others = Authenticator.objects.filter(user=authenticator.user, type__in=SECOND_STEPS)
        return bool(others.exclude(pk=authenticator.pk).exists())


def display(user: User) -> str:
    """What pages and mails about an account call its owner."""
    return user.name or user.email or ""


def has_second_step(user: User) -> bool:
    """Whether log-in asks this person for a passkey or a code of an app."""
    return bool(Authenticator.objects.filter(user=user, type__in=SECOND_STEPS).exists())


def note_length(*, login: Login, password: str) -> None:
    """Keep with a log-in under way whether the password, which is right, is a short one."""
    login.state[_IS_SHORT] = len(password) < LONG


def is_shown(*, invitation: Invitation, email: str) -> bool:
    """Whether the link itself shows that this mailbox belongs to whoever holds the link.

    It does where the link was mailed there; and for staff, whom a lead or the operator vouches for.
    """
    same = invitation.email == email.lower()
    if invitation.role_kind:
        return same or not invitation.email
    return same and invitation.way == Invitation.Way.EMAIL


def join(*, token: str, email: str, password: str, name: str = "") -> enrolment.Joined:
    """Use an invitation up for a new log-in; without a password, codes by mail open it.

    A mailbox that the link does not show is noted and asked by mail; whether it opens another
    log-in is told there and not here. Raises MailboxTaken, invitations.LinkClosed.
    """

    def account(invitation: Invitation) -> User:
        _give_up_old_log_in(invitation)
        shown = is_shown(invitation=invitation, email=email)
        if shown and _is_taken(email, apart_from=None):
            raise MailboxTaken
        user = User.objects.create_user(
            email=email if shown else None,
            password=password or None,
            at=clock.now(),
            name=name,
        )
        EmailAddress.objects.create(user=user, email=email.lower(), verified=shown, primary=shown)
        return user

    return _redeem(token=token, account=account)


def join_as(*, token: str, user: User, request: HttpRequest) -> enrolment.Joined:
    """Use an invitation up for the log-in that is open; raises as `enrolment.redeem` does."""
    joined = _redeem(token=token, account=lambda invitation: user)
    if joined.role is not None:
        sessions.end_all(user=user, request=request)
    return joined


def _redeem(*, token: str, account: Callable[[Invitation], User]) -> enrolment.Joined:
    joined = enrolment.redeem(token=token, account=account, at=clock.now())
    if joined.graduate is not None:
        enrolment.ask_for_code(graduate=joined.graduate, at=clock.now())
    return joined


def enter(*, request: HttpRequest, user: User) -> None:
    """Log in whoever has just used up a link, and ask for the mailbox where it is not shown yet.

    The link has shown who they are; what needs a fresh proof, a second step first of all, is open.
    """
    AccountAdapter(request).login(request, user)
    record_authentication(request, user, method="link", reauthenticated=True)
    ask_for_mailbox(request=request, user=user)


def ask_for_mailbox(*, request: HttpRequest, user: User) -> None:
    """Mail a link that shows the mailbox is theirs; whoever has it already is told so by mail."""
    address = EmailAddress.objects.filter(user=user, verified=False).first()
    if address is None:
        return
    if _is_taken(address.email, apart_from=user.pk):
        AccountAdapter(request).send_account_already_exists_mail(address.email)
    else:
        address.send_confirmation(request, signup=True)


@transaction.atomic
def _give_up_old_log_in(invitation: Invitation) -> None:
    """A graduate who lost the way in gets a new log-in; the old one must not keep the mailbox."""
    graduate = invitation.graduate
    if graduate is None or graduate.user is None:
        return
    old = graduate.user
    standing = access.roles_of(user=old, at=clock.now())
    if standing.roles or any(other.pk != graduate.pk for other in standing.graduates):
        return
    EmailAddress.objects.filter(user=old).delete()
    Authenticator.objects.filter(user=old).delete()
    old.email, old.is_active = None, False
    old.set_unusable_password()
    old.save(update_fields=["email", "is_active", "password"])
    old.end_sessions()


def _owner_of(email: str) -> User | None:
    noted = EmailAddress.objects.filter(email=email.lower()).order_by("-verified", "-pk")
    found = noted.select_related("user").first()
    return found.user if found else User.objects.filter(email=email.lower()).first()


def _is_taken(email: str, *, apart_from: int | None) -> bool:
    value = email.lower()
    owners = set(User.objects.filter(email=value).values_list("pk", flat=True))
    shown = EmailAddress.objects.filter(email=value, verified=True)
    owners |= set(shown.values_list("user", flat=True))
    return bool(owners - {apart_from})


def enter_demo(*, request: HttpRequest, user: User) -> None:
    """Open the log-in of one of the demo's made-up people, with what else a log-in leaves.

    Their mailbox is shown to be theirs, so that codes and passkeys lead them in as well.
    """
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    UserSession.objects.create_from_request(request)
    if user.email:
        shown = {"verified": True, "primary": True}
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults=shown)
