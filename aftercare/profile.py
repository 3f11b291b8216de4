"""Everything about one graduate on one page, as staff see it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import (
    cards,
    caseload,
    checkins,
    conversation,
    handling,
    morning,
    outgoing,
    phones,
    plan,
    record,
    results,
    timeline,
    trends,
    upcoming,
)
from aftercare.agenda import CommitmentRow, PlanWeek
from aftercare.conversation import Thread
from aftercare.engagement import rows as signal_rows
from aftercare.engagement import wording
from aftercare.engagement.rows import SignalRow
from aftercare.handling import Handler
from aftercare.models import AuditEntry, DisengagementSignal, Expectation, Graduate, Track
from aftercare.morning import TextRow
from aftercare.outgoing import UnclearRow
from aftercare.outreach import step_words
from aftercare.record import Actor
from aftercare.results import Results
from aftercare.sheets import Sheet
from aftercare.timeline import Show, Timeline
from aftercare.trends import Trend
from aftercare.upcoming import Coming
from notifications import facts, gates, outbox, reasons
from notifications.kinds import Kind
from notifications.models import Message
from notifications.phone import mask

WEEKS = 12
Outcome = Expectation.Outcome
# What a chart of attendance shows, from the bottom up.
SHOWN = (
    Outcome.KEPT,
    Outcome.LATE,
    Outcome.EXCUSED,
    Outcome.MISSED,
    Outcome.UNREPORTED,
)
# What is to come is shown so far ahead.
SOON, MOST_COMING = timedelta(weeks=6), 4
# What to know before calling, in this order, by the keys of the contact card.
CARD: dict[str, str | Promise] = {
    "best_times": _("Best times"),
    "voicemail": _("Voicemail"),
    "who_may_answer": _("Who may answer"),
    "call_ourselves": _("Say we are"),
    "safe_contacts": _("Safe contacts"),
    "language": _("Language"),
}
_SAID: dict[str, str | Promise] = {"yes": _("Yes"), "no": _("No")}


@dataclass(frozen=True, kw_only=True)
class CardLine:
    """One thing to know before calling."""

    label: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Phone:
    """The phone on file, masked, and what stands in the way of using it."""

    masked: str
    is_shared: bool
    is_confirmed: bool
    has_stopped: bool
    is_unreachable: bool
    is_silent: bool


@dataclass(frozen=True, kw_only=True)
class Week:
    """Seven days of attendance from a local day on: what became of each date of the plan."""

    begins_on: date
    outcomes: tuple[str, ...]

    @property
    def counts(self) -> Counter[str]:
        """How many dates had each outcome."""
        return Counter(self.outcomes)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A next step that is not done yet, whenever its day is."""

    uid: UUID
    words: str
    on: date
    is_due: bool


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What the page of a graduate shows."""

    graduate: Graduate
    counselor: str
    tracks: tuple[str, ...]
    weeks_since_graduation: int
    band: str
    band_title: str
    status_title: str
    phone: Phone | None
    card: tuple[CardLine, ...]
    is_card_due: bool
    handler: Handler | None
    signals: tuple[SignalRow, ...]
    texts: tuple[TextRow, ...]
    unread: tuple[Sheet, ...]
    unclear: tuple[UnclearRow, ...]
    next_step: str
    week: PlanWeek
    commitments: tuple[CommitmentRow, ...]
    trends: tuple[Trend, ...]
    latency: Trend | None
    weeks: tuple[Week, ...]
    steps: tuple[Step, ...]
    results: Results
    coming: tuple[Coming, ...]
    thread: Thread
    timeline: Timeline
    with_words: bool


def read(
    *,
    graduate: Graduate,
    at: datetime,
    until: datetime,
    zone: tzinfo,
    show: Show = Show.EVERYTHING,
    with_words: bool = True,
    with_links: bool = True,
) -> Profile:
    """The page at an instant, its texts and timeline from `until` back; `zone` is the reader's.

    `show` narrows the timeline. Without words, texts show their time and state alone; those that wait
    for a person keep theirs. Without links no text leads to its story, which is open to the caseload
    alone.
    """
    signals = signal_rows.signals_of(graduates=[graduate.pk])[graduate.pk]
    live = [one for one in signals if one.state == DisengagementSignal.State.OPEN]
    band = DisengagementSignal.Band(live[0].band if live else DisengagementSignal.Band.STEADY)
    counselors = caseload.counselors_of(graduates=[graduate.pk])
    rows = checkins.history(graduate=graduate)
    today = at.astimezone(ZoneInfo(graduate.time_zone)).date()
    thread = conversation.thread(graduate=graduate, until=until, with_words=with_words)
    told = timeline.of(graduate=graduate, at=until, zone=zone, show=show, with_words=with_words)
    return Profile(
        graduate=graduate,
        counselor=counselors.get(graduate.pk, ""),
        tracks=tuple(str(Track(track).label) for track in graduate.tracks),
        weeks_since_graduation=(today - graduate.graduated_on).days // 7,
        band=band,
        band_title=str(band.label),
        status_title=graduate.get_status_display(),
        phone=phone_of(graduate=graduate, at=at),
        card=card_of(graduate=graduate),
        is_card_due=cards.is_due(graduate=graduate, at=at),
        handler=handling.handler_of(graduate=graduate, at=at),
        signals=tuple(signal_rows.signal_row(signal) for signal in signals),
        texts=morning.texts_of(graduates=[graduate.pk])[graduate.pk],
        unread=morning.sheets_of(graduates=[graduate.pk])[graduate.pk],
        unclear=outgoing.unclear_of(graduates=[graduate.uid], at=at)[graduate.uid],
        next_step=wording.next_step(live),
        week=plan.week(graduate=graduate, at=at),
        commitments=plan.commitments(graduate=graduate, at=at),
        trends=trends.trends(rows=rows, zone=graduate.time_zone),
        latency=trends.latency(rows=rows, zone=graduate.time_zone),
        weeks=_weeks(graduate, at),
        steps=_steps(graduate, today),
        results=results.of(graduate=graduate),
        coming=upcoming.coming(graduate=graduate, at=at, ahead=SOON)[:MOST_COMING],
        thread=thread if with_links else conversation.without_links(thread=thread),
        timeline=told if with_links else timeline.without_links(timeline=told),
        with_words=with_words,
    )


def _weeks(graduate: Graduate, at: datetime) -> tuple[Week, ...]:
    """The dates of the plan in the last WEEKS weeks, counted back from now; none where none was due."""
    dates = graduate.expectations.filter(
        kind=Expectation.Kind.OCCURRENCE,
        due_at__gt=at - timedelta(weeks=WEEKS),
        due_at__lte=at,
        outcome__in=SHOWN,
    )
    weeks: list[list[str]] = [[] for _ in range(WEEKS)]
    for due_at, outcome in dates.values_list("due_at", "outcome"):
        weeks[WEEKS - 1 - (at - due_at) // timedelta(weeks=1)].append(outcome)
    if not any(weeks):
        return ()
    first = at.astimezone(ZoneInfo(graduate.time_zone)).date() - timedelta(weeks=WEEKS, days=-1)
    return tuple(
        Week(
            begins_on=first + timedelta(weeks=number),
            outcomes=tuple(sorted(week, key=SHOWN.index)),
        )
        for number, week in enumerate(weeks)
    )


def _steps(graduate: Graduate, today: date) -> tuple[Step, ...]:
    waiting = graduate.outreach.filter(next_on__isnull=False, next_done_at__isnull=True)
    return tuple(
        Step(
            uid=row.uid,
            words=step_words(outreach=row),
            on=row.next_on,
            is_due=row.next_on <= today,
        )
        for row in waiting.order_by("next_on", "pk")
        if row.next_on is not None
    )


def phone_of(*, graduate: Graduate, at: datetime) -> Phone | None:
    """The phone of a graduate without its number; None where there is none."""
    contact = phones.contact_of(graduate=graduate)
    if contact is None:
        return None
    address = contact.address
    return Phone(
        masked=mask(address.value),
        is_shared=contact.shared,
        is_confirmed=address.confirmed_at is not None,
        has_stopped=address.opted_out_at is not None,
        is_unreachable=address.unreachable_at is not None,
        is_silent=phones.is_silent(contact=contact, at=at),
    )


def card_of(*, graduate: Graduate) -> tuple[CardLine, ...]:
    """What the graduate wants us to know before we call; nothing of what was left empty."""
    names = dict(settings.LANGUAGES)
    card = {
        **graduate.contact_card,
        "language": names.get(graduate.language, graduate.language),
    }
    return tuple(
        CardLine(label=str(label), text=str(_SAID.get(card[key], card[key])))
        for key, label in CARD.items()
        if card.get(key)
    )


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What would become of a text written now: when it leaves if it waits, or why it cannot."""

    leaves_at: datetime | None = None
    why: str = ""


def outlook(*, graduate: Graduate, at: datetime) -> Outlook:
    """Ask the gates about a text that is not written yet."""
    contact = phones.contact_of(graduate=graduate)
    if contact is None:
        return Outlook(why=str(conversation.NobodyToText()))
    try:
        sender = outbox.sender_for(program=graduate.program)
    except outbox.NoSender as error:
        return Outlook(why=str(error))
    draft = Message(
        program=graduate.program, sender=sender, address=contact.address, kind=Kind.PERSONAL
    )
    answer = gates.verdict(facts.Reader([draft], at=at).of(draft), at=at)
    if answer.way is gates.Way.GO:
        return Outlook()
    why = reasons.sentence(answer.reason)
    return Outlook(leaves_at=answer.until if answer.way is gates.Way.WAIT else None, why=why)


@transaction.atomic
def reveal_phone(*, graduate: Graduate, actor: Actor, at: datetime) -> str:
    """The number (E.164), put on record as opened; empty where there is none."""
    contact = phones.contact_of(graduate=graduate)
    if contact is None:
        return ""
    record.write(
        actor=actor, verb=AuditEntry.Verb.REVEALED, thing=contact, graduate=graduate, at=at
    )
    number: str = contact.address.value
    return number
