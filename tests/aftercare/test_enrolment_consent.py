from datetime import timedelta

import pytest
from django.db import transaction

from aftercare import enrolment, invitations
from aftercare.models import (
    Attestation,
    Graduate,
    Invitation,
)
from aftercare.record import PORTAL, Actor
from notifications import consent, outbox
from notifications.kinds import Scope
from notifications.models import Message
from tests import build
from tests.aftercare.newcomers import (
    AT,
    WORDS,
    invite,
    newcomer,
)

pytestmark = pytest.mark.django_db


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

    assert enrolment.agree_by_text(contact=graduate.contacts.get(), at=later) is True

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


def test_a_name_is_asked_for_where_two_of_the_program_have_the_phone() -> None:
    first = face_to_face()
    second = build.graduate(program=first.program, to=build.address_of(first), scopes=[])

    enrolment.enrol_by_text(
        graduate=second, words="Texts from Harbor", scopes=list(Scope), actor=PORTAL, at=AT
    )

    alone, shared = Message.objects.order_by("pk").values_list("pk", flat=True)
    assert "your first name" not in Message.objects.get(pk=alone).body
    assert "reply 1 and your first name" in Message.objects.get(pk=shared).body


def test_an_answer_counts_once_and_only_for_who_was_asked() -> None:
    contact = face_to_face().contacts.get()
    nobody = build.graduate(program=contact.graduate.program).contacts.get()

    assert enrolment.waited_for(people=[contact, nobody], at=AT) == [contact]
    assert enrolment.agree_by_text(contact=nobody, at=AT) is False
    assert enrolment.agree_by_text(contact=contact, at=AT) is True
    assert enrolment.agree_by_text(contact=contact, at=AT) is False
    assert enrolment.waited_for(people=[contact, nobody], at=AT) == []


def test_an_answer_after_a_month_is_no_consent() -> None:
    graduate = face_to_face()
    contact = graduate.contacts.get()
    address = contact.address

    assert enrolment.agree_by_text(contact=contact, at=AT + timedelta(days=30)) is False

    assert consent.scopes(address=address, program=graduate.program) == frozenset()


def test_an_invitation_attested_by_staff_is_no_waiting_consent() -> None:
    invited = invite(build.program(), way=Invitation.Way.TEXT, words=WORDS)

    assert enrolment.agree_by_text(contact=invited.graduate.contacts.get(), at=AT) is False


def test_face_to_face_without_a_phone_or_sender_says_so() -> None:
    nobody = build.graduate(with_phone=False)
    mute = build.graduate(program=build.program(name="Mute", with_sender=False))
    for graduate, fault in ((nobody, invitations.NoWay), (mute, outbox.NoSender)):
        with pytest.raises(fault), transaction.atomic():
            enrolment.enrol_by_text(
                graduate=graduate, words="", scopes=list(Scope), actor=PORTAL, at=AT
            )
    assert Attestation.objects.count() == 0
