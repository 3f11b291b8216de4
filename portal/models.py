"""The log-in account; what a person is to a program is told by aftercare's profiles."""

import uuid
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from notifications.fields import EncryptedTextField


class UserManager(BaseUserManager["User"]):
    """Makes accounts, with the e-mail in one spelling."""

    def create_user(
        self, *, email: str | None, at: datetime, password: str | None = None, **fields: Any
    ) -> "User":
        """A saved account; without a password it can be entered by code or passkey only."""
        user = self.model(email=email.lower() if email else None, created_at=at, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody who can log in."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # E-mail stays readable in the database because log-in looks it up. It is empty until its owner
    # has shown that it is theirs: else typing somebody's e-mail would tell whether they are here.
    email = models.EmailField(_("e-mail"), unique=True, null=True)  # noqa: DJ001
    name = EncryptedTextField(_("name"), blank=True, default="")
    time_zone = models.CharField(max_length=64, blank=True, default="")
    language = models.CharField(max_length=8, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(editable=False)
    # Part of what every session is checked against: one more, and all that are open have ended.
    session_round = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return f"User #{self.pk}"

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone this person chose; None where none is chosen or the zone database no longer knows it."""
        try:
            return ZoneInfo(self.time_zone) if self.time_zone else None
        except (ZoneInfoNotFoundError, ValueError):
            return None

    def speak(self, language: str) -> None:
        """Keep the language this person chose, a code of LANGUAGES."""
        self.language = language
        self.save(update_fields=["language"])

    def end_sessions(self) -> None:
        """End every log-in that is open, on every device and at once, for what they stood on has changed."""
        User.objects.filter(pk=self.pk).update(session_round=F("session_round") + 1)
        self.refresh_from_db(fields=["session_round"])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session is compared with on each request: the password, as ever, and the round."""
        value = f"{self.password}:{self.session_round}"
        return salted_hmac(
            "portal.models.User.session", value, secret=secret, algorithm="sha256"
        ).hexdigest()

    @property
    def is_staff(self) -> bool:
        """No Django admin is served; libraries that ask get no."""
        return False
