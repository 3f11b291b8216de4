"""`manage.py load_instrument`: what it prints and how it ends."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from aftercare.models import InstrumentWording
from tests.questionnaires import as_bytes, questionnaire

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit status, and everything that was said."""
    status, said = 0, ""
    try:
        call_command("load_instrument", *arguments)
    except CommandError as error:
        status, said = error.returncode, str(error)
    return status, capsys.readouterr().out + said


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "phq_9.json"
    path.write_bytes(as_bytes(questionnaire("phq_9")))
    return path


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    status, said = run(capsys, *arguments, "--json")
    return status, json.loads(said.splitlines()[0])


def test_file_is_loaded_and_told_once(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = {
        "status": "loaded",
        "instrument": "phq_9",
        "language": "es",
        "version": 1,
        "items": 9,
        "licence": "Made up for a test.",
        "source": "https://example.org/Questionnaire/phq_9 · 1.0",
        "checksum": hashlib.sha256(file.read_bytes()).hexdigest(),
        "disagreements": [],
    }

    assert report(capsys, str(file), "--language", "es") == (0, wanted)
    again = report(capsys, str(file), "--language", "es")

    assert again == (0, {**wanted, "status": "unchanged"})
    assert InstrumentWording.objects.count() == 1


def test_words_are_told_in_words(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = run(capsys, str(file))

    checksum = hashlib.sha256(file.read_bytes()).hexdigest()
    assert (status, said.splitlines()) == (
        0,
        [
            "PHQ-9 (en), version 1: loaded.",
            f"9 questions, SHA-256 {checksum}",
            "Licence: Made up for a test.",
            "Source: https://example.org/Questionnaire/phq_9 · 1.0",
        ],
    )


def test_disagreements_are_named_and_end_with_3(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    form = questionnaire("phq_9")
    del form["item"][0]["item"][8]
    form["item"][0]["item"][0]["answerOption"].pop()
    file.write_bytes(as_bytes(form))

    assert run(capsys, str(file)) == (
        3,
        "item 9: is missing\n"
        "item 1: its choices score 0, 1, 2 instead of 0, 1, 2, 3\n"
        "Nothing was kept: 2 disagreements with the structure of PHQ-9.",
    )
    status, told = report(capsys, str(file))
    assert (status, told["status"], told["disagreements"][0]) == (
        3,
        "refused",
        {"item": "9", "reason": "is missing"},
    )
    assert not InstrumentWording.objects.exists()


@pytest.mark.parametrize(
    ("body", "more", "reason"),
    [
        (b"{", (), "not JSON"),
        (b'{"resourceType": "Bundle"}', (), "a Bundle instead of a Questionnaire"),
        (b" " * 1_000_002, (), "larger than 1 MB"),
        (as_bytes(questionnaire("phq_9", language="en")), ("--language", "es"), "language"),
        (as_bytes(questionnaire("scoff")), (), "--licence"),
    ],
)
def test_what_cannot_be_used_ends_with_2_and_its_reason(
    body: bytes,
    more: tuple[str, ...],
    reason: str,
    file: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file.write_bytes(body)

    status, said = run(capsys, str(file), *more)
    as_json = report(capsys, str(file), *more)

    assert (status, reason in said) == (2, True)
    assert (as_json[0], as_json[1]["status"], reason in as_json[1]["reason"]) == (
        2,
        "unreadable",
        True,
    )


def test_file_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "none.json")
    assert run(capsys, path) == (
        2,
        f"Cannot open {path}: No such file or directory. Check the name.",
    )


def test_licence_and_name_may_be_given(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(as_bytes(questionnaire("scoff", title="Five things", url="")))

    status, told = report(
        capsys, str(file), "--instrument", "scoff", "--licence", "Letter of 3 March"
    )

    assert (status, told["instrument"], told["licence"]) == (0, "scoff", "Letter of 3 March")
