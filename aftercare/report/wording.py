"""Figures in the words of the language at hand."""

from collections.abc import Mapping

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from aftercare.engagement import wording
from aftercare.instruments.structure import Scale
from aftercare.report.figures import Waits
from aftercare.report.suppression import Cell


def waits(found: Waits) -> list[str]:
    """How long something took, in a few short lines: for half, for nearly all, and what is still open."""
    if found.middle is None:
        lines = [_("less than half have ended")]
    else:
        lines = [_("half within %(time)s") % {"time": duration(found.middle)}]
    if found.most is not None:
        lines.append(_("95 in 100 within %(time)s") % {"time": duration(found.most)})
    if found.ended < found.began:
        lines.append(
            _("%(ended)d of %(began)d ended") % {"ended": found.ended, "began": found.began}
        )
    return lines


def duration(seconds: int) -> str:
    """How long something took, in one unit."""
    return wording.duration(seconds) if seconds >= 60 else _("less than a minute")


def in_language(words: Mapping[str, str]) -> str:
    """Words that stand in several languages, in the reader's."""
    return words.get((get_language() or "en").split("-")[0]) or words["en"]


def rule_of_change(scale: Scale) -> str:
    """By how much a score must move to count, and who says so."""
    if scale.step is None:
        return _("into another range of the score")
    return _("%(step)d points (%(source)s)") % {"step": scale.step, "source": scale.step_source}


def percent(cell: Cell) -> str:
    """The percent of a cell, its bound, or that it is hidden."""
    if cell.percent is not None:
        return f"{cell.percent} %"
    if cell.at_least is not None:
        return _("at least %(percent)d %%") % {"percent": cell.at_least}
    if cell.at_most is not None:
        return _("at most %(percent)d %%") % {"percent": cell.at_most}
    return hidden()


def hidden() -> str:
    """The word for what may not be shared."""
    return _("hidden")
