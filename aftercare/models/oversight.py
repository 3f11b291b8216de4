"""Looks that need watching: a record opened in need, named records for an audit, a family's worry."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftercare.models.people import Graduate, Role
from notifications.fields import EncryptedTextField
from notifications.models import Program, uid_field


class GlassBreak(models.Model):
    """One record opened outside the usual: for a reason, by one person, for an hour, reviewed after."""

    class Reason(models.TextChoices):
        """Why it was needed."""

        SAFETY = "safety", _("somebody may be in danger")
        COVER = "cover", _("nobody who knows them can be reached")
        COMPLAINT = "complaint", _("a complaint or an error has to be looked into")
        LEGAL = "legal", _("the law asks for it")

    class Outcome(models.TextChoices):
        """What the review found."""

        RIGHT = "right", _("it was needed")
        MISTAKEN = "mistaken", _("it was meant well, and not needed")
        MISUSE = "misuse", _("it was wrong, and is followed up")

    HOLDS: ClassVar = timedelta(hours=1)
    REVIEW_WITHIN: ClassVar = timedelta(days=7)

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="glass_breaks")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=16)
    reason = models.CharField(max_length=16, choices=Reason)
    words = EncryptedTextField()
    at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # The graduate is told after the hour, unless it would put somebody in danger: then a lead decides.
    withheld_because = EncryptedTextField(blank=True, default="")
    is_told = models.BooleanField(default=True)
    review_by = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True, default="")
    note = EncryptedTextField(blank=True, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "ends_at"], name="glass_open")]

    def __str__(self) -> str:
        return f"GlassBreak #{self.pk}"

    def is_overdue(self, at: datetime) -> bool:
        """Whether nobody has reviewed it in time."""
        return self.reviewed_at is None and self.review_by < at


class Inspection(models.Model):
    """Named records that an auditor may read until a day, under an agreement (42 CFR 2.53)."""

    uid = uid_field()
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="inspections")
    graduates = models.ManyToManyField(Graduate, related_name="inspections")
    purpose = EncryptedTextField()
    agreement = EncryptedTextField()
    agreement_hash = models.CharField(max_length=64)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("since")), name="inspection_ends_later"
            ),
            models.CheckConstraint(
                condition=~models.Q(agreement_hash=""), name="inspection_has_agreement"
            ),
        ]

    def __str__(self) -> str:
        return f"Inspection #{self.pk}"


class Worry(models.Model):
    """What somebody from outside told a program about a person, known here or not."""

    class Outcome(models.TextChoices):
        """What became of it."""

        PASSED_ON = "passed_on", _("passed on as a task")
        CALLED = "called", _("called whoever wrote")
        NOT_OURS = "not_ours", _("nobody we know")

    uid = uid_field()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    about = EncryptedTextField()
    words = EncryptedTextField()
    writer = EncryptedTextField(blank=True, default="")
    reach = EncryptedTextField(blank=True, default="")
    at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["program", "handled_at", "at"], name="worry_open"),
        ]

    def __str__(self) -> str:
        return f"Worry #{self.pk}"
