"""`python -m tests.audit [--code] [--demo ADDRESS] [--seconds N]`: run them all; 1 where something is above info."""

import argparse
import sys
from collections.abc import Callable, Iterable
from functools import partial

from tests.audit import code, demo, site
from tests.audit.findings import Finding, summary

Tool = Callable[[], Iterable[Finding]]


def main(arguments: list[str]) -> int:
    """Each tool in turn; what it found is told at the end, so that one run tells everything."""
    parser = argparse.ArgumentParser(prog="tests.audit", description=__doc__)
    parser.add_argument("--code", action="store_true", help="only what looks at the code")
    parser.add_argument("--demo", default="", help="the address of a demo that runs already")
    parser.add_argument(
        "--seconds", type=int, default=site.SECONDS, help="for each way of attack of a scanner"
    )
    chosen = parser.parse_args(arguments)
    tools: dict[str, Tool] = {
        "bandit": code.bandit,
        "ruff S": code.ruff,
        "semgrep": code.semgrep,
    }
    found = run(tools)
    if not chosen.code:
        sys.stdout.write("A demo is made for the scanners; its past takes minutes.\n")
        with demo.running(chosen.demo) as running:
            of_site: dict[str, Tool] = {
                "policy": partial(site.policy, running),
                site.BROWSER: partial(site.pages, running),
                **{
                    f"wapiti as {role}": partial(site.wapiti, running, role, chosen.seconds)
                    for role in ("visitor", "graduate", "counselor")
                },
                "log of the run": running.faults,
            }
            found += run(of_site)
            tools |= of_site
    sys.stdout.write(summary(tools=tools, findings=found) + "\n")
    return int(any(one.is_above_info for one in found))


def run(tools: dict[str, Tool]) -> list[Finding]:
    """What each tool finds, one after the other, by their names."""
    found: list[Finding] = []
    for name, tool in tools.items():
        sys.stdout.write(f"{name} …\n")
        sys.stdout.flush()
        try:
            found.extend(tool())
        except Exception as error:  # noqa: BLE001 - whatever breaks in a stranger's tool
            # One that breaks is told of as a finding, and the others run all the same.
            what = f"did not finish: {error!r}"[:300]
            found.append(Finding(tool=name, level="high", where="the tool itself", what=what))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
