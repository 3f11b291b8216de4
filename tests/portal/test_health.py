"""What machines that watch the portal are told."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from aftercare import health
from notifications import clock, metrics, queue

pytestmark = pytest.mark.django_db


def beat(seconds_ago: float) -> None:
    queue.beat(name=health.TICK, at=clock.now() - timedelta(seconds=seconds_ago))


def test_ready_while_the_tick_is_alive(client: Client) -> None:
    beat(60)

    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"ready": True})


@pytest.mark.parametrize("ago", [95, 3600])
def test_not_ready_once_the_tick_is_missing(client: Client, ago: int) -> None:
    beat(ago)

    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (503, {"tick": health.REMEDY})


def test_not_ready_where_nothing_ever_ran(client: Client) -> None:
    assert client.get("/readyz").json() == {"tick": health.REMEDY}


def test_tick_is_stale_after_ninety_seconds() -> None:
    at = clock.now()

    assert not health.is_stale(beat=at - timedelta(seconds=90), at=at)
    assert health.is_stale(beat=at - timedelta(seconds=91), at=at)
    assert health.is_stale(beat=None, at=at)
    assert health.is_stale(beat=at + timedelta(seconds=91), at=at)


# Figures


def test_figures_are_there_for_this_machine(client: Client) -> None:
    beat(10)

    response = client.get("/metrics")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == metrics.CONTENT_TYPE
    assert 'heartbeat_age_seconds{job="tick"} 1' in response.content.decode()


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=203.0.113.9"},
    ],
    ids=["address", "no address", "proxy", "other proxy"],
)
def test_figures_are_hidden_from_elsewhere(client: Client, elsewhere: dict[str, str]) -> None:
    assert client.get("/metrics", **elsewhere).status_code == 404  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shown", "status"), [("Bearer made-up", 200), ("Bearer other", 404), ("", 404)]
)
def test_figures_are_there_for_who_shows_the_token(
    client: Client, settings: Any, shown: str, status: int
) -> None:
    settings.METRICS_TOKEN = "made-up"

    response = client.get("/metrics", headers={"Authorization": shown}, REMOTE_ADDR="203.0.113.9")

    assert response.status_code == status


def test_token_once_set_is_asked_of_this_machine_as_well(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "made-up"

    assert client.get("/metrics").status_code == 404


def test_figures_say_when_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_away(**about: object) -> str:
        raise OperationalError

    monkeypatch.setattr(metrics, "render", be_away)

    assert client.get("/metrics").status_code == 503


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics"])
def test_machines_are_not_sent_to_https(client: Client, settings: Any, address: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    beat(1)

    assert client.get(address).status_code == 200
