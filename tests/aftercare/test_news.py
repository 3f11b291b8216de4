from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from aftercare import closing, news, plan
from aftercare.directory import editing, moments, reviews
from aftercare.engagement import watch
from aftercare.models import Commitment, Feed, Graduate, ImportRun, Meeting, MeetingNews, Role
from aftercare.record import Actor
from notifications.kinds import Kind, Scope
from notifications.models import Message
from tests import build
from tests.feeds import feed, guide, named, rows, take

pytestmark = pytest.mark.django_db

# Thursday noon in New York; the meetings are on Mondays.
AT = datetime(2026, 1, 8, 17, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


def others(**changes: Any) -> list[dict[str, Any]]:
    """Enough for the shrink guard, three of them near and at a like time."""
    far = rows(12, day=3, time="07:00", latitude=47.6, longitude=-122.3, formatted_address=None)
    near = [
        named(f"Near {number}", time=start, day=1, formatted_address=f"{number} Alder Street")
        for number, start in ((1, "18:30"), (2, "19:30"), (3, "20:30"), (4, "12:00"))
    ]
    return [*far, *near]


def planned(meeting: Meeting, **facts: Any) -> Commitment:
    graduate = build.graduate(**facts)
    draft = plan.draft_from_meeting(meeting=meeting, starts_on=date(2026, 1, 5))
    return plan.add(graduate=graduate, draft=draft, actor=Actor(), at=AT)


@pytest.fixture
def source() -> Feed:
    source = feed()
    take(source, named("Porch"), *others(), at=AT - timedelta(days=1))
    return source


@pytest.fixture
def porch(source: Feed) -> Meeting:
    return Meeting.objects.get(name="Porch")


def sent() -> list[Message]:
    return list(Message.objects.filter(key__startswith="news:").order_by("pk"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time": "18:00"}, "has a new time or place"),
        ({"day": 2}, "has a new time or place"),
        ({"formatted_address": "9 Kettle Road"}, "has a new time or place"),
        ({"types": ["TC"]}, "does not meet for now"),
    ],
)
def test_tell_says_before_the_next_date_that_a_meeting_became_another(
    source: Feed, porch: Meeting, changes: dict[str, Any], words: str
) -> None:
    commitment = planned(porch)
    planned(Meeting.objects.get(name="Near 1"))
    take(source, named("Porch", **changes), *others(), at=LATER)

    assert news.tell(at=LATER) == 1

    (message,) = sent()
    assert message.about == commitment.graduate.uid
    assert message.kind == Kind.REMINDER
    assert words in message.body
    assert "7:00 PM, Monday" in message.body
    assert "Porch" not in message.body
    assert message.not_before == LATER
    assert message.expires_at == datetime(2026, 1, 13, 1, 30, tzinfo=UTC)
    token = news.token_of(news=MeetingNews.objects.get(commitment=commitment))
    assert f"/changed/{token} " in message.body
    is_over = changes == {"types": ["TC"]}
    watch.reassess_due(at=LATER)
    opened = list(commitment.graduate.signals.values_list("kind", "band"))
    assert opened == ([("meeting_closed", "watch")] if is_over else [])
    assert (news.tell(at=LATER), len(sent())) == (0, 1)


def test_tell_says_nothing_of_a_new_name_or_note(source: Feed, porch: Meeting) -> None:
    planned(porch)

    take(
        source, named("Porch", slug="porch", notes="Ring twice.", group="New"), *others(), at=LATER
    )

    assert (news.tell(at=LATER), sent()) == (0, [])


def test_tell_waits_for_decent_hours_where_there_is_time(source: Feed, porch: Meeting) -> None:
    night = datetime(2026, 1, 9, 7, 0, tzinfo=UTC)
    planned(porch)
    take(source, named("Porch", time="18:00"), *others(), at=night)

    news.tell(at=night)

    (message,) = sent()
    assert night + timedelta(hours=5) < message.not_before < night + timedelta(hours=12)


def test_tell_leaves_out_who_planned_it_as_it_is_now_or_gave_it_up(
    source: Feed, porch: Meeting
) -> None:
    ended = planned(porch)
    plan.end(commitment=ended, actor=Actor(), at=AT)
    take(source, named("Porch", time="18:00"), *others(), at=LATER)
    porch.refresh_from_db()
    planned(porch)

    assert (news.tell(at=LATER), sent()) == (0, [])


def test_tell_goes_as_an_event_to_who_agreed_to_no_reminders(source: Feed, porch: Meeting) -> None:
    planned(porch, scopes=(Scope.PROGRAM,))
    take(source, named("Porch", time="18:00"), *others(), at=LATER)

    news.tell(at=LATER)

    assert [message.kind for message in sent()] == [Kind.EVENT]


def test_tell_speaks_of_a_retired_meeting_after_its_second_absence(
    source: Feed, porch: Meeting
) -> None:
    commitment = planned(porch)
    take(source, *others(), at=LATER)
    assert news.tell(at=LATER) == 0

    take(
        source,
        *others(),
        named("More", time="06:00", formatted_address="1 Far Road"),
        at=LATER + timedelta(hours=1),
    )

    assert news.tell(at=LATER + timedelta(hours=1)) == 1
    assert "does not meet for now" in sent()[0].body
    assert sent()[0].about == commitment.graduate.uid


def test_read_shows_the_change_and_three_others_near_at_a_like_time(
    source: Feed, porch: Meeting
) -> None:
    planned(porch)
    take(source, named("Porch", time="12:30"), *others(), at=LATER)
    news.tell(at=LATER)

    found = news.read(token=news.token_of(news=MeetingNews.objects.get()), at=LATER)

    assert found is not None
    assert (found.was_weekday, found.was_time, found.is_over) == (1, time(19), False)
    assert found.meeting.start_time == time(12, 30)
    assert {row.name for row in found.others} == {"Near 1", "Near 2", "Near 3"}
    assert [news.read(token=token, at=LATER) for token in ("x" * 22, "é", "")] == [None] * 3


def test_others_of_a_meeting_without_a_point_are_online() -> None:
    source = feed()
    link = {"conference_url": "https://meet.example.org/j/1", "latitude": None, "longitude": None}
    names = ("One", "Two", "Three")
    nowhere = {**link, "formatted_address": None}
    take(source, *(named(name, **nowhere) for name in names), named("In a room"), at=AT)
    one = Meeting.objects.get(name="One")

    found = news.others(meeting=one, weekday=1, start_time=time(19), at=AT)

    assert {row.name for row in found} == {"Two", "Three"}


def test_others_of_a_room_are_rooms_and_online_only_where_these_are_too_few() -> None:
    link = {"conference_url": "https://meet.example.org/j/1"}
    take(
        feed(),
        named("Porch"),
        named("Lane", formatted_address="3 Alder Street"),
        named("Next door online", **link, types=["TC"]),
        named("Afar online", **link, formatted_address=None, latitude=None, longitude=None),
        at=AT,
    )
    porch = Meeting.objects.get(name="Porch")

    found = news.others(meeting=porch, weekday=1, start_time=time(19), at=AT)

    lane, *online = (row.name for row in found)
    assert lane == "Lane"
    assert set(online) == {"Next door online", "Afar online"}


def test_accept_takes_in_what_was_held_and_tells_whom_it_concerns(
    source: Feed, porch: Meeting
) -> None:
    planned(porch)
    role = build.role(program=build.program(), kind=Role.Kind.LEAD)
    actor = Actor(user=role.user, role="lead")
    shrunk = importing_held(source, named("Porch", time="18:00"), *others()[:3])

    outcome = news.accept(run=shrunk, actor=actor, program=role.program, at=LATER)

    shrunk.refresh_from_db()
    assert (outcome.report.changed, outcome.report.absent) == (1, 13)
    assert (shrunk.accepted, shrunk.settled_by, shrunk.payload) == (True, role.user, None)
    assert [message.about for message in sent()] == [Graduate.objects.get().uid]
    with pytest.raises(reviews.NoLongerHeld):
        news.accept(run=shrunk, actor=actor, program=role.program, at=LATER)


def importing_held(source: Feed, *found: Any) -> ImportRun:
    report = take(source, *found, at=LATER)
    assert report.held
    assert guide(*found) == bytes(ImportRun.objects.latest("pk").payload or b"")
    return ImportRun.objects.latest("pk")


def test_tell_says_once_that_the_next_date_is_closed_and_nothing_of_later_ones(
    source: Feed, porch: Meeting
) -> None:
    commitment = planned(porch)
    facts: dict[str, Any] = {"meeting": porch, "whole_place": False, "note": "", "actor": Actor()}
    program = commitment.graduate.program
    monday, later = date(2026, 1, 12), date(2026, 2, 2)
    closing.close(first_on=monday, last_on=monday, program=program, at=LATER, **facts)
    closing.close(first_on=later, last_on=later, program=program, at=AT, **facts)

    assert (news.tell(at=LATER), news.tell(at=LATER)) == (1, 0)

    (message,) = sent()
    assert message.body.startswith("Your 7:00 PM, Monday, is not on that day. Others near it: ")
    token = news.token_of(news=MeetingNews.objects.get())
    found = news.read(token=token, at=LATER)
    assert found is not None
    assert (found.closure and found.closure.first_on, found.is_over) == (monday, False)
    week_before = datetime(2026, 1, 28, 17, 0, tzinfo=UTC)
    assert news.tell(at=week_before) == 1


def test_tell_says_when_staff_correct_the_hour_or_the_weeks(source: Feed, porch: Meeting) -> None:
    commitment = planned(porch)
    draft = editing.MeetingDraft(**editing.values_of(meeting=porch))
    facts: dict[str, Any] = {"program": commitment.graduate.program, "actor": Actor()}

    editing.change(meeting=porch, draft=replace(draft, notes="Ring twice."), at=LATER, **facts)
    assert news.tell(at=LATER) == 0
    first_and_third = moments.weeks_of(positions=(1, 3))
    editing.change(meeting=porch, draft=replace(draft, weeks=first_and_third), at=LATER, **facts)
    assert news.tell(at=LATER) == 1
