"""Questionnaires answered on the web: begun by the person, kept answer by answer, taken up where they were left.

They are no expectation: nobody is waited for, and silence about them means nothing.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from aftercare import access, checkins, questionnaires, record, safety
from aftercare.access import Standing
from aftercare.instruments import scoring
from aftercare.instruments.structure import Item, Structure, pages, structures
from aftercare.models import (
    AuditEntry,
    Graduate,
    InstrumentWording,
    Screening,
    ScreeningAnswer,
)
from aftercare.record import Actor

# How long one sitting can be taken up again, and its answers changed.
WINDOW = timedelta(days=7)


class TooLate(ValueError):
    """The sitting is over; what was answered in it stays."""


class NoSuchAnswer(ValueError):
    """The questionnaire has no such question, or the question no such answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One questionnaire of a sitting, with what was answered so far by item code."""

    uid: uuid.UUID
    structure: Structure
    wording: InstrumentWording
    values: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many questions it asks, as far as is known."""
        return len(scoring.asked(structure=self.structure, values=self.values))

    @property
    def open(self) -> int:
        """How many of them have no answer yet."""
        return len(scoring.unanswered(structure=self.structure, values=self.values))

    @property
    def is_danger(self) -> bool:
        """Whether an answer of it had to be laid before a person at once."""
        return bool(scoring.dangers(structure=self.structure, values=self.values))

    def page(self, number: int) -> tuple[Item, ...]:
        """What a page (from 1) asks; empty where there is nothing to ask on it."""
        found = pages(self.structure)
        if not 1 <= number <= len(found):
            return ()
        wanted = scoring.asked(structure=self.structure, values=self.values)
        return tuple(item for item in found[number - 1] if item in wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """The questionnaires under way, and those that may be begun now."""

    parts: tuple[Part, ...]
    due: tuple[Structure, ...]

    @property
    def total(self) -> int:
        """How many questions the parts under way ask."""
        return sum(part.total for part in self.parts)

    @property
    def answered(self) -> int:
        """How many of them have an answer."""
        return self.total - sum(part.open for part in self.parts)

    @property
    def is_open(self) -> bool:
        """Whether something is under way and not finished."""
        return self.answered < self.total

    @property
    def is_danger(self) -> bool:
        """Whether an answer had to be laid before a person at once."""
        return any(part.is_danger for part in self.parts)

    def place(self) -> tuple[uuid.UUID, int] | None:
        """The part and page where the first open question stands; None where all are answered."""
        by_uid = {part.uid: part for part in self.parts}
        for uid, number in self.places():
            part = by_uid[uid]
            if any(item.code not in part.values for item in part.page(number)):
                return uid, number
        return None

    def places(self) -> list[tuple[uuid.UUID, int]]:
        """Every page that asks something, in order."""
        return [
            (part.uid, number)
            for part in self.parts
            for number in range(1, len(pages(part.structure)) + 1)
            if part.page(number)
        ]

    def place_after(self, uid: uuid.UUID, number: int) -> tuple[uuid.UUID, int] | None:
        """The page that follows; None at the end."""
        return next(iter(self.places()[self.places().index((uid, number)) + 1 :]), None)

    def place_before(self, uid: uuid.UUID, number: int) -> tuple[uuid.UUID, int] | None:
        """The page before; None at the beginning."""
        return next(iter(self.places()[: self.places().index((uid, number))][::-1]), None)


def sitting(*, graduate: Graduate, language: str, at: datetime) -> Sitting:
    """What a graduate has under way, and may begin in a language."""
    rows = list(
        Screening.objects.filter(graduate=graduate, begun_at__gt=at - WINDOW, begun_at__lte=at)
        .select_related("wording")
        .prefetch_related("answers")
        .order_by("begun_at", "pk")
    )
    return Sitting(
        parts=tuple(_part(row) for row in rows),
        due=tuple(structures()[code] for code in _due(graduate, language, at)),
    )


def _part(row: Screening) -> Part:
    return Part(
        uid=row.uid,
        structure=structures()[row.instrument],
        wording=row.wording,
        values=values_of(screening=row),
    )


def values_of(*, screening: Screening) -> dict[str, int]:
    """What was answered so far, by item code."""
    return {row.item: row.content["value"] for row in screening.answers.all()}


def _due(graduate: Graduate, language: str, at: datetime) -> dict[str, InstrumentWording]:
    """The questionnaires of the graduate's tracks whose time has come and whose words are here.

    None in a pause, and none while somebody looks after a danger.
    """
    if not graduate.is_written_to or safety.is_looked_after(graduate=graduate):
        return {}
    rhythms = questionnaires.asked_by(program=graduate.program)
    held = questionnaires.wordings(program=graduate.program, language=language)
    begun = dict(
        Screening.objects.filter(graduate=graduate)
        .order_by("begun_on")
        .values_list("instrument", "begun_on")
    )
    today = _local_day(graduate, at)
    return {
        code: held[code]
        for code, one in structures().items()
        if code in held
        and rhythms[code]
        and set(one.tracks) & set(graduate.tracks)
        and (code not in begun or (today - begun[code]).days >= rhythms[code])
    }


def _local_day(graduate: Graduate, at: datetime) -> date:
    return at.astimezone(ZoneInfo(graduate.time_zone)).date()


@transaction.atomic
def begin(*, graduate: Graduate, language: str, at: datetime) -> int:
    """Begin what is due, in a language; returns how many questionnaires. Twice at once begins it once."""
    Graduate.objects.select_for_update().get(pk=graduate.pk)
    due = _due(graduate, language, at)
    Screening.objects.bulk_create(
        Screening(
            graduate=graduate,
            instrument=code,
            wording=wording,
            begun_on=_local_day(graduate, at),
            begun_at=at,
        )
        for code, wording in due.items()
    )
    return len(due)


@transaction.atomic
def answer(*, screening: Screening, values: Mapping[str, int], actor: Actor, at: datetime) -> None:
    """Keep some answers, by item code, in place of earlier ones; the same once more changes nothing.

    An answer that means danger opens the safety lane in the same transaction (see Item.danger_from).
    Raises TooLate, NoSuchAnswer.
    """
    row = (
        Screening.objects.select_for_update(of=("self",))
        .select_related("graduate__program")
        .get(pk=screening.pk)
    )
    structure = structures()[row.instrument]
    _check(row, structure, values, at)
    before = values_of(screening=row)
    news = {code: value for code, value in values.items() if before.get(code) != value}
    if not news:
        return
    ScreeningAnswer.objects.filter(screening=row, item__in=news).delete()
    ScreeningAnswer.objects.bulk_create(
        ScreeningAnswer(screening=row, item=code, content={"value": value}, at=at)
        for code, value in news.items()
    )
    _score(row, structure, before | news, at)
    record.write(actor=actor, verb=AuditEntry.Verb.CREATED, thing=row, graduate=row.graduate, at=at)
    if set(scoring.dangers(structure=structure, values=news)):
        safety.open_for(graduate=row.graduate, code="danger_answer", name=structure.name, at=at)


def _check(row: Screening, structure: Structure, values: Mapping[str, int], at: datetime) -> None:
    if at - row.begun_at >= WINDOW:
        raise TooLate
    known = {item.code: item for item in structure.items}
    for code, value in values.items():
        if code not in known or not known[code].takes(value):
            raise NoSuchAnswer(f"{value!r} is no answer to {code}.")


def _score(row: Screening, structure: Structure, values: Mapping[str, int], at: datetime) -> None:
    """Keep the scores once nothing that is asked is open; a change of mind takes them back or renews them."""
    is_whole = not scoring.unanswered(structure=structure, values=values)
    found = scoring.scores(structure=structure, values=values) if is_whole else ()
    row.scores = {one.scale.code: one.value for one in found} or None
    row.finished_at = (row.finished_at or at) if is_whole else None
    row.read_at = None
    row.save(update_fields=["scores", "finished_at", "read_at"])


# Being read


@transaction.atomic
def mark_read(
    *, uids: Collection[uuid.UUID], standing: Standing, told: Collection[int] = (), at: datetime
) -> int:
    """These were read by a person, and who answered is told so once; returns how many were unread.

    `told` are graduates (primary keys) who hear of it anyhow. What this log-in may not see is left
    alone.
    """
    people = access.caseload(standing=standing).values("pk")
    unread = Screening.objects.filter(
        uid__in=uids, graduate__in=people, finished_at__isnull=False, read_at__isnull=True
    )
    rows = list(unread.select_related("graduate__program").order_by("pk"))
    heard = set(told)
    for row in rows:
        actor = standing.actor(row.graduate.program_id)
        row.read_at = at
        row.save(update_fields=["read_at"])
        record.write(
            actor=actor, verb=AuditEntry.Verb.READ, thing=row, graduate=row.graduate, at=at
        )
        if actor.user is not None and row.graduate_id not in heard:
            about = f"screening:{row.pk}"
            checkins.tell_read(graduate=row.graduate, about=about, reader=actor.user, at=at)
        heard.add(row.graduate_id)
    return len(rows)
