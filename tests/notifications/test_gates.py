from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications import quiet_hours, reasons
from notifications.gates import (
    CAP_A_DAY,
    CAP_A_WEEK,
    GO,
    Facts,
    Verdict,
    Way,
    last_moment,
    verdict,
)
from notifications.kinds import RULES, Kind, Lane, Scope
from notifications.quiet_hours import PROGRAM_HOURS, Window, own_hours, program_hours

NEW_YORK, CHICAGO = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago")
# Tuesday, 13:00 in New York.
NOON = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
OPEN = Facts(
    kind=Kind.CHECK_IN,
    expires_at=None,
    waited_for="",
    texting_on=True,
    sender_on=True,
    sender_paused_until=None,
    confirmed=True,
    opted_out=False,
    unreachable=False,
    scopes=frozenset(Scope),
    zones=(NEW_YORK,),
    may_text=PROGRAM_HOURS,
    may_remind=quiet_hours.ALWAYS,
    counted=(),
    awaited=(),
    sender_full_until=None,
    spread=0.0,
)


def test_verdict_lets_go_when_every_gate_is_open() -> None:
    assert verdict(OPEN, at=NOON) == GO


@pytest.mark.parametrize(
    ("closed", "reason"),
    [
        ({"opted_out": True}, "opted_out"),
        ({"unreachable": True}, "unreachable"),
        ({"confirmed": False}, "unconfirmed"),
        ({"scopes": frozenset({Scope.REMINDERS})}, "no_consent_check_ins"),
    ],
)
def test_verdict_stops_for_good(closed: dict[str, object], reason: str) -> None:
    facts = replace(OPEN, **closed)  # type: ignore[arg-type]

    assert verdict(facts, at=NOON) == Verdict(Way.STOP, reason)


def test_verdict_waits_for_the_later_of_two_zones() -> None:
    facts = replace(OPEN, zones=(NEW_YORK, CHICAGO))
    nine_in_new_york = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)

    assert verdict(facts, at=nine_in_new_york) == Verdict(
        Way.WAIT, "program_hours", nine_in_new_york + timedelta(hours=1)
    )


def test_verdict_stops_where_quiet_hours_leave_no_time() -> None:
    all_day = own_hours(quiet=[Window(opens=time(0), closes=time(0))])

    facts = replace(OPEN, kind=Kind.REMINDER, may_remind=all_day)

    assert verdict(facts, at=NOON) == Verdict(Way.STOP, "never_allowed")


def test_verdict_counts_a_week_of_local_days() -> None:
    counted = [NOON - timedelta(days=days) for days in (6, 4, 2)]
    over = replace(OPEN, counted=counted)
    free = replace(OPEN, counted=[NOON - timedelta(days=7), *counted[1:]])

    # The oldest leaves the week at midnight, and nine is the first hour after it.
    nine = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
    assert verdict(over, at=NOON) == Verdict(Way.WAIT, "cap_week", nine)
    assert verdict(free, at=NOON) == GO


def test_verdict_says_why_a_message_that_waited_came_too_late() -> None:
    late = replace(OPEN, expires_at=NOON)

    assert verdict(late, at=NOON) == Verdict(Way.EXPIRE, "expired")
    assert verdict(replace(late, waited_for="program_off"), at=NOON) == Verdict(
        Way.EXPIRE, "program_off"
    )


def test_verdict_lets_a_crisis_answer_through_everything_but_a_missing_sender() -> None:
    facts = replace(
        OPEN,
        kind=Kind.CRISIS,
        opted_out=True,
        unreachable=True,
        confirmed=False,
        scopes=frozenset(),
        texting_on=False,
        sender_paused_until=NOON + timedelta(hours=1),
        may_text=quiet_hours.Week(0),
        may_remind=quiet_hours.Week(0),
        counted=[NOON] * 9,
    )

    assert verdict(facts, at=NOON) == GO
    assert verdict(replace(facts, sender_on=False), at=NOON).reason == "sender_off"


def test_last_moment_is_the_earlier_of_quiet_and_uselessness() -> None:
    eight_in_the_evening = datetime(2026, 3, 11, 0, 0, tzinfo=UTC)
    soon = NOON + timedelta(hours=1)

    assert last_moment(OPEN, at=NOON) == eight_in_the_evening
    assert last_moment(replace(OPEN, expires_at=soon), at=NOON) == soon
    assert last_moment(replace(OPEN, kind=Kind.CODE), at=NOON) is None


# Any facts at all: what goes was allowed, and what does not go says why.

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
instants = st.integers(0, 365 * 24 * 60).map(lambda minutes: JANUARY + timedelta(minutes=minutes))
quiet_windows = st.lists(
    st.builds(
        lambda opens, closes: Window(opens=time(opens), closes=time(closes)),
        st.integers(0, 23),
        st.integers(0, 23),
    ),
    max_size=2,
)


@st.composite
def any_facts(draw: st.DrawFn) -> tuple[Facts, datetime]:
    at = draw(instants)
    quiet = draw(quiet_windows)
    hours_ago = draw(st.lists(st.integers(0, 8 * 24), max_size=5))
    offsets = st.integers(-48, 72).map(lambda hours: at + timedelta(hours=hours))
    facts = Facts(
        kind=draw(st.sampled_from(Kind)),
        expires_at=draw(st.none() | offsets),
        waited_for="",
        texting_on=draw(st.booleans()),
        sender_on=draw(st.booleans()),
        sender_paused_until=draw(st.none() | offsets),
        confirmed=draw(st.booleans()),
        opted_out=draw(st.booleans()),
        unreachable=draw(st.booleans()),
        scopes=draw(st.frozensets(st.sampled_from(Scope))),
        zones=draw(st.sampled_from([(NEW_YORK,), (CHICAGO,), (NEW_YORK, CHICAGO)])),
        may_text=program_hours(states=draw(st.sampled_from([["PA"], ["TX"], []])), quiet=quiet),
        may_remind=own_hours(quiet=quiet),
        counted=[at - timedelta(hours=hours) for hours in hours_ago],
        awaited=draw(st.lists(offsets, max_size=2)),
        sender_full_until=draw(st.none() | st.just(at + timedelta(hours=7))),
        spread=draw(st.floats(0, 1, exclude_max=True)),
    )
    return facts, at


@given(any_facts())
@settings(max_examples=200, deadline=None)
def test_verdict_lets_nothing_go_that_a_gate_should_have_stopped(
    drawn: tuple[Facts, datetime],
) -> None:
    facts, at = drawn
    if verdict(facts, at=at) != GO:
        return
    rule = RULES[facts.kind]
    local = at.astimezone(facts.zones[0])
    capped_days = [instant.astimezone(facts.zones[0]).date() for instant in facts.counted]

    assert facts.expires_at is None or facts.expires_at > at
    assert facts.sender_on
    rests = facts.sender_paused_until is not None and facts.sender_paused_until > at
    assert not rests or rule.lane == Lane.CRISIS
    assert facts.texting_on or rule.lane == Lane.CRISIS
    assert rule.after_stop or not facts.opted_out
    assert rule.unreachable or not facts.unreachable
    assert rule.unconfirmed or facts.confirmed
    assert rule.scope is None or rule.scope in facts.scopes
    if rule.program_hours:
        # The default window and the strictest state, read off the clock of every zone.
        assert all(9 <= at.astimezone(zone).hour < 20 for zone in facts.zones)
    if rule.capped:
        assert capped_days.count(local.date()) < CAP_A_DAY
        week = [day for day in capped_days if (local.date() - day).days < 7]
        assert len(week) < CAP_A_WEEK


@given(any_facts())
@settings(max_examples=200, deadline=None)
def test_verdict_always_gives_a_reason_that_can_be_read(drawn: tuple[Facts, datetime]) -> None:
    facts, at = drawn
    answer = verdict(facts, at=at)

    if answer == GO:
        return
    assert answer.reason in reasons.SENTENCES
    assert reasons.sentence(answer.reason)
    if answer.way is Way.WAIT:
        assert answer.until is not None
        assert answer.until > at
        assert facts.expires_at is None or answer.until < facts.expires_at


@given(any_facts())
@settings(max_examples=100, deadline=None)
def test_verdict_lets_go_in_the_end_what_only_waits(drawn: tuple[Facts, datetime]) -> None:
    facts, at = drawn
    facts = replace(facts, expires_at=None, texting_on=True, sender_on=True)

    answer = verdict(facts, at=at)
    for _ in range(5):
        if answer.way is not Way.WAIT or answer.until is None:
            break
        answer = verdict(facts, at=answer.until)

    assert answer.way in (Way.GO, Way.STOP)
