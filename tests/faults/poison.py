"""FI-14: rows that cannot be read stand among those that can; only they themselves may fail."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection

from notifications import clock
from notifications.crypto import keyring
from notifications.gates import LOOK_AGAIN
from notifications.models import Message
from tests.faults import people
from tests.faults.killing import HANDS
from tests.faults.play import Play

SEALED_WRONG = (
    "",
    "x",
    "nonsense without a key's name",
    "nokey.AAAA",
    "{key}.",
    "{key}.!!!!",
    "{key}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "{key}.AAAAA",
    "{key}.\u00e9\u00e9\u00e9\u00e9",
    "index.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
)
JSON_WRONG: Sequence[object] = (
    None,
    5,
    "22:00",
    [5],
    [[]],
    [["22:00"]],
    [["22:00", "07:00", "08:00"]],
    [["25:00", "07:00"]],
    [["", ""]],
    [[None, None]],
    {"from": "22:00"},
    [{"from": "22:00"}],
    [["22:00", "22:00"]],
)
ZONES_WRONG = ("Mars/Olympus", "../../etc/passwd", "\u00e9", "America", " ", "UTC+5", "/")
WORDS_WRONG = ("nothing", "\u00e9", "CRISIS", " ")
# A table's column, and what must not stand there; JSON where `as_json`.
KINDS: tuple[tuple[str, str, Sequence[object], bool], ...] = (
    ("notifications_message", "body", SEALED_WRONG, False),
    ("notifications_address", "value", SEALED_WRONG, False),
    ("notifications_address", "quiet_windows", JSON_WRONG, True),
    ("notifications_address", "time_zone", ZONES_WRONG, False),
    ("notifications_program", "time_zone", ZONES_WRONG, False),
    ("notifications_message", "kind", WORDS_WRONG, False),
    ("notifications_address", "channel", ("pigeon",), False),
    ("notifications_sender", "channel", ("pigeon",), False),
    ("notifications_sender", "number", ("", "no number"), False),
    ("notifications_address", "state", ("ZZ",), False),
    ("notifications_consentevent", "scope", ("worlds",), False),
)


def rows(play: Play) -> None:
    """Each kind of poison in a row of its own, with its own program, number and phone."""
    poisons = [
        (table, column, value, as_json)
        for table, column, values, as_json in KINDS
        for value in values
    ]
    now = clock.now()
    bad = [_poisoned(number, *poison) for number, poison in enumerate(poisons)]
    play.due = people.due(play.messages, at=now)
    crew = play.stage.crew()
    crew.keep(HANDS)
    healthy = Message.objects.filter(pk__in=[message.pk for message in play.due])
    ends = ("sent", "delivered", "unknown", "failed", "suppressed", "expired", "cancelled")
    play.stage.wait_for(
        "all that is healthy leaves",
        lambda: healthy.filter(state__in=ends).count() == play.messages or not crew.living,
    )
    fates = Message.objects.filter(pk__in=bad).values_list("state", "reason", "next_at")
    silent = [fate for fate in fates if fate[0] in ("due", "sending")]
    soon = now + LOOK_AGAIN / 2
    rushed = [fate for fate in fates if fate[1] == "internal" and fate[2] and fate[2] < soon]
    play.figures |= {
        "kinds": len(poisons),
        "sent_all_the_same": sum(fate[0] == "sent" for fate in fates),
        "waiting_with_a_reason": sum(bool(fate[1]) and fate[0] == "deferred" for fate in fates),
        "ended_with_a_reason": sum(
            bool(fate[1]) and fate[0] not in ("deferred", "due", "sending") for fate in fates
        ),
        "silent": len(silent),
        "crashes": crew.crashes,
    }
    play.demands["only_that_row_fails"] = crew.crashes == 0
    play.demands["none_in_silence"] = not silent
    play.demands["each_backs_off"] = not rushed


def _poisoned(number: int, table: str, column: str, value: object, as_json: bool) -> int:
    """One text whose row, phone, number, program or consent is broken; its id."""
    sender = people.program(number=f"+1999555{number:04d}")
    (phone,) = people.phones(sender=sender, count=1, first=70_000 + number)
    now = clock.now()
    (message,) = people.queue(
        sender=sender,
        to=[phone],
        at=[now - timedelta(minutes=1)],
        name=f"Poison {number}",
    )
    place = {
        "notifications_message": ("id", message.pk),
        "notifications_address": ("id", phone.pk),
        "notifications_sender": ("id", sender.pk),
        "notifications_program": ("id", sender.program_id),
        "notifications_consentevent": ("address_id", phone.pk),
    }[table]
    if column == "time_zone" and table == "notifications_program":
        # The program's zone is asked only where the phone has none of its own.
        _put("notifications_address", "time_zone", "", "id", phone.pk)
    if isinstance(value, str):
        value = value.replace("{key}", keyring().current)
    _put(table, column, json.dumps(value) if as_json else value, *place)
    return message.pk


def _put(table: str, column: str, value: Any, where: str, key: int) -> None:
    """Write past every check of ours."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {where} = %s", [value, key])  # noqa: S608
