"""Texts and calls that come in: stored once before anything else, and STOP, START and HELP obeyed at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.template.context import make_context
from django.template.loader import get_template
from django.utils import translation
from django.utils.translation import gettext, ngettext

from notifications import addresses, consent, transports
from notifications.keywords import Keyword, keyword
from notifications.models import Address, ConsentEvent, InboundMessage, Program, Sender
from notifications.text import plain

# "Yes" is a word of ours to a question of ours, unless texts are off and it turns them on again.
_YES = "YES"
# The carrier's words, which the provider answers itself.
_ANSWERED_BY_PROVIDER = (Keyword.STOP, Keyword.START)
# How long the provider keeps its copy of what somebody wrote.
KEPT_BY_PROVIDER = timedelta(days=1)
_PROVIDER_WORDS = {"STOP": Keyword.STOP, "START": Keyword.START, "HELP": Keyword.HELP}
_TEMPLATES = {
    Keyword.STOP: "goodbye",
    Keyword.OPT_OUT: "goodbye",
    Keyword.START: "texts_on",
    Keyword.HELP: "help",
}


class UnknownSender(Exception):
    """A text came to a number that no program sends from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One text as it was stored; `answer` is what to say back in the same breath, if anything."""

    inbound: InboundMessage
    is_new: bool
    keyword: Keyword | None
    answer: str | None


@transaction.atomic
def accept(
    *,
    to: str,
    sender: str,
    body: str,
    provider_id: str,
    media: int = 0,
    opt_out: str = "",
    at: datetime,
) -> Accepted:
    """Store a text, once by the provider's id, and obey what it asks of the engine itself.

    `to` is the number it came to, `sender` the number it came from, both E.164. `opt_out` is what
    the provider took it for and has answered (STOP, START, HELP; Twilio: OptOutType), "" where it
    says nothing. A copy gets the answer that the first one got. Raises UnknownSender.
    """
    receiver = _receiver(to)
    address = addresses.get_or_make(channel=Sender.Channel.SMS, value=sender, at=at)
    said = _PROVIDER_WORDS.get(opt_out.upper())
    word = _keyword(body, said=said, address=address)
    inbound, is_new = InboundMessage.objects.get_or_create(
        provider_id=provider_id,
        defaults={
            "program": receiver.program,
            "sender": receiver,
            "address": address,
            "body": body,
            "media": media,
            "keyword": word or "",
            "received_at": at,
            "next_ask_at": at + KEPT_BY_PROVIDER,
        },
    )
    if not is_new:
        known = Keyword(inbound.keyword) if inbound.keyword else None
        return Accepted(inbound=inbound, is_new=False, keyword=known, answer=answer_of(inbound))
    addresses.mark_reachable(address=address)
    answer = _obey(word, address=address, program=receiver.program, body=body, at=at)
    answer = None if said else answer
    if answer:
        keep_answer(inbound=inbound, text=answer)
    return Accepted(inbound=inbound, is_new=True, keyword=word, answer=answer)


@transaction.atomic
def accept_call(*, to: str, sender: str, provider_id: str, at: datetime) -> InboundMessage:
    """Store a call to a number that texts, once by the provider's id; raises UnknownSender."""
    receiver = _receiver(to)
    address = addresses.get_or_make(channel=Sender.Channel.SMS, value=sender, at=at)
    inbound, _ = InboundMessage.objects.get_or_create(
        provider_id=provider_id,
        defaults={
            "program": receiver.program,
            "sender": receiver,
            "address": address,
            "is_call": True,
            "received_at": at,
        },
    )
    return inbound


def accept_from_page(
    *, sender: Sender, address: Address, body: str, key: str, at: datetime
) -> InboundMessage:
    """Store what somebody who is logged in wrote on a page, once by `key` (56 characters at most).

    `address` is a mailbox of theirs and `sender` the program's own. Carrier words mean nothing here.
    """
    inbound, _ = InboundMessage.objects.get_or_create(
        provider_id=f"{InboundMessage.PAGE}{key}",
        defaults={
            "program": sender.program,
            "sender": sender,
            "address": address,
            "body": body,
            "received_at": at,
        },
    )
    return inbound


def _receiver(to: str) -> Sender:
    lines = Sender.objects.select_related("program")
    receiver = lines.filter(channel=Sender.Channel.SMS, number=to).first()
    if receiver is None:
        raise UnknownSender(f"No sender has the number {to}.")
    return receiver


def words_of(inbound: InboundMessage) -> str:
    """What came in, for a person to read: the words, the number of pictures, or that it was a call."""
    if inbound.is_call:
        return gettext("Called this number.")
    words: str = inbound.body
    if not inbound.media:
        return words
    sent = ngettext("[Sent a picture]", "[Sent %(count)s pictures]", inbound.media)
    return f"{words} {sent % {'count': inbound.media}}".strip()


def nobody_reads() -> str:
    """The answer to a text that came to a number on nobody's list, in every language we have."""
    answers = []
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            answers.append(
                gettext(
                    "Nobody reads texts to this number. In danger call or text 988, or call 911."
                )
            )
    return plain(" / ".join(dict.fromkeys(answers)))


def mark_read(*, inbound: InboundMessage, at: datetime) -> None:
    """The caller's code has read it; the sweep need not find it."""
    inbound.read_at = at
    inbound.save(update_fields=["read_at"])


def keep_answer(*, inbound: InboundMessage, text: str) -> None:
    """Keep what was said back in the provider's own request; a copy of the text gets it, too."""
    inbound.answer = {"text": text}
    inbound.save(update_fields=["answer"])


def forget_answer(*, inbound: InboundMessage) -> None:
    """What was to be said back could not ride in the provider's request, and was not said."""
    inbound.answer = None
    inbound.save(update_fields=["answer"])


def answer_of(inbound: InboundMessage) -> str | None:
    """What was said back in the provider's own request."""
    return inbound.answer["text"] if inbound.answer else None


def _keyword(body: str, *, said: Keyword | None, address: Address) -> Keyword | None:
    word = said or keyword(body)
    is_yes = body.strip().strip(".!").upper() == _YES
    return None if is_yes and address.opted_out_at is None else word


def _obey(
    word: Keyword | None, *, address: Address, program: Program, body: str, at: datetime
) -> str | None:
    """Do what the word asks, and say what the provider does not say itself.

    After a carrier's STOP the provider says goodbye and refuses whatever we say. Its words carry
    the phone line and 988, as ours do where there is no such provider.
    """
    if word is None:
        return None
    was_off = address.opted_out_at is not None
    if word is not Keyword.HELP and was_off is not (word is Keyword.START):
        return None  # it is so already, and has been said
    if word in (Keyword.STOP, Keyword.OPT_OUT):
        consent.revoke(address=address, source=ConsentEvent.Source.TEXT, words=body, at=at)
    elif word is Keyword.START:
        consent.resume(address=address, source=ConsentEvent.Source.TEXT, words=body, at=at)
    if word in _ANSWERED_BY_PROVIDER and transports.current().answers_keywords:
        return None
    return _words(_TEMPLATES[word], program=program, language=address.language)


def _words(name: str, *, program: Program, language: str) -> str:
    with translation.override(language):
        template = get_template(f"messages/{name}.txt").template  # type: ignore[attr-defined]
        facts = {"alias": program.alias, "phone": program.phone}
        words: str = template.render(make_context(facts, autoescape=False))
    return plain(" ".join(words.split()))


def unread(*, at: datetime) -> "QuerySet[InboundMessage]":
    """The texts that nobody has read yet."""
    rows = InboundMessage.objects.filter(read_at__isnull=True)
    return rows.select_related("program", "sender", "address")
