"""The ranked list: who is on it, in which order, and what each row tells."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftercare import access, caseload
from aftercare.caseload import Expected, Filters
from aftercare.models import (
    AuditEntry,
    CheckIn,
    Commitment,
    DisengagementSignal,
    Expectation,
    Graduate,
    Outreach,
    Role,
    Track,
)
from notifications.models import Message
from tests import build

Band, Kind, State = DisengagementSignal.Band, DisengagementSignal.Kind, DisengagementSignal.State

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
EVERYTHING = Filters()

pytestmark = pytest.mark.django_db


@pytest.fixture
def counselor() -> Role:
    return build.role(program=build.program(), name="Dana Reyes")


def listed(role: Role, **filters: Any) -> list[caseload.Row]:
    standing = access.roles_of(user=role.user, at=AT)
    return list(caseload.rows(standing=standing, at=AT, filters=Filters(**filters)).rows)


def names(role: Role, **filters: Any) -> list[str]:
    return [row.name for row in listed(role, **filters)]


def of(counselor: Role, first_name: str, **about: Any) -> Graduate:
    return build.graduate(
        program=counselor.program,
        counselor=counselor,
        first_name=first_name,
        last_name="",
        **about,
    )


def test_rows_rank_by_need(counselor: Role) -> None:
    of(counselor, "Steady")
    build.signal(graduate=of(counselor, "Watch"), band=Band.WATCH, points=9)
    build.signal(graduate=of(counselor, "Low"), band=Band.REACH_OUT, points=4)
    build.signal(graduate=of(counselor, "High"), band=Band.REACH_OUT, points=7)
    build.signal(graduate=of(counselor, "Lost"), band=Band.LOST_CONTACT, points=3)
    build.signal(graduate=of(counselor, "Asked"), kind=Kind.NEED_SUPPORT, band=Band.URGENT)
    build.signal(graduate=of(counselor, "Safety"), kind=Kind.SAFETY, band=Band.URGENT, opened_at=AT)

    assert names(counselor) == ["Safety", "Asked", "Lost", "High", "Low", "Watch", "Steady"]


def test_rows_rank_equals_by_who_waits_longest(counselor: Role) -> None:
    for name, days in [("Newer", 1), ("Older", 5)]:
        build.signal(graduate=of(counselor, name), opened_at=AT - timedelta(days=days))

    assert names(counselor) == ["Older", "Newer"]


def test_rows_rank_what_is_set_aside_as_steady(counselor: Role) -> None:
    build.signal(graduate=of(counselor, "Aside"), state=State.SNOOZED)
    build.signal(graduate=of(counselor, "Watch"), band=Band.WATCH)

    assert names(counselor) == ["Watch", "Aside"]
    assert [row.band for row in listed(counselor)] == [Band.WATCH, Band.STEADY]


def test_rows_leave_out_who_is_not_visible(counselor: Role) -> None:
    of(counselor, "Mine")
    other = build.role(program=counselor.program)
    build.graduate(program=counselor.program, counselor=other)
    build.graduate(program=build.program(name="Elsewhere"))

    assert names(counselor) == ["Mine"]


def test_rows_of_a_lead_hold_the_program_or_the_own_caseload(counselor: Role) -> None:
    build.role(program=counselor.program, kind=Role.Kind.LEAD, user=counselor.user)
    of(counselor, "Mine")
    other = build.role(program=counselor.program)
    build.graduate(program=counselor.program, counselor=other, first_name="Other", last_name="")

    assert names(counselor) == ["Mine", "Other"]
    assert names(counselor, mine_only=True) == ["Mine"]


def test_rows_show_who_is_on_the_list_now_unless_asked(counselor: Role) -> None:
    for status in Graduate.Status:
        of(counselor, status.value, status=status)

    assert names(counselor) == ["invited", "active", "paused"]
    assert names(counselor, status="left") == ["left"]


def test_rows_narrow_by_band(counselor: Role) -> None:
    build.signal(graduate=of(counselor, "Watch"), band=Band.WATCH)
    build.signal(graduate=of(counselor, "Reach"), band=Band.REACH_OUT)
    build.signal(graduate=of(counselor, "Aside"), band=Band.REACH_OUT, state=State.SNOOZED)

    assert names(counselor, band="reach_out") == ["Reach"]
    assert names(counselor, band="steady") == ["Aside"]
    assert names(counselor, band="set_aside") == ["Aside"]


def test_rows_narrow_by_track_and_program(counselor: Role) -> None:
    of(counselor, "Mood", tracks=[Track.MOOD, Track.TRAUMA])
    of(counselor, "Use", tracks=[Track.SUBSTANCE_USE])

    assert names(counselor, track="trauma") == ["Mood"]
    assert names(counselor, program=counselor.program.uid) == ["Mood", "Use"]
    assert names(counselor, program=build.program(name="Elsewhere").uid) == []


def test_rows_find_words_in_sealed_names(counselor: Role) -> None:
    build.graduate(
        program=counselor.program, counselor=counselor, first_name="Inés", last_name="Park"
    )
    of(counselor, "Sam")

    assert names(counselor, words="inÉs  pa") == ["Inés Park"]
    assert names(counselor, words="inés rivers") == []


def test_rows_put_a_search_on_record_once(counselor: Role) -> None:
    of(counselor, "Sam")

    listed(counselor)
    assert not AuditEntry.objects.exists()

    listed(counselor, words="sam")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.graduate_uid) == ("searched", counselor.user, None)


def test_row_tells_three_reasons_each_once_and_the_own_ones_first(counselor: Role) -> None:
    graduate = of(counselor, "Sam")
    terms: list[dict[str, object]] = [
        {"code": "late", "points": 2},
        {"code": "missed_of_last", "points": 2, "missed": 2, "total": 4},
    ]
    build.signal(
        graduate=graduate,
        kind=Kind.MISSED_CHECK_INS,
        points=7,
        reasons=[
            {"code": "check_ins_missed", "points": 0, "count": 2, "on": "2026-03-03"},
            *terms,
        ],
        opened_at=AT - timedelta(days=2),
    )
    build.signal(
        graduate=graduate,
        kind=Kind.PLAN_EMPTY,
        band=Band.WATCH,
        points=0,
        reasons=[{"code": "plan_empty", "points": 0}],
        opened_at=AT - timedelta(days=4),
    )

    (row,) = listed(counselor)

    assert row.reasons == (
        "Two check-ins in a row without an answer, the last on Tuesday, March 3.",
        "There is nothing in the plan.",
        "Answers at the last moment, or late.",
    )
    assert (row.band, row.band_title) == ("reach_out", "reach out")
    assert row.since == AT - timedelta(days=4)
    assert row.next_step == "Call, and ask if the day and hour still fit."
    assert row.counselor == "Dana Reyes"


def test_row_draws_twelve_weeks(counselor: Role) -> None:
    graduate = of(counselor, "Sam")
    for weeks, state in [(11, "answered"), (1, "missed"), (0, "answered")]:
        opens_at = AT - timedelta(weeks=weeks, days=4)
        build.check_in(
            graduate=graduate,
            opens_at=opens_at,
            state=CheckIn.State(state),
            answered_at=opens_at if state == "answered" else None,
        )
    build.check_in(graduate=graduate, opens_at=AT - timedelta(hours=1))

    (row,) = listed(counselor)

    assert row.weeks == ("kept", *[""] * 9, "missed", "kept")


@pytest.mark.parametrize(
    ("outcomes", "mark"),
    [
        ([], ""),
        (["kept", "kept", "missed"], "kept"),
        (["kept", "missed"], "missed"),
        (["late"], "late"),
        (["late", "kept"], "kept"),
        (["excused", "cancelled"], "excused"),
        (["unreported", "undeliverable", "pending"], ""),
    ],
)
def test_week_mark_shows_what_weighs_most(outcomes: list[str], mark: str) -> None:
    assert caseload.week_mark(outcomes) == mark


def test_row_tells_the_last_talk_and_the_last_text(counselor: Role) -> None:
    graduate = of(counselor, "Sam")
    for outcome, days in [("reached", 9), ("reached", 5), ("no_answer", 1)]:
        Outreach.objects.create(
            graduate=graduate, way="call", outcome=outcome, at=AT - timedelta(days=days)
        )
    build.message(graduate=graduate, at=AT - timedelta(days=3))
    build.message(graduate=graduate, at=AT, state=Message.State.FAILED)

    (row,) = listed(counselor)

    assert (row.spoke_at, row.wrote_at) == (AT - timedelta(days=5), AT - timedelta(days=3))


def test_row_tells_what_comes_next(counselor: Role) -> None:
    graduate = of(counselor, "Sam")
    group = build.commitment(graduate=graduate, kind=Commitment.Kind.GROUP, minutes=90)
    Commitment.objects.filter(pk=group.pk).update(settle_at=AT + timedelta(hours=10))

    assert listed(counselor)[0].expected == Expected(
        title="group", at=AT + timedelta(hours=8, minutes=30)
    )

    build.check_in(graduate=graduate, opens_at=AT + timedelta(hours=2), state=CheckIn.State.PLANNED)
    assert listed(counselor)[0].expected == Expected(
        title=str(Expectation.Kind.CHECK_IN.label), at=AT + timedelta(hours=2)
    )

    asked = build.check_in(graduate=graduate, opens_at=AT - timedelta(hours=71))
    assert listed(counselor)[0].expected == Expected(
        title="answer to the check-in", at=asked.closes_at
    )


def test_row_tells_the_step_that_was_agreed_on(counselor: Role) -> None:
    graduate = of(counselor, "Sam")
    build.signal(graduate=graduate)
    for step, day, done in [
        ("Done already", 1, AT),
        ("Second", 12, None),
        ("", 9, None),
    ]:
        Outreach.objects.create(
            graduate=graduate,
            way="call",
            outcome="reached",
            next_step=step,
            next_on=date(2026, 3, day),
            next_done_at=done,
            at=AT,
        )

    # A day that was set without a word is to call again.
    assert listed(counselor)[0].next_step == "call again"


def test_rows_come_in_pages(counselor: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caseload, "PAGE", 2)
    for name in ("One", "Two", "Three"):
        of(counselor, name)
    standing = access.roles_of(user=counselor.user, at=AT)

    second = caseload.rows(standing=standing, at=AT, filters=Filters(page=2))

    assert [row.name for row in second.rows] == ["Three"]
    assert (second.total, second.page.number, second.page.has_next()) == (3, 2, False)


def test_rows_ask_as_often_for_many_as_for_one(counselor: Role) -> None:
    fill(of(counselor, "First"))
    one = count_queries(lambda: listed(counselor))
    for name in ("Second", "Third"):
        fill(of(counselor, name))
    three = count_queries(lambda: listed(counselor))

    assert one == three
    assert len(listed(counselor)) == 3


def fill(graduate: Graduate) -> None:
    """Something for each part of a row."""
    build.signal(graduate=graduate, reasons=[{"code": "plan_empty", "points": 0}])
    build.check_in(graduate=graduate, opens_at=AT - timedelta(days=4))
    build.commitment(graduate=graduate)
    build.message(graduate=graduate)
    Outreach.objects.create(
        graduate=graduate, way="call", outcome="reached", next_on=date(2026, 3, 9), at=AT
    )


def count_queries(run: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        run()
    return len(captured)


def test_rows_narrow_to_one_counselor_and_to_those_nobody_heard_from(counselor: Role) -> None:
    lead = build.role(program=counselor.program, kind=Role.Kind.LEAD)
    other = build.role(program=counselor.program)
    quiet, answered, wrote, spoke, ours = [
        of(counselor, name) for name in ("Quiet", "Answered", "Wrote", "Spoke", "Ours")
    ]
    build.graduate(program=counselor.program, counselor=other, first_name="Other", last_name="")
    recent, old = AT - timedelta(days=13), AT - timedelta(days=15)
    for person, at in ((quiet, old), (answered, recent)):
        build.check_in(graduate=person, opens_at=at, state=CheckIn.State.ANSWERED, answered_at=at)
    build.reply(graduate=quiet, at=old)
    build.reply(graduate=wrote, at=recent)
    for person, outcome in ((spoke, "reached"), (ours, "no_answer")):
        Outreach.objects.create(graduate=person, way="call", outcome=outcome, at=recent)

    assert names(counselor, unheard=True) == ["Quiet", "Ours"]
    assert names(lead, unheard=True) == ["Quiet", "Ours", "Other"]
    assert names(lead, counselor=other.uid) == ["Other"]
    assert names(counselor, counselor=other.uid) == []


def test_rows_find_names_without_their_accents(counselor: Role) -> None:
    of(counselor, "José O'Neil")

    assert names(counselor, words="JOSE oneil") == ["José O'Neil"]


def test_rows_tell_who_is_beyond_the_budget_of_the_week(counselor: Role) -> None:
    build.signal(graduate=of(counselor, "First"), points=8)
    build.signal(graduate=of(counselor, "Second"), points=4)
    of(counselor, "Steady")
    standing = access.roles_of(user=counselor.user, at=AT)

    found = caseload.rows(standing=standing, at=AT, filters=EVERYTHING)

    assert [(row.name, row.is_beyond_budget) for row in found.rows] == [
        ("First", False),
        ("Second", True),
        ("Steady", False),
    ]
    assert (found.budget.allowance, found.budget.inside, len(found.budget.beyond)) == (1, 1, 1)


def test_rows_say_what_was_handed_over(counselor: Role) -> None:
    Outreach.objects.create(
        graduate=of(counselor, "Sam"),
        way="call",
        outcome="referred",
        next_kind=Outreach.NextKind.HAND_OFF,
        next_on=AT.date(),
        at=AT,
    )

    assert [row.next_step for row in listed(counselor)] == [
        "Warm hand-off: see that the two have met."
    ]
