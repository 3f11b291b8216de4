"""The record of who did and saw what, and of forms already taken in."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from notifications.models import Program, uid_field


class AuditEntry(models.Model):
    """One thing somebody did or looked at: ids only, written in the same transaction, never changed.

    `sealed` and `seal` are filled in order by the tick: an HMAC over this row and the seal before it.
    The database itself refuses every other change (aftercare.append_only).
    """

    class Verb(models.TextChoices):
        """What was done."""

        LOG_IN = "log_in", _("logged in")
        DENIED = "denied", _("was refused")
        READ = "read", _("looked at")
        SEARCHED = "searched", _("searched")
        CREATED = "created", _("added")
        CHANGED = "changed", _("changed")
        SENT = "sent", _("wrote")
        EXPORTED = "exported", _("exported")
        CONSENTED = "consented", _("recorded consent of")
        REVEALED = "revealed", _("opened the phone number of")
        FAILED = "failed", _("failed to log in")
        LEFT = "left", _("ended the account of")
        STAYED = "stayed", _("kept the account of")
        ERASED = "erased", _("erased")
        DISCLOSED = "disclosed", _("told somebody outside about")
        BROKE_GLASS = "broke_glass", _("opened in need the record of")

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    role = models.CharField(max_length=16, blank=True, default="")
    verb = models.CharField(max_length=16, choices=Verb)
    # What it was done to: a table name and a row's uid.
    thing = models.CharField(max_length=40)
    thing_uid = models.UUIDField(null=True)
    graduate_uid = models.UUIDField(null=True)
    at = models.DateTimeField()
    sealed = models.BigIntegerField(null=True, unique=True)
    seal = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["graduate_uid", "-at"], name="audit_of_graduate"),
            models.Index(fields=["actor", "-at"], name="audit_of_actor"),
        ]

    def __str__(self) -> str:
        return f"AuditEntry #{self.pk}"


class Submission(models.Model):
    """A form that was taken in, by the key it carried: the second of two clicks finds it and does nothing."""

    key = models.UUIDField(unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    uid = uid_field()
    location = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Submission #{self.pk}"


class TickRecord(models.Model):
    """The newest instant a tick ran for; an earlier one is refused outside the demo."""

    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"TickRecord #{self.pk}"
