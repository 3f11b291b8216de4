"""Takes in a list of graduates from a CSV file."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aftercare import programs, record, roster
from aftercare.roster_file import COLUMNS, Unreadable
from notifications import clock
from notifications.models import Program

ASKED_WORDS = "The operator vouches that everybody on the list asked for one text with a link."


class Command(BaseCommand):
    """All rows are good, or none is taken; links go out ten a day from the next staffed day on."""

    help = f"Add graduates from a CSV file with the columns {', '.join(COLUMNS)}."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file")
        parser.add_argument("--program", default="", help="name of the program they graduated from")
        parser.add_argument("--dry-run", action="store_true", help="check, and change nothing")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--asked",
            action="store_true",
            help="everybody on the list asked for one text with a link; else links go by e-mail only",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        program = _program(options["program"])
        content = _content(options["file"])
        try:
            report = self._read(program, content, options)
        except Unreadable as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
        else:
            self._tell(report, dry_run=options["dry_run"])
        if report.errors:
            raise SystemExit(1)

    def _read(self, program: Program, content: bytes, options: dict[str, Any]) -> roster.Report:
        known: dict[str, Any] = {
            "content": content,
            "program": program,
            "allow_fictitious": settings.ALLOW_FICTITIOUS_NUMBERS,
        }
        if options["dry_run"]:
            return roster.check(**known)
        asked_words = ASKED_WORDS if options["asked"] else ""
        return roster.take_in(**known, actor=record.PORTAL, at=clock.now(), asked_words=asked_words)

    def _tell(self, report: roster.Report, *, dry_run: bool) -> None:
        for error in (*report.errors, *report.already_here):
            self.stdout.write(f"row {error.row}, {error.field} {error.value!r}: {error.reason}")
        if report.errors:
            self.stdout.write("Nobody was added. Mend these rows and try again.")
        elif dry_run:
            self.stdout.write(f"{len(report.rows)} can be added; nothing was changed.")
        else:
            self.stdout.write(f"{report.added} added, {report.staged} links staged.")
        if report.staged:
            self.stdout.write(f"They go out from {report.first_on} to {report.last_on}.")


def _program(name: str) -> Program:
    everything = list(Program.objects.order_by("name"))
    if not name and len(everything) == 1:
        return everything[0]
    found = programs.named(name=name) if name else None
    if found is None:
        names = ", ".join(program.name for program in everything)
        raise CommandError(
            f"Name one of these with --program: {names}."
            if everything
            else "There is no program yet. Run `python manage.py setup` first."
        )
    return found


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(
            f"{path} cannot be read ({error.strerror}). Check the path and its permissions."
        ) from error
