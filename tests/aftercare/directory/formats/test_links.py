import pytest

from aftercare.directory.formats import links
from aftercare.directory.formats.links import Link, read_link, read_phone

ZOOM = "https://meet.example.org/j/123?pwd=abc"
WRAPPED = "wrapped by a mail scanner or a search engine; unwrapped"


@pytest.mark.parametrize(
    ("written", "link"),
    [
        ("https://meet.example.org/j/1\xa0", "https://meet.example.org/j/1"),
        ("Http://Meet.Example.org/j/A", "http://meet.example.org/j/A"),
        ("https://meet.example.org/j/1?a=1&amp;b=2", "https://meet.example.org/j/1?a=1&b=2"),
        ("https:/meet.example.org/j/1", "https://meet.example.org/j/1"),
    ],
)
def test_read_link_tidies_a_usable_link(written: str, link: str) -> None:
    assert read_link(written) == Link(link)


@pytest.mark.parametrize(
    "written",
    [
        "https://nam01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fmeet.example.org"
        "%2Fj%2F123%3Fpwd%3Dabc&amp;data=05%7C01",
        "https://urldefense.com/v3/__https://meet.example.org/j/123?pwd=abc__;!!AbC!xyz$",
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__meet.example.org_j_123-3Fpwd-3Dabc&d=D",
        "https://www.google.com/url?q=https://meet.example.org/j/123?pwd%3Dabc&sa=D",
        "https://meet.example.org/j/123?pwd=abc&amp;sa=D&amp;sntz=1&amp;usg=AFQjCN",
    ],
)
def test_read_link_unwraps_what_scanners_wrapped(written: str) -> None:
    assert read_link(written) == Link(ZOOM, "", WRAPPED)


def test_read_link_keeps_the_first_of_two() -> None:
    both = "https://meet.example.org/j/1https://meet.example.org/j/2"

    assert read_link(both) == Link(
        "https://meet.example.org/j/1", "", "more than one link; the first is kept"
    )


def test_read_link_hands_back_the_words_beside_it() -> None:
    assert read_link(f"{ZOOM} Passcode: kettle") == Link(
        ZOOM, "Passcode: kettle", "words beside the link; kept as a note"
    )


def test_read_link_adds_a_missing_scheme_and_says_so() -> None:
    assert read_link("meet.example.org/j/123") == Link(
        "https://meet.example.org/j/123", "", "no https:// before it; added"
    )


@pytest.mark.parametrize(
    "written",
    [
        "https://user:secret@meet.example.org/",
        "https://localhost/j/1",
        "http://",
        "https://meet.example.org:99999999/",
        "https://meet.example.org/" + "a" * 1000,
        "https://nam01.safelinks.protection.outlook.com/?url=https%6A%5Fnonsense",
    ],
)
def test_read_link_refuses_what_nobody_can_follow(written: str) -> None:
    assert read_link(written).value == ""
    assert read_link(written).remark


@pytest.mark.parametrize("written", ["javascript:alert(1)", "ID 123 456 Passcode kettle", "n/a"])
def test_read_link_hands_back_words_that_are_no_link(written: str) -> None:
    assert read_link(written) == Link("", written, "not a link")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+12155550142,,123456#,,*99#", "+12155550142,,123456#,,*99#"),
        ("(215) 555-0142", "2155550142"),
        ("+1 215.555.0142", "+12155550142"),
        (12155550142, "12155550142"),
        (None, ""),
    ],
)
def test_read_phone_keeps_what_one_tap_dials(written: object, number: str) -> None:
    assert read_phone(written) == Link(number)


def test_read_phone_mends_a_doubled_country_code() -> None:
    assert read_phone("+1+12155550142,,1#") == Link(
        "+12155550142,,1#", "", "the country code stands twice"
    )


def test_read_phone_keeps_the_first_of_two_numbers() -> None:
    assert read_phone("+12155550142,,1#+12155550143,,2#") == Link(
        "+12155550142,,1#", "", "two numbers; the first is kept"
    )


@pytest.mark.parametrize("written", ["ID: 123 PW: abc", "911", "1234567890123456"])
def test_read_phone_refuses_what_is_no_number(written: str) -> None:
    assert read_phone(written) == Link("", written, "not a phone number")


@pytest.mark.parametrize(
    ("link", "bare"),
    [
        ("https://meet.example.org/j/1?pwd=kettle", "https://meet.example.org/j/1"),
        ("https://meet.example.org/j/1?Pwd=k&lang=es", "https://meet.example.org/j/1?lang=es"),
        ("https://meet.example.org/w/1?tk=kettle&pwd=k", "https://meet.example.org/w/1"),
        ("https://teams.microsoft.com/meet/1?p=kettle", "https://teams.microsoft.com/meet/1"),
        # Nothing is hidden in it, so not a sign of it becomes another.
        ("https://meet.example.org/?p=1&q=a%20b&r=", "https://meet.example.org/?p=1&q=a%20b&r="),
        ("", ""),
    ],
)
def test_link_is_told_without_its_passcode(link: str, bare: str) -> None:
    assert links.without_passcode(link=link) == bare


@pytest.mark.parametrize(
    ("phone", "bare"),
    [
        ("+12155550142,,7718#,,#,,208439#", "+12155550142,,7718#"),
        ("+12155550142,,7718#,,1#,298288#", "+12155550142,,7718#"),
        ("+12155550142,,7718#,,,,*2461#", "+12155550142,,7718#"),
        ("2155550142,,7718,,#,,208439", "2155550142,,7718"),
        ("+12155550142,,#,,#,,208439#", "+12155550142"),
        ("+12155550142,,7718#,,#,,#", "+12155550142,,7718#,,#,,#"),
        ("+12155550142", "+12155550142"),
        ("", ""),
    ],
)
def test_number_is_told_without_the_passcode_dialled_after_it(phone: str, bare: str) -> None:
    assert links.phone_without_passcode(phone=phone) == bare
