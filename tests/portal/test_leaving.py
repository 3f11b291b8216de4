"""The pages by which an account ends, and by which somebody stays after all."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from aftercare.models import AuditEntry, Departure, Graduate
from tests import build

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def test_a_graduate_leaves_sees_until_when_and_stays_after_all() -> None:
    graduate = build.graduate(user=build.user())
    assert graduate.user is not None
    client = Client()
    client.force_login(graduate.user)
    assert "After 7 days" in client.get("/me/leave/").content.decode()
    assert client.get("/me/leaving/").headers["Location"] == "/me/"

    left = client.post("/me/leave/")

    departure = Departure.objects.get(graduate=graduate)
    assert left.headers["Location"] == "/me/leaving/"
    assert departure.asked_by == graduate.user
    assert departure.erase_at - departure.asked_at == timedelta(days=7)
    assert client.get("/").headers["Location"] == "/me/leaving/"
    assert "Keep my account" in client.get("/me/leaving/").content.decode()
    assert {client.get(page).status_code for page in ("/me/", "/plan/", "/me/data/")} == {404}

    assert client.post("/me/leaving/").headers["Location"] == "/"

    graduate.refresh_from_db()
    assert graduate.status == Graduate.Status.ACTIVE
    assert client.get("/me/").status_code == 200
    verbs = AuditEntry.objects.filter(graduate_uid=graduate.uid).order_by("pk")
    assert [(row.verb, row.role) for row in verbs] == [("left", "graduate"), ("stayed", "graduate")]


def test_staff_end_the_account_of_somebody_who_lives_by_text_and_keep_it_after_all() -> None:
    program = build.program()
    counselor = build.role(program=program)
    graduate = build.graduate(program=program, counselor=counselor)
    client = Client()
    client.force_login(counselor.user)
    page = reverse("graduate_leave", args=[graduate.uid])
    assert "They asked to leave" in client.get(page).content.decode()

    client.post(page)

    assert Departure.objects.get().asked_by == counselor.user
    assert "They want to stay" in client.get(page).content.decode()
    assert "This account has ended" in client.get(f"/graduates/{graduate.uid}/").content.decode()
    client.post(page)
    graduate.refresh_from_db()
    assert (graduate.status, Departure.objects.count()) == (Graduate.Status.ACTIVE, 0)

    Graduate.objects.update(status=Graduate.Status.DECEASED)
    client.post(page)
    assert Departure.objects.count() == 0


def test_one_form_sent_twice_ends_the_account_once() -> None:
    graduate = build.graduate(user=build.user())
    assert graduate.user is not None
    client = Client()
    client.force_login(graduate.user)
    form = {"_once": "00000000-0000-4000-8000-000000000001"}

    client.post("/me/leave/", form)
    client.post("/me/leave/", form)

    assert Departure.objects.count() == 1
