"""Requests of the texting provider: signed, small, taken in once, answered at once."""

import logging
import uuid
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseAway
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from aftercare import calls, replies
from notifications import clock, inbound, outbox
from notifications.transports import twilio_webhook

log = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024
TOO_LARGE = 413

Webhook = Callable[..., HttpResponse]


def signed(view: Webhook) -> Webhook:
    """Let in only what the provider signed; answer 503 while the database is away.

    The signature is over the configured public address, because a proxy may show us another one.
    """

    @csrf_exempt
    @login_not_required
    @require_POST
    @wraps(view)
    def checked(request: HttpRequest, **parts: uuid.UUID) -> HttpResponse:
        if _size(request) > MOST_BYTES:
            return HttpResponse(status=TOO_LARGE)
        if not twilio_webhook.is_signed(
            url=settings.PUBLIC_URL + request.get_full_path(),
            parameters=request.POST,
            signature=request.headers.get("X-Twilio-Signature", ""),
        ):
            return HttpResponse(status=403)
        try:
            return view(request, **parts)
        except DatabaseAway:
            log.exception("The database is away; the provider is told to come again.")
            return HttpResponse(status=503, headers={"Retry-After": "30"})

    return checked


def _size(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdecimal() else 0


def _markup(body: str) -> HttpResponse:
    return HttpResponse(body, content_type="text/xml; charset=utf-8")


@signed
def sms_inbound(request: HttpRequest) -> HttpResponse:
    """A text came in; what is said back rides in this answer, so no queue can delay it."""
    text = twilio_webhook.read_text(request.POST)
    try:
        received = replies.receive(
            to=text.to,
            sender=text.sender,
            body=text.body,
            provider_id=text.provider_id,
            media=text.media,
            opt_out=text.opt_out,
            at=clock.now(),
        )
    except inbound.UnknownSender:
        log.error(
            "A text came to a number ending in %s that no program sends from. Add it as a sender.",
            text.to[-4:] or "nothing",
        )
        return _markup(twilio_webhook.answer(inbound.nobody_reads()))
    return _markup(twilio_webhook.answer(received.answer))


@signed
def sms_status(request: HttpRequest, attempt_uid: uuid.UUID) -> HttpResponse:
    """What became of a text we sent."""
    status = twilio_webhook.read_status(request.POST)
    if status is not None:
        outbox.record_status(
            attempt_uid=attempt_uid,
            provider_id=status.provider_id,
            status=status.status,
            code=status.code,
            at=clock.now(),
        )
    return _markup(twilio_webhook.answer(None))


@signed
def voice_inbound(request: HttpRequest) -> HttpResponse:
    """Somebody calls the number that only texts."""
    call = twilio_webhook.read_text(request.POST)
    spoken = calls.receive(
        to=call.to, sender=call.sender, provider_id=call.provider_id, at=clock.now()
    )
    return _markup(
        twilio_webhook.speak(greeting=spoken.greeting, dial=spoken.dial, closing=spoken.closing)
    )
