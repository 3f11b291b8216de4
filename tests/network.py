"""A guard that keeps tests on this machine: any other address raises before a packet leaves."""

import ipaddress
import sys
from typing import Any

# A server listens on the wildcard addresses; nothing leaves through them.
LOCAL_NAMES = {"", "localhost", "0.0.0.0", "::"}  # noqa: S104


class NetworkForbidden(Exception):
    """A test tried to reach another machine."""


def is_local(host: str | bytes | None) -> bool:
    """Whether this name or address is this machine; None is the socket module's word for it."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name.lower() in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def refuse_strangers(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: raises NetworkForbidden where a socket asks for another machine."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if not is_local(host):
        raise NetworkForbidden(f"Tests stay on this machine, and this one asked for {host!r}.")


def install() -> None:
    """Guard this process for the rest of its life; Python offers no way to take a hook off."""
    sys.addaudithook(refuse_strangers)
