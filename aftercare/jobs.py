"""The background jobs: they read the clock and call the verbs; every one may run twice or be late.

`tick` does everything that is due at one instant. In the cluster it runs each second, one at a time:
`poll` ticks for 55 seconds and enqueues its successor, and a schedule restarts a chain that broke.
"""

import logging
import os
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError, transaction

from aftercare import invitations, plan, preferences, reminders, replies, rounds, safety
from aftercare.directory import feeds
from aftercare.engagement import watch
from aftercare.models import DisengagementSignal, Submission, TickRecord
from notifications import clock, delivery, queue
from notifications.models import Message

log = logging.getLogger(__name__)

TICK = "tick"
COUNTS = ("planned", "queued", "sent", "suppressed", "expired", "inbound", "opened", "closed")
# How long one link of the chain ticks, and how often.
LINK_SECONDS, EVERY_SECONDS = 55.0, 1.0
# A chain whose last beat is older than this has broken.
BROKEN_AFTER = timedelta(seconds=10)
KEEP_SUBMISSIONS, KEEP_TASKS = timedelta(days=30), timedelta(days=7)
# Names the file by which a stopping cluster asks the chain to end.
STOP_FILE = "CLUSTER_STOP_FILE"


def tick(*, at: datetime) -> dict[str, int]:
    """Do everything that is due at an instant (aware), until nothing is; returns what was done.

    Counts: planned reminders and check-ins, queued, sent, suppressed and expired texts, inbound
    texts read, signals opened and closed. A step that fails keeps no other from its work; its fault
    is raised at the end.
    """
    before = _newest(Message), _newest(DisengagementSignal)
    tally = _Tally()
    for name, step in _STEPS:
        tally.add(name, step, at)
    _deliver(tally, at)
    tally.add("other", delivery.reconcile, at)
    _reassess(tally, at)
    if tally.total():
        tally.counts["queued"] = Message.objects.filter(pk__gt=before[0]).count()
        tally.counts["opened"] = DisengagementSignal.objects.filter(pk__gt=before[1]).count()
    _remember(at)
    if tally.fault is not None:
        raise tally.fault
    return {name: tally.counts[name] for name in COUNTS}


class _Tally:
    """What the steps of a tick did, and the first fault among them."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.fault: Exception | None = None

    def add(self, name: str, step: Callable[..., int], at: datetime) -> None:
        """Run one step and count what it did."""
        try:
            self.counts[name] += step(at=at)
        except OperationalError:
            raise
        except Exception as fault:
            log.exception("The step %s failed; the others go on.", step.__qualname__)
            self.fault = self.fault or fault

    def total(self) -> int:
        """Everything done so far."""
        return self.counts.total()


# In such an order that once round leaves nothing undone: a text read asks for an answer, a check-in
# opened leaves its person without a planned one, and whatever was queued leaves at the end.
_STEPS: tuple[tuple[str, Callable[..., int]], ...] = (
    ("inbound", replies.read_unread),
    ("other", safety.follow_up_due),
    ("other", preferences.resume_due),
    ("other", invitations.send_staged),
    ("other", plan.settle_due),
    ("other", rounds.close_due),
    ("other", rounds.open_due),
    ("other", rounds.nudge_due),
    ("other", reminders.send_due),
    ("planned", reminders.plan_ahead),
    ("planned", rounds.plan_ahead),
)


def _deliver(tally: _Tally, at: datetime) -> None:
    def deliver(*, at: datetime) -> int:
        done = delivery.deliver_due(at=at)
        tally.counts["suppressed"] += done.suppressed
        tally.counts["expired"] += done.expired
        tally.counts["other"] += done.deferred + done.failed + done.unknown
        return done.sent

    tally.add("sent", deliver, at)


def _reassess(tally: _Tally, at: datetime) -> None:
    def reassess(*, at: datetime) -> int:
        change = watch.reassess_due(at=at)
        tally.counts["other"] += change.opened
        return change.closed

    tally.add("closed", reassess, at)


def _newest(model: type[Message] | type[DisengagementSignal]) -> int:
    return model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0


@transaction.atomic
def _remember(at: datetime) -> None:
    """Keep how far time has come, and say that the tick is alive by the clock of this machine."""
    if not TickRecord.objects.filter(pk=1, at__lt=at).update(at=at):
        TickRecord.objects.get_or_create(pk=1, defaults={"at": at})
    queue.beat(name=TICK, at=clock.now())


def converse(*, at: datetime) -> None:
    """Read the texts that came in and send what answers them, without waiting for the tick."""
    replies.read_unread(at=at)
    delivery.deliver_due(at=at)


def newest_tick() -> datetime | None:
    """The latest instant that a tick ran for."""
    return TickRecord.objects.values_list("at", flat=True).first()


# In the cluster


def poll() -> None:
    """One link of the chain: tick each second for 55 seconds, then let the next link begin.

    Only one ticks at a time: the lock is the system's, which frees it when its holder dies.
    """
    with queue.alone(name=TICK) as is_mine:
        if not is_mine:
            return
        ends_at = time.monotonic() + LINK_SECONDS
        while (began_at := time.monotonic()) < ends_at and not _is_stopping():
            tick(at=clock.now())
            time.sleep(max(0.0, EVERY_SECONDS - (time.monotonic() - began_at)))
    if not _is_stopping():
        queue.enqueue("aftercare.jobs.poll")


def keep_ticking() -> None:
    """Take up the chain where it broke; scheduled each minute."""
    beat = queue.last_beat(name=TICK)
    if beat is None or clock.now() - beat > BROKEN_AFTER:
        poll()


def _is_stopping() -> bool:
    name = os.environ.get(STOP_FILE)
    return name is not None and Path(name).exists()


def refresh_feeds() -> None:
    """Fetch the feeds of meetings that are due; scheduled each hour."""
    feeds.refresh_due(at=clock.now())


def tidy() -> None:
    """Throw away what has served its time: sessions, keys of forms, results of jobs; scheduled daily."""
    now = clock.now()
    SessionStore.clear_expired()
    Submission.objects.filter(at__lt=now - KEEP_SUBMISSIONS).delete()
    queue.forget(before=now - KEEP_TASKS)
