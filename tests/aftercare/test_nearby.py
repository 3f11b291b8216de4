from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aftercare import nearby
from aftercare.directory import asking
from notifications.text import Encoding, segments
from tests.feeds import AT, imported, row

pytestmark = pytest.mark.django_db

SATURDAY, SUNDAY = 6, 0


def answer(text: str, language: str = "en", zone: str = "America/New_York") -> str:
    asked = asking.read(text=text)
    assert asked is not None
    return nearby.answer(asked=asked, language=language, zone=ZoneInfo(zone), at=AT)


def group(name: str, time: str, *, day: int = SATURDAY, **changes: object) -> dict[str, object]:
    slug = name.lower().replace(" ", "-")
    street = f"{len(name)} Kestrel Street, Philadelphia, PA 19104, USA"
    defaults = {"name": name, "slug": slug, "day": day, "time": time, "end_time": None}
    return row(**defaults | {"formatted_address": street} | changes)


def test_the_next_three_of_today_are_told_in_order() -> None:
    imported(
        group("Quiet Harbor", "19:00"),
        group("Porch Light", "18:30"),
        group("Early Birds", "07:00"),
        group("Night Owl", "21:00"),
        group("Last Train", "22:00"),
    )

    assert answer("19104") == (
        "6:30 PM, Porch Light, 11 Kestrel Street (0.0 mi); "
        "7:00 PM, Quiet Harbor, 12 Kestrel Street (0.0 mi); "
        "9:00 PM, Night Owl, 9 Kestrel Street (0.0 mi). Call ahead if you can: times change."
    )


def test_where_today_has_none_tomorrow_is_named() -> None:
    imported(group("Sunday Best", "10:00", day=SUNDAY))

    assert answer("19104") == (
        "Sunday: 10:00 AM, Sunday Best, 11 Kestrel Street (0.0 mi). "
        "Call ahead if you can: times change."
    )


def test_what_was_this_morning_is_not_told_as_todays() -> None:
    imported(group("Early Birds", "07:00"), group("Sunday Best", "10:00", day=SUNDAY))

    assert answer("19104") == (
        "Sunday: 10:00 AM, Sunday Best, 11 Kestrel Street (0.0 mi). "
        "Call ahead if you can: times change."
    )


def test_a_city_without_its_state_is_the_one_we_list() -> None:
    street = "9 Main Street, Reading, PA 19601"
    imported(
        group("Quiet Harbor", "19:00"),
        group("Far Field", "19:30", formatted_address=street, latitude=40.335, longitude=-75.951),
    )

    assert answer("meetings reading").startswith("7:30 PM, Far Field, 9 Main Street")


def test_what_is_asked_for_is_all_that_is_told() -> None:
    imported(
        group("Open Door", "19:00", types=["O"]),
        group("Her Table", "20:00", types=["W"]),
    )

    assert answer("women 19104") == (
        "8:00 PM, Her Table, 9 Kestrel Street (0.0 mi). Call ahead if you can: times change."
    )


def test_a_wider_circle_is_drawn_where_nothing_is_near() -> None:
    imported(group("Far Field", "19:00", latitude=40.2, longitude=-75.2024))

    assert "Far Field, 9 Kestrel Street (16.6 mi)" in answer("19104")


def test_long_names_still_fit_two_texts() -> None:
    imported(
        *(
            group(
                f"Grupo Nueva Esperanza para Mañana número {number}",
                f"19:0{number}",
                formatted_address=f"{number} Avenida de la Constitución Norte, Philadelphia, PA 19104",
            )
            for number in range(3)
        )
    )

    for language in ("en", "es"):
        told = answer("19104", language)
        assert segments(told).count <= nearby.SEGMENTS
        assert told.count("Grupo") >= 1


def test_plain_names_do_not_double_the_price() -> None:
    imported(group("Quiet Harbor", "19:00"))

    assert segments(answer("19104")).encoding is Encoding.GSM_7


@pytest.mark.parametrize(
    ("text", "language", "told"),
    [
        ("meetings", "en", "Send a ZIP"),
        ("reuniones", "es", "código postal"),
        ("meetings Nowhereville", "en", "We do not know the place nowhereville."),
        ("19104", "en", "We found nothing near there today or tomorrow."),
    ],
)
def test_one_helpful_line_where_nothing_can_be_told(text: str, language: str, told: str) -> None:
    line = answer(text, language)

    assert told in line
    assert segments(line).count <= nearby.SEGMENTS


def test_online_needs_no_place() -> None:
    link = "https://meet.example.org/1"
    imported(group("Any Where", "19:00", conference_url=link, types=["ONL", "TC"]))

    assert answer("meetings online") == ("7:00 PM, Any Where. Call ahead if you can: times change.")


def test_online_is_told_by_the_readers_clock_and_a_room_by_its_own() -> None:
    link = "https://meet.example.org/1"
    west: dict[str, Any] = {"timezone": "America/Los_Angeles"}
    bay = {"formatted_address": "5 First Street, San Jose, CA 95112, USA"} | west
    imported(
        group("Any Where", "19:00", conference_url=link, types=["TC"], **west),
        group("Right Here", "18:30", conference_url=link, types=["TC"]),
        group("Bay Room", "17:00", latitude=37.34, longitude=-121.89, **bay),
    )
    call = "Call ahead if you can: times change."

    assert answer("online") == f"6:30 PM, Right Here; 10:00 PM EST, Any Where. {call}"
    assert answer("95112").startswith("5:00 PM PST, Bay Room, ")
    assert answer("95112", zone="America/Los_Angeles").startswith("5:00 PM, Bay Room, ")


def test_tonight_is_the_evening_here_or_tomorrow() -> None:
    imported(
        group("Brunch", "11:00", day=SUNDAY),
        group("Vespers", "19:00", day=SUNDAY),
    )

    assert answer("19104 tonight") == (
        "Sunday: 7:00 PM, Vespers, 7 Kestrel Street (0.0 mi). Call ahead if you can: times change."
    )


def test_accents_of_names_do_not_cost_the_third_meeting() -> None:
    imported(*(group(f"Grupo Número {number}", f"19:0{number}") for number in range(3)))

    told = answer("19104 saturday", "es")

    assert told.startswith("Hoy: 7:00 PM, Grupo Numero 0, ")
    assert told.count("Grupo Numero") == 3
    assert segments(told).encoding is Encoding.GSM_7


def test_the_name_of_a_city_alone_asks_where_we_list_meetings_in_it() -> None:
    imported(group("Quiet Harbor", "19:00"))

    for text in ("philadelphia", "Filadelfia"):
        found = nearby.city(text=text, at=AT)
        assert found is not None
        assert (found.place, found.is_known) == ("philadelphia", True)
    assert [nearby.city(text=text, at=AT) for text in ("Reading", "fine", "thanks", "")] == [
        None
    ] * 4
