import socket
import threading

import pytest

from tests.network import NetworkForbidden, is_local


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        (b"localhost", True),
        (None, True),
        ("10.0.0.1", False),
        ("192.0.2.7", False),
        ("2001:db8::1", False),
        ("example.org", False),
        ("localhost.example.org", False),
    ],
)
def test_network_knows_this_machine(host: str | bytes | None, local: bool) -> None:
    assert is_local(host) is local


def test_network_guard_refuses_a_name() -> None:
    with pytest.raises(NetworkForbidden, match=r"example\.org"):
        socket.create_connection(("example.org", 443), timeout=1)


def test_network_guard_refuses_an_address() -> None:
    with (
        socket.socket() as stranger,
        pytest.raises(NetworkForbidden, match=r"192\.0\.2\.7"),
    ):
        stranger.connect(("192.0.2.7", 443))


def test_network_guard_lets_this_machine_through() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = threading.Thread(target=lambda: server.accept()[0].close())
        answering.start()
        with socket.create_connection(server.getsockname(), timeout=5) as neighbour:
            assert neighbour.recv(1) == b""
        answering.join(timeout=5)
