"""Pure: days, times, lengths, dates and coordinates, as real feeds write them."""

import math
import re
import unicodedata
from datetime import UTC, datetime, time
from typing import Any, NamedTuple

DAY_NAMES = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_SPANISH = ("domingo", "lunes", "martes", "miercoles", "jueves", "viernes", "sabado")
_DAYS = {
    name[:size]: day for day, name in enumerate(DAY_NAMES) for size in range(3, len(name) + 1)
} | {
    written: day
    for names in (DAY_NAMES, _SPANISH)
    for day, name in enumerate(names)
    for written in (name, f"{name}s")
}
_EVERY_DAY = ("daily", "every day", "everyday", "todos los dias")
_TIME = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2}))?(?:[:.]\d{2}(?:\.\d+)?)?\s*(?:([ap])\.?\s?m\.?)?", re.IGNORECASE
)
_NAMED_TIMES = {"noon": time(12), "midday": time(12), "midnight": time(0)}
_DIGITS = re.compile(r"([01]\d|2[0-3])([0-5]\d)")
_DECIMAL_COMMA = re.compile(r"[+-]?\d{1,3},\d+")
_DATE_FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d",
    "%m/%d/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%y",
)  # fmt: skip
DAY = 24 * 60
# A meeting that would last longer than this past midnight has a wrong end: 19:15 to 08:15.
LONGEST_LIKELY = 12 * 60


class Reading(NamedTuple):
    """What a value says, and a remark where it does not say it plainly."""

    value: Any
    remark: str = ""


def read_days(raw: Any) -> Reading:
    """Weekdays (0 is Sunday) from a number, a name, a list of them, or nothing: a tuple of int."""
    if raw is None or raw == "" or raw == []:
        return Reading(())
    parts = raw if isinstance(raw, list) else re.split(r"[,;/&]| and | y ", str(raw))
    found = [(part, day) for part in parts for day in _read_range(part) or (_read_day(part),)]
    bad = [str(part).strip() for part, day in found if day is None]
    days = dict.fromkeys(day for _, day in found if day is not None)
    remark = f"not a day: {', '.join(bad)}" if bad else ""
    if not remark and len(days) < len(found):
        remark = "a day is named twice"
    return Reading(tuple(days), remark)


def _read_range(raw: Any) -> tuple[int, ...]:
    """The days of "Mon-Fri" and "Daily", which can be meant in one way only; else none."""
    written = _folded(raw)
    if len(written) < len("daily"):
        return ()
    if written in _EVERY_DAY:
        return tuple(range(7))
    ends = [_DAYS.get(part.strip(" .")) for part in re.split(r"-|\u2013| to ", written)]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        return ()
    return tuple((ends[0] + more) % 7 for more in range((ends[1] - ends[0]) % 7 + 1))


def _folded(raw: Any) -> str:
    """A word in lower case without its accents; empty for what is no text."""
    if not isinstance(raw, str):
        return ""
    bare = unicodedata.normalize("NFD", raw.strip().lower())
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def _read_day(raw: Any) -> int | None:
    if isinstance(raw, bool) or not isinstance(raw, int | str | float):
        return None
    written = str(raw).strip().lower()
    if re.fullmatch(r"[0-6](\.0)?", written):
        return int(written[0])
    return _DAYS.get(_folded(written).rstrip("."))


def read_time(raw: Any) -> Reading:
    """A wall time from "19:00", "7:00 PM", "7pm", "19:00:00", "19h30", "1930", "Noon" or nothing."""
    written = str(raw).strip().lower() if raw is not None else ""
    if not written:
        return Reading(None)
    named = _NAMED_TIMES.get(written.removeprefix("12:00 ").removeprefix("12 "))
    if named:
        return Reading(named)
    match = _TIME.fullmatch(written) or _DIGITS.fullmatch(written)
    if match and match.re is _DIGITS:
        return _clock(int(match[1]), int(match[2]))
    if not match or not (match[2] or match[3]):
        return Reading(None, "not a time")
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        if not 1 <= hour <= 12:
            # "19:00 PM" can be meant in one way only.
            return _clock(hour, minute) if hour > 12 and match[3] == "p" else _not_a_time()
        hour = hour % 12 + (12 if match[3] == "p" else 0)
    return _clock(hour, minute)


def _clock(hour: int, minute: int) -> Reading:
    if hour == 24 and minute == 0:
        return Reading(time(0), "taken as 00:00")
    return Reading(time(hour, minute)) if hour < 24 and minute < 60 else _not_a_time()


def _not_a_time() -> Reading:
    return Reading(None, "not a time")


def minutes_between(*, start: time, end: time) -> Reading:
    """The length of a meeting; an end at or before the start is past midnight, or plain wrong.

    The value is null where the end cannot be meant.
    """
    length = (_minute(end) - _minute(start)) % DAY or DAY
    if length <= LONGEST_LIKELY:
        return Reading(length)
    if end > start:
        return Reading(length, "more than twelve hours after the start")
    return Reading(None, "not after the start, and too long past midnight; one hour is assumed")


def read_length(raw: Any) -> Reading:
    """Minutes from "HH:MM:SS", up to 24 hours; null for nothing, zero and what is no length."""
    written = str(raw).strip() if raw is not None else ""
    if not written:
        return Reading(None)
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::\d{2})?", written)
    length = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else -1
    if not 0 <= length <= DAY:
        return Reading(None, "not a length of at most 24 hours")
    return Reading(length or None)


def _minute(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def read_date(raw: Any) -> Reading:
    """An instant in UTC from "2021-09-03 19:29:17", "8/28/2021" or nothing."""
    written = str(raw).strip() if raw is not None else ""
    if not written or written.startswith("0000"):
        return Reading(None)
    plain = re.sub(r"(\.\d+)?(Z|\+00:?00| UTC)?$", "", written)
    for form in _DATE_FORMATS:
        try:
            found = datetime.strptime(plain, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return Reading(found) if found.year >= 1970 else Reading(None, "not a date")
    return Reading(None, "not a date")


def read_point(latitude: Any, longitude: Any) -> Reading:
    """A pair of degrees or null; a half pair, a pair off the globe and 0, 0 are no place."""
    written = [str(part).strip() if part is not None else "" for part in (latitude, longitude)]
    if not any(written):
        return Reading(None)
    if not all(written):
        return Reading(None, "one coordinate without the other")
    remark = ""
    if all(map(_DECIMAL_COMMA.fullmatch, written)):
        written = [part.replace(",", ".") for part in written]
        remark = "a comma is taken for the decimal point"
    try:
        north, east = (float(part) for part in written)
    except ValueError:
        return Reading(None, "not coordinates")
    if not (math.isfinite(north) and math.isfinite(east) and abs(north) <= 90 and abs(east) <= 180):
        return Reading(None, "not on the globe")
    if abs(north) < 0.01 and abs(east) < 0.01:
        return Reading(None, "0, 0 is in the sea")
    return Reading((north, east), remark)


def read_flag(raw: Any) -> Reading:
    """True or False from yes and no in their usual spellings, null from nothing."""
    written = str(raw).strip().lower() if raw is not None else ""
    if written in ("yes", "true", "1", "y"):
        return Reading(True)
    if written in ("no", "false", "0", "n"):
        return Reading(False)
    return Reading(None, "not yes or no" if written else "")
