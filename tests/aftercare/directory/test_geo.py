import math

import pytest

from aftercare.directory import geo
from aftercare.directory.geo import Box, Point

PHILADELPHIA = Point(39.9526, -75.1652)


def haversine(one: Point, other: Point) -> float:
    """Another road to the same figure: the sphere of 6,371 km in miles."""
    north1, north2 = math.radians(one.latitude), math.radians(other.latitude)
    half = math.sin((north2 - north1) / 2) ** 2
    east = math.radians(other.longitude - one.longitude)
    half += math.cos(north1) * math.cos(north2) * math.sin(east / 2) ** 2
    return 2 * 6371.0 / 1.609344 * math.asin(math.sqrt(half))


@pytest.mark.parametrize(
    "other",
    [
        Point(39.9527, -75.1653),
        Point(40.05, -75.30),
        Point(40.7128, -74.0060),
        Point(-33.92, 18.42),
        Point(39.9526, 179.9),
    ],
)
def test_miles_to_agrees_with_the_sphere(other: Point) -> None:
    assert PHILADELPHIA.miles_to(other) == pytest.approx(haversine(PHILADELPHIA, other), rel=0.005)


@pytest.mark.parametrize("miles", [0.01, 1, 10, 500, 12_000])
def test_chord_squared_grows_as_the_distance_does(miles: float) -> None:
    angle = miles / geo.MILES_PER_RADIAN
    other = Point(0, math.degrees(angle))

    chord = math.dist(Point(0, 0).xyz, other.xyz) ** 2

    assert geo.chord_squared(miles=miles) == pytest.approx(chord, rel=1e-6)


@pytest.mark.parametrize("center", [PHILADELPHIA, Point(0, 0), Point(64.1, -21.9)])
def test_box_around_holds_the_circle_and_little_more(center: Point) -> None:
    box = geo.box_around(center=center, miles=50)

    # Where the circle is widest, a little poleward of its middle, and due north of it.
    east = [Point(center.latitude + step / 100, box.east - 1e-6) for step in range(-100, 101)]
    assert min(point.miles_to(center) for point in east) == pytest.approx(50, rel=1e-3)
    assert Point(box.north, center.longitude).miles_to(center) == pytest.approx(50, rel=1e-6)


def test_box_around_crosses_the_date_line() -> None:
    box = geo.box_around(center=Point(0, 179.9), miles=69)

    assert box.west == pytest.approx(178.9, abs=0.01)
    assert box.east == pytest.approx(-179.1, abs=0.01)


def test_box_around_a_pole_holds_every_longitude() -> None:
    box = geo.box_around(center=Point(89.9, 10), miles=69)

    assert box == Box(box.south, 90.0, -180.0, 180.0)
    assert box.south == pytest.approx(88.9, abs=0.01)


@pytest.mark.parametrize(
    ("words", "near"),
    [
        ("19104", Point(39.96, -75.20)),
        ("19104-1234", Point(39.96, -75.20)),
        ("Philadelphia, PA", Point(39.99, -75.15)),
        ("philadelphia pa", Point(39.99, -75.15)),
        ("Philadelphia, Pennsylvania", Point(39.99, -75.15)),
        ("West Chester PA", Point(39.96, -75.59)),
        ("Charleston West Virginia", Point(38.36, -81.62)),
        ("St. Paul, MN", Point(44.95, -93.10)),
        ("Manayunk, PA", Point(40.03, -75.22)),
        (" 39.95 , -75.16 ", Point(39.95, -75.16)),
    ],
)
def test_locate_finds_zips_cities_and_points(words: str, near: Point) -> None:
    assert geo.locate(words=words).miles_to(near) < 1.5


@pytest.mark.parametrize(
    "words",
    ["99999", "1910", "Nowhere, PA", "Philadelphia", "Springfield, XX", "91,0", "", "a,b,c"],
)
def test_locate_knows_no_other_place(words: str) -> None:
    with pytest.raises(geo.UnknownPlace):
        geo.locate(words=words)


def test_locate_address_goes_by_zip_then_city() -> None:
    by_zip = geo.locate_address(address="18 Old Depot Lane, Lansdale, PA 19446, USA")
    by_city = geo.locate_address(address="Philadelphia, PA, USA")

    assert by_zip == geo.locate(words="19446")
    assert by_city == geo.locate(words="Philadelphia, PA")
    assert geo.locate_address(address="12 Canal Walk, London, UK") is None
