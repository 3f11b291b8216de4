"""CONS-09: a person takes along what is kept of them, whole, soon, and in three forms."""

import csv
import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from aftercare import own_data, own_papers, own_tables, retention
from aftercare.models import Answer, AuditEntry, CheckIn, Graduate
from aftercare.record import Actor
from notifications.models import Message
from portal.models import User
from tests import build
from tests.security import canaries

Figure = Callable[[str], None]
AT = build.LONG_AGO
# What staff noted for their own work, and what they have not sent.
WITHHELD = {"aftercare.Outreach.note", "aftercare.Outreach.next_step", "aftercare.Alarm.note"}
PERSONAL = (
    "person",
    "account",
    "texts",
    "consent",
    "stop",
    "codes",
    "drafts",
    "links",
    "forms",
    "ledger",
    "inspections",
)


def test_cons_09_every_personal_table_is_copied_or_left_out_with_its_reason(
    figure: Figure, settings: Any
) -> None:
    classes = retention.read(path=settings.RETENTION_FILE)
    personal = {
        table
        for each in classes
        if each.name in (*PERSONAL, "sessions", "record")
        for table in each.every_table
    }
    copied = [table.model._meta.label for table in own_tables.tables(at=AT)]

    assert len(copied) == len(set(copied))
    assert set(copied) | set(own_tables.LEFT_OUT) == personal
    assert set(copied) & set(own_tables.LEFT_OUT) == set()
    assert [name for name, why in own_tables.LEFT_OUT.items() if not why] == []
    columns = {
        f"{table.model._meta.label}.{name}"
        for table in own_tables.tables(at=AT)
        for name in (*table.without, *table.what, *filter(None, [table.when]))
    }
    assert [name for name in columns if not is_column(name)] == []
    figure(f"{len(copied)} tables copied, {len(own_tables.LEFT_OUT)} left out with a reason")


def is_column(name: str) -> bool:
    label, _, column = name.rpartition(".")
    return column in {one.name for one in apps.get_model(label)._meta.local_fields}


@pytest.mark.django_db
def test_cons_09_the_three_files_hold_every_word_but_those_withheld(figure: Figure) -> None:
    planted = canaries.plant()
    neighbour = build.graduate(program=planted.graduate.program, first_name="Neighbour")
    build.reply(graduate=neighbour, body="Neighbour wrote")
    client = canaries.log_in(planted)
    before = AuditEntry.objects.count()

    files = {form: client.get(f"/me/data/{form}/") for form in ("json", "csv", "pdf")}

    assert {form: one.status_code for form, one in files.items()} == dict.fromkeys(files, 200)
    assert {one.headers["Content-Disposition"] for one in files.values()} == {
        'attachment; filename="my-data.json"',
        'attachment; filename="my-data.zip"',
        'attachment; filename="my-data.pdf"',
    }
    whole = json.loads(files["json"].content)
    text = json.dumps(whole, ensure_ascii=False)
    absent = [word for word in planted.words if word not in text]
    assert absent == withheld(planted)
    assert "Neighbour" not in text
    assert set(whole["left_out"]) >= WITHHELD
    assert files["pdf"].content[:5] == b"%PDF-"
    assert all(word in unzipped(files["csv"].content) for word in set(planted.words) - set(absent))
    rows = AuditEntry.objects.order_by("pk")[before:]
    assert [(row.verb, row.graduate_uid) for row in rows] == [
        ("exported", planted.graduate.uid)
    ] * 3
    figure(
        f"{len(planted.words) - len(absent)} of {len(planted.words)} words, rest withheld by rule"
    )


def withheld(planted: canaries.Planted) -> list[str]:
    """The words of staff, the mailbox of a used link, what a signal weighed, and texts nobody linked."""
    graduate = Graduate.objects.get(pk=planted.graduate.pk)
    (contact,) = graduate.outreach.all()
    (alarm,) = graduate.alarms.all()
    (signal,) = graduate.signals.all()
    (draft,) = graduate.text_drafts.all()
    (link,) = graduate.invitations.all()
    loose = planted.sealed[received(planted)]
    words = {contact.note, contact.next_step, alarm.note, draft.body, loose}
    words |= {signal.reasons[0]["code"], link.email.partition("@")[0]}
    words |= {planted.sealed[received(planted) + 1]}
    return [word for word in planted.words if word in words]


def received(planted: canaries.Planted) -> int:
    """Where the text stands that no reply ties to the person."""
    from notifications.models import InboundMessage

    (row,) = InboundMessage.objects.filter(reply__isnull=True)
    return planted.sealed.index(row.body)


def unzipped(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        return "\n".join(folder.read(name).decode() for name in folder.namelist())


@pytest.mark.django_db
def test_cons_09_a_cell_is_no_formula() -> None:
    graduate = build.graduate(first_name='=HYPERLINK("x")')
    content = own_papers.FORMS["csv"](own_data.gather(graduate=graduate, at=AT))

    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        sheet = folder.read("Graduate.csv").decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(sheet))
    assert row["first_name"] == '\'=HYPERLINK("x")'


@pytest.mark.django_db
def test_cons_09_ten_years_take_less_than_a_minute(
    figure: Figure, many: Callable[..., int]
) -> None:
    weeks = many(short=4, full=520)
    graduate = build.graduate(user=build.user())
    for week in range(weeks):
        at = AT + timedelta(weeks=week)
        asked = build.check_in(graduate=graduate, opens_at=at, state=CheckIn.State.ANSWERED)
        for question in ("rough", "sure", "steps"):
            Answer.objects.create(check_in=asked, question=question, content={"value": 3}, at=at)
        for _ in range(4):
            build.message(graduate=graduate, body="How are you this week? " * 4, at=at)
            build.reply(graduate=graduate, body="A hard week, and I went. " * 4, at=at)
    actor = Actor(user=graduate.user, role="graduate")
    took = {}
    for form in own_papers.FORMS:
        began = time.monotonic()
        own_papers.take(graduate=graduate, form=form, actor=actor, at=AT)
        took[form] = time.monotonic() - began
    assert Message.objects.count() == 4 * weeks
    told = ", ".join(f"{form} {seconds:.1f} s" for form, seconds in took.items())
    figure(f"{weeks} weeks of texts and check-ins: {told}")


@pytest.mark.django_db
def test_cons_09_nobody_takes_anothers_data() -> None:
    graduate = build.graduate(user=build.user())
    staff = build.role(program=graduate.program)
    visitor, counselor = Client(), Client()
    counselor.force_login(User.objects.get(pk=staff.user_id))

    assert visitor.get("/me/data/json/").status_code == 302
    assert counselor.get("/me/data/json/").status_code == 404
    assert not AuditEntry.objects.filter(verb=AuditEntry.Verb.EXPORTED).exists()
