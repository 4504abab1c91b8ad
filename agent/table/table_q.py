"""Tabulated Q-factors: one number for every state and action met so far."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from agent.play.identity import fingerprint
from agent.play.qfunction import masked
from game.core import AnyGame
from game.errors import QzeroError

MOST_STATES = 4_000_000
MOST_BYTES = 2 << 30  # including what an update needs temporarily
_BYTES_A_VALUE = 4 + 3 * 8  # float32, and two sums and a count over the whole table


class TableQ:
    """Q-values of the states met so far, sorted by key; 0 for all others.

    Keys are exact on boards of up to 39 cells, and 64-bit hashes above (see `Game.key`). A table holds at most
    `most_states`: 4 million, or as many as fit into 2 GiB where there are many actions.

    keys:   `[N]` int64, ascending, `Game.key` of each state.
    values: `[N, A]` float32.
    """

    def __init__(self, game: AnyGame, keys: Tensor | None = None, values: Tensor | None = None) -> None:
        self.game = game
        self.keys = torch.empty(0, dtype=torch.int64) if keys is None else keys
        self.values = torch.empty(0, game.num_actions) if values is None else values

    def __len__(self) -> int:
        return len(self.keys)

    def q(self, state: Any) -> Tensor:
        place, known = self._find(self.game.key(state).to(self.keys.device))
        values = self.values.new_zeros(len(state), self.game.num_actions)
        values[known] = self.values[place[known]]
        return masked(values.to(state.ply.device), self.game, state)

    def identity(self) -> str:
        return fingerprint("table", self.game, {}, self.weights())

    def weights(self) -> dict[str, Tensor]:
        return {"keys": self.keys, "values": self.values}

    def update(self, state: Any, action: Tensor, target: Tensor, step_size: float) -> float:
        """Move Q(s, a) toward its targets: Q += step_size * (target - Q) for each of N pairs, in one batch.

        A pair met n times moves toward the mean of its targets as far as n single steps would move it. Returns the mean
        squared error before. Raises QzeroError if the table would outgrow `most_states`.
        """
        keys = self.game.key(state)
        self._add(torch.unique(keys))
        place, _ = self._find(keys)
        cell = place * self.game.num_actions + action
        flat = self.values.view(-1)
        error = float((target - flat[cell]).square().mean())
        # In float64 and in a fixed order, so that the sums do not depend on threads.
        count = torch.bincount(cell, minlength=len(flat))
        total = torch.bincount(cell, weights=target.double(), minlength=len(flat))
        met = count > 0
        mean = (total[met] / count[met]).float()
        flat[met] += (1 - (1 - step_size) ** count[met].float()) * (mean - flat[met])
        return error

    def _find(self, keys: Tensor) -> tuple[Tensor, Tensor]:
        """The place of each key in the table, and whether the table has it: `[B]` int64, `[B]` bool."""
        if not len(self.keys):
            return torch.zeros_like(keys), torch.zeros_like(keys, dtype=torch.bool)
        place = torch.searchsorted(self.keys, keys).clamp_(max=len(self.keys) - 1)
        return place, self.keys[place] == keys

    def _add(self, keys: Tensor) -> None:
        _, known = self._find(keys)
        new = keys[~known]
        if not len(new):
            return
        most = most_states(self.game)
        if len(self.keys) + len(new) > most:
            raise QzeroError(
                f"{self.game.name} has too many states for a table: more than {most:,} after this generation; "
                "train a network instead: leave out --table"
            )
        merged = torch.cat((self.keys, new))
        values = torch.cat((self.values, torch.zeros(len(new), self.game.num_actions)))
        order = merged.argsort()
        self.keys, self.values = merged[order], values[order]


def most_states(game: AnyGame) -> int:
    """How many states a table of this game may hold."""
    return min(MOST_STATES, MOST_BYTES // (16 + _BYTES_A_VALUE * game.num_actions))
