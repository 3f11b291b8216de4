"""`manage.py verify_audit`: whether anything of the record was altered, deleted, reordered or cut off."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aftercare import sealing

MOST_LINES = 20


def _head(text: str) -> sealing.Head:
    number, _, seal = text.partition(":")
    if not number.isdecimal() or len(seal) != len(sealing.Head().seal):
        raise ArgumentTypeError("write NUMBER:SEAL, as verify_audit prints it")
    return sealing.Head(int(number), seal)


class Command(BaseCommand):
    """Exit status 1 where something is broken; the last line is worth keeping somewhere else."""

    help = "Verify the chain of the record of who did and saw what, and name what is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--head", type=_head, help="a NUMBER:SEAL kept elsewhere, in place of the anchor file"
        )
        parser.add_argument(
            "--accept",
            action="store_true",
            help="take the newest row for the end of the chain, after a backup was put back",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["accept"]:
            head = sealing.accept()
            self.stdout.write(f"The record ends at {head.number}:{head.seal} from now on.")
        try:
            verdict = sealing.verify(anchor=options["head"])
        except sealing.NoAuditKey as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(sealing.as_json(verdict)))
        else:
            self._tell(verdict)
        if not verdict.is_whole:
            raise CommandError("The record was tampered with, or cut off.")

    def _tell(self, verdict: sealing.Verdict) -> None:
        self.stdout.write(f"{verdict.sealed} rows are sealed; {verdict.unsealed} wait for it.")
        for one in verdict.broken[:MOST_LINES]:
            self.stdout.write(f"Row {one.number} of the chain (id {one.id}): {one.what}.")
        if len(verdict.broken) > MOST_LINES:
            self.stdout.write(f"and {len(verdict.broken) - MOST_LINES} more")
        if verdict.anchor is None:
            self.stdout.write("There is no anchor on this machine: a cut end would not be seen.")
        if verdict.truncated:
            self.stdout.write(f"The newest {verdict.truncated} sealed rows are gone.")
        self.stdout.write(f"The newest link is {verdict.head.number}:{verdict.head.seal}")
