"""Near a place, and the shape of the answer."""

from collections.abc import Sequence
from datetime import UTC, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from aftercare.directory import criteria, search
from aftercare.directory.criteria import Criteria
from aftercare.directory.geo import Point
from aftercare.models import Meeting
from tests.aftercare.directory.test_geo import haversine
from tests.feeds import AT, find, imported, named, names, row, rows

pytestmark = pytest.mark.django_db


def browse(query: str) -> search.Page:
    asked = criteria.parse(query=QueryDict(query), zone=UTC)
    return search.browse(criteria=asked, at=AT)


# Place


def spread() -> Sequence[Meeting]:
    """Meetings on a ring of growing distances around a point."""
    changes = [
        {"latitude": 39.95 + step * 0.02, "longitude": -75.16 - step * 0.03} for step in range(12)
    ]
    found = [
        {**one, **change, "formatted_address": f"{number} Ring Road"}
        for number, (one, change) in enumerate(zip(rows(12), changes, strict=True), start=100)
    ]
    return imported(*found, named("Nowhere", latitude=None, longitude=None))


@pytest.mark.parametrize("miles", [0.001, 2, 5, 10, 40])
def test_find_near_a_point_is_the_circle_and_nothing_else(miles: float) -> None:
    center = Point(39.95, -75.16)
    everything = {
        one.name: haversine(center, Point(one.latitude, one.longitude))
        for one in spread()
        if one.latitude is not None and one.longitude is not None
    }

    found = {one.name: one.distance_miles for one in find(f"near=39.95,-75.16&within={miles}").rows}

    assert set(found) == {name for name, distance in everything.items() if distance <= miles}
    for name, distance in found.items():
        assert distance == pytest.approx(everything[name], rel=0.005, abs=1e-4)


def test_find_near_takes_ten_miles_by_itself_and_kilometres_by_name() -> None:
    spread()

    assert names("near=39.95,-75.16") == names("near=39.95,-75.16&within=10")
    assert names("near=39.95,-75.16&within=16.09km") == names("near=39.95,-75.16&within=9.9978")


def test_find_sorts_by_distance() -> None:
    spread()

    distances = [one.distance_miles for one in find("near=39.95,-75.16&sort=distance").rows]

    assert len(distances) > 3
    assert distances == sorted(distances, key=lambda one: one or 0)


def test_find_near_a_zip_finds_what_is_in_it() -> None:
    imported(
        named("Here"), named("Far", latitude=40.4, longitude=-76.0, formatted_address="1 Far St")
    )

    assert names("near=19104&within=1") == ["Here"]
    assert names("near=Philadelphia, PA&within=10") == ["Here"]


def test_find_across_the_date_line() -> None:
    imported(
        named("East", latitude=-17.0, longitude=179.95, formatted_address="1 Reef Road"),
        named("West", latitude=-17.0, longitude=-179.95, formatted_address="2 Reef Road"),
    )

    assert set(names("near=-17,179.99&within=10")) == {"East", "West"}


def test_find_nothing_near_says_how_many_there_are_further_out() -> None:
    spread()

    found = browse("near=39.60,-75.16&within=2")

    assert found.count == 0
    assert found.wider is not None
    wider = find(f"near=39.60,-75.16&within={found.wider.miles}")
    assert (found.wider.miles, found.wider.count) == (25, wider.count)
    assert wider.count > 0


def test_find_few_near_says_where_there_are_more() -> None:
    far = {"latitude": 40.2, "longitude": -75.2024, "formatted_address": "9 Far Road"}
    imported(named("Here"), named("There"), named("Afar", **far))
    # The circle of 25 miles has no more than these two, that of 50 has.
    place = "near=39.7,-75.2024&within="

    few, enough = browse(f"{place}20"), browse(f"{place}50")

    assert (few.count, few.wider) == (2, search.Wider(miles=50, count=3))
    assert (enough.count, enough.wider) == (3, None)


def test_find_nothing_anywhere_has_no_further_circle() -> None:
    imported(named("Here"))

    assert browse("near=61.2,-149.9").wider is None
    assert browse("q=nothing").wider is None


# The answer


def test_find_counts_all_and_shows_one_page() -> None:
    imported(*rows(7))

    first = find("per_page=3&sort=name")
    last = find("per_page=3&sort=name&page=3")

    assert (first.count, first.page, first.per_page, first.pages) == (7, 1, 3, 3)
    assert [one.name for one in first.rows] == ["Group 0", "Group 1", "Group 2"]
    assert [one.name for one in last.rows] == ["Group 6"]
    assert (first.previous_page, first.next_page) == (None, 2)
    assert (last.previous_page, last.next_page) == (2, None)


def test_find_past_the_last_page_is_empty() -> None:
    imported(*rows(3))

    found = find("page=9")

    assert (found.count, found.rows, found.wider, found.previous_page) == (3, (), None, 1)


def test_find_pages_hold_each_meeting_once_though_all_start_together() -> None:
    imported(*rows(23, day=1, time="19:00", name="Same"))

    pages = [find(f"per_page=5&page={page}").rows for page in range(1, 6)]

    slugs = [one.slug for rows_of_page in pages for one in rows_of_page]
    assert len(slugs) == len(set(slugs)) == 23


def test_find_sorts_names_by_their_folded_words() -> None:
    imported(
        named("Éclair"), named("apple"), named("Keep It"), named("Keep It Simple"), named("Zoo")
    )

    assert names("sort=name") == ["apple", "Éclair", "Keep It", "Keep It Simple", "Zoo"]


@pytest.mark.parametrize("query", ["", "near=19104&now=1", "day=today&q=group&sort=name"])
def test_find_asks_no_more_of_the_database_for_more_rows(query: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            find(query)
        return len(captured)

    everywhere = {"day": [0, 1, 2, 3, 4, 5, 6], "time": "18:30", "end_time": None}
    imported(named("Group one", **everywhere))
    few = queries()
    imported(*rows(3, **everywhere), name="More")

    assert find(query).count >= 3
    assert queries() == few <= 6


def test_row_as_dict_has_every_published_key() -> None:
    unknown = ("day", "time", "regions", "location", "latitude", "longitude", "formatted_address")
    (found,) = imported(named("Bare", types=[], approximate="no", **dict.fromkeys(unknown)))

    (shown,) = find().rows

    assert shown.as_dict(url="https://portal.example.org/x") == {
        "slug": found.slug,
        "name": "Bare",
        "fellowship": "aa",
        "day": None,
        "time": None,
        "end_time": None,
        "timezone": "America/New_York",
        "next_start": None,
        "in_progress": False,
        "attendance": "in_person",
        "tags": [],
        "location": None,
        "address": None,
        "region": None,
        "latitude": None,
        "longitude": None,
        "distance_miles": None,
        "url": "https://portal.example.org/x",
        "active": True,
        "inactive_reason": None,
    }


def test_row_as_dict_of_a_full_row() -> None:
    imported(named("Full", time="23:30", end_time="00:30", types=["O"]))

    found = find("near=19104").rows[0].as_dict(url="x")

    assert (found["time"], found["end_time"], found["day"]) == ("23:30", "00:30", 1)
    assert found["next_start"] == "2026-03-09T23:30:00-04:00"
    assert found["region"] == "Philadelphia > West Philadelphia"
    assert (found["tags"], found["distance_miles"]) == (["open"], 0.0)


def test_browse_names_the_fellowships_whose_feeds_we_have() -> None:
    imported(row(), name="A")
    imported(row(), name="B", fellowship="na")

    assert search.browse(criteria=Criteria(), at=AT).fellowships == ("aa", "na")


def test_detail_finds_inactive_meetings_and_no_strangers() -> None:
    (found,) = imported(row(types=["TC"]))

    shown = search.detail(slug=found.slug, at=AT)

    assert shown is not None
    assert (shown.row.inactive_reason, shown.meeting.pk) == ("temporarily closed", found.pk)
    assert search.detail(slug="nobody", at=AT) is None


def test_every_is_unpaged_and_in_full() -> None:
    imported(*rows(60))

    found = list(search.every(criteria=Criteria(per_page=5), at=AT + timedelta(days=1)))

    assert len(found) == 60
    assert found[0].meeting.slug == found[0].row.slug
