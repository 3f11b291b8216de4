from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from aftercare.directory.criteria import Criteria, WrongParameters, parse
from aftercare.directory.geo import Point

NEW_YORK = ZoneInfo("America/New_York")


def ask(query: str) -> Criteria:
    return parse(query=QueryDict(query), zone=NEW_YORK)


def test_parse_of_nothing_asks_nothing() -> None:
    assert ask("") == ask("q=&day=&near=%20&utm_source=x") == Criteria()


@pytest.mark.parametrize(
    ("query", "criteria"),
    [
        ("q=Caf%C3%A9+Ferry", Criteria(terms=("cafe", "ferry"))),
        ('q="back porch" Hour', Criteria(terms=("back porch", "hour"))),
        ('q=open "quo', Criteria(terms=("open", "quo"))),
        ("q=back+po&prefix=1", Criteria(terms=("back", "po"), prefix=True)),
        ("day=0&day=3&day=today", Criteria(days=(0, 3), relative_days=("today",))),
        ("time=night&time=midday", Criteria(times=("midday", "night"))),
        ("after=18:30&before=9 PM", Criteria(after=time(18, 30), before=time(21))),
        ("ends_by=00:30", Criteria(ends_by=time(0, 30))),
        ("tag=women&tag=open", Criteria(tags=("women", "open"))),
        ("fellowship=NA&fellowship=aa", Criteria(fellowships=("aa", "na"))),
        ("attendance=online", Criteria(attendance=("online",))),
        ("near=39.95,-75.16&within=5", Criteria(near=Point(39.95, -75.16), within_miles=5)),
        ("region=Bucks County > Doylestown", Criteria(region=("bucks-county", "doylestown"))),
        ("now=1&inactive=1", Criteria(now=True, inactive=True)),
        ("now=0", Criteria()),
        ("sort=name", Criteria(sort="name")),
        ("near=1,1&sort=distance", Criteria(near=Point(1, 1), sort="distance")),
        ("page=3&per_page=200", Criteria(page=3, per_page=200)),
    ],
)
def test_parse_reads_each_parameter(query: str, criteria: Criteria) -> None:
    assert ask(query) == criteria


@pytest.mark.parametrize(
    ("given", "miles"), [("10", 10), ("0.5", 0.5), ("16.09344km", 10), ("5 km", 3.10686)]
)
def test_parse_reads_distances_in_miles_and_kilometres(given: str, miles: float) -> None:
    assert ask(f"within={given}").within_miles == pytest.approx(miles, rel=1e-5)


@pytest.mark.parametrize(
    "given",
    [
        "2026-03-08T19:00:00-04:00",
        "2026-03-08T23:00:00Z",
        "2026-03-08T23:00:00+00:00",
        "2026-03-08T23:00:00%2B00:00",
        "2026-03-08T19:00",
    ],
)
def test_parse_reads_an_instant_and_takes_the_zone_where_it_names_none(given: str) -> None:
    assert ask(f"at={given}").at == datetime(2026, 3, 8, 23, 0, tzinfo=UTC)


WRONG = {
    "q": ["!!!", "%22%22", "x" * 201],
    "prefix": ["yes"],
    "day": ["7", "-1", "friday", "²"],
    "time": ["noon"],
    "after": ["soon", "25:00", "24:00", "1900"],
    "before": ["12"],
    "ends_by": ["later"],
    "tag": ["xyz", "Women's"],
    "fellowship": ["xyz"],
    "attendance": ["inactive"],
    "near": ["99999", "Atlantis", "91,0", "Philadelphia", "%00"],
    "within": ["0", "-1", "far", "99999", "1e3", "nan"],
    "region": ["..", "A > "],
    "now": ["2", "true"],
    "inactive": ["maybe"],
    "sort": ["random", "distance"],
    "at": ["now", "2026-13-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59Z"],
    "page": ["0", "-1", "x", "99999999", "1.5"],
    "per_page": ["0", "201", "many"],
}


@pytest.mark.parametrize(
    ("name", "given"), [(name, given) for name, values in WRONG.items() for given in values]
)
def test_parse_answers_a_wrong_parameter_with_a_message(name: str, given: str) -> None:
    with pytest.raises(WrongParameters) as wrong:
        ask(f"{name}={given}")

    assert list(wrong.value.errors) == [name]
    assert wrong.value.errors[name]


def test_parse_names_every_wrong_parameter_at_once() -> None:
    with pytest.raises(WrongParameters) as wrong:
        ask("day=8&near=99999&page=0&q=fine")

    assert list(wrong.value.errors) == ["day", "near", "page"]
