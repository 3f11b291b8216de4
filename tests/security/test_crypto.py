"""CRY: what is personal is sealed in the database, other keys are told at once, and keys change."""

import importlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings as configured
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection, models

from notifications import crypto, proof, rotation
from notifications.crypto import WrongKey
from notifications.fields import EncryptedTextField
from notifications.models import Address, KeyProof
from portal.accounts import TOTP_PLACE
from tests import build
from tests.house.places import ROOT
from tests.security.columns import COLUMNS, Column

Figure = Callable[[str], None]
Many = Callable[..., int]


def test_cry_01_every_column_is_classified(figure: Figure) -> None:
    ours = [one for one in apps.get_models() if one._meta.app_label in COLUMNS_OF]
    found = {
        f"{model._meta.label}.{field.name}": field
        for model in ours
        for field in model._meta.local_fields
        if not is_plain_by_kind(field)
    }
    sealed = {name for name, field in found.items() if isinstance(field, EncryptedTextField)}
    listed = {name for name, kind in COLUMNS.items() if kind is not Column.SEALED}

    assert set(found) == set(COLUMNS)
    assert sealed == set(COLUMNS) - listed
    figure(f"{len(sealed)} columns sealed, {len(listed)} others named with their reason")


COLUMNS_OF = {"portal", "aftercare", "notifications"}


def is_plain_by_kind(field: "models.Field[Any, Any]") -> bool:
    """Ids, instants, numbers, yes and no, and words of a list of ours hold nothing in anybody's words."""
    if isinstance(field, models.CharField | models.TextField | models.JSONField):
        return bool(field.choices) and not isinstance(field, EncryptedTextField)
    return not isinstance(field, models.BinaryField)


def test_cry_01_the_keys_are_apart_from_the_secret_key_and_keyed_lookups_need_them(
    settings: Any,
) -> None:
    index = crypto.blind_index(value="+12155550100", purpose="sms")
    sealed = crypto.keyring().seal(plain="Ana", place="t.c.1")

    settings.SECRET_KEY = "another" * 8
    assert crypto.blind_index(value="+12155550100", purpose="sms") == index
    assert crypto.keyring().open(sealed=sealed, place="t.c.1") == "Ana"

    settings.FIELD_KEYS = crypto.make_keys()
    assert crypto.blind_index(value="+12155550100", purpose="sms") != index


@pytest.mark.django_db
def test_cry_02_other_keys_are_told_at_start_by_the_check_and_on_reading(
    settings: Any, figure: Figure
) -> None:
    address = build.address(value="+12155550100")
    proof.hold()
    proof.hold()
    assert KeyProof.objects.count() == 1
    assert crypto_checks() == []

    right = settings.FIELD_KEYS
    for wrong in (crypto.make_keys(), other_index(right)):
        settings.FIELD_KEYS = wrong
        with pytest.raises(WrongKey, match="backup"):
            proof.hold()
        with pytest.raises(WrongKey):
            call_command("tick", stdout=StringIO())
        assert crypto_checks() == ["notifications.E004"]

    settings.FIELD_KEYS = crypto.make_keys()
    with pytest.raises(WrongKey):
        _ = Address.objects.get(pk=address.pk).value
    figure("2 of 2 wrong sets of keys are refused at start and by the check, and on reading")


def other_index(keys: str) -> str:
    fresh = crypto.make_keys().split(",")[1]
    return ",".join([*(part for part in keys.split(",") if not part.startswith("index:")), fresh])


def crypto_checks() -> list[str]:
    found = run_checks(tags=["database"], databases=["default"])
    return [one.id or "" for one in found if (one.id or "").startswith("notifications.")]


@pytest.mark.django_db
def test_cry_02_a_database_without_a_proof_is_not_given_one_by_other_keys(settings: Any) -> None:
    build.address(value="+12155550100")
    settings.FIELD_KEYS = crypto.make_keys()

    with pytest.raises(WrongKey):
        proof.hold()

    assert not KeyProof.objects.exists()


@pytest.mark.django_db
def test_cry_02_the_web_server_does_not_start_with_other_keys(settings: Any) -> None:
    build.address(value="+12155550100")
    proof.hold()
    settings.STATIC_ROOT = settings.BASE_DIR / "portal" / "static"
    server = importlib.import_module("portal.wsgi")
    assert importlib.reload(server) is server

    settings.FIELD_KEYS = crypto.make_keys()

    with pytest.raises(WrongKey, match="FIELD_KEYS does not hold the keys"):
        importlib.reload(server)


def environment(**changes: str) -> dict[str, str]:
    """Another process of the same installation."""
    here = connection.settings_dict
    address = f"sqlite:///{here['NAME']}"
    if connection.vendor == "postgresql":
        address = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{here['NAME']}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": address,
        "FIELD_KEYS": configured.FIELD_KEYS,
        "SMS_TRANSPORT": "console",
        **changes,
    }


@pytest.fixture
def step(settings: Any) -> Callable[..., str]:
    """One step of the runbook: the command prints FIELD_KEYS, and the processes are restarted with it."""

    def take(**option: Any) -> str:
        out = StringIO()
        call_command("make_keys", stdout=out, **option)
        name, _, value = out.getvalue().strip().partition("=")
        assert name == "FIELD_KEYS"
        settings.FIELD_KEYS = value
        return value

    return take


def rotation_as_written() -> list[str]:
    """What each step of the page for operators names first."""
    page = (Path(configured.BASE_DIR) / "docs" / "data.md").read_text(encoding="utf-8")
    steps = page.partition("### Changing the key that seals")[2].partition("\n## ")[0]
    return re.findall(r"^\d\. [^`]*`([^`]+)`", steps, re.MULTILINE)


@pytest.mark.django_db
def test_cry_03_the_runbook_changes_the_key_while_others_write(
    step: Callable[..., str], figure: Figure
) -> None:
    assert rotation_as_written() == [
        "manage.py make_keys --add",
        "manage.py make_keys --first k2",
        "manage.py rotate_keys",
        "0 rows remain under another key than k2",
        "manage.py make_keys --without k1",
    ]
    people = [build.graduate(first_name=f"Ana {number}") for number in range(5)]
    authenticator = Authenticator.objects.create(
        user=build.user(),
        type=Authenticator.Type.TOTP,
        data={"secret": crypto.keyring().seal(plain="app", place=TOTP_PLACE)},
    )
    proof.hold()
    step(add=True)
    assert crypto.keyring().current == "k1"
    late = people[0]
    late.first_name = "Written meanwhile"
    step(first="k2")
    assert crypto.keyring().current == "k2"
    out = StringIO()

    # While a batch is under way, somebody else saves a row of it.
    def write(line: str) -> None:
        if line.startswith("aftercare_graduate:"):
            late.save(update_fields=["first_name"])

    rotation.run(tell=write, batch=2)
    call_command("rotate_keys", stdout=out)

    told = out.getvalue()
    assert "0 rows remain under another key than k2.\nRemove k1:" in told
    step(without="k1")
    proof.check()
    names = [type(one).objects.get(pk=one.pk).first_name for one in people]
    assert names == ["Written meanwhile", "Ana 1", "Ana 2", "Ana 3", "Ana 4"]
    authenticator.refresh_from_db()
    secret = authenticator.data["secret"]
    assert crypto.keyring().open(sealed=secret, place=TOTP_PLACE) == "app"
    figure("5 steps of the runbook, 0 values lost")


@pytest.mark.django_db
def test_cry_03_a_write_between_reading_and_sealing_stays(
    step: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = build.graduate(first_name="Before")
    step(add=True)
    step(first="k2")
    reseal = rotation._reseal

    def overtaken(row: Any, fields: Any) -> Any:
        fresh = reseal(row, fields)
        if row == person:
            type(person).objects.get(pk=person.pk)
            person.first_name = "After"
            person.save(update_fields=["first_name"])
        return fresh

    monkeypatch.setattr(rotation, "_reseal", overtaken)
    rotation.run(tell=lambda line: None)

    assert type(person).objects.get(pk=person.pk).first_name == "After"
    assert rotation.left() == {}


@pytest.mark.django_db
def test_cry_03_a_process_with_the_old_key_first_is_told(
    step: Callable[..., str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.address(value="+12155550100")
    old = step(add=True)
    new = step(first="k2")
    ended = rotation.left

    def still_writing() -> dict[str, int]:
        settings.FIELD_KEYS = old
        build.address(value="+12155550101")
        settings.FIELD_KEYS = new
        return ended()

    monkeypatch.setattr(rotation, "left", still_writing)
    with pytest.raises(CommandError, match="Restart all with k2 first"):
        call_command("rotate_keys", stdout=StringIO())
    monkeypatch.undo()

    call_command("rotate_keys", stdout=StringIO())
    assert rotation.left() == {}


@pytest.mark.django_db
def test_cry_03_cut_off_at_any_batch_it_goes_on(
    step: Callable[..., str], figure: Figure, many: Many
) -> None:
    count = many(short=4, full=100)
    rows = [build.address(value=f"+121555501{number:02d}") for number in range(count)]
    for place in range(count):
        step(add=True)
        step(first=f"k{place + 2}")
        with pytest.raises(_Cut):
            rotation.run(tell=_cut_after(place), batch=1)
        assert [Address.objects.get(pk=row.pk).value for row in rows] == [r.value for r in rows]
        assert rotation.left() == (
            {"notifications_address": count - place - 1} if place + 1 < count else {}
        )
        rotation.run(tell=lambda line: None)
        assert rotation.left() == {}
        step(without=f"k{place + 1}")
    figure(f"cut off at {count} of {count} rows, 0 unreadable")


class _Cut(BaseException):
    """The process ends here."""


def _cut_after(place: int) -> Callable[[str], None]:
    lines = iter(range(place + 1))

    def tell(line: str) -> None:
        if line.startswith("notifications_address") and next(lines) == place:
            raise _Cut

    return tell


@pytest.mark.django_db(transaction=True)
def test_cry_03_kill_9_in_mid_rotation_loses_nothing(
    step: Callable[..., str], figure: Figure, many: Many
) -> None:
    kills, count = many(short=1, full=20), many(short=600, full=20_000)
    plain = {f"+1{number:010d}" for number in range(count)}
    rows = [
        Address(value=value, index=f"{number:064d}", created_at=build.LONG_AGO)
        for number, value in enumerate(sorted(plain))
    ]
    Address.objects.bulk_create(rows, batch_size=500)
    step(add=True)
    keys = step(first="k2")
    # In its own time it has come this far when it is killed.
    cut = 0
    for _ in range(kills):
        with subprocess.Popen(
            [sys.executable, "manage.py", "rotate_keys"],
            cwd=ROOT,
            env=environment(FIELD_KEYS=keys),
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(random.random() * 0.05)
            process.send_signal(signal.SIGKILL)
        cut += process.returncode == -signal.SIGKILL
        assert {row.value for row in Address.objects.all()} == plain
    out = StringIO()
    call_command("rotate_keys", stdout=out)

    assert rotation.left() == {}
    assert {row.value for row in Address.objects.all()} == plain
    figure(f"{cut} kill -9 over {count:,} rows, 0 lost")


@pytest.mark.django_db
def test_cry_03_steps_refuse_what_would_lose_something(step: Callable[..., str]) -> None:
    with pytest.raises(CommandError, match="seals"):
        step(without="k1")
    with pytest.raises(CommandError, match="no key named"):
        step(first="k7")
    with pytest.raises(CommandError, match="no key named"):
        step(without="index")


@pytest.mark.django_db
def test_cry_03_what_no_key_opens_is_told_and_left(settings: Any) -> None:
    address = build.address(value="+12155550100")
    before = Address.objects.filter(pk=address.pk).values("value").get()
    settings.FIELD_KEYS = crypto.put_first(crypto.add_key(crypto.make_keys()), name="k2")

    with pytest.raises(CommandError, match="k1"):
        call_command("rotate_keys", stdout=StringIO())

    assert Address.objects.filter(pk=address.pk).values("value").get() == before
