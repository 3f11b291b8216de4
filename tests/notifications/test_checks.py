import pytest
from django.core.checks import registry
from pytest_django import Settings

from notifications.checks import check_texting


def ids() -> list[str]:
    return [found.id or "" for found in check_texting()]


@pytest.fixture
def twilio(settings: Settings) -> Settings:
    settings.SMS_TRANSPORT = "twilio"
    settings.TWILIO_ACCOUNT_SID = "AC" + "0" * 32
    settings.TWILIO_AUTH_TOKEN = "token"
    settings.TWILIO_API_URL = ""
    settings.PUBLIC_URL = "https://portal.example.org"
    return settings


def test_check_is_silent_when_all_is_set(twilio: Settings) -> None:
    assert ids() == []


@pytest.mark.parametrize("name", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"])
def test_check_names_what_is_missing_and_the_remedy(twilio: Settings, name: str) -> None:
    setattr(twilio, name, "")

    (found,) = check_texting()

    assert name in found.msg
    assert f"Set {name}" in (found.hint or "")
    assert "SMS_TRANSPORT=console" in (found.hint or "")


def test_check_asks_for_nothing_of_twilio_where_it_is_not_used(twilio: Settings) -> None:
    twilio.SMS_TRANSPORT = "console"
    twilio.TWILIO_AUTH_TOKEN = ""

    assert ids() == []


def test_check_wants_a_public_address_unless_twilio_is_a_stand_in(twilio: Settings) -> None:
    twilio.PUBLIC_URL = "http://localhost:8000"
    assert ids() == ["notifications.E003"]

    twilio.TWILIO_API_URL = "http://localhost:9999"
    assert ids() == []


def test_check_knows_the_transports(twilio: Settings) -> None:
    twilio.SMS_TRANSPORT = "pigeon"

    assert ids() == ["notifications.E001"]


def test_check_is_run_by_manage_py() -> None:
    assert check_texting in registry.registry.get_checks()
