"""The order in which somebody is looked for with whom contact is lost."""

import pytest

from aftercare.engagement.lost_contact import Step, Tried, fulfils, next_step


def tries(*ways: str) -> list[Tried]:
    return [Tried(way=way, step=Step.TRY) for way in ways]


LETTER = Tried(way="mail", step=Step.LETTER)
ASKED = Tried(way="call", step=Step.SAFE_CONTACT)
QUARTER = Tried(way="call", step=Step.QUARTERLY)


@pytest.mark.parametrize(
    ("tried", "may_ask", "step"),
    [
        ([], True, Step.TRY),
        (tries("call"), True, Step.TRY),
        (tries("call", "text"), True, Step.TRY),
        (tries("call", "call", "call"), True, Step.TRY),
        (tries("call", "text", "call"), True, Step.SAFE_CONTACT),
        (tries("call", "text", "call"), False, Step.LETTER),
        (tries("call", "call", "call", "visit"), False, Step.LETTER),
        ([*tries("call", "text", "call"), ASKED], True, Step.LETTER),
        ([*tries("call", "text", "call"), ASKED], False, Step.LETTER),
        ([*tries("call", "text", "call"), ASKED, LETTER], True, Step.QUARTERLY),
        ([*tries("call", "text", "call"), LETTER], True, Step.QUARTERLY),
        ([*tries("call", "text", "call"), LETTER, QUARTER, QUARTER], True, Step.QUARTERLY),
    ],
)
def test_next_step_goes_from_tries_over_two_ways_to_a_letter_and_then_by_quarters(
    tried: list[Tried], may_ask: bool, step: Step
) -> None:
    assert next_step(tried=tried, may_ask_others=may_ask) == step


@pytest.mark.parametrize(
    ("way", "step", "does"),
    [
        ("call", Step.TRY, True),
        ("mail", Step.TRY, False),
        ("text", Step.SAFE_CONTACT, True),
        ("mail", Step.LETTER, True),
        ("call", Step.LETTER, False),
        ("call", Step.QUARTERLY, True),
        ("mail", Step.QUARTERLY, True),
    ],
)
def test_only_a_letter_does_for_a_letter(way: str, step: Step, does: bool) -> None:
    assert fulfils(way=way, step=step) is does
