from datetime import timedelta
from uuid import uuid4

import pytest

from aftercare.directory import reports
from aftercare.models import AuditEntry, MeetingReport
from aftercare.record import Actor
from tests import build
from tests.feeds import AT, imported, row

pytestmark = pytest.mark.django_db


def test_report_waits_with_its_row_until_somebody_looked_into_it() -> None:
    (meeting,) = imported(row())
    reports.report(meeting=meeting, kind="time", words="  It is at 8. ", at=AT)
    reports.report(meeting=meeting, kind="link", words="", at=AT - timedelta(hours=1))

    waiting = reports.waiting()
    assert [(one.meeting, one.kind, one.words) for one in waiting] == [
        (meeting, "link", ""),
        (meeting, "time", "It is at 8."),
    ]
    program, user = build.program(), build.user()
    reports.settle(uid=waiting[0].uid, program=program, actor=Actor(user=user), at=AT)

    assert [one.kind for one in reports.waiting()] == ["time"]
    done = MeetingReport.objects.get(kind="link")
    assert (done.settled_at, done.settled_by) == (AT, user)
    assert AuditEntry.objects.get().thing_uid == done.uid
    for uid in (done.uid, uuid4()):
        with pytest.raises(reports.NoSuchReport):
            reports.settle(uid=uid, program=program, actor=Actor(user=user), at=AT)


def test_reports_of_one_entry_and_of_one_hour_are_bounded() -> None:
    first, *others = imported(*(row(name=f"G{n}", slug=f"g{n}", day=n) for n in range(5)))
    kept = [
        reports.report(meeting=first, kind="other", words=f"{number}", at=AT)
        for number in range(reports.MOST_OPEN + 1)
    ]
    assert kept == [True] * reports.MOST_OPEN + [False]

    MeetingReport.objects.bulk_create(
        MeetingReport(meeting=others[0], kind="other", words="", at=AT, settled_at=AT)
        for _ in range(reports.MOST_AN_HOUR - reports.MOST_OPEN - 1)
    )
    assert reports.report(meeting=others[1], kind="other", words="", at=AT) is True
    assert reports.report(meeting=others[1], kind="time", words="", at=AT) is False
    later = AT + timedelta(hours=1)
    assert reports.report(meeting=others[1], kind="other", words="", at=later) is True


def test_second_tap_is_no_second_report() -> None:
    (meeting,) = imported(row())
    said = [("time", 0), ("time", 30), ("link", 30), ("time", 60)]

    for kind, seconds in said:
        at = AT + timedelta(seconds=seconds)
        assert reports.report(meeting=meeting, kind=kind, words=" It is at 8. ", at=at)

    kept = [(one.kind, (one.at - AT).seconds) for one in reports.waiting()]
    assert kept == [("time", 0), ("link", 30), ("time", 60)]


def test_words_of_a_report_are_cut_to_their_length() -> None:
    (meeting,) = imported(row())
    reports.report(meeting=meeting, kind="other", words="x" * 900, at=AT)

    assert len(reports.waiting()[0].words) == reports.LONGEST_WORDS
