"""The shapes of figures."""

from aftercare.report import figures
from aftercare.report.figures import Change, Share, Waits


def test_share_knows_its_percent_and_its_rest() -> None:
    found = figures.share(yes=[True, False, True])

    assert (found, found.percent, found.rest) == (Share(part=2, whole=3), 67, 1)
    assert Share(part=0, whole=0).percent is None


def test_waits_take_what_has_not_ended_for_as_long_as_it_was_seen() -> None:
    ended = [(10, True), (20, True), (30, True), (40, True)]

    assert figures.waits(spans=ended) == Waits(began=4, ended=4, middle=20, most=40)
    # Two wait on after 15: of the three that were seen longer, two more must end.
    waiting = [(10, True), (15, False), (15, False), (20, True), (30, True), (40, True)]
    assert figures.waits(spans=waiting) == Waits(began=6, ended=4, middle=30, most=40)
    assert figures.waits(spans=[(5, False)]) == Waits(began=1, ended=0, middle=None, most=None)


def test_change_counts_the_rest_as_the_same() -> None:
    assert Change(people=9, mean=-1.5, improved=4, worsened=2).same == 3
