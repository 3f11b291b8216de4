"""FI-15: keys and tokens are changed in mid-run, as an operator does it, and nothing notices."""

import secrets
import uuid

import requests

from notifications import clock
from notifications.crypto import make_keys
from tests import twilio_fake
from tests.faults import people
from tests.faults.killing import wait_for_a_text
from tests.faults.play import Play, tries

LATENCY = 0.05


def rotations(play: Play) -> None:
    """Change SECRET_KEY, the field key and the provider's token in turn, killing what runs each time."""
    play.due = people.due(play.messages, at=clock.now())
    play.stage.provider.behave(latency=LATENCY)
    tokens = [twilio_fake.TOKEN]
    refused = 0
    for number in range(play.kills * len(CHANGES)):
        running = [play.stage.cluster(), play.stage.serve()]
        wait_for_a_text(play)
        refused += _calls(play, tokens)
        for process in running:
            play.stage.kill(process)
        CHANGES[number % len(CHANGES)](play, tokens)
        play.struck += 1
    play.stage.provider.behave(latency=0)
    play.stage.cluster()
    play.stage.wait_for("everything is settled", play.is_quiet)
    play.figures |= {"each": play.kills, "signatures_refused": refused}
    play.demands["both_tokens_sign"] = refused == 0
    tries(play)


def _calls(play: Play, tokens: list[str]) -> int:
    """How many reports signed with a good token were turned away, and with a stranger's believed."""
    wrong = 0
    for token in [*tokens[-2:], "a-stranger's-token"]:
        address = f"{play.stage.web}/sms/status/{uuid.uuid4()}"
        fields = {"MessageSid": f"SM{uuid.uuid4().hex}", "MessageStatus": "sent"}
        signature = twilio_fake.sign(address, fields, token=token)
        headers = {"X-Twilio-Signature": signature}
        answer = requests.post(address, data=fields, headers=headers, timeout=30)
        wrong += answer.status_code != (200 if token in tokens else 403)
    return wrong


def _secret(play: Play, tokens: list[str]) -> None:
    play.stage.extra["SECRET_KEY"] = secrets.token_urlsafe(50)


def _field(play: Play, tokens: list[str]) -> None:
    """A new key seals from now on; those before it still open."""
    before = play.stage.environment()["FIELD_KEYS"]
    name, _, key = make_keys().split(",")[0].partition(":")
    play.stage.extra["FIELD_KEYS"] = f"{name}{uuid.uuid4().hex[:6]}:{key},{before}"


def _token(play: Play, tokens: list[str]) -> None:
    """The provider takes both tokens until the new one is in use everywhere."""
    tokens.append(secrets.token_hex(16))
    play.stage.provider.behave(tokens=tokens[-2:])
    play.stage.extra["TWILIO_AUTH_TOKEN"] = tokens[-1]
    play.stage.extra["TWILIO_AUTH_TOKEN_PREVIOUS"] = tokens[-2]


CHANGES = (_secret, _field, _token)
