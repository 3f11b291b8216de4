"""A text from a graduate, from the provider's request to the counselor's list; silence goes the same way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from twilio.request_validator import RequestValidator

from aftercare import access, caseload, inbox, jobs
from aftercare.models import CheckIn, DisengagementSignal, Expectation, Graduate, Reply, Role
from notifications import clock
from notifications.kinds import Kind
from notifications.models import InboundMessage, Message
from notifications.transports.memory import MEMORY, Memory
from tests import build

pytestmark = pytest.mark.django_db

TOKEN = "made-up-token"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def own_place(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    settings.TWILIO_AUTH_TOKEN = TOKEN


@pytest.fixture(autouse=True)
def provider() -> Iterator[Memory]:
    MEMORY.clear()
    yield MEMORY
    MEMORY.clear()


@pytest.fixture
def counselor() -> Role:
    return build.role(program=build.program())


@pytest.fixture
def graduate(counselor: Role) -> Graduate:
    return build.graduate(
        program=counselor.program, counselor=counselor, graduated_on=clock.now().date() - 30 * DAY
    )


def post(
    client: Client, settings: Settings, graduate: Graduate, body: str, sid: str = "SM1"
) -> str:
    """The provider hands us a text; returns what we say back in the same breath."""
    facts = {
        "MessageSid": sid,
        "From": build.address_of(graduate).value,
        "To": build.sender_of(graduate).number,
        "Body": body,
        "NumMedia": "0",
    }
    path = reverse("sms_inbound")
    signature = RequestValidator(TOKEN).compute_signature(settings.PUBLIC_URL + path, facts)
    answer = client.post(path, facts, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200
    return "".join(ElementTree.fromstring(answer.content).itertext())  # noqa: S314 - our own words


def rows(counselor: Role, at: datetime) -> list[tuple[str, str]]:
    """The counselor's list: who, and how pressing."""
    standing = access.roles_of(user=counselor.user, at=at)
    listing = caseload.rows(standing=standing, at=at, filters=caseload.Filters())
    return [(row.name, row.band) for row in listing.rows]


def test_an_answer_goes_from_the_phone_to_the_record(
    client: Client, settings: Settings, graduate: Graduate, provider: Memory
) -> None:
    now = clock.now()
    row = build.check_in(graduate=graduate, opens_at=now - HOUR, questions=("rough", "sure"))

    assert post(client, settings, graduate, "4") == ""
    counts = jobs.tick(at=now + MINUTE)

    assert (counts["inbound"], counts["sent"]) == (1, 1)
    assert row.answers.get().content == {"value": 4}
    assert Expectation.objects.get(check_in=row).outcome == Expectation.Outcome.KEPT
    assert "How sure are you about the week ahead" in provider.sent[0].body

    post(client, settings, graduate, "8", sid="SM2")
    jobs.tick(at=now + 2 * MINUTE)
    row.refresh_from_db()
    assert row.state == CheckIn.State.ANSWERED


def test_the_same_request_fifty_times_has_one_effect(
    client: Client, settings: Settings, graduate: Graduate, provider: Memory
) -> None:
    now = clock.now()
    build.check_in(graduate=graduate, opens_at=now - HOUR, questions=("rough", "sure"))

    for _ in range(50):
        post(client, settings, graduate, "4")
    jobs.tick(at=now + MINUTE)

    assert InboundMessage.objects.count() == Reply.objects.count() == len(provider.sent) == 1


def test_danger_is_answered_in_the_request_and_stands_first_on_the_list(
    client: Client, settings: Settings, graduate: Graduate, counselor: Role, provider: Memory
) -> None:
    other = build.graduate(program=counselor.program, counselor=counselor, first_name="Ada")
    now = clock.now()

    said = post(client, settings, graduate, "i dont want to live anymore")

    assert said == counselor.program.crisis_texts["en"]
    assert rows(counselor, now + MINUTE)[0] == (graduate.name, "urgent")
    assert other.name in [name for name, _ in rows(counselor, now + MINUTE)]
    standing = access.roles_of(user=counselor.user, at=now + MINUTE)
    assert inbox.read(standing=standing, at=now + MINUTE).waiting[0].is_crisis
    jobs.tick(at=now + MINUTE)
    assert not any("How" in parcel.body for parcel in provider.sent)


def test_a_wish_for_a_call_stands_on_the_list_with_a_time_to_answer_by(
    client: Client, settings: Settings, graduate: Graduate, counselor: Role, provider: Memory
) -> None:
    now = clock.now()

    post(client, settings, graduate, "CALL")
    jobs.tick(at=now + MINUTE)

    assert rows(counselor, now + MINUTE)[0] == (graduate.name, "urgent")
    signal = DisengagementSignal.objects.get(kind="need_support")
    assert signal.answer_by is not None
    assert provider.sent[0].body.startswith("Thank you for reaching out.")


def test_what_is_not_understood_waits_in_the_inbox_until_a_person_marks_it(
    client: Client, settings: Settings, graduate: Graduate, counselor: Role
) -> None:
    now = clock.now()
    post(client, settings, graduate, "can we move my tuesday? my shift changed")
    jobs.tick(at=now + MINUTE)
    standing = access.roles_of(user=counselor.user, at=now + MINUTE)

    (waiting,) = inbox.read(standing=standing, at=now + MINUTE).waiting
    assert (waiting.name, waiting.body) == (
        graduate.name,
        "can we move my tuesday? my shift changed",
    )

    inbox.mark_read(standing=standing, replies=[waiting.uid], at=now + MINUTE)
    assert inbox.read(standing=standing, at=now + MINUTE).waiting == ()


def test_an_opt_out_ends_texts_and_tells_the_counselor(
    client: Client, settings: Settings, graduate: Graduate, counselor: Role, provider: Memory
) -> None:
    now = clock.now()
    build.check_in(graduate=graduate, opens_at=now, state=CheckIn.State.PLANNED, questions=())

    post(client, settings, graduate, "please stop texting me")
    jobs.tick(at=now + MINUTE)

    assert DisengagementSignal.objects.filter(kind="opted_out", graduate=graduate).exists()
    assert provider.sent == []
    assert Message.objects.filter(kind=Kind.CHECK_IN).count() == 0


def test_silence_takes_the_same_road_to_the_counselor(
    graduate: Graduate, counselor: Role, provider: Memory
) -> None:
    # Three weeks from a Monday morning; the phone delivers, and nobody answers.
    start = datetime(2026, 3, 9, 13, 0, tzinfo=UTC)
    Graduate.objects.filter(pk=graduate.pk).update(
        joined_at=start, graduated_on=start.date(), assess_at=start
    )
    at = start
    while at < start + 21 * DAY:
        jobs.tick(at=at)
        at += 3 * HOUR

    check_ins = CheckIn.objects.exclude(state=CheckIn.State.PLANNED).order_by("opens_at")
    assert [row.state for row in check_ins][:2] == [CheckIn.State.MISSED] * 2
    texts = Message.objects.exclude(kind__in=[Kind.REPLY, Kind.CARING]).order_by("queued_at")
    assert [text.kind for text in texts][:4] == [Kind.CHECK_IN, Kind.NUDGE] * 2
    assert rows(counselor, at)[0] == (graduate.name, "reach_out")
    signal = DisengagementSignal.objects.get(kind="missed_check_ins")
    # Watched with the first tick after the first one closed, for little is known yet.
    assert timedelta() <= signal.opened_at - check_ins[0].closes_at < 3 * HOUR


def test_an_answer_after_the_silence_eases_the_signal(graduate: Graduate, counselor: Role) -> None:
    start = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
    Graduate.objects.filter(pk=graduate.pk).update(graduated_on=start.date(), assess_at=start)
    for weeks in (2, 1):
        row = build.check_in(
            graduate=graduate,
            opens_at=start - 7 * weeks * DAY,
            questions=("rough",),
            state=CheckIn.State.MISSED,
        )
    jobs.tick(at=start)
    assert DisengagementSignal.objects.filter(kind="missed_check_ins", state="open").exists()

    build.inbound(
        sender=build.sender_of(graduate),
        address=build.address_of(graduate),
        body="3",
        at=start + HOUR,
    )
    counts = jobs.tick(at=start + HOUR)

    assert row.answers.get().content == {"value": 3}
    assert counts["closed"] >= 1
    assert not DisengagementSignal.objects.filter(kind="missed_check_ins", state="open").exists()
