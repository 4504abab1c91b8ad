"""What is known of a position at once: the leaf's Q of its moves, and which of them end the game."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from agent.play.afterstate import AfterstateQ
from agent.play.cancel import check
from agent.play.qfunction import QFunction, slices
from game.core import legal_children

_AT_ONCE = 1 << 14  # moves valued at once, which bounds the time between checks


class Valued(NamedTuple):
    """M positions whose moves were valued, A each.

    q: `[M, A]` float32, -inf where illegal. over: `[M, A]` bool, the move ends the game, or is illegal.
    reward: `[M, A]` int8, r_T where the game ends, -1 where a move is illegal, else 0.
    """

    q: Tensor
    over: Tensor
    reward: Tensor


def valued(leaf: QFunction, state: Any) -> Valued:
    """The moves of M unfinished positions. Raises what the leaf raises, and Cancelled."""
    at_once = max(1, _AT_ONCE // leaf.game.num_actions)
    parts = [_valued(leaf, state[rows] if len(state) > at_once else state) for rows in slices(len(state), at_once)]
    return parts[0] if len(parts) == 1 else Valued(*map(torch.cat, zip(*parts, strict=True)))


def _valued(leaf: QFunction, state: Any) -> Valued:
    check()
    legal, parent, action, after = legal_children(leaf.game, state)
    over, reward = ~legal, -(~legal).to(torch.int8)
    over[parent, action], reward[parent, action] = after.done, after.reward
    if not isinstance(leaf, AfterstateQ):
        return Valued(leaf.q(state), over, reward)
    # The positions after the moves are at hand: no need to make the moves again.
    q = torch.where(legal, reward.float(), -torch.inf)
    going = ~after.done
    q[parent[going], action[going]] = -leaf.values(after[going.nonzero().squeeze(1)])
    return Valued(q, over, reward)
