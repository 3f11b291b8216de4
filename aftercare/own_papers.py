"""A copy of own data as files: JSON for machines, CSV for spreadsheets, PDF for people."""

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from aftercare import csv_file, own_data, record
from aftercare.models import AuditEntry, Graduate
from aftercare.own_data import Copy
from aftercare.record import Actor


@transaction.atomic
def take(*, graduate: Graduate, form: str, actor: Actor, at: datetime) -> bytes:
    """One file with all that is known of a graduate, a key of FORMS, put on record."""
    record.write(actor=actor, verb=AuditEntry.Verb.EXPORTED, thing=graduate, at=at)
    return FORMS[form](own_data.gather(graduate=graduate, at=at))


def as_json(copy: Copy) -> bytes:
    """One object: `tables` by name, each a list of rows; `left_out` with reasons."""
    whole = {
        "made_at": copy.at.isoformat(),
        "tables": {part.name: part.rows for part in copy.parts},
        "left_out": dict(copy.left_out),
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def as_csv(copy: Copy) -> bytes:
    """A zip file with one sheet for each table that has rows, and one for what is left out."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
        for part in copy.parts:
            if part.rows:
                head = list(part.rows[0])
                body = ([_cell(row[name]) for name in head] for row in part.rows)
                folder.writestr(f"{part.name}.csv", _sheet(head, body))
        why = ([name, reason] for name, reason in copy.left_out.items())
        folder.writestr("left_out.csv", _sheet(["what", "why"], why))
    return packed.getvalue()


def _sheet(head: list[str], rows: Iterable[list[str]]) -> str:
    return "".join(csv_file.lines(header=head, rows=rows))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def as_pdf(copy: Copy) -> bytes:
    """Pages with a title for each table that has rows, newest last, in the zone and language in force."""
    # Only a PDF needs its library, which brings a library of pictures with it.
    from aftercare.directory import pdf

    day = formats.date_format(timezone.localtime(copy.at), "DATE_FORMAT")
    paper = pdf.Pages(title=_("Your data, %(day)s") % {"day": day}, at=copy.at)
    paper.put_words(
        _(
            "This is your own copy. Keep it where nobody else can read it. The other files have every detail."
        )
    )
    for part in copy.parts:
        if part.lines:
            paper.put_heading(part.title)
        for when, words in part.lines:
            paper.put_words(f"{_day(when)}  {words}".strip())
    paper.put_heading(_("What is not in it"))
    for reason in sorted(set(copy.left_out.values())):
        paper.put_words(f"- {reason}")
    return paper.body()


def _day(when: Any) -> str:
    if isinstance(when, datetime):
        return formats.date_format(timezone.localtime(when), "SHORT_DATETIME_FORMAT")
    return formats.date_format(when, "SHORT_DATE_FORMAT") if when else ""


FORMS: dict[str, Callable[[Copy], bytes]] = {"json": as_json, "csv": as_csv, "pdf": as_pdf}
