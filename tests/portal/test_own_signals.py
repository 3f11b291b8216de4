"""The page on which graduates see what is noticed about them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from aftercare.models import Graduate
from notifications import clock
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def graduate(client: Client) -> Graduate:
    """A graduate who is logged in and was silent."""
    made = build.graduate(user=build.user())
    build.signal(graduate=made)
    assert made.user is not None
    client.force_login(made.user)
    return made


def test_a_signal_is_seen_answered_and_gone(client: Client, graduate: Graduate) -> None:
    seen = client.get(reverse("me_signals")).content.decode()
    until = (clock.now() + timedelta(days=10)).date()
    client.post(
        reverse("me_explain"), {"reason": "travel", "until": f"{until}", "words": "At the sea"}
    )
    after = client.get(reverse("me_signals")).content.decode()

    assert "We have not heard from you for a while" in seen
    assert "silent" not in seen
    assert "Nothing stands out." in after
    assert "Thank you for telling us." in after
    signal = graduate.signals.get()
    graduate.refresh_from_db()
    assert (signal.state, signal.outcome, signal.snooze_reason) == (
        "closed",
        "explained",
        "travel",
    )
    assert (graduate.status, graduate.paused_until) == ("paused", until)
    assert graduate.replies.get().inbound.body == "At the sea"


def test_a_day_gone_by_is_refused_on_the_form(client: Client, graduate: Graduate) -> None:
    answer = client.post(reverse("me_explain"), {"reason": "travel", "until": "2020-01-01"})

    assert answer.status_code == 422
    assert "at most 90 days ahead" in answer.content.decode()
    assert graduate.signals.get().state == "open"


def test_no_reason_is_taken_for_one_that_was_not_chosen(client: Client, graduate: Graduate) -> None:
    answer = client.post(reverse("me_explain"), {"reason": "", "words": "All fine"})

    assert answer.status_code == 422
    assert '<option value="" selected>Choose one</option>' in answer.content.decode()
    assert graduate.signals.get().state == "open"


def test_the_score_is_turned_off_and_on(client: Client, graduate: Graduate) -> None:
    held = []
    for wanted in ("no", "yes"):
        client.post(reverse("me_score"), {"wanted": wanted})
        graduate.refresh_from_db()
        held.append(graduate.is_scored)
        words = "Turn the score on" if wanted == "no" else "Turn the score off"
        assert words in client.get(reverse("me_signals")).content.decode()

    assert held == [False, True]
