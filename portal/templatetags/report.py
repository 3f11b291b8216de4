"""The words templates have for figures of the report; presentation only."""

from collections.abc import Mapping
from typing import Any

from django import template

from aftercare.report import wording
from aftercare.report.curve import Curve
from aftercare.report.lives import MARKS
from portal import charts

register = template.Library()
register.filter("in_lines", wording.waits)
register.filter("in_language", wording.in_language)
register.filter("rule_of_change", wording.rule_of_change)

LONGEST = MARKS[-1]
# Days that the axis names: more of them would run into each other.
AXIS = (0, 30, 60, 90, 180, 365)


@register.filter
def of(found: Mapping[str, Any], code: str) -> Any:
    """What stands under a code."""
    return found[code]


@register.filter
def signed(value: float) -> str:
    """A change with its sign: "-2.4"."""
    return f"{value:+.1f}"


@register.inclusion_tag("report/_retention.html")
def retention(curve: Curve) -> dict[str, Any]:
    """Who is still in contact, as a curve and as a table of the days that matter."""
    last = min(curve.seen[-1], LONGEST) if curve.seen else 0
    steps = [(step.after, step.share, step.low, step.high) for step in curve.steps]
    return {
        "chart": charts.step_chart(steps, last=last, marks=AXIS) if last else None,
        "rows": [_mark(curve, day) for day in MARKS if curve.at_risk(day)],
        "width": charts.CHART_WIDTH,
        "height": charts.CHART_HEIGHT,
        "left": charts.CHART_LEFT,
        "right": charts.CHART_WIDTH - charts.CHART_RIGHT,
    }


def _mark(curve: Curve, day: int) -> dict[str, Any]:
    step = curve.at(day)
    low, share, high = (step.low, step.share, step.high) if step else (1, 1, 1)
    return {
        "day": day,
        "percent": round(100 * share),
        "low": round(100 * low),
        "high": round(100 * high),
        "has_range": step is not None,
        "at_risk": curve.at_risk(day),
    }
