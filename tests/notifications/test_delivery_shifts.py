from datetime import timedelta
from threading import Event
from types import SimpleNamespace

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from notifications import delivery
from notifications.kinds import Kind
from notifications.models import Attempt, Sender
from notifications.transports import mailer
from notifications.transports.base import Parcel, Receipt
from notifications.transports.memory import Memory
from tests import build
from tests.notifications.person import NOON, Person

pytestmark = pytest.mark.django_db


def test_deliver_shift_sends_so_many_and_calls_a_hand_while_more_is_due(
    provider: Memory,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    monkeypatch.setattr(delivery, "SHIFT", 2)
    for _ in range(3):
        Person().queue()

    with django_capture_on_commit_callbacks() as first_calls:
        first = delivery.deliver_shift(at=NOON)
    with django_capture_on_commit_callbacks() as second_calls:
        second = delivery.deliver_shift(at=NOON)

    assert (first, len(first_calls)) == (delivery.Delivered(sent=2, more=True), 1)
    assert (second, len(second_calls)) == (delivery.Delivered(sent=1), 0)


def test_deliver_shift_claims_nothing_after_its_time(
    remote: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SHIFT_SECONDS", 0.0)
    for _ in range(3):
        Person().queue()

    first, second = delivery.deliver_shift(at=NOON), delivery.deliver_shift(at=NOON)

    assert (first, second) == (delivery.Delivered(sent=1, more=True),) * 2
    assert delivery.deliver_due(at=NOON) == delivery.Delivered(sent=1)


def test_slow_mail_server_keeps_no_text_waiting(
    remote: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.parallel = 4
    text_left, waited = Event(), []
    program = build.program()
    person, mailbox = Person(program=program), Person(program=program)
    mailbox.sender = Sender.objects.create(program=program, channel=Sender.Channel.EMAIL)
    mailbox.queue(Kind.STAFF_PAGE)
    person.queue(Kind.STAFF_PAGE, at=NOON + timedelta(seconds=1))

    def send_slowly(parcel: Parcel) -> Receipt:
        waited.append(text_left.wait(timeout=10))
        return Receipt(provider_id="mail", status="sent")

    def send(parcel: Parcel) -> Receipt:
        text_left.set()
        return Receipt(provider_id="text")

    slow = SimpleNamespace(parallel=1, is_remote=True, account=None, send=send_slowly)
    monkeypatch.setattr(mailer, "transport", lambda: slow)
    monkeypatch.setattr(remote, "send", send)

    delivery.deliver_due(at=NOON + timedelta(minutes=1))

    assert waited == [True]
    assert list(Attempt.objects.order_by("pk").values_list("provider_id", flat=True)) == [
        "mail",
        "text",
    ]
