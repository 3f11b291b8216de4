"""Pages while danger is open: every worker is killed as they leave, and for an hour there is none.

Here `due` are the texts that the care plan wants on the phones of the list, a person and a round
each, `delivered` those the provider took, and `twice` its copies beyond them.
"""

import re
import subprocess
import uuid
from collections import Counter
from datetime import datetime, timedelta

from aftercare import replies
from aftercare.models import Alarm, Graduate, Role
from notifications import clock
from tests import build
from tests.faults.play import NAMES, Play

LATENCY = 0.1
# The minutes of the care plan, written down a second time.
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
DANGER = "i want to kill myself"
# The round before which somebody takes every other alarm.
LAST = 2
_CODE = re.compile(r"\bOK (\d{4})\b")


def an_hour_away(play: Play) -> None:
    """FI-27: pages of open danger survive kills of every worker, and an hour without any.

    Half of the cries come in portions, and everybody at work is killed as the pages for each leave;
    the others come while nobody works. After the hour the chain goes on by its quarters of an hour,
    and at last everybody is asked again but for what somebody has taken.
    """
    wrong = play.stage.folder / "clock"
    wrong.write_text("0")
    play.stage.extra["FAULTS_CLOCK"] = str(wrong)
    graduates, phones = _program(play.messages)
    early, late = graduates[::2], graduates[1::2]
    play.stage.provider.behave(latency=LATENCY)
    for part in range(play.kills):
        _cry(early[part :: play.kills])
        _kill_as_they_page(play)
    play.stage.provider.behave(latency=0)
    _cry(late)
    wrong.write_text(str(HOUR.total_seconds()))
    _workers(play)
    rows = Alarm.objects.order_by("pk")
    begun, fresh = list(rows.filter(graduate__in=early)), list(rows.filter(graduate__in=late))
    wanted = _pages(begun, phones[:1])
    chain = [phones[:1], phones[1:2], phones, phones]
    away = HOUR
    for number in range(LAST + 1):
        if number == LAST:
            begun, fresh = (_take_every_other(some, phones[0], away) for some in (begun, fresh))
        away = HOUR + number * QUARTER
        wrong.write_text(str(away.total_seconds()))
        wanted += _pages(begun, chain[number + 1]) + _pages(fresh, chain[number])
        _wait_for_round(play, begun, number + 2)
        _wait_for_round(play, fresh, number + 1)
    _judge(play, wanted)


def _kill_as_they_page(play: Play) -> None:
    """Let the cluster page for what is open, and kill all of it when a page was taken."""
    taken = play.stage.provider.state()["taken"]
    workers = _workers(play)
    play.stage.wait_for("a page leaves", lambda: play.stage.provider.state()["taken"] > taken)
    play.stage.kill(workers)
    play.struck += 1


def _pages(alarms: list[Alarm], phones: list[str]) -> Counter[tuple[str, str]]:
    return Counter((phone, alarm.code) for alarm in alarms for phone in phones)


def _cry(graduates: list[Graduate]) -> None:
    for graduate in graduates:
        _text(graduate, build.address_of(graduate).value, DANGER, clock.now())


def _program(count: int) -> tuple[list[Graduate], list[str]]:
    """So many graduates, and the phones of who is on call, of a lead, and of one more on the list."""
    first = build.role(program=build.program())
    on_list = [build.safety_lane(role=first)]
    for kind in (Role.Kind.LEAD, Role.Kind.COUNSELOR):
        on_list.append(build.duty(role=build.role(program=first.program, kind=kind)))
    graduates = [build.graduate(program=first.program, counselor=first) for _ in range(count)]
    return graduates, [row.phone.value for row in on_list]


def _text(graduate: Graduate, sender: str, body: str, at: datetime) -> None:
    """A text to the number of the graduate's program."""
    to, sid = build.sender_of(graduate).number, f"SM{uuid.uuid4().hex}"
    replies.receive(to=to, sender=sender, body=body, provider_id=sid, at=at)


def _workers(play: Play) -> "subprocess.Popen[bytes]":
    """The cluster; mails are printed there, and nobody reads them."""
    hurried = ("-m", "tests.faults.hurried", "cluster")
    return play.stage.start(*hurried, log="cluster", stdout=subprocess.DEVNULL)


def _take_every_other(alarms: list[Alarm], phone: str, away: timedelta) -> list[Alarm]:
    """Who is on call answers every other page by text; the alarms that nobody has."""
    for alarm in alarms[::2]:
        assert alarm.graduate is not None
        _text(alarm.graduate, phone, f"OK {alarm.code}", clock.now() + away)
    return alarms[1::2]


def _wait_for_round(play: Play, alarms: list[Alarm], rounds: int) -> None:
    """Return once each of these was paged so often, and nothing waits."""
    keys = [alarm.pk for alarm in alarms]
    rows = Alarm.objects.filter(pk__in=keys, rounds__lt=rounds)
    play.stage.wait_for(
        f"everybody of round {rounds} is paged", lambda: not rows.exists() and play.is_quiet()
    )


def _judge(play: Play, wanted: Counter[tuple[str, str]]) -> None:
    """Count what the provider took for each phone and each code against what was wanted."""
    coded = [(one.to, _CODE.search(one.body)) for one in play.stage.provider.taken()]
    taken = Counter((to, found[1]) for to, found in coded if found)
    play.counted = dict.fromkeys(NAMES, 0) | {
        "due": wanted.total(),
        "delivered": (wanted & taken).total(),
        "lost": (wanted - taken).total(),
        "twice": (taken - wanted).total(),
    }
    answers = Alarm.objects.filter(acknowledged_at__isnull=False).count()
    play.figures |= {"alarms": Alarm.objects.count(), "taken_by_text": answers}
