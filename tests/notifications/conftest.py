from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from notifications.transports.memory import MEMORY, Memory


@pytest.fixture(autouse=True)
def own_locks(settings: Settings, tmp_path: Path) -> None:
    """Locks of a test lie in its own folder."""
    settings.VAR_DIR = tmp_path


@pytest.fixture
def provider() -> Iterator[Memory]:
    """The phone company in memory, empty."""
    MEMORY.clear()
    yield MEMORY
    MEMORY.clear()
    MEMORY.is_remote, MEMORY.parallel = False, 1


@pytest.fixture
def remote(provider: Memory) -> Memory:
    """The same, seen as a company far away: one parcel a claim, at the pace of the senders."""
    provider.is_remote = True
    return provider
