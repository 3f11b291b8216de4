"""`manage.py import_feed`: read one source of meetings into the directory, or say what would happen."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aftercare import news
from aftercare.directory import feeds, importing, vocabulary
from aftercare.models.directory import Feed
from aftercare.recurrence import UnknownTimeZone, load_zone
from notifications import clock

HELD, WRONG = 3, 2


class Command(BaseCommand):
    """Exit status: 0 applied (or a dry run), 2 a wrong argument or a source that cannot be opened,
    3 held for a person."""

    help = "Read a feed of support meetings into the directory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "name", help="the name of the feed; the same name updates the same meetings"
        )
        parser.add_argument("source", help="a path, or an address that begins with https://")
        parser.add_argument("--kind", choices=Feed.Kind.values, help="the format of the source")
        parser.add_argument("--fellowship", help="whose meetings: aa, na, al-anon, eda, ...")
        parser.add_argument(
            "--timezone", help="the zone of meetings that name none: America/New_York"
        )
        parser.add_argument("--dry-run", action="store_true", help="report only, write nothing")
        parser.add_argument(
            "--json", action="store_true", help="print the report as one JSON object"
        )
        parser.add_argument(
            "--accept-shrink",
            action="store_true",
            help="apply although more than 20 percent of the active meetings are missing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        feed = self._feed(options)
        try:
            fetched = feeds.fetch(source=feed.source)
        except feeds.Unreachable as error:
            raise CommandError(f"{feed.source}: {error}", returncode=WRONG) from None
        if not options["dry_run"]:
            feed.save()
        at = clock.now()
        outcome = importing.apply(
            feed=feed,
            body=fetched.body or b"",
            at=at,
            accept_shrink=options["accept_shrink"],
            dry_run=options["dry_run"],
        )
        if not options["dry_run"]:
            news.tell(at=at)
        self._print(outcome.report, as_json=options["json"])
        if outcome.report.held:
            reason = outcome.report.reason or ""
            hint = " If that is right: --accept-shrink." * reason.startswith(importing.SHRUNK)
            raise CommandError(f"Held, nothing was changed: {reason}.{hint}", returncode=HELD)

    def _feed(self, options: dict[str, Any]) -> Feed:
        """The feed of that name with what the arguments say of it, not saved yet."""
        feed = Feed.objects.filter(name=options["name"]).first() or Feed(name=options["name"])
        feed.source = options["source"]
        feed.enabled = feeds.is_address(feed.source)
        for name in ("kind", "fellowship", "timezone"):
            value = options[name] or getattr(feed, name)
            if not value:
                raise CommandError(f"A new feed needs --{name}.", returncode=WRONG)
            setattr(feed, name, value)
        if feed.fellowship not in vocabulary.FELLOWSHIPS:
            known = ", ".join(vocabulary.FELLOWSHIPS)
            message = f'There is no fellowship "{feed.fellowship}". Choose from: {known}.'
            raise CommandError(message, returncode=WRONG)
        try:
            load_zone(feed.timezone)
        except UnknownTimeZone as error:
            raise CommandError(str(error), returncode=WRONG) from None
        if len(feed.name) > 100 or len(feed.source) > 1000:
            raise CommandError("The name or the source is too long.", returncode=WRONG)
        return feed

    def _print(self, report: importing.Report, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False))
            return
        for warning in report.warnings:
            where = f"row {warning['row']}, " if warning["row"] else ""
            value = f' "{warning["value"]}"' if warning["value"] else ""
            self.stdout.write(f"{where}{warning['field']}{value}: {warning['reason']}")
        counts = report.as_dict()
        names = ("added", "changed", "unchanged", "retired", "absent", "rejected")
        self.stdout.write(
            f"{report.rows} rows, {report.listings} listings: "
            + ", ".join(f"{counts[name]} {name}" for name in names)
        )
