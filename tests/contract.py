"""Strangers' tools held against the texting client: `python -m tests.contract [--json]`.

Prism (npm: @stoplight/prism-cli) stands between the real client and the stand-in for Twilio and
judges both by Twilio's own description; sms-segments-calculator, Twilio's own, counts segments
against ours. Both are installed into a folder of this run; where that cannot be, the report says
why, and `make test` does not depend on it. Exit 1 when a check that ran missed its aim.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django

from tests.shared import SHARED
from tests.twilio_description import LIST

PACKAGES = ("@stoplight/prism-cli@5", "sms-segments-calculator@1")
INSTALL_SECONDS, START_SECONDS = 300, 60
# Errors are in no description of Twilio's, so that is all Prism can say of them.
UNDESCRIBED = "Unable to match the returned status code"
COUNT = """
const {SegmentedMessage} = require('sms-segments-calculator');
const bodies = JSON.parse(require('fs').readFileSync(0));
console.log(JSON.stringify(bodies.map(body => {
  const counted = new SegmentedMessage(body, 'auto');
  return [counted.encodingName, Math.max(counted.segmentsCount, 1)];
})));
"""
GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = "^{}[]~\\|€\f"
# No sign that joins another: the calculator keeps pictures of several signs whole, phones do not.
OTHER = "áíóúőñ’“漢👍💙"
BODIES = 5_000


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check: whether it could run, and how far its figure is from the aim."""

    id: str
    ran: bool
    figure: int = 0
    aim: int = 0
    why: str = ""

    @property
    def met(self) -> bool:
        """Whether it ran and its figure is the aim."""
        return self.ran and self.figure == self.aim


def main() -> int:
    """Run every check that can be run here; returns the exit status."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true", help="print one JSON object")
    options = arguments.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    with tempfile.TemporaryDirectory() as folder:
        why_not = _install(Path(folder))
        checks = [_prism(Path(folder), why_not), _segments(Path(folder), why_not)]
    if options.json:
        found = [asdict(check) | {"met": check.met} for check in checks]
        sys.stdout.write(json.dumps({"checks": found}) + "\n")
    else:
        for check in checks:
            figure = f"{check.figure}, aim {check.aim}" if check.ran else "did not run"
            sys.stdout.write(f"{check.id}: {figure}. {check.why}\n")
    return int(any(check.ran and not check.met for check in checks))


def _install(folder: Path) -> str:
    """Install the tools; returns why they cannot be, or ""."""
    npm = shutil.which("npm")
    if npm is None:
        return "There is no npm on PATH; install Node.js."
    command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), *PACKAGES]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"npm took longer than {INSTALL_SECONDS} seconds."
    return "" if done.returncode == 0 else f"npm failed: {done.stderr.strip()[-300:]}"


# Prism


def _prism(folder: Path, why_not: str) -> Check:
    spec = (SHARED or Path()) / "twilio" / "twilio_messages_min.json"
    name = "prism: violations by client and stand-in, and answers that differ through it"
    if why_not or not spec.exists():
        return Check(id=name, ran=False, why=why_not or "Twilio's description is not at hand.")
    from tests import twilio_fake

    with twilio_fake.running() as fake:
        direct = _traffic(fake, fake.url)
    log, mended = folder / "prism.log", folder / "description.json"
    mended.write_text(json.dumps(_as_in_its_examples(json.loads(spec.read_text(encoding="utf-8")))))
    with twilio_fake.running() as fake, _proxy(folder, mended, fake.url, log) as url:
        proxied = _traffic(fake, url)
        complaints = list(fake.complaints)
    said = re.findall(r"Violation: (.*)", log.read_text(encoding="utf-8"))
    violations = [line for line in said if UNDESCRIBED not in line]
    differing = [
        f"{one} / {other}" for one, other in zip(direct, proxied, strict=True) if one != other
    ]
    found = [*violations, *complaints, *differing]
    return Check(
        id=name,
        ran=True,
        figure=len(found),
        why=f"{len(direct)} answers. {'; '.join(found)}"[:2000],
    )


def _as_in_its_examples(spec: dict[str, Any]) -> dict[str, Any]:
    """The description says that a page's addresses are whole; in its own examples, and at Twilio, they are not."""
    response = spec["paths"][LIST]["get"]["responses"]["200"]
    for column in response["content"]["application/json"]["schema"]["properties"].values():
        if column.get("format") == "uri":
            column["format"] = "uri-reference"
    return spec


@contextmanager
def _proxy(folder: Path, spec: Path, upstream: str, log: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(folder / "node_modules/.bin/prism"), "proxy", "--errors"]
    command += ["--host", "127.0.0.1", "--port", str(port), str(spec), upstream]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        ends_at = time.monotonic() + START_SECONDS
        while "listening" not in log.read_text(encoding="utf-8"):
            if time.monotonic() > ends_at or process.poll() is not None:
                raise RuntimeError(f"Prism did not start: {log.read_text(encoding='utf-8')[-500:]}")
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def _traffic(fake: Any, url: str) -> list[str]:
    """What the real client makes of every kind of request and answer, without ids and times."""
    from django.conf import settings

    from notifications import clock
    from notifications.transports import twilio
    from notifications.transports.base import Parcel, TransportError
    from tests import twilio_fake

    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = twilio_fake.ACCOUNT, twilio_fake.TOKEN
    settings.TWILIO_API_URL, settings.PUBLIC_URL = url, "https://portal.example.org"
    transport, page = twilio.transport(), twilio.PAGE
    answers: list[str] = []

    def tell(ask: Callable[[], Any]) -> Any:
        try:
            answer = ask()
        except TransportError as error:
            answer = error
        answers.append(re.sub(r"SM[0-9a-f]{32}|datetime\([^)]*\)|PageToken\S*", "…", repr(answer)))
        return answer

    def parcel(number: int, *, service: str = "", valid_for: int | None = 600) -> Parcel:
        return Parcel(
            to=f"+1215555{100 + number:04d}",
            body=f"Your 7 PM, ñ 👍 {number}",
            number="" if service else "+12155550100",
            messaging_service=service,
            attempt_uid=uuid.UUID(int=number),
            valid_for=valid_for,
        )

    today, since = clock.now().date(), clock.now() - timedelta(minutes=1)
    for number in range(5):
        tell(partial(transport.send, parcel(number)))
    tell(lambda: transport.send(parcel(5, service="MG" + "b2" * 16)))
    tell(lambda: transport.send(parcel(6, valid_for=None)))
    for step in ("21211", "21610", "30007", "63038", "99999", "429"):
        fake.script.append(step)
        tell(lambda: transport.send(parcel(7)))
    for message in fake.sent:
        message.status, message.price = "delivered", "-0.00790"
    tell(lambda: transport.find(parcel(0), since=since))
    tell(lambda: transport.look(fake.sent[0].sid))
    tell(lambda: transport.look("SM" + "0" * 32))
    twilio.PAGE, cursor = 3, ""
    for _ in range(3):
        cursor = getattr(tell(partial(transport.day, today, cursor=cursor)), "cursor", "")
    twilio.PAGE = page
    tell(lambda: transport.day(today, to="+12155550100"))
    tell(lambda: transport.redact(fake.sent[0].sid))
    tell(lambda: transport.redact("SM" + "0" * 32))
    twilio.hang_up()
    return answers


# Segments


def _segments(folder: Path, why_not: str) -> Check:
    name = "segments: bodies that Twilio's own calculator counts otherwise"
    node = shutil.which("node")
    if why_not or node is None:
        return Check(id=name, ran=False, why=why_not or "There is no node on PATH.")
    from notifications.text import segments

    bodies = list(_bodies())
    done = subprocess.run(
        [node, "-e", COUNT],
        input=json.dumps(bodies),
        capture_output=True,
        text=True,
        cwd=folder,
        check=True,
        timeout=INSTALL_SECONDS,
    )
    theirs = [tuple(pair) for pair in json.loads(done.stdout)]
    ours = [(str(counted.encoding), counted.count) for counted in map(segments, bodies)]
    differing = [
        body for body, one, other in zip(bodies, ours, theirs, strict=True) if one != other
    ]
    why = f"{len(bodies):,} bodies. {'; '.join(map(repr, differing[:3]))}"
    return Check(id=name, ran=True, figure=len(differing), why=why)


def _bodies() -> Iterator[str]:
    """Bodies of every length that matters, of signs that cost one, two and four bytes."""
    chance = random.Random(7)
    pools = (GSM, GSM + EXTENDED, GSM + OTHER, OTHER, "👍", "a👍", "a€")
    for length in (0, 1, 69, 70, 71, 133, 134, 135, 159, 160, 161, 305, 306, 307, 459, 460):
        for pool in pools:
            yield "".join(chance.choice(pool) for _ in range(length))
    for _ in range(BODIES):
        pool = chance.choice(pools)
        yield "".join(chance.choice(pool) for _ in range(chance.randrange(700)))


if __name__ == "__main__":
    sys.exit(main())
