"""The tables of the engine: in whose name, to whom, with what consent, what was sent, what came back."""

import uuid
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from notifications.fields import EncryptedJSONField, EncryptedTextField
from notifications.kinds import Kind, Lane, Scope


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
    created_at = models.DateTimeField(editable=False)

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


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages, and what may be done to many of them."""

    def cancel(self, *, reason: str, at: datetime) -> int:
        """Cancel those that still wait; `reason` is a code of notifications.reasons."""
        return self.filter(state__in=Message.WAITING).update(
            state=Message.State.CANCELLED, reason=reason, next_at=None, ended_at=at
        )


class Message(models.Model):
    """One outgoing text or mail, from being due to its one visible outcome."""

    class State(models.TextChoices):
        """Where a message stands; it only moves forward."""

        DUE = "due", _("waiting to be sent")
        DEFERRED = "deferred", _("waiting for a better hour")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        UNDELIVERED = "undelivered", _("not delivered")
        FAILED = "failed", _("failed")
        SUPPRESSED = "suppressed", _("held back")
        EXPIRED = "expired", _("too late to send")
        UNKNOWN = "unknown", _("unclear if it was sent")
        CANCELLED = "cancelled", _("cancelled")

    WAITING: ClassVar = (State.DUE, State.DEFERRED)
    # It has left, or may have: what the daily and weekly limits count.
    GONE: ClassVar = (State.SENDING, State.SENT, State.DELIVERED, State.UNKNOWN)

    uid = uid_field()
    key = models.CharField(max_length=120, unique=True)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="messages")
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, related_name="messages")
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="messages")
    # Whom it is about, in the caller's own terms; the engine only compares it.
    about = models.UUIDField(null=True)
    kind = models.CharField(max_length=16, choices=Kind)
    lane = models.PositiveSmallIntegerField()
    body = EncryptedTextField()
    segments = models.PositiveSmallIntegerField(default=1)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=16, choices=State, default=State.DUE)
    # A code of notifications.reasons; why it was held back, failed, expired or was cancelled.
    reason = models.CharField(max_length=64, blank=True, default="")
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    # When the engine looks at it next: `not_before`, a quiet hour's end, or a back-off; null once it waits no more.
    next_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(editable=False)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # When it was left to a person whether it was sent; stays, and means something while UNKNOWN.
    unsettled_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # SQLite takes a partial index only where the query's words imply its condition, as
            # `next_at <= x` does this one; a list of states would not.
            models.Index(
                fields=["lane", "next_at"],
                condition=Q(next_at__isnull=False),
                name="message_due",
            ),
            # The same for one sender, so that each has its turn.
            models.Index(
                fields=["sender", "lane", "next_at", "id"],
                condition=Q(next_at__isnull=False),
                name="message_turn",
            ),
            models.Index(fields=["about", "-queued_at"], name="message_about"),
            models.Index(fields=["address", "claimed_at"], name="message_claimed_for"),
            models.Index(
                fields=["ended_at"], condition=Q(ended_at__isnull=False), name="message_ended"
            ),
            models.Index(
                fields=["unsettled_at"],
                condition=Q(unsettled_at__isnull=False),
                name="message_unsettled",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("not_before")),
                name="message_expires_later",
            ),
            # Nobody would look for it in any other lane.
            models.CheckConstraint(
                condition=Q(lane__lte=Lane.EVENT.value), name="message_has_a_lane"
            ),
        ]

    def __str__(self) -> str:
        return f"Message #{self.pk}"


class Attempt(models.Model):
    """One try to hand a message to the provider; committed before the first byte leaves."""

    class State(models.TextChoices):
        """What is known of the try."""

        SUBMITTING = "submitting", _("on its way")
        SUBMITTED = "submitted", _("accepted")
        REJECTED = "rejected", _("refused")
        NOT_SENT = "not_sent", _("not sent")
        UNKNOWN = "unknown", _("unclear")
        UNSETTLED = "unsettled", _("left to a person")

    OPEN: ClassVar = (State.SUBMITTING, State.UNKNOWN)

    uid = uid_field()
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attempts")
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="+")
    # The worker whose lock tells whether it is alive.
    owner = models.CharField(max_length=80)
    # Lane 0 waits for nobody, not even for what is unclear about the same recipient.
    is_urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=State, default=State.SUBMITTING)
    provider_id = models.CharField(max_length=64, blank=True, default="")
    # The furthest word of the provider on what became of it, and its code.
    status = models.CharField(max_length=24, blank=True, default="")
    code = models.CharField(max_length=16, blank=True, default="")
    looks = models.PositiveSmallIntegerField(default=0)
    # When the provider is asked about it; null once it is no longer open (SUBMITTING, UNKNOWN).
    next_look_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # When the provider is next spoken to about what it took: for its last word, or to wipe its copy
    # of the words; null while there is nothing to say.
    next_ask_at = models.DateTimeField(null=True)
    asks = models.PositiveSmallIntegerField(default=0)
    # When the daily comparison met it in the provider's own list.
    listed_at = models.DateTimeField(null=True)
    redacted_at = models.DateTimeField(null=True)
    # What the provider charged; null until it says so.
    billed_segments = models.PositiveSmallIntegerField(null=True)
    price = models.DecimalField(max_digits=10, decimal_places=5, null=True)
    price_unit = models.CharField(max_length=3, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["provider_id"], name="attempt_provider_id"),
            models.Index(fields=["started_at"], name="attempt_started"),
            models.Index(
                fields=["next_ask_at"],
                condition=Q(next_ask_at__isnull=False),
                name="attempt_to_ask",
            ),
            models.Index(
                fields=["next_look_at"],
                condition=Q(next_look_at__isnull=False),
                name="attempt_open",
            ),
        ]
        constraints: ClassVar = [
            # So that a look-up at the provider by recipient has one answer.
            models.UniqueConstraint(
                fields=["address"],
                condition=Q(next_look_at__isnull=False, is_urgent=False),
                name="attempt_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"Attempt #{self.pk}"


class Decision(models.Model):
    """What a person decided about one message, and how it stood before, so that it can be undone."""

    class Deed(models.TextChoices):
        """What can be decided."""

        ARRIVED = "arrived", _("it arrived, or is not needed any more")
        AGAIN = "again", _("send it again")
        CANCEL = "cancel", _("do not send it")

    uid = uid_field()
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="decisions")
    deed = models.CharField(max_length=8, choices=Deed)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    was_state = models.CharField(max_length=16, choices=Message.State)
    was_reason = models.CharField(max_length=64, blank=True, default="")
    was_next_at = models.DateTimeField(null=True)
    was_ended_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Decision #{self.pk}"


class Callback(models.Model):
    """One raw status report of the provider, kept once."""

    uid = uid_field()
    attempt = models.ForeignKey(
        Attempt, null=True, on_delete=models.CASCADE, related_name="callbacks"
    )
    provider_id = models.CharField(max_length=64)
    status = models.CharField(max_length=24)
    code = models.CharField(max_length=16, blank=True, default="")
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider_id", "status", "code"], name="callback_once")
        ]

    def __str__(self) -> str:
        return f"Callback #{self.pk}"


class InboundMessage(models.Model):
    """One text that came in, stored before anything else is done with it."""

    uid = uid_field()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="inbound")
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, related_name="inbound")
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="inbound")
    provider_id = models.CharField(max_length=64, unique=True)
    body = EncryptedTextField(blank=True, default="")
    media = models.PositiveSmallIntegerField(default=0)
    # Somebody called the number; there are no words.
    is_call = models.BooleanField(default=False)
    # The carrier word it is, if any: stop, start or help.
    keyword = models.CharField(max_length=8, blank=True, default="")
    answer = EncryptedJSONField(null=True)
    received_at = models.DateTimeField()
    # When the caller's code has read it; null means the sweep will find it.
    read_at = models.DateTimeField(null=True)
    # When the provider is next asked to wipe its copy of the words; null once it has.
    next_ask_at = models.DateTimeField(null=True)
    asks = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["received_at"], condition=Q(read_at__isnull=True), name="inbound_unread"
            ),
            models.Index(fields=["address", "-received_at"], name="inbound_from"),
            models.Index(
                fields=["next_ask_at"],
                condition=Q(next_ask_at__isnull=False),
                name="inbound_to_ask",
            ),
        ]

    def __str__(self) -> str:
        return f"InboundMessage #{self.pk}"


class Sweep(models.Model):
    """One day (UTC) held against the provider's own list: what both have, and what only one has."""

    on = models.DateField(unique=True)
    # Where the list goes on, in the provider's own words; a sweep that was cut short begins there.
    cursor = models.TextField(blank=True, default="")
    listed = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    # Sends nobody here knew the fate of, found in the list.
    settled = models.PositiveIntegerField(default=0)
    # Texts that came in and never reached us until now.
    fetched = models.PositiveIntegerField(default=0)
    # The provider's ids of texts that nobody here knows as sent.
    strangers = models.JSONField(default=list)
    # Keys of attempts that we hold as taken and the provider does not know.
    missing = models.JSONField(default=list)
    began_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Sweep of {self.on}"


class Breaker(models.Model):
    """How one way out fares: while it fails again and again, nothing is claimed for it.

    No row, or no `failures`, is a way in order. With `open_until` it rests, until one parcel tries it.
    """

    name = models.CharField(max_length=16, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    openings = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    open_until = models.DateTimeField(null=True)
    # A code of notifications.reasons.
    reason = models.CharField(max_length=64, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """When a background job last ran; a missing beat alarms."""

    name = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ClockOffset(models.Model):
    """How far the demo's clock runs ahead; one row, read only where DEMO=1."""

    offset_seconds = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return "ClockOffset"
