from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from aftercare.directory import identity
from aftercare.directory.listing import Listing
from tests.feeds import listing


def match(
    new: Sequence[Listing], old: Sequence[Listing], passes: Sequence[identity.Key] | None = None
) -> list[tuple[str, str]]:
    pairs, _, _ = identity.match(
        new=new, old=old, passes=passes or [*identity.CERTAIN, *identity.LIKELY]
    )
    return sorted((one.notes, other.notes) for one, other in pairs)


def old(**changes: Any) -> Listing:
    return listing(**{"notes": "old"} | changes)


def new(**changes: Any) -> Listing:
    return listing(**{"notes": "new"} | changes)


OTHER = {
    "name": "Back Porch",
    "day": 4,
    "time": "07:00",
    "formatted_address": "9 Fern St, Media, PA",
}


NO_ADDRESS = {"formatted_address": None, "latitude": 39.95971, "longitude": -75.20239}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"id": 7}, {"id": 7, "slug": "renamed"} | OTHER),
        ({}, OTHER),
        (NO_ADDRESS, {"slug": "renamed"} | NO_ADDRESS | {"latitude": 39.9599}),
        ({}, {"slug": "renamed", "formatted_address": "9 Fern St, Media, PA"}),
        ({}, {"slug": "renamed", "name": "Back Porch"}),
        ({}, {"slug": "renamed", "day": 4, "time": "07:00"}),
    ],
    ids=["id", "slug", "name+time+point", "name+time", "time+place", "name+place"],
)
def test_match_recognises_a_meeting_by_what_is_left_of_it(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert match([new(**after)], [old(**before)]) == [("new", "old")]


def test_match_pairs_no_strangers() -> None:
    assert match([new(slug="renamed", **OTHER)], [old()]) == []


def test_match_accepts_a_key_only_where_it_is_unique_on_both_sides() -> None:
    twins = [old(slug="a", notes="a"), old(slug="b", notes="b")]

    assert match([new(slug="c")], twins) == []
    assert match([new(slug="a"), new(slug="c", notes="rest")], twins) == [
        ("new", "a"),
        ("rest", "b"),
    ]


def test_match_goes_by_the_sources_own_id_before_anything_else() -> None:
    before = [old(id=1, notes="one"), old(id=2, slug="other", notes="two", **OTHER)]
    swapped = [new(id=2, notes="now two"), new(id=1, slug="other", notes="now one", **OTHER)]

    assert match(swapped, before) == [("now one", "one"), ("now two", "two")]


def test_match_keeps_the_days_of_one_id_apart() -> None:
    before = [old(id=1, day=1, notes="Monday"), old(id=1, day=3, notes="Wednesday")]
    after = [new(id=1, day=3, notes="Wed now"), new(id=1, day=1, notes="Mon now")]

    assert match(after, before) == [("Mon now", "Monday"), ("Wed now", "Wednesday")]


def test_match_tells_twins_apart_by_what_they_say() -> None:
    before = [
        replace(old(slug="a", types=["O"]), content_hash="open"),
        replace(old(slug="b", types=["C"], notes="closed"), content_hash="closed"),
    ]
    after = [
        replace(new(slug="y", types=["C"], notes="closed now"), content_hash="closed"),
        replace(new(slug="x", types=["O"]), content_hash="open"),
    ]

    assert match(after, before) == [("closed now", "closed"), ("new", "old")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("30 W Hancock St, Lansdale, PA 19446, USA", "30 West Hancock Street, Lansdale, PA"),
        ("276 N Keswick Ave #276, Glenside, PA 19038", "276 North Keswick Avenue, Glenside, PA"),
        ("14 St. Orlan's Pl., Media, PA, United States", "14 Saint Orlans Place, Media, PA"),
    ],
)
def test_place_of_reads_an_address_in_every_spelling(one: str, other: str) -> None:
    places = {identity.place_of(listing(formatted_address=address)) for address in (one, other)}

    assert len(places) == 1


def test_place_of_takes_the_name_of_a_place_for_nothing() -> None:
    named = listing(
        location="Alderbrook Hall", formatted_address=None, latitude=None, longitude=None
    )

    assert identity.place_of(named) is None


def test_moment_of_takes_both_spellings_of_midnight_for_one() -> None:
    late = listing(day=0, time="23:59")
    early = listing(day=1, time="00:00")
    last = listing(day=6, time="23:59")

    assert identity.moment_of(late) == identity.moment_of(early) == 1440
    assert identity.moment_of(last) == 0
