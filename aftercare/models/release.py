"""What a graduate lets others be told, and the ledger of what they were told."""

from datetime import date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftercare.models.people import Graduate
from notifications.fields import EncryptedTextField
from notifications.models import uid_field


class Item(models.TextChoices):
    """One thing somebody may be told; each is agreed to on its own, and none is free text or a score."""

    NAME = "name", _("my first name, so that they can say hello")
    ATTENDANCE = "attendance", _("whether I went to something in my plan, week by week: yes or no")
    MILESTONES = "milestones", _("milestones, such as three months")
    ALERTS = "alerts", _("that a hello from them would help me now")
    UNREACHABLE = "unreachable", _("that the program cannot reach me, so that they can help")
    LETTER = "letter", _("a letter: the dates I took part, and how often I went")


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Releases by what they allow."""

    def in_force(self, at: datetime) -> "ReleaseQuerySet":
        """Those that allow something at this instant: signed, not revoked, not over."""
        open_ended = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
        return self.filter(open_ended, signed_at__lte=at, revoked_at__isnull=True)


class Release(models.Model):
    """A consent to tell one recipient certain things (42 CFR 2.31); it allows nothing before it is signed.

    It ends on a day, by an event that staff note down, or at once when the graduate revokes it.
    """

    class Way(models.TextChoices):
        """How it was signed."""

        WEB = "web", _("on the web")
        ALOUD = "aloud", _("read aloud, and said yes to by text")

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="releases")
    # Who may disclose, what, to whom, what for.
    discloser = EncryptedTextField()
    items = models.JSONField(default=list)
    recipient = EncryptedTextField()
    relation = EncryptedTextField(blank=True, default="")
    purpose = EncryptedTextField()
    # A supporter gets a page of their own; the mailbox is where the link goes.
    has_page = models.BooleanField(default=False)
    email = EncryptedTextField(blank=True, default="")
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="releases_held",
    )
    ends_at = models.DateTimeField(null=True, blank=True)
    ends_event = EncryptedTextField(null=True, blank=True)
    # The words that were signed, as they stood, and which form they are.
    language = models.CharField(max_length=8, default="en")
    form_version = models.CharField(max_length=16, blank=True, default="")
    form_hash = models.CharField(max_length=64, blank=True, default="")
    words = EncryptedTextField(blank=True, default="")
    signature = EncryptedTextField(blank=True, default="")
    signed_at = models.DateTimeField(null=True, blank=True)
    way = models.CharField(max_length=8, choices=Way, blank=True, default="")
    # Read aloud: who vouches, and the fingerprint of the code that the answer has to carry.
    attested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    attested_at = models.DateTimeField(null=True, blank=True)
    code_hash = models.CharField(max_length=64, blank=True, default="")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField()

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True)
                | (
                    ~Q(form_hash="")
                    & ~Q(form_version="")
                    & ~Q(way="")
                    & (Q(ends_at__isnull=False) | Q(ends_event__isnull=False))
                ),
                name="release_signed_whole",
            )
        ]

    def __str__(self) -> str:
        return f"Release #{self.pk}"

    def is_in_force(self, at: datetime) -> bool:
        """Whether it allows anything at this instant."""
        is_signed = self.signed_at is not None and self.signed_at <= at
        is_over = self.revoked_at is not None or (self.ends_at is not None and self.ends_at <= at)
        return is_signed and not is_over

    @property
    def last_on(self) -> date | None:
        """The last day on which it holds, where the graduate is; None where an event ends it."""
        if self.ends_at is None:
            return None
        last = self.ends_at - timedelta(microseconds=1)
        return last.astimezone(ZoneInfo(self.graduate.time_zone)).date()

    @property
    def item_words(self) -> list[str]:
        """What may be told, in the language in force."""
        return [str(Item(item).label) for item in self.items]


class Disclosure(models.Model):
    """One thing told to somebody outside; kept three years at least (42 CFR 2.25), never changed."""

    class Basis(models.TextChoices):
        """What allows it."""

        CONSENT = "consent", _("a consent")
        EMERGENCY = "emergency", _("a medical emergency")
        AUDIT = "audit", _("an audit of the program")

    class Way(models.TextChoices):
        """How it was told."""

        PAGE = "page", _("on a page")
        LETTER = "letter", _("in a letter")
        SPOKEN = "spoken", _("by voice")

    KEPT: ClassVar = timedelta(days=3 * 366)

    uid = uid_field()
    # The ledger outlasts both: when somebody has left, `person` names whom it was about.
    graduate = models.ForeignKey(
        Graduate, null=True, on_delete=models.PROTECT, related_name="disclosures"
    )
    release = models.ForeignKey(
        Release, null=True, on_delete=models.PROTECT, related_name="disclosures"
    )
    person = EncryptedTextField(blank=True, default="")
    basis = models.CharField(max_length=16, choices=Basis)
    way = models.CharField(max_length=8, choices=Way)
    recipient = EncryptedTextField()
    # Codes of Item, and what an emergency needed in words.
    items = models.JSONField(default=list)
    what = EncryptedTextField(blank=True, default="")
    purpose = EncryptedTextField()
    # The notice that went along (42 CFR 2.32), by its version.
    notice = models.CharField(max_length=16)
    discloser = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    # An emergency is laid before a lead.
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["graduate", "-at"], name="disclosure_ledger"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(basis="consent") | Q(release__isnull=False) | Q(graduate__isnull=True),
                name="disclosure_names_its_consent",
            )
        ]

    def __str__(self) -> str:
        return f"Disclosure #{self.pk}"

    @property
    def item_words(self) -> list[str]:
        """What was told, in the language in force."""
        return [str(Item(item).label) for item in self.items]
