import pytest

from aftercare import questions
from aftercare.models import Track
from aftercare.questions import Tone


def sittings(*tracks: str, asks_use: bool = False, count: int = 6) -> list[list[str]]:
    return [
        questions.sitting(tracks=tracks, asks_use=asks_use, week_number=number)
        for number in range(count)
    ]


def test_substance_use_asks_two_of_its_own_and_one_in_turn() -> None:
    assert sittings(Track.SUBSTANCE_USE, count=4) == [
        ["rough", "sure", "kept"],
        ["rough", "sure", "sleep"],
        ["rough", "sure", "company"],
        ["rough", "sure", "kept"],
    ]


def test_use_question_takes_the_turn_of_every_other_time() -> None:
    lasts = [codes[-1] for codes in sittings(Track.SUBSTANCE_USE, asks_use=True)]

    assert lasts == ["habit", "kept", "habit", "sleep", "habit", "company"]


def test_use_question_is_never_asked_of_who_did_not_agree() -> None:
    every = {code for codes in sittings(*Track.values, asks_use=False, count=40) for code in codes}

    assert "habit" not in every
    assert "rough" in every


def test_two_tracks_ask_one_question_each() -> None:
    assert sittings(Track.MOOD, Track.TRAUMA, count=1) == [["mood", "edge", "kept"]]


def test_many_tracks_take_turns_and_no_sitting_asks_more_than_three() -> None:
    found = sittings(*Track.values, asks_use=True, count=12)

    assert {len(codes) for codes in found} == {3}
    assert all(len(set(codes)) == 3 for codes in found)
    assert {code for codes in found for code in codes} >= {"rough", "mood", "eating", "edge"}


def test_somebody_without_a_track_is_asked_the_usual() -> None:
    assert sittings(count=1) == [["rough", "sure", "kept"]]


def test_shared_phone_is_asked_for_a_sign_of_life_only() -> None:
    codes = questions.sitting(
        tracks=[Track.SUBSTANCE_USE], asks_use=True, week_number=0, is_shared_phone=True
    )

    assert codes == ["okay"]


@pytest.mark.parametrize(
    ("code", "value", "tone"),
    [
        ("rough", 8, Tone.HEAVY),
        ("rough", 5, Tone.EVEN),
        ("rough", 1, Tone.LIGHT),
        ("sure", 2, Tone.HEAVY),
        ("sure", 9, Tone.LIGHT),
        ("mood", 0, Tone.HEAVY),
        ("edge", 10, Tone.HEAVY),
        ("eating", 2, Tone.HEAVY),
        ("sleep", 3, Tone.HEAVY),
        ("company", 0, Tone.HEAVY),
        ("habit", "yes", Tone.SETBACK),
        ("habit", "no", Tone.LIGHT),
        ("okay", "no", Tone.EVEN),
    ],
)
def test_tone_follows_the_answer(code: str, value: questions.Value, tone: Tone) -> None:
    assert questions.tone(code=code, value=value) == tone


def test_every_number_that_is_met_with_an_offer_or_gladness_lies_on_its_scale() -> None:
    for question in questions.BY_CODE.values():
        met = {value for value in question.heavy | question.light if isinstance(value, int)}
        if question.low is not None and question.high is not None:
            assert met <= set(range(question.low, question.high + 1)), question.code
