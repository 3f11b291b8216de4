"""Pages of how often people hear from the program: one's own calendar, a graduate's, absences, templates."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aftercare import cadences, openings, rounds
from aftercare.cadence import USUAL
from aftercare.models import (
    CheckIn,
    Coverage,
    DisengagementSignal,
    Graduate,
    Role,
    Touch,
    ToughDay,
    Track,
)
from notifications import clock
from tests import build

pytestmark = pytest.mark.django_db

State = CheckIn.State


@pytest.fixture
def graduate() -> Graduate:
    program = build.program()
    now = clock.now()
    made = build.graduate(
        program=program,
        user=build.user(),
        counselor=build.role(program=program),
        joined_at=now,
        graduated_on=now.date(),
    )
    rounds.plan_ahead(at=now)
    return made


def enter(client: Client, graduate: Graduate, *, as_staff: bool) -> str:
    """Log in as the graduate or as the counselor; returns the address of the calendar."""
    counselor = Role.objects.get(assignments__graduate=graduate)
    user = counselor.user if as_staff else graduate.user
    assert user is not None
    client.force_login(user)
    if as_staff:
        return reverse("graduate_cadence", args=[graduate.uid])
    return reverse("cadence")


def in_days(graduate: Graduate, days: int) -> str:
    today = openings.today_of(graduate=graduate, at=clock.now())
    return (today + timedelta(days=days)).isoformat()


@pytest.mark.parametrize("as_staff", [False, True])
def test_calendar_shows_what_comes_and_changes_it(
    client: Client, graduate: Graduate, as_staff: bool
) -> None:
    address = enter(client, graduate, as_staff=as_staff)

    html = client.get(address).content.decode()
    assert html.count("Leave it out") == 1 + Touch.objects.count()
    assert html.count("A few kind words, no answer needed") >= 4
    assert ("may ask me whether the old habit" in html) is not as_staff

    answer = client.post(f"{address}?deed=often", {"cadence": "less", "preferred_hour": "15"})
    graduate.refresh_from_db()
    assert answer["Location"] == address
    assert (graduate.cadence_days, graduate.preferred_hour) == (14, 15)

    row = CheckIn.objects.get(state=State.PLANNED)
    client.post(f"{address}?deed=move", {"uid": row.uid, "on": in_days(graduate, 10)})
    moved = CheckIn.objects.get(state=State.PLANNED)
    assert (moved.uid, (moved.planned_on - row.planned_on).days != 0) == (row.uid, True)

    client.post(f"{address}?deed=leave_out", {"uid": row.uid})
    row.refresh_from_db()
    assert row.state == State.CANCELLED

    client.post(f"{address}?deed=tough", {"on": in_days(graduate, 20), "note": "A wedding"})
    day = ToughDay.objects.get()
    assert (day.note, day.touches.count()) == ("A wedding", 2)
    assert "A wedding" in client.get(address).content.decode()
    client.post(f"{address}?deed=forget", {"uid": day.uid})
    assert ToughDay.objects.count() == 0

    client.post(f"{address}?deed=pause", {"until": in_days(graduate, 30)})
    graduate.refresh_from_db()
    assert graduate.status == Graduate.Status.PAUSED
    assert "Nothing counts as missed." in client.get(address).content.decode()
    client.post(f"{address}?deed=resume")
    graduate.refresh_from_db()
    assert graduate.status == Graduate.Status.ACTIVE


@pytest.mark.parametrize(
    ("deed", "form", "words"),
    [
        ("often", {"cadence": "only_hello"}, "only_hello is not one of the available choices"),
        ("pause", {"until": "2020-01-01"}, "Choose a day from today on, at most 90 days ahead."),
        ("tough", {"on": "2020-01-01"}, "Choose a day from today on, within a year"),
        ("move", {"on": "2020-01-01"}, "Choose a day from tomorrow on, within four weeks"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(
    client: Client, graduate: Graduate, deed: str, form: dict[str, str], words: str
) -> None:
    address = enter(client, graduate, as_staff=False)
    form = {**form, "uid": str(CheckIn.objects.get().uid)}

    page = client.post(f"{address}?deed={deed}", form)

    assert (page.status_code, words in page.content.decode()) == (422, True)


def test_a_touch_is_left_out_and_nothing_of_somebody_else_s_is(
    client: Client, graduate: Graduate
) -> None:
    address = enter(client, graduate, as_staff=False)
    other = build.graduate(program=graduate.program)
    theirs = Touch.objects.create(
        graduate=other, kind="caring", on=clock.now().date(), send_at=clock.now()
    )
    mine = Touch.objects.create(
        graduate=graduate, kind="hello", on=clock.now().date(), send_at=clock.now()
    )

    done = client.post(f"{address}?deed=leave_out", {"uid": mine.uid})
    hidden = client.post(f"{address}?deed=leave_out", {"uid": theirs.uid})
    odd = client.post(f"{address}?deed=leave_out", {"uid": "x"})

    assert [one.status_code for one in (done, hidden, odd)] == [302, 404, 404]
    for row in (mine, theirs):
        row.refresh_from_db()
    assert (mine.state, theirs.state) == (Touch.State.LEFT_OUT, Touch.State.PLANNED)
    assert client.post(f"{address}?deed=fly").status_code == 404


def test_after_the_first_year_a_hello_alone_may_be_chosen(
    client: Client, graduate: Graduate
) -> None:
    Graduate.objects.update(
        joined_at=clock.now() - timedelta(days=400), graduated_on=build.LONG_AGO.date()
    )
    Graduate.objects.update(graduated_on=clock.now().date() - timedelta(days=400))
    address = enter(client, graduate, as_staff=False)

    page = client.get(address).content.decode()
    client.post(f"{address}?deed=often", {"cadence": "only_hello", "asks_use_later": "on"})

    graduate.refresh_from_db()
    assert "No questions: only a hello, four times a year" in page
    assert (graduate.cadence_days, graduate.asks_use_later) == (0, True)
    assert [row.kind for row in Touch.objects.filter(state=Touch.State.PLANNED).order_by("pk")][
        -1
    ] in (
        "hello",
        "anniversary",
    )


def test_counselor_sees_the_next_texts_on_the_page_of_a_graduate(
    client: Client, graduate: Graduate
) -> None:
    enter(client, graduate, as_staff=True)

    html = client.get(reverse("graduate", args=[graduate.uid])).content.decode()

    assert "Texts to come" in html
    assert reverse("graduate_cadence", args=[graduate.uid]) in html


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_calendar_asks_as_much_for_three_hard_days_as_for_one(
    client: Client, graduate: Graduate
) -> None:
    address = enter(client, graduate, as_staff=False)
    counts = []
    for days in (10, 20, 30):
        client.post(f"{address}?deed=tough", {"on": in_days(graduate, days)})
        counts.append(queries(client, address))

    assert counts[0] == counts[2]


# Absences


def test_a_counselor_goes_away_and_comes_back(client: Client, graduate: Graduate) -> None:
    enter(client, graduate, as_staff=True)
    dana = Role.objects.get(assignments__graduate=graduate)
    noor = build.role(program=graduate.program, name="Noor Haddad")
    form = {
        "counselor": dana.uid,
        "cover": noor.uid,
        "first_on": in_days(graduate, 0),
        "last_on": in_days(graduate, 4),
    }

    refused = client.post(reverse("away"), {**form, "cover": dana.uid})
    saved = client.post(reverse("away"), form)

    assert (refused.status_code, saved["Location"]) == (422, reverse("away"))
    assert "Choose a colleague of the same program." in refused.content.decode()
    absence = Coverage.objects.get()
    assert (absence.counselor, absence.cover) == (dana, noor)
    assert "Noor Haddad reads meanwhile" in client.get(reverse("away")).content.decode()
    client.post(reverse("away_back", args=[absence.uid]))
    absence.refresh_from_db()
    assert absence.ends_at <= clock.now()


def test_list_of_absences_asks_as_much_for_three_as_for_one(
    client: Client, graduate: Graduate
) -> None:
    lead = build.role(program=graduate.program, kind=Role.Kind.LEAD, name="Lee Ames")
    client.force_login(lead.user)
    cover = build.role(program=graduate.program, name="Noor Haddad")
    now, counts = clock.now(), [queries(client, reverse("away"))]
    for _ in range(3):
        Coverage.objects.create(
            counselor=build.role(program=graduate.program),
            cover=cover,
            starts_at=now,
            ends_at=now + timedelta(days=3),
        )
        counts.append(queries(client, reverse("away")))

    assert counts[1] == counts[3]


# Templates


def template(**changes: Any) -> dict[str, Any]:
    return {
        "every_0": 7,
        "until_0": 28,
        "every_1": 14,
        "until_1": 365,
        "every_2": 28,
        "touches": "1, 3, 7",
        "caring": "1;7 ,30",
        "caring_every": 60,
        "weekdays": [1, 2],
        **changes,
    }


def test_lead_sets_a_template_for_every_track_and_for_one(
    client: Client, graduate: Graduate
) -> None:
    lead = build.role(program=graduate.program, kind=Role.Kind.LEAD, name="Lee Ames")
    client.force_login(lead.user)
    address = reverse("program_cadence", args=[graduate.program.uid])

    page = client.get(address).content.decode()
    saved = client.post(address, template())
    client.post(f"{address}?track=mood", template(every_0=3))
    client.post(f"{address}?track=mood", {"reset": "1"})
    client.post(f"{address}?track=eating", template(every_0=4))

    assert 'value="1, 3, 7, 14, 30, 60, 90"' in page
    assert saved["Location"] == address
    own = cadences.own(program=graduate.program)
    assert own is not None
    assert [(step.every, step.until) for step in own.steps] == [(7, 28), (14, 365), (28, None)]
    assert (own.touches, own.caring, own.weekdays) == ((1, 3, 7), (1, 7, 30), (1, 2))
    assert cadences.own_tracks(program=graduate.program) == {Track.EATING}
    assert cadences.in_force(program=graduate.program, track=Track.MOOD) == own
    assert own != USUAL


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"touches": "one"}, "Write numbers with commas between them"),
        ({"until_1": 20}, "Each stretch ends later than the one before it."),
        ({"weekdays": [5]}, "Saturday and Sunday need somebody on call"),
        ({"every_0": 0}, "greater than or equal to 1"),
    ],
)
def test_template_that_cannot_be_is_told_beside_its_field(
    client: Client, changes: dict[str, Any], words: str
) -> None:
    lead = build.role(program=build.program(), kind=Role.Kind.LEAD)
    client.force_login(lead.user)

    page = client.post(reverse("program_cadence", args=[lead.program.uid]), template(**changes))

    assert (page.status_code, words in page.content.decode()) == (422, True)


# The offer after hard answers


def test_hard_answers_on_the_web_are_met_with_an_offer(client: Client, graduate: Graduate) -> None:
    enter(client, graduate, as_staff=False)
    opened = clock.now() - timedelta(hours=1)
    hard = build.check_in(graduate=graduate, opens_at=opened)
    offer = reverse("checkin_offer", args=[hard.uid])

    answer = client.post(reverse("checkin", args=[hard.uid]), {"rough": 9, "sure": 2})
    page = client.get(offer).content.decode()
    called = client.post(offer)

    assert answer["Location"] == offer
    assert "A meeting tonight" in page
    assert called["Location"] == reverse("home")
    assert DisengagementSignal.objects.get().kind == DisengagementSignal.Kind.NEED_SUPPORT


def test_easy_answers_lead_home(client: Client, graduate: Graduate) -> None:
    enter(client, graduate, as_staff=False)
    row = build.check_in(graduate=graduate, opens_at=clock.now() - timedelta(hours=1))

    answer = client.post(reverse("checkin", args=[row.uid]), {"rough": 2, "sure": 9})

    assert answer["Location"] == reverse("home")
