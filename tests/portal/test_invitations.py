"""The steps behind a link: log-in, phone, consents, Today; and links that open nothing."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse

from aftercare import consent_words, enrolment, invitations, programs
from aftercare.models import Contact, Graduate, Invitation, Role
from aftercare.record import PORTAL
from notifications import clock, consent
from notifications.fields import blind_index
from notifications.kinds import Kind, Scope
from notifications.models import Message, Program
from portal import sessions
from portal.models import User
from tests import build

pytestmark = pytest.mark.django_db

PHONE = "+12155550142"
PASSWORD = "purple otter walks home"


def index(email: str) -> str:
    return blind_index(value=email, purpose="email")


def invite(
    program: Program | None = None, *, at: datetime | None = None, **changes: Any
) -> enrolment.Invited:
    way = changes.pop("way", Invitation.Way.BY_HAND)
    facts: dict[str, Any] = {
        "first_name": "Sam",
        "phone": PHONE,
        "graduated_on": date(2026, 3, 20),
        "time_zone": build.NEW_YORK,
        **changes,
    }
    return enrolment.invite(
        program=program or build.program(),
        newcomer=enrolment.Newcomer(**facts),
        counselor=None,
        actor=PORTAL,
        at=at or clock.now(),
        way=way,
        attested_words="They asked.",
    )


def join(client: Client, token: str, **form: str) -> Any:
    data = {"email": "sam@example.org", "password": PASSWORD, **form}
    return client.post(reverse("join", args=[token]), data)


def code_of() -> str:
    newest = Message.objects.filter(kind=Kind.CODE, body__isnull=False).order_by("-pk")
    found = [re.search(r"code is (\d{6})", message.body) for message in newest]
    return next(match[1] for match in found if match)


def test_the_whole_road_ends_on_today(client: Client) -> None:
    invited = invite()

    first = join(client, invited.token)
    second = client.post(reverse("join_phone"), {"code": code_of()})
    third = client.post(reverse("join_texts"), {"check_ins": "on", "reminders": "on"})
    last = client.get(third["Location"])

    assert (first["Location"], second["Location"], third["Location"]) == (
        reverse("join_phone"),
        reverse("join_texts"),
        reverse("home"),
    )
    assert last.status_code == 200
    graduate = Graduate.objects.get()
    contact = Contact.objects.get()
    assert graduate.status == Graduate.Status.ACTIVE
    assert contact.confirmed_at is not None
    assert consent.scopes(address=contact.address, program=graduate.program) == {
        Scope.CHECK_INS,
        Scope.REMINDERS,
    }


def test_opening_the_link_uses_nothing_up(client: Client) -> None:
    invited = invite()

    page = client.get(reverse("join", args=[invited.token]))

    assert page.status_code == 200
    assert "Welcome, Sam" in page.content.decode()
    assert invitations.find(token=invited.token, at=clock.now()) == invited.invitation


def test_the_page_speaks_the_language_of_the_invitation(client: Client) -> None:
    invited = invite(language="es")

    page = client.get(reverse("join", args=[invited.token]))

    assert '<html lang="es"' in page.content.decode()


def test_a_log_in_without_a_password_is_entered_by_codes(client: Client) -> None:
    join(client, invite().token, password="")

    user = User.objects.get()
    assert user.has_usable_password() is False
    assert get_user(client).pk == user.pk


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"password": "short"}, "at least 8 characters"),
        ({"password": "passwordpassword1"}, None),
        ({"email": "no mail"}, "Enter a valid email address."),
        ({"password": "sam@example.org1"}, "too similar"),
    ],
)
def test_a_bad_answer_is_shown_beside_its_field_and_nothing_is_lost(
    client: Client, form: dict[str, str], words: str | None
) -> None:
    invited = invite()

    page = join(client, invited.token, **form)

    if words is None:
        assert page.status_code == 302
        return
    assert page.status_code == 422
    assert words in page.content.decode()
    assert User.objects.count() == 0
    assert invitations.find(token=invited.token, at=clock.now()).used_at is None


def test_a_link_that_was_mailed_shows_the_mailbox(client: Client) -> None:
    invited = invite(way=Invitation.Way.EMAIL, email="sam@example.org")

    join(client, invited.token, email="Sam@Example.org")

    user = User.objects.get()
    assert user.email == "sam@example.org"
    assert EmailAddress.objects.get(user=user).verified is True


def test_another_mailbox_is_asked_by_a_queued_mail(client: Client) -> None:
    invited = invite(email="sam@example.org")

    join(client, invited.token)

    user = User.objects.get()
    mail = Message.objects.get(address__channel="email")
    assert user.email is None
    assert EmailAddress.objects.get(user=user).verified is False
    assert mail.address.value == "sam@example.org"
    assert "/accounts/confirm-email/" in mail.body


def test_following_the_mail_makes_the_mailbox_the_log_in(client: Client) -> None:
    join(client, invite().token)
    mail = Message.objects.get(address__channel="email")
    path = re.search(r"(/accounts/confirm-email/\S+/)", mail.body)
    assert path is not None

    assert "sam@example.org opens your page from now on" in client.get(path[1]).content.decode()
    client.post(path[1])

    user = User.objects.get()
    assert user.email == "sam@example.org"
    client.logout()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert get_user(client).pk == user.pk


def test_a_mailbox_that_opens_a_log_in_already_is_not_told_on_the_page(client: Client) -> None:
    build.user(email="taken@example.org")
    known, unknown = Client(), Client()

    first = join(known, invite().token, email="taken@example.org")
    second = join(
        unknown,
        invite(build.program(name="Lakeside"), phone="+12155550143").token,
        email="free@example.org",
    )

    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert known.get(first["Location"]).status_code == 200
    told = Message.objects.get(address__channel="email", address__index=index("taken@example.org"))
    asked = Message.objects.get(address__channel="email", address__index=index("free@example.org"))
    assert told.body.startswith("You have a sign-in already\n")
    assert "confirm-email" not in told.body
    assert "confirm-email" in asked.body


def test_a_second_person_gets_the_closed_page_with_a_remedy(client: Client) -> None:
    invited = invite()
    join(Client(), invited.token)

    page = join(client, invited.token, email="else@example.org")

    assert page.status_code == 410
    assert "This link has ended" in page.content.decode()
    assert reverse("join_again", args=[invited.token]) in page.content.decode()
    assert User.objects.count() == 1


def bare(content: bytes) -> str:
    """A page without what differs between two readers of the same one."""
    return re.sub(r'value="[\w-]{20,}"|/join/[^/]+/', "", content.decode())


def test_used_expired_and_unknown_links_look_the_same() -> None:
    used, expired = invite(), invite(build.program(name="B"), at=clock.now() - timedelta(days=4))
    join(Client(), used.token)

    pages = [
        Client().get(reverse("join", args=[token]))
        for token in (used.token, expired.token, "nobody-ever-had-this")
    ]

    assert {page.status_code for page in pages} == {410}
    assert len({bare(page.content) for page in pages}) == 1


def test_send_me_a_new_one_answers_the_same_for_everybody(client: Client) -> None:
    expired = invite(at=clock.now() - timedelta(days=4))

    known = client.post(reverse("join_again", args=[expired.token]))
    unknown = client.post(reverse("join_again", args=["nobody-ever-had-this"]))

    assert (known.status_code, bare(known.content)) == (200, bare(unknown.content))
    assert Message.objects.get().address.value == PHONE


def test_somebody_logged_in_adds_the_page_to_their_log_in(client: Client) -> None:
    invited = invite()
    user = build.user()
    client.force_login(user)

    asked = client.get(reverse("join", args=[invited.token]))
    answer = client.post(reverse("join", args=[invited.token]))

    assert "Add this to your sign-in?" in asked.content.decode()
    assert answer["Location"] == reverse("join_phone")
    assert Graduate.objects.get().user == user
    assert User.objects.count() == 1


def test_somebody_who_has_it_already_is_told_so(client: Client) -> None:
    program = build.program()
    user = build.user()
    build.graduate(program=program, user=user)
    client.force_login(user)
    invited = invite(program)

    answer = client.post(reverse("join", args=[invited.token]))

    assert answer["Location"] == reverse("home")
    assert invitations.find(token=invited.token, at=clock.now()).used_at is None


def test_a_new_link_takes_the_place_of_a_log_in_that_was_lost(client: Client) -> None:
    program = build.program()
    first = invite(program, way=Invitation.Way.EMAIL, email="sam@example.org")
    old = Client()
    join(old, first.token)
    again = invitations.hand_out(
        graduate=first.graduate, way=Invitation.Way.EMAIL, actor=PORTAL, at=clock.now()
    )

    join(client, again.token)

    graduate = Graduate.objects.get()
    assert graduate.user is not None
    assert graduate.user.email == "sam@example.org"
    assert get_user(client).pk == graduate.user_id
    assert get_user(old).is_authenticated is False


def test_a_new_link_never_takes_over_a_log_in_of_staff(client: Client) -> None:
    program = build.program()
    lead = build.role(program=program, kind=Role.Kind.LEAD, user=build.user(email="l@example.org"))
    graduate = build.graduate(program=program, user=lead.user)
    issued = invitations.hand_out(
        graduate=graduate, way=Invitation.Way.BY_HAND, actor=PORTAL, at=clock.now()
    )

    join(client, issued.token, email="new@example.org")

    lead.user.refresh_from_db()
    assert (lead.user.email, lead.user.is_active) == ("l@example.org", True)
    assert get_user(client).pk != lead.user.pk


# Phone and consents


def test_a_wrong_code_counts_and_says_what_to_do(client: Client) -> None:
    join(client, invite().token)
    wrong = f"{(int(code_of()) + 1) % 10**6:06d}"

    pages = [client.post(reverse("join_phone"), {"code": wrong}) for _ in range(4)]

    assert [page.status_code for page in pages] == [422] * 4
    assert "This is not the code." in pages[0].content.decode()
    assert "three times" in pages[2].content.decode()
    assert "Ask for a new one" in pages[3].content.decode()
    assert Contact.objects.get().confirmed_at is None


def test_another_code_waits_a_minute(client: Client) -> None:
    join(client, invite().token)

    answer = client.post(reverse("join_send_code"), follow=True)

    assert "Wait a minute" in answer.content.decode()
    assert Message.objects.filter(address__channel="sms").count() == 1


def test_saying_no_to_everything_still_opens_the_page(client: Client) -> None:
    join(client, invite().token)

    answer = client.post(reverse("join_texts"), {})

    contact = Contact.objects.get()
    assert answer["Location"] == reverse("home")
    assert contact.address.consent_events.count() == 0
    assert client.get(reverse("home")).status_code == 200


def test_the_words_of_consent_are_kept_as_shown(client: Client) -> None:
    join(client, invite().token)

    client.post(reverse("join_texts"), {"program": "on"})

    event = Contact.objects.get().address.consent_events.get()
    assert event.words == consent_words.words(scopes=Scope, alias="Harbor", language="en")


def test_somebody_without_a_phone_goes_on_to_today(client: Client) -> None:
    answer = join(client, invite(phone="").token)
    phone_step = client.get(answer["Location"])
    texts = client.get(phone_step["Location"])

    assert phone_step["Location"] == reverse("join_texts")
    assert "we text you nothing" in texts.content.decode()


def test_own_device_keeps_the_log_in(client: Client) -> None:
    join(client, invite().token, own_device="on")

    assert client.session[sessions.OWN_DEVICE] is True
    assert client.session.get_expiry_age() > 13 * 24 * 3600


# Staff


def test_staff_join_by_a_link_and_must_add_a_second_step(client: Client) -> None:
    program = build.program()
    issued = programs.invite_staff(
        program=program,
        kind=Role.Kind.COUNSELOR,
        email="pat@example.org",
        actor=PORTAL,
        at=clock.now(),
    )

    answer = join(client, issued.token, email="pat@example.org", name="Pat Lee")
    inside = client.get(answer["Location"])

    user = User.objects.get()
    assert user.name == "Pat Lee"
    assert Role.objects.get().user == user
    assert EmailAddress.objects.get(user=user).verified is True
    assert inside["Location"] == reverse("mfa_index")


def test_staff_who_have_just_come_in_are_not_asked_again_who_they_are(client: Client) -> None:
    issued = programs.invite_staff(
        program=build.program(),
        kind=Role.Kind.COUNSELOR,
        email="pat@example.org",
        actor=PORTAL,
        at=clock.now(),
    )
    form = client.get(reverse("join", args=[issued.token])).context["form"]
    join(client, issued.token, email="pat@example.org", name="Pat Lee")

    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    assert "own_device" not in form.fields


def test_staff_whose_mailbox_opens_a_log_in_are_told_to_use_it(client: Client) -> None:
    user = build.user(email="pat@example.org")
    issued = programs.invite_staff(
        program=build.program(),
        kind=Role.Kind.COUNSELOR,
        email="pat@example.org",
        actor=PORTAL,
        at=clock.now(),
    )

    page = join(client, issued.token, email="pat@example.org", name="Pat Lee")

    assert page.status_code == 422
    assert "opens a sign-in already" in page.content.decode()
    assert f"?next={reverse('join', args=[issued.token])}" in page.content.decode()
    assert Role.objects.filter(user=user).count() == 0
