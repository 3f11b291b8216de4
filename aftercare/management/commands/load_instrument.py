"""`manage.py load_instrument`: the official words of a questionnaire, from a FHIR R4 Questionnaire file."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aftercare import questionnaires
from aftercare.instruments import fhir
from aftercare.instruments.structure import structures
from aftercare.questionnaires import LANGUAGES, Disagrees, Kept, LicenceNeeded, OtherLanguage
from notifications import clock

WRONG, DISAGREES = 2, 3


class Command(BaseCommand):
    """Exit status: 0 loaded, or here already; 2 a wrong argument, or no Questionnaire that can be read;
    3 a Questionnaire that disagrees with the structure. Nothing is kept after 2 and 3."""

    help = "Load the words of a questionnaire from a FHIR R4 Questionnaire file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a FHIR R4 Questionnaire as JSON")
        parser.add_argument(
            "--language", choices=LANGUAGES, default="", help="the language of its words"
        )
        parser.add_argument(
            "--instrument",
            choices=sorted(structures()),
            default="",
            help="which questionnaire it is, where the file does not say",
        )
        parser.add_argument(
            "--licence", default="", help="the licence you hold, for words that need one"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = options["json"]
        try:
            kept = questionnaires.load(
                body=_body(Path(options["file"])),
                language=options["language"],
                instrument=options["instrument"],
                licence=options["licence"],
                at=clock.now(),
            )
        except Disagrees as error:
            self._refuse(error, as_json=as_json)
        except (fhir.Unreadable, OSError, OtherLanguage, LicenceNeeded) as error:
            raise self._wrong(_remedy(options["file"], error), as_json=as_json) from None
        else:
            self._tell(kept, as_json=as_json)

    def _tell(self, kept: Kept, *, as_json: bool) -> None:
        row = kept.wording
        if as_json:
            self._print(
                status="loaded" if kept.is_new else "unchanged",
                instrument=row.instrument,
                language=row.language,
                version=row.version,
                items=len(row.words["items"]),
                licence=row.licence,
                source=row.source,
                checksum=row.checksum,
                disagreements=[],
            )
            return
        name = f"{structures()[row.instrument].name} ({row.language}), version {row.version}"
        self.stdout.write(f"{name}: " + ("loaded." if kept.is_new else "here already."))
        self.stdout.write(f"{len(row.words['items'])} questions, SHA-256 {row.checksum}")
        self.stdout.write(f"Licence: {row.licence}")
        self.stdout.write(f"Source: {row.source}")

    def _refuse(self, error: Disagrees, *, as_json: bool) -> None:
        found = [{"item": one.item, "reason": one.reason} for one in error.disagreements]
        if as_json:
            self._print(status="refused", instrument=error.structure.code, disagreements=found)
        else:
            for one in error.disagreements:
                self.stdout.write(str(one))
        count = f"{len(found)} disagreements with the structure of {error.structure.name}"
        raise CommandError(f"Nothing was kept: {count}.", returncode=DISAGREES)

    def _wrong(self, reason: str, *, as_json: bool) -> CommandError:
        if as_json:
            self._print(status="unreadable", reason=reason, disagreements=[])
        return CommandError(reason, returncode=WRONG)

    def _print(self, **report: Any) -> None:
        self.stdout.write(json.dumps(report, ensure_ascii=False))


def _body(path: Path) -> bytes:
    """No more of a file than decides whether it is too large."""
    with path.open("rb") as file:
        return file.read(fhir.LARGEST + 1)


def _remedy(name: str, error: Exception) -> str:
    if isinstance(error, OtherLanguage):
        return (
            f'{name} is in the language "{error}". Choose --language from: {", ".join(LANGUAGES)}.'
        )
    if isinstance(error, LicenceNeeded):
        return f"These words need a licence. {error} Name yours with --licence."
    if isinstance(error, OSError):
        return f"Cannot open {name}: {error.strerror}. Check the name."
    return f"{name}: {error}."
