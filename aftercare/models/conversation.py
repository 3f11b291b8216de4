"""A conversation between the texts: who answers it for now, and what somebody has begun to write."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftercare.models.people import Graduate, Role
from notifications.fields import EncryptedTextField
from notifications.models import uid_field


class Takeover(models.Model):
    """Somebody answers for a graduate in place of the counselor, until it is handed back."""

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="takeovers")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="takeovers")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["graduate"], condition=Q(until__isnull=True), name="takeover_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"Takeover #{self.pk}"


class TextDraft(models.Model):
    """What somebody began to write and has not sent or saved, so that no log-out takes it away."""

    class Kind(models.TextChoices):
        """What it is to become: a text, or the note of a contact (then its fields, as JSON)."""

        TEXT = "text", _("text")
        NOTE = "note", _("note")

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="text_drafts")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="text_drafts"
    )
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TEXT)
    body = EncryptedTextField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["graduate", "author", "kind"], name="text_draft_once")
        ]

    def __str__(self) -> str:
        return f"TextDraft #{self.pk}"
