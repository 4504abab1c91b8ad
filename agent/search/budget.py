"""How much a search may do for one move."""

from __future__ import annotations

import math
from dataclasses import dataclass

from game.errors import UsageError

MOST_NODES = 1_000_000_000
MOST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Budget:
    """For one position: at most so many nodes, at most about so many seconds, or whichever comes first.

    nodes:   positions whose moves were valued, from 1 (the leaf's own Q) to MOST_NODES. Repeatable bit for bit.
    seconds: of one position, above 0 to MOST_SECONDS; the more of a machine is free, the more is found out.

    Raises UsageError for neither, or for what is out of range.
    """

    nodes: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.nodes is None and self.seconds is None:
            raise UsageError("a search has no budget: give nodes, seconds or both")
        if self.nodes is not None and not 1 <= self.nodes <= MOST_NODES:
            raise UsageError(f"a search of {self.nodes:,} nodes: expected 1 to {MOST_NODES:,}")
        # Written so that nan, which compares with nothing, is refused as well.
        if self.seconds is not None and not (math.isfinite(self.seconds) and 0 < self.seconds <= MOST_SECONDS):
            raise UsageError(f"a search of {self.seconds:g} seconds: expected more than 0 and at most {MOST_SECONDS:g}")

    def and_also(self, other: Budget) -> Budget:
        """Both limits together; where both limit the same, `other` does."""
        nodes = self.nodes if other.nodes is None else other.nodes
        return Budget(nodes, self.seconds if other.seconds is None else other.seconds)

    def __str__(self) -> str:
        parts = [] if self.nodes is None else [f"{self.nodes:,} nodes"]
        return " or ".join(parts + ([] if self.seconds is None else [f"{self.seconds:g} s"]))
