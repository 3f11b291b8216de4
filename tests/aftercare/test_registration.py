"""What phone companies are given, held against what the portal really sends."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from aftercare import consent_words, registration
from aftercare.models import Graduate
from notifications import keywords
from notifications.keywords import Keyword
from notifications.kinds import Scope
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def public(settings: Any) -> None:
    settings.PUBLIC_URL = "https://portal.example.org"


def test_packet_holds_the_real_texts_and_pages() -> None:
    program = build.program(alias="Harbor")

    words = registration.packet(program=program, at=AT)

    number = program.senders.get().number
    for part in (
        "Made 2026-03-09 from",
        f"| sending number | {number} |",
        "Harbor here. A few automated texts a week",
        "Harbor: your code is 428 197.",
        "Recordatorio",
        f"Harbor: call {program.phone}. Text CALL, LATER, LESS, MORE, PAUSE 2 WEEKS, or STOP.",
        "CANCEL, END, OPTOUT, QUIT, REVOKE, STOP, STOPALL, UNSUBSCRIBE",
        "https://portal.example.org/texting/",
        "https://portal.example.org/texting/joining/",
        "https://portal.example.org/texting/privacy/",
        "1 a day and 3 a week at most",
    ):
        assert part in words
    for line in consent_words.words(scopes=Scope, alias="Harbor", language="en").splitlines():
        assert f"> {line}" in words
    assert "{{" not in words


def test_packet_names_nobody_who_is_here() -> None:
    graduate = build.graduate(first_name="Samira", phone="+12155550142")
    assert Graduate.objects.count() == 1

    words = registration.packet(program=graduate.program, at=AT)

    assert "Samira" not in words
    assert "5550142" not in words


def test_words_it_promises_are_obeyed() -> None:
    for words, keyword in [
        (registration.START_WORDS, Keyword.START),
        (registration.HELP_WORDS, Keyword.HELP),
        (keywords.CARRIER_STOP, Keyword.STOP),
    ]:
        assert {keywords.keyword(word) for word in words} == {keyword}


def test_samples_come_in_both_languages_with_their_length() -> None:
    samples = registration.samples(program=build.program(), at=AT)

    assert [sample.language for sample in samples] == ["en", "es"] * len(registration.SAMPLES)
    assert {sample.segments for sample in samples} <= {1, 2}


def run(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("sms_packet", *words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_command_prints_or_writes(tmp_path: Path) -> None:
    build.program()
    path = tmp_path / "packet.md"

    printed, complaint = run()
    run("--out", str(path))

    assert printed.strip() == path.read_text(encoding="utf-8").strip()
    assert complaint == ""


def test_command_asks_which_of_several() -> None:
    with pytest.raises(CommandError, match="no program yet"):
        run()
    build.program(name="Harbor House")
    build.program(name="Elder Hall", alias="Elder")

    with pytest.raises(CommandError, match="--program"):
        run()
    with pytest.raises(CommandError, match="no program named"):
        run("--program", "Nowhere")
    assert "texts for Elder" in run("--program", "elder hall")[0]


def test_command_refuses_a_name_that_tells() -> None:
    build.program(alias="HarborRecovery")

    with pytest.raises(CommandError, match="“recover” would tell"):
        run()


def test_command_says_that_pages_need_an_address(settings: Any) -> None:
    settings.PUBLIC_URL = "http://localhost:8000"
    build.program()

    assert "give them an https address" in run()[1]


def test_command_says_where_a_file_cannot_be(tmp_path: Path) -> None:
    build.program()

    with pytest.raises(CommandError, match="cannot be written"):
        run("--out", str(tmp_path / "missing" / "packet.md"))
