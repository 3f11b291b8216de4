"""People: graduates, the roles of staff, how graduates are reached, and who is responsible for whom."""

from datetime import date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.fields import EncryptedJSONField, EncryptedTextField
from notifications.models import Address, Program, uid_field


class Track(models.TextChoices):
    """What a program treated; a graduate may have several."""

    SUBSTANCE_USE = "substance_use", _("substance use")
    MOOD = "mood", _("mental health")
    EATING = "eating", _("eating")
    TRAUMA = "trauma", _("trauma")


class Role(models.Model):
    """What a person may do for one program, until it ends; one person may hold several roles."""

    class Kind(models.TextChoices):
        """The roles of staff."""

        COUNSELOR = "counselor", _("counselor")
        LEAD = "lead", _("program lead")
        COORDINATOR = "coordinator", _("alumni coordinator")
        AUDITOR = "auditor", _("auditor")
        OPERATOR = "operator", _("operator")

    uid = uid_field()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="roles"
    )
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="roles")
    kind = models.CharField(max_length=16, choices=Kind)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    # A mail each morning says how much waits, without a name; off by the person's own choice.
    wants_digest = models.BooleanField(default=True)
    # When the next one is due; null until it is worked out for the first time.
    digest_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "program", "kind"],
                condition=Q(until__isnull=True),
                name="role_once",
            )
        ]

    def __str__(self) -> str:
        return f"Role #{self.pk}"


class Graduate(models.Model):
    """One person who finished one program and keeps an account, with or without a log-in."""

    class Status(models.TextChoices):
        """Where the relationship stands."""

        INVITED = "invited", _("invited")
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        LEFT = "left", _("left")
        DECEASED = "deceased", _("deceased")

    class SafetyNotes(models.TextChoices):
        """How the notes on overdose are worded for somebody whom opioids endanger."""

        NONE = "", _("none")
        DISCREET = "discreet", _("a link only")
        FULL = "full", _("in full words")

    REACHED: ClassVar = (Status.ACTIVE, Status.PAUSED)

    uid = uid_field()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="graduates")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="graduates",
    )
    first_name = EncryptedTextField(_("first name"))
    last_name = EncryptedTextField(_("last name"), blank=True, default="")
    tracks = models.JSONField(_("tracks"), default=list)
    status = models.CharField(max_length=16, choices=Status, default=Status.INVITED)
    paused_until = models.DateField(null=True, blank=True)
    time_zone = models.CharField(max_length=64)
    language = models.CharField(max_length=8, default="en")
    graduated_on = models.DateField(_("graduation date"))
    weekly_hours = models.PositiveSmallIntegerField(
        _("hours a week in the program"), null=True, blank=True
    )
    # Best times, voicemail, who may answer, what to call ourselves, safe contacts: shown above the call button.
    contact_card = EncryptedJSONField(default=dict, blank=True)
    # When they last said so, whether or not anything changed.
    card_asked_at = models.DateTimeField(null=True, blank=True)
    # The person agreed to be asked whether the old habit came back.
    asks_use = models.BooleanField(default=False)
    # Whether short notes on the danger of a first use after treatment are sent, and in which words.
    safety_notes = models.CharField(
        max_length=8, choices=SafetyNotes, blank=True, default=SafetyNotes.NONE
    )
    # The same choice for the time after the first year, when only a hello comes otherwise.
    asks_use_later = models.BooleanField(default=False)
    preferred_hour = models.PositiveSmallIntegerField(null=True, blank=True)
    # Days between check-ins chosen for this person; null follows the taper, cadence.ONLY_HELLO is none.
    cadence_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # Reminders say only that there is something at an hour; off by the person's own choice.
    discreet = models.BooleanField(_("discreet texts"), default=True)
    created_at = models.DateTimeField(editable=False)
    joined_at = models.DateTimeField(null=True, blank=True)
    # Points are added up for this person; fixed rules hold without it.
    is_scored = models.BooleanField(default=True)
    # When the hourly pass looks at this person next.
    assess_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["program", "status"], name="graduate_program"),
            models.Index(fields=["assess_at"], name="graduate_assess"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "program"],
                condition=Q(user__isnull=False),
                name="graduate_once_per_program",
            )
        ]

    def __str__(self) -> str:
        return f"Graduate #{self.pk}"

    @property
    def name(self) -> str:
        """First and last name as one line."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_written_to(self) -> bool:
        """Whether plans, reminders and check-ins of this person run."""
        return self.status == self.Status.ACTIVE


class Assignment(models.Model):
    """Which counselor is responsible for a graduate; one open row per graduate."""

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="assignments")
    counselor = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="assignments")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["graduate"], condition=Q(until__isnull=True), name="assignment_one_open"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["counselor", "until"], name="assignment_caseload")
        ]

    def __str__(self) -> str:
        return f"Assignment #{self.pk}"


class Coverage(models.Model):
    """While one counselor is away, another sees and answers the caseload."""

    uid = uid_field()
    counselor = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="covered_by")
    cover = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="covers")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at")), name="coverage_ends_later"
            ),
            models.CheckConstraint(
                condition=~Q(counselor=models.F("cover")), name="coverage_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"Coverage #{self.pk}"

    @property
    def first_on(self) -> date:
        """The first day away, where the program is."""
        return self.starts_at.astimezone(ZoneInfo(self.counselor.program.time_zone)).date()

    @property
    def last_on(self) -> date:
        """The last day away, where the program is."""
        last = self.ends_at - timedelta(microseconds=1)
        return last.astimezone(ZoneInfo(self.counselor.program.time_zone)).date()


class Contact(models.Model):
    """How one graduate is reached; a phone may be shared by several."""

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="contacts")
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="contacts")
    shared = models.BooleanField(_("does anyone else see or answer this phone?"), default=False)
    # The PIN that opens each page where others see the phone, as a hash; empty until one is chosen.
    pin = models.CharField(max_length=128, blank=True, default="")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["graduate", "address"], condition=Q(until__isnull=True), name="contact_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["address"], condition=Q(until__isnull=True), name="contact_open")
        ]

    def __str__(self) -> str:
        return f"Contact #{self.pk}"


class Invitation(models.Model):
    """A single-use link into an account; only a fingerprint of its token is stored."""

    class Way(models.TextChoices):
        """How the link travels."""

        TEXT = "text", _("by text")
        EMAIL = "email", _("by e-mail")
        BY_HAND = "by_hand", _("handed over")

    uid = uid_field()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="invitations")
    graduate = models.ForeignKey(
        Graduate, null=True, on_delete=models.CASCADE, related_name="invitations"
    )
    # For a supporter: what a graduate shares with them.
    release = models.ForeignKey(
        "Release", null=True, on_delete=models.CASCADE, related_name="invitations"
    )
    # For staff: the role that the link opens.
    role_kind = models.CharField(max_length=16, choices=Role.Kind, blank=True, default="")
    way = models.CharField(max_length=8, choices=Way, default=Way.BY_HAND)
    email = EncryptedTextField(blank=True, default="")
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    # Roster imports are sent a few a day; null means it is shown or sent at once.
    send_on = models.DateField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Invitation #{self.pk}"

    def is_open(self, at: datetime) -> bool:
        """Whether the link still works."""
        return self.used_at is None and at < self.expires_at


class PhoneCode(models.Model):
    """A code texted to a number to show that its owner is here; single use, ten minutes, three tries."""

    uid = uid_field()
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="codes")
    code_hash = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"PhoneCode #{self.pk}"


class Attestation(models.Model):
    """What a member of staff vouches for before one text leaves to somebody who has not agreed in writing.

    Consent does not begin with it: of `scopes`, nothing is granted until the person answers.
    """

    class About(models.TextChoices):
        """What is vouched for."""

        INVITATION = "invitation", _("asked to be texted a link")
        CONSENT = "consent", _("heard the words and said yes")

    uid = uid_field()
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="attestations")
    about = models.CharField(max_length=16, choices=About)
    # The words that were read aloud or ticked, as they stood.
    words = EncryptedTextField()
    scopes = models.JSONField(default=list)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    # When the person answered yes.
    agreed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["contact"], condition=Q(agreed_at__isnull=True), name="attestation_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"Attestation #{self.pk}"
