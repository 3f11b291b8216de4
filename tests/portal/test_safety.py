"""The pages of the safety lane in the browser."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aftercare import alarms, duty, safety
from aftercare.models import Alarm, AuditEntry, Duty, Graduate, Role
from notifications import clock
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def counselor(client: Client) -> Role:
    """A counselor who is logged in, with the safety lane of the program on."""
    role = build.role(program=build.program(), name="Dana Reyes")
    build.safety_lane(role=build.role(program=role.program, name="Ann First"))
    client.force_login(role.user)
    return role


@pytest.fixture
def alarm(counselor: Role) -> Alarm:
    return danger(build.graduate(program=counselor.program, counselor=counselor))


def danger(graduate: Graduate, *, pages: bool = True) -> Alarm:
    return alarms.open_danger(
        program=graduate.program,
        graduate=graduate,
        address=build.address_of(graduate),
        pages=pages,
        at=clock.now(),
    )


def html(client: Client, name: str, *args: object) -> str:
    return client.get(reverse(name, args=args)).content.decode()


def test_list_shows_what_is_open_its_clock_and_who_has_it(client: Client, alarm: Alarm) -> None:
    assert "Sam Rivers" in html(client, "safety")
    assert "The first page leaves:" in html(client, "safety")
    alarms.page_due(at=clock.now())
    assert "The next people are asked:" in html(client, "safety")

    client.post(reverse("safety_take", args=[alarm.uid]))

    assert "Dana Reyes has it." in html(client, "safety")
    alarm.refresh_from_db()
    assert (alarm.acknowledged_way, alarm.next_at) == ("web", None)


def test_nobody_can_overlook_that_nobody_is_paged(client: Client) -> None:
    lead = build.role(program=build.program(), kind=Role.Kind.LEAD)
    other = build.role(program=lead.program)
    pages = (("home",), ("safety",), ("program", lead.program.uid))
    title, link = "Nobody is paged in", reverse("program_safety", args=[lead.program.uid])

    client.force_login(other.user)
    assert title in html(client, "home")
    assert "Ask your lead to switch it on." in html(client, "safety")
    client.force_login(lead.user)
    told = [html(client, *where) for where in pages]
    build.safety_lane(role=other)

    assert [(title in page, f'<a href="{link}">Set up' in page) for page in told] == [
        (True, True)
    ] * 3
    assert [title in html(client, *where) for where in pages] == [False] * 3


def test_list_asks_the_same_questions_for_one_and_for_three(
    client: Client, counselor: Role, alarm: Alarm
) -> None:
    html(client, "safety")  # the first page of a session writes the session down
    counts = []
    for more in (0, 2):
        for _ in range(more):
            danger(build.graduate(program=counselor.program, counselor=counselor))
        with CaptureQueriesContext(connection) as queries:
            html(client, "safety")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_item_shows_number_and_words_and_the_look_is_recorded(
    client: Client, counselor: Role, alarm: Alarm
) -> None:
    assert alarm.graduate is not None
    build.reply(graduate=alarm.graduate, body="I <want> out", at=clock.now(), crisis=True, tier="A")

    page = html(client, "safety_item", alarm.uid)

    assert "I &lt;want&gt; out" in page
    assert f"tel:{build.address_of(alarm.graduate).value}" in page
    looked = AuditEntry.objects.get(verb="read", thing="alarm")
    assert (looked.thing_uid, looked.actor) == (alarm.uid, counselor.user)


def test_item_ends_with_what_was_done_and_texts_go_on_when_told(
    client: Client, alarm: Alarm
) -> None:
    address = reverse("safety_item", args=[alarm.uid])
    bare = client.post(address, {"outcome": "safe", "note": ""}).context["form"]
    assert bare.errors == {"note": ["Write down in a line or two what was done."]}
    assert "What was done</label>" in str(bare["note"].as_field_group())

    client.post(address, {"outcome": "safe", "note": "Sister is with him."})

    alarm.refresh_from_db()
    assert (alarm.outcome, alarm.note) == ("safe", "Sister is with him.")
    assert alarm.closed_at is not None
    assert "Let texts go on" in html(client, "safety")
    client.post(reverse("safety_resume", args=[alarm.uid]))
    assert "Nothing urgent" in html(client, "safety")


def test_a_false_alarm_needs_no_words(client: Client, alarm: Alarm) -> None:
    client.post(reverse("safety_item", args=[alarm.uid]), {"outcome": "false_alarm"})

    alarm.refresh_from_db()
    assert (alarm.outcome, alarm.note) == ("false_alarm", "")


def test_danger_stands_before_a_wish_for_a_call(client: Client, counselor: Role) -> None:
    graduate = build.graduate(program=counselor.program, counselor=counselor)
    safety.ask_for_call(graduate=graduate, at=clock.now() - timedelta(hours=1))
    danger(graduate)

    items = client.get(reverse("safety")).context["items"]

    assert [item.cause for item in items] == ["danger", "support"]


def test_who_is_on_the_list_sees_people_of_other_caseloads(client: Client, alarm: Alarm) -> None:
    first = Duty.objects.get(is_on_call=True)
    stranger = build.role(program=alarm.program)

    client.force_login(first.user)
    assert client.get(reverse("safety_item", args=[alarm.uid])).status_code == 200
    client.force_login(stranger.user)
    assert client.get(reverse("safety_item", args=[alarm.uid])).status_code == 404


def test_lead_settles_what_is_missing_and_switches_on(client: Client) -> None:
    lead = build.role(program=build.program(), kind=Role.Kind.LEAD, name="Lee Lead")
    client.force_login(lead.user)
    page = html(client, "program_safety", lead.program.uid)
    assert "Nobody is on call." in page
    assert "Switch paging on" not in page

    address = reverse("program_safety", args=[lead.program.uid])
    client.post(address, {"role": str(lead.uid), "phone": "215 555 0166"})
    row = Duty.objects.get()
    assert row.phone.value == "+12155550166"
    client.post(reverse("program_safety_switch", args=[lead.program.uid]))
    assert not duty.is_on(program=lead.program)
    duty.pass_test(row=row, code=row.code, at=clock.now())
    client.post(reverse("program_safety_approve", args=[lead.program.uid]))
    waiting = danger(build.graduate(program=lead.program))
    client.post(reverse("program_safety_switch", args=[lead.program.uid]))

    assert duty.is_on(program=lead.program)
    waiting.refresh_from_db()
    assert waiting.next_at is not None
    assert alarms.page_due(at=clock.now() + timedelta(seconds=1)) == 1
    for name in ("duty_test", "duty_on_call", "duty_end"):
        client.post(reverse(name, args=[lead.program.uid, row.uid]))
    row.refresh_from_db()
    assert row.until is not None


def test_a_number_is_put_on_file_from_the_inbox(client: Client, counselor: Role) -> None:
    graduate = build.graduate(program=counselor.program, counselor=counselor)
    text = build.stranger(graduate=graduate, at=clock.now())
    address = reverse("inbox_whose", args=[text.uid])
    assert address in html(client, "inbox")

    refused = client.post(address, {"graduate": str(graduate.uid)})
    assert refused.status_code == 422
    client.post(address, {"graduate": str(graduate.uid), "is_heard": "on"})

    numbers = graduate.contacts.filter(until__isnull=True)
    assert [row.address for row in numbers] == [text.inbound.address]
