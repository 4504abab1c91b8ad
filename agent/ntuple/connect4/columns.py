"""Connect Four by columns: one byte describes a column, and gravity leaves few possible columns."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from agent.ntuple.connect4.read_threats import PARTS, reads
from agent.ntuple.encoding import CODES, Codes, Read
from agent.ntuple.threads import share
from agent.play.policy import Policy
from agent.play.trajectories import Trajectories
from game.bitboard import BitboardState
from game.connect4 import HEIGHT, WIDTH

if TYPE_CHECKING:
    from agent.ntuple.q import NTupleQ

_STACK = np.uint64(0x0001010101010101)
_EMPTY, _MINE, _THEIRS, _NEXT = range(4)


@functools.cache  # a few hundred n-tuples read the same few places of their columns
def _numbers(places: tuple[int, ...]) -> tuple[npt.NDArray[np.int32], int]:
    ids = np.zeros(CODES, np.int32)
    looks: dict[tuple[int, ...], int] = {}
    for height in range(HEIGHT + 1):
        for stones in itertools.product((_MINE, _THEIRS), repeat=height):
            stack = [*stones, *[_NEXT, *[_EMPTY] * HEIGHT]][:HEIGHT]
            code = sum(1 << place for place, stone in enumerate(stones) if stone == _MINE) + (1 << height)
            look = tuple(stack[place] for place in places)
            ids[code] = looks.setdefault(look, len(looks))
    ids.flags.writeable = False
    return ids, len(looks)


class Columns:
    """Every column is a part; its code is P. Pons' key (mine + all + 1, one bit per cell), 1 to 127, one per stack.

    A cell has a fourth state: empty, and the next stone of its column lands there.
    """

    compiled = True

    def codes(self, state: Any) -> Codes:
        own, opp = _boards(state)
        return np.ascontiguousarray(_stacks(own, opp))

    def parts(self, cells: list[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for cell in cells:
            row, column = divmod(cell, WIDTH)
            found.setdefault(column, []).append(HEIGHT - 1 - row)
        return found

    def image(self, part: int, turned: torch.Tensor) -> int:
        return int(turned[part]) % WIDTH

    def numbers(self, places: list[int]) -> tuple[npt.NDArray[np.int32], int]:
        return _numbers(tuple(places))

    def self_play(
        self, q: NTupleQ, policy: Policy, games: int, opening_plies: int, generator: torch.Generator
    ) -> Trajectories:
        """As `agent.play.selfplay.self_play`, with other random numbers; the same with any number of threads."""
        from agent.ntuple.connect4 import loops  # here, as numba takes a moment to import

        whole = -(-games // loops.BLOCK) * loops.BLOCK
        shape = (loops.PLIES, whole)
        own, opp = np.empty(shape, np.uint64), np.empty(shape, np.uint64)
        action, value = np.empty(shape, np.int8), np.empty((*shape, q.game.num_actions), np.float32)
        exploratory, forced = np.empty(shape, np.bool_), np.empty(shape, np.bool_)
        length, reward = np.empty(whole, np.int64), np.empty(whole, np.float32)
        seed = int(torch.randint(1 << 62, (1,), generator=generator))
        tables = q.following()

        def work(low: int, high: int) -> None:
            for block in range(low, high):
                loops.play(
                    block, np.uint64(seed), policy.epsilon, policy.varied, policy.temperature, opening_plies, tables,
                    own, opp, action, value, exploratory, forced, length, reward,
                )  # fmt: skip

        share(whole // loops.BLOCK, 1, torch.get_num_threads(), work)
        # Ordered by t and then by game, without the games beyond those asked for.
        played = torch.arange(loops.PLIES)[:, None] < torch.from_numpy(length[:games])
        t, game = played.nonzero().unbind(1)
        row = t * whole + game

        def taken(column: Any) -> torch.Tensor:
            return torch.from_numpy(column).flatten(0, 1).index_select(0, row)

        return Trajectories(
            state=BitboardState(
                ply=t.to(torch.int16),
                done=torch.zeros(len(t), dtype=torch.bool),
                reward=torch.zeros(len(t), dtype=torch.int8),
                own=taken(own.view(np.int64)),
                opp=taken(opp.view(np.int64)),
            ),
            action=taken(action).long(),
            q=taken(value),
            exploratory=taken(exploratory),
            forced=taken(forced),
            t=t,
            game=game,
            reward=torch.from_numpy(reward[:games]),
        )


class ColumnsAndThreats(Columns):
    """The same, with further parts and n-tuples over them: `agent.ntuple.connect4.read_threats`."""

    def codes(self, state: Any) -> Codes:
        from agent.ntuple.connect4 import threats  # here, as numba takes a moment to import

        own, opp = _boards(state)
        codes = np.empty((PARTS, len(own)), np.uint8)
        codes[:WIDTH] = _stacks(own, opp)
        threats.write_all_codes(own, opp, codes)
        return codes

    def image(self, part: int, turned: torch.Tensor) -> int:
        kind, column = divmod(part, WIDTH)
        return WIDTH * kind + super().image(column, turned)

    def further(self) -> list[list[Read]]:
        return reads()


def _boards(state: Any) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """The stones of the side to move and of the other, `[B]` each."""
    own, opp = (np.ascontiguousarray(field.numpy().view(np.uint64)) for field in (state.own, state.opp))
    return own, opp


def _stacks(own: npt.NDArray[np.uint64], opp: npt.NDArray[np.uint64]) -> Codes:
    """`[7, B]`: the key of each column."""
    words = own + (own | opp) + _STACK
    codes: Codes = words.view(np.uint8).reshape(-1, 8)[:, :WIDTH].T
    return codes
