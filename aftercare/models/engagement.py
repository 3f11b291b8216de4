"""Disengagement signals: open or closed findings with their reasons, and what a program sets for them."""

from functools import cache
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftercare.models.people import Graduate
from notifications.fields import EncryptedJSONField
from notifications.models import Program, uid_field


class DisengagementSignal(models.Model):
    """One finding about one graduate; at most one open per kind.

    `reasons` is a list of {"code", "points", ...facts}; aftercare.engagement.wording turns each into a sentence.
    """

    class Kind(models.TextChoices):
        """What was noticed."""

        SAFETY = "safety", _("safety")
        NEED_SUPPORT = "need_support", _("asked for support")
        RETURN_TO_USE = "return_to_use", _("said the old habit came back")
        MISSED_CHECK_INS = "missed_check_ins", _("missed check-ins")
        MISSED_COMMITMENTS = "missed_commitments", _("missed commitments")
        SILENT = "silent", _("silent")
        LATER_REPLIES = "later_replies", _("replies later than usual")
        WORSE_WEEK = "worse_week", _("a harder time than usual")
        UNREACHABLE = "unreachable", _("number cannot be reached")
        OPTED_OUT = "opted_out", _("opted out of texts")
        PLAN_EMPTY = "plan_empty", _("nothing in the plan")
        MEETING_CLOSED = "meeting_closed", _("a saved meeting closed")

    class Band(models.TextChoices):
        """What it asks of the counselor, from calm to pressing."""

        STEADY = "steady", _("steady")
        WATCH = "watch", _("watch")
        REACH_OUT = "reach_out", _("reach out")
        LOST_CONTACT = "lost_contact", _("lost contact")
        URGENT = "urgent", _("urgent")

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", _("open")
        SNOOZED = "snoozed", _("set aside")
        CLOSED = "closed", _("closed")

    class Rest(models.TextChoices):
        """Why it may rest: words to choose from, so that no note about a person stands here."""

        WAITING = "waiting", _("waiting for an answer")
        AGREED = "agreed", _("we agreed on it")
        AWAY = "away", _("away for a while")
        SICK = "sick", _("sick")
        WORK = "work", _("busy at work")
        OTHER = "other", _("another reason I know of")

    URGENT_KINDS: ClassVar = (Kind.SAFETY, Kind.NEED_SUPPORT)

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="signals")
    kind = models.CharField(max_length=24, choices=Kind)
    band = models.CharField(max_length=16, choices=Band)
    points = models.FloatField(default=0)
    reasons = EncryptedJSONField(default=list)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # When somebody must have looked: set for what may not wait.
    answer_by = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    # A code of Rest, the outcome of a contact that was no talk, or what the person said it was.
    snooze_reason = models.CharField(max_length=200, blank=True, default="")
    closed_at = models.DateTimeField(null=True, blank=True)
    # How it ended: an Outreach outcome, "eased" when the facts no longer hold, or "explained" by the person.
    outcome = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["graduate", "state"], name="signal_of_graduate"),
            models.Index(
                fields=["snoozed_until"], condition=Q(state="snoozed"), name="signal_snoozed"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["graduate", "kind"], condition=~Q(state="closed"), name="signal_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"DisengagementSignal #{self.pk}"

    @staticmethod
    @cache
    def rank_of(band: str) -> int:
        """How pressing a band is; 0 is calm."""
        return DisengagementSignal.Band.values.index(band)


class SignalSettings(models.Model):
    """How many alerts a week a program asks of its counselors; without a row, the usual number."""

    PER_FIFTY: ClassVar = 4

    program = models.OneToOneField(
        Program, on_delete=models.CASCADE, related_name="signal_settings"
    )
    # Alerts a week for each fifty people of one counselor.
    per_fifty = models.PositiveSmallIntegerField(default=PER_FIFTY)

    def __str__(self) -> str:
        return f"SignalSettings #{self.pk}"


class Calibration(models.Model):
    """How far a program's own outcomes moved the line for a call; the newest row of a program holds."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="calibrations")
    at = models.DateTimeField()
    # The outcomes it was worked out from, and how many of them were false alarms.
    n = models.PositiveIntegerField()
    false_alarms = models.PositiveIntegerField()
    # Points added to the line from which two missed check-ins ask for a call.
    offset = models.FloatField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["program", "-at"], name="calibration_newest"),
        ]

    def __str__(self) -> str:
        return f"Calibration #{self.pk}"
