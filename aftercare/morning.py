"""This morning: who needs a counselor today and why, one entry per person, the most pressing first."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from aftercare import access, deeds, inbox, outgoing, results, sheets
from aftercare.access import Standing
from aftercare.deeds import Deed
from aftercare.engagement import calibration, rows, wording
from aftercare.engagement.rows import SignalRow
from aftercare.keys import Keys
from aftercare.models import CheckIn, Contact, DisengagementSignal, Graduate, Outreach, Reply
from aftercare.outgoing import UnclearRow
from aftercare.outreach import step_words
from aftercare.sheets import Sheet
from aftercare.workload import CURRENT, PRESSING
from notifications import inbound as arrivals

Band, Kind, State = DisengagementSignal.Band, DisengagementSignal.Kind, DisengagementSignal.State

ANSWERED = (CheckIn.State.ANSWERED, CheckIn.State.PARTIAL)
# So many people at once are as many as a morning can hold; the others are on the next pages.
PAGE = 25
# Answers that are read in one go; the next ones come up when these are read.
SITTING = 50
# Where texts may say little, a voice does, so often.
VOICE_EVERY = timedelta(days=30)
# Somebody who stops half way is read as far as they came.
ONE_SITTING = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True)
class TextRow:
    """One text that waits for a person."""

    uid: uuid.UUID
    body: str
    at: datetime
    is_crisis: bool


@dataclass(frozen=True, kw_only=True)
class TaskRow:
    """A next step whose day has come."""

    uid: uuid.UUID
    step: str
    on: date
    is_overdue: bool


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One person with everything that waits for a counselor, worked on in place.

    `reasons` tell why of the signals that are not urgent, all together.
    """

    uid: uuid.UUID
    name: str
    band: str
    band_title: str
    signals: tuple[SignalRow, ...]
    reasons: tuple[str, ...]
    texts: tuple[TextRow, ...]
    sheets: tuple[Sheet, ...]
    tasks: tuple[TaskRow, ...]
    unclear: tuple[UnclearRow, ...]
    next_step: str
    best_times: str
    since: datetime
    is_urgent: bool
    # Others see the phone, and nobody has heard this person's voice for a month.
    is_voice_due: bool


@dataclass(frozen=True, kw_only=True)
class AnswersRow:
    """One check-in that went as usual, to be read with the others."""

    uid: uuid.UUID
    name: str
    sheet: Sheet


@dataclass(frozen=True, kw_only=True)
class Morning:
    """The list: what cannot wait, what is for today, answers to read, what is done.

    What cannot wait is there whole. `today` is one page of all that is for today, `answers` are the
    oldest of so many `unread`. `strangers` counts texts whose writer is not known, which wait in the
    inbox. `ended` is how the reader's newest alerts ended.
    """

    now: tuple[Entry, ...]
    today: tuple[Entry, ...]
    page: Page[Any]
    answers: tuple[AnswersRow, ...]
    unread: int
    done: tuple[Deed, ...]
    strangers: int
    ended: calibration.Outcomes

    @property
    def shown(self) -> set[uuid.UUID]:
        """Every graduate of whom something waits here."""
        entries = (*self.now, *self.today)
        return {one.uid for one in entries} | {row.uid for row in self.answers}

    @property
    def is_clear(self) -> bool:
        """Nobody is waiting."""
        return not (self.now or self.today or self.answers or self.strangers)


@dataclass(frozen=True, kw_only=True)
class _Waits:
    """What waits with one person, before it is put into words."""

    person: int
    signals: tuple[DisengagementSignal, ...]
    texts: tuple[TextRow, ...]
    sheets: tuple[Sheet, ...]
    tasks: tuple[TaskRow, ...]
    unclear: tuple[UnclearRow, ...]
    # Since when somebody is here whom nobody has spoken with, though others see the phone.
    unheard_since: datetime | None

    @property
    def is_entry(self) -> bool:
        """Whether there is more than answers that went as usual."""
        more = self.signals or self.texts or self.tasks or self.unclear or self.unheard_since
        return bool(more) or any(sheet.is_heavy for sheet in self.sheets)

    @property
    def band(self) -> DisengagementSignal.Band:
        """That of the most pressing signal."""
        return Band(self.signals[0].band) if self.signals else Band.STEADY

    @property
    def since(self) -> datetime:
        """Since when the oldest of it waits."""
        waiting = [
            *(text.at for text in self.texts),
            *(sheet.answered_at or sheet.opened_at for sheet in self.sheets),
            *(text.at for text in self.unclear),
            *(_midnight(task.on) for task in self.tasks),
        ]
        unheard = [self.unheard_since] if self.unheard_since else []
        return min([signal.opened_at for signal in self.signals] or waiting or unheard)

    @property
    def is_urgent(self) -> bool:
        """Danger, or a call that somebody asked for."""
        return self.band == Band.URGENT or any(text.is_crisis for text in self.texts)

    @property
    def order(self) -> tuple[int, float, datetime]:
        """Safety, asked for support, texts, tasks due, lost contact, reach out, heavy answers."""
        kinds = {signal.kind for signal in self.signals}
        needs = (
            Kind.SAFETY in kinds,
            Kind.NEED_SUPPORT in kinds or any(text.is_crisis for text in self.texts),
            bool(self.texts),
            bool(self.tasks),
            self.band == Band.LOST_CONTACT,
            self.band == Band.REACH_OUT,
            True,
        )
        most = max((one.points for one in self.signals), default=0)
        return (needs.index(True), -most, self.since)


def read(
    *, standing: Standing, at: datetime, mine_only: bool, today: date, page: int | str = 1
) -> Morning:
    """The list of a counselor at an instant; `today` is the local date of the reader.

    `page` is the one of today's that is wanted; nonsense is the first, too much the last. A constant
    number of queries, however many people are on it.
    """
    visible = access.caseload(standing=standing, mine_only=mine_only).filter(status__in=CURRENT)
    everybody = dict(visible.order_by("pk").values_list("pk", "uid"))
    waiting = _waiting(everybody, at, today)
    entries = sorted((one for one in waiting if one.is_entry), key=lambda one: one.order)
    now = [one for one in entries if one.is_urgent]
    shown = Paginator([one for one in entries if not one.is_urgent], PAGE).get_page(page)
    usual = [(one, sheet) for one in waiting if not one.is_entry for sheet in one.sheets]
    usual.sort(key=lambda pair: pair[1].opened_at)
    answers = usual[:SITTING]
    named = [*now, *shown.object_list, *(one for one, _ in answers)]
    people = visible.in_bulk({one.person for one in named})
    return Morning(
        now=tuple(_entry(people[one.person], one) for one in now),
        today=tuple(_entry(people[one.person], one) for one in shown.object_list),
        page=shown,
        answers=tuple(
            AnswersRow(uid=people[one.person].uid, name=people[one.person].name, sheet=sheet)
            for one, sheet in answers
        ),
        unread=len(usual),
        done=deeds.of_today(standing=standing, graduates=everybody, at=at),
        strangers=inbox.of_strangers(standing=standing).count(),
        ended=calibration.of_counselor(user=standing.user.pk, at=at)
        if standing.user
        else calibration.Outcomes(),
    )


def _waiting(people: Mapping[int, uuid.UUID], at: datetime, today: date) -> list[_Waits]:
    """With whom of these something waits; with most, nothing does."""
    keys = list(people)
    signals, tasks, unheard = _pressing(keys), _tasks(keys, today), _unheard(keys, at)
    texts = texts_of(graduates=keys)
    unread = sheets_of(graduates=keys, over_before=at - ONE_SITTING)
    unclear = outgoing.unclear_of(graduates=people.values(), at=at)
    waits = {*signals, *tasks, *unheard, *texts, *unread}
    return [
        _Waits(
            person=pk,
            signals=signals[pk],
            texts=texts[pk],
            sheets=unread[pk],
            tasks=tuple(tasks[pk]),
            unclear=unclear[uid],
            unheard_since=unheard.get(pk),
        )
        for pk, uid in people.items()
        if pk in waits or uid in unclear
    ]


def _pressing(keys: Sequence[int]) -> defaultdict[int, tuple[DisengagementSignal, ...]]:
    found = rows.signals_of(graduates=keys)
    pressing = {
        pk: tuple(one for one in signals if one.state == State.OPEN and one.band in PRESSING)
        for pk, signals in found.items()
    }
    return defaultdict(tuple, pressing)


def texts_of(*, graduates: Sequence[int]) -> defaultdict[int, tuple[TextRow, ...]]:
    """Texts that nobody has read yet by graduate (primary keys), the oldest first."""
    waiting = Reply.objects.filter(
        graduate__in=Keys(graduates), needs_person=True, read_at__isnull=True
    )
    found: defaultdict[int, tuple[TextRow, ...]] = defaultdict(tuple)
    for reply in waiting.select_related("inbound").order_by("at", "pk"):
        if reply.graduate_id is not None:
            found[reply.graduate_id] += (
                TextRow(
                    uid=reply.uid,
                    body=arrivals.words_of(reply.inbound),
                    at=reply.at,
                    is_crisis=reply.crisis,
                ),
            )
    return found


def sheets_of(
    *, graduates: Sequence[int], over_before: datetime | None = None
) -> defaultdict[int, tuple[Sheet, ...]]:
    """Answers that nobody has read yet by graduate (primary keys), the oldest first.

    With `over_before`, what was begun later and is still going on is left out.
    """
    unread = CheckIn.objects.filter(
        graduate__in=Keys(graduates), first_answer_at__isnull=False, read_at__isnull=True
    )
    if over_before is not None:
        unread = unread.filter(Q(state__in=ANSWERED) | Q(first_answer_at__lte=over_before))
    check_ins = list(unread.order_by("opens_at"))
    told = sheets.of(check_ins=check_ins)
    found: defaultdict[int, tuple[Sheet, ...]] = defaultdict(tuple)
    for row in check_ins:
        found[row.graduate_id] += (told[row.pk],)
    for graduate, sheet in results.unread(graduates=graduates):
        found[graduate] += (sheet,)
    return found


def _tasks(keys: Sequence[int], today: date) -> defaultdict[int, list[TaskRow]]:
    due = Outreach.objects.filter(
        graduate__in=Keys(keys), next_on__lte=today, next_done_at__isnull=True
    ).order_by("next_on", "pk")
    found: defaultdict[int, list[TaskRow]] = defaultdict(list)
    for row in due:
        if row.next_on is not None:
            found[row.graduate_id].append(
                TaskRow(
                    uid=row.uid,
                    step=step_words(outreach=row),
                    on=row.next_on,
                    is_overdue=row.next_on < today,
                )
            )
    return found


def _unheard(keys: Sequence[int], at: datetime) -> dict[int, datetime | None]:
    """Those whose phone others see, and whom nobody has spoken to for a month, with when they joined."""
    heard = Outreach.objects.filter(
        graduate=OuterRef("graduate"),
        way__in=(Outreach.Way.CALL, Outreach.Way.VISIT),
        outcome=Outreach.Outcome.REACHED,
        at__gt=at - VOICE_EVERY,
    )
    rows = Contact.objects.filter(
        ~Exists(heard),
        graduate__in=Keys(keys),
        shared=True,
        until__isnull=True,
        graduate__joined_at__lte=at - VOICE_EVERY,
    )
    return dict(rows.values_list("graduate", "graduate__joined_at"))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())


def _entry(graduate: Graduate, one: _Waits) -> Entry:
    calm = [signal for signal in one.signals if signal.kind not in DisengagementSignal.URGENT_KINDS]
    return Entry(
        uid=graduate.uid,
        name=graduate.name,
        band=one.band,
        band_title=str(one.band.label),
        signals=tuple(rows.signal_row(signal) for signal in one.signals),
        reasons=rows.reasons_of(signals=calm),
        texts=one.texts,
        sheets=one.sheets,
        tasks=one.tasks,
        unclear=one.unclear,
        next_step=wording.next_step(one.signals),
        best_times=str(graduate.contact_card.get("best_times", "")),
        since=one.since,
        is_urgent=one.is_urgent,
        is_voice_due=one.unheard_since is not None,
    )
