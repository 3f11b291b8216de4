"""Texts that come in, on one database: `python -m tests.bench.texts_in sqlite latency bad_input --messages N`.

Latency: signed requests to the real web server at a steady rate, every fourth of them danger, timed at
the caller. Bad input: generated texts through the same reading as in production, each of which must
be stored and be seen by a person.
"""

import argparse
import json
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests import twilio_fake
from tests.faults import home

RATE, CALLERS, PEOPLE = 50, 32, 400
TEXTS = ("7", "not great but ok", "thanks", "i want to kill myself")
BATCH = 500
# The first plane of Unicode without what stands for half a sign.
_PLANE = (*range(1, 0xD800), *range(0xE000, 0x10000))


def latency(seconds: int, count: int) -> dict[str, Any]:
    """How long the webhook takes at RATE requests a second, from the call to the whole answer."""
    from tests.faults import people, stage

    sender = people.program()
    phones = people.phones(sender=sender, count=PEOPLE)
    _safety_lane(sender.program)
    with tempfile.TemporaryDirectory() as folder, stage.stage(Path(folder)) as on_stage:
        on_stage.serve()
        url = f"{on_stage.web}/sms/inbound"
        calls = [
            {
                "To": sender.number,
                "From": phones[number % PEOPLE].value,
                "Body": TEXTS[number % len(TEXTS)],
                "MessageSid": f"SM{uuid.uuid4().hex}",
                "NumMedia": "0",
            }
            for number in range(seconds * RATE)
        ]
        heard = _at_rate(lambda fields: _timed(url, fields), calls)
    times = sorted(took for took, _ in heard)
    return {
        "requests": len(heard),
        "per_s": RATE,
        "p50_ms": round(times[len(times) // 2] * 1000, 1),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 1),
        "slowest_ms": round(times[-1] * 1000, 1),
        "unanswered_danger": sum(
            "988" not in said
            for fields, (_, said) in zip(calls, heard, strict=True)
            if fields["Body"] == TEXTS[-1]
        ),
    }


def _safety_lane(program: Any) -> None:
    from tests import build

    build.safety_lane(role=build.role(program=program))


def _timed(url: str, fields: dict[str, str]) -> tuple[float, str]:
    began = time.monotonic()
    answer = twilio_fake.post_signed(url, fields)
    return time.monotonic() - began, answer.text if answer.ok else ""


def _at_rate(
    call: Callable[[dict[str, str]], tuple[float, str]], calls: list[dict[str, str]]
) -> list[tuple[float, str]]:
    """Each call at its own instant, whether or not those before it have come back."""
    began = time.monotonic()
    waiting: list[Future[tuple[float, str]]] = []
    with ThreadPoolExecutor(CALLERS) as pool:
        for number, fields in enumerate(calls):
            time.sleep(max(0.0, began + number / RATE - time.monotonic()))
            waiting.append(pool.submit(call, fields))
        return [one.result() for one in waiting]


def generated(dice: random.Random, number: int) -> tuple[str, int]:
    """One text nobody would write, and how many pictures come with it."""
    kind = number % 8
    if kind == 0:
        return "", dice.randint(0, 3)
    if kind == 1:
        return "", dice.randint(1, 10)
    signs: dict[int, Callable[[], str]] = {
        2: lambda: chr(dice.choice(_PLANE)),
        3: lambda: chr(dice.randint(0x10000, 0x10FFFF)),
        4: lambda: chr(dice.randint(0x590, 0x6FF)),
        5: lambda: dice.choice("\x00\x01\x1b\u202e\u2066\u200d\ufeff\r\n\t ab7"),
        6: lambda: dice.choice("0123456789 .,-/yesnoYESNO"),
        7: lambda: dice.choice(("e\u0301", "👩‍👩‍👧‍👦", "ß", "İ", "ﷺ", "{}", "%s", "<b>", "'", '"')),
    }
    length = 1600 if number % 5 == 0 else dice.randint(1, 160)
    return "".join(signs[kind]() for _ in range(length))[:1600], 0


def bad_input(seconds: int, count: int) -> dict[str, Any]:
    """So many generated texts, each of them twice: errors, and texts no person would see."""
    from aftercare import replies
    from notifications.models import InboundMessage
    from tests import build

    dice = random.Random(3)
    errors = 0
    graduate = build.graduate()
    to, sender = build.sender_of(graduate).number, build.address_of(graduate).value
    at = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
    for number in range(count):
        body, media = generated(dice, number)
        facts = {"to": to, "sender": sender, "body": body, "media": media, "at": at}
        for _ in range(2):
            try:
                replies.receive(provider_id=f"SM{number:032d}", **facts)
            except Exception as error:  # noqa: BLE001 - each is counted, and the first shown
                errors += 1
                sys.stderr.write(f"{error!r}\n" if errors == 1 else "")
        if number % BATCH == BATCH - 1:
            replies.read_unread(at=at)
    replies.read_unread(at=at)
    return {
        "texts": count,
        "errors": errors,
        "lost": count - InboundMessage.objects.filter(program=graduate.program).count(),
        "unread": InboundMessage.objects.filter(reply__isnull=True).count(),
        "unseen": unseen(),
    }


def unseen() -> int:
    """Texts that are neither in an inbox nor a number, a yes or a keyword of a conversation."""
    from aftercare.models import Reply

    read = (Reply.Kind.ANSWER, Reply.Kind.OPT_IN, Reply.Kind.OPT_OUT, Reply.Kind.HELP)
    rows = Reply.objects.filter(needs_person=False).exclude(kind__in=[*read, Reply.Kind.FINDER])
    return rows.count()


QUESTIONS: dict[str, Callable[[int, int], dict[str, Any]]] = {
    "latency": latency,
    "bad_input": bad_input,
}


def main(arguments: list[str]) -> None:
    """Measure and print one JSON object: question to figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("only", nargs="*")
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    asked = parser.parse_args(arguments)
    home.end_when_told()
    with home.portal(asked.database):
        found = {name: QUESTIONS[name](asked.seconds, asked.messages) for name in asked.only}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
