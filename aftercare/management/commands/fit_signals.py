"""Fits the score anew and writes its curves, with where they come from, into the files it is read from."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from aftercare.engagement import fitting, log, replay, score
from aftercare.engagement.log import Person
from aftercare.engagement.replay import Case

ABOUT = (
    "How likely somebody keeps none of the next four things due, in points: the odds of somebody "
    "steady, as a power of two, are `start`; each point doubles them. Each curve gives points at "
    "some numbers, straight between them and level outside. `manage.py fit_signals` writes this."
)
# All further logs together weigh half as much as the first, which is the one most like a program:
# they lend their shape where it is thin, as in answers given late.
FURTHER = 0.5


class Command(BaseCommand):
    """The same logs give the same files, bit for bit; needs no database."""

    help = "Fits the score to logs of what was due and what came. The log most like yours is first."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The logs with their sources, how many people to keep apart, and where to write."""
        parser.add_argument("logs", nargs="+", help="CSV files, as evaluate_signals reads them")
        parser.add_argument(
            "--source",
            action="append",
            default=[],
            help="where a log comes from and its licence, once for each log in their order",
        )
        parser.add_argument(
            "--everybody",
            action="store_true",
            help="fit on all; without it every second person, by hashed id, is kept for measuring",
        )
        parser.add_argument("--output", help="a folder; without it, the files in use are replaced")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the curves and the hashed ids of the people they were fitted on."""
        paths = [Path(name) for name in options["logs"]]
        if len(options["source"]) != len(paths):
            raise CommandError("Give one --source for each log, so that all know where it is from.")
        try:
            people = [_chosen(log.read(path=path), options["everybody"]) for path in paths]
            cases = [list(replay.play(people=some)) for some in people]
            model = _fit(cases)
        except (log.BadLog, ValueError) as error:
            raise CommandError(str(error)) from error
        content = {
            "about": ABOUT,
            "fitted_on": [
                _provenance(*one)
                for one in zip(paths, options["source"], people, cases, strict=True)
            ],
            "start": model.start,
            "terms": model.curves,
        }
        curves, names = _files(options["output"])
        curves.write_text(_readable(content), encoding="utf-8")
        hashes = sorted({score.hashed(case.person) for some in cases for case in some})
        names.write_text("\n".join([*hashes, ""]), encoding="utf-8")
        self.stdout.write(f"Fitted on {len(hashes)} people. Written: {curves}, {names}")


def _files(folder: str | None) -> tuple[Path, Path]:
    if folder is None:
        return score.FILE, score.PEOPLE
    return Path(folder) / score.FILE.name, Path(folder) / score.PEOPLE.name


def _chosen(people: Sequence[Person], is_everybody: bool) -> list[Person]:
    return [one for one in people if is_everybody or int(score.hashed(one.name), 16) % 2 == 0]


def _fit(logs: Sequence[Sequence[Case]]) -> score.Model:
    first = len(logs[0])
    further = sum(map(len, logs[1:]))
    return fitting.fit(
        numbers=np.array(
            [score.values(case.pattern) for some in logs for case in some], dtype=float
        ),
        lost=np.array([case.is_lost for some in logs for case in some], dtype=bool),
        weights=np.concatenate(
            [np.ones(first), np.full(further, FURTHER * first / further if further else 1.0)]
        ),
        logs=np.repeat(np.arange(len(logs), dtype=float), [len(some) for some in logs]),
    )


def _provenance(
    path: Path, source: str, people: Sequence[Person], cases: Sequence[Case]
) -> dict[str, Any]:
    return {
        "log": path.name,
        "sha256": sha256(path.read_bytes()).hexdigest(),
        "source": source,
        "people": len({case.person for case in cases}),
        "cases": len(cases),
        "lost": sum(case.is_lost for case in cases),
        "first_due_on": min(one.dues[0].due_at for one in people if one.dues).date().isoformat(),
        "last_due_on": max(one.dues[-1].due_at for one in people if one.dues).date().isoformat(),
    }


def _readable(content: dict[str, Any]) -> str:
    """JSON with each curve on a line of its own."""
    curves = content["terms"]
    plain = json.dumps({**content, "terms": {}}, indent=2, ensure_ascii=False)
    terms = ",\n".join(
        f"    {json.dumps(term)}: {{\n"
        + ",\n".join(
            f"      {json.dumps(part)}: {json.dumps(curve)}" for part, curve in parts.items()
        )
        + "\n    }"
        for term, parts in curves.items()
    )
    return plain.replace('"terms": {}', '"terms": {\n' + terms + "\n  }") + "\n"
