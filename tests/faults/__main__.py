"""Play one fault and judge it: `python -m tests.faults FI-01 --json [--kills N] [--messages N]`.

Exit codes: 0 when it went well, 1 when a text was lost or sent twice or a demand of the fault was
not met, 2 when an option means nothing for it.
"""

import argparse
import json
import sys
from typing import Any

from tests.faults import home
from tests.faults.catalogue import FAULTS


def main(arguments: list[str]) -> int:
    """Play the fault that is named, on a database of its own."""
    asked = _parse(arguments)
    fault = FAULTS.get(asked.id)
    if fault is None:
        sys.stderr.write(f"No fault {asked.id!r}. There are: {', '.join(FAULTS)}.\n")
        return 2
    size = {"kills": asked.kills, "messages": asked.messages}
    complaint = fault.complaint(**size, database=asked.database)
    if complaint:
        sys.stderr.write(complaint + "\n")
        return 2
    home.end_when_told()
    with home.portal(asked.database or fault.databases[0]) as (folder, server):
        from tests.faults.play import perform  # its tables need the settings

        told = perform(fault, folder=folder, server=server, **size)
    sys.stdout.write(json.dumps(told) + "\n" if asked.json else _sentence(fault.title, told))
    return 0 if told["ok"] else 1


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("id", help="FI-01 and so on")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--kills", type=int, help="how often the fault strikes")
    parser.add_argument("--messages", type=int, help="how many texts are due")
    parser.add_argument("--database", choices=("sqlite", "postgres"))
    return parser.parse_args(arguments)


def _sentence(title: str, told: dict[str, Any]) -> str:
    lines = [f"{told['id']}: {title}", *(f"  {name}: {value}" for name, value in told.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
