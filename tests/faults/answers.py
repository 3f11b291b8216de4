"""Faults of the provider: refusals, time-outs, errors after it took the text, garbage, a late list."""

from collections import Counter
from typing import Any

from notifications import clock
from notifications.models import Message
from tests.faults import people
from tests.faults.killing import HANDS, finish
from tests.faults.play import Play
from tests.faults.stage import PATIENCE, Crew

# What may happen to a create; those that end in "_after" took the text all the same.
UNCLEAR = ("500", "500_after", "503_after", "drop", "drop_after", "hang", "hang_after")
GARBAGE = ("html", "html_after", "empty", "empty_after")
REFUSALS = ("21211", "21610", "21602")
EACH = (*UNCLEAR, *GARBAGE, "429", *REFUSALS)
# 15 % of all creates go wrong, each way as often as the others.
MIX = dict.fromkeys(EACH, 0.15 / len(EACH))
# Shorter than the stand-in hangs, so that time runs out here.
TIMEOUTS, HANGS_FOR = "1,0.6", 1.0
# A way out that fails rests, and is then tried with one text at a time: in earnest a fault that
# strikes two hundred in a row would so take a day.
RESTS = "0.02,0.1"
# How long one text may take at most, in seconds, once the hands have run into the fault.
A_TRIAL = 3.0
State = Message.State


def faulty(play: Play) -> None:
    """FI-10: first each fault alone, on a twentieth of the texts, then 15 % of all at random."""
    play.stage.extra |= {"FAULTS_TIMEOUTS": TIMEOUTS, "FAULTS_RESTS": RESTS}
    play.stage.provider.behave(hangs_for=HANGS_FOR)
    each = max(play.messages // 20, 2)
    sender = people.program()
    mixed = max(play.messages - each * len(EACH), each)
    phones = people.phones(sender=sender, count=each * len(EACH) + mixed)
    crew = play.stage.crew()
    alone = {}
    for number, fault in enumerate(EACH):
        batch = phones[number * each : (number + 1) * each]
        play.stage.provider.behave(script=[fault] * each)
        alone[fault] = _send(play, crew, sender, batch, name=fault)
    play.stage.provider.behave(mix=MIX, seed=play.dice.random())
    alone["mix"] = _send(play, crew, sender, phones[each * len(EACH) :], name="mix")
    play.figures |= {"alone": alone, "timeouts_s": TIMEOUTS, "rests_s": RESTS}
    play.stage.provider.behave(mix={})
    finish(play, crew)


def at_once(play: Play) -> None:
    """FI-10 in short: every fault as often as every other, one after another among good answers."""
    play.stage.extra["FAULTS_TIMEOUTS"] = TIMEOUTS
    each = play.messages // (2 * len(EACH))
    play.stage.provider.behave(hangs_for=HANGS_FOR, script=[*EACH] * each)
    play.due = people.due(play.messages, at=clock.now())
    finish(play, play.stage.crew())
    play.figures["each"] = each


def _send(play: Play, crew: Crew, sender: Any, phones: list[Any], *, name: str) -> dict[str, int]:
    """Queue a text to each phone and see it through; how many stand where at the end."""
    now = clock.now()
    sent = people.queue(sender=sender, to=phones, at=[now] * len(phones), name=name)
    play.due += sent
    crew.keep(HANDS)
    crew.wait(PATIENCE + A_TRIAL * len(phones))
    states = Message.objects.filter(pk__in=[message.pk for message in sent])
    return dict(Counter(states.values_list("state", flat=True)))


def late_list(play: Play) -> None:
    """FI-11: every answer is lost, and the provider lists what it took only after a while."""
    wait, gap = play.stage.settling
    # As long as 120 s is of the 190 s that the two looks take in earnest.
    latest = (wait + gap) * 120 / 190
    play.due = people.due(play.messages, at=clock.now())
    play.stage.extra["FAULTS_RESTS"] = RESTS
    play.stage.provider.behave(
        mix={"500_after": 0.5, "drop_after": 0.5}, seed=play.dice.random(), lists_after=latest
    )
    play.figures |= {"listed_within_s": round(latest, 2), "rests_s": RESTS}
    finish(play, play.stage.crew(), seconds=PATIENCE + A_TRIAL * play.messages)
    play.demands["one_try_each"] = play.stage.provider.state()["asked"] == play.messages
