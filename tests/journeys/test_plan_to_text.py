"""A reminder, from the plan to the phone, and every turn it can take on the way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from twilio.request_validator import RequestValidator

from aftercare import jobs, plan, preferences, replies
from aftercare.models import Commitment, Graduate, Reminder
from aftercare.record import PORTAL, Actor
from notifications.kinds import Kind
from notifications.models import Attempt, Message
from notifications.transports.memory import MEMORY, Memory
from tests import build

pytestmark = pytest.mark.django_db

# A Thursday; the clocks of New York change on Sunday 8 March.
AT = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
DUE = datetime(2026, 3, 10, 21, 0, tzinfo=UTC)  # two hours before Tuesday, 19:00
START = DUE + timedelta(hours=2)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
REMINDER = "Reminder: your 7:00 PM, today. Wishing you well, Harbor"

DRAFT = plan.CommitmentDraft(
    kind=Commitment.Kind.SUPPORT_MEETING,
    title="Tuesday Lantern",
    weekdays=(1,),
    start_time=time(19, 0),
    time_zone="America/New_York",
    starts_on=date(2026, 3, 5),
)


@pytest.fixture(autouse=True)
def own_locks(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture(autouse=True)
def provider() -> Iterator[Memory]:
    MEMORY.clear()
    yield MEMORY
    MEMORY.clear()


@pytest.fixture
def graduate() -> Graduate:
    """Somebody whose check-ins are out of the way."""
    program = build.program(staffed_hours=[[] for _ in range(7)])
    return build.graduate(program=program, user=build.user())


@pytest.fixture
def commitment(graduate: Graduate) -> Commitment:
    return plan.add(graduate=graduate, draft=DRAFT, actor=Actor(user=graduate.user), at=AT)


def play(*, until: datetime, since: datetime = AT, step: timedelta = 6 * HOUR) -> None:
    """Tick every six hours, which meets the very instant at which the reminder is due."""
    at = since
    while at <= until:
        jobs.tick(at=at)
        at += step


def bodies(provider: Memory) -> list[str]:
    return [parcel.body for parcel in provider.sent if "Harbor here" not in parcel.body]


def test_a_reminder_goes_from_the_plan_to_the_phone(
    commitment: Commitment, provider: Memory, client: Client, settings: Settings
) -> None:
    play(until=DUE - HOUR)
    assert bodies(provider) == []

    counts = jobs.tick(at=DUE)
    assert (counts["queued"], counts["sent"]) == (2, 2)  # with the first text of all
    assert bodies(provider) == [REMINDER]
    assert provider.sent[-1].to == build.address_of(commitment.graduate).value

    reminder = commitment.reminders.get(recurrence_id="2026-03-10T19:00")
    message = Message.objects.get(kind=Kind.REMINDER)
    assert (reminder.state, reminder.message) == (Reminder.State.QUEUED, message)
    assert message.state == Message.State.SENT

    attempt = Attempt.objects.get(message=message)
    report(client, settings, attempt, "delivered")
    message.refresh_from_db()
    assert message.state == Message.State.DELIVERED

    play(since=DUE + MINUTE, until=DUE + 6 * DAY)
    assert bodies(provider) == [REMINDER]


def report(client: Client, settings: Settings, attempt: Attempt, status: str) -> None:
    """The provider's own report on a text, signed as it signs it."""
    settings.TWILIO_AUTH_TOKEN = "made-up-token"
    path = reverse("sms_status", args=[attempt.uid])
    facts = {"MessageSid": attempt.provider_id, "MessageStatus": status}
    signature = RequestValidator("made-up-token").compute_signature(
        configured.PUBLIC_URL + path, facts
    )
    answer = client.post(path, facts, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200


def test_the_same_hour_week_by_week_over_daylight_saving(
    graduate: Graduate, provider: Memory
) -> None:
    plan.add(
        graduate=graduate,
        draft=replace(DRAFT, weekdays=(5, 6)),  # Saturday before the change, Sunday after it
        actor=PORTAL,
        at=AT,
    )

    play(since=AT + 2 * DAY, until=AT + 4 * DAY, step=HOUR)

    sent = Message.objects.filter(kind=Kind.REMINDER).order_by("sent_at")
    assert [message.sent_at for message in sent] == [
        datetime(2026, 3, 7, 22, 0, tzinfo=UTC),
        datetime(2026, 3, 8, 21, 0, tzinfo=UTC),
    ]
    assert bodies(provider) == [REMINDER, REMINDER]


def test_a_changed_time_is_reminded_of_at_its_new_hour_only(
    commitment: Commitment, provider: Memory
) -> None:
    plan.change(
        commitment=commitment,
        draft=replace(DRAFT, start_time=time(12, 30)),
        actor=PORTAL,
        at=AT + DAY,
    )

    play(until=DUE + HOUR)

    assert bodies(provider) == [REMINDER.replace("7:00", "12:30")]


def test_nothing_leaves_for_what_was_taken_out_of_the_plan(
    commitment: Commitment, provider: Memory
) -> None:
    plan.end(commitment=commitment, actor=PORTAL, at=DUE - MINUTE)

    play(until=DUE + DAY)

    assert bodies(provider) == []


def test_nothing_leaves_for_a_date_that_was_excused_but_for_the_next(
    commitment: Commitment, provider: Memory
) -> None:
    plan.answer(
        commitment=commitment,
        recurrence_id="2026-03-10T19:00",
        outcome="excused",
        reason="work",
        actor=PORTAL,
        at=AT,
    )

    play(until=DUE + 7 * DAY)

    assert [message.queued_at for message in Message.objects.filter(kind=Kind.REMINDER)] == [
        DUE + 7 * DAY
    ]


def test_nothing_leaves_after_stop_and_it_is_told_why(
    commitment: Commitment, provider: Memory
) -> None:
    graduate = commitment.graduate
    replies.receive(
        to=build.sender_of(graduate).number,
        sender=build.address_of(graduate).value,
        body="STOP",
        provider_id="SM-stop",
        at=AT,
    )

    play(until=DUE + HOUR)

    assert bodies(provider) == []
    message = Message.objects.get(kind=Kind.REMINDER)
    assert (message.state, message.reason) == (Message.State.SUPPRESSED, "opted_out")


def test_nothing_leaves_in_quiet_hours_and_nothing_once_it_is_of_no_use(
    graduate: Graduate, provider: Memory
) -> None:
    address = build.address_of(graduate)
    address.quiet_windows = [["16:00", "18:30"]]
    address.save()
    late = plan.add(graduate=graduate, draft=DRAFT, actor=PORTAL, at=AT)
    # Begins while it is still quiet.
    plan.add(graduate=graduate, draft=replace(DRAFT, start_time=time(18, 15)), actor=PORTAL, at=AT)

    play(until=DUE)
    assert bodies(provider) == []

    jobs.tick(at=DUE + 90 * MINUTE)  # 18:30
    assert bodies(provider) == [REMINDER]
    told = {message.key: message.state for message in Message.objects.filter(kind=Kind.REMINDER)}
    assert told[f"reminder:{late.reminders.earliest('due_at').pk}"] == Message.State.SENT
    assert sorted(told.values()) == [Message.State.EXPIRED, Message.State.SENT]


def test_a_pause_rests_reminders_and_its_end_brings_them_back(
    commitment: Commitment, provider: Memory
) -> None:
    preferences.pause(graduate=commitment.graduate, until=date(2026, 3, 11), actor=PORTAL, at=AT)

    play(until=DUE + 7 * DAY)

    assert [message.queued_at for message in Message.objects.filter(kind=Kind.REMINDER)] == [
        DUE + 7 * DAY
    ]


def test_an_outage_over_the_start_sends_nothing_late(
    commitment: Commitment, provider: Memory
) -> None:
    jobs.tick(at=DUE - HOUR)

    counts = jobs.tick(at=START + HOUR)

    assert counts["sent"] == 0
    assert commitment.reminders.get(due_at=DUE).reason == "too_late"


def test_an_outage_that_ends_in_time_sends_once(commitment: Commitment, provider: Memory) -> None:
    jobs.tick(at=DUE - HOUR)

    jobs.tick(at=START - MINUTE)
    jobs.tick(at=START - MINUTE)

    assert bodies(provider) == [REMINDER]


def test_a_text_the_provider_lost_on_the_way_is_not_sent_twice(
    commitment: Commitment, provider: Memory
) -> None:
    provider.script.extend(["accept", "accept_then_lose"])

    jobs.tick(at=DUE)
    for minutes in range(1, 10):
        jobs.tick(at=DUE + minutes * MINUTE)

    assert bodies(provider) == [REMINDER]
    assert Message.objects.get(kind=Kind.REMINDER).state == Message.State.SENT


def test_the_week_after_knows_what_became_of_each_date(commitment: Commitment) -> None:
    play(until=START + DAY)
    plan.answer(
        commitment=commitment,
        recurrence_id="2026-03-10T19:00",
        outcome="kept",
        actor=Actor(user=commitment.graduate.user, role="graduate"),
        at=START + DAY,
    )

    week = plan.week(graduate=commitment.graduate, at=START + DAY)

    assert (week.kept, week.planned) == (1, 1)
