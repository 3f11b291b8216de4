from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection, transaction

from aftercare import enrolment, invitations, phones, plan
from aftercare.models import (
    Assignment,
    Attestation,
    AuditEntry,
    Commitment,
    Contact,
    Graduate,
    Invitation,
    PhoneCode,
    Role,
)
from aftercare.record import PORTAL, Actor
from notifications import consent, outbox
from notifications.fields import blind_index
from notifications.kinds import Kind, Scope
from notifications.models import Message, Program, Sender
from portal.models import User
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 8, 15, 0, tzinfo=UTC)
PHONE = "+12155550142"
WORDS = "They asked me for one text with the link."


def newcomer(**changes: object) -> enrolment.Newcomer:
    known: dict[str, object] = {
        "first_name": "Sam",
        "last_name": "Rivers",
        "phone": PHONE,
        "tracks": ("substance_use",),
        "graduated_on": date(2026, 3, 20),
        "time_zone": build.NEW_YORK,
    }
    return enrolment.Newcomer(**(known | changes))  # type: ignore[arg-type]


def invite(
    program: Program,
    *,
    way: Invitation.Way = Invitation.Way.BY_HAND,
    at: datetime = AT,
    counselor: Role | None = None,
    words: str = "",
    **changes: object,
) -> enrolment.Invited:
    return enrolment.invite(
        program=program,
        newcomer=newcomer(**changes),
        counselor=counselor,
        actor=PORTAL,
        at=at,
        way=way,
        attested_words=words,
    )


def account(email: str = "sam@example.org") -> User:
    return User.objects.create_user(email=email, at=AT)


def redeem(token: str, *, at: datetime = AT, user: User | None = None) -> enrolment.Joined:
    return enrolment.redeem(token=token, account=lambda _: user or account(), at=at)


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


# The phone


def contact() -> Contact:
    graduate = build.graduate(with_phone=False)
    return phones.add_contact(graduate=graduate, channel=Sender.Channel.SMS, value=PHONE, at=AT)


def sent_digits(message: Message) -> str:
    return "".join(sign for sign in message.body.partition("code is ")[2][:6])


def test_confirm_takes_the_texted_code_and_confirms_phone_and_address() -> None:
    row = contact()
    phones.send_code(contact=row, at=AT)

    phones.confirm(contact=row, digits=sent_digits(Message.objects.get()), actor=PORTAL, at=AT)

    row.refresh_from_db()
    row.address.refresh_from_db()
    assert (row.confirmed_at, row.address.confirmed_at) == (AT, AT)


def test_the_code_is_kept_as_a_keyed_fingerprint_only() -> None:
    phones.send_code(contact=contact(), at=AT)

    code = PhoneCode.objects.get()
    digits = sent_digits(Message.objects.get())
    assert code.code_hash == blind_index(value=f"{code.uid}:{digits}", purpose="phone-code")


def test_a_code_works_once() -> None:
    row = contact()
    phones.send_code(contact=row, at=AT)
    digits = sent_digits(Message.objects.get())
    phones.confirm(contact=row, digits=digits, actor=PORTAL, at=AT)

    with pytest.raises(phones.NoOpenCode):
        phones.confirm(contact=row, digits=digits, actor=PORTAL, at=AT)


def test_three_wrong_codes_close_it_for_the_right_one_too() -> None:
    row = contact()
    phones.send_code(contact=row, at=AT)
    digits = sent_digits(Message.objects.get())
    wrong = f"{(int(digits) + 1) % 10**6:06d}"
    left = []
    for _ in range(3):
        with pytest.raises(phones.WrongCode) as refused:
            phones.confirm(contact=row, digits=wrong, actor=PORTAL, at=AT)
        left.append(refused.value.tries_left)

    assert left == [2, 1, 0]
    with pytest.raises(phones.NoOpenCode):
        phones.confirm(contact=row, digits=digits, actor=PORTAL, at=AT)


def test_a_code_ends_after_ten_minutes() -> None:
    row = contact()
    phones.send_code(contact=row, at=AT)
    digits = sent_digits(Message.objects.get())

    with pytest.raises(phones.NoOpenCode):
        phones.confirm(contact=row, digits=digits, actor=PORTAL, at=AT + timedelta(minutes=10))


def test_codes_are_one_a_minute_and_five_an_hour() -> None:
    row = contact()
    phones.send_code(contact=row, at=AT)

    with pytest.raises(phones.TooManyCodes) as refused:
        phones.send_code(contact=row, at=AT + timedelta(seconds=59))
    assert refused.value.again_at == AT + timedelta(seconds=60)

    for minute in range(1, 5):
        phones.send_code(contact=row, at=AT + timedelta(minutes=minute))
    with pytest.raises(phones.TooManyCodes) as refused:
        phones.send_code(contact=row, at=AT + timedelta(minutes=30))
    assert refused.value.again_at == AT + timedelta(hours=1)


def test_a_newer_code_ends_the_older_one() -> None:
    row = contact()
    phones.send_code(contact=row, at=AT)
    old = sent_digits(Message.objects.get())
    later = AT + timedelta(minutes=2)
    newer = phones.send_code(contact=row, at=later)
    new = sent_digits(Message.objects.get(key=f"code:{newer.uid}"))

    if old != new:
        with pytest.raises(phones.WrongCode):
            phones.confirm(contact=row, digits=old, actor=PORTAL, at=later)
    phones.confirm(contact=row, digits=new, actor=PORTAL, at=later)


def test_replacing_a_phone_ends_consent_and_waiting_texts_of_the_old_one() -> None:
    graduate = build.graduate(phone=PHONE)
    old = phones.contact_of(graduate=graduate)
    assert old is not None
    waiting = build.message(graduate=graduate, state=Message.State.DUE)

    new = phones.replace(graduate=graduate, value="+12155550143", actor=PORTAL, at=AT)

    old.refresh_from_db()
    waiting.refresh_from_db()
    assert old.until == AT
    assert (waiting.state, waiting.reason) == (Message.State.CANCELLED, "replaced")
    assert consent.scopes(address=old.address, program=graduate.program) == frozenset()
    assert consent.scopes(address=new.address, program=graduate.program) == frozenset()
    assert new.confirmed_at is None
    assert phones.contact_of(graduate=graduate) == new


def test_replacing_a_shared_phone_keeps_the_yes_of_the_other() -> None:
    first = build.graduate(phone=PHONE)
    address = build.address_of(first)
    build.graduate(program=first.program, to=address, first_name="Alex")

    phones.replace(graduate=first, value="+12155550143", actor=PORTAL, at=AT)

    assert consent.scopes(address=address, program=first.program) == frozenset(Scope)


def test_replacing_by_the_same_number_is_refused() -> None:
    graduate = build.graduate(phone=PHONE)

    with pytest.raises(phones.SameNumber):
        phones.replace(graduate=graduate, value=PHONE, actor=PORTAL, at=AT)


# Consent


def test_agree_records_each_consent_with_its_words_and_introduces_the_texts() -> None:
    graduate = build.graduate(scopes=())
    address = build.address_of(graduate)

    enrolment.agree(
        graduate=graduate,
        scopes=[Scope.CHECK_INS],
        words="Check-ins by text",
        actor=PORTAL,
        at=AT,
    )

    assert consent.scopes(address=address, program=graduate.program) == {Scope.CHECK_INS}
    event = address.consent_events.get()
    assert (event.words, event.source, event.granted) == ("Check-ins by text", "web", True)
    assert Message.objects.get().body.startswith("Harbor here. A few automated texts a week")


def test_agreeing_to_nothing_records_and_sends_nothing() -> None:
    graduate = build.graduate(scopes=())

    enrolment.agree(graduate=graduate, scopes=[], words="", actor=PORTAL, at=AT)

    assert build.address_of(graduate).consent_events.count() == 0
    assert Message.objects.count() == 0


def face_to_face() -> Graduate:
    graduate = enrolment.add(
        program=build.program(), newcomer=newcomer(), counselor=None, actor=PORTAL, at=AT
    )
    enrolment.enrol_by_text(
        graduate=graduate,
        words="Texts from Harbor",
        scopes=[Scope.CHECK_INS, Scope.PROGRAM],
        actor=Actor(user=build.user(), role="counselor"),
        at=AT,
    )
    return graduate


def test_at_a_desk_consent_begins_with_the_reply() -> None:
    graduate = face_to_face()
    address = build.address_of(graduate)
    before = consent.scopes(address=address, program=graduate.program)
    later = AT + timedelta(minutes=5)

    assert enrolment.agree_by_text(address=address, at=later) is True

    graduate.refresh_from_db()
    address.refresh_from_db()
    assert before == frozenset()
    assert consent.scopes(address=address, program=graduate.program) == {
        Scope.CHECK_INS,
        Scope.PROGRAM,
    }
    assert (graduate.status, graduate.joined_at) == (Graduate.Status.ACTIVE, later)
    assert address.confirmed_at == later
    assert address.consent_events.first().words == "Texts from Harbor"  # type: ignore[union-attr]


def test_at_a_desk_one_text_asks_and_never_a_second_one() -> None:
    graduate = face_to_face()

    again = enrolment.enrol_by_text(
        graduate=graduate,
        words="Texts from Harbor",
        scopes=list(Scope),
        actor=PORTAL,
        at=AT + timedelta(days=1),
    )

    assert Attestation.objects.get() == again
    assert Message.objects.get().body.startswith("Harbor: reply 1 to get a few automated texts")


def test_an_answer_counts_once_and_only_for_who_was_asked() -> None:
    graduate = face_to_face()
    stranger = build.address()
    address = build.address_of(graduate)

    assert enrolment.agree_by_text(address=stranger, at=AT) is False
    assert enrolment.agree_by_text(address=address, at=AT) is True
    assert enrolment.agree_by_text(address=address, at=AT) is False


def test_an_answer_after_a_month_is_no_consent() -> None:
    graduate = face_to_face()
    address = build.address_of(graduate)

    assert enrolment.agree_by_text(address=address, at=AT + timedelta(days=30)) is False

    assert consent.scopes(address=address, program=graduate.program) == frozenset()


def test_an_invitation_attested_by_staff_is_no_waiting_consent() -> None:
    invited = invite(build.program(), way=Invitation.Way.TEXT, words=WORDS)
    address = build.address_of(invited.graduate)

    assert enrolment.agree_by_text(address=address, at=AT) is False


# Staged invitations


def stage(graduate: Graduate, *, way: Invitation.Way = Invitation.Way.TEXT) -> Invitation:
    return invitations.stage(
        graduate=graduate,
        way=way,
        email="",
        send_on=date(2026, 3, 10),
        actor=PORTAL,
        at=AT,
    )


def test_staged_invitations_leave_on_their_local_day_once() -> None:
    graduate = build.graduate(status=Graduate.Status.INVITED, scopes=())
    staged = stage(graduate)
    eve = datetime(2026, 3, 10, 3, 59, tzinfo=UTC)  # still 9 March in New York
    day = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)

    assert invitations.send_staged(at=eve) == 0
    assert invitations.send_staged(at=day) == 1
    assert invitations.send_staged(at=day) == 0

    staged.refresh_from_db()
    message = Message.objects.get()
    assert (staged.sent_at, staged.expires_at) == (day, day + timedelta(hours=72))
    token = message.body.partition("/join/")[2].partition("/")[0]
    assert invitations.find(token=token, at=day) == staged


def test_a_staged_link_does_not_exist_before_its_day() -> None:
    staged = stage(build.graduate(status=Graduate.Status.INVITED))

    assert staged.is_open(AT) is False


def test_a_staged_invitation_is_dropped_for_who_is_in_by_then() -> None:
    stage(build.graduate(status=Graduate.Status.ACTIVE))

    assert invitations.send_staged(at=datetime(2026, 3, 10, 15, tzinfo=UTC)) == 0
    assert Message.objects.count() == 0


def test_a_staged_invitation_waits_while_its_program_has_no_number() -> None:
    program = build.program(with_sender=False)
    staged = stage(build.graduate(program=program, status=Graduate.Status.INVITED))
    day = datetime(2026, 3, 10, 15, tzinfo=UTC)

    assert invitations.send_staged(at=day) == 0
    build.sender(program=program)
    assert invitations.send_staged(at=day) == 1
    assert staged.sent_at is None


def test_face_to_face_without_a_phone_or_sender_says_so() -> None:
    nobody = build.graduate(with_phone=False)
    mute = build.graduate(program=build.program(name="Mute", with_sender=False))
    for graduate, fault in ((nobody, invitations.NoWay), (mute, outbox.NoSender)):
        with pytest.raises(fault), transaction.atomic():
            enrolment.enrol_by_text(
                graduate=graduate, words="", scopes=list(Scope), actor=PORTAL, at=AT
            )
    assert Attestation.objects.count() == 0


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


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_share_three_tries() -> None:
    row = contact()
    phones.send_code(contact=row, at=AT)
    wrong = f"{(int(sent_digits(Message.objects.get())) + 1) % 10**6:06d}"

    def guess(_: int) -> str:
        try:
            phones.confirm(contact=row, digits=wrong, actor=PORTAL, at=AT)
        except (phones.WrongCode, phones.NoOpenCode) as error:
            return type(error).__name__
        finally:
            connection.close()
        return "confirmed"

    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(guess, range(20)))

    assert answers.count("WrongCode") == 3
    assert answers.count("NoOpenCode") == 17
