"""The entry of the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402 - it needs the settings

from aftercare import replies  # noqa: E402 - so does it
from notifications import proof  # noqa: E402 - and it

# With other keys than the database's no page could be right, so there is none.
proof.hold()

# Before the first request, in each worker.
_ = get_resolver().url_patterns
replies.make_ready()

# What is loaded by now stays: no collection of garbage need walk it again in the middle of a page.
gc.collect()
gc.freeze()
