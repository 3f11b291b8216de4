"""Measures the score and every baseline on a log of what was due and what came."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aftercare.engagement import evaluation, log


class Command(BaseCommand):
    """Anybody can run it on a log of their own; needs no database."""

    help = "Replays a log through the facts and rules in use, and measures how well they notice."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One file, what is never split in two, and the choice of output."""
        parser.add_argument(
            "log", help=f"a CSV file in UTF-8 with the columns {','.join(log.COLUMNS)}"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--by",
            choices=("person", "group"),
            default="person",
            help="halve the log by person (default) or by group, for what is fitted on one half",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the figures; nothing is printed unless every row can be read."""
        try:
            people = log.read(path=Path(options["log"]))
            found = evaluation.evaluate(people=people, by=options["by"])
        except (log.BadLog, evaluation.NothingToMeasure) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=1))
            return
        for line in _lines(found):
            self.stdout.write(line)


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{found['rows']} cases of {found['people']} people; {found['base_rate']:.1%} kept none of "
        f"the next four. The score in use was fitted on {found['fitted_people']} of them, who are "
        "left out of its figures."
    )
    yield ""
    yield f"{'':17}" + "".join(f"{name:>15}" for name in _HEADS)
    for name, figures in found["scores"].items():
        if figures["auroc"] is None:
            yield f"{name:17}  {figures.get('reason', '')}"
        else:
            yield f"{name:17}" + "".join(f"{text:>15}" for text in _cells(figures))
    product = found["scores"]["product"]
    if product["auroc"] is not None:
        yield from _details(product)


_HEADS = (
    *("AUROC", "95 %", "av. precision", "95 %", "Brier", "slope", "precision 5/50"),
    *("recall 5/50", "alerts/50/week", "caught", "by last contact", "lead, days"),
)


def _cells(figures: dict[str, Any]) -> Iterator[str]:
    for name in ("auroc", "average_precision"):
        yield _number(figures[name])
        yield "-".join(_number(edge) for edge in figures["ci"][name] or ())
    yield _number(figures["brier"])
    yield _number(figures["calibration"]["slope"])
    yield from (_number(figures["at_5_of_50"][name]) for name in ("precision", "recall"))
    for name in ("alerts_per_50_week", "caught", "caught_by_last_contact", "median_lead_days"):
        yield _number(figures[name])


def _details(product: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield "product: what was said, and what came"
    for one in product["calibration"]["bins"]:
        yield f"  {one['n']:>7} cases  said {one['said']:6.1%}  came {one['came']:6.1%}"
    yield ""
    yield "product: by group"
    for name, one in product["by_group"].items():
        yield (
            f"  {name:24} {one['rows']:>7} cases  base {one['base_rate']:6.1%}  "
            f"AUROC {_number(one['auroc'])}  average precision {_number(one['average_precision'])}"
        )


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
