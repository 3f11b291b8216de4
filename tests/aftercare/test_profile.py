"""The page of one graduate, the number to call, and what would become of a text."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aftercare import profile
from aftercare.models import (
    AuditEntry,
    CheckIn,
    DisengagementSignal,
    Expectation,
    Graduate,
    Outreach,
    Track,
)
from aftercare.profile import CardLine, Outlook, Phone
from aftercare.record import Actor
from notifications.models import Address, Sender
from tests import build

# A Monday, ten in the morning in New York.
AT = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
AT_NIGHT = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def graduate() -> Graduate:
    counselor = build.role(program=build.program(), name="Dana Reyes")
    return build.graduate(
        program=counselor.program,
        counselor=counselor,
        phone="+12155550142",
        tracks=[Track.MOOD, Track.TRAUMA],
    )


def read(graduate: Graduate) -> profile.Profile:
    return profile.read(graduate=graduate, at=AT, until=AT, zone=ZoneInfo("America/New_York"))


def test_profile_tells_who_it_is(graduate: Graduate) -> None:
    found = read(graduate)

    assert found.counselor == "Dana Reyes"
    assert found.tracks == ("mental health", "trauma")
    assert found.weeks_since_graduation == 9
    assert (found.band, found.status_title) == ("steady", "active")


def test_profile_gathers_what_waits(graduate: Graduate) -> None:
    signal = build.signal(graduate=graduate, reasons=[{"code": "plan_empty", "points": 0}])
    build.signal(
        graduate=graduate,
        kind=DisengagementSignal.Kind.PLAN_EMPTY,
        state=DisengagementSignal.State.CLOSED,
    )
    reply = build.reply(graduate=graduate)
    check_in = build.check_in(
        graduate=graduate, opens_at=AT, state=CheckIn.State.ANSWERED, answered_at=AT
    )

    found = read(graduate)

    assert [row.uid for row in found.signals] == [signal.uid]
    assert [row.uid for row in found.texts] == [reply.uid]
    assert [row.uid for row in found.unread] == [check_in.uid]
    assert found.band == "reach_out"
    assert [bubble.body for bubble in found.thread.bubbles] == ["Can we talk?"]


def test_phone_is_masked_and_says_what_stands_in_the_way(graduate: Graduate) -> None:
    Address.objects.filter(contacts__graduate=graduate).update(opted_out_at=AT)

    found = profile.phone_of(graduate=graduate, at=AT)

    assert found == Phone(
        masked="(•••) •••-0142",
        is_shared=False,
        is_confirmed=True,
        has_stopped=True,
        is_unreachable=False,
        is_silent=False,
    )
    assert profile.phone_of(graduate=build.graduate(with_phone=False), at=AT) is None


def test_card_leaves_out_what_is_empty(graduate: Graduate) -> None:
    graduate.contact_card = {"voicemail": "yes", "best_times": "after 5 PM", "safe_contacts": ""}

    assert profile.card_of(graduate=graduate) == (
        CardLine(label="Best times", text="after 5 PM"),
        CardLine(label="Voicemail", text="Yes"),
        CardLine(label="Language", text="English"),
    )


def test_reveal_phone_is_put_on_record(graduate: Graduate) -> None:
    actor = Actor(user=build.user(), role="counselor")

    number = profile.reveal_phone(graduate=graduate, actor=actor, at=AT)

    assert number == "+12155550142"
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.thing, entry.graduate_uid, entry.actor) == (
        "revealed",
        "contact",
        graduate.uid,
        actor.user,
    )


def test_reveal_phone_without_one_is_empty_and_leaves_no_record() -> None:
    nobody = build.graduate(with_phone=False)

    assert profile.reveal_phone(graduate=nobody, actor=Actor(), at=AT) == ""
    assert not AuditEntry.objects.exists()


def test_outlook_of_a_text_that_leaves_now(graduate: Graduate) -> None:
    assert profile.outlook(graduate=graduate, at=AT) == Outlook()


def test_outlook_of_a_text_that_waits_for_the_morning(graduate: Graduate) -> None:
    found = profile.outlook(graduate=graduate, at=AT_NIGHT)

    assert found.leaves_at == datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
    assert found.why == "It waits for the hours in which the program may send texts."


def test_outlook_of_a_text_that_cannot_leave(graduate: Graduate) -> None:
    Address.objects.filter(contacts__graduate=graduate).update(opted_out_at=AT - timedelta(days=1))

    found = profile.outlook(graduate=graduate, at=AT)

    assert found == Outlook(why="This person asked for no more texts.")


def test_outlook_without_a_phone_or_a_sender_says_what_is_missing(graduate: Graduate) -> None:
    without_phone = build.graduate(with_phone=False)
    assert "no phone number" in profile.outlook(graduate=without_phone, at=AT).why

    Sender.objects.filter(program=graduate.program).delete()
    assert "number to text from" in profile.outlook(graduate=graduate, at=AT).why


def test_profile_shows_attendance_by_week_and_steps_until_they_are_done(
    graduate: Graduate,
) -> None:
    assert read(graduate).weeks == ()
    choir = build.commitment(graduate=graduate)
    outcomes = Expectation.Outcome
    for number, (days, outcome) in enumerate(
        [
            (1, outcomes.MISSED),
            (2, outcomes.KEPT),
            (8, outcomes.LATE),
            (9, outcomes.CANCELLED),
            (83, outcomes.EXCUSED),
            (85, outcomes.KEPT),
        ]
    ):
        build.occurrence(
            commitment=choir,
            starts_at=AT - timedelta(days=days),
            recurrence_id=str(number),
            outcome=outcome,
        )
    due, later, done = (
        Outreach.objects.create(
            graduate=graduate,
            way="call",
            outcome="referred",
            next_kind=kind,
            next_step=words,
            next_on=AT.date() + timedelta(days=days),
            next_done_at=done_at,
            at=AT,
        )
        for kind, words, days, done_at in (
            ("", "Ask again", 0, None),
            ("referral", "Harbor intake", 5, None),
            ("hand_off", "", 0, AT),
        )
    )

    found = read(graduate)

    assert [week.outcomes for week in found.weeks if week.outcomes] == [
        ("excused",),
        ("late",),
        ("kept", "missed"),
    ]
    assert (len(found.weeks), found.weeks[-1].begins_on) == (12, date(2026, 3, 3))
    assert [(step.uid, step.words, step.is_due) for step in found.steps] == [
        (due.uid, "Ask again", True),
        (later.uid, "Harbor intake", False),
    ]
    assert done.uid not in {step.uid for step in found.steps}
