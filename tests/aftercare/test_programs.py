import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aftercare import access, enrolment, invitations, programs
from aftercare.models import AuditEntry, Invitation, Role
from aftercare.record import PORTAL, Actor
from notifications import text
from notifications.models import Message, Program, Sender
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
DRAFT = programs.ProgramDraft(
    name="Harbor House",
    alias="Harbor",
    time_zone="America/Chicago",
    phone="+12155550142",
    staffed_hours=build.OFFICE_HOURS,
    crisis_texts={"en": "Call 988.", "es": "Llame al 988."},
)


def test_create_keeps_what_was_said_with_the_phone_as_people_write_it() -> None:
    program = programs.create(draft=DRAFT, at=AT)

    row = Program.objects.get()
    assert row == program
    assert (row.name, row.alias, row.time_zone, row.phone, row.created_at) == (
        "Harbor House",
        "Harbor",
        "America/Chicago",
        "(215) 555-0142",
        AT,
    )
    assert row.staffed_hours == build.OFFICE_HOURS
    assert AuditEntry.objects.get().verb == AuditEntry.Verb.CREATED


def test_change_replaces_what_was_set_and_records_who_did() -> None:
    program = programs.create(draft=DRAFT, at=AT)
    lead = build.role(program=program, kind=Role.Kind.LEAD)

    programs.change(
        program=program,
        draft=replace(DRAFT, alias="The House", texting_on=False),
        actor=Actor(user=lead.user, role="lead"),
        at=AT,
    )

    program.refresh_from_db()
    assert (program.alias, program.texting_on) == ("The House", False)
    assert AuditEntry.objects.filter(verb=AuditEntry.Verb.CHANGED, actor=lead.user).count() == 1


def test_a_zone_must_exist_and_a_name_be_free() -> None:
    programs.create(draft=DRAFT, at=AT)

    with pytest.raises(programs.UnknownZone):
        programs.create(draft=replace(DRAFT, name="B", time_zone="Mars/Olympus"), at=AT)
    with pytest.raises(programs.NameTaken):
        programs.create(draft=replace(DRAFT, name="HARBOR HOUSE"), at=AT)
    assert Program.objects.count() == 1


@pytest.mark.parametrize("language", programs.LANGUAGES)
def test_default_crisis_texts_are_one_or_two_texts_that_name_988_and_the_phone(
    language: str,
) -> None:
    body = programs.default_crisis_texts(alias="Harbor House", phone="+12155550142")[language]

    assert text.segments(body).count <= 2
    assert "988" in body
    assert "911" in body
    assert "(215) 555-0142" in body


def test_set_number_changes_the_one_row() -> None:
    program = build.program(with_sender=False)

    programs.set_number(program=program, number="+12155550100")
    programs.set_number(program=program, number="+12155550101")

    assert Sender.objects.get(channel=Sender.Channel.SMS).number == "+12155550101"
    assert programs.number_of(program=program) == "+12155550101"


def test_a_number_belongs_to_one_program() -> None:
    programs.set_number(program=build.program(with_sender=False), number="+12155550100")

    with pytest.raises(programs.NumberTaken):
        programs.set_number(
            program=build.program(name="Lakeside", with_sender=False), number="+12155550100"
        )


# Staff


def invite(program: Program, kind: Role.Kind = Role.Kind.COUNSELOR) -> invitations.Issued:
    return programs.invite_staff(
        program=program, kind=kind, email="Pat@example.org", actor=PORTAL, at=AT
    )


def test_invite_staff_mails_a_neutral_link_that_opens_the_role() -> None:
    program = build.program()
    issued = invite(program)
    user = build.user(email="pat@example.org")

    message = Message.objects.get()
    joined = enrolment.redeem(token=issued.token, account=lambda _: user, at=AT)

    assert message.address.value == "pat@example.org"
    assert message.body.startswith("Your sign-in at Harbor\n")
    assert issued.link in message.body
    assert joined.role == Role.objects.get(user=user, program=program, kind=Role.Kind.COUNSELOR)


def test_invited_twice_only_the_newer_link_works() -> None:
    program = build.program()
    first, second = invite(program), invite(program)

    with pytest.raises(invitations.LinkClosed):
        invitations.find(token=first.token, at=AT)
    assert programs.open_invitations(program=program, at=AT) == [second.invitation]


def test_a_role_that_is_held_is_not_given_twice() -> None:
    program = build.program()
    held = build.role(program=program)

    with pytest.raises(enrolment.AlreadyYours):
        enrolment.redeem(token=invite(program).token, account=lambda _: held.user, at=AT)


def test_the_first_lead_gets_one_link_at_a_time() -> None:
    program = build.program()
    first = programs.invite_first_lead(program=program, email="pat@example.org", at=AT)
    second = programs.invite_first_lead(program=program, email="lee@example.org", at=AT)

    assert not Invitation.objects.get(pk=first.invitation.pk).is_open(AT)
    assert invitations.find(token=second.token, at=AT).role_kind == Role.Kind.LEAD
    assert Message.objects.count() == 0


def test_end_role_closes_the_caseload_from_then_on() -> None:
    counselor = build.role(program=build.program())
    build.graduate(program=counselor.program, counselor=counselor)
    before = access.caseload(standing=access.roles_of(user=counselor.user, at=AT)).count()

    programs.end_role(role=counselor, actor=PORTAL, at=AT)

    later = AT + timedelta(seconds=1)
    after = access.caseload(standing=access.roles_of(user=counselor.user, at=later)).count()
    assert (before, after) == (1, 0)


def test_the_last_lead_stays() -> None:
    program = build.program()
    only = build.role(program=program, kind=Role.Kind.LEAD)

    with pytest.raises(programs.LastLead):
        programs.end_role(role=only, actor=PORTAL, at=AT)

    build.role(program=program, kind=Role.Kind.LEAD)
    programs.end_role(role=only, actor=PORTAL, at=AT)
    only.refresh_from_db()
    assert only.until == AT


def test_staff_shows_each_open_role_with_its_caseload() -> None:
    program = build.program()
    counselor = build.role(program=program, name="Dana Reyes")
    build.role(program=program, kind=Role.Kind.LEAD, name="Lee Park")
    build.role(program=program, name="Gone", until=AT)
    build.graduate(program=program, counselor=counselor)

    rows = [(row.role.kind, row.name, row.caseload) for row in programs.staff(program=program)]

    assert rows == [("counselor", "Dana Reyes", 1), ("lead", "Lee Park", 0)]


def test_lacks_names_what_a_program_misses() -> None:
    assert [lack.number for lack in programs.lacks()] == [0]
    build.program(staffed_hours=[[]] * 7, crisis_texts={"en": "x"}, with_sender=False)

    assert [lack.number for lack in programs.lacks()] == [1, 2, 3, 5, 4]


def test_lacks_is_silent_for_a_program_that_has_everything() -> None:
    lead = build.role(program=build.program(), kind=Role.Kind.LEAD)
    build.safety_lane(role=lead)

    assert programs.lacks() == []


@pytest.mark.parametrize("alias", ["Sober House", "HarborRecovery", "Depression Line"])
def test_name_that_tells_is_refused_wherever_it_is_set(alias: str) -> None:
    program = programs.create(draft=DRAFT, at=build.LONG_AGO)

    with pytest.raises(programs.TellingAlias):
        programs.create(draft=replace(DRAFT, name="Second", alias=alias), at=build.LONG_AGO)
    with pytest.raises(programs.TellingAlias):
        programs.change(
            program=program, draft=replace(DRAFT, alias=alias), actor=PORTAL, at=build.LONG_AGO
        )

    assert [row.alias for row in Program.objects.all()] == ["Harbor"]


def test_names_that_tell_are_found_among_those_that_are_set() -> None:
    build.program(alias="Sober House")
    build.program(name="Second", alias="Elm")

    assert [error.word for error in programs.telling_aliases()] == ["sober"]


def test_signatures_are_told_once_and_by_name() -> None:
    for alias in ("Harbor", "elm", "Harbor"):
        build.program(name=str(uuid.uuid4()), alias=alias)

    assert [one.alias for one in programs.signatures()] == ["elm", "Harbor"]
