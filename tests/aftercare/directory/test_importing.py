import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftercare.directory import importing
from aftercare.models import Feed, ImportRun, Meeting
from tests.feeds import AT, bmlt_row, counts, feed, guide, imported, row, rows, take, writes

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)


def test_apply_stores_what_a_listing_says() -> None:
    (found,) = imported(row(types=["O", "W"], notes="Ring the bell."))

    assert (found.name, found.fellowship, found.weekday) == ("Quiet Harbor", "aa", 1)
    assert found.start_minute == 1440 + (19 + 5) * 60
    assert (found.minutes, found.end_is_stated, found.timezone) == (60, True, "America/New_York")
    assert found.region == "Philadelphia > West Philadelphia"
    assert found.region_path == "/philadelphia/west-philadelphia/"
    assert (found.types, found.tags) == (["O", "W"], " open women ")
    assert (found.active, found.attendance, found.inactive_reason) == (True, "in_person", "")
    assert found.words.startswith(" quiet harbor | alderbrook hall | philadelphia | west")
    assert found.x is not None
    assert abs(found.x**2 + (found.y or 0) ** 2 + (found.z or 0) ** 2 - 1) < 1e-12
    assert (found.created_at, found.changed_at) == (AT, AT)


def test_apply_gives_each_listing_a_slug_of_its_own_for_good() -> None:
    first, second = imported(row(), row(slug="two", day=2))

    assert first.slug != second.slug
    assert first.slug.startswith("quiet-harbor-")
    take(first.feed or feed(), row(name="Renamed", day=5), row(slug="two", day=2))
    first.refresh_from_db()
    assert (first.name, first.weekday) == ("Renamed", 5)
    assert first.slug.startswith("quiet-harbor-")


def test_apply_makes_the_same_slugs_again_elsewhere() -> None:
    (first,) = imported(row())
    slug = first.slug
    first.delete()
    Feed.objects.all().delete()

    assert imported(row())[0].slug == slug


def test_apply_reports_every_count_of_listings() -> None:
    source = feed()
    take(source, *rows(10))

    report = take(
        source,
        *rows(10)[:7],
        row(slug="group-7", name="Group 7", day=0, formatted_address="9 New Street, Media, PA"),
        row(slug="new", name="New", day=[1, 2]),
        row(slug="new", name="New", day=[1]),
        "nothing",
        at=LATER,
    )

    assert report.rows == 11
    assert report.listings == 12
    assert counts(report) == {
        "added": 2,
        "changed": 1,
        "unchanged": 7,
        "rejected": 2,
        "absent": 2,
    }
    assert report.listings == report.added + report.changed + report.unchanged + report.rejected


def test_apply_of_the_same_bytes_writes_nothing_to_meetings() -> None:
    source = feed()
    take(source, *rows(30))

    with CaptureQueriesContext(connection) as queries:
        report = take(source, *rows(30), at=LATER)

    assert counts(report) == {"unchanged": 30}
    assert writes(queries, "aftercare_meeting") == []
    assert ImportRun.objects.count() == 1


def test_apply_takes_a_new_date_of_edit_alone_for_unchanged() -> None:
    source = feed()
    take(source, row())

    report = take(source, row(updated="2026-02-02 08:00:00"), at=LATER)

    assert counts(report) == {"unchanged": 1}
    found = Meeting.objects.get()
    assert found.source_updated_at is not None
    assert found.source_updated_at.month == 2
    assert found.changed_at == AT


def test_apply_keeps_every_meeting_of_a_feed_whose_slugs_all_changed() -> None:
    source = feed()
    take(source, *rows(20), row(types=["O"]), row(slug="twin", types=["C"]))
    before = dict(Meeting.objects.values_list("id", "name"))

    report = take(
        source,
        *[{**one, "slug": f"x-{number}"} for number, one in enumerate(rows(20))],
        row(slug="y", types=["O"]),
        row(slug="z", types=["C"]),
        at=LATER,
    )

    assert counts(report) == {"unchanged": 22}
    assert dict(Meeting.objects.values_list("id", "name")) == before
    assert set(Meeting.objects.filter(name="Group 3").values_list("source_slug")) == {("x-3",)}


def test_apply_tells_which_meetings_moved() -> None:
    source = feed()
    take(source, row(), row(slug="two", name="Two", day=2), row(slug="three", name="Three", day=3))
    ids = dict(Meeting.objects.values_list("source_slug", "id"))

    outcome = importing.apply(
        feed=source,
        body=guide(
            row(time="18:00"),
            row(slug="two", name="Two", day=2, formatted_address="9 New Street, Media, PA"),
            row(slug="three", name="Three", day=3, notes="Bring a chair."),
        ),
        at=LATER,
    )

    assert set(outcome.moved) == {ids["quiet-harbor"], ids["two"]}
    assert outcome.report.changed == 3


@pytest.mark.parametrize(
    ("twice", "row_of_repeat"),
    [
        ([row(), row()], 2),
        ([row(), row(slug="two")], 2),
        ([row(), row(notes="Said otherwise.")], 2),
        ([row(day=[1, 2]), row(day=[2])], 2),
    ],
    ids=["same row", "same content", "same id and meeting", "a day of several"],
)
def test_apply_rejects_a_repeat_and_names_the_first(
    twice: list[dict[str, Any]], row_of_repeat: int
) -> None:
    report = take(feed(), *twice)

    assert report.rejected == 1
    assert report.warnings == [
        {
            "row": row_of_repeat,
            "field": "slug",
            "value": twice[1]["slug"],
            "reason": "duplicate of row 1",
        }
    ]


def test_apply_keeps_two_meetings_that_share_a_slug_and_says_so() -> None:
    elsewhere = row(formatted_address="9 New Street, Media, PA", latitude=39.91, longitude=-75.38)

    report = take(feed(), row(), elsewhere)

    assert counts(report) == {"added": 2}
    assert [one["reason"] for one in report.warnings] == ["row 1 has the same slug; both kept"]


def test_apply_keeps_two_meetings_that_share_an_id_and_says_so() -> None:
    answer = [bmlt_row(), bmlt_row(location_street="9 New Street")]

    report = importing.apply(
        feed=feed(kind=Feed.Kind.BMLT, fellowship="na"), body=json.dumps(answer).encode(), at=AT
    ).report

    assert counts(report) == {"added": 2}
    assert report.warnings == [
        {"row": 2, "field": "id", "value": "41", "reason": "row 1 has the same id; both kept"}
    ]


def test_apply_keeps_two_ids_with_the_same_content() -> None:
    report = take(feed(), row(id=1), row(id=2), row(id=2))

    assert counts(report) == {"added": 2, "rejected": 1}
    assert [one["reason"] for one in report.warnings] == [
        "row 1 has the same slug; both kept",
        "duplicate of row 2",
    ]


def test_apply_keeps_two_meetings_in_one_room_at_one_time() -> None:
    report = take(feed(), row(types=["O"]), row(slug="two", types=["C"]))

    assert counts(report) == {"added": 2}


def test_apply_leaves_out_coordinates_far_from_their_address() -> None:
    report = take(feed(), row(longitude=75.2024))

    found = Meeting.objects.get()
    assert (found.latitude, found.longitude, found.x) == (None, None, None)
    assert found.address == "1418 Alderbrook Street, Philadelphia, PA 19104, USA"
    (warning,) = report.warnings
    assert warning["field"] == "latitude, longitude"
    assert warning["reason"].endswith("miles from its own address; left out")


# What is written of the run itself


def test_apply_records_a_run_that_changed_something() -> None:
    source = feed()

    report = take(source, row())

    run = source.runs.get()
    assert (run.at, run.held, run.report, run.payload) == (AT, False, report.as_dict(), None)
    source.refresh_from_db()
    assert (source.last_run_at, source.last_ok_at, source.last_error) == (AT, AT, "")


def test_apply_without_writing_reports_the_same() -> None:
    source = feed()
    take(source, *rows(10))
    changed = [*rows(10)[:9], row(slug="new", name="New")]

    with CaptureQueriesContext(connection) as queries:
        dry = take(source, *changed, at=LATER, dry_run=True)

    assert writes(queries) == []
    assert dry == take(source, *changed, at=LATER)
    assert counts(dry) == {"added": 1, "unchanged": 9, "absent": 1}


def test_apply_without_writing_takes_a_feed_that_is_not_saved() -> None:
    unsaved = Feed(name="x", kind="meeting_guide", fellowship="aa", timezone="America/New_York")

    report = take(unsaved, row(), dry_run=True)

    assert counts(report) == {"added": 1}
    assert not Feed.objects.exists()


def test_report_has_exactly_the_published_keys() -> None:
    assert list(take(feed(), row()).as_dict()) == [
        "rows", "listings", "added", "changed", "unchanged", "retired", "absent", "rejected",
        "held", "reason", "warnings",
    ]  # fmt: skip


def test_apply_reads_the_other_formats() -> None:
    import json

    na = feed(name="NA", kind=Feed.Kind.BMLT, fellowship="na")
    sheet = feed(name="Sheet", kind=Feed.Kind.CSV, fellowship="recovery")

    importing.apply(feed=na, body=json.dumps([bmlt_row()]).encode(), at=AT)
    importing.apply(feed=sheet, body=b"ID,Name,Day,Time\n1,Back Porch,Friday,7pm", at=AT)

    assert set(Meeting.objects.values_list("name", "fellowship", "weekday", "source_id")) == {
        ("Steady Hands", "na", 1, "41"),
        ("Back Porch", "recovery", 5, ""),
    }


@pytest.mark.parametrize("count", [1, 40])
def test_apply_asks_no_more_of_the_database_for_more_rows(count: int) -> None:
    source = feed()
    take(source, *rows(count))

    with CaptureQueriesContext(connection) as queries:
        take(source, *[{**one, "notes": "New."} for one in rows(count)], at=LATER)

    reads = [query for query in queries if query["sql"].startswith("SELECT")]
    assert len(reads) <= 3
