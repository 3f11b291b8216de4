"""The report as it may leave the house: every figure of everybody and of each group, small cells hidden."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from aftercare.report import catalogue, suppression, wording
from aftercare.report.catalogue import Meaning, ShareOf
from aftercare.report.figures import Share, Waits
from aftercare.report.lives import MARKS
from aftercare.report.suppression import LEAST, Cell
from aftercare.report.tables import COHORT, TRACK, Course, Group, Report, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure of one group: `value` in words or as a number, and what it was counted from.

    None, or the word of wording.hidden, stands for what is hidden.
    """

    meaning: Meaning
    figure: str
    group: str
    value: str | float
    part: int | None = None
    whole: int | None = None


def lines(*, report: Report) -> Iterator[Line]:
    """Every figure of a report that was read with all of its groups, in the language at hand.

    Points of the curve of retention are its days in MARKS: each further step would tell of one person.
    """
    everybody = report.chosen
    yield from _Table(everybody, []).lines()
    for kind in (TRACK, COHORT):
        table = _Table(everybody, [group for group in report.groups if group.kind == kind])
        yield from table.lines()
    for meaning in catalogue.TALLIES:
        yield from _tallies(meaning, everybody)
    for course in everybody.courses:
        yield from _course(course, everybody)


class _Table:
    """Groups that everybody is of, side by side; none stands for everybody alone."""

    def __init__(self, everybody: Group, groups: Sequence[Group]) -> None:
        self.groups = groups or [everybody]
        self.is_sum = not groups
        places = range(len(self.groups))
        # The smallest first, in every figure, so that no figure tells what another one hides.
        self.order = sorted(places, key=lambda place: self.groups[place].people)
        people = [group.people for group in self.groups]
        self.small = suppression.hide(counts=people, order=self.order)

    def lines(self) -> Iterator[Line]:
        """Figure by figure, each of every group."""
        for place, group in enumerate(self.groups):
            whole = None if place in self.small else group.people
            yield Line(
                meaning=catalogue.STANDING,
                figure=_("People"),
                group=str(group.title),
                value=wording.hidden() if whole is None else whole,
                whole=whole,
            )
        for day in MARKS:
            yield from self._retention(day)
        for meaning in (*catalogue.SINCE, *catalogue.LATELY):
            if isinstance(meaning, ShareOf):
                yield from self._shares(meaning)
            else:
                yield from self._waits(meaning)

    def _cells(self, shares: Sequence[Share]) -> tuple[Cell, ...]:
        if self.is_sum:
            return (suppression.cell(share=shares[0]),)
        return suppression.cells(shares=shares, order=self.order, hidden=self.small)

    def _shares(self, meaning: Meaning) -> Iterator[Line]:
        found = self._cells([group.shares[meaning.code] for group in self.groups])
        for group, cell in zip(self.groups, found, strict=True):
            value = wording.percent(cell)
            yield _line(meaning, group, value, part=cell.part, whole=cell.whole)

    def _waits(self, meaning: Meaning) -> Iterator[Line]:
        waits = [group.waits[meaning.code] for group in self.groups]
        gone = suppression.hide(
            counts=[one.began for one in waits], order=self.order, hidden=self.small
        )
        for place, (group, one) in enumerate(zip(self.groups, waits, strict=True)):
            if place in gone:
                yield _line(meaning, group, wording.hidden())
            else:
                yield _line(meaning, group, _wait(one), whole=one.began)

    def _retention(self, day: int) -> Iterator[Line]:
        """A share of the curve; it is hidden like the count of those who were lost, which it tells."""
        curves = [group.retention for group in self.groups]
        found = self._cells(
            [Share(part=curve.ended(day), whole=len(curve.seen)) for curve in curves]
        )
        for group, curve, cell in zip(self.groups, curves, found, strict=True):
            step = curve.at(day)
            is_shown = cell.part is not None and step and curve.at_risk(day) >= LEAST
            value = wording.hidden()
            if is_shown and step:
                value = _("%(share)d %% (%(low)d to %(high)d %%)") % {
                    "share": round(100 * step.share),
                    "low": round(100 * step.low),
                    "high": round(100 * step.high),
                }
            figure = _("Still in contact on day %(day)d") % {"day": day}
            yield _line(catalogue.RETENTION, group, value, figure=figure, whole=cell.whole)


def _line(
    meaning: Meaning,
    group: Group,
    value: str | float,
    *,
    figure: str = "",
    part: int | None = None,
    whole: int | None = None,
) -> Line:
    return Line(
        meaning=meaning,
        figure=figure or str(meaning.title),
        group=str(group.title),
        value=value,
        part=part,
        whole=whole,
    )


def _wait(one: Waits) -> str:
    """Without how many are open: they may be few."""
    return ", ".join(wording.waits(replace(one, ended=one.began)))


def _counts(counts: Sequence[int]) -> list[int | None]:
    """The parts of a sum that is shown; none of them, where the sum itself is small."""
    if sum(counts) < LEAST:
        return [None] * len(counts)
    order = sorted(range(len(counts)), key=lambda place: counts[place])
    gone = suppression.hide(counts=counts, order=order)
    return [None if place in gone else count for place, count in enumerate(counts)]


def _tallies(meaning: Meaning, group: Group) -> Iterator[Line]:
    tallies: Sequence[Tally] = group.tallies[meaning.code]
    counts = _counts([tally.count for tally in tallies])
    whole = sum(tally.count for tally in tallies)
    for tally, count in zip(tallies, counts, strict=True):
        yield _line(
            meaning,
            group,
            wording.hidden() if count is None else count,
            figure=f"{meaning.title}: {tally.title}",
            part=count,
            whole=whole if whole >= LEAST else None,
        )


def _course(course: Course, group: Group) -> Iterator[Line]:
    change = course.change
    name = f"{course.instrument}: {wording.in_language(course.scale.name)}"
    is_shown = change.people >= LEAST
    whole = change.people if is_shown else None
    mean = round(change.mean, 1) if is_shown else wording.hidden()
    meaning = catalogue.CHANGES
    yield _line(
        meaning,
        group,
        mean,
        figure=_("%(score)s, change on average") % {"score": name},
        whole=whole,
    )
    titles = (_("better"), _("the same"), _("worse"))
    counts = _counts([change.improved, change.same, change.worsened])
    for title, count in zip(titles, counts, strict=True):
        value = wording.hidden() if count is None else count
        yield _line(meaning, group, value, figure=f"{name}, {title}", part=count, whole=whole)
