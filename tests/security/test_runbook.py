"""The steps of docs/security.md, "On a bad day", each played as it stands there."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as portal_settings
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from aftercare.directory import importing
from aftercare.models import AuditEntry, ImportRun, Meeting, Role
from notifications import clock, delivery
from notifications.kinds import Kind
from notifications.models import Message
from tests import build
from tests.feeds import AT, feed, guide, rows
from tests.house.test_deploy import check_deploy
from tests.notifications.person import NOON, Person
from tests.portal.provider import PUBLIC, a_text, post

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
PAGE = Path(portal_settings.BASE_DIR) / "docs" / "security.md"


@pytest.fixture
def lead() -> Role:
    return build.role(program=build.program(), kind=Role.Kind.LEAD)


def entered(role: Role) -> Client:
    client = Client()
    client.force_login(role.user)
    return client


def test_each_step_of_the_page_is_played_here() -> None:
    named = re.findall(r"^\| (R\d) \|.*`(test_runbook_r\d)` \|$", PAGE.read_text(), re.MULTILINE)
    played = sorted(name[:15] for name in globals() if name.startswith("test_runbook_r"))
    assert [test for _, test in named] == played
    assert [step.lower() for step, _ in named] == [test[-2:] for test in played]


def test_runbook_r1_staff_are_out_with_their_next_request(lead: Role) -> None:
    counselor = build.role(program=lead.program)
    theirs, mine = entered(counselor), entered(lead)
    assert theirs.get("/caseload/").status_code == 200

    mine.post(reverse("program_end_role", args=[lead.program.uid, counselor.uid]))

    # Either the session has ended, or nothing is there for them any more.
    after = theirs.get("/caseload/")
    assert (after.status_code, after.headers.get("Location", "")[:16]) in (
        (404, ""),
        (302, "/accounts/login/"),
    )
    assert mine.get("/caseload/").status_code == 200


def test_runbook_r2_a_token_is_changed_without_losing_a_text(settings: Settings) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = PUBLIC, ["portal.example.org"]
    person = Person()

    def answers(*, new: str, old: str) -> tuple[int, int]:
        settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_PREVIOUS = new, old
        return (
            post("/sms/inbound", a_text(person), token="leaked").status_code,
            post("/sms/inbound", a_text(person), token="fresh").status_code,
        )

    assert answers(new="leaked", old="") == (200, 403)
    assert answers(new="fresh", old="leaked") == (200, 200)
    assert answers(new="fresh", old="") == (403, 200)


def test_runbook_r3_a_new_secret_ends_every_session(lead: Role, settings: Settings) -> None:
    client = entered(lead)
    assert client.get("/caseload/").status_code == 200

    settings.SECRET_KEY = "another-made-up-secret-that-is-long-enough-to-be-one"

    assert client.get("/caseload/").headers["Location"].startswith("/accounts/login/")


def test_runbook_r4_texts_of_a_program_stop_but_for_danger(lead: Role) -> None:
    person = Person(program=lead.program)
    reminder, danger = person.queue(Kind.REMINDER), person.queue(Kind.CRISIS)
    client = entered(lead)
    page = client.get(reverse("program", args=[lead.program.uid])).context["form"]
    values = {
        name: value
        for bound in page
        if (value := bound.value()) not in (None, False) and (name := bound.html_name)
    }
    assert values.pop("texting_on") is True

    done = client.post(reverse("program", args=[lead.program.uid]), values)
    delivery.deliver_due(at=NOON)

    assert done.status_code == 302, done.context["form"].errors
    states = dict(Message.objects.values_list("pk", "state"))
    assert states[danger.pk] == Message.State.SENT
    assert states[reminder.pk] not in (Message.State.SENT, Message.State.DELIVERED)


def test_runbook_r5_an_import_that_is_turned_down_leaves_the_listing(lead: Role) -> None:
    source = feed()
    importing.apply(feed=source, body=guide(*rows(10)), at=AT)
    importing.apply(feed=source, body=guide(*rows(2)), at=AT + timedelta(hours=1))
    run = ImportRun.objects.latest("pk")

    entered(lead).post(reverse("feed_decide", args=[run.uid]), {"deed": "reject"})

    assert Meeting.objects.filter(active=True).count() == 10
    entered(lead).get("/feeds/")


def test_runbook_r6_each_unsafe_setting_is_named(lead: Role) -> None:
    answer = check_deploy(FEEDS_ALLOW_PRIVATE="1", METRICS_TOKEN="short")

    assert answer.returncode == 1
    assert [name in answer.stderr for name in ("portal.W205", "portal.W211", "HINT")] == [True] * 3


def test_runbook_r7_who_looked_stands_on_record(lead: Role) -> None:
    graduate = build.graduate(program=lead.program)

    entered(lead).get(reverse("graduate", args=[graduate.uid]))

    (entry,) = AuditEntry.objects.filter(graduate_uid=graduate.uid)
    assert (entry.actor, entry.role, entry.verb) == (lead.user, "lead", AuditEntry.Verb.READ)
    assert abs(entry.at - clock.now()) < timedelta(minutes=5)
