"""What a tool found, and the summary of all."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

LEVELS = ("info", "low", "medium", "high")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing a tool minds; `info` is what a person has looked at, or what harms nobody."""

    tool: str
    level: str
    where: str
    what: str
    # Why somebody who has looked lets it be.
    reason: str = ""

    @property
    def is_above_info(self) -> bool:
        """Whether it has to be mended."""
        return self.level != "info"


def summary(*, tools: Iterable[str], findings: Iterable[Finding]) -> str:
    """One line a tool with its counts, each finding above info, and why the others are let be."""
    found = list(findings)
    lines = []
    for tool in tools:
        of_tool = [one for one in found if one.tool == tool]
        counts = {level: sum(one.level == level for one in of_tool) for level in LEVELS}
        above = sum(one.is_above_info for one in of_tool)
        words = ", ".join(f"{count} {level}" for level, count in counts.items() if count)
        lines.append(f"{'FOUND' if above else 'clean'}  {tool:<24} {words or 'nothing'}")
    lines += [
        f"  {one.level:<7} {one.tool}: {one.where}: {one.what}"
        for one in found
        if one.is_above_info
    ]
    let_be = Counter((one.tool, one.reason) for one in found if one.reason)
    lines += [
        f"  let be  {tool}: {count} ×, since {reason}" for (tool, reason), count in let_be.items()
    ]
    total = sum(one.is_above_info for one in found)
    return "\n".join([*lines, f"{total} findings above info."])
