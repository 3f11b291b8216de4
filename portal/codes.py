"""What one-time codes of log-in share, whoever holds the page: few tries, one use, a short life.

Both are counted in the cache that all processes share, for a session that many requests
carry at once would let each of them try.
"""

import hashlib
import hmac
import secrets

from allauth.core.internal import ratelimit
from allauth.core.internal.cryptokit import normalize_user_code
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.http import HttpRequest

from notifications import clock

LIFE_SECONDS = 600
TRIES = 3
# No more codes to one mailbox, whoever asks for them.
_RATES = {"try_code": f"{TRIES}/{LIFE_SECONDS}s/key", "send_code": "3/m/key,10/h/key"}
_SLOT = "own_code"


def may_send(*, request: HttpRequest, to: str) -> bool:
    """Take one of the codes that may go to a mailbox in a while."""
    key = to.lower()
    return bool(
        ratelimit.consume(request, app="portal", action="send_code", config=_RATES, key=key)
    )


def may_try(*, request: HttpRequest, name: str) -> bool:
    """Take one of the three tries of the code with this name."""
    return bool(
        ratelimit.consume(request, app="portal", action="try_code", config=_RATES, key=name)
    )


def use_up(*, name: str) -> bool:
    """Whether this is the first use of the code with this name; of any number at once, one is."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return bool(cache.add(f"portal:code:{digest}", 1, timeout=LIFE_SECONDS))


def keep(*, session: SessionBase, code: str, mailbox: str) -> None:
    """Bind a code to the session that asked for it; what is kept does not tell the code."""
    salt = secrets.token_hex(16)
    session[_SLOT] = {
        "salt": salt,
        "digest": _digest(salt, code),
        "at": clock.real().timestamp(),
        "mailbox": mailbox,
    }


def mailbox_of(*, session: SessionBase) -> str:
    """Where the code of this session went, while it lives; else empty."""
    slot = session.get(_SLOT) or {}
    is_alive = slot and clock.real().timestamp() - slot["at"] < LIFE_SECONDS
    return str(slot["mailbox"]) if is_alive else ""


def is_right(*, request: HttpRequest, code: str) -> bool:
    """Take a code in: right once, within ten minutes and three tries, in the session that asked."""
    if not mailbox_of(session=request.session):
        return False
    slot = request.session[_SLOT]
    if not may_try(request=request, name=slot["salt"]):
        del request.session[_SLOT]
        return False
    if not hmac.compare_digest(slot["digest"], _digest(slot["salt"], code)):
        return False
    del request.session[_SLOT]
    return use_up(name=slot["salt"])


def _digest(salt: str, code: str) -> str:
    return hashlib.sha256(f"{salt}{normalize_user_code(code)}".encode()).hexdigest()
