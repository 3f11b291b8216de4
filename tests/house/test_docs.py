import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.house.places import ROOT, files, name

LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")
READ = re.compile(r'env\.\w+\(\s*"(\w+)"')
NAMED = re.compile(r"^\| (`[^|]+`) \|", re.MULTILINE)
COMMAND = re.compile(r"manage\.py (\w+)")
FILE = re.compile(r"`((?:portal|aftercare|notifications|templates|tests|docs|locale)/[\w./-]*)`")
DOCUMENTS = [path for path in files() if path.suffix == ".md"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_of_a_document_lead_somewhere(document: Path) -> None:
    targets = LINK.findall(document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_files_a_document_names_exist(document: Path) -> None:
    named = FILE.findall(document.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_operators_read_of_every_setting_and_no_other() -> None:
    settings = (ROOT / "portal/settings.py").read_text(encoding="utf-8")
    rows = NAMED.findall((ROOT / "docs/operating.md").read_text(encoding="utf-8"))
    told = {word for row in rows for word in re.findall(r"`([A-Z_]+)`", row)}
    assert told == set(READ.findall(settings))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_commands_of_a_document_exist(document: Path) -> None:
    told = set(COMMAND.findall(document.read_text(encoding="utf-8")))
    assert told - set(get_commands()) == set()
