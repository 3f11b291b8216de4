"""The finder and its neighbours through the browser's door."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from aftercare.directory import search
from aftercare.models import Meeting
from portal.templatetags import meetings as words
from tests import build
from tests.feeds import imported, row, rows

pytestmark = pytest.mark.django_db
# Saturday, 18:00 in New York.
NOW = "at=2026-03-07T23:00:00Z"
LINK = {
    "conference_url": "https://meet.example.org/j/1",
    "conference_url_notes": "Passcode: kettle",
    "conference_phone": "+12155550142,,77#",
}
EVIL = "<img src=x onerror=alert(1)>\"'&</script>"


def read(client: Client, address: str, status: int = 200, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == status
    return response.content.decode()


def plain(page: str) -> str:
    """A page as it reads: no tags, single blanks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def page_of(client: Client, **changes: Any) -> str:
    (found,) = imported(row(**changes))
    return plain(read(client, f"/meetings/{found.slug}/"))


# The page


def test_finder_shows_a_visitor_what_is_on_and_next(client: Client) -> None:
    imported(
        row(name="Running", slug="a", day=6, time="17:30", end_time="18:30"),
        row(name="Soon", slug="b", day=6, time="18:20", types=["BE", "W", "O"]),
        row(name="Later", slug="c", day=0, time="09:00", end_time="", types=["O", "C"]),
    )

    shown = plain(read(client, f"/meetings/?{NOW}"))

    assert "3 meetings" in shown
    assert shown.index("Running") < shown.index("Soon") < shown.index("Later")
    assert "On now" in shown
    assert "Starts in 20 minutes" in shown
    assert "Today, 5:30 PM" in shown
    assert "Tomorrow, 9:00 AM" in shown
    assert "Open or closed: ask first" in shown
    assert "not affiliated with or endorsed by any fellowship" in shown


def test_finder_says_how_far_a_meeting_is_and_where(client: Client) -> None:
    imported(row(latitude=39.9797))

    shown = plain(read(client, "/meetings/?near=19104"))

    assert "1.4 miles · Alderbrook Hall · 1418 Alderbrook Street, Philadelphia, PA 19104" in shown


def test_finder_names_the_zone_where_it_is_not_the_readers(client: Client) -> None:
    imported(row(day=6, time="20:00", end_time="", timezone="America/Chicago", **LINK))
    user = build.user()
    user.time_zone = "America/New_York"
    user.save()
    client.force_login(user)

    shown = plain(read(client, f"/meetings/?{NOW}"))

    assert "Today, 8:00 PM CST until 9:00 PM ( 9:00 PM your time)" in shown


def test_finder_shows_an_error_beside_its_field(client: Client) -> None:
    shown = read(client, "/meetings/?near=99999&day=9&at=never&within=far", status=400)

    field = shown[shown.index('for="id_near"') : shown.index("data-here")]
    assert "We do not know this ZIP." in field
    assert 'value="99999"' in field
    assert 'aria-invalid="true"' in field
    assert "A day is 0 (Sunday) to 6 (Saturday)" in plain(shown)
    assert "at: Write a date and time" in plain(shown)
    # What is wrong behind "More choices" is not hidden there.
    more = shown[shown.index("<details") : shown.index("Write a distance like 10")]
    assert more.startswith('<details class="disclosure" open>')


def test_finder_answers_htmx_with_the_results_alone(client: Client) -> None:
    imported(row())

    shown = read(client, f"/meetings/?{NOW}", HX_Request="true")
    wrong = read(client, "/meetings/?near=99999", status=422, HX_Request="true")

    assert shown.strip().startswith('<section id="results"')
    assert "Quiet Harbor" in shown
    assert wrong.strip().startswith('<section id="results"')
    assert "We do not know this ZIP." in wrong


def test_finder_keeps_what_was_chosen(client: Client) -> None:
    imported(row())

    shown = read(client, "/meetings/?near=19104&within=25&tag=women&day=today&fellowship=aa&q=a")

    assert re.search(r'name="tag" value="women"[^>]* checked', shown)
    assert re.search(r'name="day" value="today"[^>]* checked', shown)
    assert re.search(r'name="fellowship" value="aa"[^>]* checked', shown)
    assert '<option value="25" selected>' in shown
    assert '<details class="disclosure" open>' in shown


def test_finder_offers_ten_miles_until_something_else_is_chosen(client: Client) -> None:
    assert '<option value="10" selected>' in read(client, "/meetings/")
    assert '<option value="15km" selected>' in read(client, "/meetings/?near=19104&within=15km")


def test_finder_with_nothing_found_leads_further_out(client: Client) -> None:
    imported(row(latitude=40.15, formatted_address="9 New Street, Media, PA"))

    shown = read(client, "/meetings/?near=19104&tag=open")

    assert "There is 1 meeting within 25 miles." in plain(shown)
    assert "?near=19104&amp;tag=open&amp;within=25" in shown


def test_finder_with_nothing_anywhere_says_what_to_try(client: Client) -> None:
    shown = plain(read(client, "/meetings/?q=nothing"))

    assert "Nothing found for this" in shown
    assert "Try fewer choices, or another day." in shown


def test_finder_pages_keep_the_question(client: Client) -> None:
    imported(*rows(5))

    shown = read(client, "/meetings/?per_page=2&page=2&q=group")
    beyond = plain(read(client, "/meetings/?per_page=2&page=9"))

    assert "Page 2 of 3" in plain(shown)
    assert 'rel="prev" href="?per_page=2&amp;page=1&amp;q=group"' in shown
    assert 'rel="next" href="?per_page=2&amp;page=3&amp;q=group"' in shown
    assert "There are no more meetings on this page." in beyond


def test_pages_ask_nobody_else_and_run_no_inline_code(client: Client) -> None:
    (found,) = imported(row(**LINK))

    for address in ("/meetings/", f"/meetings/{found.slug}/"):
        shown = read(client, address)
        loaded = re.findall(r'<(?:script|link|img|iframe|source)[^>]*(?:src|href)="([^"]+)"', shown)
        assert loaded
        assert [one for one in loaded if not one.startswith("/")] == []
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", shown)


@pytest.mark.parametrize("field", ["name", "location", "group", "notes", "location_notes"])
def test_pages_show_hostile_text_as_text(client: Client, field: str) -> None:
    (found,) = imported(row(**{field: EVIL, "group": EVIL}))
    Meeting.objects.update(**{field: EVIL, "conference_url_notes": EVIL, "attendance": "hybrid"})

    for address in ("/meetings/", f"/meetings/{found.slug}/"):
        shown = read(client, address)
        assert "<img" not in shown
        assert "onerror" not in re.sub(re.escape(escape(EVIL)), "", shown)


def test_finder_asks_no_more_of_the_database_for_more_rows(client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            read(client, "/meetings/?near=19104&sort=distance")
        return len(captured)

    # With fewer, the page looks for more further away.
    imported(*rows(search.FEW))
    few = queries()
    imported(*rows(3), name="More")

    assert queries() == few


def test_finder_shows_the_same_rows_on_a_map(client: Client) -> None:
    imported(row(), row(name="Afar", slug="b", types=["TC"], **LINK))

    without = read(client, "/meetings/?near=19104")
    shown = read(client, "/meetings/?near=19104&view=map")

    assert "leaflet" not in without
    assert "/static/vendor/leaflet/leaflet.js" in shown
    assert 'data-center="39.9597,-75.2024"' in shown
    assert shown.count('data-at="39.9597,-75.2024"') == 1
    assert 'data-tiles=""' in shown
    assert '<input type="hidden" name="view" value="map">' in shown
    assert "?near=19104&amp;view=map" in without
    assert "There are no streets on this map" in shown


def test_few_near_come_with_the_way_to_more(client: Client) -> None:
    far = {"latitude": 40.2, "longitude": -75.2024, "formatted_address": "9 Far Road"}
    imported(row(), row(name="Afar", slug="b", **far))

    shown = read(client, "/meetings/?near=19104&within=2&day=1")

    assert "There are 2 meetings within 25 miles." in plain(shown)
    assert "Quiet Harbor" in shown
    assert 'href="?near=19104&amp;within=25&amp;day=1"' in shown


def test_what_has_no_box_stays_when_a_choice_is_changed_and_can_be_unticked(client: Client) -> None:
    imported(row(types=["ST"]))
    asked = "region=philadelphia&tag=step&tag=women&after=18:00&per_page=20&inactive=1"

    shown = read(client, f"/meetings/?{asked}")

    form = shown[shown.index("<form class=") : shown.index('<section id="results"')]
    boxes = re.findall(
        r'<input type="checkbox" name="(\w+)" value="([^"]+)" checked><span>([^<]+)', form
    )
    assert boxes == [
        ("tag", "step", "Step study"),
        ("region", "philadelphia", "philadelphia"),
        ("after", "18:00", "From 18:00 on"),
        ("inactive", "1", "Those not meeting now, too"),
    ]
    assert '<input type="hidden" name="per_page" value="20">' in form
    assert 'name="region"' not in read(client, "/meetings/")


def test_map_has_pictures_only_of_whom_the_operator_named(client: Client, settings: Any) -> None:
    plain_policy = client.get("/meetings/")["Content-Security-Policy"]
    settings.MAP_TILES = "https://tiles.example.org/{z}/{x}/{y}.png"
    settings.MAP_CREDIT = "Streets by example.org"

    response = client.get("/meetings/?view=map&q=nothing")
    other = client.get("/meetings/print/")

    assert "img-src 'self' data:" in plain_policy
    assert "img-src 'self' https://tiles.example.org data:" in response["Content-Security-Policy"]
    assert other["Content-Security-Policy"] == plain_policy
    imported(row())
    shown = read(client, "/meetings/?view=map")
    assert 'data-tiles="https://tiles.example.org/{z}/{x}/{y}.png"' in shown
    assert 'data-credit="Streets by example.org"' in shown
    assert "There are no streets" not in shown


# On paper


def test_list_to_print_and_its_pdf_have_the_finders_answer(client: Client) -> None:
    imported(row(types=["W"]), row(name="Other", slug="b", types=["M"]))

    link = re.search(
        r'href="(/meetings/print/[^"]*)"', read(client, "/meetings/?near=19104&tag=women")
    )
    assert link is not None
    page = plain(read(client, link[1].replace("&amp;", "&")))
    pdf = client.get("/meetings/list.pdf?near=19104&tag=women")

    assert "Recovery meetings: 19104" in page
    assert "7:00 PM Quiet Harbor W Alderbrook Hall" in page
    assert "W Women" in page
    assert "Other" not in page
    assert "not affiliated with or endorsed by any fellowship" in page
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf["Content-Disposition"] == 'attachment; filename="meetings.pdf"'
    assert pdf.content.startswith(b"%PDF-")


def test_list_to_print_names_no_point_and_sends_wrong_questions_back(client: Client) -> None:
    imported(row())

    assert "Recovery meetings 1 meeting" in plain(
        read(client, "/meetings/print/?near=39.96,-75.20")
    )
    for address in ("print/?near=99999", "list.pdf?near=99999"):
        wrong = client.get(f"/meetings/{address}", follow=True)
        assert wrong.status_code == 400
        assert "We do not know this ZIP." in wrong.content.decode()


# JSON


def test_search_json_answers_under_the_published_keys(client: Client) -> None:
    (found,) = imported(row(day=6, time="17:30", end_time="18:30", types=["O"]))

    answer = json.loads(read(client, f"/meetings/search.json?near=19104&{NOW}"))

    assert answer == {
        "count": 1,
        "page": 1,
        "per_page": 50,
        "results": [
            {
                "slug": found.slug,
                "name": "Quiet Harbor",
                "fellowship": "aa",
                "day": 6,
                "time": "17:30",
                "end_time": "18:30",
                "timezone": "America/New_York",
                "next_start": "2026-03-07T17:30:00-05:00",
                "in_progress": True,
                "attendance": "in_person",
                "tags": ["open"],
                "location": "Alderbrook Hall",
                "address": "1418 Alderbrook Street, Philadelphia, PA 19104, USA",
                "region": "Philadelphia > West Philadelphia",
                "latitude": 39.9597,
                "longitude": -75.2024,
                "distance_miles": 0.0,
                "url": f"http://testserver/meetings/{found.slug}/",
                "active": True,
                "inactive_reason": None,
            }
        ],
    }


def test_search_json_past_the_last_page_is_an_empty_list(client: Client) -> None:
    imported(row())

    answer = json.loads(read(client, "/meetings/search.json?page=7"))

    assert (answer["count"], answer["page"], answer["results"]) == (1, 7, [])


@pytest.mark.parametrize("address", ["/meetings/search.json", "/meetings/feed.json"])
def test_json_answers_wrong_parameters_with_400(client: Client, address: str) -> None:
    answer = json.loads(read(client, f"{address}?per_page=201&near=Atlantis", status=400))

    assert set(answer) == {"errors"}
    assert set(answer["errors"]) == {"near", "per_page"}
    assert answer["errors"]["per_page"] == "Write a number from 1 to 200."


@pytest.mark.parametrize("address", ["/meetings/search.json", "/meetings/feed.json", "/meetings/"])
def test_passcodes_stand_in_no_list(client: Client, address: str) -> None:
    imported(row(**LINK))

    assert "kettle" not in read(client, address)


def test_feed_json_is_for_everybody_and_kept_for_an_hour(client: Client) -> None:
    (found, _) = imported(row(), row(slug="two", name="Two", types=["TC"]))

    response = client.get("/meetings/feed.json")
    again = client.get("/meetings/feed.json", headers={"If-None-Match": response["ETag"]})

    assert [one["slug"] for one in response.json()] == [found.slug]
    assert response.json()[0]["url"] == f"http://testserver/meetings/{found.slug}/"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Cache-Control"] == "public, max-age=3600"
    assert (again.status_code, again.content) == (304, b"")
    since = {"If-Modified-Since": response["Last-Modified"]}
    assert client.get("/meetings/feed.json", headers=since).status_code == 304
    Meeting.objects.update(changed_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert client.get("/meetings/feed.json", headers=since).status_code == 200
    assert "Last-Modified" not in client.get("/meetings/feed.json?now=1")


def test_feed_json_takes_the_finders_parameters(client: Client) -> None:
    imported(row(), row(slug="two", name="Two", types=["W"]))

    assert [one["name"] for one in json.loads(read(client, "/meetings/feed.json?tag=women"))] == [
        "Two"
    ]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
@pytest.mark.parametrize("address", ["/meetings/", "/meetings/search.json", "/meetings/feed.json"])
def test_nothing_here_takes_anything_in(client: Client, method: str, address: str) -> None:
    assert getattr(client, method)(address).status_code == 405


# Words


@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (0.0, "0.1 miles"),
        (0.44, "0.4 miles"),
        (1.02, "1 mile"),
        (9.94, "9.9 miles"),
        (12.4, "12 miles"),
    ],
)
def test_miles_are_said_as_people_say_them(distance: float, said: str) -> None:
    assert words.miles(distance) == said


def test_zone_words_are_the_city_of_the_zone() -> None:
    assert words.zone_words("America/Argentina/Buenos_Aires") == "Buenos Aires"
