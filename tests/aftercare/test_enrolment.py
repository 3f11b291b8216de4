from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection

from aftercare import enrolment, invitations, plan
from aftercare.models import (
    Assignment,
    Attestation,
    AuditEntry,
    Commitment,
    Contact,
    Graduate,
    Invitation,
)
from aftercare.record import PORTAL, Actor
from notifications.kinds import Kind
from notifications.models import Message, Sender
from portal.models import User
from tests import build
from tests.aftercare.newcomers import (
    AT,
    PHONE,
    WORDS,
    account,
    invite,
    newcomer,
    redeem,
)

pytestmark = pytest.mark.django_db


# Inviting


def test_invite_adds_a_graduate_with_counselor_contacts_and_first_plan() -> None:
    counselor = build.role(program=build.program())
    draft = plan.CommitmentDraft(
        title="Tuesday Lantern",
        weekdays=(1,),
        start_time=time(19, 0),
        time_zone=build.NEW_YORK,
        starts_on=date(2026, 3, 9),
    )

    invited = enrolment.invite(
        program=counselor.program,
        newcomer=newcomer(email="Sam@Example.org"),
        counselor=counselor,
        actor=Actor(user=counselor.user, role="counselor"),
        at=AT,
        drafts=[draft],
    )

    graduate = Graduate.objects.get()
    assert (graduate.name, graduate.status) == ("Sam Rivers", Graduate.Status.INVITED)
    assert Assignment.objects.get(graduate=graduate).counselor == counselor
    assert Commitment.objects.get(graduate=graduate).title == "Tuesday Lantern"
    assert {contact.address.value for contact in Contact.objects.all()} == {
        PHONE,
        "sam@example.org",
    }
    assert invited.link == f"http://localhost:8000/join/{invited.token}/"
    assert AuditEntry.objects.filter(actor=counselor.user, thing="graduate").count() == 1


def test_invitation_keeps_no_token() -> None:
    invited = invite(build.program())

    row = Invitation.objects.get()
    assert invited.token not in str(vars(row))
    assert row.token_hash == invitations.fingerprint(invited.token)
    assert len(invited.token) >= 22


def test_invitation_by_text_leaves_with_an_attestation_and_neutral_words() -> None:
    counselor = build.role(program=build.program(), name="Dana Reyes")

    invited = invite(counselor.program, way=Invitation.Way.TEXT, counselor=counselor, words=WORDS)

    message = Message.objects.get()
    assert message.kind == Kind.INVITATION
    assert message.body == (
        "Harbor: Dana made a page for you. It opens once and works for 3 days: "
        f"{invited.link} Reply STOP for no texts."
    )
    assert message.expires_at == AT + timedelta(hours=72)
    assert Attestation.objects.get().words == WORDS


def test_invitation_by_text_without_an_attestation_is_refused_and_adds_nobody() -> None:
    program = build.program()

    with pytest.raises(invitations.NoWay):
        invite(program, way=Invitation.Way.TEXT)

    assert Graduate.objects.count() == 0
    assert Message.objects.count() == 0


def test_invitation_by_mail_is_queued_with_a_neutral_subject() -> None:
    invited = invite(build.program(), way=Invitation.Way.EMAIL, email="sam@example.org")

    message = Message.objects.get()
    assert message.sender.channel == Sender.Channel.EMAIL
    assert message.address.value == "sam@example.org"
    assert message.body.splitlines()[0] == "Your page at Harbor"
    assert invited.link in message.body


def test_invitation_keeps_the_language_with_the_number() -> None:
    invited = invite(build.program(), way=Invitation.Way.TEXT, words=WORDS, language="es")

    assert Message.objects.get().address.language == "es"
    assert invited.graduate.language == "es"


def test_a_second_graduate_with_the_same_phone_is_refused_unless_they_share_it() -> None:
    program = build.program()
    invite(program)

    with pytest.raises(enrolment.AlreadyHere) as refused:
        invite(program, first_name="Alex")
    assert refused.value.field == "phone"

    shared = enrolment.add(
        program=program,
        newcomer=newcomer(first_name="Alex"),
        counselor=None,
        actor=PORTAL,
        at=AT,
        may_share=True,
    )
    assert Contact.objects.get(graduate=shared).shared is True


def test_the_same_phone_in_another_program_is_no_matter() -> None:
    invite(build.program())

    invite(build.program(name="Lakeside"))

    assert Graduate.objects.count() == 2


def test_a_new_link_closes_the_one_before() -> None:
    first = invite(build.program())

    second = invitations.hand_out(
        graduate=first.graduate, way=Invitation.Way.BY_HAND, actor=PORTAL, at=AT
    )

    with pytest.raises(invitations.LinkClosed):
        invitations.find(token=first.token, at=AT)
    assert invitations.find(token=second.token, at=AT) == second.invitation


# Redeeming


def test_redeem_binds_the_log_in_and_makes_the_account_live() -> None:
    invited = invite(build.program(), language="es")

    joined = redeem(invited.token)

    graduate = Graduate.objects.get()
    assert joined.graduate == graduate
    assert (graduate.user, graduate.status, graduate.joined_at) == (
        joined.user,
        Graduate.Status.ACTIVE,
        AT,
    )
    assert (joined.user.language, joined.user.time_zone) == ("es", build.NEW_YORK)


def test_redeem_works_once() -> None:
    invited = invite(build.program())
    redeem(invited.token)

    with pytest.raises(invitations.LinkClosed):
        redeem(invited.token, user=account("other@example.org"))

    assert Graduate.objects.get().user == User.objects.get(email="sam@example.org")


@pytest.mark.parametrize(("hours", "is_open"), [(71, True), (72, False)])
def test_a_link_works_for_72_hours(hours: int, is_open: bool) -> None:
    invited = invite(build.program())
    at = AT + timedelta(hours=hours)

    if is_open:
        assert redeem(invited.token, at=at).graduate == invited.graduate
    else:
        with pytest.raises(invitations.LinkClosed):
            redeem(invited.token, at=at)


def test_an_account_that_cannot_be_made_leaves_the_link_unused() -> None:
    invited = invite(build.program())

    def fail(_: Invitation) -> User:
        raise enrolment.AlreadyYours

    with pytest.raises(enrolment.AlreadyYours):
        enrolment.redeem(token=invited.token, account=fail, at=AT)

    assert invitations.find(token=invited.token, at=AT).used_at is None


def test_one_log_in_has_one_graduate_in_a_program_and_may_have_others_elsewhere() -> None:
    program, other = build.program(), build.program(name="Lakeside")
    first, second = invite(program), invite(program, phone="+12155550143")
    elsewhere = invite(other)
    user = redeem(first.token).user

    with pytest.raises(enrolment.AlreadyYours):
        redeem(second.token, user=user)

    assert redeem(elsewhere.token, user=user).graduate == elsewhere.graduate


# A new link by oneself


def expired() -> tuple[enrolment.Invited, datetime]:
    return invite(build.program()), AT + timedelta(days=4)


def test_renew_texts_a_new_link_to_the_number_on_file() -> None:
    invited, later = expired()

    assert invitations.renew(token=invited.token, at=later) is True

    message = Message.objects.get()
    assert message.address.value == PHONE
    assert message.kind == Kind.CODE
    newest = Invitation.objects.order_by("pk").last()
    assert newest is not None
    assert newest.is_open(later)


def test_renew_mails_where_there_is_no_phone() -> None:
    invited = invite(build.program(), phone="", email="sam@example.org")

    assert invitations.renew(token=invited.token, at=AT + timedelta(days=4)) is True

    assert Message.objects.get().address.value == "sam@example.org"


def test_renew_of_an_unknown_token_sends_nothing() -> None:
    invited, later = expired()

    assert invitations.renew(token="nobody-has-this", at=later) is False
    assert Message.objects.count() == 0
    # The neighbour shows that it could have.
    assert invitations.renew(token=invited.token, at=later) is True


def test_renew_stops_after_three_in_a_day() -> None:
    invited, later = expired()

    answers = [
        invitations.renew(token=invited.token, at=later + timedelta(minutes=minute))
        for minute in range(5)
    ]

    assert answers == [True, True, True, False, False]


def test_renew_tells_somebody_who_is_in_already_where_to_log_in_once_a_day() -> None:
    invited = invite(build.program())
    redeem(invited.token)

    assert invitations.renew(token=invited.token, at=AT) is True
    assert invitations.renew(token=invited.token, at=AT) is True

    message = Message.objects.get()
    assert message.body.endswith("Sign in here: http://localhost:8000/accounts/login/")
    assert Invitation.objects.count() == 1


def test_renew_writes_nothing_to_somebody_who_left() -> None:
    invited, later = expired()
    Graduate.objects.update(status=Graduate.Status.DECEASED)

    assert invitations.renew(token=invited.token, at=later) is False
    assert Message.objects.count() == 0


# Several at once


@pytest.mark.django_db(transaction=True)
def test_of_parallel_redemptions_one_makes_an_account() -> None:
    invited = invite(build.program())

    def try_it(number: int) -> bool:
        try:
            redeem(invited.token, user=account(f"sam{number}@example.org"))
        except invitations.LinkClosed:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(max_workers=8) as pool:
        won = list(pool.map(try_it, range(8)))

    assert won.count(True) == 1
