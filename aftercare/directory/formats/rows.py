"""Pure: one object of a source, read field by field, with a report of what could not be used."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from aftercare.directory import codes
from aftercare.directory.cleaning import clean_line, clean_text
from aftercare.directory.formats.links import LONGEST_LINK, Link
from aftercare.directory.formats.values import Reading
from aftercare.directory.listing import Problem

# More of a text than anybody reads on a phone.
LONGEST_TEXT = 5000
LONGEST_VALUE = 200
# Fields that everybody and every machine reads, in which groups write their passcode all the same:
# "Password: kettle", "PW 1234". A word without a sign before it is one only if it has a digit.
_OPEN_TO_ALL = frozenset({"name", "group", "location", "location_notes", "notes", "group_notes"})
_PASSCODE = re.compile(
    r"\b(?:"
    # After a sign, all up to the end of the clause; without one, a word with a digit.
    r"(?:pass ?(?:word|code)|pwd?|pin|access code|contrase\u00f1a|clave(?: de acceso)?)\s*[:=]\s*"
    r"[^\s;()\[\]]+(?:(?<![.,])[^\S\n][^\n.;,()\[\]]*)?"
    r"|(?:pass ?(?:word|code)|pwd?|access code|contrase\u00f1a)(?:\s+(?:is|es|#))?\s+"
    r"[^\s;()\[\]]*\d[^\s;()\[\]]*)",
    re.IGNORECASE,
)
_LEFT_OVER = re.compile(r"\(\s*\)|\[\s*\]")
_IGNORED = ("ONL",)
_CLOSED = "TC"


@dataclass(slots=True)
class Row:
    """An object of a source; `names` gives the source's own name of a field for the report."""

    number: int
    raw: Mapping[str, Any]
    problems: list[Problem]
    names: Mapping[str, str] = field(default_factory=dict)
    # What was taken out of fields that are no place for it.
    passcodes: list[str] = field(default_factory=list)

    def report(self, name: str, value: Any, reason: str) -> None:
        """Note that a value could not be used as it stands."""
        written = clean_line(str(value)[:1000])[:LONGEST_VALUE] if value is not None else ""
        own, reason = self.names.get(name, name), reason[:LONGEST_VALUE]
        self.problems.append(Problem(row=self.number, field=own, value=written, reason=reason))

    def take(self, name: str, read: Callable[[Any], Reading]) -> Any:
        """A field's value through its reader, with the reader's remark reported."""
        raw = self._short(name)
        reading = read(raw)
        if reading.remark:
            self.report(name, raw, reading.remark)
        return reading.value

    def take_link(self, name: str, read: Callable[[Any], Link]) -> Link:
        """A link or number through its reader, with the reader's remark reported."""
        raw = self._short(name)
        link = read(raw)
        if link.remark:
            self.report(name, raw, link.remark)
        return link

    def _short(self, name: str) -> Any:
        """A field as no more text than a reader of one value should have to look at."""
        raw = self.raw.get(name)
        return raw[: 2 * LONGEST_LINK] if isinstance(raw, str) else raw

    def line(self, name: str, longest: int = 255) -> str:
        """A field as one line of plain text."""
        return self._text(name, clean_line, longest)

    def text(self, name: str) -> str:
        """A field as plain text with its line ends."""
        return self._text(name, clean_text, LONGEST_TEXT)

    def _text(self, name: str, clean: Callable[[str], str], longest: int) -> str:
        raw = self.raw.get(name)
        if raw is None or raw == "":
            return ""
        if isinstance(raw, dict | list):
            self.report(name, raw, "not text")
            return ""
        text = clean(str(raw)[: 4 * LONGEST_TEXT])
        if name in _OPEN_TO_ALL and _PASSCODE.search(text):
            text = clean(self._without_passcodes(name, text))
        if len(text) > longest:
            self.report(name, text, f"longer than {longest} characters; cut")
            return text[:longest].rstrip()
        return text

    def _without_passcodes(self, name: str, text: str) -> str:
        for found in dict.fromkeys(match[0] for match in _PASSCODE.finditer(text)):
            if found not in self.passcodes:
                self.passcodes.append(found)
                self.report(name, found, "a passcode; kept with how to join")
        return _LEFT_OVER.sub(" ", _PASSCODE.sub(" ", text)).strip(" ,;|/-")

    def timezone(self, name: str, default: str) -> str:
        """An IANA zone, or the feed's where the row names none or no real one."""
        written = self.line(name)
        if not written or written in zones():
            return written or default
        self.report(name, written, "not a time zone; the feed's is used")
        return default

    def types(self, name: str, fellowship: str) -> "Types":
        """The type codes of a row and what they mean in that fellowship."""
        found = Types()
        for written in self._codes(name):
            if written.upper() in _IGNORED:
                continue
            known = codes.find(written=written, fellowship=fellowship)
            if written.upper() == _CLOSED:
                known = codes.Type(code=_CLOSED, tags=())
            if known is None:
                self.report(name, written, "not a type of this fellowship; kept, not searchable")
                known = codes.Type(code=written[:40], tags=())
            found.add(known)
        if {"open", "closed"} <= set(found.tags):
            self.report(name, ", ".join(found.written), "both open and closed")
        return found

    def _codes(self, name: str) -> Iterable[str]:
        raw = self.raw.get(name)
        if isinstance(raw, str):
            raw = raw.replace(";", ",").split(",")
        elif not isinstance(raw, list):
            raw = [] if raw is None else [raw]
        for one in raw:
            if one is None or isinstance(one, dict | list):
                self.report(name, one, "not a type")
                continue
            written = clean_line(str(one)).strip("[](){} \"'")
            if written:
                yield written


@dataclass(slots=True)
class Types:
    """The codes of a row in the source's order, and the tags they mean."""

    written: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    def add(self, known: codes.Type) -> None:
        """Take one more code in, once."""
        if known.code not in self.written:
            self.written.append(known.code)
            self.tags.extend(tag for tag in known.tags if tag not in self.tags)

    @property
    def room_is_open(self) -> bool:
        """No code says that the place is closed for the time being."""
        return _CLOSED not in self.written


@cache
def zones() -> frozenset[str]:
    """Every IANA zone this machine knows."""
    return frozenset(available_timezones())
