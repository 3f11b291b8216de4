"""What came in."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from notifications.fields import EncryptedJSONField, EncryptedTextField
from notifications.models.parties import Address, Program, Sender, uid_field


class InboundMessage(models.Model):
    """One text that came in, stored before anything else is done with it."""

    uid = uid_field()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="inbound")
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, related_name="inbound")
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="inbound")
    provider_id = models.CharField(max_length=64, unique=True)
    body = EncryptedTextField(blank=True, default="")
    media = models.PositiveSmallIntegerField(default=0)
    # Somebody called the number; there are no words.
    is_call = models.BooleanField(default=False)
    # The carrier word it is, if any: stop, start or help.
    keyword = models.CharField(max_length=8, blank=True, default="")
    answer = EncryptedJSONField(null=True)
    received_at = models.DateTimeField()
    # When the caller's code has read it; null means the sweep will find it.
    read_at = models.DateTimeField(null=True)
    # When the provider is next asked to wipe its copy of the words; null once it has.
    next_ask_at = models.DateTimeField(null=True)
    asks = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["received_at"], condition=Q(read_at__isnull=True), name="inbound_unread"
            ),
            models.Index(fields=["address", "-received_at"], name="inbound_from"),
            models.Index(
                fields=["next_ask_at"],
                condition=Q(next_ask_at__isnull=False),
                name="inbound_to_ask",
            ),
        ]

    # How the id of what was written on a page of ours begins, where the provider had no part in it.
    PAGE: ClassVar = "page:"

    def __str__(self) -> str:
        return f"InboundMessage #{self.pk}"

    @property
    def is_from_page(self) -> bool:
        """Whether it was written on a page, so that what is said to it is said there, too."""
        return self.provider_id.startswith(self.PAGE)
