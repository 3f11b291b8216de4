"""Where feeds come from: a file, or an address fetched with care; and the hourly round over them.

The one place of the directory that touches a network, never inside a transaction.
"""

import http.client
import ipaddress
import logging
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Q

from aftercare.directory import importing
from aftercare.directory.formats.documents import LARGEST, MEGABYTE
from aftercare.models.directory import Feed

logger = logging.getLogger(__name__)

LARGEST_ANSWER = 20 * MEGABYTE
SECONDS = 60.0
SECONDS_OF_SILENCE = 15.0
MOST_REDIRECTS = 5
# Where public hosts serve the web; anything else behind a name is not meant for us.
PUBLIC_PORTS = (443, 8443)
EVERY = timedelta(hours=1)
LONGEST_BACK_OFF = timedelta(hours=24)
_CHUNK = 65536
_REDIRECTS = (301, 302, 303, 307, 308)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class Unreachable(Exception):
    """A source that gave nothing; the message says why and what to do, without secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The bytes of a source, null where it has not changed, with the marks to ask again by."""

    body: bytes | None
    etag: str = ""
    last_modified: str = ""


def is_address(source: str) -> bool:
    """Whether a source is fetched, and not read from a disk."""
    return source.lower().startswith(("http://", "https://"))


def fetch(*, source: str, etag: str = "", last_modified: str = "") -> Fetched:
    """The bytes of a path or an address; raises Unreachable.

    Addresses: https only, public hosts only, checked again at each redirect, connected to the very
    address that was checked. The operator may allow private hosts (FEEDS_ALLOW_PRIVATE), and plain
    http to those.
    """
    if not is_address(source):
        return Fetched(body=_read_file(Path(source)))
    headers = {
        "Accept": "application/json, text/csv, */*;q=0.5",
        "Accept-Encoding": "gzip",
        "User-Agent": "aftercare-portal (meeting directory)",
    }
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    ends_at = time.monotonic() + SECONDS
    address = source
    for _ in range(MOST_REDIRECTS + 1):
        answer = _ask(address, headers=headers, ends_at=ends_at)
        if isinstance(answer, Fetched):
            return answer
        address = _joined(address, answer)
    raise Unreachable(f"It redirects more than {MOST_REDIRECTS} times.")


def _joined(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError:
        raise Unreachable("It redirects to what is no address.") from None


def _read_file(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise Unreachable(f"The file is larger than {LARGEST // MEGABYTE} MB.")
        return path.read_bytes()
    except OSError as error:
        raise Unreachable(f"The file {path} cannot be read: {error.strerror}.") from None


def _ask(address: str, *, headers: dict[str, str], ends_at: float) -> Fetched | str:
    """One request: what it brought, or where it redirects to."""
    try:
        url = urlsplit(address)
        usual = 443 if url.scheme == "https" else 80
        port = usual if url.port is None else url.port
    except ValueError:
        raise Unreachable("That is not an address.") from None
    found = _resolve(url, port)
    try:
        with _connected(url, port=port, found=found, ends_at=ends_at) as connection:
            path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
            connection.request("GET", path, headers=headers)
            with connection.getresponse() as response:
                return _take(response, ends_at=ends_at)
    except ssl.SSLError as error:
        raise Unreachable(f"Its certificate was not accepted: {error}.") from None
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        if time.monotonic() >= ends_at:
            raise Unreachable(f"It took longer than {SECONDS:.0f} seconds.") from None
        raise Unreachable(f"It did not answer: {str(error) or type(error).__name__}.") from None


def _resolve(url: SplitResult, port: int) -> str:
    """The checked address of a host; raises Unreachable for what must not be asked."""
    host = url.hostname
    if url.scheme not in ("http", "https") or not host or url.username is not None:
        raise Unreachable("Only plain addresses that begin with https:// are fetched.")
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(answer[4][0]).split("%")[0]) for answer in answers]
    except (OSError, UnicodeError, ValueError):
        raise Unreachable(f"There is no host {host}.") from None
    private = [address for address in addresses if not is_public(address)]
    if private and not settings.FEEDS_ALLOW_PRIVATE:
        raise Unreachable(
            f"{host} is a private address; set FEEDS_ALLOW_PRIVATE=1 if it is meant to be asked."
        )
    if not private and (url.scheme != "https" or port not in PUBLIC_PORTS):
        raise Unreachable("Only https:// at its usual port is fetched from public hosts.")
    return str(addresses[0])


def is_public(address: _IPAddress) -> bool:
    """Whether an address is anybody's, also where it hides another one within."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo or (inner is not None and not is_public(inner)):
            return False
        if address.ipv4_mapped:
            return True
    return address.is_global and not address.is_multicast and not address.is_reserved


@contextmanager
def _connected(
    url: SplitResult, *, port: int, found: str, ends_at: float
) -> Iterator[http.client.HTTPConnection]:
    """A connection to the checked address that is cut when its time is over."""
    left = max(ends_at - time.monotonic(), 0.001)
    plain = socket.create_connection((found, port), timeout=min(left, SECONDS_OF_SILENCE))
    # A server that drips single bytes never runs into the socket's own timeout.
    cut = threading.Timer(left, _cut, [plain])
    cut.daemon = True
    cut.start()
    make = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = make(url.hostname or "", port)
    try:
        connection.sock = plain
        if url.scheme == "https":
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(plain, server_hostname=url.hostname)
        yield connection
    finally:
        cut.cancel()
        connection.close()
        plain.close()


def _cut(plain: socket.socket) -> None:
    try:
        plain.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has ended by itself


def _take(response: http.client.HTTPResponse, *, ends_at: float) -> Fetched | str:
    if response.status in _REDIRECTS:
        return response.getheader("Location") or ""
    if response.status == http.client.NOT_MODIFIED:
        return Fetched(body=None)
    if response.status != http.client.OK:
        raise Unreachable(f"It answered with status {response.status}.")
    encoding = (response.getheader("Content-Encoding") or "").lower()
    if encoding not in ("", "identity", "gzip"):
        raise Unreachable(f"It answered in an encoding we did not ask for: {encoding[:20]}.")
    return Fetched(
        body=_read_body(response, inflate=encoding == "gzip", ends_at=ends_at),
        etag=(response.getheader("ETag") or "")[:255],
        last_modified=(response.getheader("Last-Modified") or "")[:64],
    )


def _read_body(response: http.client.HTTPResponse, *, inflate: bool, ends_at: float) -> bytes:
    unpack = zlib.decompressobj(wbits=31) if inflate else None
    body = bytearray()
    received = 0
    while chunk := response.read(_CHUNK):
        received += len(chunk)
        if received > LARGEST_ANSWER:
            raise Unreachable(f"It is larger than {LARGEST_ANSWER // MEGABYTE} MB.")
        if time.monotonic() >= ends_at:
            raise Unreachable(f"It took longer than {SECONDS:.0f} seconds.")
        body += _inflate(unpack, chunk, room=LARGEST - len(body)) if unpack else chunk
    if response.length:
        raise Unreachable("It broke off in the middle.")
    return bytes(body)


def _inflate(unpack: "zlib._Decompress", chunk: bytes, *, room: int) -> bytes:
    try:
        plain = unpack.decompress(chunk, room + 1)
    except zlib.error:
        raise Unreachable("Its gzip is broken.") from None
    if len(plain) > room:
        raise Unreachable(f"It inflates to more than {LARGEST // MEGABYTE} MB.")
    return plain


def refresh_due(*, at: datetime) -> list[importing.Outcome]:
    """Fetch and import every feed that is due; a feed that fails keeps no other one waiting."""
    due = Feed.objects.filter(Q(next_run_at__lte=at) | Q(next_run_at__isnull=True), enabled=True)
    outcomes = (_refresh(feed, at) for feed in due.order_by("next_run_at", "id"))
    return [outcome for outcome in outcomes if outcome is not None]


def _refresh(feed: Feed, at: datetime) -> importing.Outcome | None:
    """`refresh`, where a fault of ours over one feed is that feed's failure, too."""
    try:
        return refresh(feed=feed, at=at)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("Feed #%s could not be imported.", feed.pk)
        feed.refresh_from_db()
        _note_failure(feed=feed, reason="A fault inside the portal; the log has more.", at=at)
        return None


def refresh(*, feed: Feed, at: datetime) -> importing.Outcome | None:
    """Fetch one feed and import it; null where it gave nothing, or nothing new.

    Failures stand on the feed, which is tried again later and later, at most a day apart.
    """
    if not is_address(feed.source):
        return None
    # An absence that waits for its second count needs the listing again, changed or not.
    waits = feed.meetings.filter(absences__gt=0, retired_at__isnull=True).exists()
    marks = {} if waits else {"etag": feed.etag, "last_modified": feed.last_modified}
    try:
        fetched = fetch(source=feed.source, **marks)
    except Unreachable as error:
        logger.warning("Feed #%s could not be fetched: %s", feed.pk, error)
        _note_failure(feed=feed, reason=str(error), at=at)
        return None
    outcome = None
    if fetched.body is not None:
        outcome = importing.apply(feed=feed, body=fetched.body, at=at, scheduled=True)
    _note_success(feed=feed, fetched=fetched, outcome=outcome, at=at)
    return outcome


def _note_failure(*, feed: Feed, reason: str, at: datetime) -> None:
    feed.failures += 1
    feed.last_run_at, feed.last_error = at, reason
    feed.next_run_at = at + min(EVERY * 2 ** min(feed.failures - 1, 5), LONGEST_BACK_OFF)
    feed.save(update_fields=["failures", "last_run_at", "last_error", "next_run_at"])


def _note_success(
    *, feed: Feed, fetched: Fetched, outcome: importing.Outcome | None, at: datetime
) -> None:
    feed.failures = 0
    feed.last_run_at, feed.next_run_at = at, at + EVERY
    if outcome is None:
        feed.last_ok_at, feed.last_error = at, ""
    elif not outcome.report.held:
        # Marks of a held answer are not kept, so that accepting it later fetches it again.
        feed.etag, feed.last_modified = fetched.etag, fetched.last_modified
    feed.save()
