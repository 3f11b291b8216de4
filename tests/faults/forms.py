"""FI-03: the web server is killed around its commit, and the person sends the form again."""

import os
import signal
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import requests

from aftercare.models import Commitment
from portal.http import ONCE
from tests.faults.play import NAMES, Play
from tests.faults.servers import logged_in

CSRF = "a" * 32
# The kill falls at some instant of what an answer takes, and a little after it.
LONGER = 1.2
WARM = 2
ADDED, MOST_SENDS = 302, 50
FORM = {
    "kind": "therapy",
    "pattern": "weekly",
    "weekdays": "1",
    "start_time": "15:00",
    "minutes": "50",
    "time_zone": "America/New_York",
    "starts_on": "2026-03-03",
    "reminders_on": "on",
    "remind_minutes": "120",
}


def repeated(play: Play) -> None:
    """Each form is one commitment, however often it had to be sent.

    Here `due` are the forms, `delivered` those with an effect, `twice` the effects too many.
    """
    play.stage.run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
    web = play.stage.serve("--preload")
    cookies = {**logged_in(), "csrf": CSRF}
    unanswered, takes = 0, _answer_takes(play, cookies)
    for number in range(play.kills):
        form = {
            **FORM,
            "title": f"Form {number}",
            ONCE: str(uuid.uuid4()),
            "csrfmiddlewaretoken": CSRF,
        }
        status = _send_while_killed(
            play, web.pid, form, cookies, play.dice.uniform(0, LONGER * takes)
        )
        if status == 0:
            unanswered += Commitment.objects.count() > number + WARM
        for _ in range(MOST_SENDS):
            if status == ADDED:
                break
            time.sleep(0.05)
            status = _send(play, form, cookies)
        play.demands["each_answered_in_the_end"] = status == ADDED
    titles = Counter(commitment.title for commitment in Commitment.objects.all())
    effects = [titles[f"Form {number}"] for number in range(play.kills)]
    play.counted = dict.fromkeys(NAMES, 0) | {
        "due": play.kills,
        "delivered": sum(count > 0 for count in effects),
        "lost": effects.count(0),
        "twice": sum(max(0, count - 1) for count in effects),
    }
    play.figures["committed_but_not_answered"] = unanswered


def _answer_takes(play: Play, cookies: dict[str, str]) -> float:
    """How many seconds the server needs for one form; the second one, when it has loaded everything."""
    began = 0.0
    for _ in range(WARM):
        began = time.monotonic()
        form = {**FORM, "title": "Warm", ONCE: str(uuid.uuid4()), "csrfmiddlewaretoken": CSRF}
        _send(play, form, cookies)
    return time.monotonic() - began


def _send(play: Play, form: dict[str, str], cookies: dict[str, str]) -> int:
    """The status of the answer; 0 where there was none."""
    with suppress(requests.RequestException):
        return requests.post(
            f"{play.stage.web}/plan/add/",
            data=form,
            cookies=cookies,
            timeout=30,
            allow_redirects=False,
        ).status_code
    return 0


def _send_while_killed(
    play: Play, master: int, form: dict[str, str], cookies: dict[str, str], after: float
) -> int:
    """Send a form, and kill whoever may be answering it so many seconds later."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(_send, play, form, cookies)
        time.sleep(after)
        for child in Path(f"/proc/{master}/task/{master}/children").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
        play.struck += 1
        return answer.result()
