import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aftercare import cadence
from notifications.quiet_hours import PROGRAM_HOURS, Week, parse_windows, week

NEW_YORK = ZoneInfo("America/New_York")
HONOLULU = ZoneInfo("Pacific/Honolulu")
OFFICE = [[["09:00", "17:00"]]] * 5 + [[], []]
JOINED = date(2026, 1, 6)  # a Tuesday
# The default without its touches of the first ninety days.
TAPER = replace(cadence.USUAL, touches=(), caring=())


def days(
    *,
    key: int,
    until: date,
    cadence_days: int | None = None,
    template: cadence.Template = TAPER,
) -> list[date]:
    """Every check-in day of somebody who joined on JOINED, planned the day after each one."""
    found: list[date] = []
    while not found or found[-1] <= until:
        last = found[-1] if found else None
        found.append(
            cadence.next_on(
                start_on=JOINED,
                last_on=last,
                today=last or JOINED,
                key=key,
                cadence_days=cadence_days,
                template=template,
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
    slow_from = next(i for i, day in enumerate(found) if (day - JOINED).days > 365 - 14)
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
        start_on=JOINED,
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


# Touches, and keeping in touch


def touched(until: date, **changes: Any) -> list[tuple[int, str]]:
    """Texts that ask nothing up to a day, for somebody who graduated on JOINED."""
    facts = {"start_on": JOINED, "graduated_on": JOINED, "after": JOINED, "until": until}
    return [
        ((on - JOINED).days, kind.value) for on, kind in cadence.touches(**{**facts, **changes})
    ]


def test_first_check_in_is_the_touch_of_day_three_on_the_nearest_good_weekday() -> None:
    mondays = [date(2026, 1, 5) + timedelta(days=off) for off in range(7)]
    found = [
        cadence.next_on(start_on=start, last_on=None, today=start, key=0, cadence_days=None)
        for start in mondays
    ]

    assert [(day - start).days for day, start in zip(found, mondays, strict=True)] == [
        3,
        2,
        6,
        5,
        4,
        3,
        3,
    ]
    assert {day.weekday() for day in found} <= {1, 2, 3}


def test_weekly_check_ins_are_the_other_touches_that_ask() -> None:
    found = days(key=2, until=date(2026, 2, 1), template=cadence.USUAL)

    # Thursdays; the one of 22 January is the touch of day 14.
    assert found == [date(2026, 1, 8), date(2026, 1, 15), date(2026, 1, 22), date(2026, 1, 29)]


def test_a_touch_that_no_check_in_lies_near_is_asked_on_its_day() -> None:
    slow = replace(cadence.USUAL, steps=(cadence.Step(every=28),))

    found = days(key=2, until=date(2026, 3, 1), template=slow)

    assert found[:2] == [date(2026, 1, 8), JOINED + timedelta(days=14)]


def test_caring_contacts_are_the_touches_of_their_days_and_thin_out() -> None:
    assert cadence.USUAL.asking == (3, 14)
    assert touched(JOINED + timedelta(days=364)) == [
        (day, "caring") for day in (1, 7, 30, 60, 90, 120, 180, 240, 300, 360)
    ]


def test_after_a_year_there_are_an_anniversary_and_a_hello_each_quarter() -> None:
    after = JOINED + timedelta(days=364)

    assert touched(JOINED + timedelta(days=800), after=after) == [
        (365, "anniversary"),
        (456, "hello"),
        (547, "hello"),
        (638, "hello"),
        (730, "anniversary"),
    ]


def test_anniversary_is_that_of_graduating_also_on_a_leap_day() -> None:
    found = cadence.touches(
        start_on=date(2024, 2, 29),
        graduated_on=date(2024, 2, 29),
        after=date(2025, 2, 24),
        until=date(2025, 3, 10),
    )

    assert found == [(date(2025, 2, 28), cadence.TouchKind.ANNIVERSARY)]


def test_keeping_in_touch_begins_after_a_year_unless_somebody_chose_to_be_asked_more() -> None:
    last, first = JOINED + timedelta(days=364), JOINED + timedelta(days=365)

    def keeps(on: date, chosen: int | None) -> bool:
        return cadence.keeps_in_touch(start_on=JOINED, on=on, cadence_days=chosen)

    assert [keeps(last, None), keeps(first, None)] == [False, True]
    assert [keeps(first, days) for days in (7, 14, 28, cadence.ONLY_HELLO)] == [
        False,
        False,
        True,
        True,
    ]


# Weekends, Friday evenings


STAFFED_ALWAYS = [[["00:00", "23:59"]]] * 7


def test_nothing_opens_on_friday_evening_or_at_the_weekend_without_on_call() -> None:
    friday = datetime(2026, 3, 13, 21, 0, tzinfo=UTC)  # 17:00 in New York

    def found(after: datetime, *, has_on_call: bool) -> datetime | None:
        return cadence.opening(
            on=date(2026, 3, 13),
            after=after,
            zone=NEW_YORK,
            staffed_hours=STAFFED_ALWAYS,
            staffed_zone=NEW_YORK,
            preferred_hour=18,
            key=0,
            has_on_call=has_on_call,
        )

    before = friday - timedelta(hours=1)
    assert found(before, has_on_call=True) == datetime(2026, 3, 13, 22, 0, tzinfo=UTC)
    assert found(before, has_on_call=False) == datetime(2026, 3, 13, 20, 55, tzinfo=UTC)
    assert found(friday, has_on_call=False) == datetime(2026, 3, 16, 22, 0, tzinfo=UTC)
    assert found(friday + timedelta(days=1), has_on_call=True) == datetime(
        2026, 3, 14, 22, 0, tzinfo=UTC
    )


def test_what_waits_may_leave_until_friday_evening() -> None:
    friday = datetime(2026, 3, 13, 21, 0, tzinfo=UTC)
    thursday, saturday = friday - timedelta(days=1), friday + timedelta(hours=20)

    assert [
        cadence.attended_until(at=at, zone=NEW_YORK) for at in (thursday, friday, saturday)
    ] == [friday, friday, saturday]


def test_a_working_day_later_is_the_same_clock_on_the_next_staffed_day() -> None:
    thursday = datetime(2026, 3, 5, 20, 0, tzinfo=UTC)  # 15:00
    friday, saturday = thursday + timedelta(days=1), thursday + timedelta(days=2)

    def later(at: datetime, hours: cadence.Hours = OFFICE) -> datetime:
        return cadence.working_day_later(at=at, hours=hours, zone=NEW_YORK)

    assert later(thursday) == friday
    assert later(friday) == datetime(2026, 3, 9, 19, 0, tzinfo=UTC)  # the clock has changed
    assert later(saturday) == datetime(2026, 3, 10, 13, 0, tzinfo=UTC)  # from Monday at nine
    assert later(thursday, []) == friday
