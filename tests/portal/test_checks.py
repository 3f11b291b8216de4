"""`manage.py check` names what is missing and how to mend it."""

from datetime import UTC, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from aftercare import resources
from notifications import clock
from notifications.crypto import make_keys
from portal import checks
from tests import build


def ids(found: list[Any]) -> list[str]:
    return [message.id for message in found]


def test_secrets_that_are_there_are_no_matter() -> None:
    assert checks.check_secrets() == []


@pytest.mark.parametrize(
    ("secret", "words"),
    [("", "SECRET_KEY is empty."), ("short", "SECRET_KEY has only 5 characters.")],
)
def test_a_missing_or_short_secret_is_named(settings: Any, secret: str, words: str) -> None:
    settings.SECRET_KEY = secret

    (found,) = checks.check_secrets()

    assert (found.id, found.msg) == ("portal.E001", words)
    assert "make_keys" in (found.hint or "")


@pytest.mark.parametrize(
    "keys",
    ["", "k1:short", make_keys().partition(",")[0]],
    ids=["empty", "short", "no index"],
)
def test_unusable_field_keys_are_named(settings: Any, keys: str) -> None:
    settings.FIELD_KEYS = keys

    (found,) = checks.check_secrets()

    assert found.id == "portal.E002"
    assert "make_keys" in (found.hint or "")


def test_a_record_without_its_key_is_named(settings: Any) -> None:
    settings.AUDIT_KEY = ""

    (found,) = checks.check_secrets()

    assert (found.id, "make_keys" in (found.hint or "")) == ("portal.E008", True)


def test_a_table_of_retention_that_misses_one_is_named(settings: Any, tmp_path: Path) -> None:
    assert checks.check_retention() == []
    whole = Path(settings.RETENTION_FILE).read_text(encoding="utf-8")
    settings.RETENTION_FILE = str(tmp_path / "own.toml")
    assert ids(checks.check_retention()) == ["portal.E009"]
    Path(settings.RETENTION_FILE).write_text(whole.replace('"aftercare.Setback", ', ""))

    (found,) = checks.check_retention()

    assert (found.id, "aftercare.Setback" in found.msg) == ("portal.E010", True)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("http://localhost:8000", []),
        ("https://portal.example.org", []),
        ("portal.example.org", ["portal.E003"]),
        ("https://", ["portal.E003"]),
        ("https://example.org/portal", ["portal.E004"]),
        ("https://recovery.example.org", ["portal.E005"]),
        ("https://my-rehab.example.org", ["portal.E005"]),
        ("http://portal.example.org", ["portal.W001"]),
    ],
)
def test_the_public_address_is_looked_at(settings: Any, address: str, found: list[str]) -> None:
    settings.PUBLIC_URL = address

    assert ids(checks.check_address()) == found


def test_a_negative_proxy_depth_is_named(settings: Any) -> None:
    settings.PROXY_DEPTH = -1

    assert ids(checks.check_proxies()) == ["portal.E006"]


@pytest.mark.django_db
def test_a_missing_cache_table_is_named(settings: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS django_migrations (id integer)")
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "not_there"}}

    (found,) = checks.check_database()

    assert found.id == "portal.W002"
    assert "createcachetable" in (found.hint or "")


@pytest.mark.django_db
def test_a_database_with_its_tables_is_no_matter() -> None:
    assert checks.check_database() == []


@pytest.mark.django_db
def test_a_database_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    away = connection.copy()
    away.settings_dict = {**connection.settings_dict, "NAME": "/nowhere/at/all", "HOST": "/nowhere"}
    monkeypatch.setattr(checks, "connection", away)

    (found,) = checks.check_database()

    assert found.id == "portal.E007"
    assert "DATABASE_URL" in (found.hint or "")


@pytest.mark.django_db
def test_what_programs_lack_is_named_on_demand() -> None:
    build.program(with_sender=False)
    out = StringIO()

    call_command("check", databases=["default"], stderr=out, stdout=out)

    assert "has no number to text from" in out.getvalue()
    assert 'setup --program "Harbor House"` with --number' in out.getvalue()
    assert ids(checks.check_programs(databases=None)) == []


# Signatures of texts


@pytest.mark.django_db
def test_signature_that_tells_is_named() -> None:
    build.program(alias="Harbor")
    assert checks.check_aliases() == []

    build.program(name="Second", alias="HarborRecovery")
    (found,) = checks.check_aliases()

    assert found.id == "portal.W003"
    assert "“recover” would tell a stranger too much" in found.msg


@pytest.mark.django_db
def test_plain_check_reports_a_signature_that_tells() -> None:
    build.program(alias="Sober House")
    said = StringIO()

    call_command("check", stdout=said, stderr=said)

    assert "portal.W003" in said.getvalue()


def test_crisis_lines_nobody_verified_for_half_a_year_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later = resources.lines(language="en")[0].verified_on + timedelta(days=181)
    monkeypatch.setattr(clock, "real", lambda: datetime.combine(later, time(12), tzinfo=UTC))

    found = checks.check_resources(databases=["default"])

    assert {warning.id for warning in found} == {"portal.W120"}
    assert "988 Suicide & Crisis Lifeline" in found[0].msg
    assert checks.check_resources(databases=None) == []
