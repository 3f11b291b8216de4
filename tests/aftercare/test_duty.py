from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from aftercare import duty, replies
from aftercare.models import Duty, Role
from aftercare.record import PORTAL
from notifications.models import Message, Sender
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_the_lane_is_not_switched_on_before_everything_is_there() -> None:
    program = build.program(staffed_hours=[[]] * 7, with_sender=False)
    role = build.role(program=program)

    assert duty.lacks(program=program) == [
        duty.WORDS_NOT_APPROVED,
        duty.NO_HOURS,
        duty.NO_NUMBER,
        duty.NOBODY_ON_CALL,
    ]
    with pytest.raises(duty.NotReady):
        duty.switch_on(program=program, actor=PORTAL, at=AT)
    program.staffed_hours = build.OFFICE_HOURS
    program.save()
    duty.approve_words(program=program, actor=PORTAL, at=AT)
    build.sender(program=program)
    row = duty.add(role=role, number=build.phone(), actor=PORTAL, at=AT)
    assert duty.lacks(program=program) == [duty.PHONE_NOT_TESTED]
    duty.pass_test(row=row, code=row.code, at=AT)
    Sender.objects.filter(program=program, channel="email").update(is_on=False)
    assert duty.lacks(program=program) == [duty.NO_SECOND_CHANNEL]
    Sender.objects.update(is_on=True)
    duty.switch_on(program=program, actor=PORTAL, at=AT)
    assert duty.is_on(program=program)
    duty.switch_off(program=program, actor=PORTAL, at=AT)
    assert not duty.is_on(program=program)


def test_words_that_changed_or_are_missing_want_approval_anew() -> None:
    program = build.program()
    duty.approve_words(program=program, actor=PORTAL, at=AT)
    assert duty.WORDS_NOT_APPROVED not in duty.lacks(program=program)

    program.crisis_texts = {**program.crisis_texts, "es": "Llama al 988."}
    assert duty.WORDS_NOT_APPROVED in duty.lacks(program=program)
    program.crisis_texts = {"en": "Call 988."}
    with pytest.raises(duty.NotReady):
        duty.approve_words(program=program, actor=PORTAL, at=AT)


def test_a_phone_is_tested_by_texting_its_code_back() -> None:
    role = build.role(program=build.program())
    row = duty.add(role=role, number="+12155550177", actor=PORTAL, at=AT)
    text = Message.objects.get(address=row.phone)
    assert (
        text.body == f"Harbor: a test of your on-call phone. Reply OK {row.code} within 30 minutes."
    )

    number = Sender.objects.get(program=role.program, channel="sms").number
    said = replies.receive(
        to=number, sender="+12155550177", body=f"ok {row.code}.", provider_id="SM1", at=AT + MINUTE
    ).answer

    row.refresh_from_db()
    assert said == "Thank you. Your phone works and is on the list."
    assert (row.tested_at, row.code) == (AT + MINUTE, "")
    row.phone.refresh_from_db()
    assert row.phone.confirmed_at == AT + MINUTE


def test_a_test_is_good_for_half_an_hour() -> None:
    row = duty.add(
        role=build.role(program=build.program()), number=build.phone(), actor=PORTAL, at=AT
    )

    assert not duty.pass_test(row=row, code=row.code, at=AT + 31 * MINUTE)
    assert not duty.pass_test(row=row, code="none", at=AT)
    assert duty.pass_test(row=row, code=row.code, at=AT + 29 * MINUTE)


def test_a_new_number_replaces_the_old_one_and_wants_its_own_test() -> None:
    role = build.role(program=build.program())
    build.duty(role=role, is_on_call=True)

    row = duty.add(role=role, number="+12155550178", actor=PORTAL, at=AT)

    assert Duty.objects.count() == 1
    assert (row.phone.value, row.tested_at, row.is_on_call) == ("+12155550178", None, True)


def test_a_program_has_one_on_call_and_everybody_once() -> None:
    program = build.program()
    first = build.duty(role=build.role(program=program), is_on_call=True)
    second = build.duty(role=build.role(program=program))

    for broken in ({"is_on_call": True}, {"user": first.user}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Duty.objects.filter(pk=second.pk).update(**broken)
    duty.put_on_call(row=second, actor=PORTAL, at=AT)
    assert [row.pk for row in duty.people(program=program)] == [second.pk, first.pk]
    duty.end(row=second, actor=PORTAL, at=AT)
    assert [row.is_on_call for row in duty.people(program=program)] == [False]


def test_who_left_is_passed_over_and_a_lead_without_a_list_gets_mail() -> None:
    program = build.program()
    gone = build.role(program=program)
    build.duty(role=gone, is_on_call=True)
    lead = build.role(program=program, kind=Role.Kind.LEAD)
    Role.objects.filter(pk=gone.pk).update(until=AT)

    found = duty.pagers(program=program, round_number=0, at=AT)

    assert [(one.user, one.phone) for one in found] == [(lead.user, None)]
    assert found[0].mailbox is not None
    assert found[0].mailbox.value == lead.user.email
