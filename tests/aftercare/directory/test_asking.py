import pytest

from aftercare.directory import asking
from aftercare.directory.asking import Asked
from aftercare.directory.criteria import Criteria


def ask(text: str) -> Asked:
    found = asking.read(text=text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("19104", "19104"),
        ("19104-2501", "19104"),
        ("Meetings 19104", "19104"),
        ("is there a meeting near 19104?", "19104"),
        ("necesito una reunión cerca de 19104", "19104"),
        ("meetings philadelphia pa", "philadelphia pa"),
        ("Philadelphia, PA", "philadelphia pa"),
        ("meetings in New York, NY tonight", "new york ny"),
        ("philadelphia pa", "philadelphia pa"),
        ("grupos 19104 esta noche", "19104"),
        ("Hi, where's the next meeting? My zip is 19104, thanks", "19104"),
        ("meetings san jose ca friday", "san jose ca"),
        ("reuniones en Filadelfia, PA", "philadelphia pa"),
    ],
)
def test_read_finds_the_place(text: str, place: str) -> None:
    found = ask(text)

    assert (found.place, found.is_known) == (place, True)
    assert found.criteria.near is not None


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("19104", "relative_days", ("today",)),
        ("19104 tonight", "relative_days", ("today",)),
        ("19104 tonight", "times", ("evening", "night")),
        ("women 19104 esta noche", "times", ("evening", "night")),
        ("19104 mañana", "relative_days", ("tomorrow",)),
        ("19104 tmrw", "relative_days", ("tomorrow",)),
        ("19104 friday", "days", (5,)),
        ("19104 domingo", "days", (0,)),
        ("19104 friday", "relative_days", ()),
        ("women 19104", "tags", ("women",)),
        ("mujeres 19104", "tags", ("women",)),
        ("gay beginners 19104", "tags", ("lgbtq", "newcomer")),
        ("AA 19104", "fellowships", ("aa",)),
        ("19104 now", "now", True),
        ("is there one right now 19104", "now", True),
        ("19104 thurs", "days", (4,)),
        ("meeting tomorrow night 19104", "times", ("evening", "night")),
        ("morning meeting 19104", "times", ("morning",)),
        ("al-anon 19104", "fellowships", ("al-anon",)),
        ("CA 19104", "fellowships", ("ca",)),
        ("meetings san jose ca", "fellowships", ()),
        ("big book 19104", "tags", ("big-book",)),
        ("19104", "attendance", ("in_person",)),
        ("meetings online", "attendance", ("online",)),
        ("online", "attendance", ("online",)),
        ("en línea mañana", "relative_days", ("tomorrow",)),
    ],
)
def test_read_understands_the_words_beside_it(text: str, field: str, value: object) -> None:
    assert getattr(ask(text).criteria, field) == value


@pytest.mark.parametrize(
    "text",
    [
        "8",
        "12345678",
        "no",
        "",
        "i went to the meeting",
        "meeting was good",
        "my meeting is tonight",
        "i moved to 19104 last week",
        "call me at 19104",
        "215-555-0142",
        "hope",
        "Reading",
        "going home in",
        "i am at my meeting",
        "my meeting was in philadelphia",
        "meeting in pieces tonight",
        "i owe 19104 dollars",
        "love me",
        "i am online now",
        "it was on zoom",
        "19104 " + "please " * 20,
    ],
)
def test_what_is_no_question_for_a_place_is_left_alone(text: str) -> None:
    assert asking.read(text=text) is None


def test_a_place_that_nobody_knows_is_kept_as_written() -> None:
    found = ask("meetings Nowhereville")

    assert (found.place, found.is_known, found.criteria.near) == ("nowhereville", False, None)


def test_a_city_without_its_state_is_a_place_after_in() -> None:
    found = ask("AA meeting in Philadelphia tonight")

    assert (found.place, found.is_known) == ("philadelphia", False)


def test_a_word_for_meetings_alone_asks_without_a_place() -> None:
    assert ask("meetings") == Asked(
        place="",
        is_known=False,
        criteria=Criteria(relative_days=("today",), attendance=("in_person",)),
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("reuniones 19104 hoy", "es"),
        ("19104 mañana", "es"),
        ("busco una reunión cerca de 19104", "es"),
        ("meetings 19104 today", ""),
        ("19104", ""),
    ],
)
def test_who_asks_in_spanish_is_known_by_it(text: str, language: str) -> None:
    assert ask(text).language == language


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Philadelphia", "philadelphia"),
        ("filadelfia!", "philadelphia"),
        ("salt lake city", "salt lake city"),
        ("Reading", "reading"),
        ("thank you", None),
        ("i live in philadelphia", None),
        ("", None),
        ("philadelphia " * 9, None),
    ],
)
def test_a_city_alone_may_be_a_question(text: str, place: str | None) -> None:
    found = asking.read_city(text=text)

    assert (found and (found.place, found.is_known)) == (place and (place, False))
