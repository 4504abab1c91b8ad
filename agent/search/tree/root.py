"""Which moves of the roots to look into: sequential halving, as in Gumbel AlphaZero.

All moves that are still considered grow by one node at a time, which makes batches of a single tree without that one
path would have to guess what the others find. After an equal share of the nodes the better half goes on.

I. Danihelka, A. Guez, J. Schrittwieser and D. Silver, "Policy improvement by planning with Gumbel" (2022); the halving
is that of Z. Karnin, T. Koren and O. Somekh (2013). Moves that are not visited keep the leaf's own Q, where the paper
completes them by a mix; and as where it is measured, there is no noise: the best by Q are considered.
"""

from __future__ import annotations

import torch
from torch import Tensor

from agent.search.found import ranked
from agent.search.tree.forest import Forest


class Roots:
    """The roots of a forest, which is to grow to `goal` nodes a tree."""

    def __init__(self, forest: Forest, goal: int) -> None:
        self.forest = forest
        self.goal = goal
        self._begun = forest.used.clone()
        self._at_once = min(max(goal // forest.rule.share, 1), forest.rule.at_once)
        self._share = (goal - forest.used).clamp(min=1)
        self._legal = forest.given[forest.roots] > -torch.inf
        self._kept = self._legal  # the moves that are still considered
        self._first = self._legal.sum(1).clamp(max=min(forest.rule.considered, max(goal - 1, 1)))
        self._phases = self._first.float().log2().ceil().clamp(min=1)

    def next(self) -> tuple[Tensor, Tensor, Tensor]:
        """The moves to look into next: R trees by ascending number, a move of each, and how many nodes under it.

        None where all is done. All are valued together: the larger the goal, the more.
        """
        forest, roots = self.forest, self.forest.roots
        low, high = forest.low[roots], forest.high[roots]
        open_moves = (low < high) & (high > low.amax(1, keepdim=True))
        phase = ((forest.used - self._begun) * self._phases / self._share).floor()
        number = torch.maximum((self._first * 0.5**phase).long(), self._first.clamp(max=2))
        # Where the outcome of all moves that were considered is proven, the others are.
        kept = self._kept & open_moves
        kept = torch.where(kept.any(1, keepdim=True), kept, open_moves)
        place = self._places(torch.where(kept, self._score(), -torch.inf))
        self._kept = kept & (place < number[:, None])
        room = self.goal - forest.used
        tree, action = (self._kept & (place < room[:, None])).nonzero().unbind(1)
        times = torch.div(room, self._kept.sum(1).clamp(min=1), rounding_mode="floor")
        return tree, action, times.clamp(min=1, max=self._at_once)[tree]

    def best(self) -> Tensor:
        """The move to play at each root: `[B]` int64. A proven win, else the best of what was considered to the end."""
        forest, roots = self.forest, self.forest.roots
        low, high = forest.low[roots], forest.high[roots]
        likely = self._legal & ((self._kept & (high > -1)) | ((low == high) & (low > -1)))
        won = low == 1
        likely = torch.where(won.any(1, keepdim=True), won, likely)
        # Where every move is proven to lose, the one that was hardest to prove.
        visits = torch.where(self._legal, forest.visits[roots].float(), -torch.inf)
        score = torch.where(likely, self._score(), -torch.inf)
        return torch.where(likely.any(1, keepdim=True), score, visits).argmax(1)

    def q(self, best: Tensor) -> Tensor:
        """What is found of each move, as `Found.q`, where the moves `best` `[B]` are played: `[B, A]` float32."""
        forest, roots = self.forest, self.forest.roots
        proven = (forest.low[roots] == forest.high[roots]) & self._legal
        return ranked(torch.where(self._legal, forest.value[roots], -torch.inf), best, proven)

    def _score(self) -> Tensor:
        """What is believed of each move by the leaf and by the search: `[B, A]`."""
        forest, roots, rule = self.forest, self.forest.roots, self.forest.rule
        value, proven = forest.value[roots], forest.low[roots] == forest.high[roots]
        weight = rule.trust * (rule.trust_visits + forest.visits[roots].amax(1, keepdim=True))
        return torch.where(proven, value, forest.given[roots]) / rule.temperature + weight * value

    @staticmethod
    def _places(score: Tensor) -> Tensor:
        """The place of each number in the falling order of its row, equal ones from the left: `[B, A]`."""
        return score.argsort(dim=1, descending=True, stable=True).argsort(dim=1)
