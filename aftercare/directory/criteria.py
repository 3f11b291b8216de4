"""What a visitor asks the finder for, read from the parameters of an address."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, tzinfo
from typing import Any, Protocol

from django.utils.translation import gettext as _

from aftercare.directory import geo, vocabulary
from aftercare.directory.cleaning import fold
from aftercare.directory.formats.values import read_time

DEFAULT_MILES = 10.0
MOST_PER_PAGE = 200
DEFAULT_PER_PAGE = 50
_FURTHEST_MILES = 12_500.0
_LONGEST_WORDS = 200
_TIMES = ("morning", "midday", "evening", "night")
_ATTENDANCE = ("in_person", "online", "hybrid")
_SORTS = ("next", "distance", "name")
_RELATIVE_DAYS = ("today", "tomorrow")
_YEARS = range(1970, 2101)


class WrongParameters(ValueError):
    """Parameters that mean nothing: `errors` has a message in plain words for each."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


class _Wrong(ValueError):
    """One parameter that means nothing; the message says what would."""


class Query(Protocol):
    """What Django's QueryDict can do."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """A question to the finder. Empty fields ask nothing; within one field any value does,
    except for `terms` and `tags`, where all must hold."""

    # Folded words and phrases; with `prefix`, the last one may be the beginning of a word.
    terms: tuple[str, ...] = ()
    prefix: bool = False
    # Weekdays (0 is Sunday), and "today" and "tomorrow" in each meeting's own zone.
    days: tuple[int, ...] = ()
    relative_days: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    after: time | None = None
    before: time | None = None
    ends_by: time | None = None
    tags: tuple[str, ...] = ()
    fellowships: tuple[str, ...] = ()
    attendance: tuple[str, ...] = ()
    near: geo.Point | None = None
    within_miles: float = DEFAULT_MILES
    # Folded slugs from general to specific.
    region: tuple[str, ...] = ()
    now: bool = False
    inactive: bool = False
    sort: str = "next"
    # Stands in for the present instant.
    at: datetime | None = None
    page: int = 1
    per_page: int = DEFAULT_PER_PAGE

    def on_page(self, page: int) -> "Criteria":
        """The same question, another page of its answer."""
        return replace(self, page=page)


def parse(*, query: Query, zone: tzinfo) -> Criteria:
    """The question that parameters ask; raises WrongParameters. `zone` is for an `at` without one.

    Parameters that are empty or unknown are left out.
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, read in _READERS.items():
        given = [value.strip() for value in query.getlist(name) if value.strip()]
        if not given:
            continue
        try:
            values |= read(given)
        except _Wrong as wrong:
            errors[name] = str(wrong)
    if values.get("sort") == "distance" and "near" not in values and "near" not in errors:
        errors["sort"] = _("To sort by distance, say near which place.")
    if errors:
        raise WrongParameters(errors)
    at = values.get("at")
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    return Criteria(**values | {"at": at.astimezone(UTC) if at else None})


Reader = Callable[[list[str]], dict[str, Any]]


def _read_words(given: list[str]) -> dict[str, Any]:
    written = " ".join(given)
    if len(written) > _LONGEST_WORDS:
        raise _Wrong(_("Use fewer words: at most 200 letters."))
    terms: list[str] = []
    for quoted, plain in re.findall(r'"([^"]*)"|([^"]+)', written):
        terms.extend([fold(quoted)] if quoted else fold(plain).split())
    terms = [term for term in terms if term]
    if not terms:
        raise _Wrong(_("Use letters or numbers."))
    return {"terms": tuple(terms)}


def _read_days(given: list[str]) -> dict[str, Any]:
    days = [day.lower() for day in given]
    for day in days:
        if not re.fullmatch("[0-6]", day) and day not in _RELATIVE_DAYS:
            raise _Wrong(_("A day is 0 (Sunday) to 6 (Saturday), today or tomorrow."))
    return {
        "days": tuple(sorted({int(day) for day in days if day.isdigit()})),
        "relative_days": tuple(day for day in _RELATIVE_DAYS if day in days),
    }


def _among(choices: Iterable[str], field: str) -> Reader:
    known = tuple(choices)

    def read(given: list[str]) -> dict[str, Any]:
        wanted = [value.lower() for value in given]
        if any(value not in known for value in wanted):
            raise _Wrong(_("Choose from: %(choices)s.") % {"choices": ", ".join(known)})
        return {field: tuple(value for value in known if value in wanted)}

    return read


def _read_tags(given: list[str]) -> dict[str, Any]:
    wanted = tuple(dict.fromkeys(value.lower() for value in given))
    for tag in wanted:
        if not vocabulary.is_tag(tag):
            raise _Wrong(
                _("We do not know this kind of meeting. Try women, newcomer or wheelchair.")
            )
    return {"tags": wanted}


def _read_clock(field: str) -> Reader:
    def read(given: list[str]) -> dict[str, Any]:
        reading = read_time(given[-1])
        if reading.value is None or reading.remark or given[-1].isdigit():
            raise _Wrong(_("Write a time like 18:30."))
        return {field: reading.value}

    return read


def _read_near(given: list[str]) -> dict[str, Any]:
    try:
        return {"near": geo.locate(words=given[-1])}
    except geo.UnknownPlace:
        if re.fullmatch(r"[\d-]+", given[-1]):
            raise _Wrong(_("We do not know this ZIP. Try a city, like Philadelphia, PA.")) from None
        raise _Wrong(
            _("We do not know this place. Use a ZIP, like 19104, or a city, like Philadelphia, PA.")
        ) from None


def _read_within(given: list[str]) -> dict[str, Any]:
    match = re.fullmatch(r"([0-9]{1,5}(?:\.[0-9]{1,6})?)\s*(km|mi|miles)?", given[-1].lower())
    miles = float(match[1]) / (geo.KM_PER_MILE if match[2] == "km" else 1) if match else 0.0
    if not 0 < miles <= _FURTHEST_MILES:
        raise _Wrong(_("Write a distance like 10 (miles) or 15km."))
    return {"within_miles": miles}


def _read_region(given: list[str]) -> dict[str, Any]:
    parts = [fold(part).replace(" ", "-") for part in given[-1].split(">")]
    if not all(parts):
        raise _Wrong(_("Use letters or numbers."))
    return {"region": tuple(parts)}


def _read_flag(field: str) -> Reader:
    def read(given: list[str]) -> dict[str, Any]:
        if given[-1] not in ("0", "1"):
            raise _Wrong(_("Use 1 for yes, or leave it out."))
        return {field: given[-1] == "1"}

    return read


def _read_sort(given: list[str]) -> dict[str, Any]:
    return {"sort": _among(_SORTS, "sort")([given[-1]])["sort"][0]}


def _read_at(given: list[str]) -> dict[str, Any]:
    # A plus sign that nobody escaped arrives as a blank.
    written = re.sub(r"(T[0-9:.]+) ([0-9]{2}:?[0-9]{2})$", r"\1+\2", given[-1])
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        at = None
    if at is None or at.year not in _YEARS:
        raise _Wrong(_("Write a date and time like 2026-03-08T19:00:00-05:00."))
    return {"at": at}


def _read_number(field: str, most: int) -> Reader:
    def read(given: list[str]) -> dict[str, Any]:
        written = given[-1]
        if not re.fullmatch("[0-9]{1,7}", written) or not 1 <= int(written) <= most:
            raise _Wrong(_("Write a number from 1 to %(most)d.") % {"most": most})
        return {field: int(written)}

    return read


_READERS: dict[str, Reader] = {
    "q": _read_words,
    "prefix": _read_flag("prefix"),
    "day": _read_days,
    "time": _among(_TIMES, "times"),
    "after": _read_clock("after"),
    "before": _read_clock("before"),
    "ends_by": _read_clock("ends_by"),
    "tag": _read_tags,
    "fellowship": _among(vocabulary.FELLOWSHIPS, "fellowships"),
    "attendance": _among(_ATTENDANCE, "attendance"),
    "near": _read_near,
    "within": _read_within,
    "region": _read_region,
    "now": _read_flag("now"),
    "inactive": _read_flag("inactive"),
    "sort": _read_sort,
    "at": _read_at,
    "page": _read_number("page", 1_000_000),
    "per_page": _read_number("per_page", MOST_PER_PAGE),
}
