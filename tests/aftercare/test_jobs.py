import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_q.models import Task
from pytest_django import Settings

from aftercare import checkins, jobs, plan, replies
from aftercare.models import CheckIn, DisengagementSignal, Submission, TickRecord, Touch
from aftercare.record import PORTAL
from notifications import clock, delivery, queue
from notifications.kinds import Kind
from notifications.models import Attempt, Heartbeat, Message, Sweep
from notifications.transports.base import Parcel, Receipt
from notifications.transports.memory import MEMORY, Memory
from tests import build

pytestmark = pytest.mark.django_db

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOTHING = dict.fromkeys(
    ["planned", "queued", "sent", "suppressed", "expired", "inbound", "opened", "closed"], 0
)


@pytest.fixture(autouse=True)
def own_locks(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture(autouse=True)
def provider() -> Iterator[Memory]:
    MEMORY.clear()
    yield MEMORY
    MEMORY.clear()


def test_tick_without_anything_due_does_nothing() -> None:
    assert jobs.tick(at=AT) == NOTHING


def test_tick_sends_what_falls_due_and_counts_it(provider: Memory) -> None:
    graduate = build.graduate()
    build.check_in(graduate=graduate, opens_at=AT, state=CheckIn.State.PLANNED, questions=())
    build.commitment(graduate=graduate, weekdays=(1,))

    counts = jobs.tick(at=AT)

    # Two weeks of reminders and the check-in after this one; the first text of all and the question.
    assert counts == NOTHING | {"planned": 3, "queued": 2, "sent": 2}
    assert [parcel.body.split(".")[0] for parcel in provider.sent] == [
        "Harbor here",
        "Hello from Harbor",
    ]
    assert jobs.tick(at=AT) == NOTHING


def test_tick_sends_a_text_that_asks_nothing(provider: Memory) -> None:
    graduate = build.graduate()
    planned = Touch.objects.create(
        graduate=graduate, kind=Touch.Kind.CARING, on=AT.date(), send_at=AT
    )

    jobs.tick(at=AT - MINUTE)
    jobs.tick(at=AT)

    planned.refresh_from_db()
    assert planned.state == Touch.State.SENT
    assert planned.message is not None
    assert planned.message.state == Message.State.SENT


def test_tick_reads_answers_and_sends_the_next_question_in_the_same_breath(
    provider: Memory,
) -> None:
    graduate = build.graduate()
    build.check_in(graduate=graduate, opens_at=AT)
    replies.receive(
        to=build.sender_of(graduate).number,
        sender=build.address_of(graduate).value,
        body="4",
        provider_id="SM1",
        at=AT,
    )

    counts = jobs.tick(at=AT)

    assert (counts["inbound"], counts["queued"], counts["sent"]) == (1, 1, 1)
    assert "How sure are you" in provider.sent[0].body


def test_tick_opens_and_closes_signals() -> None:
    graduate = build.graduate(assess_at=AT)
    for week in (1, 2):
        build.check_in(graduate=graduate, opens_at=AT - 7 * week * DAY, state=CheckIn.State.MISSED)

    first = jobs.tick(at=AT)
    newest = CheckIn.objects.filter(state=CheckIn.State.MISSED).latest("opens_at")
    checkins.answer(check_in=newest, question="rough", value=1, door="web", at=AT + HOUR)
    second = jobs.tick(at=AT + HOUR)

    assert first["opened"] > 0
    assert second["closed"] > 0


def test_tick_counts_what_is_suppressed_and_what_expires() -> None:
    graduate = build.graduate(scopes=[])
    build.message(graduate=graduate, state=Message.State.DUE, at=AT)
    late = build.message(graduate=build.graduate(), state=Message.State.DUE, at=AT - DAY)
    Message.objects.filter(pk=late.pk).update(expires_at=AT - HOUR)

    counts = jobs.tick(at=AT)

    assert (counts["suppressed"], counts["expired"], counts["sent"]) == (1, 1, 0)


def test_tick_reassesses_after_a_plan_has_changed() -> None:
    graduate = build.graduate()
    jobs.tick(at=AT)
    commitment = build.commitment(graduate=graduate)
    plan.end(commitment=commitment, actor=PORTAL, at=AT)

    jobs.tick(at=AT + MINUTE)

    graduate.refresh_from_db()
    assert graduate.assess_at is not None
    assert graduate.assess_at > AT + MINUTE
    assert DisengagementSignal.objects.get().kind == "plan_empty"


def test_a_step_that_fails_keeps_no_other_from_its_work(
    provider: Memory, settings: Settings
) -> None:
    graduate = build.graduate()
    build.check_in(graduate=graduate, opens_at=AT)
    replies.receive(
        to=build.sender_of(graduate).number,
        sender=build.address_of(graduate).value,
        body="4",
        provider_id="SM1",
        at=AT,
    )
    settings.SMS_TRANSPORT = "pigeon"

    with pytest.raises(Exception, match="pigeon"):
        jobs.tick(at=AT)

    assert CheckIn.objects.get(pk=graduate.check_ins.earliest("pk").pk).answers.count() == 1
    assert queue.last_beat(name=jobs.TICK) is not None


def test_idle_tick_is_cheap() -> None:
    program = build.program()
    for _ in range(30):
        graduate = build.graduate(program=program)
        build.commitment(graduate=graduate)
        build.check_in(graduate=graduate, opens_at=AT - HOUR)
    jobs.tick(at=AT)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert jobs.tick(at=AT + MINUTE) == NOTHING

    assert len(queries) <= 30


# Time


def test_tick_remembers_how_far_time_has_come() -> None:
    jobs.tick(at=AT)
    jobs.tick(at=AT - DAY)

    assert jobs.newest_tick() == AT
    assert TickRecord.objects.count() == 1


def test_beat_is_told_by_the_machines_clock() -> None:
    jobs.tick(at=AT)

    beat = Heartbeat.objects.get(name=jobs.TICK)
    assert abs(clock.now() - beat.at) < MINUTE


def test_slow_step_is_told_to_be_alive(provider: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    graduate = build.graduate()
    build.check_in(graduate=graduate, opens_at=AT, state=CheckIn.State.PLANNED, questions=())
    monkeypatch.setattr(jobs, "SLOW_SECONDS", 0.0)
    beats: list[bool] = []

    def send(parcel: Parcel) -> Receipt:
        beats.append(queue.last_beat(name=jobs.TICK) is not None)
        return Receipt(provider_id=parcel.attempt_uid.hex)

    monkeypatch.setattr(provider, "send", send)

    jobs.tick(at=AT)

    assert beats == [True, True]


def test_command_prints_the_counts_as_one_object() -> None:
    out = StringIO()

    call_command("tick", "--at", "2026-03-10T10:00:00-04:00", "--json", stdout=out)

    assert json.loads(out.getvalue()) == {"at": "2026-03-10T14:00:00+00:00", **NOTHING}


def test_command_takes_an_instant_without_offset_as_utc() -> None:
    out = StringIO()

    call_command("tick", "--at", "2026-03-10T14:00:00", stdout=out)

    assert out.getvalue().startswith("2026-03-10T14:00:00+00:00: 0 planned, 0 queued, 0 sent")


def test_command_takes_the_present_where_none_is_named() -> None:
    out = StringIO()

    call_command("tick", "--json", stdout=out)

    at = datetime.fromisoformat(json.loads(out.getvalue())["at"])
    assert abs(clock.now() - at) < MINUTE


def test_command_without_an_instant_sends_in_parts_by_the_clock_it_is_by_then(
    provider: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SHIFT_SECONDS", 0.0)
    monkeypatch.setattr(delivery, "BATCH", 1)
    graduate, now = build.graduate(), clock.now()
    for _ in range(3):
        # Codes may leave at any hour.
        build.message(graduate=graduate, kind=Kind.CODE, state=Message.State.DUE, at=now - MINUTE)
    # A clock that was ahead has put one of them off.
    queue.beat(name=jobs.TICK, at=now + 2 * DAY)
    ahead = Message.objects.latest("pk")
    ahead.state, ahead.next_at = Message.State.DEFERRED, now + 2 * DAY
    ahead.save()
    out = StringIO()

    call_command("tick", "--json", stdout=out)

    begun = set(Attempt.objects.values_list("started_at", flat=True))
    assert (json.loads(out.getvalue())["sent"], len(begun)) == (3, 3)


def test_command_does_not_go_back_outside_a_demo(settings: Settings) -> None:
    call_command("tick", "--at", AT.isoformat(), stdout=StringIO())

    with pytest.raises(CommandError, match="time does not go back"):
        call_command("tick", "--at", (AT - HOUR).isoformat(), stdout=StringIO())

    settings.DEMO = True
    call_command("tick", "--at", (AT - HOUR).isoformat(), stdout=StringIO())


def test_command_says_how_to_write_an_instant() -> None:
    with pytest.raises(CommandError, match="'noon' is no instant"):
        call_command("tick", "--at", "noon")


# Daily


def test_tick_asks_about_texts_of_which_nothing_was_heard() -> None:
    graduate = build.graduate()
    message = build.message(graduate=graduate, state=Message.State.SENT)
    sent = build.attempt(message=message, provider_id="SM1", at=AT - HOUR, next_ask_at=AT)
    MEMORY.fates["SM1"] = Receipt(provider_id="SM1", status="delivered")

    jobs.tick(at=AT - MINUTE)
    message.refresh_from_db()
    assert message.state == Message.State.SENT
    jobs.tick(at=AT)

    message.refresh_from_db()
    sent.refresh_from_db()
    assert (message.state, sent.next_ask_at) == (Message.State.DELIVERED, None)


def test_sweep_compares_the_last_days() -> None:
    jobs.sweep()

    assert Sweep.objects.filter(done_at__isnull=False).count() == 3


def test_tidy_throws_away_what_has_served_its_time() -> None:
    now = clock.now()
    for age in (29, 31):
        Submission.objects.create(key=uuid.uuid4(), at=now - age * DAY)
    for age in (6, 8):
        Task.objects.create(
            id=f"task{age}", name=f"task{age}", func="job", started=now, stopped=now - age * DAY
        )
    for days in (1, -1):
        Session.objects.create(
            session_key=f"key{days}", session_data="", expire_date=now + days * DAY
        )

    jobs.tidy()

    assert Submission.objects.count() == 1
    assert [task.pk for task in Task.objects.all()] == ["task6"]
    assert [session.pk for session in Session.objects.all()] == ["key1"]
