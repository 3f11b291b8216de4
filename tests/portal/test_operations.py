"""How sending goes and why a text went out, in the browser."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from aftercare import health
from aftercare.models import AuditEntry, Graduate, Role
from notifications import clock, queue
from notifications.models import Breaker, Message
from tests import build

pytestmark = pytest.mark.django_db

State = Message.State
PRIVATE = ("Samira", "Stone", "5550142", "555-0142", "Hello there.")


@pytest.fixture
def counselor() -> Role:
    return build.role(program=build.program())


@pytest.fixture
def graduate(counselor: Role) -> Graduate:
    return build.graduate(
        program=counselor.program,
        counselor=counselor,
        phone="+12155550142",
        first_name="Samira",
        last_name="Stone",
    )


@pytest.fixture
def operator(client: Client, counselor: Role) -> Role:
    """An operator who is logged in."""
    role = build.role(program=counselor.program, kind=Role.Kind.OPERATOR)
    client.force_login(role.user)
    return role


def unclear(graduate: Graduate) -> Message:
    at = clock.now() - timedelta(minutes=10)
    message = build.message(
        graduate=graduate, body="Hello there.", state=State.UNKNOWN, reason="unsettled", at=at
    )
    message.claimed_at = message.unsettled_at = at
    message.expires_at = at + timedelta(days=1)
    message.save()
    return message


def html_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def decide(client: Client, message: Message, deed: str, **more: str) -> str:
    """Press a button, and read what is said on the page it leads to."""
    address = reverse("text_decide", args=[message.uid])
    page = client.post(address, {"deed": deed, **more}, follow=True)
    message.refresh_from_db()
    return page.content.decode()


# Operators


def test_operator_begins_with_how_sending_goes(client: Client, operator: Role) -> None:
    assert "How sending goes" in html_of(client, "/")
    assert f'href="{reverse("operations")}"' in html_of(client, "/")


def test_operator_sees_no_person_no_number_and_no_words(
    client: Client, operator: Role, graduate: Graduate
) -> None:
    message = unclear(graduate)
    pages = [
        html_of(client, address)
        for address in (
            reverse("operations"),
            reverse("operations") + "?show=waiting",
            reverse("text_story", args=[message.uid]),
        )
    ]

    assert str(message.uid) in pages[0]
    assert [word for page in pages for word in PRIVATE if word in page] == []
    assert str(graduate.uid) not in "".join(pages)


def test_page_shouts_when_the_tick_is_missing(client: Client, operator: Role) -> None:
    queue.beat(name=health.TICK, at=clock.now() - timedelta(seconds=95))
    assert "The background work stands still" in html_of(client, reverse("operations"))

    queue.beat(name=health.TICK, at=clock.now())
    assert "The background work stands still" not in html_of(client, reverse("operations"))


def test_page_tells_why_a_sender_rests(client: Client, operator: Role) -> None:
    sender = operator.program.senders.get()
    sender.paused_until = clock.now() + timedelta(hours=1)
    sender.paused_reason = "sender_refused 30034"
    sender.save()

    html = html_of(client, reverse("operations"))

    assert "The phone company does not accept the number the program sends from. (30034)" in html


def test_page_tells_pace_limit_and_a_way_out_that_fails(client: Client, operator: Role) -> None:
    now = clock.now()
    sender = operator.program.senders.get()
    sender.segments_per_second, sender.segments_per_day = 3, 200
    sender.counted_on, sender.counted = now.date() + timedelta(days=1), 37
    sender.free_at = now + timedelta(minutes=5)
    sender.save()
    Breaker.objects.create(
        name="twilio", failures=6, opened_at=now, open_until=now, reason="provider_busy"
    )

    html = " ".join(html_of(client, reverse("operations")).split())

    assert "up to 3 a second · 37 of 200 today" in html
    assert "Its pace lets the next one go in" in html
    assert "The way out “twilio” fails" in html
    assert "6 times in a row." in html


def test_operator_sets_the_pace_and_it_is_put_on_record(client: Client, operator: Role) -> None:
    sender = operator.program.senders.get()
    address = reverse("sender_pace", args=[sender.uid])

    page = client.post(address, {"segments_per_second": "2.5", "segments_per_day": "2000"})
    sender.refresh_from_db()
    assert page.headers["Location"] == f"{reverse('operations')}#senders"
    assert (sender.segments_per_second, sender.segments_per_day) == (2.5, 2000)
    entry = AuditEntry.objects.get(verb="changed")
    assert (entry.actor, entry.role, entry.thing_uid) == (operator.user, "operator", sender.uid)

    client.post(address, {"segments_per_second": "1", "segments_per_day": ""})
    sender.refresh_from_db()
    assert (sender.segments_per_second, sender.segments_per_day) == (1, None)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("segments_per_second", "0", "greater than or equal to 0.1"),
        ("segments_per_second", "nan", "Enter a number."),
        ("segments_per_second", "", "This field is required."),
        ("segments_per_day", "9", "greater than or equal to 10"),
        ("segments_per_day", "many", "Enter a whole number."),
    ],
)
def test_wrong_pace_is_told_beside_its_field_and_changes_nothing(
    client: Client, operator: Role, field: str, value: str, words: str
) -> None:
    sender = operator.program.senders.get()
    data = {"segments_per_second": "3", "segments_per_day": "200"} | {field: value}

    page = client.post(reverse("sender_pace", args=[sender.uid]), data)

    html = page.content.decode()
    sender.refresh_from_db()
    assert page.status_code == 422
    assert (sender.segments_per_second, sender.segments_per_day) == (1, None)
    shown = re.search(rf'id="pace-{sender.uid}-{field}_error".*?</', html, re.DOTALL)
    assert shown is not None
    assert words in shown[0]


def test_number_of_another_program_does_not_exist(client: Client, operator: Role) -> None:
    other = build.sender_of(build.graduate(program=build.program(name="Elsewhere")))

    page = client.post(reverse("sender_pace", args=[other.uid]), {"segments_per_second": "3"})

    other.refresh_from_db()
    assert (page.status_code, other.segments_per_second) == (404, 1)


def test_operator_settles_and_takes_it_back(
    client: Client, operator: Role, graduate: Graduate
) -> None:
    message = unclear(graduate)

    assert "It is not sent again." in decide(client, message, "arrived")
    assert (message.state, message.reason) == (State.DELIVERED, "vouched")
    assert "Taken back." in decide(client, message, "undo")
    assert (message.state, message.reason) == (State.UNKNOWN, "unsettled")
    assert [entry.role for entry in AuditEntry.objects.all()] == ["operator", "operator"]


def test_list_leads_back_to_where_it_was(
    client: Client, operator: Role, graduate: Graduate
) -> None:
    here = reverse("operations") + "?show=unsettled"
    response = client.post(
        reverse("text_decide", args=[unclear(graduate).uid]), {"deed": "again", "next": here}
    )

    assert response.headers["Location"] == here


def test_second_click_changes_nothing(client: Client, operator: Role, graduate: Graduate) -> None:
    message = unclear(graduate)
    key = str(uuid.uuid4())

    for _ in range(2):
        decide(client, message, "again", _once=key)

    assert (message.state, message.decisions.count()) == (State.DUE, 1)


def test_what_came_too_late_to_decide_is_said(
    client: Client, operator: Role, graduate: Graduate
) -> None:
    message = unclear(graduate)
    Message.objects.update(state=State.SENT, reason="")

    assert "This is not possible any more: sent." in decide(client, message, "again")
    assert message.state == State.SENT


def test_no_choice_is_no_decision(client: Client, operator: Role, graduate: Graduate) -> None:
    message = unclear(graduate)

    assert "Please choose what to do." in decide(client, message, "nonsense")
    assert message.state == State.UNKNOWN


def test_operator_of_another_program_finds_nothing(client: Client, graduate: Graduate) -> None:
    other = build.role(program=build.program(name="Elsewhere"), kind=Role.Kind.OPERATOR)
    client.force_login(other.user)
    message = unclear(graduate)

    assert client.get(reverse("text_story", args=[message.uid])).status_code == 404
    assert client.post(reverse("text_decide", args=[message.uid])).status_code == 404
    assert str(message.uid) not in html_of(client, reverse("operations"))


# Counselors


def test_counselor_finds_both_choices_in_the_morning(
    client: Client, counselor: Role, graduate: Graduate
) -> None:
    client.force_login(counselor.user)
    message = unclear(graduate)

    html = html_of(client, "/")

    assert "We could not find out if this text reached Samira" in html
    assert "Hello there." in html
    for choice in ("arrived", "again"):
        assert f'name="deed" value="{choice}" id="{choice}-{message.uid}"' in html


def test_counselor_decides_on_the_page_of_the_graduate(
    client: Client, counselor: Role, graduate: Graduate
) -> None:
    client.force_login(counselor.user)
    message = unclear(graduate)
    own_page = reverse("graduate", args=[graduate.uid])
    assert "Did it arrive?" in html_of(client, own_page)

    html = decide(client, message, "again", next=own_page)

    assert message.state == State.DUE
    assert "It is sent again as soon as texts may leave." in html
    assert "Did it arrive?" not in html


def test_conversation_leads_from_a_state_to_its_reason(
    client: Client, counselor: Role, graduate: Graduate
) -> None:
    client.force_login(counselor.user)
    message = build.message(
        graduate=graduate, body="Hello there.", state=State.FAILED, reason="filtered_by_carrier"
    )
    address = reverse("text_story", args=[message.uid])

    assert f'href="{address}"' in html_of(client, reverse("graduate", args=[graduate.uid]))
    html = html_of(client, address)
    assert "The phone company took it for an unwanted text" in html
    assert "Samira Stone" in html
    assert "Hello there." in html


def test_texts_of_another_caseload_do_not_exist(
    client: Client, counselor: Role, graduate: Graduate
) -> None:
    other = build.role(program=counselor.program)
    client.force_login(other.user)
    message = unclear(graduate)

    assert client.get(reverse("text_story", args=[message.uid])).status_code == 404
    address = reverse("text_decide", args=[message.uid])
    assert client.post(address, {"deed": "again"}).status_code == 404
    message.refresh_from_db()
    assert message.state == State.UNKNOWN
