"""My people in the browser: say whom to tell what, sign, hand a link over, end it; and the page it opens."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from aftercare import releases
from aftercare.models import Disclosure, Graduate, Invitation, Release, Role
from aftercare.record import PORTAL
from notifications import clock
from notifications.models import Message
from portal.models import User
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam(client: Client) -> Graduate:
    """A graduate who is logged in."""
    graduate = build.graduate(user=build.user(name="Sam Rivers"), first_name="Sam")
    assert graduate.user is not None
    client.force_login(graduate.user)
    return graduate


def form(**more: object) -> dict[str, object]:
    day = (clock.now() + timedelta(days=30)).date().isoformat()
    return {
        "recipient": "Maria Rivers",
        "relation": "mother",
        "items": ["attendance", "milestones"],
        "purpose": "So that they can support me",
        "last_on": day,
        "has_page": "on",
        **more,
    }


def test_nothing_is_ticked_beforehand_and_nothing_is_shared(client: Client, sam: Graduate) -> None:
    html = client.get(reverse("person_add")).content.decode()
    assert re.findall(r'name="items"[^>]*checked', html) == []
    assert "Nobody yet" in client.get(reverse("people")).content.decode()


@pytest.mark.parametrize(
    ("signature", "is_signed"),
    [
        ("Sam Rivers", True),
        ("  sám  RIVERS ", True),
        ("Sam T. Rivers", True),
        ("x", False),
        ("Sam", False),
        ("Maria Rivers", False),
    ],
)
def test_signature_is_the_name_itself_and_not_a_slip_of_the_finger(
    client: Client, sam: Graduate, signature: str, is_signed: bool
) -> None:
    client.post(reverse("person_add"), form())
    release = Release.objects.get()

    answer = client.post(reverse("person_sign", args=[release.uid]), {"signature": signature})

    release.refresh_from_db()
    assert (answer.status_code == 302, release.signed_at is not None) == (is_signed, is_signed)
    words = "Write your name as it stands above: Sam Rivers."
    assert (words in answer.content.decode()) is not is_signed


def test_somebody_is_added_signed_invited_looked_after_and_ended(
    client: Client, sam: Graduate
) -> None:
    added = client.post(reverse("person_add"), form())
    release = Release.objects.get()
    page = reverse("person", args=[release.uid])
    assert added.headers["Location"] == page
    assert "Maria Rivers (mother)" in client.get(page).content.decode()
    assert client.post(reverse("person_link", args=[release.uid])).headers["Location"] == "/people/"

    client.post(reverse("person_sign", args=[release.uid]), {"signature": "Sam Rivers"})
    shown = client.post(reverse("person_link", args=[release.uid])).content.decode()
    (link,) = re.findall(r'value="http://[^/]+(/join/[^"]+)"', shown)

    mother = Client()
    welcome = mother.get(link).content.decode()
    assert "Then you see what is shared with you." in welcome
    joined = mother.post(link, {"email": "maria@example.org", "password": ""})
    own = reverse("shared_one", args=[release.uid])
    assert joined.headers["Location"] == own
    html = mother.get(own).content.decode()
    assert ("Went to something planned" in html, "Milestones" in html) == (True, True)
    assert [word for word in ("Rivers", "Check-in", "answer") if word in html] == []
    assert mother.get("/").headers["Location"] == reverse("shared")
    for closed in (reverse("plan"), reverse("caseload"), reverse("people"), reverse("disclosures")):
        assert mother.get(closed).status_code == 404

    last = releases.row_of(release=release, at=clock.now()).form.expiry
    assert last in client.get(reverse("people")).content.decode()
    client.post(reverse("person_end", args=[release.uid]))
    assert last not in client.get(reverse("people")).content.decode()
    told = Disclosure.objects.get().at.astimezone(ZoneInfo(sam.time_zone))
    moment = f"Today, {told:%I:%M %p}".replace(" 0", " ")
    assert f">{moment}</time>" in client.get(reverse("disclosures")).content.decode()
    for address in (own, reverse("shared")):
        ended = mother.get(address)
        assert (ended.status_code, "This link has ended" in ended.content.decode()) == (410, True)
    assert Disclosure.objects.count() == 1
    assert User.objects.get(releases_held=release).name == "Maria Rivers"


def test_link_goes_by_mail_where_there_is_a_mailbox(client: Client, sam: Graduate) -> None:
    release = build.release(graduate=sam, at=clock.now(), email="maria@example.org")
    client.post(reverse("person_link", args=[release.uid]), {"mail": "1"})
    message = Message.objects.get(about=release.uid)
    assert (message.address.value, "/join/" in message.body) == ("maria@example.org", True)
    assert Invitation.objects.get().way == Invitation.Way.EMAIL


@pytest.mark.parametrize(
    ("field", "value"),
    [("items", []), ("recipient", ""), ("last_on", ""), ("last_on", "2020-01-01")],
)
def test_form_without_what_a_consent_needs_is_shown_again(
    client: Client, sam: Graduate, field: str, value: object
) -> None:
    answer = client.post(reverse("person_add"), form(**{field: value}))
    assert (answer.status_code, Release.objects.count()) == (422, 0)


def test_supporter_of_another_sees_nothing(client: Client) -> None:
    graduate, at = build.graduate(), clock.now()
    held = build.user()
    release = build.release(graduate=graduate, at=at, holder=build.user())
    build.release(graduate=build.graduate(), at=at, holder=held)
    client.force_login(held)
    assert client.get(reverse("shared_one", args=[release.uid])).status_code == 404
    assert Disclosure.objects.count() == 0


def test_staff_write_a_consent_down_read_it_aloud_and_send_a_letter(client: Client) -> None:
    counselor = build.role(program=build.program())
    graduate = build.graduate(program=counselor.program, counselor=counselor)
    client.force_login(counselor.user)
    index = reverse("graduate_releases", args=[graduate.uid])
    fields = form(items=["letter"], recipient="Lee, Court", has_page="")

    client.post(index, fields)
    release = Release.objects.get()
    one = reverse("graduate_release", args=[graduate.uid, release.uid])
    letter = reverse("release_letter", args=[graduate.uid, release.uid])
    assert client.post(letter, {"words": ""}).status_code == 422
    assert client.post(one, {"read_aloud": ""}).status_code == 422
    client.post(one, {"read_aloud": "on"})
    assert Message.objects.get(about=graduate.uid).kind == "code"

    releases.sign(release=release, signature="Sam Rivers", actor=PORTAL, at=clock.now())
    sent = client.post(letter, {"words": "Thank you."})
    assert (sent.headers["Content-Type"], sent.content[:4]) == ("application/pdf", b"%PDF")
    assert Disclosure.objects.get().recipient == "Lee, Court"
    client.post(reverse("release_end", args=[graduate.uid, release.uid]))
    assert client.post(letter, {"words": ""}).status_code == 422


def test_lead_works_through_the_list(client: Client) -> None:
    lead = build.role(program=build.program(), kind=Role.Kind.LEAD)
    graduate = build.graduate(program=lead.program)
    auditor = build.role(program=lead.program, kind=Role.Kind.AUDITOR, name="Avery Cole")
    client.force_login(lead.user)
    day = (clock.now() + timedelta(days=3)).date().isoformat()
    audit = {
        "role": auditor.uid,
        "names": "Sam Rivers\nNobody Here",
        "purpose": "A yearly audit",
        "agreement": "No copy is kept.",
        "last_on": day,
    }
    wrong = client.post(reverse("audit_add"), audit)
    assert (wrong.status_code, "“Nobody Here” fits nobody" in wrong.content.decode()) == (422, True)
    client.post(reverse("audit_add"), audit | {"names": "Sam Rivers"})

    reader = Client()
    reader.force_login(auditor.user)
    assert reader.get("/").headers["Location"] == reverse("records")
    record = reverse("record", args=[graduate.uid])
    assert record in reader.get(reverse("records")).content.decode()
    assert "Opened for an audit" in reader.get(record).content.decode()
    assert reader.get(reverse("graduate", args=[graduate.uid])).status_code == 404
    listed = client.get(reverse("oversight")).content.decode()
    assert "Avery Cole" in listed
