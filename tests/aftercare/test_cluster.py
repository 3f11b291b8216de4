"""The command that starts the background work; `test_real_cluster.py` lets it run."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import call_command
from django_q.cluster import Cluster
from pytest_django import Settings

from aftercare import crisis, jobs, likeness, replies
from aftercare.directory import geo
from notifications import clock
from notifications.kinds import Kind
from notifications.models import Message
from tests.notifications.person import Person

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 30


@pytest.fixture(autouse=True)
def own_place(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(os, "environ", os.environ.copy())
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_workers_inherit_every_word_of_danger_and_no_city(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cities take 50 MB; who reads texts reads them in."""
    known: list[int] = []

    def start(self: Cluster) -> None:
        read_in = (crisis._index, likeness._weights, geo._names)
        known.extend(one.cache_info().currsize for one in read_in)
        self.sentinel = Thread()
        self.sentinel.start()

    monkeypatch.setattr(Cluster, "start", start)
    for read_in in (crisis._index, likeness._weights, geo._names, replies.know_words):
        read_in.cache_clear()

    call_command("cluster")

    assert known == [1, 1, 0]


def test_what_is_due_leaves_before_there_are_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    message = Person().queue(Kind.CODE, at=clock.now())
    states: list[str] = []

    def start(self: Cluster) -> None:
        ends_at = time.monotonic() + PATIENCE
        sent = Message.objects.filter(pk=message.pk, state=Message.State.SENT)
        while not sent.exists() and time.monotonic() < ends_at:
            time.sleep(0.05)
        message.refresh_from_db()
        states.append(message.state)
        self.sentinel = Thread()
        self.sentinel.start()

    monkeypatch.setattr(Cluster, "start", start)

    call_command("cluster")

    assert states == [Message.State.SENT]


def test_a_start_that_fails_ends_the_chain_it_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: Cluster) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Cluster, "start", start)
    began = time.monotonic()

    with pytest.raises(KeyboardInterrupt):
        call_command("cluster")

    assert time.monotonic() - began < jobs.LINK_SECONDS / 2
