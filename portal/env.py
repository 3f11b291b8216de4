"""Typed readers of the environment; every value may also come from the file named by NAME_FILE."""

import os
import tempfile
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path

TRUE = {"1", "true", "yes", "on"}
FALSE = {"", "0", "false", "no", "off"}


class BadSetting(Exception):
    """A variable of the environment cannot be read; the message names the remedy."""


def text(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file NAME_FILE names; raises BadSetting for an unreadable file."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSetting(
                f"{name}_FILE names {path}, which cannot be read ({error.strerror}). Mend the path or its permissions."
            ) from error
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool = False) -> bool:
    """NAME as yes or no; raises BadSetting for any other word."""
    raw = text(name, "1" if default else "0").lower()
    if raw in TRUE:
        return True
    if raw in FALSE:
        return False
    raise BadSetting(f"{name} is {raw!r}. Write 1 for yes or 0 for no.")


def number(name: str, default: int) -> int:
    """NAME as a whole number; raises BadSetting for anything else."""
    raw = text(name, str(default))
    try:
        return int(raw)
    except ValueError as error:
        raise BadSetting(f"{name} is {raw!r}. Write a whole number, such as {default}.") from error


def amount(name: str, default: str) -> Decimal:
    """NAME as an amount of money, with a point; raises BadSetting for anything else."""
    raw = text(name, default)
    try:
        found = Decimal(raw)
    except InvalidOperation as error:
        raise BadSetting(f"{name} is {raw!r}. Write an amount, such as {default}.") from error
    if not found.is_finite() or found < 0:
        raise BadSetting(f"{name} is {raw!r}. Write an amount, such as {default}.")
    return found


def words(name: str, default: str = "") -> list[str]:
    """NAME as a list, split at commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def kept(name: str, path: Path, make: Callable[[], str]) -> str:
    """NAME, or what `path` keeps, made there on first use (readable by its owner alone).

    For secrets of an installation on one machine; raises BadSetting where the file cannot be made.
    """
    value = text(name)
    if value:
        return value
    try:
        if not path.exists():
            _write_once(path, make())
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSetting(
            f"{name} is not set, and {path} cannot be made ({error.strerror}). Set {name}, or mend the folder."
        ) from error


def _write_once(path: Path, value: str) -> None:
    """Two processes that start together end up with one file: the link of the second fails."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(value)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()


def make_folder(path: Path) -> None:
    """Make a folder the installation needs; raises BadSetting where it cannot be made."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"The folder {path} cannot be made ({error.strerror}). Set VAR_DIR to another."
        ) from error
