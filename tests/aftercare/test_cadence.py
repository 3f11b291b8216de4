import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aftercare import cadence
from notifications.quiet_hours import PROGRAM_HOURS, Week, parse_windows, week

NEW_YORK = ZoneInfo("America/New_York")
HONOLULU = ZoneInfo("Pacific/Honolulu")
OFFICE = [[["09:00", "17:00"]]] * 5 + [[], []]
JOINED = date(2026, 1, 6)  # a Tuesday


def days(*, key: int, until: date, cadence_days: int | None = None) -> list[date]:
    """Every check-in day of somebody who joined on JOINED, planned the day after each one."""
    found: list[date] = []
    while not found or found[-1] <= until:
        last = found[-1] if found else None
        found.append(
            cadence.next_on(
                joined_on=JOINED,
                last_on=last,
                today=last or JOINED,
                key=key,
                cadence_days=cadence_days,
            )
        )
    return found[:-1]


def opening(
    *,
    on: date = date(2026, 3, 10),
    after: datetime = datetime(2026, 3, 9, 0, 0, tzinfo=UTC),
    zone: ZoneInfo = NEW_YORK,
    hours: cadence.Hours = OFFICE,
    preferred_hour: int | None = None,
    key: int = 0,
    allowed: Week = PROGRAM_HOURS,
) -> datetime | None:
    return cadence.opening(
        on=on,
        after=after,
        zone=zone,
        staffed_hours=hours,
        staffed_zone=NEW_YORK,
        preferred_hour=preferred_hour,
        key=key,
        allowed=allowed,
    )


@pytest.mark.parametrize("key", [0, 1, 2])
def test_taper_is_weekly_for_eight_then_every_two_weeks_then_every_four(key: int) -> None:
    found = days(key=key, until=date(2027, 6, 1))

    gaps = [(later - earlier).days for earlier, later in itertools.pairwise(found)]
    slow_from = next(i for i, day in enumerate(found) if (day - JOINED).days >= 365)
    assert gaps[:7] == [7] * 7
    assert set(gaps[7:slow_from]) == {14}
    assert set(gaps[slow_from:]) == {28}


def test_first_check_in_comes_within_a_week_of_joining() -> None:
    assert [days(key=key, until=date(2026, 1, 20))[0] for key in (0, 1, 2)] == [
        date(2026, 1, 13),
        date(2026, 1, 7),
        date(2026, 1, 8),
    ]


def test_own_weekday_is_spread_over_tuesday_to_thursday() -> None:
    weekdays = [cadence.weekday_of(key=key) for key in range(6)]

    assert weekdays == [1, 2, 3, 1, 2, 3]


def test_chosen_cadence_takes_the_place_of_the_taper() -> None:
    found = days(key=0, until=date(2026, 3, 1), cadence_days=14)

    assert found == [date(2026, 1, 13), date(2026, 1, 27), date(2026, 2, 10), date(2026, 2, 24)]


def test_odd_cadence_lands_on_the_nearest_of_tuesday_to_thursday() -> None:
    found = days(key=0, until=date(2026, 2, 8), cadence_days=10)

    # Ten days after a Tuesday is a Friday; the day before is a Thursday.
    assert found == [date(2026, 1, 13), date(2026, 1, 22), date(2026, 2, 3)]


def test_step_up_to_every_three_days_keeps_its_days() -> None:
    found = days(key=0, until=date(2026, 1, 20), cadence_days=3)

    assert found == [date(2026, 1, 13), date(2026, 1, 16), date(2026, 1, 19)]


def test_pause_leaves_no_backlog() -> None:
    day = cadence.next_on(
        joined_on=JOINED,
        last_on=date(2026, 1, 13),
        today=date(2026, 3, 11),
        key=0,
        cadence_days=None,
    )

    assert day == date(2026, 3, 17)


def test_check_in_opens_near_the_usual_hour_while_somebody_is_there() -> None:
    assert opening() == datetime(2026, 3, 10, 14, 0, tzinfo=UTC)  # 10:00 in New York


def test_check_in_opens_at_the_preferred_hour() -> None:
    assert opening(preferred_hour=13) == datetime(2026, 3, 10, 17, 0, tzinfo=UTC)


def test_three_staffed_hours_follow_however_late_somebody_prefers() -> None:
    assert opening(preferred_hour=19) == datetime(2026, 3, 10, 18, 0, tzinfo=UTC)  # 14:00


def test_openings_of_one_day_are_spread_over_the_caseload() -> None:
    found = {opening(key=key) for key in range(0, 30, 3)}

    assert len(found) > 5


def test_check_in_moves_to_the_next_day_on_which_the_office_is_staffed() -> None:
    hours = [[], [], [], [["09:00", "17:00"]], [], [], []]

    assert opening(hours=hours) == datetime(2026, 3, 12, 14, 0, tzinfo=UTC)


def test_check_in_opens_after_the_given_instant_only() -> None:
    after = datetime(2026, 3, 10, 17, 30, tzinfo=UTC)

    assert opening(after=after) == datetime(2026, 3, 10, 17, 35, tzinfo=UTC)


def test_check_in_keeps_out_of_quiet_hours() -> None:
    allowed = PROGRAM_HOURS - week(*parse_windows([["09:00", "12:30"]]))

    assert opening(allowed=allowed) == datetime(2026, 3, 10, 16, 30, tzinfo=UTC)


def test_far_away_person_is_asked_while_most_of_the_office_day_is_left() -> None:
    # Nine in Honolulu is three in the afternoon in New York: two staffed hours are left.
    assert opening(zone=HONOLULU) == datetime(2026, 3, 10, 19, 0, tzinfo=UTC)


def test_person_who_never_meets_the_office_is_asked_in_own_hours() -> None:
    allowed = week(*parse_windows([["18:00", "20:00"]]))

    assert opening(allowed=allowed) == datetime(2026, 3, 10, 22, 0, tzinfo=UTC)


def test_no_opening_where_no_hour_is_allowed() -> None:
    assert opening(allowed=Week(0)) is None


def test_opening_keeps_its_hour_over_daylight_saving() -> None:
    before = opening(on=date(2026, 3, 5), after=datetime(2026, 3, 1, tzinfo=UTC))
    later = opening(on=date(2026, 3, 12), after=datetime(2026, 3, 1, tzinfo=UTC))

    assert before == datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
    assert later == datetime(2026, 3, 12, 14, 0, tzinfo=UTC)


def test_staffed_time_runs_only_while_somebody_is_there() -> None:
    friday_afternoon = datetime(2026, 3, 6, 21, 0, tzinfo=UTC)  # 16:00, an hour before closing

    by = cadence.after_staffed(
        at=friday_afternoon, amount=timedelta(hours=2), hours=OFFICE, zone=NEW_YORK
    )

    assert by == datetime(2026, 3, 9, 14, 0, tzinfo=UTC)  # Monday 10:00, an hour later in UTC


def test_staffed_time_is_plain_time_without_any_hours() -> None:
    at = datetime(2026, 3, 6, 21, 0, tzinfo=UTC)

    assert cadence.after_staffed(
        at=at, amount=timedelta(hours=2), hours=[], zone=NEW_YORK
    ) == at + timedelta(hours=2)


def test_next_staffed_is_now_while_staffed_and_monday_on_a_weekend() -> None:
    now = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
    saturday = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)

    assert cadence.next_staffed(at=now, hours=OFFICE, zone=NEW_YORK) == now
    assert cadence.next_staffed(at=saturday, hours=OFFICE, zone=NEW_YORK) == datetime(
        2026, 3, 9, 13, 0, tzinfo=UTC
    )
    assert cadence.next_staffed(at=saturday, hours=[], zone=NEW_YORK) is None
