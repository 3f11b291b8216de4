import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from aftercare.models import Feed, ImportRun, Meeting
from tests.feed_server import running
from tests.feeds import guide, row, rows

pytestmark = pytest.mark.django_db
KIND = ("--kind", "meeting_guide", "--fellowship", "aa", "--timezone", "America/New_York")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "feed.json"
    path.write_bytes(guide(*rows(10)))
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """The exit status, and what was printed: the JSON object where it was asked for."""
    status = 0
    try:
        call_command("import_feed", *arguments)
    except CommandError as error:
        status = error.returncode
    printed = capsys.readouterr().out
    return status, json.loads(printed) if "--json" in arguments and printed else printed


def test_import_feed_applies_and_prints_one_object(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, report = run(capsys, "Harbor", str(source), *KIND, "--json")

    assert status == 0
    assert report == {
        "rows": 10,
        "listings": 10,
        "added": 10,
        "changed": 0,
        "unchanged": 0,
        "retired": 0,
        "absent": 0,
        "rejected": 0,
        "held": False,
        "reason": None,
        "warnings": [],
    }
    found = Feed.objects.get()
    assert (found.name, found.kind, found.fellowship, found.timezone, found.enabled) == (
        "Harbor",
        "meeting_guide",
        "aa",
        "America/New_York",
        False,
    )


def test_import_feed_again_needs_the_name_and_the_source_only(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "Harbor", str(source), *KIND)

    status, report = run(capsys, "Harbor", str(source), "--json")

    assert (status, report["unchanged"]) == (0, 10)
    assert Feed.objects.count() == 1


def test_import_feed_dry_run_writes_nothing(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, report = run(capsys, "Harbor", str(source), *KIND, "--json", "--dry-run")

    assert (status, report["added"]) == (0, 10)
    assert not Feed.objects.exists()
    assert not Meeting.objects.exists()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[]", "an empty list"),
        (b"<html></html>", "a web page (HTML) instead of a list of meetings"),
        (b"[{", None),
        (guide(*rows(7)), None),
    ],
    ids=["empty", "HTML", "unparsable", "shrunk"],
)
@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_import_feed_holds_with_status_3(
    source: Path,
    capsys: pytest.CaptureFixture[str],
    body: bytes,
    reason: str | None,
    options: tuple[str, ...],
) -> None:
    run(capsys, "Harbor", str(source), *KIND)
    source.write_bytes(body)

    status, report = run(capsys, "Harbor", str(source), "--json", *options)

    assert (status, report["held"]) == (3, True)
    assert report["reason"] == reason if reason else report["reason"]
    assert Meeting.objects.filter(active=True, absences=0).count() == 10
    assert ImportRun.objects.filter(held=True).count() == (0 if options else 1)


def test_import_feed_accepts_a_shrunk_feed(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "Harbor", str(source), *KIND)
    source.write_bytes(guide(*rows(3)))

    status, report = run(capsys, "Harbor", str(source), "--json", "--accept-shrink")

    assert (status, report["held"], report["absent"]) == (0, False, 7)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Harbor", "/nowhere/feed.json", *KIND), "cannot be read"),
        (("Harbor", "https://127.0.0.1/feed.json", *KIND), "FEEDS_ALLOW_PRIVATE=1"),
        (("Harbor", "{source}"), "A new feed needs --kind."),
        (("Harbor", "{source}", *KIND[:2]), "A new feed needs --fellowship."),
        (("Harbor", "{source}", *KIND[:4]), "A new feed needs --timezone."),
        (("Harbor", "{source}", *KIND[:3], "zz", *KIND[4:]), 'There is no fellowship "zz".'),
        (
            ("Harbor", "{source}", *KIND[:5], "America/New_Yrok"),
            'There is no time zone "America/New_Yrok". Use a name such as America/New_York.',
        ),
        (("N" * 101, "{source}", *KIND), "too long"),
    ],
)
def test_import_feed_refuses_wrong_arguments_with_status_2(
    source: Path, arguments: tuple[str, ...], words: str
) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("import_feed", *(one.format(source=source) for one in arguments))

    assert words in str(refused.value)
    assert refused.value.returncode == 2
    assert not Feed.objects.exists()


def test_import_feed_prints_warnings_and_counts_for_people(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_bytes(guide(row(day="someday"), row(slug="two", name="Two")) + b" trailing")

    status, printed = run(capsys, "Harbor", str(source), *KIND)

    assert status == 0
    assert printed.splitlines() == [
        ' "trailing": text after the end of the list; ignored',
        'row 1, day "someday": not a day: someday',
        "2 rows, 2 listings: 2 added, 0 changed, 0 unchanged, 0 retired, 0 absent, 0 rejected",
    ]


def test_import_feed_from_an_address_is_fetched_every_hour(
    source: Path, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    settings.FEEDS_ALLOW_PRIVATE = True
    with running() as server:
        address = server.says("/feed.json", source.read_bytes())

        status, report = run(capsys, "Harbor", address, *KIND, "--json")

    found = Feed.objects.get()
    assert (status, report["added"]) == (0, 10)
    assert (found.enabled, found.source) == (True, address)
