"""What questionnaires came to over time: for whoever answered them, and for whoever cares for that person."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext

from aftercare.instruments import scoring
from aftercare.instruments.scoring import Score
from aftercare.instruments.structure import Item, Scale, Structure, structures
from aftercare.keys import Keys
from aftercare.models import Graduate, InstrumentWording, Screening
from aftercare.sheets import Line as SheetLine
from aftercare.sheets import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One question with what was said."""

    text: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """One score: staff read `name` and `band`; `value` is None where answers are missing."""

    name: str
    value: int | None
    band: str
    wants_attention: bool
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One questionnaire as it was answered on a local day; `own` says what it is about in the person's words."""

    name: str
    own: str
    on: date
    at: datetime
    is_sample: bool
    is_finished: bool
    lines: tuple[Line, ...]
    scores: tuple[ScoreRow, ...]

    @property
    def wants_attention(self) -> bool:
        """Whether a score of it lies where somebody should look."""
        return any(score.wants_attention for score in self.scores)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One score over time, oldest first; `bands` are the ranges by their lower ends, as staff name them.

    `own` is its name in the person's words, `better` "low" or "high".
    """

    instrument: str
    name: str
    own: str
    low: int
    high: int
    better: str
    bands: tuple[tuple[int, str], ...]
    points: tuple[tuple[date, int], ...]
    band: str
    wants_attention: bool

    @property
    def value(self) -> int:
        """The newest score; `band` is where it lies, and `wants_attention` whether somebody should look."""
        return self.points[-1][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything answered, the newest first, and each score that there is over time."""

    rows: tuple[ResultRow, ...]
    courses: tuple[Course, ...]


def of(*, graduate: Graduate) -> Results:
    """The questionnaires of a graduate, in the language at hand; two queries for any number of them."""
    rows = list(
        graduate.screenings.select_related("wording")
        .prefetch_related("answers")
        .order_by("-begun_at", "-pk")
    )
    zone = ZoneInfo(graduate.time_zone)
    told = tuple(_row(row, zone) for row in rows)
    return Results(
        rows=tuple(row for row in told if row.lines),
        courses=tuple(_courses(rows)),
    )


def unread(*, graduates: Collection[int]) -> Iterator[tuple[int, Sheet]]:
    """Finished questionnaires that nobody has read yet, with their graduate (primary key); one query.

    They are sheets like those of check-ins, a line for each score.
    """
    rows = Screening.objects.filter(
        graduate__in=Keys(graduates), read_at__isnull=True, finished_at__isnull=False
    )
    for row in rows.order_by("finished_at"):
        structure = structures()[row.instrument]
        found: Mapping[str, int] = row.scores or {}
        scored = [(scale, found[scale.code]) for scale in structure.scales if scale.code in found]
        yield (
            row.graduate_id,
            Sheet(
                uid=row.uid,
                opened_at=row.begun_at,
                answered_at=row.finished_at,
                read_at=None,
                is_partial=False,
                lines=tuple(
                    SheetLine(
                        topic=_title(structure, scale),
                        said=f"{value} ({_say(scale.band(value).name)})",
                        is_heavy=scale.band(value).wants_attention,
                    )
                    for scale, value in scored
                ),
            ),
        )


def _title(structure: Structure, scale: Scale) -> str:
    return f"{structure.name}: {_say(scale.name)}"


def _say(words: Mapping[str, str]) -> str:
    return words.get((get_language() or "en").split("-")[0]) or words["en"]


def _row(row: Screening, zone: ZoneInfo) -> ResultRow:
    structure = structures()[row.instrument]
    values = {answer.item: answer.content["value"] for answer in row.answers.all()}
    asked = scoring.asked(structure=structure, values=values)
    found = scoring.scores(structure=structure, values=values)
    return ResultRow(
        name=structure.name,
        own=", ".join(_say(scale.own) for scale in structure.scales),
        on=row.begun_at.astimezone(zone).date(),
        at=row.finished_at or row.begun_at,
        is_sample=row.wording.is_sample,
        is_finished=row.finished_at is not None,
        lines=tuple(
            Line(
                text=row.wording.words["items"][item.code],
                said=said(item=item, wording=row.wording, value=values[item.code]),
            )
            for item in asked
            if item.code in values
        ),
        scores=tuple(_score(one) for one in found),
    )


def _score(one: Score) -> ScoreRow:
    return ScoreRow(
        name=_say(one.scale.name),
        value=one.value,
        band=_say(one.band.name) if one.band else "",
        wants_attention=one.band is not None and one.band.wants_attention,
        missing=len(one.missing),
    )


def labels_of(*, item: Item, wording: InstrumentWording) -> list[str]:
    """The words of a question's choices in the order of its scores; none for a number of days."""
    own: list[str] = list(wording.words["labels"].get(item.code, ()))
    if own or item.yes is None:
        return own
    return [gettext("Yes") if score == item.yes else gettext("No") for score in item.scores]


def said(*, item: Item, wording: InstrumentWording, value: int) -> str:
    """An answer as the questionnaire words it."""
    labels = labels_of(item=item, wording=wording)
    return labels[item.scores.index(value)] if labels else str(value)


def _courses(rows: Sequence[Screening]) -> list[Course]:
    points: dict[tuple[str, str], list[tuple[date, int]]] = {}
    for row in reversed(rows):
        for code, value in (row.scores or {}).items():
            points.setdefault((row.instrument, code), []).append((row.begun_on, value))
    return [
        _course(structure, scale, points[structure.code, scale.code])
        for structure in structures().values()
        for scale in structure.scales
        if (structure.code, scale.code) in points
    ]


def _course(structure: Structure, scale: Scale, points: list[tuple[date, int]]) -> Course:
    band = scale.band(points[-1][1])
    return Course(
        instrument=structure.name,
        name=_say(scale.name),
        own=_say(scale.own),
        low=scale.low,
        high=scale.high,
        better=scale.better,
        bands=tuple((band.low, _say(band.name)) for band in scale.bands),
        points=tuple(points),
        band=_say(band.name),
        wants_attention=band.wants_attention,
    )
