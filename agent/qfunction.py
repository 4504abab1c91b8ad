"""Q-functions: everything that values moves. A table, a network and a search look alike from outside."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor, nn

from game.core import Constant, Game, S


class QFunction(Protocol):
    """Q(s, a): the expected final reward r_T of action a in state s, as seen by the side to move in s."""

    @property
    def game(self) -> Game[Any]: ...

    def q(self, state: Any) -> Tensor:
        """`[B, A]` float32 in [-1, 1]; -inf where the action is illegal."""
        ...


class ConstantQ:
    """Knows nothing: 0 for every legal action."""

    def __init__(self, game: Game[Any]) -> None:
        self.game = game

    def q(self, state: Any) -> Tensor:
        return masked(torch.zeros(len(state), self.game.num_actions, device=state.ply.device), self.game, state)


class NetworkQ:
    """A network on `observe` as Q: one forward pass values all actions (a q-head)."""

    def __init__(self, game: Game[Any], net: nn.Module) -> None:
        self.game = game
        self.net = net
        self._turned = Constant(game.second_view.actions) if game.second_view else None

    def q(self, state: Any) -> Tensor:
        # Asked each time, not kept: the learner moves and casts its network.
        dtype = next(self.net.parameters()).dtype
        with torch.inference_mode():
            planes = self.game.observe(state, dtype)
            padding = padded_rows(len(planes)) - len(planes)
            if padding:
                planes = torch.cat((planes, planes.new_zeros(padding, *planes.shape[1:])))
            q = self.net(planes)[: len(state)].float()
            if self._turned is not None:
                # The second player has seen the board turned, and so has it its actions.
                second = (state.ply & 1 == 1)[:, None]
                q = torch.where(second, q.index_select(1, self._turned.on(q.device)), q)
            return masked(q, self.game, state)

    def output_of(self, state: Any, action: Tensor) -> Tensor:
        """`[B]` int64: which output of the network means `action` to the mover, who may see the board turned."""
        if self._turned is None:
            return action
        turned = self._turned.on(action.device).index_select(0, action)
        return torch.where(state.ply & 1 == 1, turned, action)


def padded_rows(rows: int) -> int:
    """`rows` rounded up to one of eight sizes an octave.

    oneDNN compiles and keeps a kernel for every new shape: with batches that shrink game by game this took half of the
    time of self-play and more than a gigabyte.
    """
    step = 1 << max(0, rows.bit_length() - 4)
    return -(-rows // step) * step


def masked(q: Tensor, game: Game[S], state: S) -> Tensor:
    """`q` `[B, A]` with -inf where the action is illegal."""
    return torch.where(game.legal(state), q, -torch.inf)
