"""Recording contacts, setting aside and next steps in the browser."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from aftercare.models import DisengagementSignal, Graduate, Outreach, Role, TextDraft
from notifications import clock
from tests import build

Kind, State = DisengagementSignal.Kind, DisengagementSignal.State

pytestmark = pytest.mark.django_db


@pytest.fixture
def counselor(client: Client) -> Role:
    """A counselor who is logged in."""
    role = build.role(program=build.program())
    client.force_login(role.user)
    return role


@pytest.fixture
def graduate(counselor: Role) -> Graduate:
    return build.graduate(program=counselor.program, counselor=counselor)


@pytest.fixture
def signal(graduate: Graduate) -> DisengagementSignal:
    return build.signal(
        graduate=graduate, kind=Kind.NEED_SUPPORT, band=DisengagementSignal.Band.URGENT
    )


def day(ahead: int) -> str:
    return (clock.now() + timedelta(days=ahead)).date().isoformat()


def note(client: Client, graduate: Graduate, **form: Any) -> Any:
    return client.post(
        reverse("outreach_note", args=[graduate.uid]),
        {"way": "call", "outcome": "reached", **form},
    )


def test_note_is_saved_and_closes_what_is_ticked(
    client: Client, graduate: Graduate, signal: DisengagementSignal, counselor: Role
) -> None:
    answer = note(
        client,
        graduate,
        note="Spoke briefly.",
        minutes="7",
        next_step="Ask again",
        next_on=day(3),
        signals=[str(signal.uid)],
        next="/",
    )

    assert answer.headers["Location"] == "/"
    made = Outreach.objects.get()
    assert (made.outcome, made.note, made.minutes, made.next_step, made.counselor) == (
        "reached",
        "Spoke briefly.",
        7,
        "Ask again",
        counselor.user,
    )
    signal.refresh_from_db()
    assert signal.state == State.CLOSED


def test_note_form_ticks_what_is_open(
    client: Client, graduate: Graduate, signal: DisengagementSignal
) -> None:
    html = client.get(reverse("outreach_note", args=[graduate.uid])).content.decode()

    assert "Asked for support" in html
    assert html.count(" checked") == 3  # the call, no hand-off, and the signal


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"outcome": ""}, id="no outcome"),
        pytest.param({"outcome": "planned"}, id="planned without a day"),
        pytest.param({"next_step": "Ask again"}, id="a step without a day"),
        pytest.param({"next_step": "Ask again", "next_on": "2020-01-01"}, id="a day gone by"),
        pytest.param({"signals": [str(uuid.uuid4())]}, id="a signal of nobody"),
        pytest.param({"minutes": "0"}, id="no minutes"),
    ],
)
def test_note_that_makes_no_sense_is_given_back(
    client: Client, graduate: Graduate, signal: DisengagementSignal, form: dict[str, Any]
) -> None:
    answer = note(client, graduate, note="Keep this.", **form)

    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'class="errorlist"' in html
    assert "Keep this." in html
    assert not Outreach.objects.exists()


def test_note_sent_twice_is_saved_once(client: Client, graduate: Graduate) -> None:
    key = str(uuid.uuid4())
    for _ in range(2):
        answer = note(client, graduate, _once=key)

    assert Outreach.objects.count() == 1
    assert answer.headers["Location"] == reverse("graduate", args=[graduate.uid])


def test_note_is_taken_back(client: Client, graduate: Graduate) -> None:
    note(client, graduate)
    made = Outreach.objects.get()

    client.post(reverse("outreach_take_back", args=[graduate.uid, made.uid]))

    assert not Outreach.objects.exists()


def test_signal_is_set_aside_and_taken_back(client: Client, counselor: Role) -> None:
    # Nothing is in the plan of somebody who joined a month ago, and that stays so.
    graduate = build.graduate(
        program=counselor.program,
        counselor=counselor,
        joined_at=clock.now() - timedelta(days=30),
    )
    empty = build.signal(graduate=graduate, kind=Kind.PLAN_EMPTY)
    address = reverse("signal_snooze", args=[graduate.uid, empty.uid])

    shown = client.get(address).content.decode()
    assert f">Set aside: {empty.get_kind_display()}<" in shown
    assert (
        client.get(reverse("signal_snooze", args=[graduate.uid, uuid.uuid4()])).status_code == 404
    )
    client.post(address, {"reason": "away", "until_on": day(7)})
    empty.refresh_from_db()
    assert (empty.state, empty.snooze_reason) == (State.SNOOZED, "away")

    client.post(reverse("signal_wake", args=[graduate.uid, empty.uid]))
    empty.refresh_from_db()
    assert (empty.state, empty.snooze_reason) == (State.OPEN, "")


@pytest.mark.parametrize(
    "form",
    [
        {"reason": "away"},
        {"reason": "", "until_on": "2099-01-01"},
        {"reason": "away", "until_on": "2099-01-01"},
    ],
)
def test_setting_aside_needs_a_reason_and_an_end(
    client: Client, graduate: Graduate, form: dict[str, str]
) -> None:
    silent = build.signal(graduate=graduate)

    answer = client.post(reverse("signal_snooze", args=[graduate.uid, silent.uid]), form)

    assert answer.status_code == 422
    silent.refresh_from_db()
    assert silent.state == State.OPEN


def test_urgent_signal_cannot_be_set_aside(
    client: Client, graduate: Graduate, signal: DisengagementSignal
) -> None:
    answer = client.post(
        reverse("signal_snooze", args=[graduate.uid, signal.uid]),
        {"reason": "away", "until_on": day(7)},
    )

    assert answer.status_code == 422
    assert "This cannot wait." in answer.content.decode()


def test_urgent_signal_is_taken(
    client: Client, graduate: Graduate, signal: DisengagementSignal
) -> None:
    client.post(reverse("signal_seen", args=[graduate.uid, signal.uid]))

    signal.refresh_from_db()
    assert signal.state == State.OPEN
    assert signal.acknowledged_at is not None


def test_step_is_done_undone_and_moved(client: Client, graduate: Graduate) -> None:
    note(client, graduate, next_step="Ask again", next_on=day(3))
    uids = [graduate.uid, Outreach.objects.get().uid]

    client.post(reverse("step_done", args=uids))
    assert Outreach.objects.get().next_done_at is not None

    client.post(reverse("step_again", args=uids))
    assert Outreach.objects.get().next_done_at is None

    client.post(reverse("step_later", args=uids))
    assert str(Outreach.objects.get().next_on) < day(3)


@pytest.mark.parametrize(
    "name",
    ["outreach_take_back", "step_done", "step_again", "step_later", "signal_wake", "signal_seen"],
)
def test_deeds_need_a_post_and_something_of_the_graduate(
    client: Client, graduate: Graduate, name: str
) -> None:
    address = reverse(name, args=[graduate.uid, uuid.uuid4()])

    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 404


def test_what_is_typed_is_kept_and_taken_up_again(
    client: Client, graduate: Graduate, counselor: Role
) -> None:
    typed = {"outcome": "planned", "way": "text", "note": "A sister answered.", "next_on": day(4)}
    kept = client.post(reverse("outreach_draft", args=[graduate.uid]), typed)

    html = client.get(reverse("outreach_note", args=[graduate.uid])).content.decode()

    assert (kept.status_code, kept.content) == (204, b"")
    assert "It was kept for you." in html
    assert "A sister answered." in html
    assert [value in html for value in ('value="planned"', f'value="{day(4)}"')] == [True, True]
    assert re.findall(r'value="(\w+)"[^>]* checked', html) == ["planned", "text"]
    client.post(reverse("outreach_draft", args=[graduate.uid]), {**typed, "note": " "})
    assert TextDraft.objects.count() == 0


def test_a_draft_that_comes_after_its_form_is_no_draft(client: Client, graduate: Graduate) -> None:
    form = {"way": "call", "outcome": "reached", "note": "Spoke.", "_once": str(uuid.uuid4())}
    note(client, graduate, **form)

    client.post(reverse("outreach_draft", args=[graduate.uid]), form)

    assert (Outreach.objects.count(), TextDraft.objects.count()) == (1, 0)


def test_a_form_alone_on_its_page_leads_away_as_a_whole(client: Client, graduate: Graduate) -> None:
    address = reverse("outreach_note", args=[graduate.uid])
    form = {"way": "call", "outcome": "reached", "next": "/caseload/?band=watch"}

    def answer(shown: str) -> tuple[int, str | None, str | None]:
        made = client.post(
            address,
            form,
            headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{shown}"},
        )
        return made.status_code, made.headers.get("Location"), made.headers.get("HX-Redirect")

    assert answer(address) == (200, None, "/caseload/?band=watch")
    assert answer("/caseload/") == (302, "/caseload/?band=watch", None)
