import pytest
from django.db import connection

from aftercare.directory import word_index
from aftercare.models import Meeting
from tests.feeds import imported, named, names

pytestmark = pytest.mark.django_db


def test_an_index_made_anew_knows_the_rows_there_are_and_those_to_come() -> None:
    imported(named("Back Porch"), named("Ferry House"))
    word_index.drop(connection=connection)
    assert "aftercare_meeting_words" not in connection.introspection.table_names()

    word_index.make(connection=connection)
    assert names("q=porch") == ["Back Porch"]

    Meeting.objects.filter(name="Ferry House").delete()
    imported(named("Front Porch"), name="Another list")
    assert (set(names("q=porch")), names("q=ferry")) == ({"Back Porch", "Front Porch"}, [])
