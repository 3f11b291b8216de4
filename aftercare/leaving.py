"""How an account ends: at once nothing more is sent, some days later everything about the person is erased.

What stays is named, with its reason, in retention.toml.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, models, transaction
from django.db.models import Q

from aftercare import record, retention
from aftercare.models import Alarm, AuditEntry, Contact, Departure, Disclosure, Duty, Graduate, Role
from aftercare.record import Actor
from notifications import addresses, consent, outbox
from notifications.models import (
    Address,
    Attempt,
    ConsentEvent,
    InboundMessage,
    Message,
    Program,
    Sender,
)

if TYPE_CHECKING:
    from portal.models import User

BATCH = 500


class AlreadyOver(Exception):
    """The account has ended before, in this way or another."""


@transaction.atomic
def leave(*, graduate: Graduate, actor: Actor, at: datetime) -> Departure:
    """End the account: what waits is cancelled now, the person is erased some days later.

    Raises AlreadyOver, and retention.BadRetention.
    """
    if graduate.status in (Graduate.Status.LEFT, Graduate.Status.DECEASED):
        raise AlreadyOver
    departure = Departure.objects.create(
        graduate=graduate,
        was_status=graduate.status,
        was_paused_until=graduate.paused_until,
        asked_by=actor.user,
        asked_at=at,
        erase_at=at + timedelta(days=grace_days()),
    )
    _stand(graduate, Graduate.Status.LEFT)
    outbox.cancel(at=at, reason="left", about=graduate.uid)
    record.write(actor=actor, verb=AuditEntry.Verb.LEFT, thing=graduate, at=at)
    return departure


@transaction.atomic
def stay(*, departure: Departure, actor: Actor, at: datetime) -> Graduate:
    """The person changed their mind: all is as it was; what was cancelled does not come later."""
    graduate = departure.graduate
    graduate.paused_until, graduate.assess_at = departure.was_paused_until, at
    _stand(graduate, Graduate.Status(departure.was_status))
    departure.delete()
    record.write(actor=actor, verb=AuditEntry.Verb.STAYED, thing=graduate, at=at)
    return graduate


def _stand(graduate: Graduate, status: Graduate.Status) -> None:
    graduate.status = status
    graduate.save(update_fields=["status", "paused_until", "assess_at"])


def grace_days() -> int:
    """Days in which whoever leaves may stay after all; raises retention.BadRetention."""
    return retention.grace(path=settings.RETENTION_FILE)


def departure_of(*, graduate: Graduate) -> Departure | None:
    """Until when somebody who leaves may stay after all; None for everybody else."""
    return Departure.objects.select_related("graduate__program").filter(graduate=graduate).first()


# Erasing


def due(*, at: datetime) -> "models.QuerySet[Departure]":
    """Whose days are over; where danger was told and nobody has closed it yet, a person looks first."""
    open_alarms = Alarm.objects.filter(closed_at__isnull=True, cause=Alarm.Cause.DANGER)
    rows = Departure.objects.filter(erase_at__lte=at)
    return rows.exclude(graduate__in=open_alarms.values("graduate")).order_by("pk")


def erase_due(*, at: datetime) -> int:
    """Erase everybody whose days are over, each in a transaction of their own; returns how many."""
    count = sum(_erase(key, at) for key in list(due(at=at).values_list("pk", flat=True)))
    if count and connection.vendor == "sqlite" and not connection.in_atomic_block:
        # What was overwritten in the file stands in its journal until that is taken up.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return count


@transaction.atomic
def _erase(key: int, at: datetime) -> bool:
    departure = (
        Departure.objects.select_related("graduate__user", "graduate__program")
        .filter(pk=key)
        .first()
    )
    if departure is None:
        return False
    graduate = departure.graduate
    record.write(actor=record.PORTAL, verb=AuditEntry.Verb.ERASED, thing=graduate, at=at)
    outbox.cancel(at=at, reason="left", about=graduate.uid)
    user, about = graduate.user, graduate.uid
    own = {row.pk: row for row in Address.objects.filter(contacts__graduate=graduate)}
    own |= {row.pk: row for row in _mailboxes(user)}
    _keep_ledger(graduate)
    graduate.delete()
    _blank_words(Message.objects.filter(about=about))
    for address in own.values():
        _withdraw(address, graduate.program, at)
        _let_go(address)
    if user is not None and not _opens_more(user):
        _empty(user)
    return True


def _keep_ledger(graduate: Graduate) -> None:
    """What others were told stays to be asked for, with the name alone (42 CFR 2.25)."""
    for row in Disclosure.objects.filter(graduate=graduate):
        row.graduate, row.release, row.person = None, None, graduate.name
        row.save(update_fields=["graduate", "release", "person"])


def _withdraw(address: Address, program: Program, at: datetime) -> None:
    """Consent does not outlive who gave it: whoever has the number next has said nothing yet."""
    still = Contact.objects.filter(address=address, graduate__program=program)
    if not still.exists():
        consent.revoke(address=address, program=program, source=ConsentEvent.Source.WEB, at=at)


def _let_go(address: Address) -> None:
    """Forget a phone or mailbox that is nobody's here any more, but not that its owner said stop."""
    if not _unowned().filter(pk=address.pk).exists():
        return
    _blank_words(Message.objects.filter(address=address))
    inbound = InboundMessage.objects.filter(address=address)
    inbound.update(answer=None)
    _blank_words(inbound)
    own_words = ConsentEvent.objects.filter(address=address, source=ConsentEvent.Source.TEXT)
    for event in own_words.filter(granted=False):
        event.words = ""
        event.save(update_fields=["words"])
    address.value, address.state, address.quiet_windows = "", "", []
    address.confirmed_at = None
    address.save(update_fields=["value", "state", "quiet_windows", "confirmed_at"])


def _blank_words(rows: "models.QuerySet[Message] | models.QuerySet[InboundMessage]") -> None:
    """Empty the words of texts, and no longer say whom they were about."""
    for row in rows.iterator(chunk_size=BATCH):
        row.body = ""
        row.save(update_fields=["body"])
    if rows.model is Message:
        rows.update(about=None)


def _mailboxes(user: "User | None") -> list[Address]:
    """Where the log-in was written to, unless it opens more than this one account."""
    if user is None or _opens_more(user):
        return []
    written = apps.get_model("account", "EmailAddress").objects.filter(user=user)
    values = {user.email or "", *written.values_list("email", flat=True)} - {""}
    found = (addresses.find(channel=Sender.Channel.EMAIL, value=value) for value in values)
    return [row for row in found if row is not None]


def _opens_more(user: "User") -> bool:
    """Whether it works here, too, or is somebody in another program."""
    still = Graduate.objects.filter(user=user, departure__isnull=True)
    return still.exists() or Role.objects.filter(user=user).exists()


def _empty(user: "User") -> None:
    """Take everything from a log-in that opens nothing any more; its row stays, for the record."""
    sessions = apps.get_model("usersessions", "UserSession").objects.filter(user=user)
    Session.objects.filter(
        session_key__in=list(sessions.values_list("session_key", flat=True))
    ).delete()
    for relation in user._meta.related_objects:
        if relation.on_delete is models.CASCADE:
            relation.related_model._default_manager.filter(**{relation.field.name: user}).delete()
    user.email, user.name, user.is_active, user.last_login = None, "", False, None
    user.language = user.time_zone = ""
    user.set_unusable_password()
    user.save()


# What is old


def purge(*, at: datetime) -> dict[str, int]:
    """Delete what is older than its class is kept; returns how many rows, by table.

    Done twice it does nothing the second time. Raises retention.BadRetention.
    """
    gone = {}
    for each in retention.read(path=settings.RETENTION_FILE):
        before = at - timedelta(days=each.days or 0)
        for table, column in each.by.items():
            rows = apps.get_model(table)._default_manager.filter(**{f"{column}__lt": before})
            if each.unowned:
                rows = rows.filter(**{f"{_OF_ADDRESS.get(table, 'address')}__in": _unowned()})
            gone[table] = _delete(rows)
    gone["notifications.Address"] = _delete(_bare(at=at))
    return {table: count for table, count in gone.items() if count}


# How a row is somebody's, where it has no address of its own.
_OF_ADDRESS = {
    "notifications.Callback": "attempt__address",
    "notifications.Decision": "message__address",
}


def _delete(rows: "models.QuerySet[Any]") -> int:
    """Row by row in batches, so that nobody waits long for the database."""
    count = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.model._default_manager.filter(pk__in=keys).delete()
        count += len(keys)
    return count


def _unowned() -> "models.QuerySet[Address]":
    """Phones and mailboxes by which nobody here is reached any more."""
    owned = Q(pk__in=Contact.objects.values("address"))
    for column in ("phone", "mailbox"):
        listed = Duty.objects.filter(**{f"{column}__isnull": False})
        owned |= Q(pk__in=listed.values(column))
    return Address.objects.exclude(owned)


def _bare(*, at: datetime) -> "models.QuerySet[Address]":
    """Those of them that never said stop, and of which nothing else is known any more."""
    rows = _unowned().filter(opted_out_at__isnull=True, created_at__lt=at - timedelta(days=1))
    known = Q(pk__in=[])
    for model in (Message, Attempt, InboundMessage, ConsentEvent, Alarm):
        held = model._default_manager.filter(address__isnull=False)
        known |= Q(pk__in=held.values("address"))
    return rows.exclude(known)
