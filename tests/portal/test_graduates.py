"""The page of one graduate in the browser, the number to call, and a text."""

import re
import uuid
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from aftercare.models import AuditEntry, DisengagementSignal, Graduate, Role
from notifications import clock
from notifications.kinds import Kind
from notifications.models import Address, Message, Sender
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def counselor(client: Client) -> Role:
    """A counselor who is logged in."""
    role = build.role(program=build.program())
    client.force_login(role.user)
    return role


@pytest.fixture
def graduate(counselor: Role) -> Graduate:
    return build.graduate(
        program=counselor.program, counselor=counselor, phone="+12155550142", last_name="Rivers"
    )


def own_page(graduate: Graduate) -> str:
    return reverse("graduate", args=[graduate.uid])


def test_what_adds_up_alike_is_told_once(client: Client, graduate: Graduate) -> None:
    kinds = DisengagementSignal.Kind
    score = [{"code": "plan_empty", "points": 2.3}]
    build.signal(graduate=graduate, kind=kinds.SILENT, points=2.3, reasons=score)
    build.signal(graduate=graduate, kind=kinds.MISSED_CHECK_INS, points=2.3, reasons=score)
    build.signal(
        graduate=graduate, kind=kinds.PLAN_EMPTY, points=1, reasons=[{**score[0], "points": 1}]
    )

    html = client.get(own_page(graduate)).content.decode()

    told = re.findall(r"How it adds up: \d+ points?|It adds up as above", html)
    assert told == ["How it adds up: 2 points", "It adds up as above", "How it adds up: 1 point"]


def test_page_shows_the_person_and_is_put_on_record(client: Client, graduate: Graduate) -> None:
    graduate.contact_card = {"best_times": "after 5 PM"}
    graduate.save()
    build.signal(graduate=graduate, reasons=[{"code": "plan_empty", "points": 0}])
    build.commitment(graduate=graduate, title="Tuesday Lantern")
    build.message(graduate=graduate, body="Thinking of you.")

    html = client.get(own_page(graduate)).content.decode()

    for words in (
        "Sam Rivers",
        "after 5 PM",
        "There is nothing in the plan.",
        "Tuesday Lantern",
        "Thinking of you.",
        "(•••) •••-0142",
    ):
        assert words in html
    assert "+12155550142" not in html
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.graduate_uid) == ("read", graduate.uid)


def test_page_of_somebody_else_does_not_exist(client: Client, counselor: Role) -> None:
    other = build.graduate(
        program=counselor.program, counselor=build.role(program=counselor.program)
    )

    for name in ("graduate", "graduate_phone", "graduate_text", "outreach_note"):
        assert client.get(reverse(name, args=[other.uid])).status_code == 404
    assert client.get(reverse("graduate", args=[uuid.uuid4()])).status_code == 404
    assert not AuditEntry.objects.exclude(verb="denied").exists()


def test_older_page_goes_back_from_an_instant(client: Client, graduate: Graduate) -> None:
    now = clock.now()
    build.reply(graduate=graduate, body="long ago", at=now - timedelta(days=9), needs_person=False)
    build.reply(graduate=graduate, body="just now", at=now, needs_person=False)
    before = (now - timedelta(days=1)).isoformat()

    html = client.get(own_page(graduate), {"before": before}).content.decode()

    assert "long ago" in html
    assert "just now" not in html
    assert client.get(own_page(graduate), {"before": "nonsense"}).status_code == 200


def test_older_texts_are_one_press_away(client: Client, graduate: Graduate) -> None:
    now = clock.now()
    for hour in range(61):
        at = now - timedelta(hours=hour)
        build.reply(graduate=graduate, body=f"said {hour:02}", at=at, needs_person=False)

    html = client.get(own_page(graduate)).content.decode()
    before = (now - timedelta(hours=59)).isoformat()
    older = client.get(own_page(graduate), {"before": before}).content.decode()

    assert re.findall(r'href="\?before=([^"]+)#thread-heading"', html) == [quote(before, safe="")]
    assert ("said 59" in html, "said 60" in html) == (True, False)
    assert ("said 59" in older, "said 60" in older) == (False, True)
    assert "#thread-heading" not in older


def test_phone_opens_the_number_and_is_put_on_record(client: Client, graduate: Graduate) -> None:
    html = client.get(reverse("graduate_phone", args=[graduate.uid])).content.decode()

    assert 'href="tel:+12155550142"' in html
    assert "(215) 555-0142" in html
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["read", "revealed"]


def test_phone_warns_where_others_answer_it(client: Client, counselor: Role) -> None:
    graduate = build.graduate(program=counselor.program, counselor=counselor, shared=True)

    html = client.get(reverse("graduate_phone", args=[graduate.uid])).content.decode()

    assert "Somebody else sees or answers this phone." in html


def test_text_is_queued_in_the_name_of_its_author(
    client: Client, graduate: Graduate, counselor: Role
) -> None:
    answer = client.post(
        reverse("graduate_text", args=[graduate.uid]),
        {"body": "Hi Sam, how are you “really”?", "next": "/caseload/"},
    )

    assert answer.headers["Location"] == "/caseload/"
    sent = Message.objects.get(kind=Kind.PERSONAL)
    assert (sent.body, sent.author, sent.about) == (
        'Hi Sam, how are you "really"?',
        counselor.user,
        graduate.uid,
    )


def test_text_sent_twice_leaves_once(client: Client, graduate: Graduate) -> None:
    form = {"body": "Hi Sam", "_once": str(uuid.uuid4())}
    for _ in range(2):
        client.post(reverse("graduate_text", args=[graduate.uid]), form)

    assert Message.objects.filter(kind=Kind.PERSONAL).count() == 1


@pytest.mark.parametrize("body", ["", "   ", "long " * 100])
def test_text_that_cannot_be_sent_is_given_back(
    client: Client, graduate: Graduate, body: str
) -> None:
    answer = client.post(reverse("graduate_text", args=[graduate.uid]), {"body": body})

    assert answer.status_code == 422
    assert 'class="errorlist"' in answer.content.decode()
    assert not Message.objects.filter(kind=Kind.PERSONAL).exists()


def test_text_with_errors_stays_in_its_place(client: Client, graduate: Graduate) -> None:
    answer = client.post(
        reverse("graduate_text", args=[graduate.uid]),
        {"body": ""},
        headers={"HX-Request": "true"},
    )

    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == f"#do-{graduate.uid}"
    assert "<html" not in answer.content.decode()


def test_text_says_beforehand_that_it_would_not_leave(client: Client, graduate: Graduate) -> None:
    Address.objects.filter(contacts__graduate=graduate).update(opted_out_at=clock.now())

    html = client.get(reverse("graduate_text", args=[graduate.uid])).content.decode()

    assert "It would not leave. This person asked for no more texts." in html


def test_text_without_a_number_to_send_from_says_so(client: Client, graduate: Graduate) -> None:
    Sender.objects.all().delete()

    answer = client.post(reverse("graduate_text", args=[graduate.uid]), {"body": "Hi"})

    assert answer.status_code == 422
    assert "number to text from" in answer.content.decode()


@pytest.mark.parametrize("wanted", ["https://example.com/", "//example.com/", "example"])
def test_forms_lead_nowhere_else(client: Client, graduate: Graduate, wanted: str) -> None:
    answer = client.post(
        reverse("graduate_text", args=[graduate.uid]), {"body": "Hi", "next": wanted}
    )

    assert answer.headers["Location"] == own_page(graduate)


def test_the_number_brings_the_outcomes_by_one_press(client: Client, graduate: Graduate) -> None:
    signal = build.signal(graduate=graduate)
    html = client.get(reverse("graduate_phone", args=[graduate.uid])).content.decode()

    outcomes = re.findall(r'type="submit" name="outcome" value="(\w+)"', html)
    signals = re.findall(r'name="signals" value="([^"]+)"', html)
    (planned_on,) = re.findall(r'name="next_on" value="([^"]+)"', html)
    client.post(
        reverse("outreach_note", args=[graduate.uid]),
        {"way": "call", "outcome": "planned", "signals": signals[0], "next_on": planned_on},
    )

    assert outcomes == ["reached", "no_answer", "wrong_number", "false_alarm", "referred"]
    assert signals == [str(signal.uid)] * 2
    made = graduate.outreach.get()
    assert (made.outcome, list(made.signals.all())) == ("planned", [signal])
    assert made.next_on == timezone.localdate(clock.now()) + timedelta(days=3)


def test_the_page_shows_what_is_asked_of_the_past(client: Client, graduate: Graduate) -> None:
    build.signal(graduate=graduate, reasons=[{"code": "plan_empty", "points": 0}])

    everything = client.get(own_page(graduate)).content.decode()
    texts = client.get(own_page(graduate), {"show": "texts"}).content.decode()
    nonsense = client.get(own_page(graduate), {"show": "purple"}).content.decode()

    found = ["Signal: silent" in html for html in (everything, texts, nonsense)]
    assert found == [True, False, True]
    assert "Nothing of this kind yet." in texts
