"""IMP-01 to IMP-03: what is fetched from elsewhere, and how far a parser follows what it gets."""

import gzip
import json
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from itertools import repeat
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from aftercare import roster_file
from aftercare.directory import feeds, importing
from aftercare.directory.formats import documents
from aftercare.directory.listing import Unreadable
from aftercare.instruments import fhir
from aftercare.models import Meeting
from aftercare.recurrence import Repeats
from tests.feed_server import Server, running
from tests.feeds import NEW_YORK, guide, imported, row

Figure = Callable[[str], None]
PUBLIC = "93.184.215.14"

# What the names of this table stand for; a stranger's name server may say anything.
NAMES = {
    "localtest.example.org": ["127.0.0.1"],
    "metadata.example.org": ["169.254.169.254"],
    "inside.example.org": ["10.0.0.7"],
    "six.example.org": ["::1"],
    "mapped.example.org": ["::ffff:127.0.0.1"],
    "both.example.org": [PUBLIC, "127.0.0.1"],
    "both-again.example.org": ["192.168.1.1", PUBLIC],
    "nat64.example.org": ["64:ff9b::7f00:1"],
    "empty.example.org": [],
    "public.example.org": [PUBLIC],
}
# One line for each way in which an address may lead where it should not.
LITERALS = """
127.0.0.1 127.1 127.0.1 127.255.255.254 0.0.0.0 0 0x7f000001 0x7f.0.0.1 0x7f.1 2130706433 017700000001
0177.0.0.1 0177.0.0.01 127.0x0.1 10.0.0.1 10.1 0xa000001 172.16.0.1 172.31.255.255 192.168.0.1 3232235521
169.254.169.254 0xa9fea9fe 2852039166 0251.0376.0251.0376 100.64.0.1 192.0.0.1 192.0.2.1 198.18.0.1
198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] [::ffff:169.254.169.254]
[64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe] [2002:7f00:1::] [2002:a00:1::1] [2001:0:4136:e378:8000:63bf:3fff:fdd2]
[fe80::1] [fc00::1] [fd00:ec2::254] [ff02::1] [2001:db8::1] [::127.0.0.1] [100::1]
localhost LOCALHOST localhost.
"""
ODD = (
    "http://public.example.org/feed",  # plain http to a public host
    "https://user@public.example.org/feed",
    "https://user:word@public.example.org/feed",
    "https://public.example.org@127.0.0.1/feed",
    "https://127.0.0.1#@public.example.org/feed",
    "https://127.0.0.1?@public.example.org/feed",
    "https://127.0.0.1\\@public.example.org/feed",
    "https://public.example.org:22/feed",
    "https://public.example.org:25/feed",
    "https://public.example.org:5432/feed",
    "https://public.example.org:6379/feed",
    "https://public.example.org:0/feed",
    "https://public.example.org:99999/feed",
    "https://public.example.org:-1/feed",
    "https://public.example.org:4x3/feed",
    "https:///feed",
    "https://",
    "https://[::1/feed",
    "https://[fe80::1%25eth0]/feed",
    "https://public.example.org\r\nHost: inside/feed",
    "https://pub lic.example.org/feed",
    "https://\u2460\u2461\u2466.0.0.1/feed",  # digits in circles, which some read as 127
    "https://127\u30020\u30020\u30021/feed",
    "https://" + "a" * 300 + ".example.org/feed",
    *(f"https://{name}/feed" for name in NAMES if name != "public.example.org"),
)
PAYLOADS = [f"https://{host}/feed" for host in LITERALS.split()] + list(ODD)
# What is no address at all is a path of this machine's disk, which nobody but its operator types;
# a redirect must not lead there.
SCHEMES = ("file", "ftp", "gopher", "dict", "ldap", "data", "jar", "javascript", "unix", "ws")


@dataclass
class World:
    """What the network was asked for: names that were looked up, and addresses connected to."""

    names: dict[str, Iterator[list[str]]] = field(
        default_factory=lambda: {name: repeat(found) for name, found in NAMES.items()}
    )
    asked: list[str] = field(default_factory=list)
    reached: list[Any] = field(default_factory=list)
    servers: set[int] = field(default_factory=set)

    def look_up(self, host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
        """Names by the table; numbers in any spelling as the system reads them, asking nobody."""
        if host.lower().rstrip(".") == "localhost":
            host = "127.0.0.1"
        if host in self.names:
            self.asked.append(host)
            found = next(self.names[host])
        else:
            found = [numeric(host)]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        kinds = [socket.AF_INET6 if ":" in one else socket.AF_INET for one in found]
        return [
            (kind, socket.SOCK_STREAM, 6, "", (one, port))
            for kind, one in zip(kinds, found, strict=True)
        ]


def numeric(host: str) -> str:
    """A number as the C library reads it, octal, hexadecimal and short forms included."""
    try:
        if ":" in host:
            return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, host))
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A name server of ours, and every connection noted; only to a server of the test it is made."""
    seen, really = World(), socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if address[1] in seen.servers:
            return really(self, address)
        seen.reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", seen.look_up)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return seen


def refusal(source: str) -> str:
    with pytest.raises(feeds.Unreachable) as refused:
        feeds.fetch(source=source)
    return str(refused.value)


# IMP-01


def test_imp_01_no_payload_of_the_table_is_connected_to(world: World, figure: Figure) -> None:
    for payload in PAYLOADS:
        refusal(payload)

    assert world.reached == []
    assert len(set(PAYLOADS)) >= 80
    figure(f"0 connections for {len(set(PAYLOADS))} addresses that lead inside or are odd")


def test_imp_01_a_public_host_is_connected_to_at_the_address_that_was_checked(
    world: World,
) -> None:
    """The neighbour of the table above: a name server that changes its mind is asked once."""
    world.names["rebinds.example.org"] = iter([[PUBLIC], ["127.0.0.1"]])

    refusal("https://rebinds.example.org/feed")

    assert world.asked == ["rebinds.example.org"]
    assert world.reached == [(PUBLIC, 443)]


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    settings.FEEDS_ALLOW_PRIVATE = True
    with running() as one:
        yield one


def test_imp_01_each_redirect_is_checked_again(
    world: World, server: Server, settings: Settings, figure: Figure
) -> None:
    """The first host is allowed for as long as it takes to answer; where it points is not."""
    world.servers.add(server.port)
    inside = server.says("/secret", b"[3]")
    targets = [inside, *PAYLOADS, *(f"{scheme}://127.0.0.1/etc/passwd" for scheme in SCHEMES)]
    targets = [one for one in targets if "\r" not in one and one.isascii()]
    for number, target in enumerate(targets):
        address = server.says(f"/{number}", b"", status=302, Location=target)
        redirect = server.answers[f"/{number}"]

        def shut_and_redirect(
            handler: BaseHTTPRequestHandler,
            redirect: Callable[[BaseHTTPRequestHandler], None] = redirect,
        ) -> None:
            settings.FEEDS_ALLOW_PRIVATE = False
            redirect(handler)

        server.answers[f"/{number}"] = shut_and_redirect
        settings.FEEDS_ALLOW_PRIVATE = True
        refusal(address)

    # Each first host was asked, and nobody after it.
    assert [path for path, _ in server.asked] == [f"/{number}" for number in range(len(targets))]
    assert world.reached == []
    figure(f"0 of {len(targets)} redirects inward followed")


def test_imp_01_bytes_and_inflation_have_an_end(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "LARGEST_ANSWER", 100_000)
    monkeypatch.setattr(feeds, "LARGEST", 1_000_000)
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(b"0" * 20_000_000) + packer.flush()
    twice = gzip.compress(gzip.compress(b"[1]"))

    assert "larger than" in refusal(server.says("/large", b"x" * 100_001))
    assert "inflates to more than" in refusal(server.says("/bomb", bomb, Content_Encoding="gzip"))
    # What is packed twice is unpacked once, and is then no text.
    body = feeds.fetch(source=server.says("/twice", twice, Content_Encoding="gzip")).body
    assert body == gzip.decompress(twice)


# IMP-02


def deep(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


READERS: dict[str, Callable[[bytes], object]] = {
    kind: lambda body, kind=kind: importing.read(
        body=body, kind=kind, fellowship="aa", timezone=NEW_YORK
    )
    for kind in ("meeting_guide", "bmlt", "csv")
} | {
    "roster": lambda body: list(roster_file.lines(body)),
    "fhir": lambda body: fhir.read(body=body, instrument="phq_9"),
}
REFUSALS = (Unreadable, roster_file.Unreadable, fhir.Unreadable)


@pytest.mark.parametrize("kind", ["meeting_guide", "bmlt", "fhir"])
@pytest.mark.parametrize("levels", [65, 1_000, 100_000])
def test_imp_02_depth_has_an_end(kind: str, levels: int) -> None:
    started = time.monotonic()
    with pytest.raises(REFUSALS):
        READERS[kind](deep(levels))
    assert time.monotonic() - started < 30, "a deep file keeps a worker"


def test_imp_02_items_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (documents.DEEPEST, documents.MOST_ROWS) == (64, 200_000)
    assert documents.LARGEST == 200_000_000
    many = json.dumps([0] * (documents.MOST_ROWS + 1)).encode()
    with pytest.raises(Unreadable, match="more than 200,000 rows"):
        READERS["meeting_guide"](many)
    sheet = b"Name\n" + b"A\n" * (documents.MOST_ROWS + 1)
    with pytest.raises(Unreadable, match="more than 200,000 rows"):
        READERS["csv"](sheet)
    roster = b"first_name,graduated_on\n" + b"A,2026-01-02\n" * (roster_file.MOST_ROWS + 1)
    with pytest.raises(roster_file.Unreadable):
        READERS["roster"](roster)
    monkeypatch.setattr(documents, "LARGEST", 10)
    with pytest.raises(Unreadable, match="larger than"):
        READERS["csv"](b"Name\nA long line\n")


def test_imp_02_nothing_repeats_finer_than_by_the_day() -> None:
    """No calendar is read, and no rule of ours can say more than one date a day."""
    assert set(Repeats) == {
        "once",
        "weekly",
        "monthly_date",
        "monthly_position",
    }


# IMP-03

BINARY = {
    "spreadsheet": b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00",
    "old spreadsheet": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00",
    "document": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\x00",
    "picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "program": b"\x7fELF\x02\x01\x01\x00",
    "packed": gzip.compress(b"Name\nA\n"),
    "page": b"<!doctype html><script>x</script>",
    "drawing": b'<?xml version="1.0"?><svg onload="x"/>',
    "entities": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", BINARY)
def test_imp_03_what_is_no_text_is_refused(reader: str, kind: str) -> None:
    with pytest.raises(REFUSALS):
        READERS[reader](BINARY[kind])


@pytest.mark.django_db
@pytest.mark.one_database
def test_imp_03_markup_of_a_feed_is_kept_as_words(figure: Figure) -> None:
    marks = (
        "<script>alert(1)</script><b>Bring</b> tea &lt;img src=x onerror=y&gt; &amp;lt;i&amp;gt;"
    )
    fields = ("name", "notes", "location", "location_notes", "group", "conference_url_notes")

    (meeting,) = imported(row(**dict.fromkeys(fields, marks)))

    stored = Meeting.objects.get(pk=meeting.pk)
    kept = {name: getattr(stored, name) for name in fields}
    assert [name for name, words in kept.items() if "<" in words] == []
    assert all("Bring" in words for words in kept.values() if words)
    assert guide(row())  # the same row without marks is read
    figure(f"0 of {len(fields)} fields keep a tag; {len(BINARY) * len(READERS)} files refused")
