"""One fault as it is played, and the oracle that judges it.

The truth is the provider's own log: what it took, and how often. From it and from what our rows show
a person, each text that was due is counted once:

- `delivered`: the provider took it (once or more);
- `opted_out`: not taken, and held back or cancelled because its recipient said STOP;
- `suppressed`: not taken, and held back or cancelled for another reason that a row names;
- `expired`: not taken, and shown as too late;
- `unknown`: not taken, and laid before a person as unclear;
- `lost`: all the rest: shown as sent and never taken, or still waiting when everything had settled.

A text refused for good or waiting with a reason where the play means it to is named in `figures`.
`twice` counts surplus copies: a text taken three times counts two. `kills` is how often the fault
struck, `settling` the shortened waits before the provider is asked about an unclear text.
"""

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from notifications.models import Attempt, Message
from tests import postgres
from tests.faults.catalogue import Fault
from tests.faults.stage import Stage, stage

State = Message.State
OPTED_OUT = ("opted_out", "opted_out_at_provider")
NAMES = ("due", "delivered", "lost", "twice", "unknown", "expired", "suppressed", "opted_out")
HELD_BACK = (State.SUPPRESSED, State.CANCELLED)
ON_ITS_WAY = (State.SENT, State.DELIVERED, State.UNDELIVERED, State.FAILED)


@dataclass
class Play:
    """A fault under way: its stage, its size, its dice, and what it has found so far.

    `due` are the texts that are judged; `demands` what must hold beside 0 lost and 0 twice;
    `may_wait` says that a text which waits with a reason is where the play means it to be.
    """

    stage: Stage
    kills: int
    messages: int
    dice: random.Random
    server: postgres.Server | None = None
    due: list[Message] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    demands: dict[str, bool] = field(default_factory=dict)
    # The counts of a play whose truth is no text; see its own words.
    counted: dict[str, int] | None = None
    struck: int = 0
    may_wait: bool = False

    def is_quiet(self) -> bool:
        """Whether nothing waits and nothing is unclear any more."""
        waiting = Message.objects.filter(state__in=(*Message.WAITING, State.SENDING)).exists()
        return not waiting and not Attempt.objects.filter(next_look_at__isnull=False).exists()


def perform(
    fault: Fault,
    *,
    folder: Path,
    kills: int | None = None,
    messages: int | None = None,
    server: postgres.Server | None = None,
    seed: int = 1,
) -> dict[str, Any]:
    """Play a fault on this process's own database, and judge it: the object the command prints.

    `server` is the PostgreSQL behind it, for faults that strike it.
    """
    began = time.monotonic()
    with stage(folder, settling=fault.settling) as at:
        play = Play(
            at,
            kills=fault.kills or 0 if kills is None else kills,
            messages=fault.messages or 0 if messages is None else messages,
            dice=random.Random(seed),
            server=server,
        )
        resolve_name(fault.act)(play)
        counts = judge(play) if play.counted is None else play.counted
    play.figures.update({f"demand_{name}": is_met for name, is_met in play.demands.items()})
    wait, gap = fault.settling
    return {
        "id": fault.id,
        **counts,
        "kills": play.struck,
        "seconds": round(time.monotonic() - began, 1),
        "settling": {"wait_s": wait, "gap_s": gap},
        "figures": play.figures,
        "ok": counts["lost"] == counts["twice"] == 0 and all(play.demands.values()),
    }


def judge(play: Play) -> dict[str, int]:
    """Count each text that was due once, by the provider's log and by what its row shows."""
    arrived = play.stage.provider.bodies()
    rows = Message.objects.in_bulk([message.pk for message in play.due])
    counts: Counter[str] = Counter()
    for message in play.due:
        copies = arrived[message.body]
        fate = _fate(rows.get(message.pk), is_taken=copies > 0, may_wait=play.may_wait)
        counts[fate] += 1
        counts["twice"] += max(0, copies - 1)
        if copies and rows[message.pk].state not in ON_ITS_WAY:
            counts["taken_but_shown_otherwise"] += 1
    for name in ("refused", "waiting", "taken_but_shown_otherwise"):
        if counts[name]:
            play.figures[name] = counts[name]
    return {"due": len(play.due), **{name: counts[name] for name in NAMES[1:]}}


def _fate(row: Message | None, *, is_taken: bool, may_wait: bool) -> str:
    """Which figure a text belongs to."""
    if is_taken:
        return "delivered"
    if row is None or not row.reason:
        return "lost"
    if row.state in HELD_BACK:
        return "opted_out" if row.reason in OPTED_OUT else "suppressed"
    named = {State.EXPIRED: "expired", State.UNKNOWN: "unknown", State.FAILED: "refused"}
    if row.state == State.UNKNOWN and row.reason != "unsettled":
        return "lost"
    if row.state == State.DEFERRED and may_wait:
        return "waiting"
    return named.get(State(row.state), "lost")


def tries(play: Play) -> None:
    """Figures of the tries: how many there were, how many were in doubt, and how long at most."""
    wait = play.stage.settling[0]
    lasted = [
        (ended - started).total_seconds()
        for started, ended in Attempt.objects.values_list("started_at", "ended_at")
        if ended is not None
    ]
    doubtful = [seconds for seconds in lasted if seconds >= wait * 0.9]
    play.figures |= {
        "tries": len(lasted),
        "in_doubt": len(doubtful),
        "settled_within_s": round(max(doubtful, default=0.0), 1),
    }


def most_in_a_second(moments: Sequence[float]) -> int:
    """The most events that any second, wherever it begins, holds."""
    ordered, most, first = sorted(moments), 0, 0
    for last, moment in enumerate(ordered):
        while ordered[first] <= moment - 1:
            first += 1
        most = max(most, last - first + 1)
    return most
