"""This morning: one entry per person, the most pressing first, and the routine apart."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftercare import access, checkins, morning
from aftercare.models import CheckIn, DisengagementSignal, Graduate, Outreach, Reply, Role
from tests import build

Band, Kind, State = DisengagementSignal.Band, DisengagementSignal.Kind, DisengagementSignal.State

AT = datetime(2026, 3, 9, 13, 0, tzinfo=UTC)
TODAY = date(2026, 3, 9)

pytestmark = pytest.mark.django_db


@pytest.fixture
def counselor() -> Role:
    return build.role(program=build.program())


def read(role: Role, *, mine_only: bool = True, page: str = "1") -> morning.Morning:
    standing = access.roles_of(user=role.user, at=AT)
    return morning.read(standing=standing, at=AT, mine_only=mine_only, today=TODAY, page=page)


def of(counselor: Role, first_name: str, **about: Any) -> Graduate:
    return build.graduate(
        program=counselor.program, counselor=counselor, first_name=first_name, last_name="", **about
    )


def answered(graduate: Graduate, *, rough: int, hours_ago: int = 20) -> CheckIn:
    opens_at = AT - timedelta(hours=hours_ago)
    check_in = build.check_in(
        graduate=graduate,
        opens_at=opens_at,
        state=CheckIn.State.ANSWERED,
        answered_at=opens_at,
        questions=["rough"],
    )
    build.answer(check_in=check_in, question="rough", value=rough, at=opens_at)
    return check_in


def step(graduate: Graduate, on: date, **about: Any) -> Outreach:
    return Outreach.objects.create(
        graduate=graduate,
        **{"way": "call", "outcome": "reached", "next_step": "Ask again", "at": AT, **about},
        next_on=on,
    )


def test_morning_is_clear_where_nobody_waits(counselor: Role) -> None:
    build.signal(graduate=of(counselor, "Watch"), band=Band.WATCH)
    build.signal(graduate=of(counselor, "Aside"), state=State.SNOOZED)

    assert read(counselor).is_clear is True


def test_morning_puts_the_most_pressing_first(counselor: Role) -> None:
    answered(of(counselor, "Heavy"), rough=9)
    build.signal(graduate=of(counselor, "Low"), points=4)
    build.signal(graduate=of(counselor, "High"), points=8)
    build.signal(graduate=of(counselor, "Lost"), band=Band.LOST_CONTACT, points=2)
    step(of(counselor, "Task"), TODAY)
    build.reply(graduate=of(counselor, "Text"))
    build.signal(graduate=of(counselor, "Asked"), kind=Kind.NEED_SUPPORT, band=Band.URGENT)
    build.signal(graduate=of(counselor, "Safety"), kind=Kind.SAFETY, band=Band.URGENT)

    found = read(counselor)

    assert [entry.name for entry in found.now] == ["Safety", "Asked"]
    assert [entry.name for entry in found.today] == [
        "Text",
        "Task",
        "Lost",
        "High",
        "Low",
        "Heavy",
    ]


def test_morning_shows_a_person_once_with_everything(counselor: Role) -> None:
    graduate = of(counselor, "Sam", tracks=["substance_use"])
    graduate.contact_card = {"best_times": "after 5 PM"}
    graduate.save()
    signal = build.signal(
        graduate=graduate, reasons=[{"code": "plan_empty", "points": 0}], opened_at=AT
    )
    reply = build.reply(graduate=graduate, body="Busy week.", at=AT - timedelta(hours=3))
    check_in = answered(graduate, rough=2)
    task = step(graduate, TODAY - timedelta(days=1))

    (entry,) = read(counselor).today

    assert entry.reasons == ("There is nothing in the plan.",)
    assert [row.uid for row in entry.signals] == [signal.uid]
    assert [(row.uid, row.body) for row in entry.texts] == [(reply.uid, "Busy week.")]
    assert [row.uid for row in entry.sheets] == [check_in.uid]
    assert [(row.uid, row.is_overdue) for row in entry.tasks] == [(task.uid, True)]
    assert (entry.best_times, entry.since) == ("after 5 PM", AT)


def test_words_of_danger_cannot_wait(counselor: Role) -> None:
    build.reply(graduate=of(counselor, "Sam"), crisis=True)

    assert [entry.name for entry in read(counselor).now] == ["Sam"]


def test_answers_as_usual_are_read_together(counselor: Role) -> None:
    later = answered(of(counselor, "Later"), rough=3, hours_ago=10)
    earlier = answered(of(counselor, "Earlier"), rough=3)

    found = read(counselor)

    assert (found.now, found.today) == ((), ())
    assert [(row.name, row.sheet.uid) for row in found.answers] == [
        ("Earlier", earlier.uid),
        ("Later", later.uid),
    ]


def test_answers_that_were_read_are_gone(counselor: Role) -> None:
    check_in = answered(of(counselor, "Sam"), rough=9)
    CheckIn.objects.filter(pk=check_in.pk).update(read_at=AT)

    assert read(counselor).is_clear is True


def test_answers_given_after_somebody_has_read_wait_again(counselor: Role) -> None:
    check_in = answered(of(counselor, "Sam"), rough=2)
    CheckIn.objects.filter(pk=check_in.pk).update(read_at=AT, questions=["rough", "sure"])

    checkins.answer(check_in=check_in, question="sure", value=8, door="web", at=AT)

    assert len(read(counselor).answers) == 1


def test_answers_of_somebody_half_way_wait_a_little(counselor: Role) -> None:
    begun_at = AT - timedelta(hours=1, minutes=59)
    build.check_in(graduate=of(counselor, "Sam"), opens_at=begun_at, answered_at=begun_at)

    assert read(counselor).answers == ()

    CheckIn.objects.update(first_answer_at=AT - timedelta(hours=2))
    assert len(read(counselor).answers) == 1


def test_texts_that_were_read_or_need_nobody_are_gone(counselor: Role) -> None:
    graduate = of(counselor, "Sam")
    build.reply(graduate=graduate, needs_person=False)
    read_one = build.reply(graduate=graduate)
    Reply.objects.filter(pk=read_one.pk).update(read_at=AT)

    assert read(counselor).is_clear is True


def test_a_day_that_was_set_without_a_word_is_to_call_again(counselor: Role) -> None:
    step(of(counselor, "Sam"), TODAY, outcome="planned", next_step="")

    (entry,) = read(counselor).today
    assert [task.step for task in entry.tasks] == ["call again"]
    # It waits since its day began, not since they came.
    assert timezone.localdate(entry.since) == TODAY


def test_tasks_come_on_their_day(counselor: Role) -> None:
    graduate = of(counselor, "Sam")
    step(graduate, TODAY + timedelta(days=1))
    step(graduate, TODAY, next_done_at=AT - timedelta(days=2))

    assert read(counselor).is_clear is True


def test_morning_is_of_the_own_caseload_or_of_the_program(counselor: Role) -> None:
    build.role(program=counselor.program, kind=Role.Kind.LEAD, user=counselor.user)
    other = build.role(program=counselor.program)
    build.signal(graduate=of(other, "Other"))

    assert read(counselor).today == ()
    assert [entry.name for entry in read(counselor, mine_only=False).today] == ["Other"]


def test_morning_leaves_out_whose_account_has_ended(counselor: Role) -> None:
    build.signal(graduate=of(counselor, "Left", status=Graduate.Status.LEFT))

    assert read(counselor).is_clear is True


def test_morning_tells_of_texts_from_strangers(counselor: Role) -> None:
    received = build.inbound(
        sender=counselor.program.senders.get(), address=build.address(), body="Hi", at=AT
    )
    Reply.objects.create(inbound=received, kind=Reply.Kind.UNKNOWN_NUMBER, needs_person=True, at=AT)

    found = read(counselor)

    assert (found.strangers, found.is_clear) == (1, False)


def test_morning_comes_in_pages_and_what_cannot_wait_is_on_each(
    counselor: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(morning, "PAGE", 2)
    monkeypatch.setattr(morning, "SITTING", 1)
    for name, points in (("First", 9), ("Second", 8), ("Third", 7)):
        build.signal(graduate=of(counselor, name), points=points)
    build.signal(graduate=of(counselor, "Danger"), kind=Kind.SAFETY, band=Band.URGENT)
    answered(of(counselor, "Fine"), rough=3, hours_ago=20)
    answered(of(counselor, "Well"), rough=2, hours_ago=10)

    first, second, beyond = (read(counselor, page=page) for page in ("x", "2", "9"))

    assert [entry.name for entry in first.today] == ["First", "Second"]
    assert [entry.name for entry in second.today] == ["Third"]
    assert beyond.today == second.today
    assert (second.page.paginator.count, second.page.has_next()) == (3, False)
    assert [entry.name for entry in second.now] == ["Danger"]
    assert ([row.name for row in first.answers], first.unread) == (["Fine"], 2)
    assert len(second.shown) == 3


def test_morning_tells_how_the_alerts_of_the_reader_ended(counselor: Role) -> None:
    graduate = of(counselor, "Sam")
    made = Outreach.objects.create(
        graduate=graduate, counselor=counselor.user, way="call", outcome="reached", at=AT
    )
    made.signals.add(build.signal(graduate=graduate, state=State.CLOSED))

    assert read(counselor).ended.in_words == [("reached", 1)]


def test_morning_asks_as_often_for_many_as_for_one(counselor: Role) -> None:
    fill(of(counselor, "First"))
    one = count_queries(lambda: read(counselor))
    for name in ("Second", "Third"):
        fill(of(counselor, name))
    three = count_queries(lambda: read(counselor))

    assert one == three
    assert len(read(counselor).today) == 3


def fill(graduate: Graduate) -> None:
    """Something for each part of an entry."""
    build.signal(graduate=graduate, reasons=[{"code": "plan_empty", "points": 0}])
    build.reply(graduate=graduate)
    answered(graduate, rough=9)
    step(graduate, TODAY)


def count_queries(run: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        run()
    return len(captured)


def test_who_has_a_phone_that_others_see_is_spoken_with_once_a_month(counselor: Role) -> None:
    silent, heard = (of(counselor, name, shared=True) for name in ("Silent", "Heard"))
    of(counselor, "Own")
    of(counselor, "New", shared=True, joined_at=AT - timedelta(days=5))
    step(silent, date(2026, 6, 1), at=AT - timedelta(days=31))
    step(heard, date(2026, 6, 1), at=AT - timedelta(days=29))

    found = read(counselor).today

    assert [(entry.name, entry.is_voice_due) for entry in found] == [("Silent", True)]
