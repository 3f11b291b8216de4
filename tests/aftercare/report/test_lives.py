"""What each figure makes of people's lives, counted by hand."""

from typing import Any

from aftercare.report import lives
from aftercare.report.figures import Share, Waits
from aftercare.report.lives import DAY, Life, Silence

NOW = 400 * DAY


def life(**facts: Any) -> Life:
    """Somebody who graduated and began on day 0, was known then, and is active; days in facts are days."""
    for name in ("signs", "talks", "kept", "misses"):
        facts[name] = [day * DAY for day in facts.pop(name, ())]
    known: dict[str, Any] = {"known": 0, "began": 0, "status": "active", "tracks": (), "cohort": ""}
    days = {count: (count + 1) * DAY for count in (0, 7, 30)}
    made = Life(graduated=0, days=days, **(known | facts))
    lives.tidy(life=made, at=NOW)
    return made


def test_contact_is_lost_after_28_days_and_two_misses() -> None:
    # The last sign on day 10, misses on days 20 and 30: lost once 28 days are over.
    lost = life(signs=[3, 10], misses=[20, 30])
    # The second miss comes later than the 28 days, and then it counts.
    later = life(signs=[3, 10], misses=[20, 60])
    # Back on day 37, one day before, and never silent so long again.
    back = life(signs=[10, 37, *range(50, 400, 20)], misses=[20, 30])
    # One miss is not enough, however long it has been.
    once = life(signs=[10], misses=[20])
    # Lost, and back afterwards: the first loss counts.
    returned = life(signs=[10, 80, *range(90, 400, 20)], misses=[20, 30])

    found = [one.stay for one in (lost, later, back, once, returned)]

    assert found == [(38, True), (60, True), (400, False), (400, False), (38, True)]


def test_stay_of_who_left_died_or_never_came() -> None:
    left = life(status="left", signs=[12])
    died = life(status="deceased", signs=[12])
    silent = life(status="left")
    invited = life(status="invited", began=None)

    assert [one.stay for one in (left, died, silent, invited)] == [
        (12, True),
        (12, False),
        (0, True),
        None,
    ]
    curve = lives.retention(lives=[left, died, silent, invited])
    assert [(step.after, step.at_risk, step.ended) for step in curve.steps] == [
        (0, 3, 1),
        (12, 2, 1),
    ]


def test_active_is_who_gave_a_sign_in_the_28_days_before() -> None:
    people = [
        life(signs=[62, 100]),
        life(signs=[61, 91]),
        life(signs=[]),
        life(began=320 * DAY, signs=[330]),
        life(began=None),
        life(status="deceased", signs=[80]),
    ]

    # Day 90: signs after day 62; the fourth has come only to day 80.
    assert lives.active(lives=people, days=90, at=NOW) == Share(part=0, whole=3)
    assert lives.active(lives=[life(signs=[63])], days=90, at=NOW) == Share(part=1, whole=1)
    assert lives.active(lives=[life(signs=[90])], days=90, at=NOW) == Share(part=1, whole=1)
    # Day 7 looks back to the beginning.
    assert lives.active(lives=[life(signs=[1]), life(signs=[8])], days=7, at=NOW) == Share(
        part=1, whole=2
    )


def test_follow_up_is_a_date_kept_or_a_talk_from_the_day_after_on() -> None:
    people = [
        life(kept=[3]),
        life(talks=[7.5]),
        life(kept=[0.5], signs=[2]),
        life(kept=[8.5]),
        life(began=None, known=8 * DAY),
        life(known=9 * DAY, kept=[3]),
        life(status="deceased", kept=[3]),
    ]

    assert lives.follow_up(lives=people, days=7, at=NOW) == Share(part=2, whole=5)
    assert lives.follow_up(lives=people, days=30, at=NOW) == Share(part=4, whole=6)
    assert lives.follow_up(lives=people, days=30, at=30 * DAY) == Share(part=0, whole=0)


def test_silences_that_were_open_together_are_one() -> None:
    found = life(
        silences=[
            Silence(began=40, ended=None),
            Silence(began=10, ended=20),
            Silence(began=15, ended=30),
            Silence(began=31, ended=35),
        ]
    ).silences

    assert [(one.began, one.ended) for one in found] == [(10, 30), (31, 35), (40, None)]


def test_contact_time_waits_for_a_talk_until_the_silence_ends() -> None:
    people = [
        life(silences=[Silence(began=10 * DAY, ended=14 * DAY)], talks=[5, 14]),
        life(silences=[Silence(began=10 * DAY, ended=11 * DAY)], talks=[12]),
        life(silences=[Silence(began=10 * DAY, ended=None)]),
        life(silences=[Silence(began=10 * DAY, ended=None)], talks=[12]),
    ]

    # After 2 and 4 days; one ended by itself after 1 and is seen so long, one is still open.
    assert lives.contact_time(lives=people, at=NOW) == Waits(
        began=4, ended=2, middle=4 * DAY, most=None
    )


def test_back_is_a_sign_within_14_days_of_the_silence() -> None:
    people = [
        life(silences=[Silence(began=10 * DAY, ended=None)], signs=[24]),
        life(silences=[Silence(began=10 * DAY, ended=None)], signs=[9, 25]),
        life(silences=[Silence(began=390 * DAY, ended=None)], signs=[391]),
    ]

    assert lives.back(lives=people, at=NOW) == Share(part=1, whole=2)


def test_figures_of_the_period_count_what_was_gathered() -> None:
    people = [
        life(
            answered=[1],
            waits=[3600],
            unanswered=[2],
            read=[True, False],
            phones=[(True, False, False)],
        ),
        life(answered=[3], waits=[7200], read=[True], phones=[(False, False, True)]),
    ]

    assert lives.replies(lives=people) == Share(part=2, whole=3)
    assert lives.answer_time(lives=people) == Waits(began=2, ended=2, middle=3600, most=7200)
    assert lives.read_in_time(lives=people) == Share(part=2, whole=3)
    assert [lives.phones(lives=people, place=place).part for place in range(3)] == [1, 0, 1]
