"""What was taken out of the portal: lists of many people, and figures of a program."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.fields import EncryptedTextField
from notifications.models import Program, uid_field


class Export(models.Model):
    """One such list: who asked for it and why, and from when until when it may be fetched, once.

    The list itself is made when it is fetched and stored nowhere, so there is none to be thrown away.
    """

    uid = uid_field()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="exports")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = EncryptedTextField()
    # How many people it was about when it was asked for; with more than these it is not handed out.
    people = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=models.F("opens_at")), name="export_closes_after_it_opens"
            )
        ]

    def __str__(self) -> str:
        return f"Export #{self.pk}"


class ReportExport(models.Model):
    """One time the figures of a program were taken out: by whom, of how many days, and why."""

    class Form(models.TextChoices):
        """The kind of file."""

        CSV = "csv", _("a table for a spreadsheet (CSV)")
        PDF = "pdf", _("pages to print (PDF)")

    uid = uid_field()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="report_exports")
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    form = models.CharField(max_length=4, choices=Form)
    days = models.PositiveSmallIntegerField()
    reason = EncryptedTextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"ReportExport #{self.pk}"
