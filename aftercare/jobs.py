"""The background jobs: they read the clock and call the verbs; every one may run twice or be late.

`tick` does everything that is due at one instant. In the cluster it runs each second, one at a time:
`poll` ticks for 55 seconds and enqueues its successor, and a schedule restarts a chain that broke.
"""

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from django.contrib.sessions.backends.db import SessionStore
from django.db import InterfaceError, OperationalError, connection, transaction

from aftercare import (
    alarms,
    digest,
    invitations,
    leaving,
    news,
    plan,
    preferences,
    reminders,
    replies,
    rounds,
    safety,
    sealing,
    touches,
)
from aftercare.directory import feeds
from aftercare.engagement import watch
from aftercare.engagement.watch import Change
from aftercare.health import TICK as TICK
from aftercare.models import DisengagementSignal, TickRecord
from notifications import addresses, clock, delivery, inbound, leaps, queue, settling, tracking
from notifications import sweep as provider_sweep
from notifications.agenda import Agenda, Question
from notifications.delivery import Delivered
from notifications.models import Message

log = logging.getLogger(__name__)

COUNTS = ("planned", "queued", "sent", "suppressed", "expired", "inbound", "opened", "closed")
# How long one link of the chain ticks, and how often.
LINK_SECONDS, EVERY_SECONDS = 55.0, 1.0
# A step that lasts longer, as all do that ask a provider who lets everybody wait, is told to be alive.
SLOW_SECONDS = 10.0
# A chain whose last beat is older than this has broken.
BROKEN_AFTER = timedelta(seconds=10)
# Names the file by which a stopping cluster asks the chain to end.
STOP_FILE = "CLUSTER_STOP_FILE"


def tick(*, at: datetime) -> dict[str, int]:
    """Do everything that is due at an instant (aware), until nothing is; returns what was done.

    Counts: planned reminders and check-ins, queued, sent, suppressed and expired texts, inbound
    texts read, signals opened and closed. A step that fails keeps no other from its work; its fault
    is raised at the end.
    """
    return _counting(lambda: run(at=at))


def tick_by_the_clock() -> dict[str, int]:
    """What `tick` does for an installation without a cluster, by the clock of this machine.

    Sending may take minutes, so it goes in parts, each by the instant at which it begins: no gate is
    asked for a time long past.
    """
    at = clock.now()
    if leaps.went_back(at=at, before=queue.last_beat(name=TICK)):
        leaps.put_right(at=at)

    def run_by_the_clock() -> Counter[str]:
        tally = _run(clock.now(), steps=_IN_PARTS)
        counts = tally.counts
        while tally.more:
            tally = _run(clock.now(), steps=_IN_PARTS)
            counts.update(tally.counts)
        return counts

    return _counting(run_by_the_clock)


def _counting(do: Callable[[], Counter[str]]) -> dict[str, int]:
    """The counts of what is done, with those that only the rows tell."""
    before = _newest(Message), _newest(DisengagementSignal)
    counts = do()
    counts["queued"] = Message.objects.filter(pk__gt=before[0]).count()
    counts["opened"] = DisengagementSignal.objects.filter(pk__gt=before[1]).count()
    return {name: counts[name] for name in COUNTS}


def run(*, at: datetime) -> Counter[str]:
    """What `tick` does, without asking how many texts and signals came of it; the steps' own counts."""
    return _run(at, steps=_STEPS).counts


def catch_up(*, since: datetime, at: datetime) -> tuple[int, int]:
    """Take in what a database put back from a backup made at `since` missed, and send nothing.

    Everything that is due at `at` but sending is done, so that what was planned and said after the
    backup is queued once more; then the provider is to be asked about all of it. Returns how many
    texts were taken in, and about how many messages it will be asked. Raises TransportError.
    """
    taken_in = provider_sweep.take_in_missed(since=since, at=at)
    _run(at, steps=[step for step in _STEPS if step.name not in _AT_PROVIDER])
    return taken_in, settling.doubt_due(since=since, at=at)


def _run(at: datetime, *, steps: Sequence["_Step"]) -> "_Tally":
    tally = _Tally()
    due = _AGENDA.due(at=at)
    for step in steps:
        if step.name in due:
            began_at = time.monotonic()
            tally.add(step, at)
            if time.monotonic() - began_at > SLOW_SECONDS:
                queue.beat(name=TICK, at=clock.now())
            due = _AGENDA.due(at=at)
    _remember(at)
    if tally.fault is not None:
        raise tally.fault
    return tally


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One thing a tick does, under which name its count goes, and the rows that call for it."""

    name: str
    count: str
    do: Callable[..., int | Delivered | Change]
    rows: Question


class _Tally:
    """What the steps of a tick did, whether there is more to send, and the first fault."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.more = False
        self.fault: Exception | None = None

    def add(self, step: _Step, at: datetime) -> None:
        """Run one step and count what it did."""
        try:
            done = step.do(at=at)
        except (OperationalError, InterfaceError):
            raise
        except Exception as fault:
            log.exception("The step %s failed; the others go on.", step.name)
            self.fault = self.fault or fault
            return
        if isinstance(done, Delivered):
            self.counts.update(sent=done.sent, suppressed=done.suppressed, expired=done.expired)
            self.more = done.more
        else:
            self.counts[step.count] += done.closed if isinstance(done, Change) else done


# In such an order that once round leaves nothing undone: a text read asks for an answer, a check-in
# opened leaves its person without a planned one, and whatever was queued leaves at the end.
_STEPS = (
    _Step(name="read", count="inbound", do=replies.read_unread, rows=inbound.unread),
    _Step(name="follow up", count="other", do=safety.follow_up_due, rows=safety.unanswered),
    _Step(name="page", count="other", do=alarms.page_due, rows=alarms.to_page),
    _Step(name="ask to resume", count="other", do=alarms.ask_due, rows=alarms.to_ask),
    _Step(name="resume", count="other", do=preferences.resume_due, rows=preferences.paused),
    _Step(name="invite", count="other", do=invitations.send_staged, rows=invitations.staged),
    _Step(name="settle", count="other", do=plan.settle_due, rows=plan.ended),
    _Step(name="let rest", count="other", do=plan.settle_due, rows=plan.unspoken),
    _Step(name="close", count="other", do=rounds.close_due, rows=rounds.to_close),
    _Step(name="open", count="other", do=rounds.open_due, rows=rounds.to_open),
    _Step(name="greet", count="other", do=touches.send_due, rows=touches.due),
    _Step(name="nudge", count="other", do=rounds.nudge_due, rows=rounds.to_nudge),
    _Step(name="remind", count="other", do=reminders.send_due, rows=reminders.due),
    _Step(name="plan", count="planned", do=reminders.plan_ahead, rows=reminders.short),
    _Step(name="ask", count="planned", do=rounds.plan_ahead, rows=rounds.unplanned),
    _Step(name="digest", count="other", do=digest.send_due, rows=digest.due),
    _Step(name="deliver", count="sent", do=delivery.deliver_due, rows=delivery.due),
    _Step(name="reconcile", count="other", do=delivery.reconcile, rows=settling.ripe),
    _Step(name="track", count="other", do=tracking.follow, rows=tracking.unheard),
    _Step(name="wipe", count="other", do=tracking.follow, rows=tracking.kept),
    _Step(name="take note", count="other", do=watch.take_note, rows=addresses.with_news),
    _Step(name="reassess", count="closed", do=watch.reassess_due, rows=watch.due),
    _Step(name="seal", count="other", do=sealing.seal_due, rows=sealing.waiting),
)


def _sending_by(deliver: Callable[..., Delivered]) -> list[_Step]:
    """The steps of who comes back in a moment for the rest of what is due."""
    return [replace(step, do=deliver) if step.name == "deliver" else step for step in _STEPS]


_IN_SHIFTS, _IN_PARTS = _sending_by(delivery.deliver_shift), _sending_by(delivery.deliver_part)
_AT_PROVIDER = ("deliver", "reconcile", "track", "wipe")
_AGENDA = Agenda({step.name: step.rows for step in _STEPS})


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

    Only one ticks at a time: the lock is the system's, which frees it when its holder dies. A
    database that goes away takes the lock with it; the link waits for it and takes the lock anew.
    """
    ends_at = time.monotonic() + LINK_SECONDS
    while time.monotonic() < ends_at and not _is_stopping():
        try:
            with queue.alone(name=TICK) as is_mine:
                if not is_mine:
                    return
                _tick_until(ends_at)
        except (OperationalError, InterfaceError) as fault:
            log.warning("The database is away or too busy (%s). The tick goes on.", fault)
            connection.close_if_unusable_or_obsolete()
            time.sleep(EVERY_SECONDS)
    if not _is_stopping():
        queue.enqueue("aftercare.jobs.poll")


def _tick_until(ends_at: float) -> None:
    """Tick each second until an instant of the monotonic clock, or until the lock is lost."""
    before = queue.last_beat(name=TICK)
    while (began_at := time.monotonic()) < ends_at and not _is_stopping():
        at = clock.now()
        if leaps.went_back(at=at, before=before):
            leaps.put_right(at=at)
        before = at
        if not _run(at, steps=_IN_SHIFTS).more:
            time.sleep(max(0.0, EVERY_SECONDS - (time.monotonic() - began_at)))
        if not queue.is_held(name=TICK):
            return


def keep_ticking() -> None:
    """Take up the chain where it broke; scheduled each minute."""
    beat = queue.last_beat(name=TICK)
    # A beat of the future is that of a clock which has gone back.
    if beat is None or abs(clock.now() - beat) > BROKEN_AFTER:
        poll()


def _is_stopping() -> bool:
    name = os.environ.get(STOP_FILE)
    return name is not None and Path(name).exists()


def refresh_feeds() -> None:
    """Fetch the feeds of meetings that are due, and tell whose plan it concerns; scheduled each hour."""
    at = clock.now()
    feeds.refresh_due(at=at)
    news.tell(at=at)


def sweep() -> None:
    """Compare the last days with the provider's own list; scheduled hourly, each day is done once."""
    provider_sweep.run(at=clock.now())


def tidy() -> None:
    """Erase who has left, and throw away what has served its time; scheduled daily."""
    at = clock.now()
    SessionStore.clear_expired()
    erased, gone = leaving.erase_due(at=at), leaving.purge(at=at)
    if erased or gone:
        log.info("Erased %d who left; deleted by age: %s", erased, gone)
