"""Everything that happened, newest first."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aftercare import checkins, timeline
from aftercare.models import (
    CheckIn,
    DisengagementSignal,
    Expectation,
    Graduate,
    Outreach,
    Reply,
)
from aftercare.timeline import Entry
from notifications.kinds import Kind
from notifications.models import Message
from tests import build

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONE = ZoneInfo("America/New_York")

pytestmark = pytest.mark.django_db


@pytest.fixture
def graduate() -> Graduate:
    """Somebody who joined, and nothing else."""
    return build.graduate(joined_at=AT - 60 * DAY)


def told(graduate: Graduate, at: datetime = AT) -> list[Entry]:
    return list(timeline.of(graduate=graduate, at=at, zone=ZONE).entries)


def newest(graduate: Graduate) -> Entry:
    return told(graduate)[0]


def test_timeline_begins_with_joining(graduate: Graduate) -> None:
    assert told(graduate) == [Entry(kind="joined", title="Joined", at=AT - 60 * DAY)]


def test_timeline_tells_check_ins_with_their_answers(graduate: Graduate) -> None:
    check_in = build.check_in(
        graduate=graduate,
        opens_at=AT - DAY,
        state=CheckIn.State.ANSWERED,
        answered_at=AT - 20 * HOUR,
        questions=["rough", "sleep"],
    )
    build.answer(check_in=check_in, question="rough", value=3, at=AT)
    build.answer(check_in=check_in, question="sleep", value=7, at=AT)

    assert newest(graduate) == Entry(
        kind="check_in",
        outcome="answered",
        title="Check-in: answered",
        text="Rough week: 3 of 10 · Hours of sleep: 7",
        at=AT - 20 * HOUR,
    )


def test_timeline_tells_when_a_check_in_ended_without_an_answer(graduate: Graduate) -> None:
    check_in = build.check_in(graduate=graduate, opens_at=AT - 4 * DAY, state=CheckIn.State.MISSED)

    entry = newest(graduate)

    assert (entry.title, entry.at) == ("Check-in: no answer", check_in.closes_at)


def test_timeline_tells_that_an_answer_came_after_the_window(graduate: Graduate) -> None:
    check_in = build.check_in(graduate=graduate, opens_at=AT - 4 * DAY, state=CheckIn.State.MISSED)

    checkins.answer(check_in=check_in, question="rough", value=3, door="text", at=AT)

    assert newest(graduate).title == "Check-in: answered in part, late"


def test_timeline_tells_what_became_of_a_date(graduate: Graduate) -> None:
    group = build.commitment(graduate=graduate, title="Tuesday Lantern")
    expected = build.occurrence(
        commitment=group,
        starts_at=AT - DAY,
        recurrence_id="2026-03-07T04:00",
        outcome=Expectation.Outcome.EXCUSED,
    )
    expected.reason = Expectation.Reason.WORK
    expected.save()

    assert newest(graduate) == Entry(
        kind="occurrence",
        outcome="excused",
        title="Tuesday Lantern: excused",
        text="work or a shift",
        at=AT - DAY,
    )


def test_timeline_tells_what_people_wrote_and_no_automatic_texts(graduate: Graduate) -> None:
    build.message(graduate=graduate, kind=Kind.REMINDER, at=AT)
    sent = build.message(graduate=graduate, body="Thinking of you.", at=AT - HOUR)
    sent.author = build.user(name="Dana Reyes")
    sent.save()
    build.reply(graduate=graduate, body="Thanks!", at=AT - 30 * timedelta(minutes=1))
    build.reply(graduate=graduate, kind=Reply.Kind.ANSWER, body="3", at=AT)

    assert [(entry.kind, entry.title, entry.text) for entry in told(graduate)[:-1]] == [
        ("text_in", "Text: wrote something", "Thanks!"),
        ("text_out", "Dana Reyes wrote", "Thinking of you."),
    ]


def test_timeline_tells_why_a_text_did_not_arrive(graduate: Graduate) -> None:
    build.message(
        graduate=graduate,
        kind=Kind.REMINDER,
        state=Message.State.FAILED,
        reason="number_does_not_work",
        at=AT,
    )

    entry = newest(graduate)

    assert (entry.title, entry.outcome) == ("Reminder: failed", "trouble")
    assert entry.text == "The phone company says that this number cannot get texts."


def test_timeline_tells_signals_opened_and_closed(graduate: Graduate) -> None:
    signal = build.signal(
        graduate=graduate,
        reasons=[{"code": "plan_empty", "points": 0}],
        opened_at=AT - 3 * DAY,
        state=DisengagementSignal.State.CLOSED,
    )
    signal.closed_at, signal.outcome = AT - DAY, "eased"
    signal.save()

    assert told(graduate)[:2] == [
        Entry(
            kind="signal_closed",
            title="Signal closed: silent",
            text="No longer so",
            at=AT - DAY,
        ),
        Entry(
            kind="signal",
            outcome="reach_out",
            title="Signal: silent",
            text="There is nothing in the plan.",
            at=AT - 3 * DAY,
        ),
    ]


def test_timeline_tells_contacts_with_a_note_to_copy(graduate: Graduate) -> None:
    Outreach.objects.create(
        graduate=graduate,
        counselor=build.user(name="Dana Reyes"),
        way="call",
        outcome="reached",
        note="Doing well.",
        minutes=5,
        at=AT,
    )

    entry = newest(graduate)

    assert (entry.title, entry.text) == ("Call: reached (Dana Reyes)", "Doing well.")
    assert entry.note.splitlines() == [
        "March 8, 2026, 5:00 AM",
        "Call: reached.",
        "5 minutes.",
        "Doing well.",
    ]


def test_timeline_tells_changes_of_the_plan(graduate: Graduate) -> None:
    build.commitment(
        graduate=graduate, title="Dr. Ames", created_at=AT - 2 * DAY, ended_at=AT - DAY
    )

    assert [(entry.title, entry.at) for entry in told(graduate)[:2]] == [
        ("Taken out of the plan: Dr. Ames", AT - DAY),
        ("New in the plan: Dr. Ames", AT - 2 * DAY),
    ]


def test_timeline_holds_nothing_that_comes_later(graduate: Graduate) -> None:
    build.reply(graduate=graduate, at=AT + HOUR)
    build.signal(graduate=graduate, opened_at=AT + HOUR)
    build.check_in(graduate=graduate, opens_at=AT + HOUR)

    assert [entry.kind for entry in told(graduate)] == ["joined"]


def test_timeline_goes_on_where_the_page_before_ended(graduate: Graduate) -> None:
    for number in range(timeline.MOST + 5):
        build.reply(graduate=graduate, body=str(number), at=AT - number * HOUR)

    first = timeline.of(graduate=graduate, at=AT, zone=ZONE)
    assert first.oldest_at is not None
    second = timeline.of(
        graduate=graduate, at=first.oldest_at - timedelta(microseconds=1), zone=ZONE
    )

    assert (len(first.entries), first.has_older) == (timeline.MOST, True)
    assert [entry.text for entry in second.entries] == ["40", "41", "42", "43", "44", ""]
    assert second.has_older is False


def test_timeline_is_narrowed_to_one_kind(graduate: Graduate) -> None:
    build.check_in(graduate=graduate, opens_at=AT - 4 * DAY, state=CheckIn.State.MISSED)
    build.commitment(graduate=graduate, title="Choir", created_at=AT - 5 * DAY)
    build.reply(graduate=graduate, at=AT - 3 * DAY)
    build.signal(graduate=graduate, opened_at=AT - 2 * DAY)
    Outreach.objects.create(graduate=graduate, way="call", outcome="reached", at=AT - DAY)

    found = {
        show: [
            entry.kind
            for entry in timeline.of(graduate=graduate, at=AT, zone=ZONE, show=show).entries
        ]
        for show in timeline.Show
    }

    assert found == {
        "": ["outreach", "check_in", "signal", "text_in", "plan", "joined"],
        "answers": ["check_in"],
        "plan": ["plan", "joined"],
        "texts": ["text_in"],
        "care": ["outreach", "signal"],
    }
