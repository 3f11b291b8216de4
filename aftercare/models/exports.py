"""What was taken out of the house."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from notifications.fields import EncryptedTextField
from notifications.models import Program, uid_field


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
