import os
from threading import Thread

import pytest
from django.core.management import call_command
from django_q.cluster import Cluster

from aftercare import crisis, likeness


@pytest.mark.django_db
def test_workers_inherit_every_word_of_danger(monkeypatch: pytest.MonkeyPatch) -> None:
    known: list[int] = []

    def start(self: Cluster) -> None:
        known.extend(one.cache_info().currsize for one in (crisis._index, likeness._weights))
        self.sentinel = Thread()
        self.sentinel.start()

    monkeypatch.setattr(Cluster, "start", start)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    for read_in in (crisis._index, likeness._weights):
        read_in.cache_clear()

    call_command("cluster")

    assert known == [1, 1]
