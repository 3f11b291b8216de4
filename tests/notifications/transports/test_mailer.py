import smtplib
import uuid
from dataclasses import replace

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from pytest_django import Settings

from notifications import delivery, outbox
from notifications.kinds import Kind
from notifications.models import Message, Sender
from notifications.transports import of_channel
from notifications.transports.base import Parcel, TransportError
from notifications.transports.outcomes import Outcome
from tests import build
from tests.notifications.person import NOON

PARCEL = Parcel(
    to="sam@example.org",
    body="Your link\n\nOpen it within three days.\n",
    number="",
    messaging_service="",
    attempt_uid=uuid.UUID("8c0d1d2e-6f0c-4a9e-9d0a-3c1b2a4f5e6d"),
)


class Broken(EmailBackend):
    """A mail server that raises what a test puts here."""

    error: Exception = smtplib.SMTPException()

    def send_messages(self, messages: object) -> int:
        raise self.error


def test_send_takes_the_first_line_for_the_subject(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Portal <portal@example.org>"

    receipt = of_channel("email").send(PARCEL)

    (sent,) = mail.outbox
    assert (sent.subject, sent.body) == ("Your link", "Open it within three days.\n")
    assert (sent.to, sent.from_email) == (["sam@example.org"], "Portal <portal@example.org>")
    assert receipt.provider_id == f"<{PARCEL.attempt_uid.hex}@example.org>"
    assert sent.message()["Message-ID"] == receipt.provider_id


@pytest.mark.parametrize(
    ("origin", "pressed"),
    [("https://example.org", "List-Unsubscribe=One-Click"), ("http://localhost:8000", None)],
)
def test_the_link_in_a_foot_stands_in_the_head_for_mail_programs(
    settings: Settings, origin: str, pressed: str | None
) -> None:
    settings.PUBLIC_URL = origin
    link = f"{origin}/unsubscribe/abc:def/"
    bodies = {
        f"Yoga\n\nAt 5 PM\n\n--\nTo get no more mails like this, open: {link}\n": f"<{link}>",
        f"Yoga\n\nAt 5 PM {link}\n": None,
        "Yoga\n\nAt 5 PM\n\n--\nMore: https://elsewhere.example/unsubscribe/\n": None,
    }
    for body in bodies:
        of_channel("email").send(replace(PARCEL, body=body))

    heads = [one.message() for one in mail.outbox]
    assert [head["List-Unsubscribe"] for head in heads] == list(bodies.values())
    assert [head["List-Unsubscribe-Post"] for head in heads] == [pressed, None, None]


def test_send_from_the_program_s_own_mailbox() -> None:
    of_channel("email").send(replace(PARCEL, number="harbor@example.org"))

    assert mail.outbox[0].from_email == "harbor@example.org"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ConnectionRefusedError(), Outcome.NOT_PROCESSED),
        (smtplib.SMTPConnectError(421, b"busy"), Outcome.NOT_PROCESSED),
        (smtplib.SMTPAuthenticationError(535, b"no"), Outcome.ACCOUNT),
        (smtplib.SMTPRecipientsRefused({"a": (550, b"unknown")}), Outcome.NUMBER),
        (smtplib.SMTPRecipientsRefused({"a": (450, b"later")}), Outcome.NOT_PROCESSED),
        (smtplib.SMTPDataError(554, b"spam"), Outcome.REFUSED),
        (smtplib.SMTPDataError(451, b"later"), Outcome.NOT_PROCESSED),
        (smtplib.SMTPServerDisconnected(), Outcome.AMBIGUOUS),
        (TimeoutError(), Outcome.AMBIGUOUS),
    ],
)
def test_send_tells_what_a_mail_server_means(
    settings: Settings, error: Exception, outcome: Outcome
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    Broken.error = error

    with pytest.raises(TransportError) as raised:
        of_channel("email").send(PARCEL)

    assert raised.value.outcome is outcome


@pytest.mark.django_db
def test_deliver_due_sends_mails_beside_texts() -> None:
    program = build.program()
    mailbox = Sender.objects.create(program=program, channel=Sender.Channel.EMAIL)
    outbox.queue(
        sender=mailbox,
        address=build.address(value="sam@example.org", channel="email", confirmed_at=None),
        body="Your link\n\nOpen it.",
        key="mail:1",
        kind=Kind.CODE,
        not_before=NOON,
    )

    delivery.deliver_due(at=NOON)

    assert [sent.to for sent in mail.outbox] == [["sam@example.org"]]
    assert Message.objects.get().state == Message.State.SENT
