"""The directory: feeds, the support meetings they list, and what each import did."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from notifications.models import uid_field

__all__ = ["Feed", "ImportRun", "Meeting", "MeetingNews"]


class Feed(models.Model):
    """A source of meetings: where it is, what it speaks, and how its last fetch went."""

    class Kind(models.TextChoices):
        """The format of the source."""

        MEETING_GUIDE = "meeting_guide", "Meeting Guide JSON"
        BMLT = "bmlt", "BMLT JSON"
        CSV = "csv", "CSV"

    uid = uid_field()
    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("format"), max_length=16, choices=Kind)
    # A path or an address. Only addresses are fetched by the hourly job.
    source = models.CharField(_("source"), max_length=1000)
    fellowship = models.CharField(_("fellowship"), max_length=32)
    timezone = models.CharField(_("time zone"), max_length=64)
    enabled = models.BooleanField(_("fetch every hour"), default=True)
    etag = models.CharField(max_length=255, blank=True, default="")
    last_modified = models.CharField(max_length=64, blank=True, default="")
    # SHA-256 of the bytes that were last applied.
    content_hash = models.CharField(max_length=64, blank=True, default="")
    last_run_at = models.DateTimeField(null=True, blank=True)
    last_ok_at = models.DateTimeField(null=True, blank=True)
    next_run_at = models.DateTimeField(null=True, blank=True)
    # Failed fetches in a row, and the words of the last one.
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_run_at"], condition=Q(enabled=True), name="feed_due")
        ]

    def __str__(self) -> str:
        return f"Feed #{self.pk}"


class Meeting(models.Model):
    """A support meeting on one weekday: a meeting held on three days is three rows.

    A row is never deleted by an import: plans, reminders and attendance point at it.
    """

    class Attendance(models.TextChoices):
        """How people can come."""

        IN_PERSON = "in_person", _("in person")
        ONLINE = "online", _("online")
        HYBRID = "hybrid", _("in person and online")
        INACTIVE = "inactive", _("not meeting now")

    class InactiveReason(models.TextChoices):
        """Why nobody should go there now."""

        CLOSED = "temporarily closed", _("temporarily closed")
        NOT_EXACT = "address not exact", _("address not exact")
        RETIRED = "no longer listed", _("no longer listed")

    uid = uid_field()
    # Ours and permanent: made once, kept when the name, the day or the source's own slug changes.
    slug = models.SlugField(max_length=80, unique=True)
    # Null for a meeting that was added by hand.
    feed = models.ForeignKey(
        Feed, null=True, blank=True, on_delete=models.PROTECT, related_name="meetings"
    )
    source_id = models.CharField(max_length=255, blank=True, default="")
    source_slug = models.CharField(max_length=255, blank=True, default="")
    source_url = models.CharField(max_length=1000, blank=True, default="")
    source_updated_at = models.DateTimeField(null=True, blank=True)
    # What the source said, without the time of its last edit: equal hashes mean nothing changed.
    content_hash = models.CharField(max_length=64, blank=True, default="")

    name = models.CharField(_("name"), max_length=255)
    group = models.CharField(_("group"), max_length=255, blank=True, default="")
    fellowship = models.CharField(_("fellowship"), max_length=32)
    notes = models.TextField(_("notes"), blank=True, default="")
    # Words in the notes that speak of certain weeks ("2nd Saturday"): a hint, not a rule.
    week_hint = models.CharField(max_length=120, blank=True, default="")
    # The weeks of the month it meets in, as moments.WEEKS counts them; null is every week. Said by
    # staff alone, for a hint is no rule.
    weeks = models.PositiveSmallIntegerField(null=True, blank=True)

    # 0 is Sunday, as in the feeds; null means by appointment.
    weekday = models.PositiveSmallIntegerField(_("day"), null=True, blank=True)
    start_time = models.TimeField(_("time"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("length in minutes"), default=60)
    end_is_stated = models.BooleanField(default=False)
    timezone = models.CharField(_("time zone"), max_length=64)
    # moments.start_minute: the minute of the week in UTC, where day and time are known.
    start_minute = models.PositiveSmallIntegerField(null=True, blank=True)

    location = models.CharField(_("place"), max_length=255, blank=True, default="")
    location_notes = models.TextField(_("about the place"), blank=True, default="")
    address = models.CharField(_("address"), max_length=500, blank=True, default="")
    is_approximate = models.BooleanField(_("the address is not exact"), default=False)
    # "County > Town", general to specific, and the same as "/county/town/".
    region = models.CharField(_("region"), max_length=500, blank=True, default="")
    region_path = models.CharField(max_length=500, blank=True, default="")
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    # The same point on the unit sphere, so that a database can compare great-circle distances
    # by plain arithmetic.
    x = models.FloatField(null=True, blank=True)
    y = models.FloatField(null=True, blank=True)
    z = models.FloatField(null=True, blank=True)

    attendance = models.CharField(_("attendance"), max_length=16, choices=Attendance)
    active = models.BooleanField(default=True)
    inactive_reason = models.CharField(
        max_length=32, choices=InactiveReason, blank=True, default=""
    )
    # The source's own codes, which mean something only together with the fellowship.
    types = models.JSONField(default=list)
    # Canonical tags, space-separated with a space at both ends.
    tags = models.TextField(blank=True, default=" ")
    conference_url = models.CharField(max_length=1000, blank=True, default="")
    conference_url_notes = models.TextField(blank=True, default="")
    conference_phone = models.CharField(max_length=255, blank=True, default="")
    conference_phone_notes = models.TextField(blank=True, default="")

    # Folded words of everything that `q` searches, with marks for what else is asked for, as
    # directory.words writes them; and the folded name for sorting.
    words = models.TextField(blank=True, default="")
    name_key = models.CharField(max_length=255, blank=True, default="")

    absences = models.PositiveSmallIntegerField(default=0)
    absent_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    # When its day, time or place last became another, or it closed: who has it in a plan is told.
    moved_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(editable=False)
    changed_at = models.DateTimeField(editable=False)

    class Meta:
        indexes: ClassVar = [
            # All that is needed to know what is under way and next, and what is near, without a look
            # at the rows. SQLite looks at them for a column that stands in the condition alone.
            models.Index(
                fields=["start_minute", "minutes", "timezone", "weekday", "active"],
                condition=Q(active=True),
                name="meeting_by_start",
            ),
            models.Index(
                fields=["latitude", "longitude", "weekday", "active"],
                condition=Q(active=True),
                name="meeting_by_place",
            ),
            models.Index(
                fields=["name_key", "slug", "active"],
                condition=Q(active=True),
                name="meeting_by_name",
            ),
            models.Index(fields=["timezone"], name="meeting_by_zone"),
            models.Index(
                fields=["id"], condition=Q(weeks__isnull=False), name="meeting_not_every_week"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(weekday__isnull=True) | Q(weekday__lte=6), name="meeting_weekday"
            ),
            models.CheckConstraint(
                condition=Q(start_minute__isnull=True)
                | Q(start_minute__lt=7 * 1440, weekday__isnull=False, start_time__isnull=False),
                name="meeting_start_minute",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="meeting_point",
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True) | Q(active=False), name="meeting_retired"
            ),
        ]

    def __str__(self) -> str:
        return f"Meeting #{self.pk}"

    def get_weekday_name(self) -> str:
        """The day in words, or that there is none."""
        if self.weekday is None:
            return gettext("by appointment")
        return str(WEEKDAYS[(self.weekday - 1) % 7])

    @property
    def join_needs_login(self) -> bool:
        """The group asks that only people with a log-in read how to join, as staff noted."""
        edit = getattr(self, "edit", None)
        return edit is not None and edit.join_needs_login


class ImportRun(models.Model):
    """One import of a feed that changed something, or was held for a person."""

    uid = uid_field()
    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="runs")
    at = models.DateTimeField()
    content_hash = models.CharField(max_length=64)
    report = models.JSONField(default=dict)
    # What it adds, changes and misses: up to a hundred of each, as importing.Differences has them.
    differences = models.JSONField(default=dict)
    held = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True, default="")
    # The bytes of a held import, so that a person can still accept exactly these.
    payload = models.BinaryField(null=True, blank=True)
    # What a person decided of a held import, and when.
    accepted = models.BooleanField(null=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["feed", "-at"], name="import_run_history")]

    def __str__(self) -> str:
        return f"Import run #{self.pk}"


class MeetingNews(models.Model):
    """One graduate is told, once, that a support meeting of the plan became another or closed."""

    uid = uid_field()
    commitment = models.ForeignKey(
        "aftercare.Commitment", on_delete=models.CASCADE, related_name="news"
    )
    # The move that it tells of: Meeting.moved_at, or when a closure was set.
    moved_at = models.DateTimeField()
    told_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["commitment", "moved_at"], name="meeting_news_once")
        ]

    def __str__(self) -> str:
        return f"MeetingNews #{self.pk}"
