import pytest

from aftercare.directory.formats.places import compose, leads_to_a_door


@pytest.mark.parametrize(
    "address",
    [
        "1418 Alderbrook Street, Philadelphia, PA 19104, USA",
        "Church of the Open Gate, 77 Marlow Terrace, Philadelphia, PA 19104, USA",
        "301 1/2 W Larkspur Ave, Fairfield, IA 52556, USA",
        "One Meadow Lane, Media, PA, USA",
        "707 W. 47th",
        "Fehrbelliner Str. 92, 10119 Berlin, Germany",
        "12 Canal Walk, Eindhoven, Netherlands",
    ],
)
def test_leads_to_a_door_with_a_street_and_a_number(address: str) -> None:
    assert leads_to_a_door(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "Philadelphia, PA, USA",
        "Milpitas, CA 95035, USA",
        "51st & Wornall",
        "Herringbone Lane & Station Avenue, Bensalem Township, PA, 19020, USA",
        "Route 30, Exton, PA, USA",
        "Berlin, 10119 Berlin, Germany",
        "Green Point Ave, Plettenberg Bay, 6600, South Africa",
    ],
)
def test_leads_to_a_door_not_without_them(address: str) -> None:
    assert not leads_to_a_door(address)


def test_compose_leaves_no_gap() -> None:
    assert (
        compose(street="707 W. 47th ", city="Kansas City", state="MO", postcode="", country="USA")
        == "707 W. 47th, Kansas City, MO, USA"
    )
