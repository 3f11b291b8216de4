"""Who has asked to leave, and until when they may stay after all."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aftercare.models.people import Graduate
from notifications.models import uid_field


class Departure(models.Model):
    """An account that ends: everything about its person is erased at `erase_at`, this row included."""

    uid = uid_field()
    graduate = models.OneToOneField(Graduate, on_delete=models.CASCADE, related_name="departure")
    # How the account stood before, for whoever stays after all.
    was_status = models.CharField(max_length=16, choices=Graduate.Status)
    was_paused_until = models.DateField(null=True, blank=True)
    # The person, or the counselor who was asked to.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField()
    erase_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["erase_at"], name="departure_erase")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(erase_at__gt=F("asked_at")), name="departure_leaves_time"
            )
        ]

    def __str__(self) -> str:
        return f"Departure #{self.pk}"
