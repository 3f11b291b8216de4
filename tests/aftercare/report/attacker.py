"""Somebody who has a table with hidden cells and its sums, and works out what the hidden ones can be."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import linprog

# Of each group: the part, the rest, and the whole.
SIDES = 3


def ranges(
    *, shown: Sequence[tuple[int | None, int | None]], whole: tuple[int | None, int | None]
) -> list[list[tuple[float, float]]]:
    """The least and the most that part, rest and whole of each hidden group can be, from what is shown.

    `shown` are part and whole of each group, `whole` those of everybody, None where hidden.
    """
    size = SIDES * len(shown)
    equations: list[tuple[dict[int, int], int]] = []
    for place, (part, all_of) in enumerate(shown):
        first = SIDES * place
        equations.append(({first: 1, first + 1: 1, first + 2: -1}, 0))
        if part is not None:
            equations.append(({first: 1}, part))
        if all_of is not None:
            equations.append(({first + 2: 1}, all_of))
    for side, total in ((0, whole[0]), (2, whole[1])):
        if total is not None:
            equations.append(({SIDES * n + side: 1 for n in range(len(shown))}, total))
    matrix, values = np.zeros((len(equations), size)), np.zeros(len(equations))
    for row, (weights, value) in enumerate(equations):
        values[row] = value
        for place, weight in weights.items():
            matrix[row, place] = weight
    return [
        [_range(matrix, values, SIDES * place + side, size) for side in range(SIDES)]
        if part is None
        else []
        for place, (part, _) in enumerate(shown)
    ]


def _range(matrix: Any, values: Any, place: int, size: int) -> tuple[float, float]:
    aim = np.zeros(size)
    aim[place] = 1
    ends = []
    for sign in (1, -1):
        solved = linprog(sign * aim, A_eq=matrix, b_eq=values, bounds=(0, None), method="highs")
        # Without a bound there is no end.
        ends.append(sign * solved.fun if solved.status == 0 else sign * -np.inf)
    return ends[0], ends[1]
