"""CRY-05: whoever takes a copy of the database away reads nobody in it."""

from collections.abc import Callable

import pytest

from tests.security import canaries


@pytest.mark.django_db(transaction=True)
def test_cry_05_a_raw_dump_shows_no_canary(figure: Callable[[str], None]) -> None:
    planted = canaries.plant()
    assert len(planted.sealed) >= 30
    assert canaries.found_in(canaries.opened(), planted.sealed) == list(planted.sealed)

    dump = canaries.dumped()

    # What is readable by design is found, so the dump is looked at as it should be.
    assert canaries.found_in(dump, planted.readable) == list(planted.readable)
    assert canaries.found_in(dump, planted.sealed) == []
    figure(f"0 of {len(planted.sealed)} canaries in {len(dump):,} bytes")
