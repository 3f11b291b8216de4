"""Texts through Twilio, by its own client; what it promises and does not is in docs/messaging.md."""

import logging
import os
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from requests import Request, Session
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient as AnyHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3 import HTTPConnectionPool, Timeout, make_headers
from urllib3 import exceptions as broken
from urllib3.util import Retry

from notifications.transports.base import Listed, Page, Parcel, Receipt, TransportError, Way
from notifications.transports.outcomes import Outcome, of_code

API = "https://api.twilio.com"
# Seconds to connect and to read; a create was seen to answer after 26. The client's default waits
# for ever.
TIMEOUTS = (5, 30)
PARALLEL = 48
NEEDED = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
# Clocks differ a little.
LEEWAY = timedelta(seconds=10)
LISTED = 200
# The most that one page of the list holds.
PAGE = 1000
TOO_MANY = 429
# What is longer is neither a date nor a number of seconds, and may be longer than Python reads.
LONGEST_DATE = 64
# Of a resource that the account does not have.
UNKNOWN_HERE = "20404"
SERVER_ERROR = 500
NEVER = datetime.fromtimestamp(0, UTC)
_WAYS = {"inbound": Way.IN, "outbound-reply": Way.ANSWER}


class _Connections(HTTPAdapter):
    """Kept connections to one server, through what the environment names: proxies, certificates."""

    def to(self, address: str) -> HTTPConnectionPool:
        """The pool of a server. Proxies and certificates are read here, once for all requests."""
        found = Session().merge_environment_settings(address, {}, None, None, None)
        request = Request("GET", address).prepare()
        pool = self.get_connection_with_tls_context(request, found["verify"], found["proxies"])
        self.cert_verify(pool, address, found["verify"], None)
        return pool


class HttpClient(AnyHttpClient):  # type: ignore[misc]
    """What Twilio's client sends and reads by: a pair of timeouts, one pool, and a movable API.

    It goes straight to the pool. What `requests` does around it (sessions, cookies, redirects, hooks)
    costs as much again as the request, and means nothing to this API.
    """

    def __init__(self, *, api: str) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), is_async=False)
        self.timeout = TIMEOUTS
        self.api = (api or API).rstrip("/")
        self.connections = _Connections(pool_maxsize=PARALLEL)
        self.pool: Any = self.connections.to(self.api)
        # A plain proxy is told the whole address, everybody else what comes after the host.
        is_relayed = self.pool.proxy is not None and self.pool.scheme == "http"
        self._root = self.api if is_relayed else urlsplit(self.api).path

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Send it; a 429 becomes a TransportError here, where its Retry-After is at hand.

        Raises urllib3's own errors; nothing is tried again or followed.
        """
        connect, read = self.timeout
        answer = self.pool.urlopen(
            method,
            self._root + url.removeprefix(API) + (f"?{_form(params)}" if params else ""),
            body=_form(data) if data else None,
            headers={**(headers or {}), **_always(auth)},
            timeout=Timeout(connect=connect, read=read),
            retries=False,
            redirect=False,
        )
        if answer.status == TOO_MANY:
            wish = _seconds(answer.headers.get("Retry-After", ""))
            raise TransportError(Outcome.NOT_PROCESSED, code="20429", retry_after=wish)
        return Response(answer.status, answer.data.decode(errors="replace"), answer.headers)

    def close(self) -> None:
        """Close the connections at hand."""
        self.connections.close()


def _seconds(wish: str) -> int | None:
    """How long to wait by a Retry-After: seconds, or until a date (RFC 9110, 10.2.3)."""
    try:
        return round(Retry().parse_retry_after(wish)) if len(wish) <= LONGEST_DATE else None
    except (broken.InvalidHeader, ValueError, OverflowError):
        return None


def _form(values: Mapping[str, object]) -> str:
    return urlencode({name: value for name, value in values.items() if value is not None}, True)


@lru_cache(maxsize=4)
def _always(auth: tuple[str, str] | None) -> dict[str, str]:
    """The headers that every request bears."""
    return make_headers(
        accept_encoding="gzip,deflate",
        keep_alive=True,
        basic_auth=":".join(auth) if auth else None,
    )


class Twilio:
    """The Programmable Messaging API."""

    parallel = PARALLEL
    is_remote = True
    answers_keywords = True

    def __init__(self, client: Client | None) -> None:
        self.client = client

    @property
    def account(self) -> "Twilio":
        """Twilio keeps what it took."""
        return self

    @property
    def _messages(self) -> Any:
        """The Messages resource; raises TransportError where a setting is missing."""
        if self.client is None:
            missing = [name for name in NEEDED if not getattr(settings, name)]
            detail = f"set {' and '.join(missing)}"
            raise TransportError(Outcome.ACCOUNT, code="settings", detail=detail)
        return self.client.messages

    def send(self, parcel: Parcel) -> Receipt:
        """Create a message; raises TransportError."""
        sender: dict[str, str] = (
            {"messaging_service_sid": parcel.messaging_service}
            if parcel.messaging_service
            else {"from_": parcel.number}
        )
        options: dict[str, object] = (
            {} if parcel.valid_for is None else {"validity_period": parcel.valid_for}
        )
        created = _call(
            lambda: self._messages.create(
                to=parcel.to,
                body=parcel.body,
                status_callback=f"{settings.PUBLIC_URL}/sms/status/{parcel.attempt_uid}",
                **sender,
                **options,
            )
        )
        return _receipt(created)

    def find(self, parcel: Parcel, *, since: datetime) -> list[Receipt]:
        """What the account lists for this recipient that can only be this parcel, oldest first.

        The list filters by recipient alone: a message that was not sent yet has no date to ask for.
        """
        listed = _call(lambda: self._messages.list(to=parcel.to, limit=LISTED))
        ours = [found for found in listed if _is_ours(found, parcel, since - LEEWAY)]
        # The newest comes first, and two of one second are in that order, too.
        return [_receipt(found) for found in reversed(ours)]

    def look(self, provider_id: str) -> Receipt | None:
        """Fetch one message; raises TransportError."""
        return _if_known(lambda: _receipt(_call(self._messages(provider_id).fetch)))

    def day(self, on: date, *, to: str = "", cursor: str = "") -> Page:
        """One page of a day's list; the cursor is the address of the next page."""
        if cursor:
            page = _call(lambda: self._messages.get_page(cursor))
        else:
            # Twilio compares the day, and its description wants an instant.
            terms = {"date_sent": datetime.combine(on, time.min, tzinfo=UTC), "page_size": PAGE}
            page = _call(lambda: self._messages.page(**terms, **({"to": to} if to else {})))
        found = _call(lambda: tuple(_listed(message) for message in page))
        return Page(messages=found, cursor=page.next_page_url or "")

    def redact(self, provider_id: str) -> Receipt | None:
        """Give one message an empty body; raises TransportError."""
        return _if_known(
            lambda: _receipt(_call(lambda: self._messages(provider_id).update(body="")))
        )


def _if_known(ask: Callable[[], Receipt]) -> Receipt | None:
    try:
        return ask()
    except TransportError as error:
        if error.code == UNKNOWN_HERE:
            return None
        raise


def _is_ours(found: Any, parcel: Parcel, since: datetime) -> bool:
    return (
        str(found.direction).startswith("outbound")
        and found.body == parcel.body
        and found.date_created is not None
        and found.date_created.astimezone(UTC) >= since.replace(microsecond=0)
        and (
            found.messaging_service_sid == parcel.messaging_service
            if parcel.messaging_service
            else found.from_ == parcel.number
        )
    )


def _receipt(message: Any) -> Receipt:
    if not message.sid:
        raise TransportError(Outcome.AMBIGUOUS, detail="an answer without a message id")
    return Receipt(
        provider_id=message.sid,
        status=str(message.status),
        code="" if message.error_code is None else str(message.error_code),
        segments=int(message.num_segments) if str(message.num_segments).isdecimal() else None,
        price=_price(message.price),
        price_unit=str(message.price_unit or "")[:3] if message.price is not None else "",
    )


def _price(written: Any) -> Decimal | None:
    """What we pay; Twilio writes it as a change of our balance, so below zero."""
    try:
        return None if written is None else -Decimal(str(written))
    except InvalidOperation:
        return None


def _listed(message: Any) -> Listed:
    return Listed(
        receipt=_receipt(message),
        way=_WAYS.get(str(message.direction), Way.OUT),
        sender=str(message.from_ or ""),
        to=str(message.to or ""),
        body=str(message.body or ""),
        media=int(message.num_media) if str(message.num_media).isdecimal() else 0,
        made_at=message.date_created or NEVER,
    )


def _call(ask: Any) -> Any:
    """Ask Twilio, and tell by whatever goes wrong whether it was processed; raises TransportError."""
    try:
        return ask()
    except TwilioException as error:
        raise _refusal(error) from error
    except (broken.ConnectTimeoutError, broken.NewConnectionError) as error:
        raise TransportError(Outcome.NOT_PROCESSED, detail="no connection") from error
    except (broken.HTTPError, ValueError, TypeError, AttributeError) as error:
        # Read timeouts, resets, and answers of success that nobody can read.
        raise TransportError(Outcome.AMBIGUOUS, detail=type(error).__name__) from error


def _refusal(error: Any) -> TransportError:
    """An answer that is an error. A 5xx may have been sent, as Twilio's own documentation says."""
    # A list that fails names its status in the answer alone.
    answer = error.args[1] if len(error.args) > 1 else None
    status = int(getattr(error, "status", 0) or getattr(answer, "status_code", 0) or 0)
    code = str(getattr(error, "code", "") or "")
    if status >= SERVER_ERROR:
        return TransportError(Outcome.AMBIGUOUS, code=code)
    if not status or code in ("", str(status)):
        # No code of Twilio's: something between us and it has answered.
        return TransportError(Outcome.ACCOUNT, code=code)
    return TransportError(of_code(code), code=code)


_made: dict[tuple[str, str, str, int], Twilio] = {}


def transport() -> Twilio:
    """The one of this process, for the settings in force; a forked child makes its own."""
    account, token = settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN
    key = (account, token, settings.TWILIO_API_URL, os.getpid())
    if key not in _made:
        hang_up()
        http = HttpClient(api=settings.TWILIO_API_URL)
        _made[key] = Twilio(Client(account, token, http_client=http) if account and token else None)
    return _made[key]


def hang_up() -> None:
    """Close the connections at hand; the next transport opens new ones."""
    for made in _made.values():
        if made.client is not None:
            made.client.http_client.close()
    _made.clear()
