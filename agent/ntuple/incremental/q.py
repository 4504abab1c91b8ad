"""Q of afterstates by n-tuples that follow the moves: Q(s, a) = V(s after a), exact where the game ends."""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from agent.ntuple.incremental.features import Features, features_of
from agent.ntuple.threads import share
from agent.play.cancel import check
from agent.play.identity import fingerprint
from agent.play.qfunction import slices
from game.compiled import compiled_rules, stones_of
from game.core import AnyGame
from game.errors import UsageError

_FEW = 64
_LOOK_UPS = 1 << 26  # in the table at a time: a thought can be called off about as often as twice a second


class IncrementalQ:
    """The value of the position after each move, by whoever makes it.

    families, stages: see `shapes` and `features`. table: `[S]` float32, the rows of all stages; all 0 if None.

    Raises UsageError for a game without compiled rules, and for features that there are not or that are too large;
    ValueError where the table does not fit them.
    """

    def __init__(self, game: AnyGame, families: str, stages: int = 1, table: Tensor | None = None) -> None:
        self.game = game
        self.rules, self.features = rules_and_features(game, families, stages)
        size = self.features.size
        self.table = torch.zeros(size) if table is None else table.to(torch.float32).contiguous()
        if self.table.shape != (size,):
            raise ValueError(f"a table of shape {tuple(self.table.shape)}: these features have {size:,} rows")
        self._by_number: Any = None

    def with_table(self, table: Tensor) -> Self:
        """The same features with another table."""
        other = copy.copy(self)
        other.table = table
        other.changed()
        return other

    def q(self, state: Any) -> Tensor:
        home, state = state.ply.device, state.to("cpu")
        found = np.full((len(state), self.game.num_actions), -np.inf, np.float32)
        ply = state.ply.numpy()
        going = (~state.done).numpy()
        with torch.inference_mode():
            for rows in slices(len(state), max(_FEW, _LOOK_UPS // self._look_ups)):
                check()
                part = np.flatnonzero(going[rows]) + rows.start
                if len(part):
                    here = state[torch.from_numpy(part)]
                    found[part] = self._values(stones_of(self.game, here), ply[part])
        return torch.from_numpy(found).to(home)

    def _values(self, stones: npt.NDArray[np.int8], ply: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        """Q of positions that are not over: `[B, A]`, by all threads where there are many."""
        from agent.ntuple.incremental import loops  # here: numba takes a moment to import

        arguments, q = self.arguments(), np.full((len(stones), self.game.num_actions), -np.inf, np.float32)

        def value(low: int, high: int) -> None:
            loops.values(*arguments, stones[low:high], ply[low:high], q[low:high])

        share(len(stones), _FEW, torch.get_num_threads(), value)
        return q

    def identity(self) -> str:
        """As `QFunction.identity`."""
        return fingerprint("ntuple", self.game, self.settings(), self.weights())

    def settings(self) -> dict[str, Any]:
        """What must match before the table means anything."""
        return {"features": self.features.families, "stages": self.features.stages}

    def weights(self) -> dict[str, Tensor]:
        return {"table": self.table}

    def arguments(self) -> tuple[Any, ...]:
        """What the compiled loops begin with: the rules, the layout, and the table by number."""
        if self._by_number is None:
            self._by_number = self._spread_out()
        return self.rules, self.features.layout, self._by_number

    def changed(self) -> None:
        """The table has learned: forget what was made of it."""
        self._by_number = None

    def _spread_out(self) -> Any:
        """`[S]` float32: for each number of a row what is learned for it, as rows that mean the same share one."""
        parts = self.table.view(self.features.stages, -1).numpy()
        return parts[:, self.features.layout.row_of].reshape(-1)

    @property
    def _look_ups(self) -> int:
        """About how many rows are looked up to value the moves of one position."""
        return self.features.places + 2 * len(self.features.layout.of_cell[0])


def rows_of(game: AnyGame, families: str, stages: int, width: int = 1) -> int:
    """How many rows such a table has. Raises UsageError as `IncrementalQ` does."""
    return rules_and_features(game, families, stages, width)[1].size


def rules_and_features(game: AnyGame, families: str, stages: int, width: int = 1) -> tuple[Any, Features]:
    """The rules and features of compiled loops. width: the numbers in a row. Raises UsageError as `IncrementalQ`."""
    rules = compiled_rules(game)
    if rules is None:
        raise UsageError(
            f"--features {families}: {game.name} has no compiled rules; leave it out to learn by its batched rules"
        )
    tallies = getattr(rules, "tallies", ())
    return rules, features_of(game, families, stages, (rules.fewest, rules.most), width, tallies)
