"""Questionnaires: their words, which of them a program asks, and what people answered."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from aftercare.models.people import Graduate
from notifications.fields import EncryptedJSONField
from notifications.models import Program, uid_field


class InstrumentWording(models.Model):
    """One version of the words of a questionnaire in one language, never changed afterwards.

    Without a program it was loaded for the whole installation; with one, the program entered it
    under its own licence.
    """

    uid = uid_field()
    # A code of aftercare.instruments.structure, and the version of the structure it was held against.
    instrument = models.CharField(max_length=16)
    structure = models.PositiveSmallIntegerField()
    program = models.ForeignKey(
        Program, null=True, on_delete=models.CASCADE, related_name="instrument_wordings"
    )
    language = models.CharField(max_length=8)
    version = models.PositiveSmallIntegerField()
    # {"intro": text, "items": {item: text}, "labels": {item: [text in the order of the scores]}}
    words = models.JSONField()
    licence = models.TextField()
    source = models.TextField(blank=True, default="")
    # SHA-256 of the file, or of the words as they were entered.
    checksum = models.CharField(max_length=64)
    # Own words for a demo, which no score may be compared with.
    is_sample = models.BooleanField(default=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["instrument", "language", "version"],
                condition=Q(program__isnull=True),
                name="wording_version",
            ),
            models.UniqueConstraint(
                fields=["program", "instrument", "language", "version"],
                condition=Q(program__isnull=False),
                name="wording_version_of_program",
            ),
        ]

    def __str__(self) -> str:
        return f"InstrumentWording #{self.pk}"


class InstrumentChoice(models.Model):
    """How often a program asks a questionnaire; without a row, as its structure says."""

    uid = uid_field()
    program = models.ForeignKey(
        Program, on_delete=models.CASCADE, related_name="instrument_choices"
    )
    instrument = models.CharField(max_length=16)
    # 0: not at all.
    every_days = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["program", "instrument"], name="instrument_chosen_once")
        ]

    def __str__(self) -> str:
        return f"InstrumentChoice #{self.pk}"


class Screening(models.Model):
    """One questionnaire as one graduate answered it from one day on; a screening, not a diagnosis."""

    uid = uid_field()
    graduate = models.ForeignKey(Graduate, on_delete=models.CASCADE, related_name="screenings")
    instrument = models.CharField(max_length=16)
    # The words it was answered in.
    wording = models.ForeignKey(InstrumentWording, on_delete=models.PROTECT, related_name="+")
    begun_on = models.DateField()
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    # When a member of the staff pressed "read"; what is changed afterwards waits again.
    read_at = models.DateTimeField(null=True, blank=True)
    # {scale: number}, once everything that is asked was answered.
    scores = EncryptedJSONField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["graduate"], condition=Q(read_at__isnull=True), name="screening_unread"
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["graduate", "instrument", "begun_on"], name="screening_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"Screening #{self.pk}"


class ScreeningAnswer(models.Model):
    """The answer to one question of a screening, kept as it was given."""

    uid = uid_field()
    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="answers")
    item = models.CharField(max_length=8)
    # {"value": number}
    content = EncryptedJSONField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["screening", "item"], name="screening_answer_once")
        ]

    def __str__(self) -> str:
        return f"ScreeningAnswer #{self.pk}"
