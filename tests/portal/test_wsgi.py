import importlib
import os
import subprocess
import sys
from typing import Any

import pytest

from aftercare import crisis, likeness, replies
from aftercare.directory import geo


@pytest.mark.django_db
def test_web_server_knows_every_word_of_danger_and_city_before_its_first_request(
    settings: Any,
) -> None:
    settings.STATIC_ROOT = settings.BASE_DIR / "portal" / "static"
    server = importlib.import_module("portal.wsgi")
    for read_in in (
        crisis._index,
        likeness._weights,
        geo._names,
        replies.know_words,
        replies.make_ready,
    ):
        read_in.cache_clear()

    importlib.reload(server)

    assert crisis._index.cache_info().currsize == 1
    assert likeness._weights.cache_info().currsize == 1
    assert geo._names.cache_info().currsize == 1


def test_no_process_holds_the_library_of_papers_before_it_is_asked_for_one() -> None:
    """It brings thirty megabytes with it, into each worker of a cluster, too."""
    asked = "import django, sys; django.setup(); import portal.urls; print('fpdf' in sys.modules)"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "DEMO": "0"}

    told = subprocess.run(
        [sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True
    )

    assert told.stdout == "False\n"
