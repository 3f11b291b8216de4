"""Meetings a graduate wants to find again, and those the graduate went to."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftercare.models.directory import Meeting
from aftercare.models.people import Graduate
from aftercare.models.plan import Expectation
from notifications.fields import EncryptedTextField
from notifications.models import uid_field


class SavedMeeting(models.Model):
    """A support meeting that a graduate keeps at hand."""

    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="saved_meetings")
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="saved_by")
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["graduate", "meeting"], name="saved_meeting_once")
        ]

    def __str__(self) -> str:
        return f"SavedMeeting #{self.pk}"


class Visit(models.Model):
    """One date somebody went to that the plan alone does not prove: outside of it, by code, or signed.

    What was kept in the plan and that nobody vouched for has no row here; Expectation has it.
    """

    class Proof(models.TextChoices):
        """Who says so."""

        SELF = "self", _("told by the person")
        CODE = "code", _("by a code given at the meeting")
        SIGNED = "signed", _("signed by staff")

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="visits")
    meeting = models.ForeignKey(
        Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="visits"
    )
    # The date of the plan it vouches for, where it is one.
    expectation = models.OneToOneField(
        Expectation, null=True, blank=True, on_delete=models.CASCADE, related_name="visit"
    )
    # As it was called and where it was then: listings change.
    title = EncryptedTextField()
    place = EncryptedTextField(blank=True, default="")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64)
    proof = models.CharField(max_length=8, choices=Proof, default=Proof.SELF)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    said_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["graduate", "-starts_at"], name="visit_log")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["graduate", "meeting", "starts_at"],
                condition=Q(meeting__isnull=False),
                name="visit_once",
            ),
            models.CheckConstraint(
                condition=Q(meeting__isnull=False) | Q(expectation__isnull=False),
                name="visit_of_something",
            ),
        ]

    def __str__(self) -> str:
        return f"Visit #{self.pk}"
