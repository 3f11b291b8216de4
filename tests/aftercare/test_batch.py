import logging

import pytest
from django.db import DatabaseError, OperationalError

from aftercare import batch
from aftercare.models import Graduate
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[Graduate]:
    program = build.program()
    return [build.graduate(program=program, with_phone=False) for _ in range(3)]


def pause(graduate: Graduate) -> bool:
    Graduate.objects.filter(pk=graduate.pk).update(status=Graduate.Status.PAUSED)
    return True


def paused() -> list[int]:
    rows = Graduate.objects.filter(status=Graduate.Status.PAUSED)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def test_each_row_is_done_and_counted(people: list[Graduate]) -> None:
    assert batch.each(rows=Graduate.objects.order_by("pk"), do=pause) == 3
    assert paused() == [graduate.pk for graduate in people]


def test_only_what_says_yes_is_counted(people: list[Graduate]) -> None:
    assert batch.each(rows=Graduate.objects.all(), do=lambda row: row == people[1]) == 1


@pytest.mark.parametrize("fault", [ValueError("broken"), DatabaseError("broken")])
def test_a_row_that_fails_leaves_no_trace_and_stops_no_other(
    people: list[Graduate], fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def second_fails(graduate: Graduate) -> bool:
        pause(graduate)
        if graduate == people[1]:
            raise fault
        return True

    with caplog.at_level(logging.ERROR):
        done = batch.each(rows=Graduate.objects.order_by("pk"), do=second_fails)

    assert (done, paused()) == (2, [people[0].pk, people[2].pk])
    assert f"Graduate #{people[1].pk} could not be worked on" in caplog.text


def test_a_database_that_is_away_is_told(people: list[Graduate]) -> None:
    def away(graduate: Graduate) -> bool:
        raise OperationalError("the server closed the connection")

    with pytest.raises(OperationalError):
        batch.each(rows=Graduate.objects.all(), do=away)


def test_what_is_no_longer_due_when_its_turn_comes_is_left_alone(
    people: list[Graduate], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "TOGETHER", 1)
    seen: list[int] = []

    def first_pauses_all(graduate: Graduate) -> bool:
        seen.append(graduate.pk)
        return all(pause(other) for other in people)

    active = Graduate.objects.filter(status=Graduate.Status.ACTIVE).order_by("pk")

    assert batch.each(rows=active, do=first_pauses_all) == 1
    assert seen == [people[0].pk]


def test_of_more_rows_than_fit_each_has_one_turn(
    people: list[Graduate], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "TOGETHER", 2)
    seen: list[int] = []

    def first_fails(graduate: Graduate) -> bool:
        seen.append(graduate.pk)
        return pause(graduate) and 1 // (graduate != people[0]) == 1

    assert batch.each(rows=Graduate.objects.order_by("pk"), do=first_fails) == 2
    assert seen == [graduate.pk for graduate in people]
