"""The people at the other end of Twilio's stand-in: what they text, and what really reaches them.

Twilio obeys STOP and its kin before we hear of them: it says goodbye, posts the text to us all the
same, and from then on refuses whatever we say to that number, the answers to its own requests
included. (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out)
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree import ElementTree

from tests.twilio_fake import ACCOUNT, TwilioFake

STOP = frozenset(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"))
START = frozenset(("START", "UNSTOP", "YES"))
HELP = frozenset(("HELP", "INFO"))
# The wording that docs/messaging.md asks an operator to set.
GOODBYE = "Harbor: no more texts. Call (215) 555-0142, or call or text 988. START turns texts on."
WELCOME = "Harbor: texts are on again. HELP for help, STOP to stop."
HELPING = "Harbor: call (215) 555-0142. In danger call or text 988. STOP to stop."

# Posts fields to the portal's webhook for texts, signed, and returns its answer's body.
Post = Callable[[dict[str, str]], bytes]


@dataclass
class Phones:
    """Phones that text to us through Twilio; with `advanced`, a service that says what it answered.

    `swallowed` are the answers of ours that Twilio refused to pass on.
    """

    fake: TwilioFake
    post: Post
    advanced: bool = False
    swallowed: list[str] = field(default_factory=list)

    def text(self, *, sender: str, to: str, body: str) -> list[str]:
        """Text `body` and return what comes back at once, in order."""
        before = len(self.fake.sent)
        word = body.strip().upper()
        taken_for = self._obey(word, phone=sender)
        own = {"STOP": GOODBYE, "START": WELCOME, "HELP": HELPING}.get(taken_for)
        if own is not None:
            self._say(own, to=sender, number=to)
        answer = self.post(
            {
                "AccountSid": ACCOUNT,
                "ApiVersion": "2010-04-01",
                "Body": body,
                "From": sender,
                "MessageSid": "SM" + secrets.token_hex(16),
                "NumMedia": "0",
                "NumSegments": "1",
                "To": to,
                **({"OptOutType": taken_for} if self.advanced and taken_for else {}),
            }
        )
        for said in ElementTree.fromstring(answer).iter("Message"):  # noqa: S314 - our own answer
            if sender in self.fake.stopped:
                self.swallowed.append(said.text or "")
            else:
                self._say(said.text or "", to=sender, number=to)
        return [message.body for message in self.fake.sent[before:] if message.to == sender]

    def _obey(self, word: str, *, phone: str) -> str:
        """What Twilio takes a text for; words with anything beside them are none to it."""
        if word in STOP:
            self.fake.stopped.add(phone)
            return "STOP"
        if word in START and phone in self.fake.stopped:
            self.fake.stopped.discard(phone)
            return "START"
        return "HELP" if word in HELP and self.advanced else ""

    def _say(self, body: str, *, to: str, number: str) -> None:
        message = self.fake.take({"To": to, "From": number, "Body": body})
        message.direction = "outbound-reply"

    def received(self, phone: str) -> list[str]:
        """Every text that reached a phone, in order."""
        return [message.body for message in self.fake.sent if message.to == phone]
