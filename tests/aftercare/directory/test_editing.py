"""What staff set by hand stands above every import."""

from dataclasses import fields, replace
from datetime import time, timedelta
from typing import Any

import pytest

from aftercare.directory import editing, search
from aftercare.directory.editing import MeetingDraft
from aftercare.models import AuditEntry, Feed, Meeting, MeetingEdit
from aftercare.record import Actor
from notifications.models import Program
from tests import build
from tests.feeds import AT, counts, feed, imported, names, row, take

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def draft_of(meeting: Meeting) -> MeetingDraft:
    return MeetingDraft(**editing.values_of(meeting=meeting))


@pytest.fixture
def program() -> Program:
    return build.program()


def correct(meeting: Meeting, program: Program, **changes: Any) -> Meeting:
    draft = replace(draft_of(meeting), **changes)
    actor = Actor(user=build.user(), role="lead")
    return editing.change(meeting=meeting, draft=draft, program=program, actor=actor, at=AT)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"types": ["TC"]},
        {"conference_url": "https://meet.example.org/j/1", "types": ["O", "TC", "ONL"]},
        {"conference_url": "https://meet.example.org/j/1"},
        {"formatted_address": "Philadelphia, PA, USA", "conference_phone": "+12155550142"},
        {"day": None, "time": None},
    ],
)
def test_saving_without_a_change_changes_nothing(changes: dict[str, Any], program: Program) -> None:
    (meeting,) = imported(row(**changes))
    before = Meeting.objects.values().get()

    correct(meeting, program)

    assert Meeting.objects.values().get() == before
    assert MeetingEdit.objects.get().values == {}


def test_hiding_the_way_in_is_a_change_that_readers_of_our_feed_fetch(program: Program) -> None:
    (meeting,) = imported(row(conference_url="https://meet.example.org/j/1"), at=AT - DAY)

    correct(meeting, program, join_needs_login=True)

    assert search.changed_at() == AT


def test_correction_stays_over_imports_and_the_rest_follows_the_source(program: Program) -> None:
    source = feed()
    take(source, row())
    meeting = Meeting.objects.get()
    correct(meeting, program, start_time=time(20, 15), notes="Side door.", tags=("open", "women"))

    report = take(source, row(location="New Hall", types=["C"], time="18:00"))

    meeting.refresh_from_db()
    assert counts(report) == {"changed": 1}
    assert (meeting.start_time, meeting.notes, meeting.tags) == (
        time(20, 15), "Side door.", " open women ",
    )  # fmt: skip
    assert (meeting.location, meeting.weekday) == ("New Hall", 1)
    assert names("q=new+hall&tag=women&after=20:00") == ["Quiet Harbor"]
    assert counts(take(source, row(location="New Hall", types=["C"], time="18:00"))) == {
        "unchanged": 1
    }
    assert AuditEntry.objects.filter(thing="meeting", verb=AuditEntry.Verb.CHANGED).count() == 1


def test_corrected_address_moves_the_meeting_to_its_zip(program: Program) -> None:
    (meeting,) = imported(row())

    correct(meeting, program, address="9 Kestrel Street, Reading, PA 19601")

    assert names("near=19601") == ["Quiet Harbor"]
    assert names("near=19104") == []


def test_closed_room_leaves_the_line_open(program: Program) -> None:
    line = {"conference_url": "https://meet.example.org/j/1"}
    both, room = imported(row(**line), row(slug="two", name="Two"))

    for meeting in (both, room):
        correct(meeting, program, is_closed=True)

    both.refresh_from_db()
    room.refresh_from_db()
    assert (both.attendance, both.active) == ("online", True)
    assert (room.attendance, room.inactive_reason) == ("inactive", "temporarily closed")
    assert draft_of(both).is_closed
    correct(room, program, is_closed=False)
    assert names() == ["Quiet Harbor", "Two"]


def test_meeting_added_by_hand_is_found_and_no_import_touches_it(program: Program) -> None:
    draft = MeetingDraft(
        name="Lantern Walk",
        weekday=6,
        start_time=time(19, 0),
        minutes=90,
        location="River Hall",
        address="3 River Street, Philadelphia, PA 19104",
        tags=("newcomer",),
        join_needs_login=True,
    )
    actor = Actor(user=build.user(), role="lead")
    made = editing.add(
        draft=draft,
        fellowship="recovery",
        timezone="America/New_York",
        program=program,
        actor=actor,
        at=AT,
    )
    imported(row())

    assert names("near=19104&tag=newcomer&day=6") == ["Lantern Walk"]
    assert draft_of(made) == draft
    assert (made.feed, made.active, made.attendance) == (None, True, "in_person")
    assert Feed.objects.get().meetings.count() == 1
    assert AuditEntry.objects.filter(verb=AuditEntry.Verb.CREATED, thing="meeting").count() == 1


def test_draft_names_what_a_listing_has() -> None:
    own = {"is_closed", "join_needs_login"}
    assert {one.name for one in fields(MeetingDraft)} - own <= {
        field.name for field in Meeting._meta.get_fields()
    }
