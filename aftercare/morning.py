"""This morning: who needs a counselor today and why, one entry per person, the most pressing first."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from aftercare import access, inbox, outgoing, results, sheets
from aftercare.access import Standing
from aftercare.engagement import calibration, rows, wording
from aftercare.engagement.rows import SignalRow
from aftercare.models import CheckIn, Contact, DisengagementSignal, Graduate, Outreach, Reply
from aftercare.outgoing import UnclearRow
from aftercare.outreach import plain_note, step_words
from aftercare.sheets import Sheet
from aftercare.workload import CURRENT, PRESSING
from notifications import inbound as arrivals

Band, Kind, State = DisengagementSignal.Band, DisengagementSignal.Kind, DisengagementSignal.State

ANSWERED = (CheckIn.State.ANSWERED, CheckIn.State.PARTIAL)
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
    # Others see the phone, and nobody has heard this person's voice for a month.
    is_voice_due: bool = False

    @property
    def is_urgent(self) -> bool:
        """Danger, or a call that somebody asked for."""
        return self.band == Band.URGENT or any(text.is_crisis for text in self.texts)


@dataclass(frozen=True, kw_only=True)
class AnswersRow:
    """One check-in that went as usual, to be read with the others."""

    uid: uuid.UUID
    name: str
    sheet: Sheet


@dataclass(frozen=True, kw_only=True)
class DoneRow:
    """Something this counselor has done today, which can be undone; `note` is for the health record.

    `thing` is the contact, or the text that was read.
    """

    class Kind(StrEnum):
        """What was done."""

        CONTACT = "contact"
        STEP = "step"
        TEXT = "text"

    uid: uuid.UUID
    name: str
    kind: Kind
    thing: uuid.UUID
    outcome: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Morning:
    """The whole list: what cannot wait, what is for today, answers to read, what is done.

    `strangers` counts texts whose writer is not known, which wait in the inbox. `ended` is how the
    reader's newest alerts ended.
    """

    now: tuple[Entry, ...]
    today: tuple[Entry, ...]
    answers: tuple[AnswersRow, ...]
    done: tuple[DoneRow, ...]
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


def read(*, standing: Standing, at: datetime, mine_only: bool, today: date) -> Morning:
    """The list of a counselor at an instant; `today` is the local date of the reader.

    A constant number of queries, however many people are on it.
    """
    people = _people(standing, mine_only)
    keys = list(people)
    signals = _pressing(keys)
    texts = texts_of(graduates=keys)
    unread = sheets_of(graduates=keys, over_before=at - ONE_SITTING)
    tasks = _tasks(keys, today)
    unclear = outgoing.unclear_of(graduates=[one.uid for one in people.values()], at=at)
    unheard = _unheard(keys, at)
    entries, answers = [], []
    for pk, graduate in people.items():
        heavy = tuple(sheet for sheet in unread[pk] if sheet.is_heavy)
        lost = unclear[graduate.uid]
        needs_more = bool(signals[pk] or texts[pk] or tasks[pk] or lost or heavy)
        if needs_more or pk in unheard:
            entry = _entry(graduate, signals[pk], texts[pk], unread[pk], tuple(tasks[pk]), lost)
            entries.append(replace(entry, is_voice_due=pk in unheard))
        else:
            answers += [
                AnswersRow(uid=graduate.uid, name=graduate.name, sheet=sheet)
                for sheet in unread[pk]
            ]
    entries.sort(key=_order)
    return Morning(
        now=tuple(entry for entry in entries if entry.is_urgent),
        today=tuple(entry for entry in entries if not entry.is_urgent),
        answers=tuple(sorted(answers, key=lambda row: row.sheet.opened_at)),
        done=_done(standing, people, at),
        strangers=inbox.of_strangers(standing=standing).count(),
        ended=calibration.of_counselor(user=standing.user.pk, at=at)
        if standing.user
        else calibration.Outcomes(),
    )


def _people(standing: Standing, mine_only: bool) -> dict[int, Graduate]:
    visible = access.caseload(standing=standing, mine_only=mine_only)
    current = visible.filter(status__in=CURRENT).order_by("pk")
    return {graduate.pk: graduate for graduate in current}


def _pressing(keys: Sequence[int]) -> defaultdict[int, tuple[DisengagementSignal, ...]]:
    found = rows.signals_of(graduates=keys)
    pressing = {
        pk: tuple(one for one in signals if one.state == State.OPEN and one.band in PRESSING)
        for pk, signals in found.items()
    }
    return defaultdict(tuple, pressing)


def texts_of(*, graduates: Sequence[int]) -> defaultdict[int, tuple[TextRow, ...]]:
    """Texts that nobody has read yet by graduate (primary keys), the oldest first."""
    waiting = Reply.objects.filter(graduate__in=graduates, needs_person=True, read_at__isnull=True)
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
        graduate__in=graduates, first_answer_at__isnull=False, read_at__isnull=True
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
        graduate__in=keys, next_on__lte=today, next_done_at__isnull=True
    ).order_by("next_on", "pk")
    found: defaultdict[int, list[TaskRow]] = defaultdict(list)
    for row in due:
        if row.next_on is not None:
            found[row.graduate_id].append(
                TaskRow(
                    uid=row.uid,
                    step=row.step,
                    on=row.next_on,
                    is_overdue=row.next_on < today,
                )
            )
    return found


def _unheard(keys: Sequence[int], at: datetime) -> set[int]:
    """Those whose phone others see, and whom nobody has spoken to for a month."""
    heard = Outreach.objects.filter(
        graduate=OuterRef("graduate"),
        way__in=(Outreach.Way.CALL, Outreach.Way.VISIT),
        outcome=Outreach.Outcome.REACHED,
        at__gt=at - VOICE_EVERY,
    )
    rows = Contact.objects.filter(
        ~Exists(heard),
        graduate__in=keys,
        shared=True,
        until__isnull=True,
        graduate__joined_at__lte=at - VOICE_EVERY,
    )
    return set(rows.values_list("graduate", flat=True))


def _entry(
    graduate: Graduate,
    signals: Sequence[DisengagementSignal],
    texts: tuple[TextRow, ...],
    unread: tuple[Sheet, ...],
    tasks: tuple[TaskRow, ...],
    unclear: tuple[UnclearRow, ...],
) -> Entry:
    band = Band(signals[0].band) if signals else Band.STEADY
    waiting = [signal.opened_at for signal in signals] or [
        *(text.at for text in texts),
        *(sheet.answered_at or sheet.opened_at for sheet in unread),
        *(text.at for text in unclear),
    ]
    calm = [signal for signal in signals if signal.kind not in DisengagementSignal.URGENT_KINDS]
    return Entry(
        uid=graduate.uid,
        name=graduate.name,
        band=band,
        band_title=str(band.label),
        signals=tuple(rows.signal_row(signal) for signal in signals),
        reasons=rows.reasons_of(signals=calm),
        texts=texts,
        sheets=unread,
        tasks=tasks,
        unclear=unclear,
        next_step=wording.next_step(signals),
        best_times=str(graduate.contact_card.get("best_times", "")),
        since=min(waiting, default=graduate.created_at),
    )


def _order(entry: Entry) -> tuple[int, float, datetime]:
    """Safety, asked for support, texts, tasks due, lost contact, reach out, heavy answers."""
    kinds = {signal.kind for signal in entry.signals}
    needs = (
        Kind.SAFETY in kinds,
        Kind.NEED_SUPPORT in kinds or any(text.is_crisis for text in entry.texts),
        bool(entry.texts),
        bool(entry.tasks),
        entry.band == Band.LOST_CONTACT,
        entry.band == Band.REACH_OUT,
        True,
    )
    return (needs.index(True), -max((one.points for one in entry.signals), default=0), entry.since)


def _done(standing: Standing, people: dict[int, Graduate], at: datetime) -> tuple[DoneRow, ...]:
    """Contacts recorded, steps finished and texts read in the last twelve hours, newest first."""
    since = at - timedelta(hours=12)
    mine = Outreach.objects.filter(graduate__in=list(people), counselor=standing.user)
    texts = Reply.objects.filter(
        graduate__in=list(people), needs_person=True, read_by=standing.user, read_at__gte=since
    )
    told = [
        *_contacts(mine.filter(at__gte=since).prefetch_related("signals"), people),
        *_steps(mine.filter(next_done_at__gte=since), people),
        *_read(texts, people),
    ]
    return tuple(sorted(told, key=lambda row: row.at, reverse=True))


def _contacts(rows: Iterable[Outreach], people: dict[int, Graduate]) -> Iterator[DoneRow]:
    here = timezone.get_current_timezone()
    for row in rows:
        yield DoneRow(
            uid=people[row.graduate_id].uid,
            name=people[row.graduate_id].name,
            kind=DoneRow.Kind.CONTACT,
            thing=row.uid,
            outcome=row.get_outcome_display(),
            at=row.at,
            note=plain_note(outreach=row, signals=list(row.signals.all()), zone=here),
        )


def _steps(rows: Iterable[Outreach], people: dict[int, Graduate]) -> Iterator[DoneRow]:
    for row in rows:
        if row.next_done_at is not None:
            yield DoneRow(
                uid=people[row.graduate_id].uid,
                name=people[row.graduate_id].name,
                kind=DoneRow.Kind.STEP,
                thing=row.uid,
                outcome=step_words(outreach=row),
                at=row.next_done_at,
            )


def _read(rows: Iterable[Reply], people: dict[int, Graduate]) -> Iterator[DoneRow]:
    for row in rows:
        if row.graduate_id is not None and row.read_at is not None:
            yield DoneRow(
                uid=people[row.graduate_id].uid,
                name=people[row.graduate_id].name,
                kind=DoneRow.Kind.TEXT,
                thing=row.uid,
                outcome=_("text read"),
                at=row.read_at,
            )
