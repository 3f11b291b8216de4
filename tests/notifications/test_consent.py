from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from notifications import consent
from notifications.kinds import Kind, Scope
from notifications.models import ConsentEvent, Message
from tests import build
from tests.notifications.person import NOON, Person

pytestmark = pytest.mark.django_db

Source = ConsentEvent.Source
MINUTE = timedelta(minutes=1)


def test_scopes_are_empty_without_a_word() -> None:
    person = Person(scopes=[])

    assert consent.scopes(address=person.address, program=person.program) == frozenset()


def test_grant_counts_for_that_program_alone() -> None:
    person, other = Person(scopes=[]), build.program()

    consent.grant(
        address=person.address,
        program=person.program,
        scopes=[Scope.REMINDERS, Scope.CHECK_INS],
        source=Source.WEB,
        words="Yes, text me.",
        at=NOON,
    )

    held = consent.scopes(address=person.address, program=person.program)
    assert held == {Scope.REMINDERS, Scope.CHECK_INS}
    assert consent.scopes(address=person.address, program=other) == frozenset()
    assert {
        (event.scope, event.granted, event.words, event.at) for event in ConsentEvent.objects.all()
    } == {
        (Scope.REMINDERS, True, "Yes, text me.", NOON),
        (Scope.CHECK_INS, True, "Yes, text me.", NOON),
    }


def test_revoke_ends_one_scope_and_what_waits_under_it() -> None:
    person = Person()
    check_in, nudge = person.queue(Kind.CHECK_IN), person.queue(Kind.NUDGE)
    reminder, code = person.queue(Kind.REMINDER), person.queue(Kind.CODE)

    cancelled = consent.revoke(
        address=person.address,
        program=person.program,
        scope=Scope.CHECK_INS,
        source=Source.WEB,
        at=NOON,
    )

    held = consent.scopes(address=person.address, program=person.program)
    assert held == {Scope.PROGRAM, Scope.REMINDERS}
    assert cancelled == 2
    for message in (check_in, nudge):
        message.refresh_from_db()
        assert (message.state, message.reason, message.next_at, message.ended_at) == (
            Message.State.CANCELLED,
            "consent_withdrawn",
            None,
            NOON,
        )
    for message in (reminder, code):
        message.refresh_from_db()
        assert message.state == Message.State.DUE


def test_revoke_of_a_program_leaves_the_other_program() -> None:
    person = Person()
    other = Person()
    build.consents(address=person.address, program=other.program)
    mine = person.queue()
    person.sender = other.sender
    theirs = person.queue()

    consent.revoke(address=person.address, program=person.program, source=Source.STAFF, at=NOON)

    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert consent.scopes(address=person.address, program=person.program) == frozenset()
    assert consent.scopes(address=person.address, program=other.program) == frozenset(Scope)
    assert (mine.state, theirs.state) == (Message.State.CANCELLED, Message.State.DUE)
    assert person.address.opted_out_at is None


def test_revoke_everything_cancels_all_but_the_goodbye() -> None:
    person = Person()
    waiting = [person.queue(kind) for kind in (Kind.REMINDER, Kind.CODE, Kind.REPLY)]
    goodbye = person.queue(Kind.OPT_OUT)

    cancelled = consent.revoke(address=person.address, source=Source.TEXT, words="STOP", at=NOON)

    assert cancelled == len(waiting)
    goodbye.refresh_from_db()
    person.address.refresh_from_db()
    assert goodbye.state == Message.State.DUE
    assert person.address.opted_out_at == NOON
    assert consent.scopes(address=person.address, program=person.program) == frozenset()


def test_resume_brings_back_what_was_agreed_to_before() -> None:
    person = Person(scopes=[Scope.REMINDERS])
    consent.revoke(address=person.address, source=Source.TEXT, at=NOON)
    consent.revoke(address=person.address, source=Source.PROVIDER, at=NOON + MINUTE)

    consent.resume(address=person.address, source=Source.TEXT, words="START", at=NOON + 2 * MINUTE)

    person.address.refresh_from_db()
    assert person.address.opted_out_at is None
    assert consent.scopes(address=person.address, program=person.program) == {Scope.REMINDERS}


@pytest.mark.parametrize(
    ("scope", "left"), [(Scope.CHECK_INS, {Scope.PROGRAM, Scope.REMINDERS}), ("", set())]
)
def test_a_no_after_a_stop_is_not_undone_by_start(scope: Scope | str, left: set[Scope]) -> None:
    person = Person()
    address, program = person.address, person.program
    consent.revoke(address=address, source=Source.TEXT, words="STOP", at=NOON)

    consent.revoke(
        address=address, program=program, scope=scope, source=Source.WEB, at=NOON + MINUTE
    )
    consent.resume(address=address, source=Source.TEXT, words="START", at=NOON + 2 * MINUTE)

    assert consent.scopes(address=address, program=program) == left


@pytest.mark.parametrize("source", [Source.TEXT, Source.PROVIDER])
def test_grant_after_a_texted_stop_waits_for_start(source: ConsentEvent.Source) -> None:
    person = Person(scopes=[Scope.REMINDERS])
    consent.revoke(address=person.address, source=source, at=NOON)

    consent.grant(
        address=person.address,
        program=person.program,
        scopes=[Scope.CHECK_INS],
        source=Source.WEB,
        words="Yes.",
        at=NOON + MINUTE,
    )

    # The phone company still refuses our texts.
    person.address.refresh_from_db()
    assert person.address.opted_out_at == NOON
    assert consent.scopes(address=person.address, program=person.program) == frozenset()
    consent.resume(address=person.address, source=Source.TEXT, at=NOON + 2 * MINUTE)
    held = consent.scopes(address=person.address, program=person.program)
    assert held == {Scope.REMINDERS, Scope.CHECK_INS}


@pytest.mark.parametrize("source", [Source.WEB, Source.STAFF])
def test_grant_after_a_stop_told_to_us_counts_for_itself_alone(
    source: ConsentEvent.Source,
) -> None:
    person = Person(scopes=[Scope.REMINDERS])
    consent.revoke(address=person.address, source=source, at=NOON)

    consent.grant(
        address=person.address,
        program=person.program,
        scopes=[Scope.CHECK_INS],
        source=Source.WEB,
        words="Yes.",
        at=NOON + MINUTE,
    )

    person.address.refresh_from_db()
    assert person.address.opted_out_at is None
    assert consent.scopes(address=person.address, program=person.program) == {Scope.CHECK_INS}


def test_ledger_reads_many_addresses_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = [Person(scopes=[scope]) for scope in Scope]

    with django_assert_num_queries(1):
        ledger = consent.Ledger(addresses=[person.address.pk for person in people])
        held = [
            ledger.scopes(address=person.address.pk, program=person.program.pk) for person in people
        ]

    assert held == [{scope} for scope in Scope]
