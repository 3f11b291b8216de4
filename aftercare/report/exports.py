"""Taking the figures of a program out of the house: with a reason, on record, and told to its leads."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from aftercare import csv_file, mail, record
from aftercare.models import AuditEntry, ReportExport, Role
from aftercare.record import Actor
from aftercare.report import sharing, tables
from aftercare.report.sharing import Line
from aftercare.report.tables import Report
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Program

LEAST_LETTERS = 10


class NoReason(ValueError):
    """An export needs a reason, of LEAST_LETTERS letters or more."""


@transaction.atomic
def take_out(
    *, program: Program, days: int, form: str, reason: str, actor: Actor, at: datetime
) -> Report:
    """The figures of everybody and of each group, for sharing.lines; never of one person.

    Recorded with its reason, and told to the leads of the program by mail. `form` is one of
    ReportExport.Form. Raises NoReason.
    """
    words = reason.strip()
    if len(words) < LEAST_LETTERS:
        raise NoReason
    row = ReportExport.objects.create(
        program=program, taken_by=actor.user, form=form, days=days, reason=words, at=at
    )
    record.write(actor=actor, verb=AuditEntry.Verb.EXPORTED, thing=row, program=program, at=at)
    _tell_leads(row)
    return tables.read(program=program, at=at, days=days, with_all=True)


def _tell_leads(row: ReportExport) -> None:
    leads = Role.objects.filter(program=row.program, kind=Role.Kind.LEAD, until__isnull=True)
    for role in leads.select_related("user").order_by("pk"):
        if not role.user.email:
            continue
        subject, body = mail.render(
            name="report_taken_out",
            language=role.user.language,
            alias=row.program.alias,
            who=row.taken_by.name if row.taken_by else "",
            days=row.days,
            reason=row.reason,
        )
        # Where the program's mailbox is switched off, the record tells it alone.
        with suppress(outbox.NoSender):
            mail.queue(
                program=row.program,
                to=role.user.email,
                subject=subject,
                body=body,
                kind=Kind.REPLY,
                key=f"export:{row.uid}:{role.user_id}",
                at=row.at,
            )


def as_csv(*, report: Report) -> Iterator[str]:
    """The file, piece by piece, with what each figure counts beside it."""
    header = [
        _("Figure"),
        _("Who"),
        _("Value"),
        _("Part"),
        _("Whole"),
        _("Counted"),
        _("Out of"),
        _("Left out"),
    ]
    # At once, for the language is at hand now, and they are few.
    rows = [_row(line) for line in sharing.lines(report=report)]
    return csv_file.lines(header=header, rows=rows)


def _row(line: Line) -> list[csv_file.Value]:
    meaning = line.meaning
    words = [str(meaning.counted), str(meaning.out_of), str(meaning.left_out)]
    return [line.figure, line.group, line.value, line.part, line.whole, *words]
