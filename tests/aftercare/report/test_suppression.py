"""What is hidden, and why."""

from aftercare.report import suppression
from aftercare.report.figures import Share
from aftercare.report.suppression import HIDDEN, Cell


def test_small_counts_are_hidden_with_enough_others_to_cover_them() -> None:
    hide = suppression.hide

    assert hide(counts=[40, 50, 60], order=[0, 1, 2]) == frozenset()
    # One alone could be taken from the sum; the smallest other one goes with it.
    assert hide(counts=[5, 50, 40], order=[0, 2, 1]) == {0, 2}
    # Two that are small together still tell of so few.
    assert hide(counts=[5, 3, 50, 40], order=[1, 0, 3, 2]) == {0, 1, 3}
    assert hide(counts=[6, 7, 50], order=[0, 1, 2]) == {0, 1}
    assert hide(counts=[50, 40, 30], order=[2, 1, 0], hidden=[2]) == {1, 2}


def test_share_hides_both_of_its_small_sides_and_says_how_far_it_can_be_off() -> None:
    cell = suppression.cell

    assert cell(share=Share(part=11, whole=22)) == Cell(part=11, whole=22)
    assert cell(share=Share(part=11, whole=22)).percent == 50
    assert cell(share=Share(part=55, whole=60)) == Cell(part=None, whole=60, at_least=83)
    assert cell(share=Share(part=2, whole=60)) == Cell(part=None, whole=60, at_most=17)
    # Both sides may be small: neither is told.
    assert cell(share=Share(part=9, whole=19)) == Cell(part=None, whole=19)
    assert cell(share=Share(part=10, whole=10)) == HIDDEN


def test_bounds_are_true_whatever_is_hidden() -> None:
    for whole in range(22, 300):
        for part in range(11):
            low = suppression.cell(share=Share(part=part, whole=whole))
            high = suppression.cell(share=Share(part=whole - part, whole=whole))
            assert low.at_most is not None
            assert low.at_most >= 100 * part / whole
            assert high.at_least is not None
            assert high.at_least <= 100 - 100 * part / whole


def test_shares_of_groups_hide_what_could_be_worked_out_from_the_sum() -> None:
    shares = [Share(part=30, whole=60), Share(part=4, whole=40), Share(part=20, whole=50)]

    found = suppression.cells(shares=shares, order=[1, 2, 0])

    assert found == (
        Cell(part=30, whole=60),
        Cell(part=None, whole=40),
        Cell(part=None, whole=50),
    )


def test_a_group_that_is_hidden_whole_takes_another_with_it() -> None:
    shares = [Share(part=30, whole=60), Share(part=2, whole=4), Share(part=20, whole=50)]

    found = suppression.cells(shares=shares, order=[1, 2, 0])

    assert found == (Cell(part=30, whole=60), HIDDEN, HIDDEN)
