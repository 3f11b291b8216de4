import logging

import pytest

from portal.logs import HideTokens


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/join/HC3UeLyxj8vLvvxIySa04g/", "Gone: /join/…/"),
        ("/join/HC3UeLyxj8vLvvxIySa04g/again/", "Gone: /join/…/again/"),
        ("/accounts/password/reset/key/3-abc-def/", "Gone: /accounts/password/reset/key/…/"),
        ("/accounts/confirm-email/Mg:1v:x/?a=1", "Gone: /accounts/confirm-email/…/?a=1"),
        ("/graduates/new/", "Gone: /graduates/new/"),
    ],
)
def test_links_that_open_something_reach_no_log(path: str, shown: str) -> None:
    record = logging.LogRecord("django.request", 30, "", 0, "%s: %s", ("Gone", path), None)

    kept = HideTokens().filter(record)

    assert kept is True
    assert record.getMessage() == shown
