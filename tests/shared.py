"""Where the real sample data lies, for tests that can use it; they skip where it is absent."""

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
SHARED: Path | None = _FOLDER if _FOLDER.is_dir() else None
REASON = "the real sample data is not beside this repository"
