"""Imports that miss what was there: the shrink guard, absences, retirement."""

from datetime import timedelta

import pytest

from aftercare.directory import importing
from aftercare.models import Meeting
from tests.feeds import AT, counts, feed, guide, imported, row, rows, take

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)


# The shrink guard


@pytest.mark.parametrize(("left", "held"), [(8, False), (7, True)])
def test_apply_holds_an_import_that_misses_more_than_a_fifth(left: int, held: bool) -> None:
    source = feed()
    take(source, *rows(10))

    report = take(source, *rows(10)[:left], at=LATER)

    assert report.held is held
    assert report.absent == 10 - left
    assert Meeting.objects.filter(absences=0).count() == (10 if held else left)


def test_apply_counts_only_active_listings_for_the_guard() -> None:
    source = feed()
    closed = [one | {"slug": f"c{number}", "types": ["TC"], "name": f"Closed {number}"}
              for number, one in enumerate(rows(10))]  # fmt: skip
    take(source, *rows(5), *closed)

    assert take(source, *rows(5), at=LATER).held is False
    assert take(source, *rows(3), at=LATER).held is True


def test_apply_counts_only_listings_that_miss_for_the_first_time() -> None:
    source = feed()
    take(source, *rows(10))
    take(source, *rows(10)[:8], at=LATER)

    report = take(source, *rows(10)[:6], at=LATER)

    assert (report.held, report.retired, report.absent) == (False, 2, 2)


def test_apply_accepts_a_shrunk_feed_when_told_so() -> None:
    source = feed()
    take(source, *rows(10))

    report = take(source, *rows(10)[:2], at=LATER, accept_shrink=True)

    assert (report.held, report.absent) == (False, 8)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"[]", "an empty list"),
        (
            b"<html><title>Just a moment...</title></html>",
            "a web page (HTML) instead of a list of meetings",
        ),
        (b'{"error": "down"}', "not a list of meetings"),
        (b'[{"slug": "a"}]', "no usable meeting in it"),
    ],
)
@pytest.mark.parametrize("accept_shrink", [False, True])
def test_apply_holds_an_empty_or_unreadable_answer(
    body: bytes, reason: str, accept_shrink: bool
) -> None:
    source = feed()
    take(source, *rows(3))

    report = importing.apply(feed=source, body=body, at=LATER, accept_shrink=accept_shrink).report

    assert (report.held, report.reason) == (True, reason)
    assert Meeting.objects.filter(active=True, absences=0).count() == 3
    run = source.runs.latest("at")
    assert (run.held, run.reason, bytes(run.payload or b"")) == (True, reason, body)


def test_apply_keeps_one_held_run_for_the_same_content() -> None:
    source = feed()

    for _ in range(3):
        importing.apply(feed=source, body=b"[]", at=AT)
    importing.apply(feed=source, body=b"", at=LATER)

    assert list(source.runs.order_by("id").values_list("reason", flat=True)) == [
        "an empty list",
        "empty",
    ]


# Absence and retirement


def test_apply_retires_after_two_absences_and_keeps_the_row() -> None:
    source = feed()
    take(source, *rows(10))
    take(source, *rows(10)[:9], at=LATER)

    outcome = importing.apply(
        feed=source, body=guide(*rows(9), row(slug="extra", name="Extra")), at=LATER
    )

    gone = Meeting.objects.get(source_slug="group-9")
    assert outcome.retired == (gone.pk,)
    assert (gone.active, gone.inactive_reason, gone.retired_at) == (
        False,
        "no longer listed",
        LATER,
    )
    assert (outcome.report.retired, outcome.report.absent) == (1, 0)


def test_apply_counts_an_absence_once_for_the_same_content() -> None:
    source = feed()
    take(source, *rows(10))

    for _ in range(3):
        report = take(source, *rows(10)[:9], at=LATER)

    assert (report.absent, report.retired) == (1, 0)
    assert Meeting.objects.get(source_slug="group-9").absences == 1


@pytest.mark.parametrize(
    ("days", "scheduled", "retired"), [(6, True, 0), (7, True, 1), (7, False, 0)]
)
def test_apply_counts_the_same_content_again_after_a_week_of_the_hourly_job(
    days: int, scheduled: bool, retired: int
) -> None:
    source = feed()
    take(source, *rows(10))
    take(source, *rows(10)[:9], at=AT)

    report = take(source, *rows(10)[:9], at=AT + timedelta(days=days), scheduled=scheduled)

    assert report.retired == retired


def test_apply_forgets_an_absence_when_the_meeting_is_back() -> None:
    source = feed()
    take(source, *rows(10))
    take(source, *rows(10)[:9], at=LATER)

    report = take(source, *rows(10), at=LATER)

    assert counts(report) == {"unchanged": 10}
    back = Meeting.objects.get(source_slug="group-9")
    assert (back.absences, back.absent_at) == (0, None)


def test_apply_brings_a_retired_meeting_back_to_its_own_row() -> None:
    source = feed()
    take(source, *rows(10))
    pk = Meeting.objects.get(source_slug="group-9").pk
    take(source, *rows(10)[:9], at=LATER)
    take(source, *rows(9), row(slug="extra", name="Extra"), at=LATER)

    report = take(source, *rows(10), row(slug="extra", name="Extra"), at=LATER)

    back = Meeting.objects.get(pk=pk)
    assert counts(report) == {"changed": 1, "unchanged": 10}
    assert (back.active, back.retired_at, back.inactive_reason, back.absences) == (
        True,
        None,
        "",
        0,
    )


def test_apply_leaves_other_feeds_and_meetings_added_by_hand_alone() -> None:
    other = imported(*rows(3), name="Other feed")
    by_hand = Meeting.objects.create(
        slug="by-hand", name="By hand", fellowship="aa", timezone="UTC", attendance="online",
        created_at=AT, changed_at=AT,
    )  # fmt: skip
    source = feed()
    take(source, *rows(5))

    take(source, *rows(5)[:4], at=LATER)

    assert Meeting.objects.filter(pk__in=[one.pk for one in other], absences=0).count() == 3
    by_hand.refresh_from_db()
    assert (by_hand.absences, by_hand.active) == (0, True)
