"""The time of a generation on paper: compute, what sharing costs in CPU time, bytes over bandwidth, and latency.

    seconds = a * N / K  +  e * B  +  8 * B / bandwidth  +  latency * hops

for N moves by K ranks, each of which sends B bytes, along rings of `hops` neighbours in all. a, the CPU seconds of a
move, and e, those of a byte that is packed, sent, received and added up, are fitted to what was measured; bandwidth and
latency are those of a network that was not there.

Tables: a rank that plays x moves moves n(x) = c * x ** p rows, fitted to the bytes measured, and all together at most
those of the table. Networks: every gradient step sends all weights around the ring twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from agent.ntuple.exchange.exchange import cheaper_by_rows

GBIT = 1e9
_ROW, _CHANGE = 20, 16  # bytes told of a row of one number, with its own number and without (agent.ntuple.exchange)
_CALLS = 5  # of a generation, besides what is exchanged


@dataclass(frozen=True, slots=True)
class Model:
    """Fitted to measurements of one game.

    compute: a. overhead: e. moves, steps: of a generation. numbers: rows of the tables, or weights of the network.
    rows: c and p of n(x); None for a network.
    """

    compute: float
    overhead: float
    moves: float
    steps: float
    numbers: int
    rows: tuple[float, float] | None

    def sent(self, ranks: int, moves: float) -> tuple[float, float]:
        """Bytes that leave a rank in a generation of so many moves in all, and the hops that they take."""
        if ranks == 1:
            return 0.0, 0.0
        around = ranks - 1
        small = _CALLS * around
        if self.rows is None:
            return self.steps * 2 * around / ranks * 4 * self.numbers, small + self.steps * 2 * around
        own, union = self.moved(moves / ranks), self.moved(moves)
        if cheaper_by_rows([round(own)] * ranks, self.numbers, _CHANGE // 4):
            return around * own * _ROW, small + 2 * around
        return 2 * around / ranks * (self.numbers / 8 + union * _CHANGE), small + 4 * around

    def moved(self, moves: float) -> float:
        """Rows that so many moves move."""
        assert self.rows is not None
        factor, power = self.rows
        return min(float(self.numbers), factor * math.pow(moves, power))

    def seconds(self, ranks: int, moves: float, bandwidth: float, latency: float) -> float:
        """Of a generation of so many moves in all. bandwidth: bits a second. latency: seconds to a neighbour."""
        sent, hops = self.sent(ranks, moves)
        return self.compute * moves / ranks + sent * (self.overhead + 8 / bandwidth) + latency * hops

    def speedup(self, ranks: int, weak: bool, bandwidth: float, latency: float) -> float:
        """Moves a second, relative to one rank, of the same work in all or of as much work each."""
        moves = self.moves * (ranks if weak else 1)
        speed = moves / self.seconds(ranks, moves, bandwidth, latency)
        return speed / (self.moves / self.seconds(1, self.moves, bandwidth, latency))


def fitted(found: list[dict[str, Any]]) -> Model:
    """The model of what `measure.measure` found; of one rank and of at least one other number of them."""
    one = next(run for run in found if run["ranks"] == 1)
    shared = [run for run in found if run["ranks"] > 1]
    compute = one["cpu_seconds"] / one["moves"]
    more = sum(max(0.0, run["cpu_seconds"] - compute * run["moves"]) for run in shared)
    overhead = more / max(1.0, sum(run["sent"] * run["ranks"] for run in shared))
    generations = one["generations"]
    rows = _rows(shared) if one["tables"] else None
    return Model(compute, overhead, one["moves"] / generations, one["steps"] / generations, one["weights"], rows)


def _rows(shared: list[dict[str, Any]]) -> tuple[float, float]:
    """c and p by least squares over log n and log x; all n rows of a rank go to each of the others."""
    points = [
        (
            math.log(run["moves"] / run["generations"] / run["ranks"]),
            math.log(max(1.0, run["sent"] / run["generations"] / (run["ranks"] - 1) / _ROW)),
        )
        for run in shared
    ]
    x0, y0 = (sum(column) / len(points) for column in zip(*points, strict=True))
    spread = sum((x - x0) ** 2 for x, _ in points)
    power = sum((x - x0) * (y - y0) for x, y in points) / spread if spread else 1.0
    power = min(max(power, 0.0), 1.0)
    return math.exp(y0 - power * x0), power
