"""Each unsafe setting of a deployment is named with its remedy, and a safe one is not."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from portal import deployment

SAFE: dict[str, Any] = {
    "DEMO": False,
    "SMS_TRANSPORT": "twilio",
    "TWILIO_AUTH_TOKEN": "made-up",
    "TWILIO_AUTH_TOKEN_PREVIOUS": "",
    "TWILIO_API_URL": "",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "mail.example.org",
    "EMAIL_USE_TLS": True,
    "FEEDS_ALLOW_PRIVATE": False,
    "DATABASE_URL": "",
    "ALLOWED_HOSTS": ["portal.example.org"],
    "SITE_NAME": "Portal",
    "DEFAULT_FROM_EMAIL": "Portal <portal@example.org>",
    "METRICS_TOKEN": "",
    "LOGGING": {"root": {"level": "INFO"}},
    "MAP_TILES": "",
}
UNSAFE: dict[int, tuple[str, Any]] = {
    201: ("DEMO", True),
    202: ("SMS_TRANSPORT", "console"),
    203: ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend"),
    204: ("EMAIL_USE_TLS", False),
    205: ("FEEDS_ALLOW_PRIVATE", True),
    206: ("DATABASE_URL", "postgres://portal:word@db.example.org/portal"),
    207: ("TWILIO_API_URL", "http://fake.example.org"),
    208: ("ALLOWED_HOSTS", ["portal.example.org", "*"]),
    209: ("SECRET_KEY", "the-same-key-in-two-places-is-one-key-too-few"),
    210: ("SITE_NAME", "Bay Recovery"),
    211: ("METRICS_TOKEN", "short"),
    212: ("TWILIO_AUTH_TOKEN_PREVIOUS", "made-up"),
    214: ("LOGGING", {"root": {"level": "DEBUG"}}),
    215: ("MAP_TILES", "http://tiles.example.org/{z}/{x}/{y}.png"),
}


@pytest.fixture(autouse=True)
def safe(settings: Settings, tmp_path: Path) -> None:
    for name, value in SAFE.items():
        setattr(settings, name, value)
    settings.VAR_DIR = tmp_path
    settings.FIELD_KEYS = "a:the-same-key-in-two-places-is-one-key-too-few,index:x"


def found() -> list[str]:
    return [str(message.id) for message in deployment.check_deployment()]


def test_a_safe_installation_is_told_nothing() -> None:
    assert found() == []


def test_every_unsafe_setting_has_a_line_below() -> None:
    assert set(deployment.UNSAFE) == {*UNSAFE, 213}


@pytest.mark.parametrize("number", UNSAFE)
def test_an_unsafe_setting_is_named_with_its_remedy(settings: Settings, number: int) -> None:
    name, value = UNSAFE[number]
    setattr(settings, name, value)

    (message,) = deployment.check_deployment()

    assert message.id == f"portal.W{number}"
    assert message.hint
    assert "%s" not in message.msg


@pytest.mark.parametrize(
    "url",
    [
        "postgres://portal:word@db.example.org/portal?sslmode=verify-full",
        "postgres://portal:word@localhost/portal",
        "",
    ],
)
def test_a_database_that_is_near_or_encrypted_is_safe(settings: Settings, url: str) -> None:
    settings.DATABASE_URL = url
    assert found() == []


def test_a_key_file_that_others_may_read_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    path = folder / "field_keys"
    path.write_text("x")
    path.chmod(0o600)
    assert found() == []

    path.chmod(0o640)

    (message,) = deployment.check_deployment()
    assert (message.id, str(path) in message.msg) == ("portal.W213", True)
