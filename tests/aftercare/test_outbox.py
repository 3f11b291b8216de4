"""`manage.py outbox` at a terminal and for machines."""

import json
import uuid
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from aftercare.models import AuditEntry, Graduate
from notifications import clock, queue
from notifications.models import Breaker, Message
from tests import build

pytestmark = pytest.mark.django_db

State = Message.State


@pytest.fixture
def graduate() -> Graduate:
    return build.graduate(phone="+12155550142", first_name="Samira")


def run(*words: str) -> str:
    out = StringIO()
    call_command("outbox", *words, stdout=out)
    return out.getvalue()


def unclear(graduate: Graduate, state: State = State.UNKNOWN, reason: str = "unsettled") -> Message:
    at = clock.now() - timedelta(minutes=10)
    message = build.message(graduate=graduate, body="Hello.", state=state, reason=reason, at=at)
    message.unsettled_at = at if state == State.UNKNOWN else None
    message.expires_at = at + timedelta(days=1)
    message.save()
    return message


def state_of(message: Message) -> str:
    message.refresh_from_db()
    return message.state


def test_figures_are_shown_to_people(graduate: Graduate) -> None:
    queue.beat(name="tick", at=clock.now())
    unclear(graduate)

    text = run()

    assert "Under way 0, being asked about 0, to decide 1" in text
    assert "Sent: 0 in a minute, 0 in a hour, 0 in a day" in text
    assert "STANDS STILL" not in text


def test_missing_tick_is_shouted() -> None:
    assert "THE TICK STANDS STILL. Start it with" in run()


def test_figures_are_told_to_machines(graduate: Graduate) -> None:
    unclear(graduate)

    facts = json.loads(run("--json"))

    assert (facts["unsettled"], facts["sent"], facts["stands_still"]) == (
        1,
        {"minute": 0, "hour": 0, "day": 0},
        True,
    )
    assert [lane["lane"] for lane in facts["lanes"]] == list(range(8))


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_figures_hold_nothing_about_a_person(graduate: Graduate, words: tuple[str, ...]) -> None:
    message = unclear(graduate)

    for text in (run(*words), run("why", str(message.uid), *words)):
        for private in ("Samira", "+12155550142", "5550142", "Hello.", str(graduate.uid)):
            assert private not in text


@pytest.mark.parametrize(("choice", "state"), [("arrived", "delivered"), ("again", "due")])
def test_settle_does_what_is_chosen_and_is_put_on_record(
    graduate: Graduate, choice: str, state: str
) -> None:
    message = unclear(graduate)

    facts = json.loads(run("settle", str(message.uid), choice, "--json"))

    assert (facts["state"], state_of(message)) == (state, state)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.role, entry.thing_uid) == (None, "operator", message.uid)


def test_settle_twice_changes_nothing_more(graduate: Graduate) -> None:
    message = unclear(graduate)
    for _ in range(2):
        run("settle", str(message.uid), "arrived")

    assert AuditEntry.objects.count() == 1
    with pytest.raises(CommandError, match="not possible any more: delivered"):
        run("settle", str(message.uid), "again")


def test_retry_sends_what_failed_again_and_undo_takes_it_back(graduate: Graduate) -> None:
    message = unclear(graduate, State.FAILED, "number_not_reached")

    run("retry", str(message.uid))
    assert state_of(message) == "due"
    run("undo", str(message.uid))
    assert state_of(message) == "failed"


def test_retry_of_what_may_have_been_sent_is_refused(graduate: Graduate) -> None:
    message = unclear(graduate)

    with pytest.raises(CommandError, match="outbox settle"):
        run("retry", str(message.uid))
    assert state_of(message) == "unknown"


@pytest.mark.parametrize("state", [State.SENT, State.DELIVERED, State.EXPIRED])
def test_what_was_sent_or_came_too_late_is_never_retried(graduate: Graduate, state: State) -> None:
    message = unclear(graduate, state, "")

    with pytest.raises(CommandError, match="not possible"):
        run("retry", str(message.uid))
    assert state_of(message) == state


def test_cancel_keeps_it_from_leaving(graduate: Graduate) -> None:
    message = unclear(graduate, State.DUE, "")

    run("cancel", str(message.uid))

    assert (state_of(message), message.next_at) == ("cancelled", None)


def test_why_tells_each_step(graduate: Graduate) -> None:
    message = unclear(graduate)

    text = run("why", str(message.uid))

    assert f"{message.uid}: personal, unclear if it was sent. It is not clear" in text
    assert "Left to a person to decide" in text


def test_unknown_message_is_named() -> None:
    uid = uuid.uuid4()
    with pytest.raises(CommandError, match=f"There is no message {uid}"):
        run("why", str(uid))


@pytest.mark.parametrize("words", [("settle", str(uuid.uuid4()), "maybe"), ("retry", "nonsense")])
def test_slips_are_refused(words: Any) -> None:
    with pytest.raises(CommandError):
        run(*words)


def test_figures_tell_what_holds_senders_back(graduate: Graduate) -> None:
    now = clock.now()
    sender = build.sender_of(graduate)
    sender.segments_per_second, sender.segments_per_day = 3, 200
    sender.counted_on, sender.counted = now.date() + timedelta(days=1), 37
    sender.free_at = now + timedelta(minutes=5)
    sender.save()
    until = now + timedelta(minutes=1)
    Breaker.objects.create(name="twilio", failures=6, opened_at=now, open_until=until)

    words, facts = run(), json.loads(run("--json"))

    assert "3 segments a second, 37 of 200 today, " in words
    assert "Way out twilio: failed 6 times in a row, rests until " in words
    (told,) = facts["breakers"]
    assert (told["name"], told["failures"], told["reason"]) == ("twilio", 6, "")
    assert told["open_until"] == until.isoformat()
    (row,) = facts["senders"]
    assert (row["pace"], row["per_day"], row["today"]) == (3, 200, 37)
    assert row["free_at"] == sender.free_at.isoformat()
