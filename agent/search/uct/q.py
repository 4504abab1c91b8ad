"""Q by Monte-Carlo tree search with random rollouts."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from agent.ntuple.threads import share
from agent.play.cancel import check
from agent.play.identity import fingerprint
from game.compiled import compiled_rules, has_compiled_rules, stones_of
from game.core import AnyGame
from game.errors import UsageError

EXPLORATION = 2.0  # the constant of UCT, as in OpenSpiel's own example of its search
_AT_ONCE = 500  # rollouts between looks whether the thought was called off
_MOST_NODES = 1 << 24  # of a tree, 320 MB: a fuller one grows no more, but goes on with rollouts
_STEP = 1e-6  # how far the move that the search plays lies above all others


class RolloutsQ:
    """Q(s, a) is the mean result of the rollouts through a, or its proven outcome.

    The move that the search plays, proven best or visited most, is ranked above all others, whatever their means; one
    that was never tried counts as lost. The seed of the rollouts follows from the position, so Q is a function of it.

    Raises UsageError for a game without compiled rules.
    """

    def __init__(self, game: AnyGame, rollouts: int) -> None:
        if not has_compiled_rules(game):
            raise UsageError(f"mcts:{rollouts} plays by compiled rules, which {game.name} does not have")
        self.game = game
        self.rollouts = rollouts
        self._rules = compiled_rules(game)

    def q(self, state: Any) -> Tensor:
        """As `QFunction.q`."""
        home, state = state.ply.device, state.to("cpu")
        legal = self.game.legal(state)
        q = torch.where(legal, -1.0, -torch.inf)
        rows = legal.any(1).nonzero().squeeze(1).tolist()
        if rows:
            stones, ply, key = stones_of(self.game, state), state.ply.tolist(), self.game.key(state).tolist()

            def think(low: int, high: int) -> None:
                for row in rows[low:high]:
                    self._search(stones[row], ply[row], key[row], q[row].numpy())

            share(len(rows), 1, torch.get_num_threads(), think)
        return q.to(home)

    def identity(self) -> str:
        """As `QFunction.identity`."""
        return fingerprint("mcts", self.game, {"rollouts": self.rollouts, "exploration": EXPLORATION}, {})

    def weights(self) -> dict[str, Tensor]:
        """As `QFunction.weights`: none."""
        return {}

    def _search(self, stones: npt.NDArray[np.int8], ply: int, key: int, q: npt.NDArray[np.float32]) -> None:
        """Fill in Q of the moves of one unfinished position."""
        from agent.search.uct.loops import UNKNOWN, grow, new_tree  # here: numba takes a moment to import

        said = f"{self.game.name} {key} {ply % 2}".encode()
        stream = np.frombuffer(hashlib.sha256(said).digest()[:8], np.uint64).copy()
        tree = new_tree(min(1 + self.rollouts * self._rules.actions, _MOST_NODES))
        for done in range(0, self.rollouts, _AT_ONCE):
            check()
            grow(self._rules, stones, ply, tree, min(_AT_ONCE, self.rollouts - done), EXPLORATION, stream)
            if tree.proven[0] != UNKNOWN:
                break
        children = slice(tree.first[0], tree.first[0] + tree.count[0])
        proven, visits = tree.proven[children], tree.visits[children]
        known = proven != UNKNOWN
        tried = known | (visits > 0)
        value = np.where(known, proven, tree.total[children] / np.maximum(visits, 1)).astype(np.float32)
        outcome = np.where(known, proven, 0)
        best = np.lexsort((value, visits, outcome))[-1]
        above = max(float(value[best]), _STEP - 1)
        action = tree.action[children]
        q[action[tried]] = np.minimum(value[tried], above - _STEP)
        q[action[best]] = above
