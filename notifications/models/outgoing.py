"""What was sent: messages, tries, what people decided, and what the provider reported."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from notifications.fields import EncryptedTextField
from notifications.kinds import Kind, Lane
from notifications.models.parties import Address, Program, Sender, uid_field


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
