"""Signals open, change and close with the facts; one open per graduate and kind."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from aftercare.engagement import watch
from aftercare.engagement.watch import COOL_DOWN, Change
from aftercare.models import CheckIn, DisengagementSignal, Expectation, Graduate
from notifications import addresses, consent
from notifications.models import Address, ConsentEvent
from tests import build

Band, Kind, State = DisengagementSignal.Band, DisengagementSignal.Kind, DisengagementSignal.State

# Check-ins open on Tuesdays at ten in New York, and close on Fridays at ten.
TUESDAY = datetime(2026, 2, 3, 15, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)
CLOSES = timedelta(hours=72)
LAST_YEAR = date(2025, 6, 1)

pytestmark = pytest.mark.django_db


def a_graduate(**about: Any) -> Graduate:
    """Somebody with one group in the plan, well past the first 90 days unless told otherwise."""
    graduate = build.graduate(**{"graduated_on": LAST_YEAR, **about})
    build.commitment(graduate=graduate, title="Thursday Circle", weekdays=(3,))
    return graduate


def asked(graduate: Graduate, week: int, *, answered: bool) -> CheckIn:
    """The check-in of that week, after it has ended."""
    opens_at = TUESDAY + week * WEEK
    return build.check_in(
        graduate=graduate,
        opens_at=opens_at,
        state=CheckIn.State.ANSWERED if answered else CheckIn.State.MISSED,
        answered_at=opens_at + timedelta(hours=1) if answered else None,
    )


def closed(week: int) -> datetime:
    return TUESDAY + week * WEEK + CLOSES


def drifting(**about: Any) -> Graduate:
    """Somebody who answered in week 0 and missed weeks 1 and 2."""
    graduate = a_graduate(**about)
    for week, answered in enumerate([True, False, False]):
        asked(graduate, week, answered=answered)
    return graduate


def signals(graduate: Graduate) -> list[tuple[str, str, str]]:
    rows = graduate.signals.order_by("pk")
    return [(row.kind, row.band, row.state) for row in rows]


def missed(graduate: Graduate) -> DisengagementSignal:
    return graduate.signals.filter(kind=Kind.MISSED_CHECK_INS).latest("pk")


def end(signal: DisengagementSignal, *, outcome: str, at: datetime) -> None:
    DisengagementSignal.objects.filter(pk=signal.pk).update(
        state=State.CLOSED, outcome=outcome, closed_at=at, changed_at=at
    )


def test_reassess_opens_what_the_rules_find() -> None:
    graduate = drifting()

    change = watch.reassess(graduate=graduate, at=closed(2))

    assert change == Change(opened=2, closed=0)
    assert signals(graduate) == [
        ("missed_check_ins", "reach_out", "open"),
        ("silent", "reach_out", "open"),
    ]
    signal = missed(graduate)
    assert (signal.opened_at, signal.changed_at) == (closed(2), closed(2))
    assert signal.points == sum(reason["points"] for reason in signal.reasons) == 4.6
    assert signal.reasons[0] == {
        "code": "check_ins_missed",
        "points": 0,
        "count": 2,
        "on": "2026-02-17",
    }


def test_reassess_leaves_a_steady_person_alone() -> None:
    graduate = a_graduate()
    for week in range(3):
        asked(graduate, week, answered=True)

    assert watch.reassess(graduate=graduate, at=closed(2)) == Change()
    assert signals(graduate) == []


def test_reassess_twice_changes_nothing_more() -> None:
    graduate = drifting()
    watch.reassess(graduate=graduate, at=closed(2))
    before = list(graduate.signals.order_by("pk").values())

    assert watch.reassess(graduate=graduate, at=closed(2)) == Change()
    assert list(graduate.signals.order_by("pk").values()) == before


def test_reassess_keeps_one_open_and_tells_the_newest() -> None:
    graduate = drifting()
    watch.reassess(graduate=graduate, at=closed(2))
    asked(graduate, 3, answered=False)

    change = watch.reassess(graduate=graduate, at=closed(3))

    assert change == Change()
    signal = missed(graduate)
    assert graduate.signals.filter(kind=Kind.MISSED_CHECK_INS).count() == 1
    assert (signal.opened_at, signal.changed_at) == (closed(2), closed(3))
    assert signal.reasons[0]["count"] == 3


def test_reassess_raises_the_band_when_contact_is_lost() -> None:
    graduate = drifting()
    watch.reassess(graduate=graduate, at=closed(2))

    watch.reassess(graduate=graduate, at=TUESDAY + timedelta(days=29))

    assert ("silent", "lost_contact", "open") in signals(graduate)


def test_reassess_eases_what_no_longer_holds() -> None:
    graduate = drifting()
    watch.reassess(graduate=graduate, at=closed(2))
    asked(graduate, 3, answered=True)
    at = TUESDAY + 3 * WEEK + timedelta(hours=1)

    change = watch.reassess(graduate=graduate, at=at)

    assert change == Change(opened=0, closed=2)
    assert {row.state for row in graduate.signals.all()} == {State.CLOSED}
    assert {(row.outcome, row.closed_at) for row in graduate.signals.all()} == {("eased", at)}


def test_reassess_eases_everything_of_somebody_paused() -> None:
    graduate = drifting()
    watch.reassess(graduate=graduate, at=closed(2))
    Graduate.objects.filter(pk=graduate.pk).update(status=Graduate.Status.PAUSED)

    assert watch.reassess(graduate=graduate, at=closed(2)) == Change(closed=2)


def test_reassess_holds_the_same_back_for_three_weeks() -> None:
    graduate = drifting()
    watch.reassess(graduate=graduate, at=closed(2))
    ended_at = closed(2) + timedelta(hours=3)
    for signal in graduate.signals.all():
        end(signal, outcome="reached", at=ended_at)
    for week in (3, 4, 5):
        asked(graduate, week, answered=False)

    early = watch.reassess(graduate=graduate, at=ended_at + COOL_DOWN - timedelta(seconds=1))
    graduate.refresh_from_db()
    looks_again_at = graduate.assess_at
    later = watch.reassess(graduate=graduate, at=ended_at + COOL_DOWN)

    # Contact was lost meanwhile: that is more pressing than what was closed, so it did not wait.
    assert early == Change(opened=1)
    assert looks_again_at == ended_at + COOL_DOWN
    assert later == Change(opened=1)
    assert signals(graduate)[2:] == [
        ("silent", "lost_contact", "open"),
        ("missed_check_ins", "reach_out", "open"),
    ]


def test_reassess_never_holds_back_missed_check_ins_of_the_first_90_days() -> None:
    graduate = drifting(graduated_on=date(2026, 1, 2))
    watch.reassess(graduate=graduate, at=closed(2))
    for signal in graduate.signals.all():
        end(signal, outcome="reached", at=closed(2))
    asked(graduate, 3, answered=False)

    watch.reassess(graduate=graduate, at=closed(3))

    assert signals(graduate)[2:] == [("missed_check_ins", "reach_out", "open")]


def test_reassess_does_not_repeat_what_a_person_has_closed() -> None:
    graduate = a_graduate()
    address = build.address_of(graduate)
    address.opted_out_at = TUESDAY
    address.save()
    watch.reassess(graduate=graduate, at=TUESDAY)
    end(graduate.signals.get(), outcome="reached", at=TUESDAY + timedelta(days=1))

    assert watch.reassess(graduate=graduate, at=TUESDAY + timedelta(days=60)) == Change()


def test_reassess_wakes_what_was_set_aside_when_its_time_has_come() -> None:
    graduate = drifting()
    watch.reassess(graduate=graduate, at=closed(2))
    until = closed(2) + timedelta(days=2)
    graduate.signals.update(state=State.SNOOZED, snoozed_until=until, snooze_reason="on a trip")

    watch.reassess(graduate=graduate, at=closed(2))
    graduate.refresh_from_db()
    assert graduate.assess_at == until
    assert missed(graduate).state == State.SNOOZED

    watch.reassess(graduate=graduate, at=until)
    signal = missed(graduate)
    assert (signal.state, signal.snoozed_until, signal.snooze_reason) == (State.OPEN, None, "")


def test_reassess_wakes_what_was_set_aside_when_it_becomes_more_pressing() -> None:
    graduate = drifting()
    watch.reassess(graduate=graduate, at=closed(2))
    graduate.signals.update(state=State.SNOOZED, snoozed_until=closed(20))

    watch.reassess(graduate=graduate, at=TUESDAY + timedelta(days=29))

    assert signals(graduate) == [
        ("missed_check_ins", "reach_out", "snoozed"),
        ("silent", "lost_contact", "open"),
    ]


def test_reassess_never_closes_what_is_urgent() -> None:
    graduate = a_graduate()
    watch.raise_urgent(
        graduate=graduate, kind=Kind.SAFETY, reasons=[{"code": "crisis_words"}], at=TUESDAY
    )

    assert watch.reassess(graduate=graduate, at=TUESDAY + 8 * WEEK) == Change()
    assert signals(graduate) == [("safety", "urgent", "open")]


def test_reassess_due_looks_at_those_whose_time_has_come() -> None:
    due, not_yet, never = drifting(), drifting(), drifting()
    Graduate.objects.filter(pk=due.pk).update(assess_at=closed(2))
    Graduate.objects.filter(pk=not_yet.pk).update(assess_at=closed(2) + timedelta(seconds=1))

    change = watch.reassess_due(at=closed(2))

    assert change == Change(opened=2)
    assert [len(signals(one)) for one in (due, not_yet, never)] == [2, 0, 0]


def test_reassess_due_sets_the_next_look() -> None:
    graduate = drifting(assess_at=TUESDAY)
    pending = build.check_in(graduate=graduate, opens_at=TUESDAY + 3 * WEEK)

    watch.reassess_due(at=pending.opens_at)

    graduate.refresh_from_db()
    assert graduate.assess_at == pending.closes_at
    assert watch.reassess_due(at=pending.opens_at) == Change()


def test_reassess_due_forgets_whose_account_has_ended() -> None:
    graduate = drifting(assess_at=TUESDAY, status=Graduate.Status.LEFT)

    watch.reassess_due(at=TUESDAY)

    graduate.refresh_from_db()
    assert graduate.assess_at is None


def test_reassess_due_asks_as_often_for_many_as_for_one() -> None:
    drifting(assess_at=TUESDAY)
    one = count_queries(lambda: watch.reassess_due(at=closed(2)))
    for _ in range(3):
        drifting(assess_at=TUESDAY)
    many = count_queries(lambda: watch.reassess_due(at=closed(2)))

    assert one == many


def test_reassess_due_asks_once_where_nothing_is_due() -> None:
    drifting(assess_at=TUESDAY + WEEK)

    with CaptureQueriesContext(connection) as captured:
        watch.reassess_due(at=TUESDAY)

    assert [query["sql"][:6] for query in captured if "SAVEPOINT" not in query["sql"]] == ["SELECT"]


def count_queries(run: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        run()
    return len(captured)


def test_database_refuses_a_second_open_signal() -> None:
    graduate = a_graduate()
    build.signal(graduate=graduate, kind=Kind.SILENT)
    build.signal(graduate=graduate, kind=Kind.SILENT, state=State.CLOSED)

    with pytest.raises(IntegrityError), transaction.atomic():
        build.signal(graduate=graduate, kind=Kind.SILENT, state=State.SNOOZED)


@pytest.mark.django_db(transaction=True)
def test_reassess_by_two_at_once_opens_one_each() -> None:
    graduate = drifting(assess_at=TUESDAY)
    failures: list[BaseException] = []
    ready = threading.Barrier(4)

    def look() -> None:
        try:
            ready.wait(timeout=10)
            watch.reassess_due(at=closed(2))
            watch.reassess(graduate=graduate, at=closed(2))
        except BaseException as failure:  # noqa: BLE001 - told to the test below
            failures.append(failure)
        finally:
            connection.close()

    workers = [threading.Thread(target=look) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)

    assert failures == []
    assert signals(graduate) == [
        ("missed_check_ins", "reach_out", "open"),
        ("silent", "reach_out", "open"),
    ]


def test_expectation_told_by_staff_counts_as_missed() -> None:
    """Attendance that a facilitator records reaches the signals like any other."""
    graduate = a_graduate()
    group = graduate.commitments.get()
    for week in range(3):
        expected = build.occurrence(
            commitment=group,
            starts_at=TUESDAY + week * WEEK + timedelta(days=2),
            recurrence_id=f"2026-02-{5 + 7 * week:02d}T19:00",
            outcome=Expectation.Outcome.MISSED,
            answered_at=TUESDAY + week * WEEK + timedelta(days=3),
        )
        expected.answered_by = build.user()
        expected.save()

    watch.reassess(graduate=graduate, at=TUESDAY + 3 * WEEK)

    assert ("missed_commitments", "reach_out", "open") in signals(graduate)


def test_a_phone_that_stops_dies_or_comes_alive_is_looked_at_in_the_next_tick() -> None:
    graduate, other = a_graduate(assess_at=None), a_graduate(assess_at=None)
    address = build.address_of(graduate)
    seen = []
    for change in (
        lambda: addresses.mark_unreachable(address=address, reason="landline", at=TUESDAY),
        lambda: addresses.mark_reachable(address=address),
        lambda: consent.revoke(
            address=address, source=ConsentEvent.Source.PROVIDER, words="21610", at=TUESDAY
        ),
    ):
        Graduate.objects.update(assess_at=None)
        Address.objects.update(has_news=False)
        change()
        noted = (watch.take_note(at=TUESDAY), watch.take_note(at=TUESDAY + WEEK))
        graduate.refresh_from_db()
        seen.append((noted, graduate.assess_at))

    other.refresh_from_db()
    assert seen == [((1, 0), TUESDAY)] * 3
    assert other.assess_at is None
