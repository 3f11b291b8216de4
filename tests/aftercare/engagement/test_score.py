"""The score: what was kept, as curves in points."""

from dataclasses import replace

import pytest

from aftercare.engagement import pattern, score
from aftercare.engagement.pattern import Pattern
from aftercare.engagement.score import Model
from tests.aftercare.engagement.stories import check_ins

PLAIN = Model(start=-2, curves={"attendance": {"lately": ((0.5, 3.0), (1.0, 0.0))}})


@pytest.mark.parametrize(
    ("lately", "expected"), [(0.2, 3.0), (0.5, 3.0), (0.75, 1.5), (0.9, 0.6), (1.0, 0.0)]
)
def test_curve_is_straight_between_its_bends_and_level_outside(
    lately: float, expected: float
) -> None:
    assert score.points(model=PLAIN, pattern=Pattern(lately=lately)) == {"attendance": expected}


def test_each_point_doubles_the_odds() -> None:
    risks = [score.risk(model=PLAIN, score=points) for points in (0, 1, 2)]

    assert [one / (1 - one) for one in risks] == pytest.approx([0.25, 0.5, 1])


def test_shipped_curves_go_one_way_and_a_steady_person_has_no_points() -> None:
    model = score.shipped()
    steady = Pattern(total=24, kept=24)

    for term, parts in score.TERMS.items():
        for part, (sign, bends) in parts.items():
            xs, ys = zip(*model.curves[term][part], strict=True)
            assert xs == bends
            assert list(ys) == sorted(ys, reverse=sign < 0)
    assert set(score.points(model=model, pattern=steady).values()) == {0}


def test_file_of_other_terms_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("score") / "score.json"
    path.write_text('{"start": 0, "terms": {"luck": {"stars": [[0, 1]]}}}')

    with pytest.raises(ValueError, match=r"score\.json has other terms"):
        score.read(path=path)


def test_people_of_the_fitting_are_known_by_hash_alone() -> None:
    hashes = score.PEOPLE.read_text().split()

    assert hashes == sorted(set(hashes))
    assert {len(one) for one in hashes} == {16}
    assert score.is_fitted_on("somebody else") is False


def test_pattern_counts_gaps_use_and_waits() -> None:
    outcomes = ["missed", "kept", "missed", "missed", "kept", "late", "missed"]
    dues = [
        replace(due, reported_use=index == 4 if due.came else None)
        for index, due in enumerate(check_ins(outcomes))
    ]
    dues[5] = replace(dues[5], answered_at=dues[5].due_at)

    found = pattern.of(counted=dues)

    assert (found.kept, found.total, found.returns, found.longest_gap) == (3, 7, 2, 2)
    assert (found.missed_in_a_row, found.missed_of_last, found.of_last) == (1, 2, 4)
    assert [found.silent, found.lately] == pytest.approx([1, 0.48978], abs=1e-4)
    assert (found.use_told, found.use_asked, found.use_last) == (1, 3, 0)
    assert found.use_lately == pytest.approx(0.3 * 0.7)
    assert [found.wait_last, found.wait_usual] == pytest.approx([1, 2 / 72])
