import ast
from pathlib import Path

import pytest

from tests.house.places import ROOT, files, name

# import-linter knows packages; these rules are about parts of Django.
NO_QUERIES = ("django.db", "django.shortcuts.get_object_or_404", "django.shortcuts.get_list_or_404")
# Names of errors, to answer 503, and of a kind of choices; neither asks anything.
HARMLESS = {
    *(f"django.db.{each}" for each in ("DatabaseError", "Error", "InterfaceError")),
    *("django.db.OperationalError", "django.db.models.TextChoices"),
}
# Models lend views and forms their types and choices; rows come from access, verbs and reads.
QUERIES = {
    *("objects", "_default_manager", "get_queryset", "refresh_from_db", "save"),
    *("select_related", "prefetch_related", "values_list", "exclude", "order_by", "aggregate"),
    *("annotate", "get_or_create", "update_or_create", "bulk_create", "bulk_update"),
}
BROWSER = ["portal/views", "portal/forms", "portal/templatetags"]


def code(folder: str) -> list[Path]:
    return [path for path in files(ROOT / folder) if path.suffix == ".py"]


def imports(path: Path) -> set[str]:
    """The full names a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{each.name}" for each in node.names}
    return found


def attributes(path: Path) -> set[str]:
    """The names a file reaches for after a dot."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.attr for node in nodes if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("folder", BROWSER)
def test_what_a_browser_reaches_imports_no_query(folder: str) -> None:
    assert [
        f"{name(path)}: {imported}"
        for path in code(folder)
        for imported in imports(path) - HARMLESS
        if imported.startswith(NO_QUERIES)
    ] == []


@pytest.mark.parametrize("folder", BROWSER)
def test_what_a_browser_reaches_makes_no_query(folder: str) -> None:
    assert [
        f"{name(path)}: .{query}" for path in code(folder) for query in attributes(path) & QUERIES
    ] == []


def test_imports_and_queries_of_a_file_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "view.py"
    file.write_text(
        "import django.db\n"
        "def view():\n"
        "    from django.shortcuts import render\n"
        "    return render(Graduate.objects.all())\n"
    )
    assert imports(file) == {"django.db", "django.shortcuts.render"}
    assert attributes(file) == {"objects", "all"}
