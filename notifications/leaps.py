"""A clock that was ahead and came back: what it put off till a time that is far away again.

Nothing that was done is undone. Whatever only waits is asked for again, and the gates decide anew.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import Q

from notifications.models import Attempt, Breaker, Message, Sender

log = logging.getLogger(__name__)

# A clock is set by less than this all the time.
LEEWAY = timedelta(minutes=1)
# No rest, back-off or pace puts off for longer by itself; hours and limits are asked again.
LONGEST_WAIT = timedelta(hours=1)


def went_back(*, at: datetime, before: datetime | None) -> bool:
    """Whether the clock shows an earlier time than it did, by more than it may."""
    return before is not None and at < before - LEEWAY


def put_right(*, at: datetime) -> int:
    """Look again at what a clock that was ahead has put off; returns how many messages that were."""
    far = at + LONGEST_WAIT
    Sender.objects.filter(paused_until__gt=far).update(paused_until=at)
    Sender.objects.filter(free_at__gt=at).update(free_at=None)
    Breaker.objects.filter(open_until__gt=far).update(open_until=at)
    Attempt.objects.filter(next_look_at__gt=far).update(next_look_at=at)
    waiting = Message.objects.filter(Q(state=Message.State.DEFERRED), next_at__gt=far)
    found = waiting.update(next_at=at)
    log.warning("The clock went back to %s: %s messages are looked at again.", at, found)
    return found
