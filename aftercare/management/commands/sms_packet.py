"""`manage.py sms_packet`: what phone companies ask for before they carry a program's texts."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aftercare import programs, registration
from aftercare.wording import SaysTooMuch
from notifications import clock
from notifications.models import Program


class Command(BaseCommand):
    """Markdown on the terminal, or in a file; what only the program knows stands in brackets."""

    help = "Write the brand, use case, opt-in flow, samples and pages for a registration of texts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--program", default="", help="its name, where there are several")
        parser.add_argument("--out", type=Path, metavar="FILE", help="write it into this file")

    def handle(self, *args: Any, **options: Any) -> None:
        program = _program(options["program"])
        try:
            programs.check_alias(alias=program.alias)
            words = registration.packet(program=program, at=clock.now())
        except (programs.TellingAlias, SaysTooMuch) as error:
            raise CommandError(str(error)) from error
        if options["out"] is None:
            self.stdout.write(words)
        else:
            _write(options["out"], words)
            self.stdout.write(f"Written to {options['out']}.")
        if not settings.PUBLIC_URL.startswith("https://"):
            self.stderr.write(
                f"PUBLIC_URL is {settings.PUBLIC_URL}: phone companies open the pages, so give "
                "them an https address first."
            )


def _program(name: str) -> Program:
    if name:
        found = programs.named(name=name)
        if found is None:
            raise CommandError(f"There is no program named “{name}”.")
        return found
    everything = list(Program.objects.order_by("name")[:2])
    if not everything:
        raise CommandError("There is no program yet. Run `python manage.py setup`.")
    if len(everything) > 1:
        raise CommandError("There are several programs. Name one by --program.")
    return everything[0]


def _write(path: Path, words: str) -> None:
    try:
        path.write_text(words, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror}).") from error
