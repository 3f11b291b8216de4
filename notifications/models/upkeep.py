"""How the engine fares: days held against the provider, ways out that rest, heartbeats, keys, the demo's clock."""

from django.db import models

from notifications.fields import EncryptedTextField
from notifications.models.parties import uid_field


class Sweep(models.Model):
    """One day (UTC) held against the provider's own list: what both have, and what only one has."""

    on = models.DateField(unique=True)
    # Where the list goes on, in the provider's own words; a sweep that was cut short begins there.
    cursor = models.TextField(blank=True, default="")
    listed = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    # Sends nobody here knew the fate of, found in the list.
    settled = models.PositiveIntegerField(default=0)
    # Texts that came in and never reached us until now.
    fetched = models.PositiveIntegerField(default=0)
    # The provider's ids of texts that nobody here knows as sent.
    strangers = models.JSONField(default=list)
    # Keys of attempts that we hold as taken and the provider does not know.
    missing = models.JSONField(default=list)
    began_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Sweep of {self.on}"


class Breaker(models.Model):
    """How one way out fares: while it fails again and again, nothing is claimed for it.

    No row, or no `failures`, is a way in order. With `open_until` it rests, until one parcel tries it.
    """

    name = models.CharField(max_length=16, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    openings = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    open_until = models.DateTimeField(null=True)
    # A code of notifications.reasons.
    reason = models.CharField(max_length=64, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """When a background job last ran; a missing beat alarms."""

    name = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ClockOffset(models.Model):
    """How far the demo's clock runs ahead; one row, read only where DEMO=1."""

    offset_seconds = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return "ClockOffset"


class KeyProof(models.Model):
    """Known words under the keys of this database; one row, by which other keys are told at once."""

    uid = uid_field()
    words = EncryptedTextField()
    index = models.CharField(max_length=64)

    def __str__(self) -> str:
        return "KeyProof"
