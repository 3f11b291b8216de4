"""Pure: addresses and regions, and whether an address leads to a door."""

import re

_STATE_AND_ZIP = re.compile(r"(?:[A-Z]{2}\.?|[A-Z][a-z]+)?\s*\d{5}(?:-\d{4})?")
_NUMBER_FIRST = re.compile(
    r"#?(?:[NSEW]?\d+[A-Za-z]?\d*(?:[-/]\d+\w*)?|one|two|three|four|five|six|seven|eight|nine|ten)"
    r"\s+\w",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)\b", re.IGNORECASE)
_NUMBER_LAST = re.compile(r"\D+\s\d{1,4}[A-Za-z]?(?:[-/]\d+\w*)?")
_POSTCODE_FIRST = re.compile(r"\d{4,5}\s+(?:[A-Z]{2}\s+)?[^\W\d]+")
_AMERICA = {"usa", "us", "united states", "u.s.a.", "united states of america"}


def compose(*, street: str, city: str, state: str, postcode: str, country: str) -> str:
    """One line from the parts of an address; a part that is missing leaves no gap."""
    place = " ".join(filter(None, [state, postcode]))
    return ", ".join(part for part in (street.strip(" ,"), city, place, country) if part)


def leads_to_a_door(address: str) -> bool:
    """Whether an address names a street and a house number."""
    parts = [part.strip() for part in address.split(",")]
    american = len(parts) == 1 or parts[-1].lower() in _AMERICA or _ends_in_zip(parts[-1])
    return any(
        _is_door(part, american=american, first=number == 0) for number, part in enumerate(parts)
    )


def _ends_in_zip(part: str) -> bool:
    return bool(re.search(r"\b[A-Z]{2}\.?,?\s+\d{5}(-\d{4})?$", part)) or bool(
        re.fullmatch(r"\d{5}(-\d{4})?", part)
    )


def _is_door(part: str, *, american: bool, first: bool) -> bool:
    if _STATE_AND_ZIP.fullmatch(part):
        return False
    if _NUMBER_FIRST.match(part) and not _ORDINAL.match(part):
        return american or first or not _POSTCODE_FIRST.fullmatch(part)
    return not american and bool(_NUMBER_LAST.fullmatch(part))
