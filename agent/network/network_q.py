"""Networks as Q-functions: a q-head values all actions at once, an afterstate head the position after each."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from agent.network.value_net import ValueNet
from agent.play.afterstate import AfterstateQ, afterstates, q_of_afterstates
from agent.play.identity import fingerprint
from agent.play.qfunction import Spread, masked, slices
from game.core import AnyGame, Constant, State

MOST_ROWS = 1 << 16
_MOST_NUMBERS = 1 << 26  # of one layer, for all rows that are computed at once: 256 MiB


class Lessons(NamedTuple):
    """Training examples from N moves: M of them, as inputs and targets.

    rows:   `[M]` int64 in [0, N), the moves used; None for all, in order.
    state:  M positions to observe.
    output: `[M]` int64, the output of the network to train.
    target: `[M]` float32, its target.
    """

    rows: Tensor | None
    state: State
    output: Tensor
    target: Tensor


class NetworkQ:
    """A q-head: Q(s, a) is output a for the position s, one forward pass values all actions."""

    head = "q"

    def __init__(self, game: AnyGame, net: ValueNet) -> None:
        self.game = game
        self.net = net
        self._turned = Constant(game.second_view.actions) if game.second_view else None

    def q(self, state: Any) -> Tensor:
        """As `QFunction.q`."""
        each = _evaluate(self.net, self.game, state)
        return masked(self._seen(state, each[0] if len(each) == 1 else each.mean(0)), self.game, state)

    def q_of_all(self, state: Any) -> Tensor:
        """The same where weights and state are on one device, for all rows at once: nothing is asked of it."""
        each = self.net.each(self.game.observe(state, next(self.net.parameters()).dtype)).float()
        return masked(self._seen(state, each.mean(0)), self.game, state)

    def q_and_spread(self, state: Any) -> Spread:
        """Mean and standard deviation over the members of an ensemble; the spread of a single network is 0."""
        each = _evaluate(self.net, self.game, state)
        spread = self._seen(state, each.std(0, correction=0))
        return Spread(masked(self._seen(state, each.mean(0)), self.game, state), spread * self.game.legal(state))

    def identity(self) -> str:
        """As `QFunction.identity`."""
        return fingerprint("network", self.game, {"head": self.head, **self.net.settings}, self.weights())

    def weights(self) -> dict[str, Tensor]:
        return dict(self.net.state_dict())

    def lessons(self, state: Any, action: Tensor, target: Tensor) -> Lessons:
        """Training examples of the network from N moves with targets `[N]`, seen by their movers."""
        return Lessons(None, state, self.output_of(state, action), target)

    def output_of(self, state: Any, action: Tensor) -> Tensor:
        """`[B]` int64: the network output for `action` of the mover, who may see the board turned."""
        if self._turned is None:
            return action
        turned = self._turned.on(action.device).index_select(0, action)
        return torch.where(state.ply & 1 == 1, turned, action)

    def _seen(self, state: Any, values: Tensor) -> Tensor:
        """Turn the outputs back for the second player, whom the network shows the board turned."""
        if self._turned is None:
            return values
        second = (state.ply & 1 == 1)[:, None]
        return torch.where(second, values.index_select(1, self._turned.on(values.device)), values)


class AfterstateNetworkQ(AfterstateQ, NetworkQ):
    """An afterstate head: V is the one output of the network."""

    head = "afterstate"

    def values(self, state: Any) -> Tensor:
        """As `AfterstateQ.values`: the mean of the members."""
        return self._each(state).mean(0)

    def q_and_spread(self, state: Any) -> Spread:
        with torch.inference_mode():
            return Spread(*q_of_afterstates(self.game, state, self._mean_and_spread, 2))

    def _each(self, state: Any) -> Tensor:
        """V by every member: `[members, M]`."""
        return _evaluate(self.net, self.game, state).squeeze(2)

    def _mean_and_spread(self, state: Any) -> Tensor:
        each = self._each(state)
        return torch.stack((each.mean(0), each.std(0, correction=0)))

    def lessons(self, state: Any, action: Tensor, target: Tensor) -> Lessons:
        rows, after, wished = afterstates(self.game, state, action, target)
        return Lessons(rows, after, torch.zeros_like(rows), wished)


def as_q(game: AnyGame, net: ValueNet, head: str) -> NetworkQ:
    """The network as a Q-function, by its head: "q" or "afterstate"."""
    return NetworkQ(game, net) if head == "q" else AfterstateNetworkQ(game, net)


def _evaluate(net: ValueNet, game: AnyGame, state: Any) -> Tensor:
    """The outputs of every member: `[members, B, O]` float32."""
    most = max(1, min(MOST_ROWS, _MOST_NUMBERS // net.widest))
    parts = [_forward(net, game, state if len(state) <= most else state[rows]) for rows in slices(len(state), most)]
    return parts[0] if len(parts) == 1 else torch.cat(parts, 1)


def _forward(net: ValueNet, game: AnyGame, state: Any) -> Tensor:
    # Looked up each time: the learner moves and casts its network.
    weight = next(net.parameters())
    with torch.inference_mode():
        planes = game.observe(state.to(weight.device), weight.dtype)
        padding = padded_rows(len(planes)) - len(planes)
        if padding:
            planes = torch.cat((planes, planes.new_zeros(padding, *planes.shape[1:])))
        return net.each(planes)[:, : len(state)].float().to(state.ply.device)


def padded_rows(rows: int) -> int:
    """`rows` rounded up to one of eight sizes an octave, at least 16: products of fewer rows are rounded otherwise.

    oneDNN compiles and caches a kernel for every new shape: with batches that shrink game by game, this took half of
    the time of self-play and more than a gigabyte.
    """
    step = 1 << max(0, rows.bit_length() - 4)
    return max(-(-rows // step) * step, 16)
