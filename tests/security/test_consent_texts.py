"""Enough texts and mails: said in any words, by any door, obeyed at once, and not forgotten."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core import mail as django_mail
from django.test import Client
from django.urls import reverse

from aftercare import leaving, mail, mail_links, optouts, phones, replies, texts
from aftercare.models import Graduate, Role
from aftercare.record import PORTAL, Actor
from notifications import addresses, consent, delivery
from notifications.kinds import Kind, Scope
from notifications.models import Address, ConsentEvent, Message
from notifications.transports.base import Parcel
from notifications.transports.mailer import compose
from tests import build

pytestmark = pytest.mark.django_db

Figure = Callable[[str], None]
# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
SAID = (
    "STOP",
    "unsubscribe",
    "please stop texting me",
    "Stop sending me messages!",
    "I don't want any more texts",
    "take me off your list",
    "por favor no me manden más mensajes",
    "ya no quiero recibir mensajes",
    "dejen de escribirme",
    "alto",
)


def waiting(graduate: Graduate) -> Message:
    """A text that would leave now."""
    contact = phones.contact_of(graduate=graduate)
    assert contact is not None
    contact.graduate = graduate
    return texts.queue(
        contact=contact, body="Thinking of you.", key=f"t:{graduate.uid}", kind=Kind.PERSONAL, at=AT
    )


def by_text(graduate: Graduate, body: str) -> None:
    replies.receive(
        to=build.sender_of(graduate).number,
        sender=build.address_of(graduate).value,
        body=body,
        provider_id=f"SM{graduate.pk}",
        at=AT,
    )


def on_a_page(graduate: Graduate, body: str) -> None:
    replies.write(graduate=graduate, body=body, key=f"page{graduate.pk}", at=AT)


def test_cons_06_an_opt_out_is_obeyed_at_once_in_any_words_and_by_any_door(
    figure: Figure, client: Client
) -> None:
    counselor = build.role(program=build.program())

    def somebody() -> tuple[Graduate, Message]:
        graduate = build.graduate(program=counselor.program, counselor=counselor, user=build.user())
        return graduate, waiting(graduate)

    def press(user: object, address: str) -> None:
        client.force_login(user)  # type: ignore[arg-type]
        client.post(address)

    doors: list[tuple[str, Callable[[Graduate], None]]] = [
        *((body, lambda g, b=body: by_text(g, b)) for body in SAID),
        *((body, lambda g, b=body: on_a_page(g, b)) for body in SAID),
        ("the button", lambda g: press(g.user, reverse("me_stop"))),
        ("a counselor", lambda g: press(counselor.user, reverse("graduate_stop", args=[g.uid]))),
    ]
    kept = {}
    for name, say in doors:
        graduate, message = somebody()
        say(graduate)
        message.refresh_from_db()
        phone = Address.objects.get(contacts__graduate=graduate, channel="sms")
        if message.state != Message.State.CANCELLED or phone.opted_out_at is None:
            kept[name] = (message.state, phone.opted_out_at)
    neighbour, message = somebody()
    by_text(neighbour, "I can't stop thinking about it")
    assert kept == {}
    message.refresh_from_db()
    assert message.state == Message.State.DUE
    figure(f"{len(doors)} of {len(doors)} ways to say no, by text, page and staff, obeyed at once")


def test_cons_06_each_mail_but_those_of_log_in_carries_a_link_that_ends_them(
    client: Client,
) -> None:
    graduate = build.graduate(user=build.user(email="sam@example.org"))
    box = phones.add_contact(graduate=graduate, channel="email", value="sam@example.org", at=AT)
    phones.mark_confirmed(contact=box, at=AT)
    box.graduate = graduate
    consent.grant(
        address=box.address,
        program=graduate.program,
        scopes=list(Scope),
        source=ConsentEvent.Source.WEB,
        words="Yes.",
        at=AT,
    )
    reminder = texts.queue(contact=box, body="Yoga, 5 PM", key="r", kind=Kind.REMINDER, at=AT)
    invitation, code = (
        mail.queue(
            program=graduate.program,
            to="sam@example.org",
            subject="Hello",
            body="Here it is.",
            kind=kind,
            key=kind,
            at=AT,
        )
        for kind in (Kind.INVITATION, Kind.CODE)
    )

    links = [re.findall(r"/unsubscribe/\S+", row.body) for row in (reminder, invitation, code)]
    assert [len(found) for found in links] == [1, 1, 0]
    assert links[0] == links[1]
    assert "sam" not in links[0][0]
    assert client.get(links[0][0]).status_code == 200
    assert Address.objects.get(pk=box.address_id).opted_out_at is None
    answer = client.post(links[0][0])
    assert (answer.status_code, answer.cookies) == (200, {})
    delivery.deliver_due(at=AT)

    (sent,) = django_mail.outbox
    assert "List-Unsubscribe" not in sent.extra_headers
    way_out = compose(
        Parcel(to="", body=reminder.body, number="", messaging_service="", attempt_uid=reminder.uid)
    ).extra_headers["List-Unsubscribe"]
    assert way_out == f"<{settings.PUBLIC_URL}{links[0][0]}>"
    states = [Message.objects.get(pk=row.pk).state for row in (reminder, invitation, code)]
    assert states == [Message.State.CANCELLED, Message.State.CANCELLED, Message.State.SENT]
    newest = ConsentEvent.objects.order_by("pk").last()
    assert newest is not None
    assert (newest.source, newest.granted, newest.program) == ("mail", False, None)
    # The phone is another address, of which nothing was said.
    assert Address.objects.get(contacts__graduate=graduate, channel="sms").opted_out_at is None


def test_cons_06_a_link_that_was_made_up_ends_nothing(client: Client) -> None:
    address = build.address(channel="email", value="sam@example.org")
    token = mail_links.token_of(address)
    for forged in (token[:-1] + ("A" if token[-1] != "A" else "B"), address.uid.hex, "x:y"):
        assert client.post(reverse("unsubscribe", args=[forged])).status_code == 404
    assert Address.objects.get(pk=address.pk).opted_out_at is None


def test_cons_06_an_opt_out_survives_the_erasure_of_its_address() -> None:
    graduate = build.graduate()
    phone = build.address_of(graduate)
    by_text(graduate, "please stop texting me")
    value, program = phone.value, graduate.program
    leaving.leave(graduate=graduate, actor=Actor(), at=AT)
    assert leaving.erase_due(at=AT + timedelta(days=30)) == 1
    phone.refresh_from_db()
    assert phone.value == ""

    anew = addresses.get_or_make(channel="sms", value=value, at=AT + timedelta(days=90))

    assert (anew.pk, anew.opted_out_at) == (phone.pk, AT)
    again = build.graduate(program=program, to=None, with_phone=False)
    contact = build.contact(graduate=again, address=anew)
    contact.graduate = again
    message = texts.queue(contact=contact, body="Hello", key="h", kind=Kind.INVITATION, at=AT)
    delivery.deliver_due(at=AT)
    message.refresh_from_db()
    assert (message.state, message.reason) == (Message.State.SUPPRESSED, "opted_out")

    consent.resume(address=anew, source=ConsentEvent.Source.TEXT, words="START", at=AT)
    anew.refresh_from_db()
    assert anew.opted_out_at is None


def test_cons_06_a_counselor_of_another_caseload_cannot_stop_texts(client: Client) -> None:
    graduate = build.graduate()
    client.force_login(build.role(program=graduate.program, kind=Role.Kind.COUNSELOR).user)
    assert client.post(reverse("graduate_stop", args=[graduate.uid])).status_code == 404
    assert build.address_of(graduate).opted_out_at is None
    assert (
        optouts.stop(
            graduate=graduate,
            words="told to staff",
            source=ConsentEvent.Source.STAFF,
            actor=PORTAL,
            at=AT,
        )
        == 0
    )
    assert build.address_of(graduate).opted_out_at == AT
