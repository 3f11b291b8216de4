"""The inbox in the browser."""

import pytest
from django.test import Client
from django.urls import reverse

from aftercare.models import Graduate, Reply, Role
from notifications import clock
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


def html_of(client: Client) -> str:
    return client.get(reverse("inbox")).content.decode()


def test_inbox_shows_what_waits_and_who_answers(client: Client, graduate: Graduate) -> None:
    build.reply(graduate=graduate, body="Can we shift <it>?")

    html = html_of(client)

    assert "Can we shift &lt;it&gt;?" in html
    assert "Dana Reyes answers" in html


def test_inbox_without_texts_says_so(client: Client, counselor: Role) -> None:
    assert "Nothing waits" in html_of(client)


def test_ticked_texts_are_read_and_brought_back(client: Client, graduate: Graduate) -> None:
    first, second, third = (build.reply(graduate=graduate) for _ in range(3))

    answer = client.post(
        reverse("mark_read"), {"reply": [str(first.uid), str(second.uid), "nonsense"]}
    )

    assert answer.headers["Location"] == reverse("inbox")
    unread = Reply.objects.filter(read_at__isnull=True)
    assert [reply.uid for reply in unread] == [third.uid]

    client.post(reverse("mark_unread", args=[first.uid]))
    assert {reply.uid for reply in unread.all()} == {first.uid, third.uid}


def test_new_number_is_shown_to_be_called(client: Client, counselor: Role) -> None:
    received = build.inbound(
        sender=counselor.program.senders.get(),
        address=build.address(value="+12155550177"),
        body="Hi, new phone.",
        at=clock.now(),
    )
    Reply.objects.create(
        inbound=received, kind=Reply.Kind.UNKNOWN_NUMBER, needs_person=True, at=clock.now()
    )

    html = html_of(client)

    assert "(215) 555-0177" in html
    assert "Who wrote this?" in html


def test_texts_of_others_can_be_neither_seen_nor_read(client: Client, counselor: Role) -> None:
    other = build.role(program=counselor.program)
    theirs = build.reply(
        graduate=build.graduate(program=counselor.program, counselor=other), body="Not for you."
    )

    client.post(reverse("mark_read"), {"reply": str(theirs.uid)})

    assert "Not for you." not in html_of(client)
    theirs.refresh_from_db()
    assert theirs.read_at is None
    assert client.post(reverse("mark_unread", args=[theirs.uid])).status_code == 404


def test_a_text_from_a_shared_phone_is_given_to_who_wrote_it(
    client: Client, counselor: Role
) -> None:
    phone = build.address()
    ana, ben = (
        build.graduate(program=counselor.program, counselor=counselor, first_name=name, to=phone)
        for name in ("Ana", "Ben")
    )
    stranger = build.graduate(program=counselor.program, counselor=counselor)
    received = build.inbound(
        sender=counselor.program.senders.get(), address=phone, body="hm", at=clock.now()
    )
    reply = Reply.objects.create(
        inbound=received, kind=Reply.Kind.NOTE, needs_person=True, at=clock.now()
    )
    page = reverse("inbox_writer", args=[reply.uid])
    assert "Ben wrote this" in html_of(client)

    assert client.post(page, {"graduate": str(stranger.uid)}).status_code == 404
    client.post(page, {"graduate": str(ben.uid)})
    assert client.post(page, {"graduate": str(ana.uid)}).status_code == 404

    reply.refresh_from_db()
    assert (reply.graduate, reply.read_at) == (ben, None)
    assert "Ben wrote this" not in html_of(client)
