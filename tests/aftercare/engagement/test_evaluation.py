"""The commands from outside: figures of every score, and words where there can be none."""

import json
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from aftercare.engagement import card, log, measures, replay, score
from tests import shared
from tests.aftercare.engagement.logs import lives, row, written

NAMES = [
    *("product", "product_refitted", "weeks_silent", "rule_14_day", "ewma", "bg_bb", "random"),
    *("logistic", "boosted_trees"),
]
KEYS = {
    *("auroc", "average_precision", "brier", "calibration", "at_5_of_50", "alerts_per_50_week"),
    *("caught", "caught_by_last_contact", "median_lead_days", "ci", "by_group"),
}


def evaluated(path: Path) -> dict[str, Any]:
    out = StringIO()
    call_command("evaluate_signals", str(path), "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_every_score_has_every_figure(tmp_path: Path) -> None:
    found = evaluated(written(tmp_path, *lives(people=60)))

    assert (found["people"], found["fitted_people"]) == (60, 0)
    assert list(found["scores"]) == NAMES
    for figures in found["scores"].values():
        assert set(figures) == KEYS
        assert figures["ci"]["auroc"][0] <= figures["auroc"] <= figures["ci"]["auroc"][1]
        assert list(figures["by_group"]) == ["east", "west"]
    assert found["scores"]["product"]["auroc"] > found["scores"]["weeks_silent"]["auroc"]
    assert found["scores"]["rule_14_day"]["auroc"] == 0.5


def test_fitted_baselines_without_their_library_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)

    found = evaluated(written(tmp_path, *lives(people=24)))

    for name in ("logistic", "boosted_trees"):
        assert found["scores"][name]["auroc"] is None
        assert "scikit-learn is not installed" in found["scores"][name]["reason"]
    assert found["scores"]["product_refitted"]["auroc"] is not None


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row("a", week, "kept") for week in range(3)], "there is nothing to score"),
        ([row("a", week, "kept") for week in range(9)], "there is no drop-out to find"),
        ([row("a", 0, "kept"), *(row("a", w, "missed") for w in range(1, 6))], "Everybody in"),
        (
            [row("a", week, "kept" if week < 3 else "missed") for week in range(9)],
            "All of this log is one person",
        ),
    ],
)
def test_log_that_tells_nothing_is_said_in_words(
    tmp_path: Path, rows: list[str], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        evaluated(written(tmp_path, *rows))


def test_cases_are_those_at_risk_and_lost_who_keep_none_of_the_next_four(tmp_path: Path) -> None:
    came = [1, 0, 0, 1, 0, 0, 0, 0, 1]
    rows = [row("a", week, "kept" if one else "missed") for week, one in enumerate(came)]
    rows.insert(4, row("a", 3, "cancelled"))

    cases = list(replay.play(people=log.read(path=written(tmp_path, *rows))))

    assert [(case.pattern.total, case.is_lost, case.is_contact) for case in cases] == [
        (1, False, True),
        (2, False, False),
        (4, True, True),
        (5, False, False),
    ]
    assert [round(case.days_silent) for case in cases] == [1, 8, 1, 8]


def test_fitting_again_gives_the_same_files_and_leaves_people_apart(tmp_path: Path) -> None:
    path = written(tmp_path, *lives(people=80))
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        call_command(
            "fit_signals",
            str(path),
            "--source=made up",
            f"--output={folder}",
            stdout=StringIO(),
        )

    names = ("score.json", "score_people.txt")
    one, two = ([(folder / name).read_bytes() for name in names] for folder in folders)
    assert one == two
    kept = json.loads(one[0])
    (origin,) = kept["fitted_on"]
    hashes = one[1].decode().split()
    assert (origin["source"], origin["people"]) == ("made up", len(hashes))
    assert set(hashes) < {score.hashed(f"p{number}") for number in range(80)}
    assert score.read(path=folders[0] / "score.json").start == kept["start"]
    with pytest.raises(CommandError, match="one --source for each log"):
        call_command("fit_signals", str(path), f"--output={folders[0]}")


def test_shipped_score_ranks_silence_on_public_visits_it_was_not_fitted_on() -> None:
    """The fixed rule has 0.666 there on everybody."""
    if shared.SHARED is None:
        pytest.skip(shared.REASON)
    people = log.read(path=shared.SHARED / "engagement" / "ctn0094_weekly.csv")
    cases = list(replay.play(people=people))
    unseen = [case for case in cases if not score.is_fitted_on(case.person)]

    auroc, precision = measures.ranks(
        scores=np.array([card.score(case.known) for case in unseen]),
        lost=np.array([case.is_lost for case in unseen]),
    )
    assert (len(cases), len(unseen)) == (12_882, 6_213)
    assert (round(auroc, 3), round(precision, 3)) == (0.832, 0.382)
