"""How sending goes, held against rows counted by hand."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications import overview, queue, reasons
from notifications.costs import Cost
from notifications.kinds import RULES, Kind, Lane
from notifications.models import Attempt, Breaker, Message, Sender
from notifications.overview import Tally
from tests import build
from tests.notifications.person import NOON, Person

pytestmark = pytest.mark.django_db

State = Message.State
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def message(person: Person, *, kind: Kind = Kind.REMINDER, **facts: Any) -> Message:
    given = {"state": State.DUE, "not_before": NOON, "queued_at": NOON, **facts}
    return Message.objects.create(
        key=str(uuid.uuid4()),
        program=person.program,
        sender=person.sender,
        address=person.address,
        kind=kind,
        lane=RULES[kind].lane,
        body="At 7 PM today.",
        **given,
    )


def tried(person: Person, *, at: datetime, segments: int = 1, **facts: Any) -> Attempt:
    given = {"state": Attempt.State.SUBMITTED, "ended_at": at, **facts}
    sent = message(person, state=State.SENT, claimed_at=at, segments=segments)
    return Attempt.objects.create(
        message=sent, address=person.address, owner="w", started_at=at, **given
    )


def test_lanes_tell_what_is_due_and_since_when() -> None:
    person = Person()
    message(person, next_at=NOON - HOUR)
    message(person, next_at=NOON - 2 * HOUR)
    message(person, next_at=NOON + HOUR)
    message(person, next_at=NOON + 2 * DAY)
    message(person, kind=Kind.CRISIS, next_at=NOON)
    message(person, state=State.SENT, next_at=None)

    seen = overview.read(at=NOON)

    found = {row.lane: (row.due, row.later, row.oldest_at) for row in seen.lanes}
    nothing = (0, 0, None)
    assert found == {
        **dict.fromkeys(Lane, nothing),
        Lane.ASKED: (2, 1, NOON - 2 * HOUR),
        Lane.CRISIS: (1, 0, NOON),
    }


def test_waits_and_stops_are_tallied_by_reason() -> None:
    person = Person()
    for _ in range(2):
        message(person, state=State.DEFERRED, reason="program_hours", next_at=NOON + HOUR)
    message(person, state=State.FAILED, reason="filtered_by_carrier", ended_at=NOON - HOUR)
    message(person, state=State.SUPPRESSED, reason="opted_out", ended_at=NOON - 2 * DAY)
    message(person, state=State.DELIVERED, ended_at=NOON - HOUR)

    seen = overview.read(at=NOON)

    hours = "It waits for the hours in which the program may send texts."
    filtered = "The phone company took it for an unwanted text and did not deliver it."
    assert seen.waits == (Tally(code="program_hours", words=hours, count=2),)
    assert seen.stopped == (
        Tally(state="failed", code="filtered_by_carrier", words=filtered, count=1),
    )


def test_rates_count_what_the_provider_took() -> None:
    for ago in (timedelta(seconds=30), 30 * MINUTE, 2 * HOUR, 2 * DAY):
        tried(Person(), at=NOON - ago)
    tried(Person(), at=NOON - MINUTE / 2, state=Attempt.State.REJECTED, code="30007")

    seen = overview.read(at=NOON)

    assert seen.sent == {"minute": 1, "hour": 2, "day": 3}
    assert [(row.code, row.count) for row in seen.codes] == [("30007", 1)]


def test_open_tries_and_what_is_left_to_people_are_counted_apart() -> None:
    tried(Person(), at=NOON, state=Attempt.State.SUBMITTING, next_look_at=NOON, ended_at=None)
    tried(Person(), at=NOON, state=Attempt.State.UNKNOWN, next_look_at=NOON, ended_at=None)
    message(Person(), state=State.UNKNOWN, reason="unsettled", unsettled_at=NOON)
    message(Person(), state=State.DELIVERED, unsettled_at=NOON)

    seen = overview.read(at=NOON)

    assert (seen.under_way, seen.asking, seen.unsettled) == (1, 1, 1)


def test_sender_tells_why_it_rests() -> None:
    sender = Person().sender
    sender.paused_until, sender.paused_reason = NOON + HOUR, "sender_refused 30034"
    sender.save()

    (row,) = overview.read(at=NOON).senders
    assert (row.rests_until, row.code) == (NOON + HOUR, "30034")
    assert row.why == "The phone company does not accept the number the program sends from."

    (rested,) = overview.read(at=NOON + HOUR).senders
    assert (rested.rests_until, rested.why, rested.code) == (None, "", "")


def test_costs_are_summed_by_program_and_month(settings: Any) -> None:
    settings.SEGMENT_PRICE = Decimal("0.01")
    one, other = Person(), Person(program=build.program(name="Elsewhere"))
    february = datetime(2026, 2, 28, 23, 0, tzinfo=UTC)
    for person, at, segments in [
        (one, NOON, 2),
        (one, NOON - HOUR, 1),
        (one, february, 1),
        (other, NOON, 3),
        (one, february - 30 * DAY, 5),
    ]:
        tried(person, at=at, segments=segments)
    mail = Person(program=one.program)
    mail.sender = Sender.objects.create(program=one.program, channel=Sender.Channel.EMAIL)
    tried(mail, at=NOON)

    march, before = date(2026, 3, 1), date(2026, 2, 1)
    assert overview.read(at=NOON).costs == (
        cost("Elsewhere", march, texts=1, segments=3, total="0.03"),
        cost("Harbor House", march, texts=2, segments=3, total="0.03"),
        cost("Harbor House", before, texts=1, segments=1, total="0.01"),
    )


def cost(program: str, month: date, *, texts: int, segments: int, total: str) -> Cost:
    return Cost(
        program=program,
        month=month,
        texts=texts,
        segments=segments,
        open_segments=segments,
        charged=Decimal(0),
        estimated=Decimal(total),
        currency="USD",
    )


def test_overview_of_some_programs_leaves_the_others_out() -> None:
    one, other = Person(), Person(program=build.program(name="Elsewhere"))
    for person in (one, other, other):
        message(person, next_at=NOON)
        message(person, state=State.UNKNOWN, unsettled_at=NOON)
        tried(person, at=NOON)

    seen = overview.read(at=NOON, programs=[one.program])

    assert (sum(row.due for row in seen.lanes), seen.unsettled, seen.sent["day"]) == (1, 1, 1)
    assert [row.program for row in seen.senders] == ["Harbor House"]
    assert [row.program for row in seen.costs] == ["Harbor House"]


def test_beats_and_unread_texts_are_told() -> None:
    person = Person()
    queue.beat(name="tick", at=NOON - MINUTE)
    build.inbound(sender=person.sender, address=person.address, body="Hi", at=NOON - HOUR)
    build.inbound(
        sender=person.sender, address=person.address, body="Hi", at=NOON - DAY, read_at=NOON
    )

    seen = overview.read(at=NOON)

    assert (seen.beats, seen.unread, seen.unread_since) == (
        {"tick": NOON - MINUTE},
        1,
        NOON - HOUR,
    )


def test_states_of_a_day_count_each_message_once() -> None:
    tried(Person(), at=NOON - HOUR)
    tried(Person(), at=NOON - 2 * DAY)
    message(Person(), kind=Kind.NUDGE, state=State.SUPPRESSED, ended_at=NOON - HOUR)
    both = tried(Person(), at=NOON - HOUR).message
    Message.objects.filter(pk=both.pk).update(state=State.DELIVERED, ended_at=NOON)

    assert overview.states(at=NOON) == {
        ("sent", Lane.ASKED, "reminder"): 1,
        ("delivered", Lane.ASKED, "reminder"): 1,
        ("suppressed", Lane.NUDGE, "nudge"): 1,
    }


def test_overview_costs_the_same_queries_with_one_row_and_with_three() -> None:
    counts = []
    for more in (1, 2):
        for _ in range(more):
            person = Person(program=build.program(name=str(uuid.uuid4())))
            message(person, next_at=NOON)
            tried(person, at=NOON)
            message(person, state=State.FAILED, reason=str(uuid.uuid4())[:8], ended_at=NOON)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            overview.read(at=NOON)
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="each planner has its own words")
@pytest.mark.parametrize("of_some", [True, False])
def test_lists_are_found_by_an_index_of_their_own(of_some: bool) -> None:
    programs = [build.program()] if of_some else None
    lists = {
        "message_unsettled": overview.unsettled(programs=programs),
        "message_ended": overview.stopped(at=NOON, programs=programs),
        "message_due": overview.waiting(programs=programs),
    }

    for index, rows in lists.items():
        assert f"SEARCH notifications_message USING INDEX {index}" in rows[:50].explain()
        assert "TEMP B-TREE" not in rows[:50].explain()


def test_unsettled_of_some_people_is_found_among_the_few_that_are() -> None:
    person, someone = Person(), uuid.uuid4()
    about: dict[str, Any] = {"state": State.UNKNOWN, "unsettled_at": NOON}
    mine = message(person, about=someone, **about)
    message(person, about=uuid.uuid4(), **about)
    message(person, **about)

    rows = overview.unsettled(about=[someone])

    assert list(rows) == [mine]
    assert list(overview.unsettled(about=[])) == []
    if connection.vendor == "sqlite":
        assert "USING INDEX message_unsettled" in rows.explain()


def test_senders_tell_their_pace_what_they_owe_and_the_limit_of_the_day() -> None:
    person = Person()
    Sender.objects.filter(pk=person.sender.pk).update(
        segments_per_second=3,
        free_at=NOON + timedelta(seconds=4),
        segments_per_day=200,
        counted_on=NOON.date(),
        counted=37,
    )
    (row,) = overview.read(at=NOON).senders
    later = overview.read(at=NOON + DAY).senders[0]

    assert (row.pace, row.free_at, row.owes_seconds) == (3, NOON + timedelta(seconds=4), 4)
    assert (row.per_day, row.today) == (200, 37)
    assert (later.free_at, later.owes_seconds, later.per_day, later.today) == (None, 0, 200, 0)


def test_sender_without_a_limit_counts_no_day() -> None:
    Person()

    (row,) = overview.read(at=NOON).senders

    assert (row.pace, row.per_day, row.today) == (1, None, None)


def test_ways_out_that_fail_are_told_and_those_in_order_are_not() -> None:
    Breaker.objects.create(name="mailer")
    Breaker.objects.create(
        name="twilio",
        failures=6,
        openings=1,
        opened_at=NOON - HOUR,
        open_until=NOON + MINUTE,
        reason="provider_busy",
    )

    (row,) = overview.read(at=NOON).breakers

    assert (row.name, row.failures, row.opened_at, row.open_until, row.reason) == (
        "twilio",
        6,
        NOON - HOUR,
        NOON + MINUTE,
        "provider_busy",
    )
    assert row.why == reasons.sentence("provider_busy")
