"""Thousands of keys as one parameter, on either database."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftercare.keys import Keys
from aftercare.models import Graduate
from tests import build

pytestmark = pytest.mark.django_db


def test_keys_find_their_rows_and_no_others() -> None:
    program = build.program()
    people = [build.graduate(program=program, with_phone=False) for _ in range(3)]
    wanted = [people[0].pk, people[2].pk, *range(10**6, 10**6 + 5_000)]
    with CaptureQueriesContext(connection) as asked:
        found = set(Graduate.objects.filter(pk__in=Keys(wanted)).values_list("pk", flat=True))
    assert found == {people[0].pk, people[2].pk}
    assert len(asked) == 1


def test_no_keys_find_nothing() -> None:
    build.graduate(with_phone=False)
    assert not Graduate.objects.filter(pk__in=Keys([])).exists()
