"""The weights of a hidden layer, as tensors and as compiled loops read them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from game.compiled.jit import inner

OUTPUT_ROWS = 2  # after those of the n-tuples in the table: the weights w, of which w_0 stays 1, and the biases b
_SPREAD = 0.25  # of the sums of hidden units in a new table, about
_MIDDLE = 0.5  # of a clipped ReLU
_WEIGHT = 0.3


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
    units: Any


def layer_layout(layout: Any, width: int) -> LayerLayout:
    return LayerLayout(**layout._asdict(), units=((),) * width)


def new_table(layout: Any, rows: int, stages: int, width: int, seed: int) -> Tensor:
    """`[stages * rows + 2, W]` float32: direct numbers 0, so that all is worth little at first, hidden ones random.

    Rows that are never learned, those of places of shared tables without a stone, are 0.
    """
    chance = np.random.default_rng(seed)
    table = np.zeros((stages * rows + OUTPUT_ROWS, width), np.float32)
    spread = _SPREAD / np.sqrt(len(layout.empty))
    table[:-OUTPUT_ROWS, 1:] = chance.uniform(-spread, spread, (stages * rows, width - 1))
    by_stage = table[:-OUTPUT_ROWS].reshape(stages, rows, width)
    by_stage[:, layout.row_of[layout.empty[layout.lazy]]] = 0
    weight, bias = table[-OUTPUT_ROWS:]
    weight[:] = np.where(np.arange(width) % 2, _WEIGHT, -_WEIGHT)
    bias[:] = _MIDDLE
    weight[0], bias[0] = 1, 0
    return torch.from_numpy(table)


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
