"""A demo reaches nobody, and what stands in its way is told with its remedy."""

import fcntl
import socket
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.house.test_deploy import run


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def test_a_port_in_use_is_told_with_another_to_take(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings.PORT = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"PORT={settings.PORT + 1} make demo"):
            call_command("demo")


def test_a_second_demo_is_told_to_stop_the_first(tmp_path: Path) -> None:
    with (tmp_path / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(CommandError, match="Stop it with Ctrl-C"):
            call_command("demo")


def test_texts_and_mail_of_a_demo_reach_nobody(tmp_path: Path) -> None:
    ask = "from portal import settings as s; print(s.SMS_TRANSPORT, s.EMAIL_BACKEND, s.EMAIL_FILE_PATH)"

    told = run("-c", ask, DEMO="1", VAR_DIR=str(tmp_path)).stdout.split()

    assert told == [
        "simulator",
        "django.core.mail.backends.filebased.EmailBackend",
        str(tmp_path / "demo-mail"),
    ]
