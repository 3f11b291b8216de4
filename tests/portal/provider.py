"""What the texting provider posts to the webhooks, signed as it signs."""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
from xml.etree import ElementTree

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from notifications.models import Attempt
from tests.notifications.person import Person

TOKEN, OLD_TOKEN = "made-up-token", "made-up-older-token"
PUBLIC = "https://portal.example.org"
WEBHOOKS = ["/sms/inbound", f"/sms/status/{uuid.UUID(int=1)}", "/voice/inbound"]


def trust(settings: Settings) -> None:
    """Believe what is signed with either token for this address."""
    settings.PUBLIC_URL = PUBLIC
    settings.ALLOWED_HOSTS = ["portal.example.org"]
    settings.TWILIO_AUTH_TOKEN = TOKEN
    settings.TWILIO_AUTH_TOKEN_PREVIOUS = OLD_TOKEN


def sign(path: str, fields: Mapping[str, str], token: str = TOKEN) -> str:
    """The documented scheme, written down once more: address, then each name and value, sorted."""
    said = PUBLIC + path + "".join(name + fields[name] for name in sorted(fields))
    digest = hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def post(
    path: str, fields: Mapping[str, str], *, token: str = TOKEN, signature: str | None = None
) -> HttpResponse:
    client = Client(enforce_csrf_checks=True, headers={"host": "portal.example.org"})
    given_signature = sign(path, fields, token) if signature is None else signature
    return client.post(  # type: ignore[return-value]
        path,
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers={"x-twilio-signature": given_signature},
        secure=True,
    )


def a_text(person: Person, body: str = "Hello", **changes: str) -> dict[str, str]:
    return {
        "AccountSid": "AC" + "0" * 32,
        "Body": body,
        "From": person.address.value,
        "MessageSid": "SM" + "1" * 32,
        "NumMedia": "0",
        "To": person.sender.number,
    } | changes


def said_back(response: HttpResponse) -> list[str]:
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    return [element.text or "" for element in ElementTree.fromstring(response.content)]  # noqa: S314


def a_status(attempt: Attempt, status: str, **more: str) -> dict[str, str]:
    return {"MessageSid": attempt.provider_id, "MessageStatus": status} | more


def a_call(person: Person) -> dict[str, str]:
    return {"To": person.sender.number, "From": person.address.value, "CallSid": "CA" + "1" * 32}


def at_once(count: int, do: Callable[[int], HttpResponse]) -> list[HttpResponse]:
    """What so many requests are answered, each in a thread with a connection of its own."""

    def one(number: int) -> HttpResponse:
        try:
            return do(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(one, range(count)))
