"""Encodings: a board as a few small numbers, the codes of its parts, from which n-tuples make row numbers.

A part is whatever one code describes. The cells of any game will do; a game with a better encoding, or with self-play
in one compiled loop, brings its own: a file, and a line in the table below.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch

from agent.play.policy import Policy
from agent.play.trajectories import Trajectories
from game.core import AnyGame

if TYPE_CHECKING:
    from agent.ntuple.q import NTupleQ

CODES = 256  # codes are bytes

Codes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int32]


class Read(NamedTuple):
    """What an n-tuple reads of one part: `ids` `[256]` has a number below `states` for each code."""

    part: int
    ids: Numbers
    states: int


class Encoding(Protocol):
    """The parts of one game's board and what their codes mean.

    compiled: `self_play` is there.

    An encoding may bring n-tuples that are not of cells: `further()`, a list of what each reads,
    `list[list[Read]]`, each once up to the symmetries of the board.
    """

    compiled: bool

    def codes(self, state: Any) -> Codes:
        """`[P, B]`: the code of every part of each of B positions, seen by the side to move."""
        ...

    def parts(self, cells: list[int]) -> dict[int, list[int]]:
        """The parts that contain these cells, and for each the places of its cells inside it."""
        ...

    def image(self, part: int, turned: torch.Tensor) -> int:
        """The part that this part is mapped to by the symmetry that takes cells from `turned`."""
        ...

    def numbers(self, places: list[int]) -> tuple[Numbers, int]:
        """A number for every code of a part, equal if these places look the same, and how many numbers there are."""
        ...

    def self_play(
        self, q: NTupleQ, policy: Policy, games: int, opening_plies: int, generator: torch.Generator
    ) -> Trajectories | None:
        """As `agent.play.selfplay.self_play`, in one compiled loop; None if this encoding has none."""
        ...


class Cells:
    """Every cell is a part: 0 empty, 1 mine, 2 theirs."""

    compiled = False

    def __init__(self, game: AnyGame) -> None:
        self.game = game

    def codes(self, state: Any) -> Codes:
        planes = self.game.observe(state, torch.uint8).flatten(2)
        return np.ascontiguousarray((planes[:, 0] + 2 * planes[:, 1]).T.numpy())

    def parts(self, cells: list[int]) -> dict[int, list[int]]:
        return {cell: [0] for cell in cells}

    def image(self, part: int, turned: torch.Tensor) -> int:
        return int(turned[part])

    def numbers(self, places: list[int]) -> tuple[Numbers, int]:
        del places
        ids = np.zeros(CODES, np.int32)
        ids[:3] = range(3)
        return ids, 3

    def self_play(self, q: NTupleQ, policy: Policy, games: int, opening_plies: int, generator: torch.Generator) -> None:
        del q, policy, games, opening_plies, generator


# Games of this package with their own encoding: the place of its class, which takes no arguments. And those with one
# that reads threats.
_OWN = {"connect4": ("agent.ntuple.connect4.columns", "Columns")}
_THREATS = {"connect4": ("agent.ntuple.connect4.columns", "ColumnsAndThreats")}


def has_threats(game: str) -> bool:
    """Whether n-tuples of this game can read threats."""
    return game in _THREATS


def encoding_of(game: AnyGame, threats: bool = False) -> Encoding:
    """The encoding of a game: the game's own, one of this package, or its cells.

    A game of another package brings one as a method `ntuple_encoding()`, which returns an `Encoding`.

    Raises ValueError for threats of a game without.
    """
    if threats and not has_threats(game.name):
        raise ValueError(f"n-tuples of {game.name} read no threats")
    brought: Encoding | None = game.ntuple_encoding() if hasattr(game, "ntuple_encoding") else None
    if brought is not None:
        return brought
    if game.name in _OWN:
        module, name = (_THREATS if threats else _OWN)[game.name]
        own: Encoding = getattr(importlib.import_module(module), name)()
        return own
    return Cells(game)
