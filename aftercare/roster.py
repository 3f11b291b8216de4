"""Rosters of existing graduates: a CSV read forgivingly, checked row by row, and taken in as a whole."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext

from aftercare import enrolment, invitations, programs, roster_file
from aftercare.models import Invitation, Role, Track
from aftercare.record import Actor
from notifications import phone, quiet_hours
from notifications.models import Program

A_DAY = 10
LANGUAGES = ("en", "es")
# Month first, as the United States write it, beside the one everybody reads the same.
DATES = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y")
_LANGUAGE_NAMES = {"english": "en", "spanish": "es", "espanol": "es", "español": "es"}


@dataclass(frozen=True)
class RowError:
    """What is wrong in one field of one row; rows are counted as a spreadsheet shows them."""

    row: int
    field: str
    value: str
    reason: str


@dataclass(frozen=True)
class Row:
    """One good line: who comes in, and whose caseload they join."""

    number: int
    newcomer: enrolment.Newcomer
    counselor: Role | None


@dataclass
class Report:
    """What a list holds, and what became of it."""

    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    already_here: list[RowError] = field(default_factory=list)
    added: int = 0
    staged: int = 0
    first_on: date | None = None
    last_on: date | None = None

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values, for machines."""
        return {
            "rows": len(self.rows),
            "added": self.added,
            "staged": self.staged,
            "first_on": self.first_on.isoformat() if self.first_on else None,
            "last_on": self.last_on.isoformat() if self.last_on else None,
            "already_here": [vars(error) for error in self.already_here],
            "errors": [vars(error) for error in self.errors],
        }


def check(*, content: bytes, program: Program, allow_fictitious: bool = False) -> Report:
    """Read a list and say what would happen; nothing is changed. Raises roster_file.Unreadable."""
    report = Report()
    reader = _Reader(program=program, allow_fictitious=allow_fictitious)
    seen: dict[tuple[str, str], int] = {}
    for number, line in roster_file.lines(content):
        row, errors = reader.read(number, line)
        report.errors += errors
        if row is None:
            continue
        repeated = list(_repeated(row, seen)) or list(_known(row, program))
        report.already_here += repeated
        if not repeated:
            report.rows.append(row)
    return report


def take_in(
    *,
    content: bytes,
    program: Program,
    actor: Actor,
    at: datetime,
    asked_words: str = "",
    allow_fictitious: bool = False,
) -> Report:
    """Add everybody of a list and stage their invitations, ten a day; all rows are good, or none is taken.

    Links go out by e-mail where there is one; by text only with `asked_words`, by which staff
    vouch that each person asked for one text. Raises roster_file.Unreadable.
    """
    report = check(content=content, program=program, allow_fictitious=allow_fictitious)
    if report.errors:
        return report
    with transaction.atomic():
        days = _free_days(program=program, at=at)
        for row in report.rows:
            _take_in_row(
                row=row,
                program=program,
                actor=actor,
                at=at,
                asked_words=asked_words,
                days=days,
                report=report,
            )
    return report


def _take_in_row(
    *,
    row: Row,
    program: Program,
    actor: Actor,
    at: datetime,
    asked_words: str,
    days: Iterator[date],
    report: Report,
) -> None:
    graduate = enrolment.add(
        program=program,
        newcomer=row.newcomer,
        counselor=row.counselor,
        actor=actor,
        at=at,
        may_share=True,
    )
    report.added += 1
    way = _way(newcomer=row.newcomer, asked=bool(asked_words))
    if way is None:
        return
    if way == Invitation.Way.TEXT:
        invitations.attest(graduate=graduate, words=asked_words, actor=actor, at=at)
    day = next(days)
    invitations.stage(
        graduate=graduate, way=way, email=row.newcomer.email, send_on=day, actor=actor, at=at
    )
    report.staged += 1
    report.first_on = report.first_on or day
    report.last_on = day


def _way(*, newcomer: enrolment.Newcomer, asked: bool) -> Invitation.Way | None:
    if newcomer.email:
        return Invitation.Way.EMAIL
    return Invitation.Way.TEXT if newcomer.phone and asked else None


def _free_days(*, program: Program, at: datetime) -> Iterator[date]:
    """From tomorrow on, each staffed day ten times less what is staged for it already."""
    day = at.astimezone(ZoneInfo(program.time_zone)).date()
    staffed = [bool(hours) for hours in program.staffed_hours] or [True] * 7
    if not any(staffed):
        staffed = [True] * 7
    while True:
        day += timedelta(days=1)
        if not staffed[day.weekday()]:
            continue
        taken = Invitation.objects.filter(program=program, send_on=day).count()
        for _ in range(max(0, A_DAY - taken)):
            yield day


def _repeated(row: Row, seen: dict[tuple[str, str], int]) -> Iterator[RowError]:
    for name in ("phone", "email"):
        value = getattr(row.newcomer, name)
        if not value:
            continue
        earlier = seen.setdefault((name, value), row.number)
        if earlier != row.number:
            reason = gettext("Row %(row)s of the list has the same one.") % {"row": earlier}
            yield RowError(row.number, name, value, reason)


def _known(row: Row, program: Program) -> Iterator[RowError]:
    taken = enrolment.whose(program=program, phone=row.newcomer.phone, email=row.newcomer.email)
    for name in taken:
        reason = gettext("Somebody in the program has it already; this row is left out.")
        yield RowError(row.number, name, getattr(row.newcomer, name), reason)


# Reading one row


class _BadValue(ValueError):
    """One value cannot be used; its message is what the row's error says."""


class _Reader:
    """Reads the rows of a list for one program."""

    def __init__(self, *, program: Program, allow_fictitious: bool) -> None:
        self.program = program
        self.allow_fictitious = allow_fictitious
        self.counselors: Mapping[str, Role] = {
            role.user.email: role
            for role in programs.counselors(program=program)
            if role.user.email
        }

    def read(self, number: int, line: dict[str, str]) -> tuple[Row | None, list[RowError]]:
        """The row, or everything that is wrong in it."""
        errors: list[RowError] = []
        values: dict[str, Any] = {}
        for name, read in self._readers().items():
            raw = line.get(name, "")
            try:
                values[name] = read(raw)
            except _BadValue as error:
                errors.append(RowError(number, name, raw, str(error)))
        if errors:
            return None, errors
        counselor = values.pop("counselor_email")
        return Row(number, enrolment.Newcomer(**values), counselor), []

    def _readers(self) -> dict[str, Callable[[str], Any]]:
        return {
            "first_name": _required_name,
            "last_name": _name,
            "phone": self._phone,
            "email": _email,
            "tracks": _tracks,
            "graduated_on": _date,
            "language": _language,
            "time_zone": self._zone,
            "state": _state,
            "counselor_email": self._counselor,
        }

    def _phone(self, raw: str) -> str:
        if not raw:
            return ""
        try:
            return phone.parse(raw=raw, allow_fictitious=self.allow_fictitious).e164
        except phone.UnusablePhone as error:
            raise _BadValue(gettext(error.message)) from error

    def _zone(self, raw: str) -> str:
        if not raw:
            return self.program.time_zone
        if raw not in available_timezones():
            raise _BadValue(gettext("There is no such time zone. Write one like America/New_York."))
        return raw

    def _counselor(self, raw: str) -> Role | None:
        if not raw:
            return None
        role = self.counselors.get(raw.lower())
        if role is None:
            raise _BadValue(
                gettext("No counselor of the program has this e-mail. Invite them first.")
            )
        return role


def _state(raw: str) -> str:
    """A code or a name of a state."""
    codes = {name.upper(): code for code, name in quiet_hours.STATES.items()}
    code = codes.get(raw.upper(), raw.upper())
    if code and code not in quiet_hours.STATES:
        raise _BadValue(gettext("Write the two letters of the state, such as PA, or leave it out."))
    return code


def _name(raw: str) -> str:
    if raw.startswith(("=", "+", "@")):
        raise _BadValue(gettext("This looks like a formula. Write the name alone."))
    if len(raw) > 80:
        raise _BadValue(gettext("A name may have up to 80 letters."))
    return raw


def _required_name(raw: str) -> str:
    if not raw:
        raise _BadValue(gettext("A first name is needed."))
    return _name(raw)


def _email(raw: str) -> str:
    if raw:
        try:
            validate_email(raw)
        except ValidationError as error:
            raise _BadValue(gettext("This is no e-mail address.")) from error
    return raw.lower()


def _tracks(raw: str) -> tuple[str, ...]:
    words = [word.strip().lower().replace(" ", "_") for word in _split(raw)]
    names = {str(track.label).lower().replace(" ", "_"): track.value for track in Track}
    found = [names.get(word, word) for word in words]
    if not set(found) <= set(Track.values):
        raise _BadValue(
            gettext("Write one or more of: %(tracks)s.") % {"tracks": ", ".join(Track.values)}
        )
    return tuple(dict.fromkeys(found))


def _split(raw: str) -> Iterable[str]:
    return [part for part in raw.replace("|", ";").replace(",", ";").split(";") if part.strip()]


def _date(raw: str) -> date:
    for pattern in DATES:
        try:
            found = datetime.strptime(raw, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if 1990 <= found.year <= 2100:
            return found
    raise _BadValue(gettext("Write the date like 2026-03-31 or 3/31/2026."))


def _language(raw: str) -> str:
    code = _LANGUAGE_NAMES.get(raw.lower(), raw.lower()) or "en"
    if code not in LANGUAGES:
        raise _BadValue(gettext("Write en for English or es for Spanish."))
    return code
