from datetime import UTC, datetime
from importlib import import_module
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django_q.models import Schedule

from aftercare import timetable

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
NAMES = [timetable.PREFIX + entry.name for entry in timetable.TABLE]


def test_sync_adds_every_schedule_and_then_has_nothing_to_do() -> None:
    assert timetable.sync(at=AT) == [f"added {name}" for name in NAMES]
    assert timetable.sync(at=AT) == []

    rows = Schedule.objects.order_by("pk")
    assert [row.name for row in rows] == NAMES
    assert {(row.args, row.kwargs, row.repeats, row.next_run) for row in rows} == {
        (None, None, -1, AT)
    }


def test_sync_mends_what_drifted() -> None:
    timetable.sync(at=AT)
    Schedule.objects.filter(name="portal: tick").update(minutes=30, args="('broken", next_run=None)

    assert timetable.sync(at=AT) == ["mended portal: tick: minutes, args, next_run"]

    row = Schedule.objects.get(name="portal: tick")
    assert (row.minutes, row.args, row.next_run) == (1, None, AT)


def test_sync_removes_what_is_ours_and_unknown_and_leaves_others_alone() -> None:
    timetable.sync(at=AT)
    Schedule.objects.create(name="portal: of old", func="aftercare.jobs.gone")
    Schedule.objects.create(name="portal: tick", func="aftercare.jobs.keep_ticking")
    Schedule.objects.create(name="backup", func="somebody.elses.job")

    assert timetable.sync(at=AT) == ["removed a second portal: tick", "removed portal: of old"]
    assert set(Schedule.objects.values_list("name", flat=True)) == {*NAMES, "backup"}


@pytest.mark.parametrize("entry", timetable.TABLE, ids=lambda entry: entry.name)
def test_every_job_of_the_table_exists_and_takes_no_arguments(entry: timetable.Entry) -> None:
    module, _, name = entry.job.rpartition(".")
    job = getattr(import_module(module), name)

    assert job.__code__.co_argcount == 0


def test_command_says_what_it_mended() -> None:
    out = StringIO()

    call_command("sync_timetable", stdout=out)
    call_command("sync_timetable", stdout=out)

    assert out.getvalue().splitlines() == [
        *(f"added {name}" for name in NAMES),
        "Every schedule is as it should be.",
    ]


def test_upkeep_does_all_but_the_tick_and_names_what_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = timetable.Entry(name="gone", job="aftercare.jobs.gone", every=Schedule.HOURLY)
    monkeypatch.setattr(timetable, "TABLE", (gone, *timetable.TABLE))
    out = StringIO()

    with pytest.raises(CommandError, match=r"^Failed: gone\. The log says why\.$"):
        call_command("upkeep", stdout=out)

    assert out.getvalue() == "feeds: done\nsweep: done\ntidy: done\n"
