"""EXP-02: a list of many people is reasoned, told, agreed to, fetched once, and kept nowhere."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from aftercare import access, exports
from aftercare.access import Standing
from aftercare.models import AuditEntry, Export, Graduate, Role
from notifications import clock
from notifications.models import Message, Program
from tests import build
from tests.notifications.person import NOON

Figure = Callable[[str], None]
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
REASON = "Yearly letter to everybody"
LATER = NOON + timedelta(hours=24)


@pytest.fixture
def program() -> Program:
    return build.program()


@pytest.fixture
def lead(program: Program) -> Role:
    return build.role(program=program, kind=Role.Kind.LEAD)


def standing(role: Role, at: object = NOON) -> Standing:
    return access.roles_of(user=role.user, at=at)  # type: ignore[arg-type]


def many_people(program: Program, count: int) -> None:
    for number in range(count):
        build.graduate(program=program, first_name=f"Person {number}", with_phone=False)


def began_at(client: Client, *, minutes_ago: int) -> None:
    """Set back when the log-in of this browser began."""
    session = client.session
    session["began_at"] = clock.real().timestamp() - minutes_ago * 60
    session.save()


def rows(sheet: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(sheet.removeprefix("\ufeff"))))


def test_exp_02_a_small_list_opens_at_once_is_told_and_recorded_and_fetched_once(
    program: Program, lead: Role, figure: Figure
) -> None:
    counselor = build.role(program=program)
    mine = build.graduate(
        program=program, counselor=counselor, first_name="=cmd()", last_name="Quill"
    )
    build.graduate(program=program, first_name="Not mine")
    who = standing(counselor)

    export = exports.ask(standing=who, program=program, reason=REASON, at=NOON)
    sheet = exports.fetch(standing=who, uid=export.uid, at=NOON + timedelta(minutes=1))
    with pytest.raises(exports.NotOpen):
        exports.fetch(standing=who, uid=export.uid, at=NOON + timedelta(minutes=2))

    assert rows(sheet)[0] == list(exports.COLUMNS)
    assert [line[:2] for line in rows(sheet)[1:]] == [["'=cmd()", "Quill"]]
    told = Message.objects.get(key__startswith=f"export:{export.uid}")
    assert told.address.value == lead.user.email
    assert "Quill" not in told.body
    entries = AuditEntry.objects.order_by("pk").values_list("verb", "thing", "graduate_uid")
    assert list(entries) == [
        ("created", "export", None),
        ("exported", "export", None),
        ("exported", "graduate", mine.uid),
    ]
    figure("a list of 1: 1 reason, 1 lead told, 3 rows on record, fetched 1 time of 2")


def test_exp_02_a_large_list_waits_for_a_second_person_or_a_day(
    program: Program, lead: Role, figure: Figure
) -> None:
    many_people(program, exports.MOST_ALONE + 1)
    other = build.role(program=program, kind=Role.Kind.LEAD)

    alone = exports.ask(standing=standing(lead), program=program, reason=REASON, at=NOON)
    with pytest.raises(exports.NotOpen):
        exports.fetch(standing=standing(lead), uid=alone.uid, at=LATER - timedelta(seconds=1))
    with pytest.raises(exports.OwnExport):
        exports.approve(standing=standing(lead), uid=alone.uid, at=NOON)
    sheet = exports.fetch(standing=standing(lead), uid=alone.uid, at=LATER)
    assert len(rows(sheet)) == exports.MOST_ALONE + 2

    agreed = exports.ask(standing=standing(lead), program=program, reason=REASON, at=NOON)
    exports.approve(standing=standing(other), uid=agreed.uid, at=NOON)
    assert len(rows(exports.fetch(standing=standing(lead), uid=agreed.uid, at=NOON))) == len(
        rows(sheet)
    )
    assert Export.objects.get(pk=agreed.pk).approved_by == other.user
    figure("101 people: 24 h alone, at once with a second lead, 0 by the own word")


def test_exp_02_a_list_closes_within_a_day_and_nothing_of_it_is_stored(
    program: Program, lead: Role
) -> None:
    build.graduate(program=program, last_name="Quillfeather")
    who = standing(lead)
    export = exports.ask(standing=who, program=program, reason=REASON, at=NOON)

    with pytest.raises(exports.NotOpen):
        exports.fetch(standing=who, uid=export.uid, at=NOON + exports.OPEN_FOR)

    assert export.closes_at - export.opens_at <= timedelta(hours=24)
    columns = {column.name for column in Export._meta.concrete_fields}
    assert columns == {
        *("id", "uid", "program", "asked_by", "reason", "people", "asked_at", "opens_at"),
        *("closes_at", "approved_by", "fetched_at"),
    }


def test_exp_02_a_list_that_has_grown_past_the_hundred_is_not_handed_out(
    program: Program, lead: Role
) -> None:
    many_people(program, 2)
    export = exports.ask(standing=standing(lead), program=program, reason=REASON, at=NOON)
    many_people(program, exports.MOST_ALONE)

    with pytest.raises(exports.NotOpen):
        exports.fetch(standing=standing(lead), uid=export.uid, at=NOON)
    assert Export.objects.get().fetched_at is None


def test_exp_02_nobody_fetches_or_agrees_to_what_is_not_theirs(
    program: Program, lead: Role
) -> None:
    counselor, colleague = build.role(program=program), build.role(program=program)
    stranger = build.role(program=build.program(name="Elsewhere"), kind=Role.Kind.LEAD)
    build.graduate(program=program, counselor=counselor)
    export = exports.ask(standing=standing(counselor), program=program, reason=REASON, at=NOON)

    for other in (colleague, stranger, lead):
        with pytest.raises(access.NotYours):
            exports.fetch(standing=standing(other), uid=export.uid, at=NOON)
    for other in (counselor, colleague, stranger):
        with pytest.raises(access.NotYours):
            exports.approve(standing=standing(other), uid=export.uid, at=NOON)
    # The end of a role ends it, too.
    counselor.until = NOON
    counselor.save()
    with pytest.raises(access.NotYours):
        exports.fetch(standing=standing(counselor, LATER), uid=export.uid, at=NOON)
    with pytest.raises(exports.NothingToExport):
        exports.ask(standing=standing(colleague), program=program, reason=REASON, at=NOON)


def test_exp_02_each_step_on_the_page_needs_a_fresh_log_in(
    client: Client, program: Program
) -> None:
    counselor = build.role(program=program)
    build.graduate(program=program, counselor=counselor, last_name="Quill")
    client.force_login(counselor.user)
    form = {"program": str(program.uid), "reason": REASON}

    began_at(client, minutes_ago=6)
    stale = client.post("/lists/", form)
    assert (Export.objects.count(), "/reauthenticate" in stale.headers["Location"]) == (0, True)

    began_at(client, minutes_ago=4)
    short = client.post("/lists/", form | {"reason": "why"})
    asked = client.post("/lists/", form)
    export = Export.objects.get()
    page = client.get("/lists/").content.decode()
    fetched = client.post(reverse("export_fetch", args=[export.uid]))
    again = client.post(reverse("export_fetch", args=[export.uid]))

    assert (short.status_code, asked.status_code, again.status_code) == (422, 302, 302)
    assert REASON in page
    assert "Quill" in fetched.content.decode()
    assert fetched.headers["Content-Disposition"] == 'attachment; filename="list.csv"'
    assert fetched.headers["Cache-Control"] == "no-store"
    assert Graduate.objects.count() == 1
