import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercare.answers import Kind, Question, Reading, needs_support, read, says_more
from aftercare.crisis import Crisis, CrisisClass, Tier
from tests.tables import read_table

UNDERSTOOD = (Kind.NUMBER, Kind.YES, Kind.NO)


def readings(part: str) -> list[tuple[dict[str, str], Reading]]:
    return [
        (row, read(text=row["text"] or "", question=Question(row["question"])))
        for row in read_table("answers", part=part)
    ]


def is_right(row: dict[str, str], reading: Reading) -> bool:
    value = "" if reading.value is None else str(reading.value)
    return (reading.kind.value, value) == (row["kind"], row["value"] or "")


@pytest.mark.parametrize(("part", "least"), [("dev", 0.97), ("held", 0.93)])
def test_replies_are_read_as_meant(part: str, least: float) -> None:
    found = readings(part)

    wrong = [(row["question"], row["text"]) for row, reading in found if not is_right(row, reading)]

    assert len(wrong) <= (1 - least) * len(found), wrong


@pytest.mark.parametrize("part", ["dev", "held"])
def test_no_reply_is_recorded_as_what_it_does_not_say(part: str) -> None:
    misread = [
        (row["question"], row["text"], reading)
        for row, reading in readings(part)
        if reading.kind in UNDERSTOOD and not is_right(row, reading)
    ]

    assert misread == []


def test_table_is_as_large_as_promised() -> None:
    assert len(read_table("answers")) >= 400


@pytest.mark.parametrize(
    ("question", "text", "kind"),
    [
        ("scale", "8 stop texting me", Kind.OPT_OUT),
        ("scale", "8. Stop texting me", Kind.OPT_OUT),
        ("yes_no", "STOP", Kind.OPT_OUT),
        ("yes_no", "cancel", Kind.OPT_OUT),
        ("scale", "help, call me", Kind.NEED_SUPPORT),
        ("yes_no", "YES", Kind.YES),
        ("scale", "YES", Kind.OPT_IN),
        ("open", "YES", Kind.OPT_IN),
        ("attended", "START", Kind.OPT_IN),
        ("yes_no", "3", Kind.NEED_SUPPORT),
        ("count", "3", Kind.NUMBER),
        ("open", "3", Kind.NOTE),
    ],
)
def test_readings_win_in_their_order(question: str, text: str, kind: Kind) -> None:
    assert read(text=text, question=Question(question)).kind is kind


def test_crisis_is_told_beside_any_kind() -> None:
    assert read(text="8 but I want to die", question=Question.SCALE) == Reading(
        kind=Kind.NUMBER,
        value=8,
        crisis=Crisis(tier=Tier.A, kind=CrisisClass.SUICIDE, words="want to die"),
    )
    assert read(text="please stop texting me, I want to die", question=Question.OPEN).tier == "A"
    assert read(text="I can't go on", question=Question.SCALE).tier == "B"
    assert read(text="8", question=Question.SCALE).tier is None


def test_a_note_keeps_its_text_as_sent() -> None:
    text = "  Sí, todo bien 🙂\n"

    assert read(text=text, question=Question.OPEN) == Reading(kind=Kind.NOTE, value=text)


def test_whole_numbers_stay_whole_and_halves_stay_halves() -> None:
    values = [read(text=text, question=Question.SLEEP).value for text in ("7", "7.0", "7.5")]

    assert [(value, type(value)) for value in values] == [(7, int), (7, int), (7.5, float)]


def test_a_reaction_that_quotes_our_own_text_is_no_answer() -> None:
    text = "Liked “Any time, call or text 988. Reply STOP to end. I want to die”"

    assert read(text=text, question=Question.OPEN) == Reading(kind=Kind.NOT_UNDERSTOOD)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("call me", True),
        ("can my counselor call me?", True),
        ("Please call when you can", True),
        ("me puede llamar mañana", True),
        ("I don't need help but call me", True),
        ("I don't need a call", False),
        ("no me llamen", False),
        ("me llamo Ana", False),
        ("she told me to call", False),
        ("call me crazy", False),
        ("thanks for the call", False),
        ("my meetings help me", False),
    ],
)
def test_asking_for_a_person(text: str, asks: bool) -> None:
    assert needs_support(text) is asks


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("8", False),
        ("about an 8 i guess, thanks", False),
        ("Yes!", False),
        ("como un 7 gracias", False),
        ("8 relapsed", True),
        ("no, but it was close", True),
    ],
)
def test_what_an_answer_says_beyond_itself_is_noticed(text: str, more: bool) -> None:
    assert says_more(text) is more


@given(st.text(max_size=1600), st.sampled_from(Question))
def test_any_text_is_read_without_error(text: str, question: Question) -> None:
    reading = read(text=text, question=question)

    assert (reading.value is None) == (reading.kind not in (Kind.NUMBER, Kind.NOTE))


@given(st.integers(-50, 200), st.sampled_from(["scale", "mood", "count", "sleep", "few"]))
def test_a_bare_number_is_taken_in_its_range_only(number: int, question: str) -> None:
    greatest = {"scale": 10, "mood": 10, "count": 30, "sleep": 24, "few": 2}[question]

    reading = read(text=str(number), question=Question(question))

    expected = number if 0 <= number <= greatest else None
    assert reading.value == expected


@given(st.integers(0, 10), st.integers(0, 10), st.sampled_from([" or ", "-", " to ", ", ", " "]))
def test_two_numbers_are_never_one_answer(first: int, second: int, between: str) -> None:
    reading = read(text=f"{first}{between}{second}", question=Question.SCALE)

    assert reading.kind is Kind.NOT_UNDERSTOOD
