"""The data files: every questionnaire of the product, and nothing official in them."""

import pytest

from aftercare.instruments.structure import Structure, pages, structures
from aftercare.models import Track

ALL = list(structures().values())
each = pytest.mark.parametrize("structure", ALL, ids=lambda one: one.code)


def test_every_questionnaire_of_the_product_is_here() -> None:
    assert {
        code: (one.name, len(one.items), [(scale.low, scale.high) for scale in one.scales])
        for code, one in structures().items()
    } == {
        "audit_c": ("AUDIT-C", 3, [(0, 12)]),
        "bam": ("BAM", 23, [(0, 12), (0, 24), (0, 24)]),
        "barc_10": ("BARC-10", 10, [(10, 60)]),
        "dast_10": ("DAST-10", 10, [(0, 10)]),
        "ede_qs": ("EDE-QS", 12, [(0, 36)]),
        "gad_2": ("GAD-2", 2, [(0, 6)]),
        "gad_7": ("GAD-7", 7, [(0, 21)]),
        "pc_ptsd_5": ("PC-PTSD-5", 6, [(0, 5)]),
        "phq_2": ("PHQ-2", 2, [(0, 6)]),
        "phq_8": ("PHQ-8", 8, [(0, 24)]),
        "phq_9": ("PHQ-9", 9, [(0, 27)]),
        "scoff": ("SCOFF", 5, [(0, 5)]),
        "sure": ("SURE", 21, [(21, 63)]),
        "who_5": ("WHO-5", 5, [(0, 100)]),
    }


def test_words_under_licence_are_entered_by_those_who_hold_one() -> None:
    assert {one.code for one in ALL if one.needs_licence} == {
        "audit_c",
        "dast_10",
        "who_5",
        "sure",
        "ede_qs",
        "scoff",
    }


def test_only_the_short_questionnaires_on_mood_may_go_by_text() -> None:
    assert {one.code for one in ALL if one.may_be_texted} == {"phq_2", "phq_8"}


def test_each_track_asks_its_own_each_month() -> None:
    assert {
        track: [one.code for one in ALL if one.every_days == 30 and track in one.tracks]
        for track in Track
    } == {
        "substance_use": ["bam", "barc_10"],
        "mood": ["gad_7", "phq_9"],
        "eating": ["ede_qs"],
        "trauma": ["pc_ptsd_5"],
    }


@each
def test_structure_hangs_together(structure: Structure) -> None:
    codes = [item.code for item in structure.items]
    assert len(set(codes)) == len(codes)
    for item in structure.items:
        assert not item.asked_after or codes.index(item.asked_after) < codes.index(item.code)
        assert len(item.loinc_of_scores) in (0, len(item.scores))
        assert list(item.scores) == sorted(set(item.scores))
    for scale in structure.scales:
        assert set(scale.items) <= set(codes)
        counted = [structure.item(code) for code in scale.items]
        assert scale.low == sum(item.scores[0] for item in counted) * scale.times
        assert scale.high == sum(item.scores[-1] for item in counted) * scale.times
        assert scale.bands[0].low == scale.low
        assert [band.low for band in scale.bands] == sorted({band.low for band in scale.bands})
        assert all(set(words) == {"en", "es"} for words in (scale.name, scale.own))
        assert all(set(band.name) == {"en", "es"} for band in scale.bands)
    assert structure.licence
    assert structure.source
    assert set(structure.tracks) <= set(Track)


@each
def test_no_question_shares_a_page_with_the_one_it_depends_on(structure: Structure) -> None:
    found = pages(structure)
    assert [item for page in found for item in page] == list(structure.items)
    assert all(1 <= len(page) <= 5 for page in found)
    assert [
        item.code
        for page in found
        for item in page
        if item.asked_after in {one.code for one in page}
    ] == []


def test_pages_are_short() -> None:
    assert [[item.code for item in page] for page in pages(structures()["bam"])] == [
        ["1", "2", "3", "4"],
        ["5", "6"],
        ["7A", "7B", "7C", "7D", "7E"],
        ["7F", "7G", "8", "9", "10"],
        ["11", "12", "13", "14", "15"],
        ["16", "17"],
    ]


@pytest.mark.parametrize(
    ("code", "item", "value", "fits"),
    [
        ("phq_9", "1", 3, True),
        ("phq_9", "1", 4, False),
        ("phq_9", "1", -1, False),
        ("phq_9", "1", True, False),
        ("phq_9", "1", "1", False),
        ("bam", "4", 30, True),
        ("bam", "4", 31, False),
        ("bam", "14", 4, True),
        ("bam", "14", 1, False),
        ("barc_10", "1", 0, False),
    ],
)
def test_item_takes_its_own_answers_alone(code: str, item: str, value: object, fits: bool) -> None:
    assert structures()[code].item(item).takes(value) is fits
