"""The ways out: one file per provider, chosen by SMS_TRANSPORT; mail has its own."""

from importlib import import_module

from django.conf import settings

from notifications.models import Sender
from notifications.transports.base import Transport

NAMES = ("twilio", "console", "simulator", "memory")


class UnknownTransport(Exception):
    """SMS_TRANSPORT names no transport; the message names the remedy."""


def current() -> Transport:
    """The transport of texts that settings name; raises UnknownTransport."""
    if settings.SMS_TRANSPORT not in NAMES:
        raise UnknownTransport(
            f"SMS_TRANSPORT is {settings.SMS_TRANSPORT!r}. Use one of: {', '.join(NAMES)}."
        )
    return _load(settings.SMS_TRANSPORT)


def of_channel(channel: str) -> Transport:
    """The transport of a channel; raises UnknownTransport."""
    return _load("mailer") if channel == Sender.Channel.EMAIL else current()


def name_of(channel: str) -> str:
    """By what name the transport of a channel is known."""
    return "mailer" if channel == Sender.Channel.EMAIL else str(settings.SMS_TRANSPORT)


def _load(name: str) -> Transport:
    # Loaded on demand: nobody pays for a provider's client who does not use it.
    transport: Transport = import_module(f"{__name__}.{name}").transport()
    return transport
