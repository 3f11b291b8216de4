"""Contacts and what they do to signals; rests, next steps, and taking back."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aftercare import outreach, writing
from aftercare.access import NotYours
from aftercare.engagement import watch
from aftercare.models import (
    AuditEntry,
    CheckIn,
    DisengagementSignal,
    Graduate,
    Outreach,
    Role,
    TextDraft,
)
from aftercare.record import Actor
from tests import build

Kind, State = DisengagementSignal.Kind, DisengagementSignal.State

# A Sunday, nine in the morning in UTC; the clocks of New York went forward two hours before.
AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
TOMORROW_AT_EIGHT = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def counselor() -> Role:
    return build.role(program=build.program())


@pytest.fixture
def actor(counselor: Role) -> Actor:
    return Actor(user=counselor.user, role="counselor")


@pytest.fixture
def graduate(counselor: Role) -> Graduate:
    """Two missed check-ins, so that the rules find a reason as well."""
    graduate = build.graduate(
        program=counselor.program, counselor=counselor, graduated_on=date(2025, 6, 1)
    )
    build.commitment(graduate=graduate)
    for days in (13, 6):
        build.check_in(
            graduate=graduate, opens_at=AT - timedelta(days=days), state=CheckIn.State.MISSED
        )
    return graduate


@pytest.fixture
def missed(graduate: Graduate) -> DisengagementSignal:
    watch.reassess(graduate=graduate, at=AT - timedelta(hours=1))
    return graduate.signals.get(kind=Kind.MISSED_CHECK_INS)


def note(graduate: Graduate, actor: Actor, outcome: str, **about: Any) -> Outreach:
    return outreach.note(
        graduate=graduate, actor=actor, at=AT, **{"way": "call", "outcome": outcome, **about}
    )


def verbs(graduate: Graduate) -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(graduate_uid=graduate.uid).order_by("pk")
    return [(row.verb, row.thing) for row in rows]


@pytest.mark.parametrize("outcome", ["reached", "false_alarm", "referred"])
def test_note_closes_what_it_answered(
    graduate: Graduate, missed: DisengagementSignal, actor: Actor, outcome: str
) -> None:
    made = note(graduate, actor, outcome, signals=[missed.uid], note="Spoke briefly.", minutes=12)

    missed.refresh_from_db()
    assert (missed.state, missed.outcome, missed.closed_at) == (State.CLOSED, outcome, AT)
    assert missed.acknowledged_at == AT
    assert list(made.signals.all()) == [missed]
    assert (made.counselor, made.note, made.minutes, made.at) == (
        actor.user,
        "Spoke briefly.",
        12,
        AT,
    )
    assert verbs(graduate) == [("created", "outreach")]


@pytest.mark.parametrize("outcome", ["no_answer", "wrong_number"])
def test_note_without_a_talk_lets_it_rest_until_the_next_morning(
    graduate: Graduate, missed: DisengagementSignal, actor: Actor, outcome: str
) -> None:
    note(graduate, actor, outcome, signals=[missed.uid])

    missed.refresh_from_db()
    assert (missed.state, missed.snoozed_until) == (State.SNOOZED, TOMORROW_AT_EIGHT)
    assert (missed.snooze_reason, missed.closed_at) == (outcome, None)


def test_note_lets_it_rest_until_the_next_step(
    graduate: Graduate, missed: DisengagementSignal, actor: Actor
) -> None:
    note(graduate, actor, "planned", signals=[missed.uid], next_on=date(2026, 3, 12))

    missed.refresh_from_db()
    assert missed.snoozed_until == datetime(2026, 3, 12, 12, 0, tzinfo=UTC)


def test_note_planned_for_later_needs_its_day(graduate: Graduate, actor: Actor) -> None:
    with pytest.raises(outreach.PlanWithoutDay):
        note(graduate, actor, "planned")
    assert not Outreach.objects.exists()


def test_note_leaves_signals_alone_that_were_not_ticked(
    graduate: Graduate, missed: DisengagementSignal, actor: Actor
) -> None:
    note(graduate, actor, "no_answer")

    missed.refresh_from_db()
    assert missed.state == State.OPEN


def test_note_leaves_signals_of_others_alone(graduate: Graduate, actor: Actor) -> None:
    other = build.signal(graduate=build.graduate(program=graduate.program))

    note(graduate, actor, "reached", signals=[other.uid])

    other.refresh_from_db()
    assert other.state == State.OPEN


def test_note_of_a_talk_eases_what_it_makes_untrue(
    graduate: Graduate, missed: DisengagementSignal, actor: Actor
) -> None:
    note(graduate, actor, "reached")

    missed.refresh_from_db()
    assert (missed.state, missed.outcome) == (State.CLOSED, "eased")


def test_note_never_lets_an_urgent_signal_rest(graduate: Graduate, actor: Actor) -> None:
    urgent = watch.raise_urgent(
        graduate=graduate, kind=Kind.SAFETY, reasons=[{"code": "crisis_words"}], at=AT
    )

    note(graduate, actor, "no_answer", signals=[urgent.uid])
    urgent.refresh_from_db()
    assert (urgent.state, urgent.acknowledged_at) == (State.OPEN, AT)

    note(graduate, actor, "reached", signals=[urgent.uid])
    urgent.refresh_from_db()
    assert (urgent.state, urgent.outcome) == (State.CLOSED, "reached")


def test_note_of_a_wrong_number_stops_texts_to_it(graduate: Graduate, actor: Actor) -> None:
    note(graduate, actor, "wrong_number")

    address = build.address_of(graduate)
    assert (address.unreachable_at, address.unreachable_reason) == (AT, "wrong_number")
    assert graduate.signals.filter(kind=Kind.UNREACHABLE, state=State.OPEN).count() == 1


def test_take_back_opens_again_what_a_contact_closed(
    graduate: Graduate, missed: DisengagementSignal, actor: Actor
) -> None:
    made = note(graduate, actor, "reached", signals=[missed.uid])

    outreach.take_back(
        graduate=graduate, outreach=made.uid, actor=actor, at=AT + timedelta(minutes=1)
    )

    missed.refresh_from_db()
    assert (missed.state, missed.outcome, missed.closed_at) == (State.OPEN, "", None)
    assert not Outreach.objects.exists()
    assert verbs(graduate) == [("created", "outreach"), ("changed", "outreach")]


def test_take_back_of_a_wrong_number_lets_texts_through_again(
    graduate: Graduate, actor: Actor
) -> None:
    made = note(graduate, actor, "wrong_number")

    outreach.take_back(graduate=graduate, outreach=made.uid, actor=actor, at=AT)

    assert build.address_of(graduate).unreachable_at is None
    assert not graduate.signals.filter(kind=Kind.UNREACHABLE).exclude(state=State.CLOSED).exists()


@pytest.mark.parametrize("who", ["another person", "the author, a day later"])
def test_take_back_is_for_the_author_and_soon(graduate: Graduate, actor: Actor, who: str) -> None:
    made = note(graduate, actor, "reached")
    is_late = who == "the author, a day later"

    with pytest.raises(NotYours):
        outreach.take_back(
            graduate=graduate,
            outreach=made.uid,
            actor=actor if is_late else Actor(user=build.user(), role="counselor"),
            at=AT + (timedelta(days=1) if is_late else timedelta()),
        )
    assert Outreach.objects.count() == 1


def test_snooze_sets_a_signal_aside_with_a_reason(
    graduate: Graduate, missed: DisengagementSignal, actor: Actor
) -> None:
    outreach.snooze(
        graduate=graduate,
        signal=missed.uid,
        until_on=date(2026, 3, 9),
        reason="away",
        actor=actor,
        at=AT,
    )

    missed.refresh_from_db()
    assert (missed.state, missed.snoozed_until, missed.snooze_reason) == (
        State.SNOOZED,
        TOMORROW_AT_EIGHT,
        "away",
    )
    assert verbs(graduate) == [("changed", "disengagementsignal")]


@pytest.mark.parametrize(
    ("until_on", "reason"),
    [
        pytest.param(date(2026, 3, 8), "away", id="today"),
        pytest.param(date(2026, 6, 7), "away", id="more than 90 days"),
        pytest.param(date(2026, 3, 9), "whatever", id="no reason"),
    ],
)
def test_snooze_needs_a_reason_and_an_end(
    graduate: Graduate, missed: DisengagementSignal, actor: Actor, until_on: date, reason: str
) -> None:
    with pytest.raises(outreach.BadSnooze):
        outreach.snooze(
            graduate=graduate,
            signal=missed.uid,
            until_on=until_on,
            reason=reason,
            actor=actor,
            at=AT,
        )


def test_snooze_refuses_what_is_urgent(graduate: Graduate, actor: Actor) -> None:
    urgent = watch.raise_urgent(
        graduate=graduate, kind=Kind.NEED_SUPPORT, reasons=[{"code": "asked_for_support"}], at=AT
    )

    with pytest.raises(outreach.UrgentMayNotWait):
        outreach.snooze(
            graduate=graduate,
            signal=urgent.uid,
            until_on=date(2026, 3, 9),
            reason="away",
            actor=actor,
            at=AT,
        )


def test_wake_takes_a_signal_back(
    graduate: Graduate, missed: DisengagementSignal, actor: Actor
) -> None:
    note(graduate, actor, "no_answer", signals=[missed.uid])

    outreach.wake(graduate=graduate, signal=missed.uid, actor=actor, at=AT)

    missed.refresh_from_db()
    assert (missed.state, missed.snoozed_until, missed.snooze_reason) == (State.OPEN, None, "")


def test_acknowledge_keeps_a_signal_open(graduate: Graduate, actor: Actor) -> None:
    urgent = watch.raise_urgent(
        graduate=graduate, kind=Kind.SAFETY, reasons=[{"code": "crisis_words"}], at=AT
    )

    outreach.acknowledge(graduate=graduate, signal=urgent.uid, actor=actor, at=AT)

    urgent.refresh_from_db()
    assert (urgent.state, urgent.acknowledged_at) == (State.OPEN, AT)


@pytest.mark.parametrize("verb", [outreach.wake, outreach.acknowledge])
def test_verbs_on_a_signal_need_one_of_the_graduate(
    graduate: Graduate, actor: Actor, verb: Any
) -> None:
    other = build.signal(graduate=build.graduate(program=graduate.program))

    with pytest.raises(NotYours):
        verb(graduate=graduate, signal=other.uid, actor=actor, at=AT)


def test_step_is_finished_reopened_and_postponed(graduate: Graduate, actor: Actor) -> None:
    made = note(graduate, actor, "reached", next_step="Ask again", next_on=date(2026, 3, 8))
    what: dict[str, Any] = {"graduate": graduate, "outreach": made.uid, "actor": actor, "at": AT}

    assert outreach.finish_step(**what).next_done_at == AT
    assert outreach.reopen_step(**what).next_done_at is None
    assert outreach.postpone_step(**what).next_on == date(2026, 3, 9)


def test_step_needs_one_of_the_graduate(graduate: Graduate, actor: Actor) -> None:
    with pytest.raises(NotYours):
        outreach.finish_step(graduate=graduate, outreach=uuid.uuid4(), actor=actor, at=AT)


def test_plain_note_names_nobody_and_says_everything(
    graduate: Graduate, missed: DisengagementSignal, actor: Actor
) -> None:
    made = note(
        graduate,
        actor,
        "reached",
        signals=[missed.uid],
        minutes=12,
        note="Will come on Tuesday.",
        next_step="Ask how it was",
        next_on=date(2026, 3, 11),
    )

    text = outreach.plain_note(
        outreach=made, signals=list(made.signals.all()), zone=ZoneInfo("America/New_York")
    )

    assert text.splitlines() == [
        "March 8, 2026, 5:00 AM",
        "Call: reached.",
        "12 minutes.",
        "Two check-ins in a row without an answer, the last on Monday, March 2.",
        "Kept 0 of 2 things due. The newest count most.",
        "Only 2 things were due so far. Most people who drift away do so early.",
        "Will come on Tuesday.",
        "Next, on Wednesday, March 11: Ask how it was",
    ]
    assert graduate.first_name not in text


def test_what_is_handed_over_has_a_day_and_stays_until_it_is_done(
    graduate: Graduate, actor: Actor
) -> None:
    handed = note(graduate, actor, "referred", next_kind="hand_off")
    assert outreach.step_words(outreach=handed) == "Warm hand-off: see that the two have met."
    assert handed.next_on == AT.date() + timedelta(days=1)

    made = note(
        graduate, actor, "referred", next_kind="referral", next_step="Intake", next_on=AT.date()
    )

    assert outreach.step_words(outreach=made) == "Intake"
    text = outreach.plain_note(outreach=made, signals=[], zone=ZoneInfo("America/New_York"))
    assert text.splitlines()[-1] == "Next, on Sunday, March 8: Intake"


def test_a_note_drops_its_draft_and_a_press_without_words_leaves_it(
    graduate: Graduate, actor: Actor
) -> None:
    assert actor.user is not None
    kind = TextDraft.Kind.NOTE
    writing.keep(graduate=graduate, author=actor.user, body="Spoke", kind=kind, at=AT)

    note(graduate, actor, "no_answer")
    assert writing.begun(graduate=graduate, author=actor.user, kind=kind) == "Spoke"
    note(graduate, actor, "reached", note="Spoke briefly.")
    assert writing.begun(graduate=graduate, author=actor.user, kind=kind) == ""
