"""Texts through Twilio, by its own client; what it promises and does not is in docs/messaging.md."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from requests import exceptions as broken
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

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
# Of a resource that the account does not have.
UNKNOWN_HERE = "20404"
SERVER_ERROR = 500
NEVER = datetime.fromtimestamp(0, UTC)
_WAYS = {"inbound": Way.IN, "outbound-reply": Way.ANSWER}


class HttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's own client with a pair of timeouts, a pool for our threads, and a movable API."""

    def __init__(self, *, api: str) -> None:
        super().__init__()
        self.timeout = TIMEOUTS
        self.api = (api or API).rstrip("/")
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, HTTPAdapter(pool_maxsize=PARALLEL))
        # Proxies and certificates that the environment names are read here, once: reading them
        # again for each request is a quarter of all that a request costs.
        found = self.session.merge_environment_settings(self.api, {}, None, None, None)
        self.session.proxies, self.session.verify = found["proxies"], found["verify"]
        self.session.trust_env = False

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Response:
        """Send it; a 429 becomes a TransportError here, where its Retry-After is at hand."""
        answer = super().request(method, self.api + url.removeprefix(API), *args, **options)
        if answer.status_code == TOO_MANY:
            wish = str((answer.headers or {}).get("Retry-After", ""))
            raise TransportError(
                Outcome.NOT_PROCESSED,
                code="20429",
                retry_after=int(wish) if wish.isdecimal() else None,
            )
        return answer


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
    except broken.ConnectTimeout as error:
        raise TransportError(Outcome.NOT_PROCESSED, detail="no connection") from error
    except broken.ConnectionError as error:
        reason = getattr(error.args[0] if error.args else None, "reason", None)
        never_left = isinstance(reason, NewConnectionError)
        outcome = Outcome.NOT_PROCESSED if never_left else Outcome.AMBIGUOUS
        raise TransportError(outcome, detail=type(reason or error).__name__) from error
    except (broken.RequestException, ValueError, TypeError, AttributeError) as error:
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
            made.client.http_client.session.close()
    _made.clear()
