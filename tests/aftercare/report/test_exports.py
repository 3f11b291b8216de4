"""Taking the report out: the reason, the record, and who is told."""

import re
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from aftercare.models import AuditEntry, ReportExport, Role, Track
from aftercare.record import Actor
from aftercare.report import exports, paper
from aftercare.report.tables import Report
from notifications.models import Message, Program, Sender
from tests import build

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
REASON = "For the board, the yearly report"

pytestmark = pytest.mark.django_db


def taken(program: Program, actor: Actor, reason: str = REASON) -> Report:
    return exports.take_out(
        program=program, days=90, form=ReportExport.Form.PDF, reason=reason, actor=actor, at=AT
    )


def test_take_out_is_on_record_with_its_reason_and_told_to_every_lead() -> None:
    program = build.program()
    lead = build.role(program=program, kind=Role.Kind.LEAD, name="Dana Reyes")
    other = build.role(program=program, kind=Role.Kind.LEAD, user=build.user(language="es"))
    build.role(program=program)
    build.role(
        program=program, kind=Role.Kind.LEAD, user=build.user(), until=AT - timedelta(days=1)
    )

    report = taken(program, Actor(user=lead.user, role="lead"))

    row = ReportExport.objects.get()
    assert (row.program, row.taken_by, row.form, row.days, row.reason, row.at) == (
        program,
        lead.user,
        "pdf",
        90,
        REASON,
        AT,
    )
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.thing, entry.thing_uid, entry.actor, entry.program) == (
        "exported",
        "reportexport",
        row.uid,
        lead.user,
        program,
    )
    mails = {mail.address.value: mail.body for mail in Message.objects.all()}
    assert set(mails) == {lead.user.email, other.user.email}
    assert f"The reason given: {REASON}" in mails[str(lead.user.email)]
    assert "Dana Reyes took out the report of the last 90 days" in mails[str(lead.user.email)]
    assert f"El motivo: {REASON}" in mails[str(other.user.email)]
    assert (report.program, report.days) == (program, 90)


@pytest.mark.parametrize("reason", ["", "   ", "why not?"])
def test_take_out_wants_a_reason(reason: str) -> None:
    program = build.program()

    with pytest.raises(exports.NoReason):
        taken(program, Actor(), reason)

    assert (ReportExport.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_take_out_without_a_mailbox_is_on_record_all_the_same() -> None:
    program = build.program()
    build.role(program=program, kind=Role.Kind.LEAD)
    Sender.objects.create(program=program, channel=Sender.Channel.EMAIL, is_on=False)

    taken(program, Actor())

    assert (ReportExport.objects.count(), Message.objects.count()) == (1, 0)


def test_files_hold_every_figure_with_what_it_counts() -> None:
    program = build.program()
    for number in range(12):
        tracks = [Track.MOOD if number < 3 else Track.TRAUMA]
        build.graduate(program=program, with_phone=False, tracks=tracks)
    report = taken(program, Actor())

    text = "".join(exports.as_csv(report=report))
    pages = paper.render(report=report, period="January to March", note="Small ones", at=AT)

    rows = text.splitlines()
    assert rows[0] == ('\ufeff"Figure","Who","Value","Part","Whole","Counted","Out of","Left out"')
    assert '"People","Everybody",12,"",12,' in rows[1]
    assert any(row.startswith('"Reply rate","Everybody","hidden","",""') for row in rows)
    assert pages.startswith(b"%PDF-")
    # Each group once, whatever the order of the file; of small ones only that they are hidden.
    words = printed(pages)
    assert [
        words.count(group) for group in ("Everybody", "Mental health", "Quarter 1 of 2026")
    ] == [1, 1, 1]
    assert "hidden" not in words
    assert words[words.index("Mental health") + 1] == "All its figures are hidden."


def printed(pages: bytes) -> list[str]:
    """What a PDF says, piece by piece."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", pages, re.DOTALL)
    plain = [zlib.decompress(one).decode("latin-1") for one in streams if one[:1] == b"x"]
    return re.findall(r"\((.*?)(?<!\\)\) Tj", "".join(plain), re.DOTALL)
