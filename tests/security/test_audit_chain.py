"""AUD-03: who changes the record, in whatever way, is found out; and the database refuses most ways."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from aftercare import append_only, jobs, record, sealing
from aftercare.models import AuditEntry
from notifications import clock, queue
from notifications.models import Program
from tests import build

pytestmark = pytest.mark.django_db
AT = build.LONG_AGO
TABLE = append_only.TABLE
Figure = Callable[[str], None]
Many = Callable[..., int]


@pytest.fixture(autouse=True)
def anchor(tmp_path: Path, settings: Any) -> None:
    """Each test has an anchor of its own."""
    settings.VAR_DIR = tmp_path


def rows(count: int) -> Program:
    program = build.program()
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(
                program=program,
                verb=AuditEntry.Verb.READ,
                thing="graduate",
                thing_uid=program.uid,
                at=AT + timedelta(seconds=number),
            )
            for number in range(count)
        ],
        batch_size=500,
    )
    return program


@contextmanager
def tampering() -> Iterator[None]:
    """Somebody with every right on the database takes the triggers away first."""
    append_only.lift(connection=connection)
    yield
    append_only.refuse(connection=connection)


def found() -> list[tuple[int, str]]:
    return [(one.number, one.what) for one in sealing.verify().broken]


def test_aud_03_a_changed_row_is_named(figure: Figure, many: Many) -> None:
    count = many(short=2_000, full=100_000)
    rows(count)
    assert sealing.seal_due(at=AT) == count
    keys = list(AuditEntry.objects.order_by("sealed").values_list("pk", flat=True))
    assert sealing.verify().is_whole
    altered, gone, first, second = (keys[count * part // 10] for part in (2, 4, 6, 7))
    number = {key: at + 1 for at, key in enumerate(keys)}
    with tampering():
        AuditEntry.objects.filter(pk=altered).update(verb=AuditEntry.Verb.CREATED)
        AuditEntry.objects.filter(pk=gone).delete()
        AuditEntry.objects.filter(pk=first).update(sealed=None)
        AuditEntry.objects.filter(pk=second).update(sealed=number[first])
        AuditEntry.objects.filter(pk=first).update(sealed=number[second])

    began = time.process_time()
    broken = found()
    took = time.process_time() - began

    moved = "altered, or not in its place"
    assert [one for one in broken if one[0] in {number[key] for key in (altered, gone)}] == [
        (number[altered], moved),
        (number[gone], "deleted"),
    ]
    # What follows a row that changed places hangs on the seal of another one.
    near = {number[key] + step for key in (first, second) for step in (0, 1)}
    assert {one[0] for one in broken} == {number[altered], number[gone]} | near
    figure(f"altered, deleted and reordered rows of {count:,} named in {took:.2f} s of work")
    with pytest.raises(CommandError, match="tampered"):
        call_command("verify_audit", stdout=StringIO())


def test_aud_03_a_cut_end_is_told_by_the_anchor(figure: Figure) -> None:
    rows(10)
    sealing.seal_due(at=AT)
    kept = sealing.newest()
    with tampering():
        AuditEntry.objects.filter(sealed__gt=7).delete()
    # What is sealed from now on must not make the loss good.
    rows(2)
    sealing.seal_due(at=AT)

    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert (told["sealed"], told["head"]["number"], told["truncated"], told["whole"]) == (
        9,
        9,
        1,
        False,
    )
    rows(3)
    sealing.seal_due(at=AT)
    assert found() == [(10, "not the row the anchor knows")]
    with pytest.raises(CommandError):
        call_command("verify_audit", head=kept, stdout=StringIO())

    # A backup that was put back looks alike, and the operator says so.
    call_command("verify_audit", accept=True, stdout=StringIO())
    assert sealing.verify().is_whole
    figure("3 rows cut off the end, and 5 sealed since: told")


def test_aud_03_the_unsealed_tail_is_told_and_the_tick_seals_it() -> None:
    now = clock.now()
    program = rows(3)
    sealing.seal_due(at=AT)
    record.write(
        actor=record.PORTAL, verb=AuditEntry.Verb.READ, thing=program, program=program, at=now
    )
    verdict = sealing.verify()
    assert (verdict.sealed, verdict.unsealed, verdict.oldest_unsealed_at) == (3, 1, now)

    jobs.tick(at=now + timedelta(seconds=30))
    assert sealing.verify().unsealed == 1
    jobs.tick(at=now + sealing.WAIT)

    assert (sealing.verify().sealed, sealing.verify().unsealed) == (4, 0)
    assert sealing.read_anchor() == sealing.newest()


def test_aud_03_only_one_seals_at_a_time() -> None:
    rows(3)
    with queue.alone(name=sealing.LOCK) as is_mine:
        assert is_mine
        assert sealing.seal_due(at=AT) == 0
    assert sealing.seal_due(at=AT) == 3


def test_aud_03_another_key_verifies_nothing_and_none_seals_nothing(settings: Any) -> None:
    rows(2)
    sealing.seal_due(at=AT)
    right, settings.AUDIT_KEY = settings.AUDIT_KEY, "another"
    assert [number for number, _what in found()] == [1, 2]

    settings.AUDIT_KEY = ""
    rows(1)
    assert sealing.seal_due(at=AT) == 0
    with pytest.raises(CommandError, match="make_keys"):
        call_command("verify_audit", stdout=StringIO())

    settings.AUDIT_KEY = right
    assert found() == []


@pytest.mark.parametrize("is_sealed", [False, True])
def test_aud_03_the_database_refuses_to_change_or_delete(is_sealed: bool, figure: Figure) -> None:
    rows(1)
    if is_sealed:
        sealing.seal_due(at=AT)
    before = AuditEntry.objects.values().get()
    connection.check_constraints()
    statements = ["DELETE FROM", *(f"UPDATE {{}} SET {one}" for one in _changes(is_sealed))]  # noqa: S608
    statements += ["TRUNCATE"] if connection.vendor == "postgresql" else []
    tries = 0
    for statement in statements:
        with (
            pytest.raises(DatabaseError, match=append_only.REFUSAL),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                statement.replace("{}", TABLE) if "{}" in statement else f"{statement} {TABLE}"
            )
        tries += 1
    assert AuditEntry.objects.values().get() == before
    figure(f"{tries} of {tries} statements refused ({'sealed' if is_sealed else 'unsealed'} row)")


def _changes(is_sealed: bool) -> list[str]:
    changes = ["verb = 'sent'", "graduate_uid = thing_uid", "thing = 'x'", "role = 'x'"]
    if is_sealed:
        return [*changes, "seal = 'x'", "sealed = NULL", "sealed = 7"]
    return [*changes, "verb = 'sent', sealed = 1, seal = 'x'"]


@pytest.mark.django_db(transaction=True)
def test_record_that_was_emptied_on_purpose_begins_anew(caplog: pytest.LogCaptureFixture) -> None:
    rows(2)
    sealing.seal_due(at=AT + timedelta(days=1))
    sealing.begin_anew()
    assert sealing.read_anchor() == sealing.newest()

    call_command("flush", interactive=False, verbosity=0)
    assert sealing.read_anchor() is None

    rows(1)
    assert sealing.seal_due(at=AT + timedelta(days=1)) == 1
    assert (sealing.read_anchor(), caplog.text) == (sealing.newest(), "")
