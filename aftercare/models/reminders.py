"""Stored promises to nudge about one occurrence."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftercare.models.plan import Commitment
from notifications.models import Message, uid_field


class Reminder(models.Model):
    """One nudge, unique per commitment, occurrence and lead."""

    class State(models.TextChoices):
        """Where the promise stands."""

        PLANNED = "planned", _("planned")
        QUEUED = "queued", _("handed over")
        CANCELLED = "cancelled", _("cancelled")
        SKIPPED = "skipped", _("not needed")

    uid = uid_field()
    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="reminders")
    recurrence_id = models.CharField(max_length=20)
    # Which of its commitment's leads it is: recurrence.Lead by its minutes and clock.
    lead_minutes = models.PositiveSmallIntegerField()
    lead_clock = models.CharField(max_length=5, blank=True, default="")
    starts_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State, default=State.PLANNED)
    # Why it was cancelled or skipped, in a word of reminders.REASONS.
    reason = models.CharField(max_length=32, blank=True, default="")
    message = models.ForeignKey(
        Message, null=True, on_delete=models.PROTECT, related_name="reminders"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="planned"), name="reminder_due")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["commitment", "recurrence_id", "lead_minutes", "lead_clock"],
                name="reminder_once",
            )
        ]

    def __str__(self) -> str:
        return f"Reminder #{self.pk}"
