import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.phone import (
    Fictitious,
    HasExtension,
    NotANumber,
    NotMobile,
    NumberNotInUse,
    PhoneNumber,
    UnusablePhone,
    mask,
    parse,
)

PHILADELPHIA = PhoneNumber(
    e164="+12155550142",
    region="US",
    is_mobile_possible=True,
    time_zones=("America/New_York",),
)


@pytest.mark.parametrize(
    "raw",
    [
        "(215) 555-0142",
        "215.555.0142",
        "2155550142",
        "1 215 555 0142",
        "+1 (215) 555-0142",
        " \u202a+1\u00a0215\u2011555\u20110142\u202c ",
        "２１５ ５５５ ０１４２",
        "tel:+1-215-555-0142",
    ],
)
def test_a_number_is_read_however_it_is_typed(raw: str) -> None:
    assert parse(raw=raw, allow_fictitious=True) == PHILADELPHIA


@pytest.mark.parametrize(
    ("raw", "zones"),
    [
        ("(850) 555-0100", ("America/Chicago", "America/New_York")),
        ("(928) 555-0100", ("America/Denver", "America/Phoenix")),
        ("(602) 555-0100", ("America/Phoenix",)),
        ("+52 55 1234 5678", ("America/Mexico_City",)),
    ],
)
def test_a_number_names_every_zone_of_its_area(raw: str, zones: tuple[str, ...]) -> None:
    assert parse(raw=raw, allow_fictitious=True).time_zones == zones


def test_a_number_names_its_country() -> None:
    assert parse(raw="(416) 555-0100", allow_fictitious=True).region == "CA"
    assert parse(raw="+52 55 1234 5678").region == "MX"


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        ("", NotANumber),
        ("call me", NotANumber),
        ("215-FLOWERS", NotANumber),
        ("555-0142", NotANumber),
        ("911", NotANumber),
        ("215555014299", NotANumber),
        ("+", NotANumber),
        ("+999 215 555 0142", NotANumber),
        ("(115) 555-0142", NumberNotInUse),
        ("+44 7700 900123", NumberNotInUse),
        ("(215) 555-0142 x12", HasExtension),
        ("(215) 555-0142 ext. 12", HasExtension),
        ("(215) 555-0142,12", HasExtension),
        ("(800) 555-0142", NotMobile),
        ("900 234 5678", NotMobile),
        ("+49 30 123456", NotMobile),
    ],
)
def test_what_cannot_be_texted_is_refused_by_name(raw: str, error: type[UnusablePhone]) -> None:
    with pytest.raises(UnusablePhone) as raised:
        parse(raw=raw, allow_fictitious=True)

    assert type(raised.value) is error
    assert str(raised.value) == error.message != ""


@pytest.mark.parametrize("raw", ["(215) 555-0100", "(215) 555-0199"])
def test_made_up_numbers_are_refused_where_texts_are_real(raw: str) -> None:
    with pytest.raises(Fictitious):
        parse(raw=raw)


@pytest.mark.parametrize("raw", ["(215) 555-0099", "(215) 555-0200"])
def test_neighbours_of_made_up_numbers_are_ordinary(raw: str) -> None:
    assert parse(raw=raw).is_mobile_possible


def test_a_landline_may_be_read_for_calls() -> None:
    number = parse(raw="(800) 555-0142 ext 7", for_texts=False, allow_fictitious=True)

    assert (number.e164, number.is_mobile_possible) == ("+18005550142", False)


def test_a_local_number_follows_its_region() -> None:
    assert parse(raw="55 1234 5678", region="MX").e164 == "+525512345678"


def test_mask_shows_the_last_four_digits_only() -> None:
    assert mask("+12155550142") == "(•••) •••-0142"
    assert mask("+525512345678") == "•••• 5678"


@given(st.text() | st.text("0123456789+() -xX#,;"))
def test_anything_typed_is_a_number_or_a_named_error(raw: str) -> None:
    try:
        number = parse(raw=raw)
    except UnusablePhone:
        return

    assert parse(raw=number.e164) == number
