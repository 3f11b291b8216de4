"""Nudges, and when silence at the end of a check-in is a miss."""

from datetime import date, timedelta
from typing import Any

import pytest

from aftercare import checkins, preferences, rounds
from aftercare.engagement import facts, histories, rules
from aftercare.models import CheckIn, Expectation, Graduate
from aftercare.record import PORTAL
from notifications.kinds import Kind, Scope
from notifications.models import Message
from tests import build
from tests.aftercare.test_rounds import AT, DAY, HOUR, Outcome, State, due, opened, state

pytestmark = pytest.mark.django_db


# Nudging


def test_nudge_asks_once_more_after_a_day_of_silence() -> None:
    row = opened()

    assert rounds.nudge_due(at=AT + DAY - timedelta(seconds=1)) == 0
    assert rounds.nudge_due(at=AT + DAY) == 1
    assert rounds.nudge_due(at=AT + DAY) == 0

    row.refresh_from_db()
    assert row.nudge == Message.objects.get(kind=Kind.NUDGE)
    assert row.nudge.body == (
        "Harbor again, no rush. How rough was this week, 0 easy to 10 very rough?"
        " A number is enough."
    )


def test_nobody_who_answered_or_was_never_reached_is_nudged() -> None:
    answered, unreached, silent = opened(), due(opens_at=AT + HOUR), opened()
    rounds.open_due(at=AT + HOUR)
    Message.objects.filter(key=f"checkin:{unreached.pk}").update(state=Message.State.FAILED)
    checkins.answer(check_in=answered, question="rough", value=2, door="text", at=AT + HOUR)

    assert rounds.nudge_due(at=AT + DAY + 2 * HOUR) == 1
    silent.refresh_from_db()
    assert silent.nudge is not None


def test_who_wrote_something_we_did_not_understand_is_not_nudged() -> None:
    row = opened()
    CheckIn.objects.filter(pk=row.pk).update(misunderstood=1)

    assert rounds.nudge_due(at=AT + DAY) == 0


def test_nobody_is_nudged_in_the_last_day() -> None:
    opened()

    assert rounds.nudge_due(at=AT + 2 * DAY) == 0


# Closing


def test_silence_after_a_question_that_arrived_is_a_miss() -> None:
    row = opened()

    assert rounds.close_due(at=AT + 3 * DAY - timedelta(seconds=1)) == 0
    assert rounds.close_due(at=AT + 3 * DAY) == 1
    assert rounds.close_due(at=AT + 3 * DAY) == 0
    assert state(row) == (State.MISSED, Outcome.MISSED)


def test_closing_has_the_signals_looked_at_again() -> None:
    row = opened(build.graduate(assess_at=AT + 30 * DAY))

    rounds.close_due(at=AT + 3 * DAY)

    row.graduate.refresh_from_db()
    assert row.graduate.assess_at == AT + 3 * DAY


@pytest.mark.parametrize(
    ("message_state", "expected"),
    [
        (Message.State.FAILED, State.UNDELIVERABLE),
        (Message.State.UNDELIVERED, State.UNDELIVERABLE),
        (Message.State.EXPIRED, State.UNDELIVERABLE),
        (Message.State.SUPPRESSED, State.UNDELIVERABLE),
        (Message.State.UNKNOWN, State.UNDELIVERABLE),
        (Message.State.CANCELLED, State.CANCELLED),
        (Message.State.SENT, State.MISSED),
        (Message.State.DELIVERED, State.MISSED),
    ],
)
def test_silence_counts_only_where_the_question_arrived(
    message_state: Message.State, expected: State
) -> None:
    row = opened()
    Message.objects.filter(key=f"checkin:{row.pk}").update(state=message_state)

    rounds.close_due(at=AT + 3 * DAY)

    assert state(row)[0] == expected


def test_an_opt_out_or_a_pause_on_the_way_is_no_miss() -> None:
    stopped, paused, neighbour = opened(), opened(), opened()
    address = build.address_of(stopped.graduate)
    address.opted_out_at = AT + DAY
    address.save()
    Graduate.objects.filter(pk=paused.graduate_id).update(status=Graduate.Status.PAUSED)

    rounds.close_due(at=AT + 3 * DAY)

    assert [state(row)[1] for row in (stopped, paused, neighbour)] == [
        Outcome.CANCELLED,
        Outcome.CANCELLED,
        Outcome.MISSED,
    ]


def test_nobody_misses_what_only_stood_on_the_web() -> None:
    row = due(build.graduate(with_phone=False, user=build.user()))
    rounds.open_due(at=AT)

    rounds.close_due(at=AT + 3 * DAY)

    assert state(row) == (State.CANCELLED, Outcome.CANCELLED)


def test_part_of_the_answers_keeps_the_check_in() -> None:
    row = opened()
    checkins.answer(check_in=row, question="rough", value=4, door="text", at=AT + HOUR)

    rounds.close_due(at=AT + 3 * DAY)

    assert state(row) == (State.PARTIAL, Outcome.KEPT)


def test_consent_is_not_asked_here_but_at_the_gate() -> None:
    row = due(build.graduate(scopes=[Scope.REMINDERS]))

    assert rounds.open_due(at=AT) == 1
    row.refresh_from_db()
    assert row.message is not None
    assert row.message.state == Message.State.DUE


def long_ago(**changes: Any) -> Graduate:
    """Who graduated and joined more than a year ago."""
    return build.graduate(joined_at=AT - 400 * DAY, graduated_on=date(2025, 2, 1), **changes)


def test_after_a_year_silence_is_no_miss_unless_more_was_chosen() -> None:
    quiet, eager, young = opened(long_ago()), due(long_ago(cadence_days=7)), due()
    rounds.open_due(at=AT)
    Message.objects.filter(state=Message.State.DUE).update(state=Message.State.DELIVERED)

    rounds.close_due(at=AT + 3 * DAY)

    assert [state(row) for row in (quiet, eager, young)] == [
        (State.MISSED, Outcome.CANCELLED),
        (State.MISSED, Outcome.MISSED),
        (State.MISSED, Outcome.MISSED),
    ]


def test_after_a_year_use_is_asked_about_only_where_that_was_chosen() -> None:
    usual, chosen, young = long_ago(asks_use=True), long_ago(), build.graduate(asks_use=True)
    Graduate.objects.filter(pk=chosen.pk).update(asks_use_later=True)
    rows = [due(usual), due(Graduate.objects.get(pk=chosen.pk)), due(young)]

    rounds.open_due(at=AT)

    for row in rows:
        row.refresh_from_db()
    assert ["habit" in row.questions for row in rows] == [False, True, True]


def test_neither_the_taper_nor_a_pause_is_ever_silence() -> None:
    """Who answers all there is, every four weeks, and rests for two months, gives no finding."""
    graduate = build.graduate(joined_at=AT - 300 * DAY, graduated_on=date(2025, 5, 14))
    build.commitment(graduate=graduate)
    build.check_in(graduate=graduate, opens_at=AT - DAY, state=State.CANCELLED)
    Graduate.objects.update(cadence_days=28)
    now, looked = AT, []
    for number in range(5):
        if number == 2:
            until = (now + 61 * DAY).date()
            preferences.pause(graduate=graduate, until=until, actor=PORTAL, at=now)
            looked += [now + days * DAY for days in (20, 40, 60)]
            now += 63 * DAY
            preferences.resume_due(at=now)
            rounds.open_due(at=now)
        rounds.plan_ahead(at=now)
        row = CheckIn.objects.get(state=State.PLANNED)
        looked += [row.opens_at - HOUR, row.opens_at + HOUR, row.closes_at + DAY]
        rounds.open_due(at=row.opens_at)
        checkins.answer(
            check_in=row, question="rough", value=3, door="text", at=row.opens_at + HOUR
        )
        rounds.close_due(at=row.closes_at)
        now = row.closes_at

    graduate.refresh_from_db()
    for at in looked:
        found = facts.at(history=histories.load(graduates=[graduate], at=at)[graduate.pk], at=at)
        assert (found.silence.unanswered, found.pattern.missed_of_last) == (0, 0)
        assert rules.findings(found) == ()
    answered = Expectation.objects.filter(outcome=Outcome.KEPT)
    assert (answered.count(), len(looked)) == (5, 18)
    assert now > AT + 170 * DAY
