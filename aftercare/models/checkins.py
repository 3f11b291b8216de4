"""Check-ins: what was asked, in which window, and what was answered."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftercare.models.people import Graduate
from notifications.fields import EncryptedJSONField, EncryptedTextField
from notifications.models import InboundMessage, Message, uid_field


class CheckInQuerySet(models.QuerySet["CheckIn"]):
    """Check-ins by where they stand."""

    def open_at(self, at: datetime) -> "CheckInQuerySet":
        """Those that may be answered in time."""
        return self.filter(state=CheckIn.State.OPEN, opens_at__lte=at, closes_at__gt=at)


class CheckIn(models.Model):
    """A set of questions sent to one graduate, open for a window; by text and web it is one session.

    `questions` is the list of question codes of aftercare.questions that this sitting asks, in order.
    """

    class State(models.TextChoices):
        """Where it stands."""

        PLANNED = "planned", _("planned")
        OPEN = "open", _("open")
        ANSWERED = "answered", _("answered")
        PARTIAL = "partial", _("answered in part")
        MISSED = "missed", _("no answer")
        UNDELIVERABLE = "undeliverable", _("could not be delivered")
        CANCELLED = "cancelled", _("cancelled")

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="check_ins")
    # The local date it was planned for; one check-in a day at most.
    planned_on = models.DateField()
    questions = models.JSONField(default=list)
    state = models.CharField(max_length=16, choices=State, default=State.PLANNED)
    opens_at = models.DateTimeField()
    # When silence is met with a nudge; null once there is no more need of one.
    nudge_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField()
    message = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="+")
    nudge = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="+")
    # How often the question at hand was not understood.
    misunderstood = models.PositiveSmallIntegerField(default=0)
    first_answer_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # When the counselor pressed "read"; the graduate is told so, and only then.
    read_at = models.DateTimeField(null=True, blank=True)

    objects = CheckInQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["opens_at"], condition=Q(state="planned"), name="checkin_to_open"),
            models.Index(fields=["nudge_at"], condition=Q(state="open"), name="checkin_to_nudge"),
            models.Index(fields=["closes_at"], condition=Q(state="open"), name="checkin_to_close"),
            models.Index(fields=["graduate"], condition=Q(state="planned"), name="checkin_planned"),
            models.Index(fields=["graduate", "-opens_at"], name="checkin_history"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["graduate", "planned_on"], name="checkin_once_a_day"),
            models.CheckConstraint(
                condition=Q(closes_at__gt=models.F("opens_at")), name="checkin_closes_later"
            ),
        ]

    def __str__(self) -> str:
        return f"CheckIn #{self.pk}"


class Answer(models.Model):
    """What one reply, or one web form field, meant for one question of a check-in."""

    class Door(models.TextChoices):
        """How it came."""

        TEXT = "text", _("by text")
        WEB = "web", _("on the web")
        STAFF = "staff", _("told to staff")

    uid = uid_field()
    check_in = models.ForeignKey(CheckIn, on_delete=models.CASCADE, related_name="answers")
    question = models.CharField(max_length=32)
    # {"value": number | "yes" | "no" | text}
    content = EncryptedJSONField()
    door = models.CharField(max_length=8, choices=Door)
    inbound = models.ForeignKey(
        InboundMessage, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["check_in", "question"], name="answer_once")
        ]

    def __str__(self) -> str:
        return f"Answer #{self.pk}"


class Reply(models.Model):
    """How one inbound text was read, and whether a person must look at it."""

    class Kind(models.TextChoices):
        """What it was taken for."""

        OPT_OUT = "opt_out", _("asked us to stop")
        OPT_IN = "opt_in", _("asked us to start again")
        HELP = "help", _("asked for help with texts")
        NEED_SUPPORT = "need_support", _("asked for support")
        ANSWER = "answer", _("answered a check-in")
        NOTE = "note", _("wrote something")
        NOT_UNDERSTOOD = "not_understood", _("not understood")
        UNKNOWN_NUMBER = "unknown_number", _("from a number we do not know")
        CALL = "call", _("called")
        FINDER = "finder", _("asked what is near a place")
        HARD_MOMENT = "hard_moment", _("has a hard moment")
        STAFF = "staff", _("from staff")
        WISH = "wish", _("chose how often we ask")

    uid = uid_field()
    inbound = models.OneToOneField(InboundMessage, on_delete=models.CASCADE, related_name="reply")
    graduate = models.ForeignKey(
        Graduate, null=True, on_delete=models.CASCADE, related_name="replies"
    )
    check_in = models.ForeignKey(
        CheckIn, null=True, on_delete=models.SET_NULL, related_name="replies"
    )
    kind = models.CharField(max_length=16, choices=Kind)
    crisis = models.BooleanField(default=False)
    tier = models.CharField(max_length=1, blank=True, default="")
    crisis_class = models.CharField(max_length=24, blank=True, default="")
    # Unclear danger is asked about; silence until this instant is taken for danger.
    follow_up_at = models.DateTimeField(null=True, blank=True)
    note = EncryptedTextField(blank=True, default="")
    at = models.DateTimeField()
    # It stands in the inbox until a person marks it.
    needs_person = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True, blank=True)
    read_by = models.ForeignKey(
        "portal.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["at"],
                condition=Q(needs_person=True, read_at__isnull=True),
                name="reply_inbox",
            ),
            models.Index(fields=["graduate", "-at"], name="reply_history"),
            models.Index(
                fields=["follow_up_at"],
                condition=Q(follow_up_at__isnull=False),
                name="reply_to_follow_up",
            ),
        ]

    def __str__(self) -> str:
        return f"Reply #{self.pk}"
