import gzip
import ipaddress
import ssl
import threading
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django.fixtures import Settings

from aftercare.directory import feeds
from aftercare.models import Feed, Meeting
from tests.feed_server import Server, running
from tests.feeds import AT, feed, guide, row, rows

LATER = AT + timedelta(hours=1)


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    settings.FEEDS_ALLOW_PRIVATE = True
    with running() as one:
        yield one


def refusal(source: str) -> str:
    with pytest.raises(feeds.Unreachable) as refused:
        feeds.fetch(source=source)
    return str(refused.value)


# Fetching


def test_fetch_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "feed.json"
    path.write_bytes(b"[]")

    assert feeds.fetch(source=str(path)) == feeds.Fetched(body=b"[]")


def test_fetch_of_a_missing_file_names_it(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.json"

    assert refusal(str(path)) == f"The file {path} cannot be read: No such file or directory."


def test_fetch_brings_the_body_and_the_marks(server: Server) -> None:
    address = server.says(
        "/feed", b"[1]", ETag='"a"', Last_Modified="Sat, 07 Mar 2026 00:00:00 GMT"
    )

    fetched = feeds.fetch(source=address)

    assert fetched == feeds.Fetched(
        body=b"[1]", etag='"a"', last_modified="Sat, 07 Mar 2026 00:00:00 GMT"
    )
    assert server.asked[0][1]["Host"] == f"127.0.0.1:{server.port}"


def test_fetch_asks_by_the_marks_and_takes_no_for_an_answer(server: Server) -> None:
    address = server.says("/feed?a=1", b"", status=304)

    fetched = feeds.fetch(source=address, etag='"a"', last_modified="yesterday")

    assert fetched.body is None
    headers = server.asked[0][1]
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"a"', "yesterday")


def test_fetch_inflates_gzip(server: Server) -> None:
    address = server.says("/feed", gzip.compress(b"[1]" * 1000), Content_Encoding="gzip")

    assert feeds.fetch(source=address).body == b"[1]" * 1000


def test_fetch_follows_redirects_on_the_way(server: Server) -> None:
    server.says("/new/feed", b"[2]")
    address = server.says("/old", b"", status=302, Location="new/feed")

    assert feeds.fetch(source=address).body == b"[2]"


@pytest.mark.parametrize(
    ("status", "headers", "body", "reason"),
    [
        (500, {}, b"", "It answered with status 500."),
        (200, {"Content_Encoding": "br"}, b"x", "in an encoding we did not ask for: br."),
        (200, {"Content_Encoding": "gzip"}, b"not gzip", "Its gzip is broken."),
        (302, {"Location": "/feed"}, b"", "It redirects more than 5 times."),
        (302, {"Location": "ftp://127.0.0.1/x"}, b"", "begin with https://"),
        (302, {}, b"", "It redirects more than 5 times."),
    ],
)
def test_fetch_says_why_an_answer_is_of_no_use(
    server: Server, status: int, headers: dict[str, str], body: bytes, reason: str
) -> None:
    assert reason in refusal(server.says("/feed", body, status=status, **headers))


def test_fetch_stops_at_a_size(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "LARGEST_ANSWER", 1_000_000)

    assert "larger than 1 MB" in refusal(server.says("/feed", b"x" * 1_000_001))


def test_fetch_stops_at_what_inflates_without_end(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "LARGEST", 1_000_000)
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(b"0" * 50_000_000) + packer.flush()
    assert len(bomb) < 100_000

    assert "inflates to more than" in refusal(server.says("/feed", bomb, Content_Encoding="gzip"))


def test_fetch_stops_after_its_time_though_bytes_drip(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "SECONDS", 0.3)
    enough = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not enough.wait(0.05):
            handler.wfile.write(b" ")

    server.answers["/feed"] = drip
    try:
        assert "took longer than" in refusal(server.at("/feed"))
    finally:
        enough.set()


def test_fetch_notices_a_body_that_breaks_off(server: Server) -> None:
    def broken(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"[1,")

    server.answers["/feed"] = broken

    assert refusal(server.at("/feed")) == "It broke off in the middle."


def test_fetch_says_that_nobody_answers(settings: Settings) -> None:
    settings.FEEDS_ALLOW_PRIVATE = True
    with running() as gone:
        address = gone.at("/feed")

    assert refusal(address).startswith("It did not answer:")


# What is never asked


@pytest.mark.parametrize(
    "source",
    [
        "http://127.0.0.1/feed",
        "https://127.0.0.1/feed",
        "https://localhost/feed",
        "https://[::1]/feed",
    ],
)
def test_fetch_refuses_private_hosts_and_names_the_setting(source: str) -> None:
    assert "FEEDS_ALLOW_PRIVATE=1" in refusal(source)


def test_fetch_checks_again_where_a_redirect_leads(server: Server, settings: Settings) -> None:
    secret = server.says("/secret", b"[3]")
    address = server.says("/feed", b"", status=302, Location=secret)
    redirect = server.answers["/feed"]

    def forbid_and_redirect(handler: BaseHTTPRequestHandler) -> None:
        settings.FEEDS_ALLOW_PRIVATE = False
        redirect(handler)

    server.answers["/feed"] = forbid_and_redirect

    assert "private address" in refusal(address)
    assert [path for path, _ in server.asked] == ["/feed"]


@pytest.mark.parametrize(
    "source",
    [
        "https://user:secret@127.0.0.1/feed",
        "https:///feed",
        "https://127.0.0.1:99999/feed",
        "https://[::1/feed",
    ],
)
def test_fetch_refuses_what_is_no_plain_address(source: str, settings: Settings) -> None:
    settings.FEEDS_ALLOW_PRIVATE = True

    assert refusal(source) in (
        "Only plain addresses that begin with https:// are fetched.",
        "That is not an address.",
    )


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1",  # noqa: S104
        "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)  # fmt: skip
def test_is_public_of_no_address_that_leads_inside(address: str) -> None:
    assert feeds.is_public(ipaddress.ip_address(address)) is False


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"]
)
def test_is_public_of_anybodys_address(address: str) -> None:
    assert feeds.is_public(ipaddress.ip_address(address)) is True


# Certificates


def certificate(folder: Path) -> Path:
    """A certificate for this machine that nobody has signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    alternative = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.parametrize("trusted", [True, False])
def test_fetch_asks_only_who_has_a_trusted_certificate(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    settings.FEEDS_ALLOW_PRIVATE = True
    path = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))

    with running(context) as one:
        one.says("/feed", b"[4]")
        if trusted:
            assert feeds.fetch(source=one.at("/feed", "https")).body == b"[4]"
        else:
            assert "certificate was not accepted" in refusal(one.at("/feed", "https"))
            assert one.asked == []


# The hourly round


@pytest.mark.django_db
def test_refresh_due_imports_what_is_due_and_keeps_the_marks(server: Server) -> None:
    due = feed(source=server.says("/feed", guide(row()), ETag='"a"'))
    feed(name="Later", source=server.at("/later"), next_run_at=LATER)
    feed(name="Off", source=server.at("/off"), enabled=False)

    (outcome,) = feeds.refresh_due(at=AT)

    assert outcome.report.added == 1
    due.refresh_from_db()
    assert (due.etag, due.failures, due.last_ok_at, due.next_run_at) == ('"a"', 0, AT, LATER)
    assert [path for path, _ in server.asked] == ["/feed"]


@pytest.mark.django_db
def test_refresh_due_lets_a_dead_feed_starve_no_other(server: Server) -> None:
    dead = feed(name="Dead", source=server.says("/dead", b"", status=503))
    feed(name="Alive", source=server.says("/alive", guide(row())))

    outcomes = feeds.refresh_due(at=AT)

    assert [one.report.added for one in outcomes] == [1]
    dead.refresh_from_db()
    assert (dead.failures, dead.last_error, dead.last_run_at, dead.last_ok_at) == (
        1,
        "It answered with status 503.",
        AT,
        None,
    )


@pytest.mark.django_db
def test_refresh_asks_a_failing_feed_later_and_later(server: Server) -> None:
    source = feed(source=server.says("/feed", b"", status=500))

    waits = []
    for _ in range(7):
        feeds.refresh(feed=source, at=AT)
        assert source.next_run_at is not None
        waits.append((source.next_run_at - AT) // timedelta(hours=1))

    assert waits == [1, 2, 4, 8, 16, 24, 24]
    server.says("/feed", guide(row()))
    feeds.refresh(feed=source, at=AT)
    assert (source.failures, source.last_error, source.next_run_at) == (0, "", LATER)


@pytest.mark.django_db
def test_refresh_of_an_unchanged_feed_imports_nothing(server: Server) -> None:
    source = feed(source=server.says("/feed", b"", status=304), etag='"a"')

    assert feeds.refresh(feed=source, at=AT) is None
    source.refresh_from_db()
    assert (source.last_ok_at, source.etag) == (AT, '"a"')


@pytest.mark.django_db
def test_refresh_asks_for_the_whole_listing_while_an_absence_waits(server: Server) -> None:
    source = feed(source=server.says("/feed", guide(*rows(10)), ETag='"a"'))
    feeds.refresh(feed=source, at=AT)
    server.says("/feed", guide(*rows(9)), ETag='"b"')
    feeds.refresh(feed=source, at=LATER)

    outcome = feeds.refresh(feed=source, at=LATER + timedelta(days=7))

    assert "If-None-Match" not in server.asked[-1][1]
    assert outcome is not None
    assert outcome.report.retired == 1
    assert Meeting.objects.filter(active=True).count() == 9


@pytest.mark.django_db
def test_refresh_keeps_no_marks_of_an_answer_that_is_held(server: Server) -> None:
    source = feed(source=server.says("/feed", b"[]", ETag='"empty"'))

    outcome = feeds.refresh(feed=source, at=AT)

    assert outcome is not None
    assert outcome.report.held
    source.refresh_from_db()
    assert (source.etag, source.last_error, source.last_ok_at) == ("", "an empty list", None)


@pytest.mark.django_db
def test_refresh_leaves_a_feed_from_a_file_to_the_command(tmp_path: Path) -> None:
    source = feed(source=str(tmp_path / "feed.json"))

    assert feeds.refresh(feed=source, at=AT) is None
    assert Feed.objects.get().last_run_at is None
