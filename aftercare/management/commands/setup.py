"""Makes a real, empty installation: keys, tables, a program, and a link for its first lead."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from aftercare import duty, hours, programs
from aftercare.management.commands import make_keys
from aftercare.record import PORTAL
from notifications import clock, phone, text
from notifications.models import Program

OFFICE_HOURS = "Mon-Fri 09:00-17:00"
MOST_SEGMENTS = 3
NO_LIMIT = "none"


class BadAnswer(ValueError):
    """An answer cannot be used; the message names the remedy."""


@dataclass(frozen=True)
class Question:
    """One thing to know: its option, what is asked, how an answer is read."""

    option: str
    prompt: str
    read: Callable[[str], Any]
    example: str = ""

    @property
    def name(self) -> str:
        """Where the option's value is found."""
        return self.option.replace("-", "_")


def _line(most: int) -> Callable[[str], str]:
    def read(raw: str) -> str:
        if not raw:
            raise BadAnswer("An answer is needed here.")
        if len(raw) > most:
            raise BadAnswer(f"Use {most} letters or fewer.")
        return raw

    return read


def _alias(raw: str) -> str:
    alias = _line(40)(raw)
    try:
        programs.check_alias(alias=alias)
    except programs.TellingAlias as error:
        raise BadAnswer(str(error)) from error
    return alias


def _zone(raw: str) -> str:
    if raw not in available_timezones():
        near = sorted(name for name in available_timezones() if raw and raw.lower() in name.lower())
        hint = f" Did you mean {', '.join(near[:3])}?" if near else ""
        raise BadAnswer(f"There is no time zone {raw!r}. Write one like America/New_York.{hint}")
    return raw


def _hours(raw: str) -> list[hours.Windows]:
    try:
        return hours.week(raw)
    except hours.BadHours as error:
        raise BadAnswer(error.message) from error


def _phone(raw: str) -> str:
    return _number(raw, for_texts=False)


def _sending_number(raw: str) -> str:
    return _number(raw, for_texts=False) if raw else ""


def _number(raw: str, *, for_texts: bool) -> str:
    try:
        return phone.parse(
            raw=raw, for_texts=for_texts, allow_fictitious=settings.ALLOW_FICTITIOUS_NUMBERS
        ).e164
    except phone.UnusablePhone as error:
        raise BadAnswer(error.message) from error


def _crisis(raw: str) -> str:
    body = text.plain(raw)
    count = text.segments(body).count
    if not body or count > MOST_SEGMENTS:
        raise BadAnswer(f"Write 1 to {MOST_SEGMENTS} texts' worth of words; this is {count}.")
    return body


def _email(raw: str) -> str:
    try:
        validate_email(raw)
    except ValidationError as error:
        raise BadAnswer("This is no e-mail address. Write one like name@example.org.") from error
    return raw.lower()


def _pace(raw: str) -> float:
    try:
        pace = float(raw)
        programs.check_pace(segments_per_second=pace)
    except ValueError as error:
        raise BadAnswer(
            f"Write a number from {programs.SLOWEST:g} to {programs.FASTEST:g}."
        ) from error
    return pace


def _per_day(raw: str) -> int | None:
    if raw.lower() in ("", NO_LIMIT):
        return None
    try:
        most = int(raw)
        programs.check_pace(segments_per_day=most)
    except ValueError as error:
        least, highest = programs.LEAST_A_DAY, programs.MOST_A_DAY
        raise BadAnswer(f"Write {NO_LIMIT}, or a number from {least} to {highest}.") from error
    return most


PROGRAM = Question("program", "Name of the program", _line(120))
QUESTIONS = (
    Question("alias", "Neutral name that signs texts (it stands on lock screens)", _alias),
    Question("time-zone", "Time zone", _zone, "America/New_York"),
    Question("hours", "Staffed hours", _hours, OFFICE_HOURS),
    Question("phone", "Phone for calls", _phone, "(215) 555-0142"),
    Question("number", "Number to text from (empty: later)", _sending_number, "+12155550100"),
)
# Asked only where there is a number.
PACE = (
    Question(
        "pace",
        "Segments a second it may send (10DLC of a small brand 1, toll-free 3, short code 100)",
        _pace,
    ),
    Question("per-day", f"Segments a day phone companies take from it, or {NO_LIMIT}", _per_day),
)
CRISIS = (
    Question("crisis-text-en", "Text that answers crisis words, in English", _crisis),
    Question("crisis-text-es", "The same in Spanish", _crisis),
)
LEAD = Question("lead-email", "E-mail of the first program lead", _email, "name@example.org")

ALL = (PROGRAM, *QUESTIONS, *PACE, *CRISIS, LEAD)


class Command(BaseCommand):
    """Every question is also an option; a second run changes what is there and adds nothing twice."""

    help = "Make a real, empty installation and print a one-time link for the first program lead."
    requires_system_checks = []
    stealth_options = ("answer",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-input", action="store_true", help="ask nothing; use the options")
        for question in ALL:
            example = f", such as {question.example}" if question.example else ""
            parser.add_argument(f"--{question.option}", help=f"{question.prompt}{example}")
        parser.add_argument(
            "--write-env", type=Path, metavar="FILE", help="add missing keys to this file"
        )
        parser.add_argument(
            "--new-link", action="store_true", help="print a link although there is a lead"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.options = options
        self.ask_person: Callable[[str], str] = options.get("answer") or input
        self._check_options()
        self._provide_keys(options["write_env"])
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("sync_timetable", verbosity=0)
        program = self._provide_program()
        self._provide_lead(program)
        if not duty.is_on(program=program):
            self.stdout.write(
                "\nDanger pages nobody yet: texts of danger are answered, but no phone of staff"
                " rings.\nA lead switches that on under Program settings, Safety."
            )

    def _check_options(self) -> None:
        """A slip in an option is told before anything is made."""
        for question in ALL:
            if self.options[question.name] is not None:
                self._read_option(question, self.options[question.name])

    # Keys

    def _provide_keys(self, path: Path | None) -> None:
        missing = {name: value for name, value in make_keys.fresh().items() if not _is_set(name)}
        for name, value in missing.items():
            setattr(settings, name, value)
        if not missing:
            return
        lines = "".join(f"{name}={value}\n" for name, value in missing.items())
        if path is None and not self.options["no_input"]:
            said = self.ask_person("There are no keys yet. Write fresh ones to .env? [y/N] ")
            path = Path(".env") if said.strip().lower() in ("y", "yes") else None
        if path is None:
            self.stdout.write(
                "Keep these lines safe and put them into the environment; "
                f"without them nothing that is stored can be read again:\n{lines}"
            )
        else:
            _append(path, lines)
            self.stdout.write(f"Keys were written to {path}. Keep a copy in a safe place.")

    # The program

    def _provide_program(self) -> Program:
        first = Program.objects.order_by("pk").first()
        name = self._answer(PROGRAM, first.name if first else "")
        program = programs.named(name=name)
        now = _current(program)
        answers = {
            question.name: self._answer(question, now.get(question.name, ""))
            for question in QUESTIONS
        }
        for question in PACE if answers["number"] else ():
            answers[question.name] = self._answer(question, now[question.name])
        texts = now.get("crisis_texts") or programs.default_crisis_texts(
            alias=answers["alias"], phone=answers["phone"]
        )
        for question, language in zip(CRISIS, programs.LANGUAGES, strict=True):
            texts = {**texts, language: self._answer(question, texts.get(language, ""))}
        draft = programs.ProgramDraft(
            name=program.name if program else name,
            alias=answers["alias"],
            time_zone=answers["time_zone"],
            phone=answers["phone"],
            staffed_hours=answers["hours"],
            crisis_texts=texts,
            texting_on=program.texting_on if program else True,
            answers_strangers=program.answers_strangers if program else False,
        )
        return self._save(program, draft, answers)

    @transaction.atomic
    def _save(
        self, program: Program | None, draft: programs.ProgramDraft, answers: dict[str, Any]
    ) -> Program:
        at, number = clock.now(), answers["number"]
        if program is None:
            program = programs.create(draft=draft, at=at)
            self.stdout.write(f"“{program.name}” was made.")
        else:
            programs.change(program=program, draft=draft, actor=PORTAL, at=at)
            self.stdout.write(f"“{program.name}” was here already; it is as you say now.")
        if number:
            try:
                sender = programs.set_number(program=program, number=number)
            except programs.NumberTaken as error:
                raise CommandError(
                    f"Another program texts from {number}. Give another one with --number."
                ) from error
            programs.set_pace(
                sender=sender,
                segments_per_second=answers["pace"],
                segments_per_day=answers["per_day"],
                actor=PORTAL,
                at=at,
            )
        else:
            self.stdout.write("There is no number to text from yet; add one by --number later.")
        return program

    # Its lead

    def _provide_lead(self, program: Program) -> None:
        if programs.has_lead(program=program) and not self.options["new_link"]:
            self.stdout.write("It has a lead already. --new-link prints a link for another one.")
            return
        email = self._answer(LEAD, "")
        issued = programs.invite_first_lead(program=program, email=email, at=clock.now())
        self.stdout.write(
            f"\nOpen this link once, within three days, to become the first program lead:\n"
            f"\n  {issued.link}\n\n"
            "Then start the web server and `python manage.py cluster`."
        )

    # Asking

    def _answer(self, question: Question, default: str) -> Any:
        given = self.options[question.name]
        if given is not None or self.options["no_input"]:
            return self._read_option(question, given if given is not None else default)
        while True:
            example = f" (such as {question.example})" if question.example and not default else ""
            shown = f" [{default}]" if default else ""
            try:
                raw = self.ask_person(f"{question.prompt}{example}{shown}: ").strip()
            except EOFError as error:
                raise CommandError(
                    "There is nobody to ask. Use --no-input with the options; see --help."
                ) from error
            try:
                return question.read(raw or default)
            except BadAnswer as error:
                self.stderr.write(str(error))

    def _read_option(self, question: Question, raw: str) -> Any:
        try:
            return question.read(raw.strip())
        except BadAnswer as error:
            raise CommandError(f"--{question.option}: {error}") from error


def _is_set(name: str) -> bool:
    try:
        return bool(getattr(settings, name))
    except ImproperlyConfigured:
        return False


def _append(path: Path, lines: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(lines)
    except OSError as error:
        raise CommandError(
            f"{path} cannot be written ({error.strerror}). Name another file with --write-env."
        ) from error


def _current(program: Program | None) -> dict[str, Any]:
    """What is set already, as answers would say it; the defaults of a new program."""
    if program is None:
        return {"hours": OFFICE_HOURS, "pace": "1", "per_day": NO_LIMIT}
    sender = programs.sender_of(program=program)
    per_day = sender.segments_per_day if sender else None
    return {
        "alias": program.alias,
        "time_zone": program.time_zone,
        "hours": hours.write_week(program.staffed_hours),
        "phone": program.phone,
        "number": sender.number if sender else "",
        "pace": f"{sender.segments_per_second if sender else 1:g}",
        "per_day": NO_LIMIT if per_day is None else str(per_day),
        "crisis_texts": program.crisis_texts,
    }
