"""What changes single dates of a plan, and the two ways in which dates reach people: calendars and broadcasts."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from aftercare.models.people import Graduate
from aftercare.models.plan import Commitment
from aftercare.recurrence import Pause
from notifications.fields import EncryptedTextField
from notifications.models import Program, uid_field


class Broadcast(models.Model):
    """A shared date that staff called off, told to everybody who was expected."""

    uid = uid_field()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="broadcasts")
    title = EncryptedTextField()
    note = EncryptedTextField(blank=True, default="")
    starts_at = models.DateTimeField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    sent_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["program", "starts_at"], name="broadcast_of_program")
        ]

    def __str__(self) -> str:
        return f"Broadcast #{self.pk}"


class DateChange(models.Model):
    """One date of a commitment that goes another way than its rule says, by local recurrence id."""

    class Kind(models.TextChoices):
        """What became of the date."""

        SKIPPED = "skipped", _("left out")
        MOVED = "moved", _("moved")
        CALLED_OFF = "called_off", _("called off")

    uid = uid_field()
    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="changes")
    recurrence_id = models.CharField(max_length=20)
    kind = models.CharField(max_length=16, choices=Kind)
    # Wall time in the commitment's zone; it outlives a date's being called off, and comes back with it.
    moved_on = models.DateField(null=True, blank=True)
    moved_time = models.TimeField(null=True, blank=True)
    broadcast = models.ForeignKey(
        Broadcast, null=True, blank=True, on_delete=models.CASCADE, related_name="changes"
    )
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["commitment", "recurrence_id"], name="date_change_once"
            ),
            models.CheckConstraint(
                condition=Q(moved_on__isnull=True, moved_time__isnull=True)
                | Q(moved_on__isnull=False, moved_time__isnull=False),
                name="date_change_whole_move",
            ),
            models.CheckConstraint(
                condition=~Q(kind="moved") | Q(moved_on__isnull=False),
                name="date_change_moved_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return f"DateChange #{self.pk}"


class _Span(models.Model):
    """Local days from the first to the last, both included."""

    uid = uid_field()
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(editable=False)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")), name="%(class)s_last_not_before_first"
            )
        ]

    @property
    def days(self) -> Pause:
        """The span as the dates of a rule read it."""
        return Pause(first_on=self.first_on, last_on=self.last_on)


class PlanPause(_Span):
    """Days on which one commitment, or (without one) the whole plan of a graduate, does not happen."""

    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="plan_pauses")
    commitment = models.ForeignKey(
        Commitment, null=True, blank=True, on_delete=models.CASCADE, related_name="pauses"
    )

    def __str__(self) -> str:
        return f"PlanPause #{self.pk}"


class Holiday(_Span):
    """Days on which nothing that a program runs itself happens."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="holidays")
    name = models.CharField(_("name"), max_length=80)

    def __str__(self) -> str:
        return f"Holiday #{self.pk}"


class CalendarLink(models.Model):
    """The secret address of one graduate's calendar; only its fingerprint is stored."""

    uid = uid_field()
    graduate = models.OneToOneField(
        Graduate, on_delete=models.CASCADE, related_name="calendar_link"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    full_titles = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"CalendarLink #{self.pk}"
