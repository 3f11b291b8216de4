"""Scores, reckoned by hand."""

import pytest

from aftercare.instruments import scoring
from aftercare.instruments.structure import structures

Values = dict[str, int]


def of(code: str, values: Values) -> dict[str, tuple[int | None, str]]:
    """Each score with its band in English."""
    found = scoring.scores(structure=structures()[code], values=values)
    return {one.scale.code: (one.value, one.band.name["en"] if one.band else "") for one in found}


def missing(code: str, values: Values) -> list[tuple[str, ...]]:
    found = scoring.scores(structure=structures()[code], values=values)
    return [one.missing for one in found]


def answers(code: str, *values: int) -> Values:
    return dict(zip([item.code for item in structures()[code].items], values, strict=True))


def total(code: str, *values: int) -> tuple[int | None, str]:
    return of(code, answers(code, *values))["total"]


@pytest.mark.parametrize(
    ("values", "score"),
    [
        ((0,) * 9, (0, "minimal")),
        ((1, 1, 1, 1, 0, 0, 0, 0, 0), (4, "minimal")),
        ((1, 1, 1, 1, 1, 0, 0, 0, 0), (5, "mild")),
        ((3, 3, 3, 0, 0, 0, 0, 0, 0), (9, "mild")),
        ((3, 3, 3, 1, 0, 0, 0, 0, 0), (10, "moderate")),
        ((2, 2, 2, 2, 2, 2, 2, 0, 0), (14, "moderate")),
        ((2, 2, 2, 2, 2, 2, 2, 1, 0), (15, "moderately severe")),
        ((3, 3, 3, 3, 3, 3, 1, 0, 0), (19, "moderately severe")),
        ((3, 3, 3, 3, 3, 3, 1, 1, 0), (20, "severe")),
        ((3,) * 9, (27, "severe")),
    ],
)
def test_phq_9(values: tuple[int, ...], score: tuple[int, str]) -> None:
    assert total("phq_9", *values) == score


@pytest.mark.parametrize(
    ("values", "score"),
    [((3, 1, 0, 0, 0, 0, 0, 0), (4, "minimal")), ((3,) * 8, (24, "severe"))],
)
def test_phq_8(values: tuple[int, ...], score: tuple[int, str]) -> None:
    assert total("phq_8", *values) == score


@pytest.mark.parametrize("code", ["phq_2", "gad_2"])
def test_two_questions_meet_their_cut_off_at_three(code: str) -> None:
    assert total(code, 1, 1) == (2, "below the cut-off")
    assert total(code, 1, 2) == (3, "at the cut-off or above")


@pytest.mark.parametrize(
    ("values", "score"),
    [
        ((1, 1, 1, 1, 0, 0, 0), (4, "minimal")),
        ((1, 1, 1, 1, 1, 0, 0), (5, "mild")),
        ((3, 3, 3, 0, 0, 0, 0), (9, "mild")),
        ((3, 3, 3, 1, 0, 0, 0), (10, "moderate")),
        ((2,) * 7, (14, "moderate")),
        ((3, 2, 2, 2, 2, 2, 2), (15, "severe")),
        ((3,) * 7, (21, "severe")),
    ],
)
def test_gad_7(values: tuple[int, ...], score: tuple[int, str]) -> None:
    assert total("gad_7", *values) == score


def test_pc_ptsd_5_counts_yes_after_its_gate() -> None:
    assert total("pc_ptsd_5", 1, 1, 1, 1, 0, 0) == (3, "below the cut-off")
    assert total("pc_ptsd_5", 1, 1, 1, 1, 1, 0) == (4, "at the cut-off or above")
    assert total("pc_ptsd_5", 1, 1, 1, 1, 1, 1) == (5, "at the cut-off or above")


def test_pc_ptsd_5_asks_nothing_behind_a_closed_gate_and_scores_nothing() -> None:
    structure = structures()["pc_ptsd_5"]

    assert of("pc_ptsd_5", {"event": 0}) == {"total": (0, "below the cut-off")}
    assert [item.code for item in scoring.asked(structure=structure, values={})] == ["event"]
    assert [item.code for item in scoring.asked(structure=structure, values={"event": 0})] == [
        "event"
    ]
    assert len(scoring.asked(structure=structure, values={"event": 1})) == 6
    # What was said before the gate was closed counts no more.
    assert of("pc_ptsd_5", {"event": 0, "1": 1, "2": 1})["total"][0] == 0
    assert missing("pc_ptsd_5", {}) == [("event",)]
    assert missing("pc_ptsd_5", {"event": 1, "1": 1}) == [("2", "3", "4", "5")]


@pytest.mark.parametrize(
    ("days", "points"),
    [(0, 0), (1, 1), (3, 1), (4, 2), (8, 2), (9, 3), (15, 3), (16, 4), (30, 4)],
)
def test_bam_makes_bands_of_days(days: int, points: int) -> None:
    assert scoring.points(item=structures()["bam"].item("2"), value=days) == points


BAM = {
    "1": 2,  # good health: 2
    "2": 9,  # nights of bad sleep: 3
    "3": 3,  # low days: 1
    "4": 5,  # 2
    "5": 1,  # 1
    "6": 0,
    "8": 4,  # 4
    "9": 3,  # 3
    "10": 12,  # 3
    "11": 1,  # 1
    "12": 0,  # 0
    "13": 20,  # 4
    "14": 4,  # 4
    "15": 1,  # 1
    "16": 8,  # 2
    "17": 2,
}


def test_bam_has_three_scores() -> None:
    assert of("bam", BAM) == {
        "use": (2 + 1 + 0, "some use"),
        "risk": (2 + 3 + 1 + 4 + 1 + 1, "at the cut-off or above"),
        "protective": (3 + 3 + 0 + 4 + 4 + 2, "above the cut-off"),
    }


def test_bam_leaves_out_what_nobody_can_have_done() -> None:
    structure = structures()["bam"]
    sober = {**BAM, "4": 0}
    del sober["5"]

    assert of("bam", sober)["use"] == (0, "none")
    assert scoring.unanswered(structure=structure, values=sober) == ()
    # 5 came in while 4 was still above 0.
    assert of("bam", {**BAM, "4": 0, "5": 9})["use"] == (0, "none")
    asked = scoring.asked(structure=structure, values={**BAM, "6": 2})
    assert [item.code for item in asked if item.code.startswith("7")] == [
        f"7{letter}" for letter in "ABCDEFG"
    ]


@pytest.mark.parametrize(
    ("changes", "scale", "score"),
    [
        ({"11": 0}, "risk", (11, "below the cut-off")),
        ({"16": 0, "10": 1}, "protective", (12, "at the cut-off or below")),
        ({"16": 1, "10": 1}, "protective", (13, "above the cut-off")),
        ({"4": 0, "6": 1, "7A": 1}, "use", (1, "some use")),
    ],
)
def test_bam_calls_for_attention_from_its_cut_offs(
    changes: Values, scale: str, score: tuple[int, str]
) -> None:
    found = scoring.scores(structure=structures()["bam"], values={**BAM, **changes})
    (one,) = [one for one in found if one.scale.code == scale]
    assert one.band is not None
    assert (one.value, one.band.name["en"]) == score
    calm = ("below the cut-off", "above the cut-off", "none")
    assert one.band.wants_attention is (score[1] not in calm)


def test_bam_tells_each_score_what_it_lacks() -> None:
    few = {code: value for code, value in BAM.items() if code not in ("4", "8", "17")}

    assert missing("bam", few) == [("4",), ("8",), ()]
    assert [value for value, _ in of("bam", few).values()] == [None, None, 16]


@pytest.mark.parametrize(
    ("values", "score"),
    [
        ((1,) * 10, (10, "below the cut-off")),
        ((5,) * 6 + (4,) * 4, (46, "below the cut-off")),
        ((5,) * 7 + (4,) * 3, (47, "at the cut-off or above")),
        ((6,) * 10, (60, "at the cut-off or above")),
    ],
)
def test_barc_10(values: tuple[int, ...], score: tuple[int, str]) -> None:
    assert total("barc_10", *values) == score


@pytest.mark.parametrize(
    ("code", "values", "score"),
    [
        ("audit_c", (1, 1, 0), (2, "below the cut-off")),
        ("audit_c", (1, 1, 1), (3, "at the cut-off or above")),
        ("dast_10", (0,) * 10, (0, "none")),
        ("dast_10", (1, 1, 0, 0, 0, 0, 0, 0, 0, 0), (2, "low")),
        ("dast_10", (1, 1, 1, 0, 0, 0, 0, 0, 0, 0), (3, "moderate")),
        ("dast_10", (1,) * 6 + (0,) * 4, (6, "substantial")),
        ("dast_10", (1,) * 9 + (0,), (9, "severe")),
        ("who_5", (3, 3, 3, 2, 1), (48, "low")),
        ("who_5", (3, 3, 3, 3, 1), (52, "above the cut-off")),
        ("who_5", (5,) * 5, (100, "above the cut-off")),
        ("sure", (3,) * 21, (63, "no cut-off")),
        ("ede_qs", (2,) * 7 + (0,) * 5, (14, "below the cut-off")),
        ("ede_qs", (2,) * 7 + (1,) + (0,) * 4, (15, "at the cut-off or above")),
        ("scoff", (1, 0, 0, 0, 0), (1, "below the cut-off")),
        ("scoff", (1, 1, 0, 0, 0), (2, "at the cut-off or above")),
    ],
)
def test_questionnaires_under_licence(
    code: str, values: tuple[int, ...], score: tuple[int, str]
) -> None:
    assert total(code, *values) == score


def test_score_is_none_where_an_answer_is_missing_and_says_which() -> None:
    values = answers("phq_9", *(1,) * 9)
    del values["3"], values["7"]

    assert of("phq_9", values) == {"total": (None, "")}
    assert missing("phq_9", values) == [("3", "7")]


@pytest.mark.parametrize(("value", "found"), [(0, ()), (1, ("9",)), (3, ("9",))])
def test_thoughts_of_death_are_danger_from_the_first(value: int, found: tuple[str, ...]) -> None:
    assert scoring.dangers(structure=structures()["phq_9"], values={"9": value}) == found
    assert scoring.dangers(structure=structures()["phq_9"], values={}) == ()
