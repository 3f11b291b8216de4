"""The importer on published listings; skipped where they are not beside the repository."""

import itertools
import json
from collections.abc import Iterable
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from aftercare.directory import importing, search
from aftercare.directory.criteria import parse
from aftercare.models import Commitment, Feed, Meeting
from tests import build
from tests.feeds import AT, feed, guide, writes
from tests.shared import REASON, SHARED

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(SHARED is None, reason=REASON),
    pytest.mark.one_database,
]
FEEDS = (SHARED or Path()) / "feeds"
PHILADELPHIA = ("2020-07-29", "2021-05-25", "2021-10-09", "2022-10-17")


def philadelphia(day: str) -> bytes:
    return (FEEDS / "meeting_guide" / f"se_pennsylvania_{day}.json").read_bytes()


def take(source: Feed, body: bytes, **options: Any) -> importing.Outcome:
    outcome = importing.apply(feed=source, body=body, at=AT, **options)
    assert not outcome.report.held, outcome.report.reason
    report = outcome.report
    assert report.listings == report.added + report.changed + report.unchanged + report.rejected
    return outcome


@pytest.mark.parametrize(
    ("name", "fellowship", "rows", "active"),
    [
        ("se_pennsylvania_2020-07-29", "aa", 1939, 1513),
        ("se_pennsylvania_2021-05-25", "aa", 2025, 1735),
        ("se_pennsylvania_2021-10-09", "aa", 2098, 1875),
        ("se_pennsylvania_2022-10-17", "aa", 2038, 1893),
        ("san_jose_2021-06-07", "aa", 625, 455),
        ("san_jose_2021-10-02", "aa", 693, 571),
        ("kansas_city_2021-05-31", "aa", 206, 196),
        ("eating_disorders_anonymous_2023-07-10", "eda", 185, 184),
    ],
)
def test_meeting_guide_feeds_come_in_whole(
    name: str, fellowship: str, rows: int, active: int
) -> None:
    body = (FEEDS / "meeting_guide" / f"{name}.json").read_bytes()

    report = take(feed(fellowship=fellowship), body).report

    assert (report.rows, report.listings) == (rows, rows)
    repeats = [one for one in report.warnings if one["reason"].startswith("duplicate of row")]
    assert len(repeats) == report.rejected <= 1
    assert Meeting.objects.filter(active=True).count() == active
    # A listing leaves as little unreported as it leaves unread.
    assert Meeting.objects.filter(weekday=None).count() <= 1
    assert Meeting.objects.exclude(conference_url="").exclude(
        conference_url__startswith="http"
    ).count() == 0  # fmt: skip


def test_a_dead_scanner_link_of_a_real_feed_is_reported() -> None:
    report = take(feed(), philadelphia("2020-07-29")).report

    (warning,) = [one for one in report.warnings if one["field"] == "conference_url"]
    assert warning["reason"] == "not a link that can be opened"


def test_bmlt_distances_agree_with_the_servers_own() -> None:
    theirs = {}
    for day in (2, 3, 4):
        body = (FEEDS / "bmlt" / f"finger_lakes_day{day}.json").read_bytes()
        take(feed(name=f"Day {day}", kind=Feed.Kind.BMLT, fellowship="na"), body)
        for one in json.loads(body)["meetings"]:
            theirs[one["id_bigint"]] = float(one["distance_in_km"])

    query = QueryDict("near=42.867970,-76.985573&within=500km&per_page=200")
    found = search.find(criteria=parse(query=query, zone=UTC), at=AT)

    ids = dict(Meeting.objects.values_list("slug", "source_id"))
    assert found.count == len(theirs) == 169
    for one in found.rows:
        kilometres = (one.distance_miles or 0) * 1.609344
        assert kilometres == pytest.approx(theirs[ids[one.slug]], rel=0.005)


def test_importing_the_same_bytes_again_writes_nothing() -> None:
    source = feed()
    take(source, philadelphia("2022-10-17"))

    with CaptureQueriesContext(connection) as queries:
        report = take(source, philadelphia("2022-10-17")).report

    assert (report.unchanged, report.added, report.changed) == (2037, 0, 0)
    assert writes(queries, "aftercare_meeting") == []


def test_meetings_keep_their_rows_over_four_snapshots() -> None:
    source = feed()
    take(source, philadelphia(PHILADELPHIA[0]))
    always = set.intersection(*map(_slugs, PHILADELPHIA))
    saved = _plans(Meeting.objects.filter(source_slug__in=always).order_by("source_slug")[:300:10])
    for earlier, later in itertools.pairwise(PHILADELPHIA):
        # What both snapshots call by the same slug, the source calls the same meeting.
        shared = _slugs(earlier) & _slugs(later)
        before = dict(
            Meeting.objects.filter(source_slug__in=shared).values_list("source_slug", "id")
        )

        outcome = take(source, philadelphia(later))

        after = dict(
            Meeting.objects.filter(source_slug__in=shared).values_list("source_slug", "id")
        )
        # Nearly all: a few slugs went to the copy of a meeting, which is told by what it says.
        assert len(before.items() & after.items()) >= len(shared) - 2
        # Of some two thousand; where the doors closed for a time is told, too.
        assert len(outcome.moved) < 900
    kept = Commitment.objects.filter(meeting__retired_at__isnull=True)
    assert dict(kept.values_list("pk", "meeting__source_slug")) == saved


def _plans(meetings: Iterable[Meeting]) -> dict[int, str]:
    """These meetings in somebody's plan: the commitments with the slugs of their meetings."""
    graduate = build.graduate()
    saved = {}
    for meeting in meetings:
        commitment = build.commitment(graduate=graduate)
        Commitment.objects.filter(pk=commitment.pk).update(meeting=meeting)
        saved[commitment.pk] = meeting.source_slug
    assert len(saved) == 30
    return saved


def _slugs(day: str) -> set[str]:
    return {str(one["slug"]) for one in json.loads(philadelphia(day))}


def test_meetings_keep_their_rows_when_every_slug_and_id_is_replaced() -> None:
    day, source = PHILADELPHIA[0], feed()
    take(source, philadelphia(day))
    before = set(Meeting.objects.values_list("id", "content_hash"))
    renamed = [
        {key: value for key, value in one.items() if key != "id"} | {"slug": f"new-{number}"}
        for number, one in enumerate(json.loads(philadelphia(day)))
    ]

    report = take(source, guide(*renamed)).report

    assert (report.added, report.absent, report.changed) == (0, 0, 0)
    assert set(Meeting.objects.values_list("id", "content_hash")) == before


def test_two_exporters_of_one_place_are_one_directory() -> None:
    source = feed(timezone="America/Los_Angeles")
    body = FEEDS / "meeting_guide"
    take(source, (body / "san_jose_2021-06-07.json").read_bytes())

    report = take(source, (body / "san_jose_2021-10-02.json").read_bytes()).report

    assert report.added <= 100
    assert report.absent <= 32


def test_a_halved_feed_is_held() -> None:
    source = feed()
    whole = json.loads(philadelphia("2022-10-17"))
    take(source, philadelphia("2022-10-17"))

    report = importing.apply(
        feed=source, body=guide(*whole[: len(whole) // 2]), at=AT + timedelta(days=1)
    ).report

    assert report.held
    assert Meeting.objects.filter(absences=0, retired_at=None).count() == 2037
