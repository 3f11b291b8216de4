"""How often people hear from a program: its templates, the texts that ask nothing, and hard days ahead."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftercare.cadence import Step, Template, TouchKind
from aftercare.models.people import Graduate, Track
from notifications.fields import EncryptedTextField
from notifications.models import Message, Program, uid_field


class CadenceTemplate(models.Model):
    """What a program sets for one track, or for every track that has none of its own."""

    uid = uid_field()
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="cadences")
    # Empty is for every track.
    track = models.CharField(max_length=16, choices=Track, blank=True, default="")
    # [days between check-ins, last day or null] in order; days count from the beginning of aftercare.
    steps = models.JSONField()
    touch_days = models.JSONField()
    caring_days = models.JSONField()
    caring_every = models.PositiveSmallIntegerField()
    weekdays = models.JSONField()
    has_on_call = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["program", "track"], name="cadence_once_a_track")
        ]

    def __str__(self) -> str:
        return f"CadenceTemplate #{self.pk}"

    @property
    def template(self) -> Template:
        """The same as the rules know it."""
        return Template(
            steps=tuple(Step(every=every, until=until) for every, until in self.steps),
            touches=tuple(self.touch_days),
            caring=tuple(self.caring_days),
            caring_every=self.caring_every,
            weekdays=tuple(self.weekdays),
            has_on_call=self.has_on_call,
        )


class ToughDay(models.Model):
    """A day that somebody expects to be hard: a text before it, a hello after."""

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="tough_days")
    # The graduate's local day.
    on = models.DateField()
    # What it is, in own words; no text ever says it.
    note = EncryptedTextField(blank=True, default="")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["graduate", "on"], name="tough_day_once")
        ]

    def __str__(self) -> str:
        return f"ToughDay #{self.pk}"


class Touch(models.Model):
    """One text that asks nothing, and to which no answer is expected."""

    class Kind(models.TextChoices):
        """Why it is sent."""

        CARING = TouchKind.CARING.value, _("caring contact")
        HELLO = TouchKind.HELLO.value, _("hello of the quarter")
        ANNIVERSARY = TouchKind.ANNIVERSARY.value, _("anniversary")
        BEFORE = "before", _("before a hard day")
        AFTER = "after", _("hello after a hard day")

    class State(models.TextChoices):
        """Where it stands."""

        PLANNED = "planned", _("planned")
        SENT = "sent", _("sent")
        LEFT_OUT = "left_out", _("left out")
        CANCELLED = "cancelled", _("cancelled")

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="touches")
    kind = models.CharField(max_length=16, choices=Kind)
    # The local day it is for, which may lie before or after the day it can be sent on.
    on = models.DateField()
    tough_day = models.ForeignKey(
        ToughDay, null=True, on_delete=models.CASCADE, related_name="touches"
    )
    state = models.CharField(max_length=16, choices=State, default=State.PLANNED)
    send_at = models.DateTimeField()
    message = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["send_at"], condition=Q(state="planned"), name="touch_to_send"),
            models.Index(fields=["graduate", "send_at"], name="touch_history"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["graduate", "kind", "on"], name="touch_once")
        ]

    def __str__(self) -> str:
        return f"Touch #{self.pk}"
