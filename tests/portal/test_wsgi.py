import importlib
from typing import Any

import pytest

from aftercare import crisis, likeness
from aftercare.directory import geo


@pytest.mark.django_db
def test_web_server_knows_every_word_of_danger_and_city_before_its_first_request(
    settings: Any,
) -> None:
    settings.STATIC_ROOT = settings.BASE_DIR / "portal" / "static"
    server = importlib.import_module("portal.wsgi")
    for read_in in (crisis._index, likeness._weights, geo._names):
        read_in.cache_clear()

    importlib.reload(server)

    assert crisis._index.cache_info().currsize == 1
    assert likeness._weights.cache_info().currsize == 1
    assert geo._names.cache_info().currsize == 1
