"""Twilio's requests to us: whether they are its own, what they say, and answers in its markup."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.http import QueryDict
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import VoiceResponse

# The voices of Twilio's <Say> by language.
VOICES = {"en": "en-US", "es": "es-US"}
# Callers who hide their number come without one.
ANONYMOUS = "anonymous"
MOST_MEDIA = 10
# Seconds before a call that nobody takes comes back to us.
RINGS_FOR = 25
_ID = re.compile(r"[A-Za-z0-9:_-]{1,64}")


def is_signed(*, url: str, parameters: QueryDict, signature: str) -> bool:
    """Whether the request was signed with a token of ours, the present one or the one before.

    `url` is the public address that was asked for, with its query; `parameters` the posted fields.
    Without a token nothing is ever signed.
    """
    tokens = (settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_PREVIOUS)
    return any(
        token and RequestValidator(token).validate(url, parameters, signature) for token in tokens
    )


def answer(text: str | None) -> str:
    """A response that texts back, or says nothing."""
    response = MessagingResponse()
    if text:
        response.message(text)
    return str(response)


def speak(
    *,
    greeting: Iterable[tuple[str, str]],
    dial: str = "",
    closing: Iterable[tuple[str, str]] = (),
) -> str:
    """A response that reads lines aloud, each as (language, words), and puts the call through."""
    response = VoiceResponse()
    _say(response, greeting)
    if dial:
        response.dial(dial, timeout=RINGS_FOR)
    _say(response, closing)
    return str(response)


def _say(response: VoiceResponse, lines: Iterable[tuple[str, str]]) -> None:
    for language, words in lines:
        response.say(words, language=VOICES.get(language, VOICES["en"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text or a call that came in, whatever of its fields was there; `opt_out` is what Twilio took it for."""

    to: str
    sender: str
    body: str
    provider_id: str
    media: int
    opt_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A status report."""

    provider_id: str
    status: str
    code: str


def read_text(parameters: QueryDict) -> Text:
    """The fields of a text or a call; one without an id gets one made of its content, so that none is lost."""
    provider_id = _first(parameters, "MessageSid", "SmsMessageSid", "SmsSid", "CallSid")
    media = _first(parameters, "NumMedia")
    return Text(
        to=_first(parameters, "To"),
        sender=_first(parameters, "From") or ANONYMOUS,
        body=_first(parameters, "Body"),
        provider_id=_id(provider_id or parameters.urlencode()),
        media=min(int(media), MOST_MEDIA) if media.isascii() and media.isdecimal() else 0,
        opt_out=_first(parameters, "OptOutType"),
    )


def read_status(parameters: QueryDict) -> Status | None:
    """The fields of a status report; None where they do not say which message it is about."""
    provider_id = _first(parameters, "MessageSid", "SmsSid")
    status = _first(parameters, "MessageStatus", "SmsStatus")
    if not provider_id or not status:
        return None
    return Status(
        provider_id=_id(provider_id),
        status=status.lower()[:24],
        code=_first(parameters, "ErrorCode")[:16],
    )


def _first(parameters: QueryDict, *names: str) -> str:
    """The first of these fields that says anything, without the one sign databases cannot keep."""
    values = (parameters.get(name) for name in names)
    return next((value.replace("\0", "") for value in values if value), "")


def _id(value: str) -> str:
    """The provider's id as it is, or a fingerprint of what cannot be one."""
    return value if _ID.fullmatch(value) else hashlib.sha256(value.encode()).hexdigest()
