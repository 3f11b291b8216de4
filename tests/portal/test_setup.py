"""`manage.py setup` and `make_keys`: a real, empty installation, however often it is run."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from aftercare import invitations, programs
from aftercare.models import Invitation, Role
from notifications import clock
from notifications.crypto import parse_keys
from notifications.models import Program, Sender
from tests import build

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

OPTIONS: dict[str, Any] = {
    "program": "Harbor House",
    "alias": "Harbor",
    "time_zone": "America/New_York",
    "hours": "Mon-Fri 9-17",
    "phone": "(215) 555-0142",
    "number": "+1 215 555 0100",
    "lead_email": "lee@example.org",
}


def setup(**changes: Any) -> str:
    out = StringIO()
    call_command("setup", no_input=True, stdout=out, stderr=out, **(OPTIONS | changes))
    return out.getvalue()


def token_in(text: str) -> str:
    found = re.search(r"/join/([^/]+)/", text)
    assert found is not None
    return found[1]


def test_setup_makes_a_program_and_prints_a_link_for_its_lead() -> None:
    out = setup()

    program = Program.objects.get()
    invitation = invitations.find(token=token_in(out), at=clock.now())
    assert (program.name, program.alias, program.time_zone, program.phone) == (
        "Harbor House",
        "Harbor",
        "America/New_York",
        "(215) 555-0142",
    )
    assert "Danger pages nobody yet" in out
    assert program.staffed_hours == build.OFFICE_HOURS
    assert program.crisis_texts == programs.default_crisis_texts(
        alias="Harbor", phone="+12155550142"
    )
    assert Sender.objects.get().number == "+12155550100"
    assert (invitation.role_kind, invitation.program) == (Role.Kind.LEAD, program)


def test_the_link_opens_the_role_of_the_lead(client: Client) -> None:
    token = token_in(setup())

    client.post(
        reverse("join", args=[token]),
        {
            "name": "Lee Park",
            "email": "lee@example.org",
            "password": "purple otter walks home",
        },
    )

    role = Role.objects.get()
    assert (role.kind, role.user.email) == (Role.Kind.LEAD, "lee@example.org")


def test_run_twice_it_adds_nothing_and_prints_a_fresh_link() -> None:
    first = token_in(setup())
    second = token_in(setup())

    at = clock.now()
    assert Program.objects.count() == 1
    assert Sender.objects.count() == 1
    assert Invitation.objects.filter(expires_at__gt=at).count() == 1
    assert invitations.find(token=second, at=at).role_kind == Role.Kind.LEAD
    with pytest.raises(invitations.LinkClosed):
        invitations.find(token=first, at=at + timedelta(seconds=1))


def test_with_a_lead_no_link_is_printed_unless_asked_for() -> None:
    setup()
    build.role(program=Program.objects.get(), kind=Role.Kind.LEAD)

    quiet, asked = setup(), setup(new_link=True)

    assert "/join/" not in quiet
    assert "--new-link" in quiet
    assert "/join/" in asked


def test_run_again_it_changes_only_what_is_said() -> None:
    setup(crisis_text_en="Call 988 now.")

    call_command(
        "setup", no_input=True, hours="Tue 10-12", lead_email="l@example.org", stdout=StringIO()
    )

    program = Program.objects.get()
    assert program.staffed_hours[1] == [["10:00", "12:00"]]
    assert program.alias == "Harbor"
    assert program.crisis_texts["en"] == "Call 988 now."


def test_pace_is_that_of_a_small_brand_until_it_is_set_and_stays_as_it_was_set() -> None:
    setup()
    first = Sender.objects.get()
    setup(pace="3", per_day="2000")
    setup()
    kept = Sender.objects.get()
    setup(per_day="none")
    free = Sender.objects.get()

    assert (first.segments_per_second, first.segments_per_day) == (1, None)
    assert (kept.segments_per_second, kept.segments_per_day) == (3, 2000)
    assert (free.segments_per_second, free.segments_per_day) == (3, None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pace": "fast"}, "--pace: Write a number from 0.1 to 1000"),
        ({"pace": "0"}, "--pace: Write a number from 0.1 to 1000"),
        ({"per_day": "1.5"}, "--per-day: Write none, or a number from 10 to 1000000"),
        ({"program": None}, "--program: An answer is needed here."),
        ({"alias": "Sober House"}, "--alias: “sober” would tell a stranger too much"),
        (
            {"time_zone": "New York"},
            "--time-zone: There is no time zone 'New York'. Write one like America/New_York.",
        ),
        ({"time_zone": "chicago"}, "Did you mean America/Chicago?"),
        ({"hours": "always"}, "--hours: Write days and hours like"),
        ({"phone": "555"}, "--phone: This does not look like a phone number."),
        ({"number": "12"}, "--number: This does not look like a phone number."),
        ({"crisis_text_en": "x" * 500}, "--crisis-text-en: Write 1 to 3 texts' worth"),
        ({"lead_email": "lee"}, "--lead-email: This is no e-mail address."),
    ],
)
def test_a_bad_option_is_named_with_its_remedy(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError) as refused:
        setup(**changes)

    assert words in str(refused.value)


def test_a_number_of_another_program_is_refused_and_nothing_is_made() -> None:
    build.sender(program=build.program(name="Lakeside"), number="+12155550100")

    with pytest.raises(CommandError, match="Give another one with --number"):
        setup()

    assert programs.named(name="Harbor House") is None


def answers(*said: str) -> Callable[[str], str]:
    rest = iter(said)

    def answer(prompt: str) -> str:
        try:
            return next(rest)
        except StopIteration:
            raise EOFError from None

    return answer


def test_asked_by_hand_a_bad_answer_is_asked_again() -> None:
    out, err = StringIO(), StringIO()
    said = answers(
        "Harbor House",
        "Sober House",
        "Harbor",
        "Mars/Olympus",
        "America/Denver",
        "",
        "215 555 0142",
        "",
        "",
        "",
        "lee@example.org",
    )

    call_command("setup", answer=said, stdout=out, stderr=err)

    program = Program.objects.get()
    assert err.getvalue().count("\n") == 2
    assert "There is no time zone 'Mars/Olympus'." in err.getvalue()
    assert (program.alias, program.time_zone) == ("Harbor", "America/Denver")
    assert program.staffed_hours == build.OFFICE_HOURS
    assert Sender.objects.count() == 0
    assert "/join/" in out.getvalue()


def test_with_nobody_to_ask_it_names_the_options() -> None:
    with pytest.raises(CommandError, match="Use --no-input with the options"):
        call_command("setup", answer=answers("Harbor House"), stdout=StringIO())


def test_missing_keys_are_made_and_written_only_on_request(settings: Any, tmp_path: Path) -> None:
    settings.SECRET_KEY = ""
    path = tmp_path / "env"

    out = setup(write_env=path)

    assert path.read_text().startswith("SECRET_KEY=")
    assert path.stat().st_mode & 0o777 == 0o600
    assert settings.SECRET_KEY in path.read_text()
    assert "SECRET_KEY=" not in out


def test_missing_keys_are_shown_where_no_file_is_named(settings: Any) -> None:
    settings.SECRET_KEY = ""

    out = setup()

    assert f"SECRET_KEY={settings.SECRET_KEY}" in out


def test_make_keys_prints_keys_that_work() -> None:
    out = StringIO()
    call_command("make_keys", stdout=out)

    values = dict(line.split("=", 1) for line in out.getvalue().splitlines())

    assert len(values["SECRET_KEY"]) >= 50
    assert parse_keys(values["FIELD_KEYS"]).current == "k1"
