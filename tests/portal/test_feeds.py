from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aftercare import news
from aftercare.models import Feed, ImportRun, Meeting, MeetingNews, Role
from notifications import clock
from tests import build
from tests.feeds import feed, named, row, rows, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client: Client) -> Role:
    role = build.role(program=build.program(), kind=Role.Kind.LEAD)
    build.second_step(user=role.user)
    client.force_login(role.user)
    return role


def held() -> ImportRun:
    """A feed of ten of which the newest answer has two."""
    source = feed()
    now = clock.now()
    take(source, *rows(10), named("Odd", day="Someday"), at=now - timedelta(hours=2))
    assert take(source, *rows(2), named("Fresh"), at=now - timedelta(hours=1)).held
    return ImportRun.objects.get(held=True)


def post(client: Client, run: ImportRun, deed: str) -> list[str]:
    address = reverse("feed_decide", args=[run.uid])
    response = client.post(address, {"deed": deed}, follow=True)
    return [str(message) for message in response.context["messages"]]


def test_feeds_shows_first_what_waits_for_a_person(client: Client, lead: Role) -> None:
    take(feed(name="A quiet one"), row(), at=clock.now())
    Feed.objects.create(name="B dead", kind="csv", fellowship="aa", timezone="UTC", failures=3)
    held()

    found = client.get(reverse("feeds"))

    shown = [(one.feed.name, one.state, one.active) for one in found.context["feeds"]]
    assert shown == [
        ("Harbor feed", "held", 11),
        ("B dead", "failing", 0),
        ("A quiet one", "fine", 1),
    ]
    assert "Waits for you" in found.text


def test_feeds_asks_no_more_of_the_database_for_more_feeds(client: Client, lead: Role) -> None:
    take(feed(name="1"), row(), at=clock.now())
    client.get(reverse("feeds"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("feeds"))
    for name in "23":
        take(feed(name=name), row(), at=clock.now())
    with CaptureQueriesContext(connection) as three:
        client.get(reverse("feeds"))

    assert len(one) == len(three)


def test_feed_shows_the_differences_and_the_warnings_by_kind(client: Client, lead: Role) -> None:
    run = held()

    shown = client.get(reverse("feed", args=[run.feed.uid]))

    found = shown.context["found"]
    assert [one["name"] for one in run.differences["added"]] == ["Fresh"]
    assert len(run.differences["missing"]) == 9
    assert "Group 9" in shown.text
    assert "shrunk: 9 of 11 active listings are missing" in shown.text
    assert found.why_not == ""
    (applied,) = [one for one in found.runs if not one.held]
    assert applied.report["warnings"][0]["field"] == "day"


def test_decide_accepts_exactly_what_was_held(client: Client, lead: Role) -> None:
    run = held()

    assert post(client, run, "accept") == ["Taken in: 1 new, 0 changed, 9 missing."]

    run.refresh_from_db()
    assert (run.accepted, run.settled_by, run.payload) == (True, lead.user, None)
    assert Meeting.objects.filter(name="Fresh", active=True).count() == 1
    assert Meeting.objects.filter(absences=1).count() == 9
    assert post(client, run, "accept") == [
        "This was decided already, or the feed has a newer answer."
    ]


def test_decide_rejects_and_leaves_the_directory_as_it_is(client: Client, lead: Role) -> None:
    run = held()

    assert post(client, run, "reject") == ["Left as it was."]

    run.refresh_from_db()
    assert (run.accepted, run.payload, run.feed.last_error) == (False, None, "")
    assert Meeting.objects.filter(active=True, absences=0).count() == 11
    assert take(run.feed, *rows(2), named("Fresh"), at=clock.now()).held
    assert ImportRun.objects.filter(held=True, settled_at__isnull=True).count() == 0


def test_decide_cannot_take_in_what_has_no_meeting(client: Client, lead: Role) -> None:
    source = feed()
    assert take(source, at=clock.now()).held
    run = ImportRun.objects.get()

    found = client.get(reverse("feed", args=[source.uid]))

    assert "There is no meeting in it that could be taken in." in found.text
    assert 'value="accept"' not in found.text
    assert post(client, run, "accept") == [
        "There is no meeting in it that could be taken in. Ask whoever keeps the feed."
    ]
    run.refresh_from_db()
    assert run.settled_at is None


def test_changed_is_for_whoever_has_the_address_and_names_nobody(client: Client) -> None:
    source = feed()
    now = clock.now()
    take(source, named("Porch"), *rows(9, time="19:30", day=1), at=now)
    commitment = build.commitment(
        graduate=build.graduate(first_name="Ida", last_name="Quill"), weekdays=[0]
    )
    commitment.meeting = Meeting.objects.get(name="Porch")
    commitment.save()
    told = MeetingNews.objects.create(commitment=commitment, moved_at=now, told_at=now)

    found = client.get(reverse("news", args=[news.token_of(news=told)]))

    assert found.headers["X-Robots-Tag"] == "noindex"
    assert "Porch" in found.text
    assert "Monday, 7:00 PM" in found.text
    assert "Quill" not in found.text
    assert len(found.context["news"].others) == 3
    assert client.get(reverse("news", args=["nobody"])).status_code == 404
