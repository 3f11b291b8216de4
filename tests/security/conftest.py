import os
from collections.abc import Callable

import pytest

FULL = "SECURITY_FULL"


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Say what was measured, in words with units; `tests.security.report` prints it."""
    return lambda words: record_property("figure", words)


@pytest.fixture
def many() -> Callable[..., int]:
    """How many trials: few in every run, all of them for the report's full figures."""
    is_full = os.environ.get(FULL) == "1"
    return lambda *, short, full: full if is_full else short
