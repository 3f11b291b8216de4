"""The safety lane: what a program has settled for it, who is on call, what is open, and what helps somebody."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftercare.models.people import Graduate
from notifications.fields import EncryptedJSONField, EncryptedTextField
from notifications.models import Address, Program, uid_field


class SafetyLane(models.Model):
    """What a program has settled before danger pages anybody: words approved by a person, and since when it is on."""

    uid = uid_field()
    program = models.OneToOneField(Program, on_delete=models.PROTECT, related_name="safety_lane")
    # A fingerprint of the crisis texts that were approved; other words want approval anew.
    approved = models.CharField(max_length=64, blank=True, default="")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    on_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"SafetyLane #{self.pk}"


class Duty(models.Model):
    """One person of staff who is paged when danger waits: by text, and by mail as the second channel."""

    uid = uid_field()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="duties")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="duties"
    )
    # Who is paged first; everybody else comes when that one says nothing.
    is_on_call = models.BooleanField(default=False)
    phone = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="+")
    mailbox = models.ForeignKey(Address, null=True, on_delete=models.PROTECT, related_name="+")
    # The code of the newest test, which the owner texts back.
    code = EncryptedTextField(blank=True, default="")
    code_until = models.DateTimeField(null=True, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    # Wrong codes since the last right one: a number can be forged, so guessing ends.
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["program", "user"], condition=Q(until__isnull=True), name="duty_once"
            ),
            models.UniqueConstraint(
                fields=["program"],
                condition=Q(is_on_call=True, until__isnull=True),
                name="duty_one_on_call",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["phone"], condition=Q(until__isnull=True), name="duty_phone")
        ]

    def __str__(self) -> str:
        return f"Duty #{self.pk}"


class Alarm(models.Model):
    """Something that may not wait, laid before staff until one of them has it and has written down what was done.

    `next_at` is its clock: when the next page leaves unless somebody answers for it; null rests.
    """

    class Cause(models.TextChoices):
        """What it is about."""

        DANGER = "danger", _("may mean danger")
        SUPPORT = "support", _("asked for support")

    class Way(models.TextChoices):
        """How somebody took it."""

        TEXT = "text", _("by text")
        WEB = "web", _("on the web")

    class Outcome(models.TextChoices):
        """How it ended."""

        SAFE = "safe", _("talked, and safe for now")
        CARE = "care", _("brought to emergency or crisis care")
        OTHERS = "others", _("others are looking after the person")
        UNREACHED = "unreached", _("not reached; others were told")
        FALSE_ALARM = "false_alarm", _("no danger: a false alarm")

    uid = uid_field()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="alarms")
    graduate = models.ForeignKey(
        Graduate, null=True, on_delete=models.CASCADE, related_name="alarms"
    )
    # The number, where nobody knows whose it is.
    address = models.ForeignKey(Address, null=True, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=8, choices=Cause, default=Cause.DANGER)
    # What the person texts back to take it.
    code = models.CharField(max_length=4)
    # They have said STOP, so that only a call reaches them.
    cannot_be_texted = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    rounds = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    acknowledged_way = models.CharField(max_length=4, choices=Way, blank=True, default="")
    # When somebody is asked whether planned texts may go on; they rest until a person says so.
    ask_at = models.DateTimeField(null=True, blank=True)
    resumed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True, default="")
    note = EncryptedTextField(blank=True, default="")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["graduate", "cause"],
                condition=Q(closed_at__isnull=True, graduate__isnull=False),
                name="alarm_one_open",
            ),
            models.UniqueConstraint(
                fields=["program", "address"],
                condition=Q(closed_at__isnull=True, graduate__isnull=True),
                name="alarm_one_open_number",
            ),
            models.CheckConstraint(
                condition=Q(graduate__isnull=False) | Q(address__isnull=False),
                name="alarm_is_about_somebody",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"], condition=Q(next_at__isnull=False), name="alarm_to_page"
            ),
            models.Index(fields=["ask_at"], condition=Q(ask_at__isnull=False), name="alarm_to_ask"),
            models.Index(fields=["graduate", "resumed_at"], name="alarm_of_graduate"),
        ]

    def __str__(self) -> str:
        return f"Alarm #{self.pk}"


class CopingPlan(models.Model):
    """What helps one graduate through a hard moment, in their own words.

    `content` holds "steps" and "reasons" (lists of lines) and "people" (a list of {"name", "phone"}).
    """

    uid = uid_field()
    graduate = models.OneToOneField(Graduate, on_delete=models.CASCADE, related_name="coping_plan")
    content = EncryptedJSONField(default=dict)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"CopingPlan #{self.pk}"


class Setback(models.Model):
    """One return to the old habit that somebody told us of; nobody on the staff sees it unless they may be told."""

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="setbacks")
    at = models.DateTimeField()
    # What the person said when asked whether the counselor may know; null until they say.
    may_be_told = models.BooleanField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["graduate", "-at"], name="setback_history")]

    def __str__(self) -> str:
        return f"Setback #{self.pk}"
