"""Made-up people with a year on record each, made inside PostgreSQL so that a hundred thousand take minutes.

Two weekly commitments, check-ins by the usual taper, a reply to each that was answered, a contact and a
closed signal now and then. One in eight drifts in the last four weeks. The words of most are not
sealed, since nobody opens them; `make_due` and `somebody` seal the answers of those who are looked at.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any

from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from aftercare.models import (
    Answer,
    CheckIn,
    Commitment,
    Contact,
    DisengagementSignal,
    Expectation,
    Graduate,
    Outreach,
    Reply,
)
from notifications.models import Address, InboundMessage, Program, Sender
from tests import build

# A Tuesday noon in New York.
AT = datetime(2026, 6, 30, 16, 0, tzinfo=UTC)
# Weeks of the past year with a check-in: each of the first eight, then every second.
ASKED_WEEKS = "((w >= 44) OR (w % 2 = 0))"
# Whether this person drifts, and whether this one thing was kept; the same for the same row.
DRIFTS = "(p % 8 = 0 AND w < 4)"
KEEPS = f"((NOT {DRIFTS}) AND hashint8(p * 1000 + w) % 8 <> 0)"
# Spread over the hours of a week, the newest closed before AT.
OPENS = "(%(at)s::timestamptz - interval '72 hours' - (p %% 168) * interval '1 hour' - w * interval '7 days')"


def make(*, people: int) -> dict[str, float]:
    """Fill the empty tables; how long it took, and how many rows there are."""
    began = time.monotonic()
    program = build.program()
    sender = Sender.objects.get(program=program)
    with connection.cursor() as cursor:
        # Nothing need survive a power cut, and what points somewhere points right.
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    with _without_indexes((Expectation, CheckIn, Reply, InboundMessage, Answer)):
        _people(program, people)
        _check_ins(program, sender, people)
        _plans(people)
    _contacts(people)
    with connection.cursor() as cursor:
        cursor.execute("RESET session_replication_role; RESET synchronous_commit")
        # What stands for a year has been cleaned up after.
        cursor.execute("VACUUM ANALYZE")
    return {
        "seconds": round(time.monotonic() - began),
        "expectations": _count(Expectation),
        "answers": _count(Answer),
    }


def _count(model: type[models.Model]) -> int:
    return model._default_manager.count()


@contextmanager
def _without_indexes(tables: tuple[type[models.Model], ...]) -> Iterator[None]:
    """Rows first, then their indexes, as a dump is read in."""
    names = [model._meta.db_table for model in tables]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indexname, i.indexdef FROM pg_indexes i JOIN pg_class c ON c.relname ="
            " i.indexname JOIN pg_index x ON x.indexrelid = c.oid"
            " WHERE i.tablename = ANY(%s) AND NOT x.indisunique",
            [names],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _, definition in indexes:
            cursor.execute(definition)


def _fill(model: type[models.Model], source: str, **columns: str) -> None:
    """Rows from a source of p and w; columns are SQL, and whatever is not named has its default."""
    names, values = [], []
    params: dict[str, Any] = {"at": AT}
    for field in model._meta.concrete_fields:
        if field.name in columns or not (field.primary_key or field.null):
            names.append(f'"{field.column}"')
            values.append(columns.get(field.name) or _default(field, params))
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({", ".join(names)})'  # noqa: S608 - own words
            f" SELECT {', '.join(values)} FROM {source}",
            params,
        )


def _default(field: "models.Field[Any, Any]", params: dict[str, Any]) -> str:
    if isinstance(field, models.UUIDField):
        return "gen_random_uuid()"
    if isinstance(field, models.JSONField):
        return "'[]'::jsonb"
    if isinstance(field, models.DateTimeField):
        return "%(at)s::timestamptz"
    value = field.get_default() if field.has_default() else ""
    name = field.attname
    params[name] = value if isinstance(value, bool | int | float) else str(value)
    return f"%({name})s"


def _people(program: Program, count: int) -> None:
    people = f"generate_series(1, {count}) AS p"
    _fill(
        Graduate,
        people,
        id="p",
        program=str(program.pk),
        status="'active'",
        time_zone="'America/New_York'",
        graduated_on="(%(at)s::timestamptz - interval '364 days')::date",
        joined_at="%(at)s::timestamptz - interval '364 days'",
        assess_at="%(at)s::timestamptz + (1 + p %% 167) * interval '1 hour'",
        created_at="%(at)s::timestamptz - interval '365 days'",
    )
    _fill(Address, people, id="10 + p", index="md5(p::text)", channel="'sms'")
    _fill(
        Contact,
        people,
        graduate="p",
        address="10 + p",
        since="%(at)s::timestamptz - interval '364 days'",
    )


def _check_ins(program: Program, sender: Sender, count: int) -> None:
    weeks = f"generate_series(1, {count}) AS p, generate_series(0, 51) AS w"
    source = f"{weeks} WHERE {ASKED_WEEKS}".replace("%", "%%")
    keeps = KEEPS.replace("%", "%%")
    kept = f"{source} AND {keeps}"
    key, answered_at = "100 * p + w", f"{OPENS} + interval '3 hours'"
    _fill(
        CheckIn,
        source,
        id=key,
        graduate="p",
        planned_on=f"{OPENS}::date",
        questions="""'["rough", "sure"]'::jsonb""",
        state=f"CASE WHEN {keeps} THEN 'answered' ELSE 'missed' END",
        opens_at=OPENS,
        closes_at=f"{OPENS} + interval '72 hours'",
        first_answer_at=f"CASE WHEN {keeps} THEN {answered_at} END",
    )
    _fill(
        Expectation,
        source,
        graduate="p",
        kind="'check_in'",
        check_in=key,
        opened_at=OPENS,
        due_at=f"{OPENS} + interval '72 hours'",
        outcome=f"CASE WHEN {keeps} THEN 'kept' ELSE 'missed' END",
        answered_at=f"CASE WHEN {keeps} THEN {answered_at} END",
    )
    _fill(
        InboundMessage,
        kept,
        id=key,
        program=str(program.pk),
        sender=str(sender.pk),
        address="10 + p",
        provider_id="'m' || p || ':' || w",
        received_at=answered_at,
        read_at=answered_at,
    )
    _fill(
        Reply,
        kept,
        inbound=key,
        graduate="p",
        check_in=key,
        kind="'answer'",
        at=answered_at,
    )
    for question in ("rough", "sure"):
        _fill(
            Answer,
            kept,
            check_in=key,
            question=f"'{question}'",
            content="'not sealed'",
            door="'text'",
            at=answered_at,
        )


def _plans(count: int) -> None:
    """A group and a support meeting each week; one date in five nobody says anything of."""
    for number, kind in enumerate(("group", "support_meeting"), start=1):
        key = f"10 * p + {number}"
        _fill(
            Commitment,
            f"generate_series(1, {count}) AS p",
            id=key,
            graduate="p",
            kind=f"'{kind}'",
            repeats="'weekly'",
            weekdays=f"'[{number}]'::jsonb",
            start_time="'19:00'",
            time_zone="'America/New_York'",
            starts_on="(%(at)s::timestamptz - interval '364 days')::date",
            created_at="%(at)s::timestamptz - interval '364 days'",
        )
        weeks = f"generate_series(1, {count}) AS p, generate_series(0, 51) AS w"
        began = f"{OPENS} + interval '{number} days'"
        said = f"(hashint8(p * 77 + w + {number}) %% 5 <> 0)"
        keeps = KEEPS.replace("%", "%%")
        _fill(
            Expectation,
            weeks,
            graduate="p",
            kind="'occurrence'",
            commitment=key,
            recurrence_id="to_char(w, 'FM0000')",
            opened_at=began,
            due_at=f"{began} + interval '1 hour'",
            outcome=f"CASE WHEN NOT {said} THEN 'unreported' WHEN {keeps} THEN 'kept'"
            " ELSE 'missed' END",
            answered_at=f"CASE WHEN {said} THEN {began} + interval '2 hours' END",
        )


def _contacts(count: int) -> None:
    """A talk for one in three, and an alert that has ended for every second."""
    _fill(
        Outreach,
        f"generate_series(1, {count}, 3) AS p",
        graduate="p",
        way="'call'",
        outcome="'reached'",
        at="%(at)s::timestamptz - interval '100 days'",
    )
    _fill(
        DisengagementSignal,
        f"generate_series(1, {count}, 2) AS p",
        graduate="p",
        kind="'missed_check_ins'",
        band="'reach_out'",
        reasons="'not sealed'",
        state="'closed'",
        outcome="'reached'",
        opened_at="%(at)s::timestamptz - interval '110 days'",
        closed_at="%(at)s::timestamptz - interval '100 days'",
    )


def somebody(*, count: int) -> list[Graduate]:
    """Some of them, with answers that can be opened."""
    keys = _chosen(count, seed="one")
    _seal(keys)
    return list(Graduate.objects.filter(pk__in=keys))


def make_due(*, count: int) -> None:
    """Have so many of them fall due, and their answers sealed."""
    keys = _chosen(count, seed="due")
    _seal(keys)
    Graduate.objects.filter(pk__in=keys).update(assess_at=AT)


def _chosen(count: int, *, seed: str) -> list[int]:
    return Random(seed).sample(range(1, Graduate.objects.count() + 1), count)


def _seal(people: list[int]) -> None:
    random = Random("answers")
    update = 'UPDATE "aftercare_answer" SET content = %s WHERE id = %s'
    with connection.cursor() as cursor:
        for first in range(0, len(people), 500):
            batch = list(
                Answer.objects.filter(check_in__graduate__in=people[first : first + 500]).only(
                    "uid"
                )
            )
            field = Answer._meta.get_field("content")
            sealed = []
            for row in batch:
                row.content = {"value": random.randrange(2, 6)}
                sealed.append((str(field.pre_save(row, False)), row.pk))
            cursor.executemany(update, sealed)


@contextmanager
def counted() -> Iterator[CaptureQueriesContext]:
    """The queries that are asked meanwhile."""
    with CaptureQueriesContext(connection) as captured:
        yield captured


def queries_of_a_batch(*, count: int) -> int:
    """How often one pass over so many asks the database; nothing of it stays.

    Opening and changing signals are one write each, and left out where nobody's open or change.
    """
    from aftercare.engagement import watch

    with transaction.atomic():
        keys = _chosen(count, seed=f"batch {count}")
        _seal(keys)
        Graduate.objects.filter(pk__in=keys).update(assess_at=AT)
        with counted() as captured:
            watch.reassess_due(at=AT)
        transaction.set_rollback(True)
    return sum(not query["sql"].startswith("INSERT") for query in captured)
