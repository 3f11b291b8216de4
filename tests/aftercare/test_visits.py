"""Where somebody went, and who says so. The meeting is on Saturdays, 17:00 to 18:00 in New York."""

from datetime import UTC, datetime, time, timedelta

import pytest

from aftercare import entry, saved, visits
from aftercare.access import Standing, roles_of
from aftercare.directory import editing, search
from aftercare.directory.search import Detail
from aftercare.models import Commitment, Expectation, Graduate, Meeting, MeetingEdit, Role, Visit
from aftercare.record import Actor
from tests import build
from tests.feeds import AT, imported, row

pytestmark = pytest.mark.django_db

STARTED = datetime(2026, 3, 7, 22, 0, tzinfo=UTC)
ID = "2026-03-07T17:00"
Outcome = Expectation.Outcome
HOUR = timedelta(hours=1)


@pytest.fixture
def graduate() -> Graduate:
    return build.graduate(user=build.user())


@pytest.fixture
def detail() -> Detail:
    (meeting,) = imported(row(day=6, time="17:00", end_time="18:00"), at=STARTED)
    return look(meeting)


def look(meeting: Meeting, at: datetime = AT) -> Detail:
    found = search.detail(slug=meeting.slug, at=at)
    assert found is not None
    return found


def actor(graduate: Graduate) -> Actor:
    return Actor(user=graduate.user, role="graduate")


def went(graduate: Graduate, detail: Detail, code: str = "", at: datetime = AT) -> Visit:
    return visits.went(graduate=graduate, detail=detail, code=code, actor=actor(graduate), at=at)


def told(graduate: Graduate) -> list[tuple[str, datetime, str, str]]:
    return [
        (line.title, line.starts_at, line.proof, line.signed_by)
        for line in visits.log(graduate=graduate, at=AT + timedelta(days=30))
    ]


@pytest.mark.parametrize(
    ("at", "starts_at"),
    [
        (STARTED, STARTED),
        (STARTED + timedelta(minutes=59), STARTED),
        (STARTED + timedelta(days=6), STARTED),
        # The clocks of New York went forward in between: the same hour on the wall.
        (STARTED + timedelta(days=7), datetime(2026, 3, 14, 21, 0, tzinfo=UTC)),
        (STARTED - timedelta(minutes=1), STARTED - timedelta(days=7)),
    ],
)
def test_last_date_is_the_newest_that_has_begun(
    detail: Detail, at: datetime, starts_at: datetime
) -> None:
    date = visits.last_date(detail=look(detail.meeting, at), at=at)

    assert date is not None
    assert (date.starts_at, date.ends_at) == (starts_at, starts_at + HOUR)


def test_by_appointment_has_no_last_date(graduate: Graduate) -> None:
    (meeting,) = imported(row(day=None, time=None))
    detail = look(meeting)

    assert visits.last_date(detail=detail, at=AT) is None
    with pytest.raises(visits.NotOver):
        went(graduate, detail)


def test_i_went_outside_of_the_plan_is_kept_once(graduate: Graduate, detail: Detail) -> None:
    first, again = went(graduate, detail), went(graduate, detail, at=AT + HOUR)

    assert first == again
    assert told(graduate) == [("Quiet Harbor", STARTED, "self", "")]
    assert (again.place, again.expectation) == (
        "Alderbrook Hall, 1418 Alderbrook Street, Philadelphia, PA 19104, USA",
        None,
    )
    assert told(build.graduate()) == []


def in_plan(graduate: Graduate, meeting: Meeting) -> Commitment:
    commitment = build.commitment(
        graduate=graduate, title="My Saturday", weekdays=[5], start_time=time(17)
    )
    commitment.meeting = meeting
    commitment.save()
    return commitment


def test_i_went_is_kept_in_the_plan_as_well_and_stands_once_in_the_log(
    graduate: Graduate, detail: Detail
) -> None:
    commitment = in_plan(graduate, detail.meeting)

    visit = went(graduate, detail)

    kept = Expectation.objects.get(commitment=commitment)
    assert (kept.recurrence_id, kept.outcome, visit.expectation) == (ID, Outcome.KEPT, kept)
    assert told(graduate) == [("Quiet Harbor", STARTED, "self", "")]

    visits.take_back(graduate=graduate, uid=visit.uid, actor=actor(graduate), at=AT)

    kept.refresh_from_db()
    assert (kept.outcome, told(graduate)) == (Outcome.PENDING, [])


def test_log_has_what_was_kept_in_the_plan_and_leaves_out_what_is_nobodys_business(
    graduate: Graduate,
) -> None:
    for kind, outcome in [
        (Commitment.Kind.THERAPY, Outcome.KEPT),
        (Commitment.Kind.MEDICATION, Outcome.KEPT),
        (Commitment.Kind.GROUP, Outcome.MISSED),
    ]:
        commitment = build.commitment(graduate=graduate, kind=kind, title=kind.value)
        build.occurrence(
            commitment=commitment, starts_at=STARTED, recurrence_id=ID, outcome=outcome
        )

    assert told(graduate) == [("therapy", STARTED, "self", "")]


@pytest.mark.parametrize(
    ("at", "starts_at"),
    [
        (STARTED - HOUR, STARTED),
        (STARTED + 3 * HOUR, STARTED),
        (STARTED + 4 * HOUR, STARTED + timedelta(days=7) - HOUR),
    ],
)
def test_staff_have_the_code_ahead_of_the_date_and_while_it_is_good(
    detail: Detail, at: datetime, starts_at: datetime
) -> None:
    date = visits.code_date(detail=look(detail.meeting, at), at=at)

    assert date is not None
    assert date.starts_at == starts_at


def test_code_proves_a_visit_for_three_hours_and_one_date_only(
    graduate: Graduate, detail: Detail
) -> None:
    date = visits.last_date(detail=detail, at=AT)
    assert date is not None
    code = visits.code_of(meeting=detail.meeting, date=date)
    before = visits.last_date(detail=look(detail.meeting, STARTED - HOUR), at=STARTED - HOUR)
    assert before is not None
    old = visits.code_of(meeting=detail.meeting, date=before)

    for wrong, at in [("AAAAAA", AT), (old, AT), (code, STARTED + 3 * HOUR + HOUR / 60)]:
        with pytest.raises(visits.WrongCode):
            went(graduate, detail, code=wrong, at=at)
    assert told(graduate) == []
    went(graduate, detail)
    went(graduate, detail, code=f" {code.lower()} ")
    went(graduate, detail)

    assert told(graduate) == [("Quiet Harbor", STARTED, "code", "")]
    visit = Visit.objects.get()
    with pytest.raises(visits.NoSuchLine):
        visits.take_back(graduate=graduate, uid=visit.uid, actor=actor(graduate), at=AT)


def test_staff_sign_what_was_told_in_either_way(graduate: Graduate, detail: Detail) -> None:
    signer = build.role(program=graduate.program).user
    visit = went(graduate, detail)
    group = build.commitment(graduate=graduate, kind=Commitment.Kind.GROUP, title="Group")
    kept = build.occurrence(
        commitment=group,
        starts_at=STARTED - HOUR,
        recurrence_id="2026-03-07T16:00",
        outcome=Outcome.KEPT,
    )

    for key in (f"visit:{visit.uid}", f"plan:{kept.uid}"):
        visits.sign(graduate=graduate, key=key, actor=Actor(user=signer, role="lead"), at=AT)

    assert told(graduate) == [
        ("Quiet Harbor", STARTED, "signed", signer.name),
        ("Group", STARTED - HOUR, "signed", signer.name),
    ]
    for key in (f"visit:{kept.uid}", f"plan:{kept.uid}", "plan:nothing", ""):
        with pytest.raises(visits.NoSuchLine):
            visits.sign(graduate=graduate, key=key, actor=Actor(), at=AT)
    with pytest.raises(visits.NoSuchLine):
        visits.sign(
            graduate=build.graduate(), key=f"visit:{visit.uid}", actor=Actor(user=signer), at=AT
        )


def test_what_was_unsaid_in_the_plan_is_no_visit_any_more(
    graduate: Graduate, detail: Detail
) -> None:
    in_plan(graduate, detail.meeting)
    went(graduate, detail)

    Expectation.objects.update(outcome=Outcome.MISSED)

    assert told(graduate) == []


# Kept at hand


def test_saved_meetings_stand_by_what_is_next_and_closed_ones_last(graduate: Graduate) -> None:
    closed, later, soon, other = imported(
        row(name="Closed", slug="a", day=6, time="18:30", types=["TC"]),
        row(name="Later", slug="b", day=0, time="09:00"),
        row(name="Soon", slug="c", day=6, time="19:00"),
        row(name="Other", slug="d", day=6, time="19:00"),
    )
    for meeting in (closed, later, soon, soon):
        saved.keep(graduate=graduate, meeting=meeting, at=AT)
    saved.keep(graduate=build.graduate(), meeting=other, at=AT)

    assert [one.row.name for one in saved.shelf(graduate=graduate, at=AT)] == [
        "Soon",
        "Later",
        "Closed",
    ]
    saved.drop(graduate=graduate, meeting=soon)
    assert [one.row.name for one in saved.shelf(graduate=graduate, at=AT)] == ["Later", "Closed"]


# One entry


def test_entry_tells_everybody_what_is_theirs(graduate: Graduate, detail: Detail) -> None:
    slug = detail.row.slug
    went(graduate, detail)
    saved.keep(graduate=graduate, meeting=detail.meeting, at=AT)
    own = entry.read(slug=slug, standing=roles_of(user=graduate.user, at=AT), at=AT)  # type: ignore[arg-type]
    role = build.role(program=graduate.program, kind=Role.Kind.COORDINATOR)
    staff = entry.read(slug=slug, standing=roles_of(user=role.user, at=AT), at=AT)
    visitor = entry.read(slug=slug, standing=Standing(user=None, at=AT), at=AT)

    assert own is not None
    assert staff is not None
    assert visitor is not None
    assert (staff.date, own.code_date) == (None, None)
    assert (own.is_kept, own.line and own.line.title, own.code) == (True, "Quiet Harbor", "")
    assert own.date is not None
    code = visits.code_of(meeting=detail.meeting, date=own.date)
    assert (staff.is_kept, staff.line, staff.code) == (False, None, code)
    assert (visitor.date, visitor.line, visitor.code, visitor.is_kept) == (None, None, "", False)
    assert entry.read(slug="nobody", standing=Standing(user=None, at=AT), at=AT) is None


def test_way_in_is_for_log_ins_alone_only_where_the_group_asks(
    graduate: Graduate, detail: Detail
) -> None:
    slug, visitor = detail.row.slug, Standing(user=None, at=AT)
    standing = roles_of(user=graduate.user, at=AT)  # type: ignore[arg-type]

    def may_join() -> tuple[bool, bool]:
        found = [entry.read(slug=slug, standing=one, at=AT) for one in (visitor, standing)]
        assert found[0] is not None
        assert found[1] is not None
        return found[0].may_join, found[1].may_join

    assert may_join() == (True, True)
    MeetingEdit.objects.create(meeting=detail.meeting, join_needs_login=True, edited_at=AT)
    assert may_join() == (False, True)
    assert editing.values_of(meeting=detail.meeting)["join_needs_login"] is True
