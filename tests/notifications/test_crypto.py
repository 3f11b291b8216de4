"""Sealed values open only with their key and in their place."""

import pytest

from notifications.crypto import BadKeys, WrongKey, make_keys, parse_keys


def test_seal_opens_in_its_place() -> None:
    ring = parse_keys(make_keys())

    sealed = ring.seal(plain="Ana Núñez", place="t.c.1")

    assert ring.open(sealed=sealed, place="t.c.1") == "Ana Núñez"
    assert "Ana" not in sealed


def test_seal_does_not_open_in_another_place() -> None:
    ring = parse_keys(make_keys())
    sealed = ring.seal(plain="secret", place="t.c.1")

    with pytest.raises(WrongKey):
        ring.open(sealed=sealed, place="t.c.2")


def test_seal_does_not_open_with_another_key_of_the_same_name() -> None:
    sealed = parse_keys(make_keys()).seal(plain="secret", place="t.c.1")

    with pytest.raises(WrongKey):
        parse_keys(make_keys()).open(sealed=sealed, place="t.c.1")


def test_older_key_still_opens_after_rotation() -> None:
    old = make_keys()
    sealed = parse_keys(old).seal(plain="secret", place="t.c.1")
    fresh = make_keys().replace("k1:", "k2:").split(",")[0]

    ring = parse_keys(f"{fresh},{old}")

    assert ring.current == "k2"
    assert ring.open(sealed=sealed, place="t.c.1") == "secret"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "k1:short",
        "k1",
        make_keys().split(",")[0],
        make_keys().split(",")[1],
        make_keys().replace("k1:", "k.1:"),
        "k1:!!!!,index:!!!!",
    ],
    ids=["empty", "short", "no key", "no index", "index alone", "dot in a name", "no base64"],
)
def test_bad_keys_are_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(BadKeys, match="make_keys"):
        parse_keys(text)
