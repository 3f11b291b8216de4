"""What people say of the directory's entries: staff correct them, visitors report what is wrong."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from aftercare.models.directory import Meeting
from aftercare.recurrence import Pause
from notifications.fields import EncryptedTextField
from notifications.models import uid_field


class MeetingEdit(models.Model):
    """What staff set by hand on one meeting: it stands above whatever its feed says."""

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="edit")
    # Fields of a listing by name, as JSON; times "HH:MM". Only those that were set.
    values = models.JSONField(default=dict)
    # The group asks that only people with a log-in read how to join.
    join_needs_login = models.BooleanField(default=False)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    edited_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"MeetingEdit #{self.pk}"


class Closure(models.Model):
    """Local days, both included, on which a meeting, or everything at its address, does not happen."""

    uid = uid_field()
    # The entry at which it was said.
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="closures")
    # The address in one spelling (identity.place_of), where all that meets there is closed; else "".
    place = models.CharField(max_length=500, blank=True, default="")
    # Whatever does not happen: that entry, and all that meets at the place.
    meetings = models.ManyToManyField(Meeting, related_name="closed_days")
    first_on = models.DateField()
    last_on = models.DateField()
    note = models.CharField(max_length=140, blank=True, default="")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["last_on"], name="closure_to_come")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")), name="closure_last_not_before_first"
            )
        ]

    def __str__(self) -> str:
        return f"Closure #{self.pk}"

    @property
    def days(self) -> Pause:
        """The days as a plan leaves them out."""
        return Pause(first_on=self.first_on, last_on=self.last_on)


class MeetingReport(models.Model):
    """Somebody says that an entry is wrong; who it was is not kept."""

    class Kind(models.TextChoices):
        """What is wrong."""

        NOT_THERE = "not_there", _("Nobody was there")
        TIME = "time", _("The day or time is wrong")
        PLACE = "place", _("The place is wrong")
        LINK = "link", _("The link, phone or passcode does not work")
        OTHER = "other", _("Something else")

    uid = uid_field()
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=16, choices=Kind)
    words = EncryptedTextField(blank=True, default="")
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["at"], condition=Q(settled_at__isnull=True), name="meeting_report_open"
            )
        ]

    def __str__(self) -> str:
        return f"MeetingReport #{self.pk}"
