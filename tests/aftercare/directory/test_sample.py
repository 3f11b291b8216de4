import json
import re
from datetime import UTC

import pytest
from django.http import QueryDict

from aftercare.directory import sample, search
from aftercare.directory.criteria import parse
from aftercare.models import Feed, Meeting
from tests.feeds import AT


def test_make_is_the_same_every_time() -> None:
    assert sample.make(fellowship="aa") == sample.make(fellowship="aa")
    assert sample.make(fellowship="aa") != sample.make(fellowship="na")


@pytest.mark.parametrize("fellowship", list(sample.SIZES))
def test_make_names_nobody_that_exists(fellowship: str) -> None:
    for row in json.loads(sample.make(fellowship=fellowship)):
        phone = row.get("conference_phone", "+12155550100")
        assert re.match(r"\+121555501\d\d\b", phone)
        assert row.get("conference_url", "https://meet.example.org/").startswith(
            "https://meet.example.org/"
        )


@pytest.mark.django_db
def test_import_sample_makes_about_four_hundred_meetings_of_every_kind() -> None:
    outcomes = sample.import_sample(at=AT)

    assert [one.report.held for one in outcomes] == [False] * len(sample.SIZES)
    assert sum(one.report.added for one in outcomes) == sum(sample.SIZES.values()) == 400
    assert {reason for one in outcomes for reason in _reasons(one.report.warnings)} <= {
        "speaks of certain weeks; listed every week"
    }
    assert {one for one, in Meeting.objects.values_list("attendance").distinct()} == {
        "in_person", "online", "hybrid", "inactive",
    }  # fmt: skip
    assert set(Meeting.objects.values_list("weekday", flat=True)) == set(range(7))
    assert not Feed.objects.filter(enabled=True).exists()


def _reasons(warnings: list[dict[str, str]]) -> set[str]:
    return {one["reason"] for one in warnings}


@pytest.mark.django_db
def test_import_sample_again_changes_nothing() -> None:
    sample.import_sample(at=AT)

    again = sample.import_sample(at=AT)

    assert sum(one.report.unchanged for one in again) == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["near=19104&day=today", "tag=women", "tag=language-es", "attendance=online"]
)
def test_import_sample_has_something_for_the_usual_questions(query: str) -> None:
    sample.import_sample(at=AT)

    found = search.find(criteria=parse(query=QueryDict(query), zone=UTC), at=AT)

    assert found.count >= 3
