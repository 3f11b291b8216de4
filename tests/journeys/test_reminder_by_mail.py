"""Somebody without texts: the choice on the web, the plan, and the mail that reminds of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from aftercare import jobs, mail_links, phones, plan
from aftercare.drafts import CommitmentDraft
from aftercare.models import Commitment, Graduate, Reminder
from aftercare.record import PORTAL
from notifications import consent
from notifications.kinds import Scope
from notifications.models import ConsentEvent, Message, Sender
from notifications.transports.memory import MEMORY
from tests import build

pytestmark = pytest.mark.django_db

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
DUE = datetime(2026, 3, 10, 21, 0, tzinfo=UTC)
MAILBOX = "sam@example.org"


@pytest.fixture(autouse=True)
def _own_locks(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.VAR_DIR = tmp_path
    MEMORY.clear()
    yield
    MEMORY.clear()


def somebody(*, with_phone: bool) -> Graduate:
    return build.graduate(user=build.user(email=MAILBOX), with_phone=with_phone)


def choose(client: Client, graduate: Graduate, **answers: str) -> None:
    assert graduate.user is not None
    client.force_login(graduate.user)
    assert client.post(reverse("me_mail"), answers).status_code == 302


def plan_a_meeting(graduate: Graduate) -> None:
    plan.add(
        graduate=graduate,
        draft=CommitmentDraft(
            kind=Commitment.Kind.SUPPORT_MEETING,
            title="Tuesday Lantern",
            weekdays=(1,),
            start_time=time(19),
            time_zone=build.NEW_YORK,
            starts_on=AT.date(),
            remind_minutes=120,
        ),
        actor=PORTAL,
        at=AT,
    )


def test_a_reminder_comes_by_mail_where_there_is_no_phone(client: Client) -> None:
    graduate = somebody(with_phone=False)
    choose(client, graduate, mail="on")
    plan_a_meeting(graduate)

    jobs.tick(at=DUE - timedelta(seconds=1))
    assert mail.outbox == []
    jobs.tick(at=DUE)
    jobs.tick(at=DUE)

    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([MAILBOX], "Harbor")
    message = Message.objects.get()
    end = mail_links.link_of(address=message.address)
    assert sent.body == (
        "Reminder: your 7:00 PM, today. Wishing you well, Harbor\n\n"
        f"--\nTo get no more mails like this, open: {end}\n"
    )
    assert (message.state, message.sender.channel) == (Message.State.SENT, Sender.Channel.EMAIL)
    assert Reminder.objects.get(message=message).state == Reminder.State.QUEUED
    assert MEMORY.sent == []


def test_a_reminder_comes_by_text_where_it_can(client: Client) -> None:
    graduate = somebody(with_phone=True)
    choose(client, graduate, mail="on")
    plan_a_meeting(graduate)

    jobs.tick(at=DUE)

    assert mail.outbox == []
    assert "Reminder: your 7:00 PM, today." in MEMORY.sent[-1].body


def test_a_reminder_comes_by_mail_after_a_stop(client: Client) -> None:
    graduate = somebody(with_phone=True)
    choose(client, graduate, mail="on")
    plan_a_meeting(graduate)
    phone = phones.contact_of(graduate=graduate)
    assert phone is not None
    consent.revoke(address=phone.address, source=ConsentEvent.Source.TEXT, at=AT)

    jobs.tick(at=DUE)

    assert [sent.to for sent in mail.outbox] == [[MAILBOX]]
    assert MEMORY.sent == []


def test_no_mail_comes_to_whom_has_not_asked_for_it(client: Client) -> None:
    graduate = somebody(with_phone=False)
    plan_a_meeting(graduate)

    jobs.tick(at=DUE)

    assert mail.outbox == []
    assert Reminder.objects.get(due_at=DUE).reason == "no_phone"


def test_the_choice_is_shown_and_can_be_taken_back(client: Client) -> None:
    graduate = somebody(with_phone=False)
    choose(client, graduate, mail="on")
    box = phones.mailbox_of(graduate=graduate)
    assert box is not None
    assert consent.scopes(address=box.address, program=graduate.program) == {Scope.REMINDERS}
    assert 'name="mail"' in client.get(reverse("me")).content.decode()
    plan_a_meeting(graduate)

    choose(client, graduate)
    jobs.tick(at=DUE)

    assert consent.scopes(address=box.address, program=graduate.program) == frozenset()
    assert mail.outbox == []


def test_a_log_in_without_a_mailbox_is_offered_none(client: Client) -> None:
    graduate = build.graduate(user=build.user())
    assert graduate.user is not None
    graduate.user.email = None
    graduate.user.save()
    choose(client, graduate, mail="on")

    assert 'name="mail"' not in client.get(reverse("me")).content.decode()
    assert phones.mailbox_of(graduate=graduate) is None
