import os
import subprocess
import sys
from pathlib import Path

from tests.house.places import ROOT

PRODUCTION = {
    "PUBLIC_URL": "https://portal.example.org",
    "SMS_TRANSPORT": "twilio",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "0" * 32,
    "EMAIL_HOST": "mail.example.org",
    "MAIL_FROM": "Portal <portal@example.org>",
}


def check_deploy(**changes: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check --deploy` as an operator runs it, in an environment of its own."""
    return run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **changes)


def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": os.environ["VAR_DIR"],
        **PRODUCTION,
        **changes,
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_finds_nothing_in_a_whole_installation() -> None:
    answer = check_deploy()
    assert (answer.returncode, answer.stderr) == (0, "")


def test_check_names_a_missing_setting_without_a_traceback() -> None:
    answer = check_deploy(
        SECRET_KEY="",
        FIELD_KEYS="",
        DATABASE_URL=f"sqlite:///{os.environ['VAR_DIR']}/shared.sqlite3",
    )
    assert answer.returncode == 1
    assert "SECRET_KEY" in answer.stderr
    assert "FIELD_KEYS" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_numbers_of_stories_are_refused_where_texts_reach_people() -> None:
    ask = "from portal import settings; print(settings.ALLOW_FICTITIOUS_NUMBERS)"

    assert run("-c", ask).stdout == "False\n"
    assert run("-c", ask, TWILIO_API_URL="http://127.0.0.1:9").stdout == "True\n"


def test_the_tables_of_a_demo_can_be_made_by_hand(tmp_path: Path) -> None:
    demo = {"DEMO": "1", "VAR_DIR": str(tmp_path)}

    answer = run("manage.py", "migrate", "--verbosity=0", **demo)

    assert (answer.returncode, answer.stderr) == (0, "")
