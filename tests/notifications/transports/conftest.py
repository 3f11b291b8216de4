from collections.abc import Iterator

import pytest
from pytest_django import Settings

from notifications.transports import twilio
from tests import twilio_fake
from tests.twilio_fake import TwilioFake


@pytest.fixture
def fake(settings: Settings) -> Iterator[TwilioFake]:
    """Twilio's stand-in, with settings that lead to it; at the end it has nothing to complain of."""
    with twilio_fake.running() as running:
        settings.SMS_TRANSPORT = "twilio"
        settings.TWILIO_ACCOUNT_SID = twilio_fake.ACCOUNT
        settings.TWILIO_AUTH_TOKEN = twilio_fake.TOKEN
        settings.TWILIO_API_URL = running.url
        settings.PUBLIC_URL = "https://portal.example.org"
        yield running
        twilio.hang_up()
    assert running.complaints == []
