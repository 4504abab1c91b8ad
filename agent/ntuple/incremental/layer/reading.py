"""What the afterstates of a game read through a hidden layer, and what pulls its weights.

The loss of a position is the cross-entropy of (1 + target) / 2 where V stands for (1 + V) / 2, whose gradient by the
sum before tanh is V - target: the error that plain n-tuples learn from. It is taken for the gradient where the squash
is no longer tanh as well. What pulls a number is minus the gradient.
"""

from __future__ import annotations

import numpy as np

from agent.ntuple.incremental.reading import list_rows
from agent.ntuple.squash import squash
from game.compiled.jit import inner


@inner
def read_afterstates(rules, layout, table, action, target, noted, row, found, ends):  # noqa: ARG001 - as all of `seam`
    """`seam.read_game`: into `found` `[T, 2 * W]` float32 what pulls each sum x_k up, and then what pulls each w_k.

    The first of a position's pulls is the error of its value.
    """
    count = list_rows(rules, layout, action, row, ends)
    width, rows, output = len(layout.units), table.rows, table.output
    x, k = np.empty(len(layout.units), np.float32), 0
    for ply in range(len(action) - 1):
        x[:] = 0
        while k < ends[ply]:
            for unit in range(width):
                x[unit] += rows[row[k], unit]
            k += 1
        raw = x[0] + output[1, 0]
        for unit in range(1, width):
            raw += output[0, unit] * min(max(x[unit] + output[1, unit], np.float32(0)), np.float32(1))
        error = target[ply] - np.float32(squash(raw))
        found[ply, 0], found[ply, width] = error, 0
        for unit in range(1, width):
            active = x[unit] + output[1, unit]
            found[ply, unit] = error * output[0, unit] if 0 < active < 1 else 0
            found[ply, width + unit] = error * min(max(active, np.float32(0)), np.float32(1))
    return count
