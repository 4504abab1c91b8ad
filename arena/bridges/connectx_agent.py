"""Connect Four by a trained Q, for Kaggle's ConnectX: needs numpy and the weights below, and nothing else.

Q(s, a) is that of qzero's player, with exact ends: a move that wins is worth 1, one after which the opponent can win at
once -1, a full board 0; any other is what the trained function expects. The best move is played, of equals the one
nearest to the middle.
"""

from __future__ import annotations

import base64
import io
import lzma
import math
from collections.abc import Callable
from typing import Any

import numpy as np

Weights = dict[str, np.ndarray]
Expected = dict[int, float]  # Q by column
ROWS, COLUMNS = 6, 7
BELOW_1 = 1 - 2**-24  # a certain win is better than any expected one


def unpacked(text: str) -> Weights:
    """The arrays by name."""
    with np.load(io.BytesIO(lzma.decompress(base64.b85decode(text)))) as arrays:
        return {name: arrays[name] for name in arrays.files}


def dropped(own: np.ndarray, other: np.ndarray, column: int) -> np.ndarray:
    """The own stones `[6, 7]` bool with one more; row 0 is on top."""
    row = ROWS - 1 - int((own[:, column] | other[:, column]).sum())
    after = own.copy()
    after[row, column] = True
    return after


def has_four(stones: np.ndarray) -> bool:
    """Whether four of these stones are in a line."""
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        height, width = ROWS - 3 * down, COLUMNS - 3 * abs(right)
        left = 3 if right < 0 else 0
        runs = [stones[i * down : i * down + height, left + i * right : left + i * right + width] for i in range(4)]
        if np.logical_and.reduce(runs).any():
            return True
    return False


def open_columns(own: np.ndarray, other: np.ndarray) -> list[int]:
    """The columns with room."""
    return [column for column in range(COLUMNS) if not own[0, column] | other[0, column]]


def q_values(own: np.ndarray, other: np.ndarray, weights: Weights) -> Expected:
    """Q of each column with room, for the side with the `own` stones, which is to move."""
    found: Expected = {}
    open_after: dict[int, np.ndarray] = {}
    for column in open_columns(own, other):
        after = dropped(own, other, column)
        replies = open_columns(other, after)
        if has_four(after):
            found[column] = 1.0
        elif not replies:
            found[column] = 0.0
        elif any(has_four(dropped(other, after, reply)) for reply in replies):
            found[column] = -1.0
        else:
            open_after[column] = after
    if open_after:
        expected = expected_by(weights)(own, other, open_after, weights)
        found.update({column: min(max(q, -BELOW_1), BELOW_1) for column, q in expected.items()})
    return found


def expected_by(weights: Weights) -> Callable[..., Expected]:
    """The function that gives Q of columns after which the game goes on."""
    if "table" in weights:
        return by_tuples
    return by_q_head if int(weights["outputs"]) == COLUMNS else by_afterstates


def by_tuples(own: np.ndarray, other: np.ndarray, after: dict[int, np.ndarray], weights: Weights) -> Expected:
    """Minus the value of the position after each move, the tanh of a sum of table rows."""
    # The code of a column (P. Pons' key): the stones of the side to move, all stones and 1, one bit a cell from below.
    bits = 1 << np.arange(ROWS)[::-1]
    codes = np.stack([(bits @ other) + (bits @ (other | mine)) + 1 for mine in after.values()], 1)
    if weights["parts"].max() >= COLUMNS:
        threats = np.stack([threat_codes(other.ravel(), mine.ravel()) for mine in after.values()], 1)
        codes = np.concatenate((codes, threats))
    side = (int(own.sum()) + int(other.sum()) + 1) % 2
    parts, count, number = weights["parts"], weights["count"], weights["number"]
    tuples, most = number.shape[:2]
    start = weights["first"].astype(np.int64) + side * weights["rows"].astype(np.int64)
    total = np.zeros(len(after))
    for image in parts:
        row = np.repeat(start[:, None], len(after), 1)
        for m in range(most):
            read = number[np.arange(tuples)[:, None], m, codes[image[:, m]]].astype(np.int64)
            row += np.where((m < count)[:, None], read, 0)
        total += weights["table"][row].astype(np.float64).sum(0)
    return dict(zip(after, (-np.tanh(total)).tolist(), strict=True))


LINES = np.array(
    [
        [(row + i * down) * COLUMNS + column + i * right for i in range(4)]
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1))
        for row in range(ROWS - 3 * down)
        for column in range(3 if right < 0 else 0, COLUMNS - 3 * max(right, 0))
    ]
)


def promise(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Of each empty cell 2, if it is in a line of three of mine and none of theirs; 1, of two of mine; or 0: `[42]`."""
    found = np.zeros(ROWS * COLUMNS, np.int64)
    for stones, level in ((2, 1), (3, 2)):
        found[LINES[(mine[LINES].sum(1) == stones) & ~theirs[LINES].any(1)]] = level
    found[mine | theirs] = 0
    return found


def threat_codes(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """`[14]`: for each column the code of the lowest cells where either side wins, and then that of its next cells."""
    found = np.zeros(2 * COLUMNS, np.int64)
    sides = [promise(mine, theirs), promise(theirs, mine)]
    for column in range(COLUMNS):
        height = int((mine | theirs)[column::COLUMNS].sum())
        left = ROWS - height
        up = [side[column::COLUMNS][::-1][height:].tolist() for side in sides]
        lowest = [(*levels, 2).index(2) for levels in up]
        found[column] = sum((k + 1) ** 2 for k in range(left + 1, ROWS + 1)) + lowest[0] * (left + 1) + lowest[1]
        if left == 0:
            found[COLUMNS + column] = 45
            continue
        near = 3 * up[0][0] + up[1][0]
        above = [levels[1] == 2 for levels in up] if left > 1 else []
        found[COLUMNS + column] = 4 * near + 2 * above[0] + above[1] if above else 36 + near
    return found


def by_q_head(own: np.ndarray, other: np.ndarray, after: dict[int, np.ndarray], weights: Weights) -> Expected:
    """The network's outputs for the position."""
    q = network(np.stack((own, other))[None], weights)[0]
    return {column: float(q[column]) for column in after}


def by_afterstates(_: np.ndarray, other: np.ndarray, after: dict[int, np.ndarray], weights: Weights) -> Expected:
    """Minus the network's value of the position after each move."""
    planes = np.stack([np.stack((other, mine)) for mine in after.values()])
    return dict(zip(after, (-network(planes, weights)[:, 0]).tolist(), strict=True))


def network(planes: np.ndarray, weights: Weights) -> np.ndarray:
    """`[N, 2, 6, 7]` planes to `[N, outputs]` values by a multi-layer perceptron."""
    raw = perceptron(planes, weights)
    if weights["symmetric"]:
        mirrored = perceptron(planes[..., ::-1], weights)
        if int(weights["outputs"]) == COLUMNS:
            mirrored = mirrored[:, ::-1]
        raw = (raw + mirrored) / 2
    if raw.shape[2] == 1:
        squashed: np.ndarray = np.tanh(raw[..., 0])
        return squashed
    chances = np.exp(raw - raw.max(2, keepdims=True))
    won, _, lost = np.moveaxis(chances / chances.sum(2, keepdims=True), 2, 0)
    expected: np.ndarray = won - lost
    return expected


def perceptron(planes: np.ndarray, weights: Weights) -> np.ndarray:
    """`[N, outputs, numbers an output]`."""
    x = planes.reshape(len(planes), -1).astype(np.float32)
    layers = int(weights["layers"])
    for layer in range(layers):
        x = x @ weights[f"weight{layer}"].T.astype(np.float32) + weights[f"bias{layer}"].astype(np.float32)
        if layer < layers - 1:
            x = ACTIVATIONS[str(weights["activation"])](x)
    return x.reshape(len(x), int(weights["outputs"]), -1)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """The logistic function."""
    half: np.ndarray = 0.5 * np.tanh(0.5 * x)
    return half + 0.5


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "gelu": lambda x: 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))),
    "silu": lambda x: x * sigmoid(x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
}


def choose(observation: Any, configuration: Any, weights: Weights) -> int:
    """The column to play, as ConnectX asks for it."""
    size = (configuration.rows, configuration.columns, configuration.inarow)
    if size != (ROWS, COLUMNS, 4):
        raise ValueError(f"trained for {ROWS} rows, {COLUMNS} columns and 4 in a row, not for {size}")
    board = np.array(observation.board).reshape(ROWS, COLUMNS)
    q = q_values(board == observation.mark, board == 3 - observation.mark, weights)
    return int(max(q, key=lambda column: (q[column], -abs(column - COLUMNS // 2))))
