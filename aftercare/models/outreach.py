"""Outreach: what a counselor did about a signal, and what comes next."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftercare.models.engagement import DisengagementSignal
from aftercare.models.people import Graduate
from notifications.fields import EncryptedTextField
from notifications.models import uid_field


class Outreach(models.Model):
    """One recorded contact, with its outcome and the next step."""

    class Way(models.TextChoices):
        """How it was tried."""

        CALL = "call", _("call")
        TEXT = "text", _("text")
        VISIT = "visit", _("in person")
        MAIL = "mail", _("letter or e-mail")

    class Outcome(models.TextChoices):
        """How it ended; the feedback that calibrates the signals."""

        REACHED = "reached", _("reached")
        NO_ANSWER = "no_answer", _("no answer")
        WRONG_NUMBER = "wrong_number", _("wrong number")
        PLANNED = "planned", _("planned for later")
        FALSE_ALARM = "false_alarm", _("false alarm")
        REFERRED = "referred", _("referred")

    class NextKind(models.TextChoices):
        """What the next step is, where it is one that waits until it is done."""

        OTHER = "", _("next step")
        TRY = "try", _("another try")
        SAFE_CONTACT = "safe_contact", _("a safe contact")
        LETTER = "letter", _("a letter")
        QUARTERLY = "quarterly", _("a try each quarter")
        REFERRAL = "referral", _("return to care")
        HAND_OFF = "hand_off", _("warm hand-off")

    # The steps of looking for somebody with whom contact is lost; they end when contact is there again.
    LOOKING: ClassVar = (
        NextKind.TRY,
        NextKind.SAFE_CONTACT,
        NextKind.LETTER,
        NextKind.QUARTERLY,
    )
    CLOSING: ClassVar = (Outcome.REACHED, Outcome.FALSE_ALARM, Outcome.REFERRED)

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="outreach")
    signals = models.ManyToManyField(DisengagementSignal, related_name="outreach", blank=True)
    counselor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    way = models.CharField(max_length=8, choices=Way)
    outcome = models.CharField(max_length=16, choices=Outcome)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    note = EncryptedTextField(_("note"), blank=True, default="")
    next_step = EncryptedTextField(_("next step"), blank=True, default="")
    next_kind = models.CharField(max_length=16, choices=NextKind, blank=True, default="")
    next_on = models.DateField(_("when"), null=True, blank=True)
    next_done_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["graduate", "-at"], name="outreach_history"),
            models.Index(
                fields=["next_on"],
                condition=Q(next_on__isnull=False, next_done_at__isnull=True),
                name="outreach_next",
            ),
        ]

    def __str__(self) -> str:
        return f"Outreach #{self.pk}"
