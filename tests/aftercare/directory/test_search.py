from datetime import UTC, datetime, time

import pytest

from aftercare.directory import importing
from aftercare.directory.moments import next_start
from aftercare.models import Meeting
from tests.feeds import AT, feed, find, guide, imported, named, names, rows

pytestmark = pytest.mark.django_db
LINK = {"conference_url": "https://meet.example.org/j/1"}
ONLINE = {"formatted_address": "Philadelphia, PA, USA", **LINK}


# Words


@pytest.fixture
def wordy() -> None:
    imported(
        named("Café Ferry", location="Millrace Hall", types=["O"]),
        named("Ferryman's Rest", group="Porch Group", types=["W"]),
        named("Back Porch", regions=["Delaware County", "Media"], types=["BE"]),
        named("Porch Back", formatted_address="12 Ferry Road, Media, PA", types=["S"]),
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ferry", {"Café Ferry", "Porch Back"}),
        ("q=FERRY cafe", {"Café Ferry"}),
        ("q=cafe ferry", {"Café Ferry"}),
        ("q=ferrymans", {"Ferryman's Rest"}),
        ("q=ferryman’s", {"Ferryman's Rest"}),
        ("q=porch", {"Ferryman's Rest", "Back Porch", "Porch Back"}),
        ("q=back porch", {"Back Porch", "Porch Back"}),
        ('q="back porch"', {"Back Porch"}),
        ('q="ferry millrace"', set()),
        ('q="rest porch"', set()),
        ("q=millrace", {"Café Ferry"}),
        ("q=delaware", {"Back Porch"}),
        ("q=women", {"Ferryman's Rest"}),
        ("q=spanish", {"Porch Back"}),
        ("q=mujeres", {"Ferryman's Rest"}),
        ("q=beginners", {"Back Porch"}),
        ("q=fer", set()),
        ("q=fer&prefix=1", {"Café Ferry", "Ferryman's Rest", "Porch Back"}),
        ("q=fer cafe&prefix=1", set()),
        ("q=erry&prefix=1", set()),
    ],
)
@pytest.mark.usefixtures("wordy")
def test_find_wants_all_words_in_any_order(query: str, found: set[str]) -> None:
    assert set(names(query)) == found


# Time


@pytest.fixture
def hourly() -> None:
    imported(
        named("Dawn", time="03:59", end_time="", day=1),
        named("Early", time="04:00", end_time="", day=1),
        named("Late morning", time="11:00", end_time="", day=2),
        named("Noon", time="12:00", end_time="", day=2),
        named("Tea", time="16:00", end_time="17:30", day=3),
        named("Supper", time="19:00", end_time="20:00", day=4),
        named("Night", time="20:00", end_time="22:00", day=5),
        named("Owl", time="23:30", end_time="00:30", day=6),
        named("Sometime", time=None, day=None),
        named("Dayless", time="10:00", end_time="11:00", day=None),
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("time=morning", {"Early", "Late morning", "Dayless"}),
        ("time=midday", {"Late morning", "Noon", "Tea"}),
        ("time=evening", {"Tea", "Supper", "Night"}),
        ("time=night", {"Night", "Owl", "Dawn"}),
        ("time=night&time=morning", {"Night", "Owl", "Dawn", "Early", "Late morning", "Dayless"}),
        ("after=19:00", {"Supper", "Night", "Owl"}),
        ("before=04:00", {"Dawn"}),
        ("before=03:59", set()),
        ("after=11:00&before=12:00", {"Late morning"}),
        ("ends_by=20:00&after=12:00", {"Noon", "Tea", "Supper"}),
        ("ends_by=23:00&after=19:00", {"Supper", "Night"}),
        ("ends_by=00:30&after=19:00", {"Supper", "Night", "Owl"}),
        ("ends_by=00:29&after=19:00", {"Supper", "Night"}),
        ("ends_by=11:00&after=10:00", {"Dayless"}),
        ("day=1", {"Dawn", "Early"}),
        ("day=1&day=6", {"Dawn", "Early", "Owl"}),
        ("day=today", {"Owl"}),
        ("day=tomorrow", set()),
        ("day=today&day=5", {"Owl", "Night"}),
    ],
)
@pytest.mark.usefixtures("hourly")
def test_find_filters_by_time_and_day(query: str, found: set[str]) -> None:
    assert set(names(query)) == found


def test_find_takes_today_from_the_meetings_own_zone() -> None:
    imported(
        named("Tokyo", day=0, timezone="Asia/Tokyo"),
        named("New York", day=6),
        named("Other", day=0),
    )

    assert set(names("day=today")) == {"Tokyo", "New York"}
    assert set(names("day=tomorrow")) == {"Other"}


def test_find_says_what_is_under_way_and_what_starts_within_the_hour() -> None:
    imported(
        named("Over", day=6, time="17:00", end_time="18:00"),
        named("Running", day=6, time="17:30", end_time="18:30"),
        named("Starting", day=6, time="18:00"),
        named("Soon", day=6, time="19:00"),
        named("Later", day=6, time="19:01"),
        named("In Chicago", day=6, time="17:15", end_time="", timezone="America/Chicago"),
        named("By appointment", day=None, time=None),
    )

    found = {one.name: one.in_progress for one in find("now=1").rows}

    assert found == {"Running": True, "Starting": True, "In Chicago": False, "Soon": False}


@pytest.mark.parametrize(
    ("now", "running"),
    [
        (datetime(2026, 3, 8, 4, 29, tzinfo=UTC), False),
        (datetime(2026, 3, 8, 4, 30, tzinfo=UTC), True),
        (datetime(2026, 3, 8, 5, 15, tzinfo=UTC), True),
        (datetime(2026, 3, 8, 5, 29, 59, tzinfo=UTC), True),
    ],
)
def test_find_keeps_a_meeting_past_midnight_running(now: datetime, running: bool) -> None:
    imported(named("Owl", day=6, time="23:30", end_time="00:30"))

    (found,) = find("now=1", now).rows

    assert (found.in_progress, found.as_dict(url="")["next_start"]) == (
        running,
        "2026-03-07T23:30:00-05:00",
    )


def test_find_wraps_the_week_and_counts_a_lost_hour() -> None:
    gone = named("Gone", day=6, time="16:00", end_time="")
    imported(gone, named("Gap", day=0, time="02:30", end_time=""))

    found = {one.name: one.as_dict(url="")["next_start"] for one in find().rows}

    assert found == {"Gap": "2026-03-08T03:30:00-04:00", "Gone": "2026-03-14T16:00:00-04:00"}


def test_find_sorts_by_next_start_over_all_zones_with_appointments_last() -> None:
    imported(
        named("By appointment", day=None, time=None),
        named("Ended", day=6, time="16:00", end_time=""),
        named("Running", day=6, time="17:30"),
        # 15:30 UTC; New York's is at 15:00, and was at 16:00 before its clocks went forward.
        named("Phoenix", day=0, time="08:30", end_time="", timezone="America/Phoenix"),
        named("New York", day=0, time="11:00", end_time=""),
    )

    assert names() == ["Running", "New York", "Phoenix", "Ended", "By appointment"]


@pytest.mark.parametrize(
    "now",
    [
        AT,
        datetime(2026, 3, 8, 6, 30, tzinfo=UTC),
        datetime(2026, 10, 31, 12, 17, 40, tzinfo=UTC),
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    ],
)
def test_find_orders_in_the_database_as_next_start_says(now: datetime) -> None:
    zones = ["America/New_York", "America/Phoenix", "Europe/London", "Asia/Kathmandu"]
    imported(
        *[
            {**one, "timezone": zones[number % 4], "end_time": None, "day": number % 7}
            for number, one in enumerate(rows(60))
        ]
    )

    found = find("per_page=200", now).rows

    moments = [
        next_start(
            weekday=one.weekday or 0,
            start_time=one.start_time or time(0),
            minutes=one.minutes,
            zone_name=one.timezone,
            at=now,
        )
        for one in found
    ]
    starts = [one.starts_at for one in moments if one]
    assert len(starts) == 60
    assert starts == sorted(starts)
    assert [one.moment.starts_at for one in found if one.moment] == starts


def test_find_takes_its_own_instant_before_the_clock() -> None:
    imported(named("Running", day=1, time="19:00"))

    assert names("now=1&at=2026-03-09T19:30:00-04:00") == ["Running"]
    assert names("now=1") == []


# Kind


@pytest.fixture
def mixed() -> None:
    imported(
        named("Women open", types=["W", "O"]),
        named("Women closed", types=["W", "C"]),
        named("Gay", types=["G"]),
        named("Both", **LINK),
        named("Far", **ONLINE),
        named("Shut", types=["TC"]),
    )
    imported(named("Speaker", types=["S"]), name="ACA", fellowship="aca")
    imported(named("Espera", types=["S"]), name="NA", fellowship="na")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tag=women", {"Women open", "Women closed"}),
        ("tag=women&tag=open", {"Women open"}),
        ("tag=lgbtq", {"Gay"}),
        ("tag=speaker", {"Speaker"}),
        ("tag=language-es", {"Espera"}),
        ("fellowship=aca", {"Speaker"}),
        ("fellowship=aca&fellowship=na", {"Speaker", "Espera"}),
        ("attendance=online", {"Both", "Far"}),
        ("attendance=hybrid", {"Both"}),
        ("attendance=in_person&tag=women", {"Women open", "Women closed"}),
        ("attendance=in_person&attendance=online&tag=lgbtq", {"Gay"}),
        ("q=shut", set()),
        ("q=shut&inactive=1", {"Shut"}),
    ],
)
@pytest.mark.usefixtures("mixed")
def test_find_filters_by_tag_fellowship_attendance_and_activity(
    query: str, found: set[str]
) -> None:
    assert set(names(query)) == found


@pytest.mark.usefixtures("mixed")
def test_find_lets_hybrid_meetings_answer_in_person_too() -> None:
    assert "Both" in names("attendance=in_person")
    assert "Far" not in names("attendance=in_person")


def test_find_never_shows_a_retired_meeting() -> None:
    source = feed()
    importing.apply(feed=source, body=guide(*rows(10)), at=AT)
    Meeting.objects.filter(source_slug="group-1").update(
        active=False, retired_at=AT, inactive_reason="no longer listed"
    )

    assert "Group 1" not in names("inactive=1")
    assert find("inactive=1").count == 9


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("region=Bucks County", {"In Doylestown", "In Bucks"}),
        ("region=bucks-county", {"In Doylestown", "In Bucks"}),
        ("region=Doylestown", {"In Doylestown"}),
        ("region=Bucks County > Doylestown", {"In Doylestown"}),
        ("region=Bucks", set()),
    ],
)
def test_find_takes_a_region_with_everything_below_it(query: str, found: set[str]) -> None:
    imported(
        named("In Doylestown", regions=["Bucks County", "Doylestown"]),
        named("In Bucks", regions=["Bucks County"]),
        named("Elsewhere", regions=["Chester County", "Bucks Hill"]),
    )

    assert set(names(query)) == found
