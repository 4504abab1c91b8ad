"""The nodes of B trees of one game in preallocated tensors, on any device."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from agent.search.found import HIGHEST
from agent.search.tree.leaf import Valued
from agent.search.tree.rule import Rule
from game.core import AnyGame, field_names

UNKNOWN, AWAITED = -1, -2  # of a move that leads to no node, and to one that is just being valued


class Path(NamedTuple):
    """From the roots of R trees down to where each is to grow.

    tree: `[R]` int64, ascending. last: `[R]` int64, the edge that leads out of the tree. depth: `[R]` int64, the edges
    of each path, at least 1.
    """

    tree: Tensor
    last: Tensor
    depth: Tensor


class Forest:
    """Trees of N nodes at most: node i of tree b is row b * N + i, its move a the edge row * A + a.

    state:  the position of each row. child: `[rows, A]` int64, the row that a move leads to, UNKNOWN or AWAITED.
    given:  `[rows, A]` float32, the leaf's own Q. value: the same, backed up by max and minus; exact where proven.
    prior:  `[rows, A]` float32. visits: `[rows, A]` int32.
    low, high: `[rows, A]` int8, between which the outcome of a move is proven to lie, for the side to move; -1 where
        it is illegal.
    follow: `[rows]` int64, the move that a descent takes, -1 for none. depth: `[rows]` int64, 1 at the root.
    inlet:  `[rows]` int64, the edge that leads to a row, -1 at the root.
    used:   `[B]` int64, nodes of each tree.
    """

    def __init__(self, game: AnyGame, trees: int, nodes: int, device: torch.device, rule: Rule) -> None:
        self.game, self.trees, self.nodes, self.rule = game, trees, nodes, rule
        rows, actions = trees * nodes, game.num_actions

        def table(dtype: torch.dtype, *shape: int) -> Tensor:
            return torch.empty(rows, *shape, dtype=dtype, device=device)

        self.child = table(torch.int64, actions)
        self.given, self.value, self.prior = (table(torch.float32, actions) for _ in range(3))
        self.visits = table(torch.int32, actions)
        self.low, self.high = table(torch.int8, actions), table(torch.int8, actions)
        self.follow, self.inlet, self.depth = (table(torch.int64) for _ in range(3))
        self.used = torch.zeros(trees, dtype=torch.int64, device=device)
        self.roots = torch.arange(trees, device=device) * nodes
        one = game.initial(1, device)
        self.state: Any = type(one)(*(table(field.dtype, *field.shape[1:]) for field in fields_of(one)))

    def plant(self, state: Any, valued: Valued) -> None:
        """Begin with the roots: B positions whose moves were valued."""
        self._add(self.roots, state, valued, torch.full_like(self.roots, -1), torch.ones_like(self.roots))
        self.used.fill_(1)

    def descend(self, tree: Tensor, action: Tensor, times: Tensor) -> Path:
        """From the root of each of R trees by its first action, then along `follow`, out of the tree; `times` over.

        tree: `[R]`, ascending. times: `[R]`, at least 1. A path counts as a visit at once, and where it ends no other
        path of the same sweep does: there may be fewer, but one at least.
        """
        lane = torch.arange(len(tree), device=tree.device)
        start, most = self.roots[tree] * self.game.num_actions + action, int(times.max())
        paths = []
        for time in range(most):
            lane = lane[times[lane] > time]
            edge, depth, levels = self._walk(start[lane])
            if time:
                able = (self.child.view(-1)[edge] == UNKNOWN).nonzero().squeeze(1)
                lane, edge, depth = lane[able], edge[able], depth[able]
            if len(lane):
                self._visit(edge, levels, again=time + 1 < most)
                paths.append((lane, edge, depth))
        lane, edge, depth = (torch.cat(parts) for parts in zip(*paths, strict=True))
        order = lane.argsort(stable=True)
        return Path(tree[lane[order]], edge[order], depth[order])

    def before(self, path: Path) -> tuple[Any, Tensor]:
        """The positions where each path leaves its tree, and by which action `[R]`."""
        return self.state[self._row(path.last)], path.last % self.game.num_actions

    def grow(self, path: Path, state: Any, valued: Valued) -> None:
        """Add a node at the end of each path, and back its value up."""
        tree = path.tree
        nth = torch.arange(len(tree), device=tree.device) - torch.searchsorted(tree, tree)
        rows = self.roots[tree] + self.used[tree] + nth
        self.used.index_add_(0, tree, torch.ones_like(tree))
        self.child.view(-1).index_copy_(0, path.last, rows)
        self._add(rows, state, valued, path.last, path.depth + 1)
        self._back_up(rows)

    def proven(self) -> Tensor:
        """Which trees know the outcome of their root: `[B]` bool."""
        return self.low[self.roots].amax(1) == self.high[self.roots].amax(1)

    def lines(self, first: Tensor) -> Tensor:
        """The principal variation of each tree, from the move `first` `[B]` on: `[B, L]` int64, padded by -1."""
        edge, line = self.roots * self.game.num_actions + first, [first]
        while True:
            below = self.child.view(-1)[edge]
            going = below >= 0
            if not bool(going.any()):
                return torch.stack(line, 1)
            row = below.clamp_(min=0)
            # Of moves that are all proven to lose, the one that was hardest to prove.
            value = self.value[row].double() + 1e-9 * self.visits[row]
            move = torch.where(self.given[row] > -torch.inf, value, -torch.inf).argmax(1)
            edge = torch.where(going, row * self.game.num_actions + move, edge)
            line.append(torch.where(going, move, -1))

    def _row(self, edge: Tensor) -> Tensor:
        return torch.div(edge, self.game.num_actions, rounding_mode="floor")

    def _walk(self, edge: Tensor) -> tuple[Tensor, Tensor, int]:
        """The last edge of each path, how many edges it has, and the most of all."""
        child, depth, deepest = self.child.view(-1), torch.ones_like(edge), 1
        while True:
            below = child[edge]
            row = below.clamp(min=0)
            move = self.follow[row]
            going = (below >= 0) & (move >= 0)
            if not bool(going.any()):
                return edge, depth, deepest
            edge = torch.where(going, row * self.game.num_actions + move, edge)
            depth, deepest = depth + going, deepest + 1

    def _visit(self, edge: Tensor, levels: int, again: bool) -> None:
        """Count a visit on the way to each of these edges, which then wait for a node; let descents avoid them."""
        self.child.view(-1)[edge] = AWAITED
        going = torch.ones_like(edge, dtype=self.visits.dtype)
        for _ in range(levels):
            self.visits.view(-1).index_add_(0, edge, going)
            row = self._row(edge)
            if again:
                self._choose(row)
            above = self.inlet[row]
            going = going * (above >= 0)
            edge = torch.where(above >= 0, above, edge)

    def _add(self, rows: Tensor, state: Any, valued: Valued, inlet: Tensor, depth: Tensor) -> None:
        for mine, new in zip(fields_of(self.state), fields_of(state), strict=True):
            mine.index_copy_(0, rows, new)
        q, over, reward = valued
        self.given.index_copy_(0, rows, q)
        self.value.index_copy_(0, rows, torch.where(over, reward.float(), q.clamp(-HIGHEST, HIGHEST)))
        self.prior.index_copy_(0, rows, (q / self.rule.temperature).softmax(1))
        self.low.index_copy_(0, rows, torch.where(over, reward, -1))
        self.high.index_copy_(0, rows, torch.where(over, reward, 1))
        self.visits.index_fill_(0, rows, 0)
        self.child.index_fill_(0, rows, -1)
        self.inlet.index_copy_(0, rows, inlet)
        self.depth.index_copy_(0, rows, depth)
        self._choose(rows)

    def _back_up(self, rows: Tensor) -> None:
        """Carry values and what is proven from new nodes to the roots."""
        value, low, high = (table.view(-1) for table in (self.value, self.low, self.high))
        # From the deepest up, so that a node is read when all that is below it is known.
        level, below = self.depth[rows], rows
        for depth in range(int(level.max()), 1, -1):
            edge = self.inlet[below]
            now = level == depth
            edge, under = edge[now], below[now]
            least, most = -self.high[under].amax(1), -self.low[under].amax(1)
            found = (-self.value[under].amax(1)).clamp_(-HIGHEST, HIGHEST)
            value[edge] = torch.where(least == most, least.float(), found)
            low[edge], high[edge] = least, most
            row = self._row(edge)
            self._choose(row)
            below = below.masked_scatter(now, row)
            level = level - now.long()

    def _choose(self, rows: Tensor) -> None:
        """Let descents take the move of the highest upper bound (PUCT), of those whose outcome is open and matters."""
        visits, low, high = self.visits[rows], self.low[rows], self.high[rows]
        share = self.prior[rows] * (self.rule.exploration * (visits.sum(1, keepdim=True) + 1).sqrt()) / (visits + 1)
        able = (low < high) & (high > low.amax(1, keepdim=True)) & (self.child[rows] != AWAITED)
        score = torch.where(able, self.value[rows] + share, -torch.inf)
        self.follow.index_copy_(0, rows, torch.where(able.any(1), score.argmax(1), -1))


def fields_of(state: Any) -> list[Tensor]:
    """The tensors of a state, in order."""
    return [getattr(state, name) for name in field_names(type(state))]
