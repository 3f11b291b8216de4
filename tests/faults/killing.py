"""Faults of processes: workers, clusters and the database's own lock are hit while texts leave."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.db import connection

from notifications import clock
from notifications.models import Attempt, Message
from tests.faults import people
from tests.faults.play import Play, tries
from tests.faults.stage import PATIENCE, Crew

HANDS = 2
LATENCY = 0.05
LOCK_SECONDS = 15
DUE_A_SECOND = 40
RESTORED = ("-m", "tests.faults.hurried", "restored")
CHECKPOINTS = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=20)
print("ready", flush=True)
while True:
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
"""


def workers(play: Play) -> None:
    """FI-01: kill -9 a random worker while it sends; another takes its place.

    The texts come in portions, one before each kill, so that none is struck with nothing in hand
    however fast the machine is.
    """
    sender = people.program()
    phones = people.phones(sender=sender, count=play.messages)
    latency = 4 * LATENCY
    play.stage.provider.behave(latency=latency)
    crew = play.stage.crew()
    for part in range(play.kills):
        portion = phones[part :: play.kills]
        play.due += people.queue(
            sender=sender, to=portion, at=[clock.now()] * len(portion), name=f"Part {part}"
        )
        crew.keep(HANDS)
        wait_for_work(play, crew)
        time.sleep(play.dice.uniform(0, 1.5 * latency))
        while not crew.kill(play.dice):
            crew.keep(HANDS)
        play.struck += 1
    finish(play, crew)


def wait_for_work(play: Play, crew: Crew) -> None:
    """Return once the provider was asked for something more, or there is nothing left to do."""
    asked = play.stage.provider.state()["asked"]
    play.stage.wait_for(
        "a sender asks the provider",
        lambda: play.stage.provider.state()["asked"] > asked or not crew.living,
    )


def wait_for_a_text(play: Play, seconds: float = PATIENCE) -> None:
    """Return once something more was taken, or nothing is left to do."""
    taken = play.stage.provider.state()["taken"]
    play.stage.wait_for(
        "a text is taken",
        lambda: play.stage.provider.state()["taken"] > taken or play.is_quiet(),
        seconds,
    )


def finish(play: Play, crew: Crew, hands: int = HANDS, seconds: float = PATIENCE) -> None:
    """Let senders work undisturbed until nothing waits; count what they needed."""
    play.stage.provider.behave(latency=0)
    crew.keep(hands)
    crew.wait(seconds)
    play.figures["crashes"] = crew.crashes
    play.demands["no_sender_crashed"] = crew.crashes == 0
    tries(play)


def clusters(play: Play) -> None:
    """FI-02: kill -9 the whole cluster with all its workers, and start it again."""
    play.due = people.due(play.messages, at=clock.now())
    play.stage.provider.behave(latency=LATENCY)
    for _ in range(play.kills):
        cluster = play.stage.cluster()
        wait_for_a_text(play)
        time.sleep(play.dice.uniform(0, 4 * LATENCY))
        play.stage.kill(cluster)
        play.struck += 1
    play.stage.provider.behave(latency=0)
    cluster = play.stage.cluster()
    play.stage.wait_for("everything is settled", play.is_quiet)
    tries(play)


def crowd(play: Play) -> None:
    """FI-13: two clusters with four workers each share one database."""
    play.due = people.due(play.messages, at=clock.now())
    play.stage.provider.behave(latency=0.01)
    play.stage.extra["WORKERS"] = "4"
    both = [play.stage.cluster() for _ in range(2)]
    seconds = play.stage.wait_for("everything is sent", play.is_quiet, seconds=1800)
    play.figures |= {"workers": 8, "per_s": round(play.messages / seconds, 1)}
    play.demands["one_try_each"] = Attempt.objects.count() == play.messages
    play.demands["clusters_live"] = all(cluster.poll() is None for cluster in both)
    tries(play)


def many_hands(play: Play) -> None:
    """FI-13 in short: three senders at once instead of two clusters."""
    play.due = people.due(play.messages, at=clock.now())
    play.stage.provider.behave(latency=0.02)
    finish(play, play.stage.crew(), hands=3)
    play.demands["one_try_each"] = Attempt.objects.count() == play.messages


def writer_lock(play: Play) -> None:
    """FI-05: somebody holds SQLite's write lock for long, and dies in the midst of checkpoints."""
    name = str(connection.settings_dict["NAME"])
    play.due = people.due(play.messages, at=clock.now())
    play.stage.provider.behave(latency=LATENCY)
    crew = play.stage.crew()
    crew.keep(HANDS)
    with sqlite3.connect(name, timeout=20, isolation_level=None) as holder:
        wait_for_work(play, crew)
        holder.execute("BEGIN IMMEDIATE")
        time.sleep(LOCK_SECONDS)
        holder.execute("ROLLBACK")
    holder.close()
    for _ in range(play.kills):
        crew.keep(HANDS)
        with suppress(BrokenPipeError):
            _die_in_a_checkpoint(name, play.dice.uniform(0.01, 0.1))
        play.struck += 1
    finish(play, crew)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        play.demands["integrity_ok"] = cursor.fetchall() == [("ok",)]


def _die_in_a_checkpoint(name: str, seconds: float) -> None:
    with subprocess.Popen([sys.executable, "-c", CHECKPOINTS, name], stdout=subprocess.PIPE) as it:
        assert it.stdout is not None
        it.stdout.readline()
        time.sleep(seconds)
        os.kill(it.pid, signal.SIGKILL)


def backup(play: Play) -> None:
    """FI-19: the database is put back to what it was before some of the texts left."""
    name = str(connection.settings_dict["NAME"])
    now = clock.now()
    sender = people.program()
    phones = people.phones(sender=sender, count=play.messages)
    # Falling due one after another, so that at each backup some are still to come.
    dues = [now + timedelta(seconds=number / DUE_A_SECOND) for number in range(play.messages)]
    later = [now + timedelta(days=1)] * play.messages
    play.due = people.queue(sender=sender, to=phones, at=dues, expires=later)
    after = 0
    for number in range(play.kills):
        crew = play.stage.crew()
        copy = play.stage.folder / f"backup-{number}.sqlite3"
        crew.keep(HANDS)
        play.stage.wait_for("nothing is behind its time", _is_up_to_date)
        made_at = clock.now()
        with sqlite3.connect(name, timeout=20) as database:
            database.execute("VACUUM INTO ?", [str(copy)])
        database.close()
        kept = play.stage.provider.state()["taken"]
        time.sleep(play.dice.uniform(0.5, 1))
        play.stage.kill(crew.nursery)
        after += play.stage.provider.state()["taken"] - kept
        _put_back(name, copy)
        play.stage.run(*RESTORED, "--since", made_at.isoformat())
        play.struck += 1
    play.figures["sent_after_the_backup"] = after
    finish(play, play.stage.crew())


def _is_up_to_date() -> bool:
    """Whether all that is due has left and is known to have."""
    late = Message.objects.filter(state__in=Message.WAITING, next_at__lte=clock.now()).count()
    return late < DUE_A_SECOND / 4


def _put_back(name: str, copy: Path) -> None:
    """As an operator does it: nothing runs, the old file and its log go, the copy takes their place."""
    connection.close()
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(name + suffix).unlink()
    copy.replace(name)
