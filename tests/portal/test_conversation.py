"""The conversation in the browser: what staff write, who answers, and the graduate's own page."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from aftercare import writing
from aftercare.engagement import watch
from aftercare.models import (
    Answer,
    CheckIn,
    DisengagementSignal,
    Graduate,
    Reply,
    Role,
    Takeover,
)
from notifications import clock
from notifications.kinds import Kind
from notifications.models import Message
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def counselor(client: Client) -> Role:
    """A counselor who is logged in."""
    role = build.role(program=build.program(), name="Dana Reyes")
    client.force_login(role.user)
    return role


@pytest.fixture
def graduate(counselor: Role) -> Graduate:
    return build.graduate(program=counselor.program, counselor=counselor)


@pytest.fixture
def sam(client: Client) -> Graduate:
    """A graduate who is logged in."""
    program = build.program()
    found = build.graduate(
        program=program, counselor=build.role(program=program), user=build.user(name="Sam Rivers")
    )
    assert found.user is not None
    client.force_login(found.user)
    return found


def send(client: Client, graduate: Graduate, **fields: str) -> tuple[int, str]:
    answer = client.post(reverse("graduate_text", args=[graduate.uid]), fields)
    return answer.status_code, answer.content.decode()


def sent() -> list[str]:
    return [row.body for row in Message.objects.filter(kind=Kind.PERSONAL)]


def test_ready_words_fill_the_box_and_send_nothing(client: Client, graduate: Graduate) -> None:
    status, html = send(client, graduate, use="call", body="")

    assert (status, sent()) == (200, [])
    assert "Hi Sam, it is Dana. Please call me when you have a moment: (215) 555-0142" in html


def test_a_look_counts_and_shows_the_locked_phone_without_scripts(
    client: Client, graduate: Graduate
) -> None:
    status, html = send(client, graduate, look="1", body="Hi {name}")

    assert (status, sent()) == (200, [])
    assert "1 text, room for 154 more characters." in html
    assert '<p class="said said-text">Hi Sam</p>' in html


def test_words_that_tell_go_only_when_that_is_wanted(client: Client, graduate: Graduate) -> None:
    status, html = send(client, graduate, body="How was the meeting?")

    assert (status, sent()) == (422, [])
    assert "“meeting” may tell a stranger what Sam keeps private." in html
    assert 'name="use" value="call"' in html
    assert send(client, graduate, body="How was the meeting?", sure="1")[0] == 302
    assert sent() == ["How was the meeting?"]


def test_placeholders_are_filled_in_and_none_is_left(client: Client, graduate: Graduate) -> None:
    assert send(client, graduate, body="Hi {nam}", sure="1")[0] == 422
    send(client, graduate, body="Hi {name}, {me} here")

    assert sent() == ["Hi Sam, Dana here"]


def test_a_draft_waits_until_it_is_sent(
    client: Client, graduate: Graduate, counselor: Role
) -> None:
    page = reverse("graduate_text", args=[graduate.uid])
    client.post(page, {"keep": "1", "body": "Hi Sa"})
    assert "Hi Sa</textarea>" in client.get(page).content.decode()

    counted = client.post(
        reverse("graduate_draft", args=[graduate.uid]), {"body": "Hi Sam, sober?"}
    )
    assert "1 text, room for 146 more characters." in counted.content.decode()
    assert "“sober” may tell" in counted.content.decode()
    assert writing.begun(graduate=graduate, author=counselor.user) == "Hi Sam, sober?"

    send(client, graduate, body="Hi Sam")
    assert "Hi Sam</textarea>" not in client.get(page).content.decode()


def test_somebody_takes_over_and_hands_back(client: Client, graduate: Graduate) -> None:
    lead = build.role(program=graduate.program, kind=Role.Kind.LEAD, name="Ana Ruiz")
    client.force_login(lead.user)
    page = reverse("graduate", args=[graduate.uid])
    assert "Dana Reyes answers" in client.get(page).content.decode()

    client.post(reverse("graduate_take_over", args=[graduate.uid]))
    assert "Ana Ruiz took over" in client.get(page).content.decode()
    client.post(reverse("graduate_hand_back", args=[graduate.uid]))

    assert "Dana Reyes answers" in client.get(page).content.decode()
    assert Takeover.objects.get().until is not None


def test_what_they_say_about_calls_is_written_down(client: Client, graduate: Graduate) -> None:
    page = reverse("graduate_card", args=[graduate.uid])
    answer = client.post(
        page, {"language": "es", "best_times": "after 5", "voicemail": "no", "shared": "on"}
    )

    graduate.refresh_from_db()
    assert answer.headers["Location"] == reverse("graduate", args=[graduate.uid])
    assert (graduate.contact_card["best_times"], graduate.language) == ("after 5", "es")
    assert graduate.card_asked_at is not None
    assert graduate.contacts.get().shared
    assert 'value="after 5"' in client.get(page).content.decode()


# The graduate's own page


def write(client: Client, body: str, **fields: str) -> str:
    """Write on the page, and see it again."""
    answer = client.post(reverse("conversation"), {"body": body, **fields}, follow=True)
    return answer.content.decode()


def test_own_page_shows_both_sides_and_nothing_for_staff_alone(
    client: Client, sam: Graduate
) -> None:
    build.message(graduate=sam, body="How are you?", at=clock.now())
    message = build.message(graduate=sam, body="Call me", state=Message.State.FAILED)
    build.reply(graduate=sam, body="Fine, thanks", at=clock.now())

    html = client.get(reverse("conversation")).content.decode()

    assert [words in html for words in ("How are you?", "Call me", "Fine, thanks")] == [True] * 3
    assert "Did not reach your phone" in html
    assert str(message.uid) not in html
    assert "Dana Reyes reads these." in html


def test_what_is_written_on_the_page_waits_for_a_person(client: Client, sam: Graduate) -> None:
    once = str(uuid.uuid4())
    for _ in range(2):
        html = write(client, "Can we move <Tuesday>?", _once=once)

    reply = Reply.objects.get()
    assert (reply.graduate, reply.kind, reply.needs_person) == (sam, Reply.Kind.NOTE, True)
    assert reply.inbound.body == "Can we move <Tuesday>?"
    assert "Can we move &lt;Tuesday&gt;?" in html
    assert html.count("A person reads this in office hours. To be phoned") == 1
    assert not Message.objects.exists()


def test_a_check_in_goes_on_where_it_is_answered(client: Client, sam: Graduate) -> None:
    build.check_in(graduate=sam, opens_at=clock.now(), questions=("rough", "sure"))

    html = write(client, "4 i guess")
    write(client, "8")

    kept = {one.question: one.content["value"] for one in Answer.objects.all()}
    assert kept == {"rough": 4, "sure": 8}
    assert "How sure are you about the week ahead" in html


def test_danger_on_the_page_is_answered_there_and_laid_before_staff(
    client: Client, sam: Graduate
) -> None:
    html = write(client, "I want to kill myself")

    assert "You matter. Call or text 988 now" in html
    assert DisengagementSignal.objects.get().kind == "safety"
    assert Reply.objects.get().crisis


def test_a_wish_for_a_call_on_the_page_is_urgent(client: Client, sam: Graduate) -> None:
    html = write(client, "please call me")

    assert "Thank you for reaching out." in html
    assert DisengagementSignal.objects.get().kind == "need_support"
    assert not Message.objects.exists()


def test_words_that_fit_the_reason_stand_in_the_box_until_others_are_kept(
    client: Client, graduate: Graduate, counselor: Role
) -> None:
    build.signal(graduate=graduate)
    address = reverse("graduate_text", args=[graduate.uid])

    first = client.get(address).content.decode()
    client.post(reverse("graduate_draft", args=[graduate.uid]), {"body": "My own words"})
    then = client.get(address).content.decode()

    suggested = "I have not heard from you for a bit, and I am thinking of you."
    assert [suggested in html for html in (first, then)] == [True, False]
    assert "Words to begin with: Thinking of you." in first
    assert "My own words" in then


def test_a_draft_that_comes_after_its_text_is_no_draft(
    client: Client, graduate: Graduate, counselor: Role
) -> None:
    key = str(uuid.uuid4())
    send(client, graduate, body="Hello", _once=key)

    client.post(reverse("graduate_draft", args=[graduate.uid]), {"body": "Hello", "_once": key})

    assert sent() == ["Hello"]
    assert writing.begun(graduate=graduate, author=counselor.user) == ""


def test_a_text_rests_what_may_wait_for_its_answer(client: Client, graduate: Graduate) -> None:
    kinds, urgent = DisengagementSignal.Kind, DisengagementSignal.Kind.NEED_SUPPORT
    for days in (13, 6):
        opened_at = clock.now() - timedelta(days=days)
        build.check_in(graduate=graduate, opens_at=opened_at, state=CheckIn.State.MISSED)
    watch.reassess(graduate=graduate, at=clock.now())
    signal = graduate.signals.get(kind=kinds.MISSED_CHECK_INS)
    build.signal(graduate=graduate, kind=urgent, band=DisengagementSignal.Band.URGENT)

    send(client, graduate, body="Hello", rest="1")

    signal.refresh_from_db()
    made = graduate.outreach.get()
    assert (sent(), signal.state) == (["Hello"], DisengagementSignal.State.SNOOZED)
    assert (made.way, made.outcome, signal in made.signals.all()) == ("text", "planned", True)
    assert graduate.signals.get(kind=urgent).state == DisengagementSignal.State.OPEN
