"""What a text agrees to or takes back."""

from typing import Any

import pytest

from aftercare import replies, rounds
from aftercare.models import (
    Attestation,
    CheckIn,
    Graduate,
    Outreach,
    Reply,
)
from notifications.kinds import Scope
from notifications.models import Address
from tests import build
from tests.aftercare.texting import (
    AT,
    DAY,
    HOUR,
    MINUTE,
    Kinds,
    asked,
    kept,
    said,
    say,
    text,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def graduate() -> Graduate:
    program = build.program()
    return build.graduate(program=program, counselor=build.role(program=program))


# STOP, START, HELP


def test_stop_is_kept_in_the_story_and_has_the_signals_looked_at(graduate: Graduate) -> None:
    reply = say(graduate, "STOP")

    graduate.refresh_from_db()
    assert Address.objects.get(contacts__graduate=graduate).opted_out_at == AT + HOUR
    assert (reply.kind, reply.needs_person) == (Kinds.OPT_OUT, False)
    assert graduate.assess_at == AT + HOUR
    assert said(graduate) == []


def test_stop_from_a_phone_that_others_see_is_asked_about_by_another_way() -> None:
    program = build.program()
    shared, own = (build.graduate(program=program, shared=is_shared) for is_shared in (True, False))

    for one in (shared, own):
        say(one, "STOP")
        say(one, "HELP", AT + HOUR + MINUTE)

    task = Outreach.objects.get()
    assert (task.graduate, task.way, task.outcome, task.next_on) == (
        shared,
        "mail",
        "planned",
        AT.date(),
    )
    assert task.next_step.startswith("STOP came from a phone that others see.")


def test_stop_in_other_words_is_read_by_a_person_as_well(graduate: Graduate) -> None:
    reply = say(graduate, "please stop texting me")

    assert (reply.kind, reply.needs_person) == (Kinds.OPT_OUT, True)


def test_start_after_stop_resumes_the_check_ins(graduate: Graduate) -> None:
    say(graduate, "STOP", AT)
    reply = say(graduate, "START", AT + HOUR)
    build.check_in(graduate=graduate, opens_at=AT + DAY, state=CheckIn.State.PLANNED, questions=())

    assert reply.kind == Kinds.OPT_IN
    assert rounds.open_due(at=AT + DAY) == 1


def test_help_is_no_business_of_a_person(graduate: Graduate) -> None:
    asked(graduate)

    assert text(graduate, "HELP") is not None
    replies.read_unread(at=AT + HOUR)

    reply = Reply.objects.get()
    assert (reply.kind, reply.needs_person) == (Kinds.HELP, False)
    assert kept(graduate) == {}


# Enrolment face to face


def invited(**facts: Any) -> Graduate:
    """Somebody who said yes to what was read aloud, and has not answered the one text."""
    graduate = build.graduate(status=Graduate.Status.INVITED, scopes=[], joined_at=None, **facts)
    Attestation.objects.create(
        contact=graduate.contacts.get(),
        about=Attestation.About.CONSENT,
        words="May we text you?",
        scopes=[Scope.CHECK_INS],
        at=AT,
    )
    return graduate


def has_agreed(graduate: Graduate) -> bool:
    return graduate.contacts.get().attestations.filter(agreed_at__isnull=False).exists()


def attested(body: str) -> tuple[Graduate, Reply]:
    graduate = invited()
    reply = say(graduate, body)
    graduate.refresh_from_db()
    return graduate, reply


@pytest.mark.parametrize("body", ["1", "yes", "Si", "1 Sam", "sam: 1"])
def test_one_agrees_to_what_was_read_aloud(body: str) -> None:
    graduate, reply = attested(body)

    assert (graduate.status, reply.kind) == (Graduate.Status.ACTIVE, Kinds.OPT_IN)
    assert not reply.needs_person


def test_a_one_to_another_program_agrees_to_nothing(graduate: Graduate) -> None:
    """Each program has its own number, and only its own question is answered there."""
    elsewhere = invited(program=build.program(alias="Willow"), to=build.address_of(graduate))
    check_in = asked(graduate, ("okay",))

    reply = say(graduate, "1")

    assert not has_agreed(elsewhere)
    assert (reply.graduate, reply.check_in) == (graduate, check_in)


def test_on_a_shared_phone_a_name_tells_who_agrees(graduate: Graduate) -> None:
    phone, program = build.address_of(graduate), graduate.program
    ana, bo = (invited(program=program, to=phone, first_name=name) for name in ("Ana", "Bo"))

    reply = say(graduate, "1 ana")

    assert (has_agreed(ana), has_agreed(bo)) == (True, False)
    assert (reply.graduate, reply.kind) == (ana, Kinds.OPT_IN)


def test_on_a_shared_phone_a_lone_one_is_theirs_who_alone_was_asked(graduate: Graduate) -> None:
    other = invited(program=graduate.program, to=build.address_of(graduate), first_name="Ana")

    reply = say(graduate, "1")

    assert has_agreed(other)
    assert reply.graduate == other


def test_on_a_shared_phone_a_one_that_may_answer_either_goes_to_a_person(
    graduate: Graduate,
) -> None:
    phone, program = build.address_of(graduate), graduate.program
    other = invited(program=program, to=phone, first_name="Ana")
    asked(graduate, ("okay",))

    reply = say(graduate, "1")

    assert not has_agreed(other)
    assert kept(graduate) == {}
    assert (reply.graduate, reply.needs_person) == (None, True)


def test_start_on_a_phone_where_two_are_asked_agrees_for_nobody(graduate: Graduate) -> None:
    phone, program = build.address_of(graduate), graduate.program
    ana, bo = (invited(program=program, to=phone, first_name=name) for name in ("Ana", "Bo"))

    reply = say(graduate, "START")

    assert not has_agreed(ana)
    assert not has_agreed(bo)
    assert reply.needs_person


def test_another_answer_agrees_to_nothing() -> None:
    graduate, reply = attested("what is this?")

    assert (graduate.status, reply.kind) == (Graduate.Status.INVITED, Kinds.NOTE)
