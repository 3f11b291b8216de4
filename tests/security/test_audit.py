"""AUD-01, 02, 05, 06: what is on record, that nothing goes without it, who reads it, and what logs must not say."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from django.utils import translation

from aftercare import (
    access,
    disclosure,
    inbox,
    jobs,
    leaving,
    looks,
    outreach,
    own_papers,
    preferences,
    profile,
    supporters,
)
from aftercare.append_only import TABLE
from aftercare.caseload import Filters, rows
from aftercare.models import AuditEntry, Disclosure, Graduate, Item, Outreach, Role
from aftercare.record import Actor
from notifications import clock
from notifications.kinds import Scope
from tests import build
from tests.security import canaries
from tests.twilio_fake import TOKEN, sign

Figure = Callable[[str], None]
AT = build.LONG_AGO
Verb = AuditEntry.Verb
HOURS = timedelta(hours=1)


@pytest.mark.django_db
def test_aud_01_each_kind_of_deed_leaves_its_row(figure: Figure) -> None:
    program = build.program()
    counselor = build.role(program=program)
    lead = build.role(program=program, kind=Role.Kind.LEAD)
    graduate = build.graduate(program=program, counselor=counselor, user=build.user())
    other = build.graduate(program=program, counselor=counselor)
    reply = build.reply(graduate=graduate)
    standing = access.roles_of(user=counselor.user, at=AT)
    looking = replace(standing, is_looking=True)
    staff, own = standing.actor(program), Actor(user=graduate.user, role="graduate")
    deeds: dict[str, Callable[[], Any]] = {
        Verb.LOG_IN: lambda: access.note_log_in(standing=standing),
        Verb.READ: lambda: access.graduate_of_caseload(standing=looking, uid=graduate.uid),
        Verb.SEARCHED: lambda: rows(standing=standing, at=AT, filters=Filters(words="sam")),
        Verb.REVEALED: lambda: profile.reveal_phone(graduate=graduate, actor=staff, at=AT),
        Verb.CREATED: lambda: outreach.note(
            graduate=graduate,
            way=Outreach.Way.CALL,
            outcome=Outreach.Outcome.REACHED,
            actor=staff,
            at=AT,
        ),
        Verb.CHANGED: lambda: inbox.mark_unread(standing=standing, at=AT, reply=reply.uid),
        Verb.EXPORTED: lambda: own_papers.take(graduate=graduate, form="json", actor=own, at=AT),
        Verb.CONSENTED: lambda: preferences.set_texts(
            graduate=graduate, wanted=[Scope.REMINDERS], words="w", actor=own, at=AT
        ),
        Verb.LEFT: lambda: leaving.leave(graduate=other, actor=staff, at=AT),
        Verb.STAYED: lambda: leaving.stay(
            departure=leaving.departure_of(graduate=other),  # type: ignore[arg-type]
            actor=staff,
            at=AT,
        ),
    }
    found = {}
    inbox.mark_read(standing=standing, at=AT, replies=[reply.uid], check_ins=[])
    for verb, deed in deeds.items():
        before = AuditEntry.objects.count()
        deed()
        new = AuditEntry.objects.order_by("pk")[before:]
        found[verb] = {(row.verb, row.actor_id, row.program_id) for row in new}

    by_self = {Verb.EXPORTED, Verb.CONSENTED}
    assert found == {
        verb: {(str(verb), graduate.user_id if verb in by_self else counselor.user_id, program.pk)}
        for verb in deeds
    }
    # Settings of a program, by its lead on the page.
    client = Client()
    client.force_login(lead.user)
    before = AuditEntry.objects.count()
    client.post(
        reverse("program_holidays", args=[program.uid]),
        {"name": "Spring", "first_on": "2030-04-01", "last_on": "2030-04-02"},
    )
    (row,) = AuditEntry.objects.order_by("pk")[before:]
    assert (row.verb, row.thing, row.actor_id) == ("created", "holiday", lead.user_id)
    figure(f"{len(deeds) + 1} kinds of deeds, a row each")


@pytest.mark.django_db
def test_aud_01_a_wrong_log_in_leaves_its_row_whoever_it_names(
    figure: Figure, django_assert_num_queries: Any
) -> None:
    role = build.role(program=build.program())
    elsewhere = build.program(name="Elsewhere", alias="Else")
    graduate = build.graduate(program=elsewhere, user=build.user(email="sam@example.org"))
    found = []
    for email in (role.user.email or "", "sam@example.org", "nobody@example.org"):
        with django_assert_num_queries(5):
            access.note_failure(email=email, at=AT)
        row = AuditEntry.objects.order_by("-pk")[0]
        found.append((row.verb, row.actor_id, row.program_id))
    assert found == [
        ("failed", role.user_id, role.program_id),
        ("failed", graduate.user_id, elsewhere.pk),
        ("failed", None, role.program_id),
    ]

    Client().post("/accounts/login/", {"login": "sam@example.org", "password": "wrong" * 4})

    assert AuditEntry.objects.filter(verb="failed", actor=graduate.user).count() == 2
    figure("3 of 3 wrong log-ins on record, 5 queries each")


@pytest.mark.django_db
@pytest.mark.one_database
def test_aud_01_who_is_read_on_a_list_stands_on_record(figure: Figure) -> None:
    program = build.program()
    counselor = build.role(program=program)
    people = [build.graduate(program=program, counselor=counselor) for _ in range(4)]
    waits, answered, read, quiet = people
    at = clock.now()
    build.reply(graduate=waits, at=at)
    build.answer(
        check_in=build.check_in(
            graduate=answered, opens_at=at - 2 * HOURS, answered_at=at - 2 * HOURS
        ),
        question="rough",
        value=3,
        at=at - 2 * HOURS,
    )
    done = build.reply(graduate=read, at=at)
    inbox.mark_read(
        standing=access.roles_of(user=counselor.user, at=at),
        at=at,
        replies=[done.uid],
    )
    client = Client()
    client.force_login(counselor.user)

    for name in ("home", "inbox", "home", "inbox", "caseload"):
        assert client.get(reverse(name)).status_code == 200

    rows = AuditEntry.objects.filter(verb="read", actor=counselor.user, program=program)
    found = {(row.thing, row.graduate_uid) for row in rows}
    assert (rows.count(), found) == (
        5,
        {
            ("reply", read.uid),
            ("morning", waits.uid),
            ("morning", answered.uid),
            ("inbox", waits.uid),
            ("inbox", read.uid),
        },
    )
    assert quiet.uid not in {row.graduate_uid for row in rows}
    figure(
        "2 lists with words: each person on record once an hour; the caseload names states alone"
    )


@contextmanager
def refusing_record() -> Iterator[None]:
    """The database takes no row of the record, as with a full disk or a broken table."""
    with connection.cursor() as cursor:
        for statement in _REFUSE[connection.vendor]:
            cursor.execute(statement)
    yield
    on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER refuse_row{on}")


_REFUSE = {
    "sqlite": [
        f"CREATE TRIGGER refuse_row BEFORE INSERT ON {TABLE} BEGIN"
        " SELECT RAISE(ABORT, 'no room'); END"
    ],
    "postgresql": [
        f"CREATE TRIGGER refuse_row BEFORE INSERT ON {TABLE}"
        f" FOR EACH ROW EXECUTE FUNCTION {TABLE}_refuse()"
    ],
}


@pytest.mark.django_db
def test_aud_02_no_page_about_a_person_without_its_row(figure: Figure) -> None:
    program = build.program()
    counselor = build.role(program=program)
    graduate = build.graduate(
        program=program, counselor=counselor, first_name="Quokka", user=build.user()
    )
    alarm = build.reply(graduate=graduate)
    client = Client(raise_request_exception=False)
    client.force_login(counselor.user)
    pages = [
        reverse(name, args=[graduate.uid])
        for name in ("graduate", "graduate_phone", "graduate_attendance")
    ]
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)
    pages += [reverse(name) for name in ("home", "inbox")]
    written = AuditEntry.objects.count()

    with refusing_record():
        answers = [client.get(page) for page in pages]
        answers.append(client.post(reverse("mark_read"), {"reply": str(alarm.uid)}))

    assert [answer.status_code for answer in answers] == [503] * len(answers)
    assert [one for one in answers if b"Quokka" in one.content] == []
    assert {answer.headers["Retry-After"] for answer in answers} == {"10"}
    alarm.refresh_from_db()
    assert (alarm.read_at, AuditEntry.objects.count()) == (None, written)
    assert client.get(pages[0]).status_code == 200
    figure(f"{len(answers)} of {len(answers)} requests answered 503, nothing shown or changed")


@pytest.mark.django_db(transaction=True)
def test_aud_05_no_canary_in_logs_queue_or_error_pages(
    figure: Figure, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    planted = canaries.plant()
    searched = ("quokka-street-9", "quokka-name")
    words = (*planted.words, *searched)
    staff, own = Client(raise_request_exception=False), canaries.log_in(planted)
    own.raise_request_exception = False
    staff.force_login(planted.counselor.user)
    page = reverse("graduate", args=[planted.graduate.uid])
    answers: list[HttpResponseBase] = [
        staff.get(page),
        staff.get("/caseload/", {"q": searched[1], "words": searched[1]}),
        own.get("/me/"),
        own.get("/meetings/", {"near": searched[0], "q": searched[0]}),
        Client().get(f"/join/{searched[1]}/"),
        Client().post("/accounts/login/", {"login": canaries.MAILBOX, "password": "wrong" * 4}),
        _text_in(planted),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 400, 410, 200, 200]
    with refusing_record():
        errors = [staff.get(page), own.get("/me/data/json/")]
    broken = settings.FIELD_KEYS
    settings.FIELD_KEYS = broken.replace("k1:", "k9:")
    errors += [staff.get(page), own.get("/today/")]
    settings.FIELD_KEYS = broken
    errors.append(staff.get(f"/graduates/{planted.user.uid}/?q={searched[0]}"))
    jobs.tick(at=clock.now() + timedelta(minutes=2))

    assert [answer.status_code for answer in errors] == [503, 503, 500, 500, 404]
    shown = [word for one in errors for word in canaries.found_in(one.content, planted.words)]
    assert shown == []
    logged = [
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    ]
    logged += [str(record.exc_info) for record in caplog.records if record.exc_info]
    assert canaries.found_in("\n".join(logged), words) == []
    with connection.cursor() as cursor:
        kept = []
        for table in ("django_q_ormq", "django_q_task", "django_q_schedule", "portal_cache"):
            cursor.execute("SELECT * FROM " + table)  # noqa: S608 - one of the four above
            kept += [str(row) for row in cursor.fetchall()]
    assert canaries.found_in("\n".join(kept), words) == []
    figure(
        f"0 of {len(words)} words in {len(logged)} log lines, {len(kept)} rows, {len(errors)} errors"
    )


def _text_in(planted: canaries.Planted) -> HttpResponseBase:
    """A text of the person, as the provider hands it over."""
    from django.conf import settings

    fields = {
        "MessageSid": "SM" + "7" * 32,
        "From": canaries.PHONE,
        "To": build.sender_of(planted.graduate).number,
        "Body": planted.sealed[0],
    }
    address = f"{settings.PUBLIC_URL}/sms/inbound"
    settings.TWILIO_AUTH_TOKEN = TOKEN
    return Client().post(
        "/sms/inbound", fields, headers={"X-Twilio-Signature": sign(address, fields, token=TOKEN)}
    )


@pytest.mark.django_db
def test_aud_06_a_graduate_reads_who_looked(figure: Figure) -> None:
    program = build.program()
    counselor = build.role(program=program, name="Dana Reyes")
    graduate = build.graduate(program=program, counselor=counselor, user=build.user())
    other = build.graduate(program=program, counselor=counselor)
    own = Actor(user=graduate.user, role="graduate")
    for number in range(26):
        at = AT + timedelta(days=number)
        standing = access.roles_of(user=counselor.user, at=at, is_looking=True)
        access.graduate_of_caseload(standing=standing, uid=graduate.uid)
        access.graduate_of_caseload(standing=standing, uid=other.uid)
    preferences.set_cadence(graduate=graduate, days=None, actor=own, at=AT)
    assert graduate.user is not None
    client = Client()
    client.force_login(graduate.user)

    first, second = client.get("/me/record/"), client.get("/me/record/", {"page": "2"})

    assert [page.content.decode().count("Looked at your page") for page in (first, second)] == [
        25,
        1,
    ]
    assert first.content.decode().count("Dana Reyes (counselor)") == 25
    Graduate.objects.filter(pk=graduate.pk).update(language="es")
    graduate.user.speak("es")
    assert "Miró tu página" in client.get("/me/record/").content.decode()
    figure("26 looks of staff on 2 pages, in English and Spanish; own deeds and others' left out")


@pytest.mark.django_db
def test_aud_06_what_a_supporter_and_a_letter_were_shown_is_told_in_words(figure: Figure) -> None:
    program = build.program()
    counselor = build.role(program=program, name="Dana Reyes")
    graduate = build.graduate(program=program, counselor=counselor)
    release = build.release(graduate=graduate, at=AT, items=[Item.MILESTONES, Item.LETTER])
    mother = build.user(name="Maria Rivers")
    supporters.join(release=release, user=mother, at=AT)
    by = {"supporter": mother, "counselor": counselor.user}
    ways = {"supporter": Disclosure.Way.PAGE, "counselor": Disclosure.Way.LETTER}
    for role, way in ways.items():
        item = Item.MILESTONES if way == Disclosure.Way.PAGE else Item.LETTER
        actor = Actor(user=by[role], role=role)
        disclosure.tell(release=release, items=[item], way=way, actor=actor, at=AT)

    with translation.override("en"):
        told = [(look.who, look.role, look.deed) for look in looks.of(graduate=graduate, at=AT)]

    assert told == [
        ("Dana Reyes", "counselor", "Told somebody outside something about you"),
        ("Maria Rivers", "supporter", "Looked at what you share with them"),
        ("Maria Rivers", "supporter", "Made a sign-in for what you share with them"),
    ]
    figure("3 of 3 deeds of a consent told in words, none as “something”")
