"""What a search found out about one position, and what finds it: an engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from agent.search.budget import Budget

HIGHEST = 1 - 2**-24  # the largest float32 below 1: an estimate must not tie with a certain win


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One searched position.

    q:      `[A]` float32 for the side to move, -inf where illegal. Exactly 1, 0 or -1 where a move's outcome is proven,
            otherwise inside (-1, 1). The best move's value is the search's; of any other move it is known that it is no
            better. Where all moves are proven to lose, the one that holds out longest has -HIGHEST, and all others -1.
    depth:  plies that were searched everywhere, or of a path in a tree, in the mean or at most; 1 is the leaf's own Q.
    nodes:  positions whose moves were valued.
    line:   the principal variation: actions from here on, the best move first.
    proven: the outcome of the position is certain: a win, a draw or a loss.
    """

    q: Tensor
    depth: int
    nodes: int
    line: tuple[int, ...]
    proven: bool

    @property
    def value(self) -> float:
        """Of the position, for the side to move: in [-1, 1]; exactly -1, 0 or 1 where it is proven."""
        best = float(self.q.max())
        return float(round(best)) if self.proven else best

    def as_dict(self) -> dict[str, Any]:
        """Everything but Q, as JSON values."""
        line = list(self.line)
        return {"value": self.value, "depth": self.depth, "nodes": self.nodes, "line": line, "proven": self.proven}


class Engine(Protocol):
    """Searches positions of one game, with the Q-function it was made for at the leaves."""

    @property
    def name(self) -> str:
        """Which search it is, and its version: raised when the same budget may lead to other moves."""
        ...

    @property
    def anywhere(self) -> bool:
        """Whether it searches on the device of the positions; otherwise they have to be on the CPU."""
        ...

    def search(self, state: Any, budget: Budget) -> list[Found]:
        """Search B unfinished positions, each on its own with this budget.

        Without a limit of seconds, what is found depends on the position alone. It looks whether it was cancelled
        (`agent.play.cancel`) at least every 50 ms, and its memory does not grow with the budget beyond a fixed size.
        """
        ...


def ranked(q: Tensor, best: Tensor, proven: Tensor) -> Tensor:
    """`q` `[B, A]` with every move below `best` `[B]` by at least one float32 step, unless its outcome is `proven`."""
    best = best[:, None]
    # An estimate leaves room below for others.
    lowest = torch.where(proven.gather(1, best), -HIGHEST, 2**-23 - 1)
    top = q.gather(1, best).maximum(lowest)
    below = torch.nextafter(top, torch.full_like(top, -2.0))
    return torch.where(proven, q, q.minimum(below)).scatter(1, best, top)
