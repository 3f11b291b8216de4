"""Typed readers of the environment."""

from decimal import Decimal
from pathlib import Path

import pytest

from portal import env


def test_text_comes_from_the_named_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("from file\n")
    monkeypatch.setenv("THING", "from environment")
    monkeypatch.setenv("THING_FILE", str(tmp_path / "secret"))

    assert env.text("THING") == "from file"


def test_unreadable_file_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THING_FILE", str(tmp_path / "absent"))

    with pytest.raises(env.BadSetting, match="THING_FILE"):
        env.text("THING")


@pytest.mark.parametrize(
    ("raw", "value"), [("1", True), ("Yes", True), ("off", False), ("", False)]
)
def test_flag_reads_yes_and_no(raw: str, value: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", raw)

    assert env.flag("THING") is value


def test_flag_refuses_other_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "maybe")

    with pytest.raises(env.BadSetting, match="1 for yes"):
        env.flag("THING")


def test_number_refuses_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "many")

    with pytest.raises(env.BadSetting, match="whole number"):
        env.number("THING", 3)


def test_amount_reads_money(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "0.0079")

    assert env.amount("THING", "1") == Decimal("0.0079")
    assert env.amount("NO_SUCH_VARIABLE", "0.5") == Decimal("0.5")


@pytest.mark.parametrize("raw", ["much", "0,5", "-1", "NaN", "Infinity"])
def test_amount_refuses_what_is_none(raw: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", raw)

    with pytest.raises(env.BadSetting, match="amount"):
        env.amount("THING", "1")


def test_words_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "a, b,,c ")

    assert env.words("THING") == ["a", "b", "c"]


def test_kept_secret_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    values = iter(["first", "second"])

    made = [env.kept("NO_SUCH_VARIABLE", path, lambda: next(values)) for _ in range(2)]

    assert made == ["first", "first"]
    assert path.stat().st_mode & 0o077 == 0


def test_kept_secret_yields_to_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THING", "given")

    assert env.kept("THING", tmp_path / "secret", lambda: "made") == "given"
    assert not (tmp_path / "secret").exists()


def test_folder_that_cannot_be_made_names_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(env.BadSetting, match="VAR_DIR"):
        env.make_folder(tmp_path / "file" / "folder")
