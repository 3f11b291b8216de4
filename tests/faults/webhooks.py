"""Faults of what the provider tells us: a storm of reports in any order, and STOP at any instant."""

import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from notifications import clock
from notifications.models import Attempt, InboundMessage, Message
from tests import twilio_fake
from tests.faults import people
from tests.faults.killing import HANDS, finish
from tests.faults.play import Play

CALLERS = 8
# So many reports of each text, each of its words several times over.
REPORTS_EACH = 50
COPIES = 50
STORIES = (("queued", "sent", "delivered"), ("sent", "undelivered"), ("sent", "delivered", "read"))
ENDS = {"delivered": "delivered", "undelivered": "undelivered", "read": "delivered"}
# "Out of reach for good": a report of failure that is not tried again.
LOST_CODE = "30004"


@dataclass(frozen=True, slots=True)
class _Heard:
    status: int
    seconds: float


def storm(play: Play) -> None:
    """FI-16: each text's reports come fifty times, shuffled, from several callers at once."""
    play.due = people.due(play.messages, at=clock.now())
    finish(play, play.stage.crew())
    play.stage.serve()
    stories, reports = {}, []
    for message_id, uid, sid in Attempt.objects.values_list("message_id", "uid", "provider_id"):
        words = play.dice.choice(STORIES)
        stories[message_id] = words[-1]
        reports += [
            _report(play, uid, sid, words[turn % len(words)]) for turn in range(REPORTS_EACH)
        ]
    play.dice.shuffle(reports)
    heard, seconds = _call_all(reports + _copies_of_a_text(play))
    states = dict(Message.objects.values_list("pk", "state"))
    wrong = sum(states[pk] != ENDS[word] for pk, word in stories.items())
    slow = sorted(each.seconds for each in heard)
    play.figures |= {
        "events": len(heard),
        "events_per_s": round(len(heard) / seconds, 1),
        "p50_ms": round(slow[len(slow) // 2] * 1000, 1),
        "p99_ms": round(slow[int(len(slow) * 0.99)] * 1000, 1),
        "not_200": sum(each.status != 200 for each in heard),
        "wrong_state": wrong,
        "inbound_rows": InboundMessage.objects.count(),
    }
    play.demands["all_answered_200"] = play.figures["not_200"] == 0
    play.demands["states_end_right"] = wrong == 0
    play.demands["copies_are_one"] = play.figures["inbound_rows"] == 1


def _report(play: Play, uid: uuid.UUID, sid: str, word: str) -> tuple[str, dict[str, str]]:
    code = {"ErrorCode": LOST_CODE} if word == "undelivered" else {}
    fields = {"MessageSid": sid, "MessageStatus": word, "AccountSid": twilio_fake.ACCOUNT, **code}
    return f"{play.stage.web}/sms/status/{uid}", fields


def _copies_of_a_text(play: Play) -> list[tuple[str, dict[str, str]]]:
    """One text that came in, as often as an eager provider may post it."""
    return [_inbound(play, play.due[0], "Thank you", sid="SM" + "c0" * 16)] * COPIES


def _inbound(play: Play, message: Message, body: str, *, sid: str) -> tuple[str, dict[str, str]]:
    fields = {"To": message.sender.number, "From": message.address.value, "Body": body}
    return f"{play.stage.web}/sms/inbound", {"MessageSid": sid, "NumMedia": "0", **fields}


def _call_all(calls: list[tuple[str, dict[str, str]]]) -> tuple[list[_Heard], float]:
    began = time.monotonic()
    with ThreadPoolExecutor(CALLERS) as pool:
        heard = list(pool.map(_call, calls))
    return heard, time.monotonic() - began


def _call(call: tuple[str, dict[str, str]]) -> _Heard:
    began = time.monotonic()
    status = twilio_fake.post_signed(*call).status_code
    return _Heard(status, time.monotonic() - began)


def stops(play: Play) -> None:
    """FI-20: everybody has two texts, one now and one soon, and says STOP at some instant between."""
    play.stage.serve()
    now = clock.now()
    sender = people.program()
    phones = people.phones(sender=sender, count=play.messages)
    soon = now + timedelta(seconds=2)
    play.due = [
        *people.queue(sender=sender, to=phones, at=[now] * len(phones), name="Now"),
        *people.queue(sender=sender, to=phones, at=[soon] * len(phones), name="Soon"),
    ]
    play.stage.provider.behave(latency=0.02)
    crew = play.stage.crew()
    stopping = play.dice.sample(play.due[: len(phones)], k=max(1, len(phones) * 3 // 4))
    obeyed: dict[str, float] = {}
    callers = [
        threading.Thread(target=_say_stop, args=(play, part, obeyed, random.Random(number)))
        for number, part in enumerate(stopping[n::CALLERS] for n in range(CALLERS))
    ]
    crew.keep(HANDS)
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    finish(play, crew)
    _after_stop(play, stopping, obeyed)


def _say_stop(
    play: Play, texts: list[Message], obeyed: dict[str, float], dice: random.Random
) -> None:
    """STOP from each of these phones; the provider knows first, and then tells us."""
    for message in texts:
        time.sleep(dice.uniform(0, 2 * 3 / max(len(texts), 1)))
        number = message.address.value
        play.stage.provider.behave(stopped=[number])
        call = _inbound(play, message, "STOP", sid=f"SM{uuid.uuid4().hex}")
        if twilio_fake.post_signed(*call).status_code == 200:
            obeyed[number] = time.time()  # noqa: TID251


def _after_stop(play: Play, stopping: list[Message], obeyed: dict[str, float]) -> None:
    entries: list[dict[str, Any]] = play.stage.provider.entries()
    late = [entry for entry in entries if entry["at"] > obeyed.get(entry["to"], float("inf"))]
    play.figures |= {
        "stops": len(stopping),
        "obeyed": len(obeyed),
        # A claim committed before the STOP may still be posted after it; the provider refuses it.
        "refused_by_provider": sum("refused" in entry for entry in entries),
        "taken_after_stop": sum("sid" in entry for entry in late),
        "claimed_after_stop": _claimed_after(play, obeyed),
    }
    play.demands["each_stop_answered"] = len(obeyed) == len(stopping)
    play.demands["none_taken_after_stop"] = play.figures["taken_after_stop"] == 0
    play.demands["none_claimed_after_stop"] = play.figures["claimed_after_stop"] == 0


def _claimed_after(play: Play, obeyed: dict[str, float]) -> int:
    """Tries that began after our answer to the STOP, whatever the provider made of them."""
    tries = Attempt.objects.filter(message__in=play.due).select_related("message__address")
    never = float("inf")
    return sum(
        one.started_at.timestamp() > obeyed.get(one.message.address.value, never) for one in tries
    )
