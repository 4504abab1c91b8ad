"""The weights of a hidden layer, as tensors and as compiled loops read them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from game.compiled.jit import inner

OUTPUT_ROWS = 2  # after those of the n-tuples in the table: the weights w, of which w_0 stays 1, and the biases b
_WEIGHT = 0.3  # of a new unit, or its negative


class Weights(NamedTuple):
    """What compiled loops take for a table.

    rows: `[stages * R, W]` float32. output: `[2, W]` float32, w and b.
    """

    rows: Any
    output: Any


class LayerLayout(NamedTuple):
    """The fields of `features.Layout`, and `units`, a tuple of W times nothing: its length is known to the compiler."""

    empty: Any
    digit: Any
    first: Any
    place: Any
    weight: Any
    of_first: Any
    of_cell: Any
    of_weight: Any
    row_of: Any
    stage_of: Any
    lazy: Any
    tally: Any
    units: Any


def layer_layout(layout: Any, width: int) -> LayerLayout:
    return LayerLayout(**layout._asdict(), units=((),) * width)


def new_table(rows: int, width: int) -> Tensor:
    """`[rows + 2, W]` float32: all rows 0, so that those never met say nothing; units differ by weight and bias.

    A unit whose rows are 0 lies between the ends of its clipped ReLU, each at another distance.
    """
    table = torch.zeros(rows + OUTPUT_ROWS, width)
    unit = torch.arange(width)
    table[-2] = torch.where(unit % 2 == 1, _WEIGHT, -_WEIGHT)
    table[-1] = unit / width
    table[-2, 0] = 1
    return table


def by_number(table: npt.NDArray[np.float32], layout: Any, stages: int) -> Weights:
    """The table by the numbers of rows, as rows that mean the same share one."""
    rows = table[:-OUTPUT_ROWS].reshape(stages, -1, table.shape[1])
    return Weights(rows[:, layout.row_of].reshape(-1, table.shape[1]), table[-OUTPUT_ROWS:])


@inner
def raw_value(output, x):
    """atanh of V, by the sums x `[W]` float64."""
    found = x[0] + output[1, 0]
    for k in range(1, len(x)):
        found += output[0, k] * min(max(x[k] + output[1, k], 0.0), 1.0)
    return found
