"""One text and its turn in the talk: whose it is, what is said to it, and how it is put on record."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aftercare import checkins, safety, wording
from aftercare.engagement import watch
from aftercare.models import CheckIn, Contact, Graduate, Reply
from notifications import inbound as arrivals
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import InboundMessage, Message

log = logging.getLogger(__name__)

# An automatic answer that waits longer than this would only confuse.
ANSWERS_EXPIRE = timedelta(hours=12)
# Answers of ours in one conversation (Twilio stops a loop with code 14107).
MOST_A_MINUTE = 5


def note(
    inbound: InboundMessage,
    graduate: Graduate | None,
    *,
    kind: str,
    at: datetime,
    check_in: CheckIn | None = None,
    needs_person: bool = False,
) -> Reply:
    """Put on record how a text was read, and by whom it was written if that is known."""
    arrivals.mark_read(inbound=inbound, at=at)
    # An answer to a check-in has seen to it itself.
    if graduate is not None and kind != Reply.Kind.ANSWER:
        watch.look_again(graduates=[graduate.pk], at=at)
    return Reply.objects.create(
        inbound=inbound,
        graduate=graduate,
        check_in=check_in,
        kind=kind,
        at=inbound.received_at,
        needs_person=needs_person,
    )


def say(
    inbound: InboundMessage,
    graduate: Graduate | None,
    words: str,
    *,
    key: str,
    kind: Kind = Kind.REPLY,
    at: datetime,
) -> None:
    """Answer from the number that was texted to the phone that texted it, once by key.

    Two machines may answer each other for ever, so a sixth answer within a minute is not given.
    What was written on a page is answered on that page.
    """
    if inbound.is_from_page:
        arrivals.keep_answer(inbound=inbound, text=words)
        return
    said = Message.objects.filter(
        address=inbound.address_id, kind=Kind.REPLY, queued_at__gt=at - timedelta(minutes=1)
    )
    if kind is Kind.REPLY and said.count() >= MOST_A_MINUTE:
        log.error(
            "%s is not answered: its number got %d answers in a minute.", inbound, MOST_A_MINUTE
        )
        return
    outbox.queue(
        sender=inbound.sender,
        address=inbound.address,
        body=words,
        key=key,
        kind=kind,
        not_before=at,
        expires_at=at + ANSWERS_EXPIRE,
        about=graduate.uid if graduate else None,
        at=at,
    )


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One text from a phone we know: whose it is, and what they were asked.

    `graduate` is None where several share the phone and nothing tells who wrote. A quiet turn says
    nothing back, because danger has been answered already. `words` are the text without the name by
    which somebody on a shared phone says who they are.
    """

    inbound: InboundMessage
    people: Sequence[Contact]
    graduate: Graduate | None
    asked: checkins.Asked | None
    words: str
    is_quiet: bool
    at: datetime

    def say(self, name: str, **facts: object) -> None:
        """Answer this text with one of templates/messages."""
        self.say_once(checkins.reply_key(self.inbound.pk), name, **facts)

    def say_once(self, key: str, name: str, **facts: object) -> None:
        """The same, but never again by this key."""
        if self.is_quiet:
            return
        language = safety.language_of(self.inbound, self.graduate or self.people[0].graduate)
        words = wording.text(name=name, language=language, **facts)
        say(self.inbound, self.graduate, words, key=key, at=self.at)

    def keep(self, kind: str, *, needs_person: bool = False) -> Reply:
        """Put on record how the text was read."""
        return note(
            self.inbound,
            self.graduate,
            kind=kind,
            check_in=self.asked.check_in if self.asked else None,
            needs_person=needs_person,
            at=self.at,
        )
