"""CONS-10: who leaves is erased but for what a law keeps, and a stop outlives them."""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import models
from django.test import Client

from aftercare import disclosure, jobs, leaving, retention
from aftercare.models import (
    Alarm,
    AuditEntry,
    Departure,
    Disclosure,
    Graduate,
    Item,
    Release,
)
from aftercare.record import Actor
from notifications import addresses, clock, consent
from notifications.kinds import Scope
from notifications.models import Address, ConsentEvent, InboundMessage, Message
from portal.models import User
from tests import build
from tests.security import canaries

Figure = Callable[[str], None]
AT = build.LONG_AGO
WEEK = timedelta(days=7)


def own(planted: canaries.Planted) -> Actor:
    return Actor(user=planted.user, role="graduate")


@pytest.mark.django_db(transaction=True)
def test_cons_10_who_leaves_is_gone_from_database_cache_logs_and_files(
    figure: Figure, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    planted = canaries.plant()
    client = canaries.log_in(planted)
    client.get("/me/")
    Client().post("/accounts/login/", {"login": canaries.MAILBOX, "password": "wrong" * 4})
    assert canaries.found_in(canaries.opened(), planted.words) == list(planted.words)
    assert canaries.found_in(canaries.dumped(), planted.readable) == list(planted.readable)
    at = clock.now() - WEEK
    leaving.leave(graduate=planted.graduate, actor=own(planted), at=at)

    jobs.tidy()
    jobs.tidy()

    assert canaries.found_in(canaries.opened(), planted.words) == []
    assert canaries.found_in(canaries.dumped(), planted.words) == []
    files = [path for path in Path(settings.VAR_DIR).rglob("*") if path.is_file()]
    assert [
        path.name for path in files if canaries.found_in(path.read_bytes(), planted.words)
    ] == []
    assert canaries.found_in(caplog.text, planted.words) == []
    assert cache.get(canaries.MAILBOX) is None
    user = User.objects.get(pk=planted.user.pk)
    assert (user.email, user.name, user.is_active, user.has_usable_password()) == (
        None,
        "",
        False,
        False,
    )
    assert client.get("/me/").status_code == 302
    figure(f"0 of {len(planted.words)} canaries left in database, cache, logs and files")


@pytest.mark.django_db
def test_cons_10_what_stays_is_named_and_nameless(figure: Figure) -> None:
    planted = canaries.plant()
    phone = Address.objects.get(contacts__graduate=planted.graduate)
    texts = Message.objects.count(), InboundMessage.objects.count(), ConsentEvent.objects.count()
    uid = planted.graduate.uid
    leaving.leave(graduate=planted.graduate, actor=own(planted), at=AT)

    assert leaving.erase_due(at=AT + WEEK - timedelta(seconds=1)) == 0
    assert leaving.erase_due(at=AT + WEEK) == 1
    assert leaving.erase_due(at=AT + WEEK) == 0

    assert not Graduate.objects.filter(uid=uid).exists()
    # The stop is found by the number, which nothing else tells any more.
    kept = addresses.find(channel="sms", value=canaries.PHONE)
    assert kept is not None
    assert (kept.pk, kept.value, kept.opted_out_at) == (phone.pk, "", AT + timedelta(days=1))
    assert (texts[0], texts[1], texts[2] + 1) == (
        Message.objects.filter(about__isnull=True).count(),
        InboundMessage.objects.filter(answer__isnull=True).count(),
        ConsentEvent.objects.count(),
    )
    assert {row.words for row in ConsentEvent.objects.filter(granted=False)} == {""}
    verbs = AuditEntry.objects.filter(graduate_uid=uid).order_by("pk")
    assert [row.verb for row in verbs] == ["left", "erased"]
    # Who comes back is known by the same fingerprint, and is texted no more than before.
    again = addresses.get_or_make(channel="sms", value=canaries.PHONE, at=AT)
    assert (again.pk, again.value, again.confirmed_at) == (phone.pk, canaries.PHONE, None)
    assert consent.scopes(address=again, program=planted.graduate.program) == frozenset()
    figure(f"{sum(texts) + 1} rows kept without words; 1 stop kept as a fingerprint")


@pytest.mark.django_db
def test_cons_10_consent_does_not_outlive_who_gave_it() -> None:
    graduate = build.graduate(phone="+12155550133")
    leaving.leave(graduate=graduate, actor=Actor(), at=AT)
    leaving.erase_due(at=AT + WEEK)

    address = addresses.get_or_make(channel="sms", value="+12155550133", at=AT + 2 * WEEK)

    assert consent.scopes(address=address, program=graduate.program) == frozenset()


@pytest.mark.django_db
def test_cons_10_a_shared_phone_stays_with_the_other() -> None:
    program = build.program()
    shared = build.address(value="+12155550134")
    leaver = build.graduate(program=program, to=shared, first_name="Ann")
    other = build.graduate(program=program, to=shared, first_name="Ben")
    build.message(graduate=leaver, body="for Ann")
    build.message(graduate=other, body="for Ben")
    leaving.leave(graduate=leaver, actor=Actor(), at=AT)

    leaving.erase_due(at=AT + WEEK)

    assert Address.objects.get(pk=shared.pk).value == "+12155550134"
    assert sorted(row.body for row in Message.objects.all()) == ["", "for Ben"]
    assert consent.scopes(address=shared, program=program) == frozenset(Scope)


@pytest.mark.django_db
def test_cons_10_whoever_stays_has_all_as_it_was() -> None:
    program = build.program()
    graduate = build.graduate(program=program, status=Graduate.Status.PAUSED)
    graduate.paused_until = AT.date()
    graduate.save()
    neighbour = build.graduate(program=program)
    waiting = build.message(graduate=graduate, state=Message.WAITING[0])
    departure = leaving.leave(graduate=graduate, actor=Actor(), at=AT)
    with pytest.raises(leaving.AlreadyOver):
        leaving.leave(graduate=graduate, actor=Actor(), at=AT)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == (Message.State.CANCELLED, "left")
    assert leaving.departure_of(graduate=graduate) == departure
    assert leaving.departure_of(graduate=neighbour) is None

    leaving.stay(departure=departure, actor=Actor(), at=AT + timedelta(days=6))

    assert leaving.erase_due(at=AT + 2 * WEEK) == 0
    graduate.refresh_from_db()
    assert (graduate.status, graduate.paused_until) == (Graduate.Status.PAUSED, AT.date())
    assert not Departure.objects.exists()


@pytest.mark.django_db
def test_cons_10_nobody_is_erased_while_danger_is_open() -> None:
    graduate = build.graduate()
    alarm = Alarm.objects.create(
        program=graduate.program, graduate=graduate, code="1234", opened_at=AT
    )
    leaving.leave(graduate=graduate, actor=Actor(), at=AT)
    assert leaving.erase_due(at=AT + WEEK) == 0

    alarm.closed_at = AT + WEEK
    alarm.save()

    assert leaving.erase_due(at=AT + WEEK) == 1


@pytest.mark.django_db
def test_cons_10_staff_who_were_graduates_keep_their_log_in() -> None:
    user = build.user()
    role = build.role(program=build.program(), user=user)
    graduate = build.graduate(program=role.program, user=user)
    leaving.leave(graduate=graduate, actor=Actor(), at=AT)

    leaving.erase_due(at=AT + WEEK)

    kept = User.objects.get(pk=user.pk)
    assert (kept.email, kept.is_active) == (user.email, True)


@pytest.mark.django_db
def test_cons_10_rows_go_when_their_class_is_over_and_not_before(settings: Any) -> None:
    leaver, stayer = build.graduate(), build.graduate()
    for person in (leaver, stayer):
        text = build.message(graduate=person)
        build.attempt(message=text, provider_id=f"SM{person.pk}")
        build.reply(graduate=person)
    leaving.leave(graduate=leaver, actor=Actor(), at=AT)
    leaving.erase_due(at=AT + WEEK)
    kept = timedelta(days=1461)

    assert leaving.purge(at=AT + kept) == {}
    # The last of it is the end of the consent, noted a week later.
    gone = leaving.purge(at=AT + kept + timedelta(days=8))

    assert gone == {
        "notifications.Attempt": 1,
        "notifications.Message": 1,
        "notifications.InboundMessage": 1,
        "notifications.ConsentEvent": len(Scope) + 1,
        "notifications.Address": 1,
    }
    assert leaving.purge(at=AT + kept + timedelta(days=8)) == {}
    assert [row.address for row in Message.objects.all()] == [build.address_of(stayer)]


def test_cons_10_every_table_has_one_class_and_every_class_its_reason(
    figure: Figure, settings: Any
) -> None:
    classes = retention.read(path=settings.RETENTION_FILE)
    listed = [table for each in classes for table in each.every_table]
    tables = {one._meta.label for one in apps.get_models() if not one._meta.proxy}
    wrong = {
        f"{table}.{column}": field
        for each in classes
        for table, column in each.by.items()
        if not isinstance(field := last_of(table, column), models.DateTimeField)
    }

    assert set(listed) == tables
    assert len(listed) == len(tables)
    assert wrong == {}
    assert [each.name for each in classes if not (each.why and each.source)] == []
    figure(f"{len(tables)} tables in {len(classes)} classes, each with its reason and source")


def last_of(table: str, path: str) -> "models.Field[Any, Any] | None":
    """The column at the end of a path through tables."""
    model = apps.get_model(table)
    *steps, column = path.split("__")
    for step in steps:
        model = model._meta.get_field(step).related_model
    field = model._meta.get_field(column)
    return field if isinstance(field, models.Field) else None


def test_cons_10_what_hangs_on_a_graduate_is_erased_with_them(settings: Any) -> None:
    """No table of the class is left behind, and none that goes is missing from it."""
    (person,) = (
        one for one in retention.read(path=settings.RETENTION_FILE) if one.name == "person"
    )
    reached: set[str] = set()
    waiting: list[type[models.Model]] = [Graduate]
    while waiting:
        model = waiting.pop()
        if model._meta.label in reached:
            continue
        reached.add(model._meta.label)
        for relation in model._meta.related_objects:
            if getattr(relation, "on_delete", None) is models.CASCADE:
                waiting.append(relation.related_model)
    # Their own classes are shorter still; the auto-made table of two keys has no class of its own.
    shorter = {"aftercare.PhoneCode", "aftercare.TextDraft", "aftercare.Invitation"}
    assert reached - shorter - {"aftercare.Outreach_signals"} == set(person.tables)


@pytest.mark.parametrize(
    "text", ["[person]\nwhy = 1\n", "not toml", "[a]\nwhy='w'\nsource='s'\ntables=['x.Y','x.Y']\n"]
)
def test_cons_10_a_table_that_cannot_be_read_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "retention.toml"
    path.write_text(text)
    with pytest.raises(retention.BadRetention):
        retention.grace(path=str(path))


@pytest.mark.django_db
def test_cons_10_what_others_were_told_stays_with_the_name_alone() -> None:
    graduate = build.graduate(first_name="Ann", last_name="Quill")
    release = build.release(graduate=graduate, at=AT)
    told = disclosure.tell(
        release=release, items=[Item.ALERTS], way=Disclosure.Way.PAGE, actor=Actor(), at=AT
    )
    leaving.leave(graduate=graduate, actor=Actor(), at=AT)

    assert leaving.erase_due(at=AT + WEEK) == 1

    told.refresh_from_db()
    assert (told.graduate_id, told.release_id, told.person) == (None, None, "Ann Quill")
    assert not Release.objects.exists()
    leaving.purge(at=AT + timedelta(days=1098))
    assert Disclosure.objects.exists()
    leaving.purge(at=AT + timedelta(days=1098, seconds=1))
    assert not Disclosure.objects.exists()
