"""In whose name, from what, to whom, and with what consent."""

import uuid
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.fields import EncryptedTextField
from notifications.kinds import Scope


def uid_field() -> "models.UUIDField[uuid.UUID, uuid.UUID]":
    """The public id of a row, used wherever an address, callback, cipher or export points at it."""
    return models.UUIDField(default=uuid.uuid4, unique=True, editable=False)


class Program(models.Model):
    """In whose name texts leave: one treatment program with its zone, hours, phone and crisis texts.

    `staffed_hours` is a list of seven lists of ["HH:MM", "HH:MM"] windows, Monday first, wall time in `time_zone`.
    `crisis_texts` maps a language code to the text that answers crisis words.
    """

    uid = uid_field()
    name = models.CharField(_("name"), max_length=120)
    # The name texts are signed with: neutral, because it stands on a lock screen.
    alias = models.CharField(_("neutral name in texts"), max_length=40)
    time_zone = models.CharField(_("time zone"), max_length=64)
    phone = models.CharField(_("phone"), max_length=20)
    staffed_hours = models.JSONField(_("staffed hours"), default=list)
    crisis_texts = models.JSONField(_("crisis texts"), default=dict)
    texting_on = models.BooleanField(_("texting is on"), default=True)
    # Numbers that nobody knows are told what is near, too, and not only that nobody knows them.
    answers_strangers = models.BooleanField(_("strangers may ask by text"), default=False)
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(editable=False)

    def __str__(self) -> str:
        return self.name

    def is_staffed(self, at: datetime) -> bool:
        """Whether somebody is in the office at this instant."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        clock = local.strftime("%H:%M")
        hours = self.staffed_hours[local.weekday()] if self.staffed_hours else []
        return any(start <= clock < end for start, end in hours)


class Sender(models.Model):
    """A number or mailbox a program sends from."""

    class Channel(models.TextChoices):
        """How a message travels."""

        SMS = "sms", _("text")
        EMAIL = "email", _("e-mail")

    uid = uid_field()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="senders")
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.SMS)
    number = models.CharField(max_length=120, blank=True, default="")
    messaging_service = models.CharField(max_length=64, blank=True, default="")
    segments_per_second = models.FloatField(default=1.0)
    # What carriers take from this number in a day of its program; null where there is no such limit.
    segments_per_day = models.PositiveIntegerField(null=True, blank=True)
    # Kept by notifications.pacing: when the pace lets the next segment go, and the day's count.
    free_at = models.DateTimeField(null=True, editable=False)
    counted_on = models.DateField(null=True, editable=False)
    counted = models.PositiveIntegerField(default=0, editable=False)
    is_on = models.BooleanField(default=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    paused_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "number"], condition=~Q(number=""), name="sender_number_once"
            ),
            models.CheckConstraint(
                condition=Q(segments_per_second__gt=0), name="sender_has_a_pace"
            ),
        ]

    def __str__(self) -> str:
        return f"Sender #{self.pk}"


class Address(models.Model):
    """A phone number or e-mail address we may write to, with what its owner allows.

    `quiet_windows` is a list of ["HH:MM", "HH:MM"] wall-time windows in which the owner's own reminders wait.
    """

    uid = uid_field()
    channel = models.CharField(max_length=8, choices=Sender.Channel, default=Sender.Channel.SMS)
    value = EncryptedTextField()
    index = models.CharField(max_length=64, unique=True, editable=False)
    time_zone = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=2, blank=True, default="")
    language = models.CharField(max_length=8, blank=True, default="en")
    quiet_windows = models.JSONField(default=list, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    opted_out_at = models.DateTimeField(null=True, blank=True)
    unreachable_at = models.DateTimeField(null=True, blank=True)
    unreachable_reason = models.CharField(max_length=64, blank=True, default="")
    # It stopped, started again, died or came alive, and nobody has taken note of it yet.
    has_news = models.BooleanField(default=False)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(has_news=True), name="address_news"),
        ]

    def __str__(self) -> str:
        return f"Address #{self.pk}"


class ConsentEvent(models.Model):
    """One yes or no of an address's owner; the newest per (address, program, scope) holds.

    A scope of "" stands for everything, and a program of None for every program (STOP acts on the address).
    """

    class Source(models.TextChoices):
        """How we know."""

        WEB = "web", _("on the web")
        TEXT = "text", _("by text")
        STAFF = "staff", _("told to staff")
        PROVIDER = "provider", _("told to the phone company")
        MAIL = "mail", _("by the link in a mail")

    uid = uid_field()
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="consent_events")
    program = models.ForeignKey(Program, null=True, on_delete=models.PROTECT)
    scope = models.CharField(max_length=16, choices=Scope, blank=True, default="")
    granted = models.BooleanField()
    source = models.CharField(max_length=16, choices=Source)
    # The words that were read or shown, or that the person wrote.
    words = EncryptedTextField(blank=True, default="")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["address", "program", "scope", "-at"], name="consent_newest")
        ]

    def __str__(self) -> str:
        return f"ConsentEvent #{self.pk}"
