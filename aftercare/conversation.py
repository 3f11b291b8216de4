"""What staff and a graduate write to each other: one text written by a person, and the thread of all."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from aftercare import record, sheets, texts, writing
from aftercare.models import Answer, AuditEntry, CheckIn, Graduate, Reply
from aftercare.record import Actor
from aftercare.texts import NobodyToText as NobodyToText
from notifications import inbound as arrivals
from notifications import reasons
from notifications.kinds import Kind
from notifications.models import Message

if TYPE_CHECKING:
    from portal.models import User

# What stands in place of words that are not open to the reader.
HIDDEN = "···"
# So many of the newest texts are shown at a time.
MOST = 60
# What became of a text, as far as a glance can tell.
_PROBLEMS = (
    Message.State.FAILED,
    Message.State.UNDELIVERED,
    Message.State.SUPPRESSED,
    Message.State.EXPIRED,
    Message.State.UNKNOWN,
)
_ON_ITS_WAY = (*Message.WAITING, Message.State.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One text of a thread; what came in has `reply`, the uid under which staff mark it read.

    What was sent has `message`, the uid of what tells why it went out, or did not.

    `why` tells in a sentence why a text has not left or arrived, `tone` (done, waiting, problem) at a
    glance; `author` is empty for automatic texts.
    """

    is_incoming: bool
    body: str
    at: datetime
    author: str = ""
    kind: str = ""
    kind_words: str = ""
    state: str = ""
    state_words: str = ""
    tone: str = ""
    why: str = ""
    leaves_at: datetime | None = None
    reply: UUID | None = None
    message: UUID | None = None
    is_crisis: bool = False
    waits_for_person: bool = False
    is_from_page: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The newest texts up to an instant, the oldest of them first, and whether there are older ones."""

    bubbles: tuple[Bubble, ...]
    has_older: bool
    # Where the texts before these end.
    oldest_at: datetime | None


@transaction.atomic
def write(
    *,
    graduate: Graduate,
    body: str,
    author: "User",
    role: str = "counselor",
    key: str,
    at: datetime,
) -> Message:
    """Queue a text that somebody wrote, once by `key`; it leaves in the hours in which texts may leave.

    What was kept of it as a draft is dropped. Raises NobodyToText, outbox.NoSender,
    outbox.BodyNotSendable.
    """
    message = texts.queue(
        contact=texts.phone_of(graduate=graduate),
        body=body,
        key=key,
        kind=Kind.PERSONAL,
        author=author,
        at=at,
    )
    record.write(
        actor=Actor(user=author, role=role),
        verb=AuditEntry.Verb.SENT,
        thing=message,
        graduate=graduate,
        at=at,
    )
    writing.drop(graduate=graduate, author=author)
    return message


def thread(
    *, graduate: Graduate, until: datetime, most: int = MOST, with_words: bool = True
) -> Thread:
    """The newest texts and answers of a graduate up to an instant; what answers a text follows it.

    Texts of one instant are never parted, so that no page begins or ends between them. Without words
    only what waits for a person has its own.
    """
    sources = (_came, _sent, _answered)
    found = sorted(
        (bubble for source in sources for bubble in source(graduate, until, most + 1)),
        key=lambda bubble: bubble.at,
    )
    since = found[-most:][0].at if found else until
    newest = tuple(bubble for bubble in found if bubble.at >= since)
    if not with_words:
        newest = tuple(map(_without_words, newest))
    return Thread(
        bubbles=newest,
        has_older=len(newest) < len(found),
        oldest_at=newest[0].at if newest else None,
    )


def without_links(*, thread: Thread) -> Thread:
    """The same for whoever may not open the story of a text."""
    return replace(thread, bubbles=tuple(replace(one, message=None) for one in thread.bubbles))


def _without_words(bubble: Bubble) -> Bubble:
    is_open = bubble.waits_for_person or not bubble.body
    return bubble if is_open else replace(bubble, body=HIDDEN)


def _sent(graduate: Graduate, until: datetime, most: int) -> Iterator[Bubble]:
    theirs = Message.objects.filter(about=graduate.uid).select_related("author")
    rows = theirs.annotate(said_at=Coalesce("sent_at", "queued_at")).filter(said_at__lte=until)
    for row in list(rows.order_by("-said_at", "-pk")[:most])[::-1]:
        is_code = row.kind in (Kind.CODE, Kind.INVITATION)
        yield Bubble(
            is_incoming=False,
            # A code or a link is a key, and its holder is the graduate alone.
            body="" if is_code else row.body,
            at=row.sent_at or row.queued_at,
            author=row.author.name if row.author else "",
            kind=row.kind,
            kind_words=row.get_kind_display(),
            state=row.state,
            state_words=row.get_state_display(),
            tone=_tone(row.state),
            why=reasons.sentence(row.reason),
            leaves_at=row.next_at,
            message=row.uid,
        )


def _tone(state: str) -> str:
    if state in _PROBLEMS:
        return "problem"
    return "waiting" if state in _ON_ITS_WAY else "done"


def _came(graduate: Graduate, until: datetime, most: int) -> Iterator[Bubble]:
    rows = Reply.objects.filter(graduate=graduate, inbound__received_at__lte=until)
    newest = rows.select_related("inbound").order_by("-inbound__received_at", "-pk")[:most]
    for row in list(newest)[::-1]:
        yield Bubble(
            is_incoming=True,
            body=arrivals.words_of(row.inbound),
            at=row.inbound.received_at,
            kind=row.kind,
            kind_words=row.get_kind_display(),
            reply=row.uid,
            is_crisis=row.crisis,
            waits_for_person=row.needs_person and row.read_at is None,
            is_from_page=row.inbound.is_from_page,
        )
        answer = arrivals.answer_of(row.inbound)
        if answer:
            yield Bubble(
                is_incoming=False,
                body=answer,
                at=row.inbound.received_at,
                kind=Kind.REPLY,
                kind_words=str(Kind.REPLY.label),
                state=Message.State.SENT,
                state_words=str(Message.State.SENT.label),
                tone=_tone(Message.State.SENT),
            )


def own_thread(*, graduate: Graduate, until: datetime, most: int = MOST) -> Thread:
    """The same as the graduate sees it: without what never left, unless a person wrote it."""
    told = thread(graduate=graduate, until=until, most=most)
    seen = (bubble for bubble in told.bubbles if bubble.body and _is_seen(bubble))
    return Thread(bubbles=tuple(seen), has_older=told.has_older, oldest_at=told.oldest_at)


def _is_seen(bubble: Bubble) -> bool:
    is_over = bubble.state == Message.State.CANCELLED
    is_theirs = bubble.tone == "done" or bubble.kind == Kind.PERSONAL
    return bubble.is_incoming or (is_theirs and not is_over)


def _answered(graduate: Graduate, until: datetime, most: int) -> Iterator[Bubble]:
    """Check-ins that were answered on a page, or told to staff, as one text each."""
    elsewhere = Answer.objects.filter(
        check_in__graduate=graduate, at__lte=until, door__in=(Answer.Door.WEB, Answer.Door.STAFF)
    )
    doors: dict[int, Answer] = {}
    for answer in elsewhere.order_by("-at", "-pk")[: most * 3]:
        doors.setdefault(answer.check_in_id, answer)
    told = sheets.of(check_ins=CheckIn.objects.filter(pk__in=doors), but_by_text=True)
    for pk, newest in list(doors.items())[:most][::-1]:
        yield Bubble(
            is_incoming=True,
            body="\n".join(f"{line.topic}: {line.said}" for line in told[pk].lines),
            at=newest.at,
            kind="check_in",
            kind_words=gettext("answered a check-in"),
            is_from_page=newest.door == Answer.Door.WEB,
        )
