"""People and what is theirs are reached through `aftercare/access.py` and the verbs, and in no other way."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PORTAL = Path(__file__).resolve().parent.parent.parent / "portal"
# Where the portal looks up log-ins, and what it may look up there: its own and the log-in library's.
LOG_IN_FILES = {"accounts.py", "factor_secrets.py", "models.py", "proofs.py", "sessions.py"}
LOG_IN_ROWS = {"User", "EmailAddress", "Authenticator", "UserSession"}
WAYS = {"objects", "_default_manager", "_base_manager"}
DOORS = {"get_user_model", "get_model", "get_object_or_404", "get_list_or_404", "connection"}
# What asks whether the database is there at all, and of nobody in it.
HEALTH_FILES = {"checks.py"}


def other_ways(source: str, *, file: str = "views/page.py") -> Iterator[str]:
    """Each way to rows that a file of the portal must not take, with its line."""
    is_log_in = file in LOG_IN_FILES
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in WAYS:
            owner = ast.unparse(node.value)
            if not (is_log_in and owner in LOG_IN_ROWS):
                yield f"{file}:{node.lineno}: {owner}.{node.attr}"
        elif isinstance(node, ast.Name | ast.alias):
            name = node.id if isinstance(node, ast.Name) else node.name
            if name in DOORS and file not in HEALTH_FILES:
                yield f"{file}:{node.lineno}: {name}"


def test_the_portal_reaches_people_through_access_alone() -> None:
    found = [
        way
        for path in sorted(PORTAL.rglob("*.py"))
        if "migrations" not in path.parts
        for way in other_ways(
            path.read_text(encoding="utf-8"), file=path.relative_to(PORTAL).as_posix()
        )
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "Graduate.objects.get(uid=uid)",
        "models.Graduate.objects.filter()",
        "User.objects.first()",
        "Role._default_manager.all()",
        "from django.apps.apps import get_model",
        "get_user_model().objects",
        "from django.db import connection",
        "getattr(x, 'y') or get_object_or_404(Graduate, uid=uid)",
    ],
)
def test_every_other_way_is_seen(source: str) -> None:
    assert list(other_ways(source)) != []


def test_log_in_may_look_up_log_ins_and_nobody_else() -> None:
    assert list(other_ways("User.objects.all()", file="accounts.py")) == []
    assert list(other_ways("Graduate.objects.all()", file="accounts.py")) != []
