"""A graduate's own choices, each saved by itself, with errors beside the field."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from aftercare import phones, preferences, reminders
from aftercare.models import CheckIn, Contact, Graduate, Role, Track
from aftercare.record import PORTAL
from notifications import clock, consent
from notifications.kinds import Kind, Scope
from notifications.models import ConsentEvent, Message, Sender
from notifications.phone import mask
from portal import sessions
from tests import build

pytestmark = pytest.mark.django_db

PHONE = "+12155550142"
QUIET = {"quiet-TOTAL_FORMS": "3", "quiet-INITIAL_FORMS": "0"}


@pytest.fixture
def graduate(client: Client) -> Graduate:
    made = build.graduate(user=build.user(), phone=PHONE)
    assert made.user is not None
    client.force_login(made.user)
    return made


def save(client: Client, part: str, **answers: Any) -> Any:
    return client.post(reverse(part), answers)


def test_me_shows_what_is_chosen_without_the_whole_number(
    client: Client, graduate: Graduate
) -> None:
    html = client.get(reverse("me")).content.decode()

    assert "(•••) •••-0142" in html
    assert "555" not in re.sub(r'value="[^"]*"', "", html)
    assert html.count("checked") >= 3


def test_me_is_light(client: Client, graduate: Graduate) -> None:
    assert len(client.get(reverse("me")).content) < 60_000


def test_words_saves_language_and_zone_everywhere(client: Client, graduate: Graduate) -> None:
    answer = save(client, "me_words", language="es", time_zone="America/Denver", discreet="on")

    graduate.refresh_from_db()
    address = build.address_of(graduate)
    assert graduate.user is not None
    assert answer["Location"] == f"{reverse('me')}#words"
    assert (graduate.language, graduate.time_zone, graduate.discreet) == (
        "es",
        "America/Denver",
        True,
    )
    assert (address.language, address.time_zone) == ("es", "America/Denver")
    assert (graduate.user.language, graduate.user.time_zone) == ("es", "America/Denver")


def test_words_saves_the_state_on_every_open_address(client: Client, graduate: Graduate) -> None:
    now = clock.now()
    old = build.address_of(graduate)
    phones.replace(graduate=graduate, value=build.phone(), actor=PORTAL, at=now)
    phones.add_contact(
        graduate=graduate, channel=Sender.Channel.EMAIL, value="sam@example.org", at=now
    )

    save(client, "me_words", language="en", time_zone=build.NEW_YORK, state="NJ")

    old.refresh_from_db()
    assert list(phones.open_addresses(graduate=graduate).values_list("state", flat=True)) == [
        "NJ",
        "NJ",
    ]
    assert old.state == ""
    assert '<option value="NJ" selected>New Jersey</option>' in (
        client.get(reverse("me")).content.decode()
    )

    save(client, "me_words", language="en", time_zone=build.NEW_YORK, state="")
    assert phones.state_of(graduate=graduate) == ""


def test_words_takes_no_state_that_is_none(client: Client, graduate: Graduate) -> None:
    page = save(client, "me_words", language="en", time_zone=build.NEW_YORK, state="ZZ")

    assert page.status_code == 422
    assert phones.state_of(graduate=graduate) == ""


def test_another_state_plans_the_next_check_in_anew(client: Client, graduate: Graduate) -> None:
    build.check_in(
        graduate=graduate, state=CheckIn.State.PLANNED, opens_at=clock.now() + timedelta(days=1)
    )
    same = {"language": "en", "time_zone": graduate.time_zone}

    save(client, "me_words", **same)
    kept = CheckIn.objects.filter(state=CheckIn.State.PLANNED).count()
    save(client, "me_words", **same, state="TX")

    assert (kept, CheckIn.objects.filter(state=CheckIn.State.PLANNED).count()) == (1, 0)


def test_another_zone_plans_anew_what_goes_by_the_persons_clock(
    client: Client, graduate: Graduate
) -> None:
    at = clock.now()
    commitment = build.commitment(graduate=graduate, weekdays=range(7))
    commitment.more_leads = [[1440, "18:00"]]
    commitment.save()
    reminders.refresh(commitment=commitment, at=at)
    build.check_in(graduate=graduate, opens_at=at + timedelta(days=2), state=CheckIn.State.PLANNED)

    def evenings() -> list[tuple[str, int]]:
        rows = commitment.reminders.filter(state="planned", lead_clock="18:00")
        west = ZoneInfo("America/Denver")
        return [(row.recurrence_id, row.due_at.astimezone(west).hour) for row in rows]

    def own() -> list[tuple[str, datetime]]:
        # From tomorrow on: that of today comes late, where its time was over before it was planned.
        tomorrow = at + timedelta(days=1)
        rows = commitment.reminders.filter(state="planned", lead_clock="", due_at__gt=tomorrow)
        return [(row.recurrence_id, row.due_at) for row in rows.order_by("due_at")]

    before = own()
    assert {hour for _, hour in evenings()} == {16}

    save(client, "me_words", language="en", time_zone="America/Denver", discreet="on")
    reminders.plan_ahead(at=clock.now())

    assert {hour for _, hour in evenings()} == {18}
    assert own()[: len(before)] == before
    assert not graduate.check_ins.filter(state=CheckIn.State.PLANNED).exists()


def test_words_may_name_things_by_choice(client: Client, graduate: Graduate) -> None:
    save(client, "me_words", language="en", time_zone=build.NEW_YORK)

    graduate.refresh_from_db()
    assert graduate.discreet is False


def test_an_unknown_zone_is_told_beside_its_field(client: Client, graduate: Graduate) -> None:
    page = save(client, "me_words", language="es", time_zone="Mars/Olympus")

    assert page.status_code == 422
    assert "There is no time zone “Mars/Olympus”." in page.content.decode()
    graduate.refresh_from_db()
    assert graduate.language == "en"


def test_every_zone_is_offered_on_demand(client: Client, graduate: Graduate) -> None:
    few = client.get(reverse("me")).content.decode()
    every = client.get(reverse("me") + "?zones").content.decode()

    assert "Europe/Madrid" not in few
    assert "Europe/Madrid" in every


def test_quiet_hours_may_be_several_and_run_over_midnight(
    client: Client, graduate: Graduate
) -> None:
    answers = {"quiet-0-opens": "22:00", "quiet-0-closes": "07:00"}
    answers |= {"quiet-2-opens": "13:00", "quiet-2-closes": "15:00"}

    save(client, "me_quiet", **QUIET, **answers)

    assert build.address_of(graduate).quiet_windows == [["22:00", "07:00"], ["13:00", "15:00"]]
    html = client.get(reverse("me")).content.decode()
    assert 'value="22:00"' in html


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"quiet-0-opens": "22:00"}, "Fill in both times"),
        ({"quiet-0-opens": "9", "quiet-0-closes": "10:00"}, "Enter a valid time."),
        ({"quiet-0-opens": "22:00", "quiet-0-closes": "22:00"}, "The two times are the same."),
        (
            {
                "quiet-0-opens": "00:00",
                "quiet-0-closes": "12:00",
                "quiet-1-opens": "12:00",
                "quiet-1-closes": "00:00",
            },
            "These hours leave no time for any text.",
        ),
    ],
)
def test_quiet_hours_that_cannot_be_are_told(
    client: Client, graduate: Graduate, answers: dict[str, str], words: str
) -> None:
    page = save(client, "me_quiet", **QUIET, **answers)

    assert page.status_code == 422
    assert words in page.content.decode()
    assert build.address_of(graduate).quiet_windows == []


def test_each_consent_is_withdrawn_and_given_by_itself(client: Client, graduate: Graduate) -> None:
    address = build.address_of(graduate)
    waiting = build.message(graduate=graduate, kind=Kind.CHECK_IN, state=Message.State.DUE)

    save(client, "me_texts", program="on", reminders="on")
    held = consent.scopes(address=address, program=graduate.program)
    save(client, "me_texts", program="on", reminders="on", check_ins="on")

    waiting.refresh_from_db()
    assert held == {Scope.PROGRAM, Scope.REMINDERS}
    assert waiting.state == Message.State.CANCELLED
    assert consent.scopes(address=address, program=graduate.program) == frozenset(Scope)
    changes = address.consent_events.filter(at__gt=build.LONG_AGO).order_by("at")
    assert [(event.scope, event.granted) for event in changes] == [
        ("check_ins", False),
        ("check_ins", True),
    ]


def test_saving_the_same_consents_records_nothing(client: Client, graduate: Graduate) -> None:
    save(client, "me_texts", program="on", reminders="on", check_ins="on")

    assert build.address_of(graduate).consent_events.filter(at__gt=build.LONG_AGO).count() == 0


def test_after_stop_the_page_says_how_to_turn_texts_on(client: Client, graduate: Graduate) -> None:
    consent.revoke(
        address=build.address_of(graduate), source=ConsentEvent.Source.TEXT, at=clock.now()
    )

    html = client.get(reverse("me")).content.decode()

    assert "text START to our number" in html


def test_pause_rests_texts_until_a_day_and_resume_ends_it(
    client: Client, graduate: Graduate
) -> None:
    last = clock.now().date() + timedelta(days=14)
    waiting = build.message(graduate=graduate, kind=Kind.CHECK_IN, state=Message.State.DUE)
    written = build.message(graduate=graduate, kind=Kind.PERSONAL, state=Message.State.DUE)

    save(client, "me_pause", until=last.isoformat())

    graduate.refresh_from_db()
    waiting.refresh_from_db()
    written.refresh_from_db()
    assert (graduate.status, graduate.paused_until) == (Graduate.Status.PAUSED, last)
    assert (waiting.state, waiting.reason) == (Message.State.CANCELLED, "paused")
    assert written.state == Message.State.DUE
    save(client, "me_resume")
    graduate.refresh_from_db()
    assert (graduate.status, graduate.paused_until) == (Graduate.Status.ACTIVE, None)


@pytest.mark.parametrize("days", [-2, 92])
def test_a_pause_that_cannot_be_is_told(client: Client, graduate: Graduate, days: int) -> None:
    today = clock.now().date()
    page = save(client, "me_pause", until=(today + timedelta(days=days)).isoformat())

    assert page.status_code == 422
    assert "at most 90 days ahead" in page.content.decode()


def test_pauses_end_by_themselves_on_the_local_day(graduate: Graduate) -> None:
    today = clock.now().date()
    Graduate.objects.update(status=Graduate.Status.PAUSED, paused_until=today - timedelta(days=3))
    still = build.graduate(first_name="Pat", status=Graduate.Status.PAUSED)
    Graduate.objects.filter(pk=still.pk).update(paused_until=today + timedelta(days=1))

    assert preferences.resume_due(at=clock.now()) == 1
    assert preferences.resume_due(at=clock.now()) == 0

    graduate.refresh_from_db()
    still.refresh_from_db()
    assert (graduate.status, still.status) == (Graduate.Status.ACTIVE, Graduate.Status.PAUSED)


def test_cadence_changes_what_is_planned_next(client: Client, graduate: Graduate) -> None:
    planned = build.check_in(
        graduate=graduate, opens_at=clock.now() + timedelta(days=3), state=CheckIn.State.PLANNED
    )

    save(client, "me_check_ins", cadence="less", preferred_hour="18", asks_use="on")

    graduate.refresh_from_db()
    assert (graduate.cadence_days, graduate.preferred_hour, graduate.asks_use) == (14, 18, True)
    assert not CheckIn.objects.filter(pk=planned.pk).exists()


def test_the_question_about_use_is_for_its_track_only(client: Client) -> None:
    made = build.graduate(user=build.user(), tracks=[Track.MOOD])
    assert made.user is not None
    client.force_login(made.user)

    save(client, "me_check_ins", cadence="usual", asks_use="on")

    made.refresh_from_db()
    assert made.asks_use is False


def test_a_shared_phone_ends_the_long_log_in(client: Client, graduate: Graduate) -> None:
    save(client, "me_device", own_device="on")
    long = client.session[sessions.OWN_DEVICE]

    save(client, "me_calls", shared="on", best_times="after 6", voicemail="no")
    save(client, "me_device", own_device="on")

    graduate.refresh_from_db()
    assert long is True
    assert client.session[sessions.OWN_DEVICE] is False
    assert Contact.objects.get().shared is True
    assert graduate.contact_card["best_times"] == "after 6"
    assert graduate.contact_card["voicemail"] == "no"


def test_a_new_phone_is_confirmed_by_a_code_and_starts_without_consent(
    client: Client, graduate: Graduate
) -> None:
    answer = save(client, "me_phone", phone="(215) 555-0143")
    message = Message.objects.get(key__startswith="code:")
    found = re.search(r"code is (\d{6})", message.body)
    assert found is not None
    done = client.post(reverse("me_phone_confirm"), {"code": found[1]})

    contact = phones.contact_of(graduate=graduate)
    assert contact is not None
    assert answer["Location"] == reverse("me_phone_confirm")
    assert done["Location"] == f"{reverse('me')}#texts"
    assert message.address == contact.address
    assert contact.address.value == "+12155550143"
    assert contact.confirmed_at is not None
    assert consent.scopes(address=contact.address, program=graduate.program) == frozenset()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("555", "This does not look like a phone number."),
        ("(800) 555-0199", "This number cannot get texts."),
        ("(215) 555-0142", "This is the number we have."),
    ],
)
def test_a_phone_that_cannot_be_is_told(
    client: Client, graduate: Graduate, number: str, words: str
) -> None:
    page = save(client, "me_phone", phone=number)

    assert page.status_code == 422
    assert words in page.content.decode()
    assert phones.contact_of(graduate=graduate) == Contact.objects.get()


def test_the_old_number_is_put_back_from_the_page(client: Client, graduate: Graduate) -> None:
    assert reverse("me_old_phone") not in client.get(reverse("me")).content.decode()
    save(client, "me_phone", phone="(215) 555-0143")
    offered = client.get(reverse("me")).content.decode()

    answer = save(client, "me_old_phone")

    contact = phones.contact_of(graduate=graduate)
    assert contact is not None
    assert "Before, it was (•••) •••-0142." in offered
    assert answer["Location"] == f"{reverse('me')}#phone"
    assert contact.address.value == PHONE
    assert consent.scopes(address=contact.address, program=graduate.program) == frozenset(Scope)


def test_the_old_number_is_put_back_only_while_there_is_one(
    client: Client, graduate: Graduate
) -> None:
    page = client.post(reverse("me_old_phone"), follow=True).content.decode()

    assert "The old number can only be put back within a day." in page
    assert Contact.objects.get().until is None


def test_a_silent_phone_is_asked_for_and_confirmed_anew(client: Client, graduate: Graduate) -> None:
    # Confirmed long before the clock of this machine.
    html = client.get(reverse("me")).content.decode()
    assert "We have not heard from this phone for a while." in html

    save(client, "me_send_code")
    found = re.search(r"code is (\d{6})", Message.objects.get(kind=Kind.CODE).body)
    assert found is not None
    client.post(reverse("me_phone_confirm"), {"code": found[1]})

    assert "We have not heard from this phone" not in client.get(reverse("me")).content.decode()
    assert consent.scopes(
        address=build.address_of(graduate), program=graduate.program
    ) == frozenset(Scope)


def test_me_is_for_graduates(client: Client) -> None:
    client.force_login(build.role(program=build.program(), kind=Role.Kind.LEAD).user)

    assert client.get(reverse("me")).status_code == 404


def test_today_asks_whose_a_silent_number_is_until_a_code_says_so(
    client: Client, graduate: Graduate
) -> None:
    contact = phones.contact_of(graduate=graduate)
    assert contact is not None
    phones.mark_confirmed(contact=contact, at=clock.now())
    assert "still your number?" not in client.get(reverse("today")).content.decode()

    phones.mark_confirmed(contact=contact, at=clock.now() - timedelta(days=91))
    html = client.get(reverse("today")).content.decode()
    answer = save(client, "me_send_code")
    digits = re.findall(r"\d{6}", Message.objects.get(kind=Kind.CODE).body)[0]
    save(client, "me_phone_confirm", code=digits)

    assert f"Is {mask(contact.address.value)} still your number?" in html
    assert f'href="{reverse("me")}#phone"' in html
    assert answer.headers["Location"] == reverse("me_phone_confirm")
    assert "still your number?" not in client.get(reverse("today")).content.decode()
