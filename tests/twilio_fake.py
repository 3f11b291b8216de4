"""A stand-in for Twilio's Messages API on this machine: it takes texts, lists them, and misbehaves.

Where Twilio's published description is at hand, every request and every answer of ours is held
against it; a few rules of our own hold in any case. What breaks them stands in `complaints`.
"""

import base64
import json
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from twilio.request_validator import RequestValidator

from notifications import clock
from tests.twilio_description import DESCRIPTION
from tests.twilio_description import LIST as LIST_PATH
from tests.twilio_description import ONE as ONE_PATH

ACCOUNT = "AC" + "a1" * 16
TOKEN = "made-up-token"
LIST = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
ONE = re.compile(rf"/2010-04-01/Accounts/{ACCOUNT}/Messages/(SM[0-9a-f]{{32}})\.json")
NUMBER = re.compile(r"\+[1-9]\d{6,14}")
LONGEST_BODY = 1600
LONGEST_VALIDITY = 36_000
PAGE = 50
ON_ITS_WAY = ("queued", "accepted", "sending")
UNREADABLE = {
    "html": (HTTPStatus.CREATED, b"<html>One moment.</html>"),
    "empty": (HTTPStatus.CREATED, b"{}"),
    "404": (HTTPStatus.NOT_FOUND, b"<html>One moment.</html>"),
}
# After these the message was taken all the same, and only the answer is lost.
AFTER = "_after"


@dataclass
class Sent:
    """One message as the account keeps it."""

    sid: str
    fields: dict[str, str]
    created_at: datetime
    status: str = "queued"
    error_code: int | None = None
    direction: str = "outbound-api"
    price: str | None = None
    segments: str = "1"

    @property
    def to(self) -> str:
        """The recipient."""
        return self.fields["To"]

    @property
    def body(self) -> str:
        """The text."""
        return self.fields["Body"]

    @property
    def sent_on(self) -> str:
        """The day (UTC) it was sent on; "" while it was not."""
        return "" if self.status in ("queued", "accepted") else self.created_at.date().isoformat()

    def as_json(self) -> dict[str, Any]:
        """The Message resource."""
        uri = LIST.removesuffix(".json") + f"/{self.sid}"
        when = format_datetime(self.created_at)
        return {
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": when,
            "date_sent": None if self.status in ("queued", "accepted") else when,
            "date_updated": when,
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None if self.error_code is None else "It did not arrive.",
            "from": self.fields.get("From"),
            "messaging_service_sid": self.fields.get("MessagingServiceSid"),
            "num_media": self.fields.get("NumMedia", "0"),
            "num_segments": self.segments,
            "price": self.price,
            "price_unit": self.price and "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, code: int, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(str(code))
        self.code = code
        self.status = status


@dataclass
class TwilioFake:
    """The account, and how it behaves next.

    Each create takes one step off `script`: "accept"; a Twilio code ("21211") to refuse with;
    "429", "500", "503"; "hang" (ends after `hangs_for` seconds), "drop" (closes the connection),
    "html" and "empty" (answers 201 with a page, or with nothing in it), "404" (another's page).
    All but "accept" do not take the message unless they end in "_after". Each takes `latency` seconds.
    """

    url: str = ""
    sent: list[Sent] = field(default_factory=list)
    script: deque[str] = field(default_factory=deque)
    stopped: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)
    asked: int = 0
    hangs_for: float = 1.0
    latency: float = 0.0
    retry_after: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def bodies(self) -> list[str]:
        """What was taken, in order."""
        return [message.body for message in self.sent]

    def create(self, fields: dict[str, str]) -> Sent:
        """Take a message; raises Refused."""
        check_create(fields)
        if fields["To"] in self.stopped:
            raise Refused(21610)
        return self.take(fields)

    def take(self, fields: dict[str, str]) -> Sent:
        """Keep a message, whatever it is."""
        message = Sent("SM" + secrets.token_hex(16), fields, clock.now())
        with self.lock:
            self.sent.append(message)
        return message

    def redact(self, message: Sent, fields: dict[str, str]) -> Sent:
        """Wipe a body; raises Refused while the message is on its way, or for any other change."""
        if fields != {"Body": ""}:
            raise Refused(20001)
        if message.status in ON_ITS_WAY:
            raise Refused(20009)
        message.fields["Body"] = ""
        return message

    def find(self, query: dict[str, str]) -> list[Sent]:
        """What the list shows, newest first."""
        day = query["DateSent"][:10] if "DateSent" in query else None
        with self.lock:
            return [
                message
                for message in reversed(self.sent)
                if query.get("To") in (None, message.to)
                and query.get("From") in (None, message.fields.get("From"))
                and day in (None, message.sent_on)
            ]

    def report(self, message: Sent, status: str, code: int | None = None) -> requests.Response:
        """Tell the portal what became of a message, signed, at the address it gave."""
        message.status, message.error_code = status, code
        fields = {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "From": message.fields.get("From", ""),
            "MessageSid": message.sid,
            "MessageStatus": status,
            "SmsSid": message.sid,
            "SmsStatus": status,
            "To": message.to,
            **({} if code is None else {"ErrorCode": str(code)}),
        }
        return post_signed(message.fields["StatusCallback"], fields)


def sign(url: str, fields: dict[str, str], *, token: str = TOKEN) -> str:
    """The signature that Twilio puts into X-Twilio-Signature."""
    return str(RequestValidator(token).compute_signature(url, fields))


def post_signed(url: str, fields: dict[str, str]) -> requests.Response:
    """Post a webhook as Twilio does."""
    headers = {"X-Twilio-Signature": sign(url, fields)}
    return requests.post(url, data=fields, headers=headers, timeout=15)


def check_create(fields: dict[str, str]) -> None:
    """The rules of a create that need no description at hand; raises Refused."""
    if not NUMBER.fullmatch(fields.get("To", "")):
        raise Refused(21211)
    if not fields.get("Body"):
        raise Refused(21602)
    if len(fields["Body"]) > LONGEST_BODY:
        raise Refused(21617)
    if not fields.get("From") and not fields.get("MessagingServiceSid"):
        raise Refused(21603)
    callback = urlsplit(fields.get("StatusCallback", "http://none"))
    if callback.scheme not in ("http", "https") or "_" in (callback.hostname or "_"):
        raise Refused(21609)
    if not 1 <= int(fields.get("ValidityPeriod", 1)) <= LONGEST_VALIDITY:
        raise Refused(21656)


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for the account of its server."""

    protocol_version = "HTTP/1.1"
    # Head and body leave as one packet; apart, the second would wait for the first's receipt.
    wbufsize = 64 * 1024
    server: "Server"

    def log_message(self, format: str, *arguments: Any) -> None:
        """Tests are quiet."""

    def do_POST(self) -> None:
        """Create a message, or change one."""
        fake = self.server.fake
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = parse_qs(raw, strict_parsing=True, keep_blank_values=True)
        fields = {name: values[-1] for name, values in form.items()}
        fake.asked += 1
        try:
            if not self._may_enter():
                raise Refused(20003, HTTPStatus.UNAUTHORIZED)
            if self.path == LIST:
                fake.complaints += DESCRIPTION.complaints_about_form(fields)
                self._act(fake.script.popleft() if fake.script else "accept", fields)
            else:
                fake.complaints += DESCRIPTION.complaints_about_form(fields, path=ONE_PATH)
                changed = fake.redact(self._message(), fields)
                self._answer("post", HTTPStatus.OK, changed.as_json(), path=ONE_PATH)
        except Refused as refused:
            self._refuse(refused)

    def do_GET(self) -> None:
        """List messages, or show one."""
        fake = self.server.fake
        address = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        try:
            if not self._may_enter():
                raise Refused(20003, HTTPStatus.UNAUTHORIZED)
            if address.path == LIST:
                fake.complaints += DESCRIPTION.complaints_about_list(query)
                self._answer("get", HTTPStatus.OK, page(fake.find(query), query))
            else:
                self._answer("get", HTTPStatus.OK, self._message().as_json(), path=ONE_PATH)
        except Refused as refused:
            self._refuse(refused)

    def _message(self) -> Sent:
        """The message whose address was asked for; raises Refused."""
        one = ONE.fullmatch(urlsplit(self.path).path)
        found = [message for message in self.server.fake.sent if one and message.sid == one[1]]
        if not found:
            raise Refused(20404, HTTPStatus.NOT_FOUND)
        return found[0]

    def _act(self, step: str, fields: dict[str, str]) -> None:
        fake = self.server.fake
        what, took = step.removesuffix(AFTER), None
        if what == "accept" or step.endswith(AFTER):
            took = fake.create(fields)
        # A message that was taken is kept before anybody hears of it.
        time.sleep(fake.latency)
        if what == "accept" and took:
            self._answer("post", HTTPStatus.CREATED, took.as_json())
        elif what == "429":
            raise Refused(20429, HTTPStatus.TOO_MANY_REQUESTS)
        elif what in ("500", "503"):
            raise Refused(int(f"20{what}"), HTTPStatus(int(what)))
        elif what in ("hang", "drop"):
            time.sleep(fake.hangs_for if what == "hang" else 0)
            self.close_connection = True
        elif what in UNREADABLE:
            self._write(*UNREADABLE[what])
        else:
            raise Refused(int(what))

    def _may_enter(self) -> bool:
        expected = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {expected}"

    def _refuse(self, refused: Refused) -> None:
        answer = {
            "code": refused.code,
            "message": "Refused.",
            "more_info": f"https://www.twilio.com/docs/errors/{refused.code}",
            "status": int(refused.status),
        }
        self._write(refused.status, json.dumps(answer).encode())

    def _answer(
        self, method: str, status: HTTPStatus, answer: Any, *, path: str = LIST_PATH
    ) -> None:
        self.server.fake.complaints += DESCRIPTION.complaints_about_answer(
            method, int(status), answer, path=path
        )
        self._write(status, json.dumps(answer).encode())

    def _write(self, status: HTTPStatus, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.server.fake.retry_after and status == HTTPStatus.TOO_MANY_REQUESTS:
            self.send_header("Retry-After", self.server.fake.retry_after)
        self.end_headers()
        self.wfile.write(body)


def page(found: list[Sent], query: dict[str, str]) -> dict[str, Any]:
    """One page of a list as Twilio answers it; the next one carries a token of its own."""
    size, number = int(query.get("PageSize", PAGE)), int(query.get("Page", 0))
    start = number * size
    shown = found[start : start + size]

    def uri(page: int) -> str:
        token = {"PageToken": f"PA{page}"} if page else {}
        kept = {name: value for name, value in query.items() if name != "PageToken"}
        terms = {**kept, "PageSize": str(size), "Page": str(page), **token}
        return f"{LIST}?{urlencode(terms)}"

    return {
        "end": start + max(len(shown) - 1, 0),
        "first_page_uri": uri(0),
        "messages": [message.as_json() for message in shown],
        "next_page_uri": uri(number + 1) if start + size < len(found) else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": uri(number - 1) if number else None,
        "start": start,
        "uri": uri(number),
    }


class Server(ThreadingHTTPServer):
    """A thread a connection."""

    daemon_threads = True
    block_on_close = False
    # Several workers with many connections each knock at once.
    request_queue_size = 256

    def __init__(self, fake: TwilioFake) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.fake = fake

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the play."""


@contextmanager
def running() -> Iterator[TwilioFake]:
    """A stand-in that answers, at `url`, until the end of the block."""
    fake = TwilioFake()
    with Server(fake) as server:
        fake.url = f"http://127.0.0.1:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        serving.start()
        try:
            yield fake
        finally:
            server.shutdown()
            serving.join()
