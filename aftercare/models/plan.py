"""The plan: commitments, and the record of what was due from a graduate and what came."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftercare.models.people import Graduate
from aftercare.recurrence import Lead, Repeats, Rule
from notifications.fields import EncryptedTextField
from notifications.models import uid_field


class Commitment(models.Model):
    """One ongoing support in a graduate's plan, with its rule in wall time of its own zone."""

    class Kind(models.TextChoices):
        """What it is."""

        SUPPORT_MEETING = "support_meeting", _("support meeting")
        THERAPY = "therapy", _("therapy session")
        GROUP = "group", _("group")
        FAMILY = "family", _("family session")
        MEDICATION = "medication", _("medication")
        PRACTICE = "practice", _("practice")
        ACTIVITY = "activity", _("exercise or art")
        MEAL = "meal", _("meal support")
        CUSTOM = "custom", _("something else")

    # What a program runs itself, and does not on its holidays.
    OF_PROGRAM: ClassVar = (Kind.THERAPY, Kind.GROUP, Kind.FAMILY)

    class Repeats(models.TextChoices):
        """How it comes back."""

        ONCE = "once", _("once")
        WEEKLY = "weekly", _("weekly")
        MONTHLY_POSITION = "monthly_position", _("monthly, by weekday")
        MONTHLY_DATE = "monthly_date", _("monthly, by date")

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="commitments")
    kind = models.CharField(max_length=24, choices=Kind)
    title = EncryptedTextField(_("name"))
    place = EncryptedTextField(_("place"), blank=True, default="")
    join_link = EncryptedTextField(_("link to join"), blank=True, default="")
    meeting = models.ForeignKey(
        "aftercare.Meeting",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="commitments",
    )
    repeats = models.CharField(max_length=24, choices=Repeats, default=Repeats.WEEKLY)
    interval = models.PositiveSmallIntegerField(_("every how many weeks"), default=1)
    # Monday is 0. Weekly rules use all of them, monthly ones by position the first.
    weekdays = models.JSONField(_("weekdays"), default=list)
    # 1 to 4, or -1 for the last; for monthly rules by position.
    position = models.SmallIntegerField(null=True, blank=True)
    # 1 to 31 (short months are skipped), or -1 for the last day; for monthly rules by date.
    month_day = models.SmallIntegerField(null=True, blank=True)
    start_time = models.TimeField(_("time"))
    minutes = models.PositiveSmallIntegerField(_("length in minutes"), default=60)
    time_zone = models.CharField(_("time zone"), max_length=64)
    starts_on = models.DateField(_("first day"))
    until_on = models.DateField(_("last day"), null=True, blank=True)
    reminders_on = models.BooleanField(_("remind me by text"), default=True)
    remind_minutes = models.PositiveSmallIntegerField(_("how long before"), default=120)
    # Further reminders, as [minutes before, "HH:MM" or ""]; recurrence.Lead says what they mean.
    more_leads = models.JSONField(_("more reminders"), default=list, blank=True)
    travel_minutes = models.PositiveSmallIntegerField(_("minutes to get there"), default=0)
    # Reminders rest once it was kept for a year, unless the person wants to go on being reminded.
    may_rest = models.BooleanField(default=True)
    rested_at = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(editable=False)
    # When it, or any of its dates, last became another; null since it was added.
    changed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Reminders are worked out up to this instant.
    planned_until = models.DateTimeField(null=True, blank=True)
    # When the first occurrence that is not on record yet ends; null once none is to come.
    settle_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["planned_until"],
                condition=Q(ended_at__isnull=True),
                name="commitment_horizon",
            ),
            models.Index(
                fields=["settle_at"],
                condition=Q(settle_at__isnull=False),
                name="commitment_to_settle",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(interval__gte=1), name="commitment_interval"),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=models.F("starts_on")),
                name="commitment_until_later",
            ),
        ]

    def __str__(self) -> str:
        return f"Commitment #{self.pk}"

    @property
    def rule(self) -> Rule:
        """Its dates as a rule; raises recurrence.UnusableRule or UnknownTimeZone."""
        return Rule(
            repeats=Repeats(self.repeats),
            start_time=self.start_time,
            time_zone=self.time_zone,
            starts_on=self.starts_on,
            minutes=self.minutes,
            interval=self.interval,
            weekdays=tuple(self.weekdays),
            position=self.position,
            month_day=self.month_day,
            until_on=self.until_on,
        )

    @property
    def leads(self) -> tuple[Lead, ...]:
        """How long before its dates it reminds; the way there is added where there is one."""
        is_online = bool(self.join_link) and not self.place
        travel = 0 if is_online else self.travel_minutes
        pairs = [(self.remind_minutes, ""), *(tuple(pair) for pair in self.more_leads)]
        return tuple(
            Lead(minutes=minutes, clock=clock, travel=0 if clock else travel)
            for minutes, clock in dict.fromkeys(pairs)
        )


class Expectation(models.Model):
    """Something due from a graduate, with its outcome: one check-in, or one occurrence of a commitment.

    It is the attendance record and the log that the disengagement signals read.
    """

    class Kind(models.TextChoices):
        """What was due."""

        CHECK_IN = "check_in", _("check-in")
        OCCURRENCE = "occurrence", _("occurrence")

    class Outcome(models.TextChoices):
        """What came. Only MISSED is a miss."""

        PENDING = "pending", _("not yet known")
        KEPT = "kept", _("kept")
        LATE = "late", _("late")
        MISSED = "missed", _("missed")
        EXCUSED = "excused", _("excused")
        CANCELLED = "cancelled", _("cancelled")
        UNDELIVERABLE = "undeliverable", _("could not be delivered")
        UNREPORTED = "unreported", _("nobody said")

    CAME: ClassVar = (Outcome.KEPT, Outcome.LATE)

    class Reason(models.TextChoices):
        """Why something was excused; each may lead to an offer."""

        ILLNESS = "illness", _("I was sick")
        TRAVEL = "travel", _("I was away")
        WORK = "work", _("work or a shift")
        CHILDCARE = "childcare", _("childcare")
        TRANSPORT = "transport", _("no ride")
        MONEY = "money", _("money")
        MOVED = "moved", _("I moved")
        JAIL = "jail", _("jail")
        FORGOT = "forgot", _("I forgot")
        OTHER = "other", _("something else")

    uid = uid_field()
    # Both indexes of a history begin with it.
    graduate = models.ForeignKey(
        Graduate, on_delete=models.CASCADE, related_name="expectations", db_index=False
    )
    kind = models.CharField(max_length=16, choices=Kind)
    commitment = models.ForeignKey(
        Commitment, null=True, on_delete=models.CASCADE, related_name="expectations"
    )
    check_in = models.OneToOneField(
        "aftercare.CheckIn", null=True, on_delete=models.CASCADE, related_name="expectation"
    )
    # The local wall time "YYYY-MM-DDTHH:MM" that names an occurrence within its commitment.
    recurrence_id = models.CharField(max_length=20, blank=True, default="")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome, default=Outcome.PENDING)
    reason = models.CharField(max_length=16, choices=Reason, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # The person said by this answer that the old habit came back; null where not asked or not answered.
    reported_use = models.BooleanField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["graduate", "due_at"], name="expectation_history"),
            # All that a look at signals reads of a year: one's rows lie scattered over the table, each
            # on a page of its own, and side by side in here.
            models.Index(
                fields=[
                    "graduate",
                    "opened_at",
                    "due_at",
                    "kind",
                    "outcome",
                    "answered_at",
                    "reported_use",
                    "answered_by",
                    "commitment",
                ],
                name="expectation_of_signals",
            ),
            models.Index(
                fields=["due_at"], condition=Q(outcome="pending"), name="expectation_pending"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["commitment", "recurrence_id"],
                condition=Q(commitment__isnull=False),
                name="expectation_occurrence_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="check_in", check_in__isnull=False, commitment__isnull=True)
                | Q(kind="occurrence", commitment__isnull=False, check_in__isnull=True),
                name="expectation_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"Expectation #{self.pk}"
