"""Why a message went out or did not, step by step."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications import decisions, delivery, outbox, settling, trace
from notifications.decisions import Deed
from notifications.kinds import Kind
from notifications.models import Attempt, Message
from notifications.transports.memory import Memory
from tests.notifications.person import NIGHT, NOON, Person

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def told(message: Message) -> list[tuple[str, str, str]]:
    message.refresh_from_db()
    read = trace.read(message=message, at=NOON + timedelta(minutes=20))
    return [(step.words, step.detail, step.code) for step in read.steps]


def test_trace_of_a_text_that_arrived(provider: Memory) -> None:
    message = Person().queue()
    delivery.deliver_due(at=NOON)
    attempt = message.attempts.get()
    outbox.record_status(
        attempt_uid=attempt.uid,
        provider_id=attempt.provider_id,
        status="delivered",
        at=NOON + MINUTE,
    )

    assert told(message) == [
        ("Put into the outbox", "", ""),
        ("Passed every check, and was handed over", "", ""),
        ("The phone company: accepted", "", ""),
        ("Report of the phone company: delivered", "", ""),
        ("It arrived", "", ""),
    ]


def test_trace_says_which_gate_was_closed(provider: Memory) -> None:
    message = Person(scopes=()).queue(Kind.CHECK_IN)
    delivery.deliver_due(at=NOON)

    reason = "This person has not agreed to check-ins by text."
    assert told(message) == [("Put into the outbox", "", ""), ("Held back", reason, "")]
    assert trace.read(message=message, at=NOON).why == reason


def test_trace_of_what_waits_says_for_what(provider: Memory) -> None:
    message = Person().queue(Kind.PERSONAL, at=NIGHT)
    delivery.deliver_due(at=NIGHT)
    message.refresh_from_db()

    read = trace.read(message=message, at=NIGHT)

    assert read.state_words == "waiting for a better hour"
    assert read.why == "It waits for the hours in which the program may send texts."
    assert read.choices == (Deed.CANCEL,)


def test_trace_names_the_code_of_a_refusal(provider: Memory) -> None:
    message = Person().queue()
    provider.script.append("30007")
    delivery.deliver_due(at=NOON)

    reason = "The phone company took it for an unwanted text and did not deliver it."
    assert told(message)[2:] == [
        ("The phone company: refused", reason, "30007"),
        ("Failed", reason, ""),
    ]


def test_trace_tells_what_people_decided(provider: Memory) -> None:
    message = Person().queue(Kind.PERSONAL)
    provider.script.append("lose")
    delivery.deliver_due(at=NOON)
    settling.reconcile(at=NOON + MINUTE)
    settling.reconcile(at=NOON + MINUTE + settling.SETTLE_GAP)
    at = NOON + timedelta(minutes=10)
    decisions.decide(message=message, deed=Deed.ARRIVED, at=at)
    decisions.undo(message=message, at=at + MINUTE)

    assert [words for words, _, _ in told(message)[2:]] == [
        "The phone company was asked, and does not know it",
        "Left to a person to decide",
        "A person decided: it arrived, or is not needed any more",
        "Taken back: it arrived, or is not needed any more",
    ]
    message.refresh_from_db()
    assert trace.read(message=message, at=at).choices == (Deed.ARRIVED, Deed.AGAIN)


def test_trace_costs_the_same_queries_with_one_try_and_with_three(provider: Memory) -> None:
    message = Person().queue()
    counts = []
    for tries in (1, 2):
        for _ in range(tries):
            attempt = Attempt.objects.create(
                message=message, address=message.address, owner="w", started_at=NOON, ended_at=NOON
            )
            outbox.record_status(
                attempt_uid=attempt.uid, provider_id=f"SM{attempt.pk}", status="sent", at=NOON
            )
        with CaptureQueriesContext(connection) as queries:
            trace.read(message=message, at=NOON)
        counts.append(len(queries))

    assert counts[0] == counts[1]
