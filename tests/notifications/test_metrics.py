"""What a Prometheus server reads, line by line."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications import delivery, metrics, queue
from notifications.kinds import Kind
from notifications.models import Breaker, Message, Sender
from notifications.transports.memory import Memory
from tests import build
from tests.notifications.person import NOON, Person

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def samples(at: object = NOON) -> dict[str, float]:
    lines = metrics.render(at=NOON).splitlines()
    pairs = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    return {name: float(value) for name, _, value in pairs}


def test_every_figure_has_its_help_and_type() -> None:
    lines = metrics.render(at=NOON).splitlines()
    named = {line.partition("{")[0].split(" ")[0] for line in lines if line[0] != "#"}
    for about in ("HELP", "TYPE"):
        told = {line.split(" ")[2] for line in lines if line.startswith(f"# {about} ")}
        assert named <= told
    assert metrics.render(at=NOON).endswith("\n")


def test_figures_follow_the_rows(provider: Memory) -> None:
    Person().queue(at=NOON)
    delivery.deliver_due(at=NOON)
    Person().queue(Kind.CHECK_IN, at=NOON - MINUTE)
    Message.objects.filter(kind=Kind.CHECK_IN).update(queued_at=NOON)
    person = Person()
    Message.objects.filter(pk=person.queue(Kind.PERSONAL).pk).update(
        state=Message.State.UNKNOWN, reason="unsettled", next_at=None, unsettled_at=NOON
    )
    Sender.objects.filter(pk=person.sender.pk).update(paused_until=NOON + MINUTE)
    build.inbound(
        sender=person.sender, address=person.address, body="Secret.", at=NOON - 2 * MINUTE
    )
    queue.beat(name="tick", at=NOON - 3 * MINUTE)
    queue.beat(name="of a clock that was ahead", at=NOON + 3 * MINUTE)

    found = samples()

    assert found['outbox_due{lane="check_in"}'] == 1
    assert found['outbox_oldest_due_seconds{lane="check_in"}'] == 60
    assert found['outbox_oldest_due_seconds{lane="crisis"}'] == 0
    assert found['outbox_messages_of_a_day{state="sent",lane="asked",kind="reminder"}'] == 1
    assert found['outbox_sent{window="minute"}'] == 1
    assert found['outbox_open{as="unsettled"}'] == 1
    assert found["outbox_senders_resting"] == 1
    assert (found["inbound_unread"], found["inbound_oldest_unread_seconds"]) == (1, 120)
    assert found['heartbeat_age_seconds{job="tick"}'] == 180
    assert found['heartbeat_age_seconds{job="of a clock that was ahead"}'] == 180


def test_figures_hold_nothing_about_a_person(provider: Memory) -> None:
    person = Person()
    message = person.queue(body="Secret.")
    text = metrics.render(at=NOON)

    for private in (person.address.value, "Secret.", str(message.uid), str(person.address.uid)):
        assert private not in text
    assert person.program.name not in text


def test_figures_cost_the_same_queries_with_one_row_and_with_three() -> None:
    counts = []
    for more in (1, 2):
        for _ in range(more):
            Person().queue()
        with CaptureQueriesContext(connection) as queries:
            metrics.render(at=NOON)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_limits_are_told_by_sender_and_way_out() -> None:
    person = Person()
    Sender.objects.filter(pk=person.sender.pk).update(
        segments_per_second=3,
        free_at=NOON + timedelta(seconds=2),
        segments_per_day=200,
        counted_on=NOON.date(),
        counted=7,
    )
    Breaker.objects.create(name="twilio", failures=5, open_until=NOON + MINUTE)

    found = samples()

    sender = f'{{sender="{person.sender.uid}"}}'
    assert found[f"outbox_sender_segments_per_second{sender}"] == 3
    assert found[f"outbox_sender_owes_seconds{sender}"] == 2
    assert found[f"outbox_sender_segments_per_day{sender}"] == 200
    assert found[f"outbox_sender_segments_today{sender}"] == 7
    assert found['outbox_breaker_failures{way="twilio"}'] == 5
    assert found['outbox_breaker_open{way="twilio"}'] == 1
