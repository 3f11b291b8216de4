import json
from collections import Counter
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from aftercare import enrolment, phones, roster, roster_file
from aftercare.models import Assignment, Attestation, Contact, Graduate, Invitation, Role
from aftercare.record import PORTAL
from notifications.models import Message, Program
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)  # a Friday
HEAD = (
    "first_name,last_name,phone,email,tracks,graduated_on,language,counselor_email,time_zone,state"
)
SAM = "Sam,Rivers,(215) 555-0142,sam@example.org,substance_use;mood,2026-03-01,en,,,pa"


def check(text: str, program: Program | None = None) -> roster.Report:
    return roster.check(
        content=text.encode(), program=program or build.program(), allow_fictitious=True
    )


def take_in(text: str, program: Program, *, asked: str = "") -> roster.Report:
    return roster.take_in(
        content=text.encode(),
        program=program,
        actor=PORTAL,
        at=AT,
        asked_words=asked,
        allow_fictitious=True,
    )


def lines(*rows: str) -> str:
    return "\n".join([HEAD, *rows])


def test_check_reads_a_row_and_changes_nothing() -> None:
    program = build.program()

    report = check(lines(SAM), program)

    assert report.errors == []
    assert report.rows == [
        roster.Row(
            2,
            enrolment.Newcomer(
                first_name="Sam",
                last_name="Rivers",
                phone="+12155550142",
                email="sam@example.org",
                tracks=("substance_use", "mood"),
                graduated_on=date(2026, 3, 1),
                language="en",
                time_zone=build.NEW_YORK,
                state="PA",
            ),
            None,
        )
    ]
    assert Graduate.objects.count() == 0


@pytest.mark.parametrize(
    "content",
    [
        "\ufefffirst_name;graduated_on;phone\r\nZoë;3/1/2026;2155550142\r\n".encode(),
        b"First Name,Graduation Date,Mobile\nZo\xeb,03/01/2026,215-555-0142\n",
        "first_name\tgraduated_on\tphone\nZoë\t2026-03-01\t(215) 555-0142\n".encode("utf-16"),
        b'"first_name","graduated_on","phone"\n"Zo\xc3\xab","2026-03-01","=""2155550142"""\n',
        "first_name,graduated_on,phone\nZoë,3-1-2026,'+12155550142\n\n,,\n".encode(),
    ],
    ids=["semicolons and a mark", "latin letters", "tabs", "guarded number", "apostrophe"],
)
def test_check_reads_what_spreadsheets_write(content: bytes) -> None:
    report = roster.check(content=content, program=build.program(), allow_fictitious=True)

    assert report.errors == []
    person = report.rows[0].newcomer
    assert (person.first_name, person.graduated_on, person.phone) == (
        "Zoë",
        date(2026, 3, 1),
        "+12155550142",
    )


@pytest.mark.parametrize(
    ("row", "field", "value", "reason"),
    [
        (",,,,,2026-03-01,,,", "first_name", "", "A first name is needed."),
        (
            "=1+1,,,,,2026-03-01,,,",
            "first_name",
            "=1+1",
            "This looks like a formula. Write the name alone.",
        ),
        (
            "Sam,,555,,,2026-03-01,,,",
            "phone",
            "555",
            "This does not look like a phone number. Type it with the area code, "
            "like (215) 555-0142.",
        ),
        ("Sam,,,sam,,2026-03-01,,,", "email", "sam", "This is no e-mail address."),
        (
            "Sam,,,,yoga,2026-03-01,,,",
            "tracks",
            "yoga",
            "Write one or more of: substance_use, mood, eating, trauma.",
        ),
        (
            "Sam,,,,,31.03.2026,,,",
            "graduated_on",
            "31.03.2026",
            "Write the date like 2026-03-31 or 3/31/2026.",
        ),
        (
            "Sam,,,,,2026-03-01,fr,,",
            "language",
            "fr",
            "Write en for English or es for Spanish.",
        ),
        (
            "Sam,,,,,2026-03-01,,who@example.org,",
            "counselor_email",
            "who@example.org",
            "No counselor of the program has this e-mail. Invite them first.",
        ),
        (
            "Sam,,,,,2026-03-01,,,Mars/Olympus",
            "time_zone",
            "Mars/Olympus",
            "There is no such time zone. Write one like America/New_York.",
        ),
        (
            "Sam,,,,,2026-03-01,,,,ZZ",
            "state",
            "ZZ",
            "Write the two letters of the state, such as PA, or leave it out.",
        ),
    ],
)
def test_check_names_row_field_value_and_reason(
    row: str, field: str, value: str, reason: str
) -> None:
    report = check(lines(SAM, row))

    assert report.errors == [roster.RowError(3, field, value, reason)]


def test_check_tells_every_error_of_a_row() -> None:
    report = check(lines("Sam,,555,sam,,never,,,"))

    assert [error.field for error in report.errors] == ["phone", "email", "graduated_on"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "missing: first_name, graduated_on"),
        (b"name,when\nSam,2026-03-01\n", "missing: first_name, graduated_on"),
        (b"PK\x03\x04\0\0\0", "This is no text file."),
        (b'first_name,graduated_on\n"Sam,2026-03-01\n', "not a proper CSV file"),
    ],
)
def test_check_refuses_a_file_it_cannot_read(content: bytes, words: str) -> None:
    with pytest.raises(roster_file.Unreadable) as refused:
        roster.check(content=content, program=build.program())
    assert words in str(refused.value)


def test_check_leaves_out_who_is_there_or_twice_on_the_list() -> None:
    program = build.program()
    build.graduate(program=program, phone="+12155550199")
    known = "Pat,,(215) 555-0199,,,2026-03-01,,,"
    twice = "Sammy,,,SAM@example.org,,2026-03-01,,,"

    report = check(lines(SAM, known, twice), program)

    assert [row.number for row in report.rows] == [2]
    assert report.already_here == [
        roster.RowError(
            3,
            "phone",
            "+12155550199",
            "Somebody in the program has it already; this row is left out.",
        ),
        roster.RowError(4, "email", "sam@example.org", "Row 2 of the list has the same one."),
    ]


def test_take_in_adds_people_with_their_counselor() -> None:
    program = build.program()
    counselor = build.role(program=program, user=build.user(email="dana@example.org"))

    report = take_in(lines("Sam,,,sam@example.org,,2026-03-01,,Dana@example.org,"), program)

    assert report.added == 1
    assert Assignment.objects.get().counselor == counselor
    assert Graduate.objects.get().status == Graduate.Status.INVITED


def test_take_in_takes_all_rows_or_none() -> None:
    report = take_in(lines(SAM, "Pat,,,,,never,,,"), build.program())

    assert len(report.errors) == 1
    assert Graduate.objects.count() == 0


def test_take_in_stages_ten_invitations_a_staffed_day() -> None:
    program = build.program()
    rows = [f"P{n},,,p{n}@example.org,,2026-03-01,,," for n in range(25)]

    report = take_in(lines(*rows), program)

    days = Counter(Invitation.objects.values_list("send_on", flat=True))
    assert days == {date(2026, 3, 9): 10, date(2026, 3, 10): 10, date(2026, 3, 11): 5}
    assert (report.staged, report.first_on, report.last_on) == (
        25,
        date(2026, 3, 9),
        date(2026, 3, 11),
    )
    assert Message.objects.count() == 0


def test_a_second_list_goes_on_where_the_first_ended() -> None:
    program = build.program()
    take_in(lines(*[f"P{n},,,p{n}@example.org,,2026-03-01,,," for n in range(4)]), program)

    report = take_in(lines(*[f"Q{n},,,q{n}@example.org,,2026-03-01,,," for n in range(8)]), program)

    assert (report.first_on, report.last_on) == (date(2026, 3, 9), date(2026, 3, 10))


def test_texts_are_staged_only_where_people_asked_for_them() -> None:
    program = build.program()

    silent = take_in(lines("Sam,,(215) 555-0142,,,2026-03-01,,,"), program)
    asked = take_in(lines("Pat,,(215) 555-0143,,,2026-03-01,,,"), program, asked="They asked.")

    assert (silent.added, silent.staged) == (1, 0)
    assert (asked.added, asked.staged) == (1, 1)
    assert Attestation.objects.get().words == "They asked."
    assert Contact.objects.count() == 2


# The command


def run(path: Path, **options: object) -> tuple[str, int]:
    out, code = StringIO(), 0
    try:
        call_command("import_roster", str(path), stdout=out, **options)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return out.getvalue(), code


def test_command_checks_first_and_then_takes_in(tmp_path: Path) -> None:
    build.program(name="Harbor House")
    path = tmp_path / "roster.csv"
    path.write_text(lines(SAM))

    dry = run(path, program="harbor house", dry_run=True)
    before = Graduate.objects.count()
    real = run(path, program="Harbor House")

    assert dry == ("1 can be added; nothing was changed.\n", 0)
    assert before == 0
    assert real[0].splitlines()[0] == "1 added, 1 links staged."
    assert Graduate.objects.count() == 1


def test_command_prints_errors_as_json_and_fails(tmp_path: Path) -> None:
    build.program()
    path = tmp_path / "roster.csv"
    path.write_text(lines("Sam,,,,,never,,,"))

    out, code = run(path, json=True)

    assert code == 1
    assert json.loads(out)["errors"] == [
        {
            "row": 2,
            "field": "graduated_on",
            "value": "never",
            "reason": "Write the date like 2026-03-31 or 3/31/2026.",
        }
    ]


def test_command_names_the_remedy_for_file_and_program(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no program yet"):
        run(tmp_path / "roster.csv")
    build.program(name="Harbor House")
    build.program(name="Lakeside")
    with pytest.raises(CommandError, match="--program: Harbor House, Lakeside"):
        run(tmp_path / "roster.csv")
    with pytest.raises(CommandError, match="cannot be read"):
        run(tmp_path / "roster.csv", program="Lakeside")


def test_roles_other_than_counselor_take_no_graduates() -> None:
    program = build.program()
    build.role(program=program, kind=Role.Kind.LEAD, user=build.user(email="lead@example.org"))

    report = check(lines("Sam,,,,,2026-03-01,,lead@example.org,"), program)

    assert [error.field for error in report.errors] == ["counselor_email"]


@pytest.mark.parametrize(
    ("cell", "state"), [("PA", "PA"), ("New jersey", "NJ"), ("", ""), ("dc", "DC")]
)
def test_state_of_a_row_is_set_on_the_phone(cell: str, state: str) -> None:
    program = build.program()

    take_in(f"first_name,graduated_on,phone,state\nZoë,2026-03-01,2155550142,{cell}", program)

    assert phones.state_of(graduate=Graduate.objects.get()) == state
