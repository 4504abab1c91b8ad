"""State and Game: the contract between the rules and everything that plays, learns or judges.

Letters mean one thing everywhere: B positions in a batch, A actions of the game, C planes, H rows, W columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, Self, TypeAlias, TypeVar

import torch
from torch import Tensor

Device = torch.device | str


@dataclass(frozen=True, slots=True)
class State:
    """B positions of one game; every field is a tensor `[B]`, or `[B, N]` with rows of a multiple of eight bytes.

    ply:    `[B]` int16, moves made so far; its parity says who is to move (even: the first player).
    done:   `[B]` bool, the game is over.
    reward: `[B]` int8, r_T in {-1, 0, 1} from the view of whoever moved last; 0 until done.
    """

    ply: Tensor
    done: Tensor
    reward: Tensor

    def __len__(self) -> int:
        return self.ply.shape[0]

    def __getitem__(self, index: Tensor | slice | int) -> Self:
        """The rows named by a slice, an index tensor, a bool mask or one int: always a batch again."""
        if isinstance(index, int):
            if not -len(self) <= index < len(self):
                raise IndexError(f"row {index} of {len(self)} positions")
            index = slice(index, index + 1 or None)
        if isinstance(index, Tensor) and index.dtype != torch.bool:
            return self._map(lambda field: field.index_select(0, index))
        return self._map(lambda field: field[index])

    def to(self, device: Device) -> Self:
        return self._map(lambda field: field.to(device))

    def repeat_interleave(self, repeats: int) -> Self:
        """Each row `repeats` times in a row: `[B * repeats]`."""
        return self._map(lambda field: field.repeat_interleave(repeats, 0))

    @classmethod
    def cat(cls, states: Sequence[Self]) -> Self:
        """All rows of all states, in order."""
        return cls(*(torch.cat([getattr(s, name) for s in states]) for name in field_names(cls)))

    @classmethod
    def where(cls, condition: Tensor, a: Self, b: Self) -> Self:
        """Row by row `a` where `condition` `[B]` bool holds, else `b`."""

        def pick(x: Tensor, y: Tensor) -> Tensor:
            if x.dim() > 1:
                # Eight bytes at a time: ten times as fast.
                words = torch.where(condition[:, None], _words(x), _words(y))
                return words.view(x.dtype)
            return torch.where(condition, x, y)

        return cls(*(pick(getattr(a, name), getattr(b, name)) for name in field_names(cls)))

    def equal(self, other: State) -> bool:
        """Same type, same rows, same values."""
        return type(self) is type(other) and all(
            torch.equal(getattr(self, name), getattr(other, name)) for name in field_names(type(self))
        )

    def _map(self, change: Any) -> Self:
        return type(self)(*(change(getattr(self, name)) for name in field_names(type(self))))


def _words(field: Tensor) -> Tensor:
    """`[B, N]` of any dtype as `[B, W]` int64; fields of more than one number a row are made of whole words."""
    return field.contiguous().view(torch.int64)


def field_names(state_type: type[State]) -> tuple[str, ...]:
    """The names of a state's tensors, in order."""
    return tuple(state_type.__dataclass_fields__)


class Symmetry(NamedTuple):
    """One symmetry of the board: the image of a position has at place i what stood at place `cells[i]`.

    cells:   `[H * W]` int64, permutation of the cells in row-major order.
    actions: `[A]` int64, the same for actions: image mask = mask[:, actions], image Q = Q[:, actions].
    """

    cells: Tensor
    actions: Tensor


S = TypeVar("S", bound=State)


class Game(Protocol[S]):
    """The rules of a two-player game of strict alternation with a terminal reward.

    Every method works on a whole batch, on any device, without synchronising it. Rows never influence each other.
    Nothing here checks legality: players choose under the mask, and `play.check_legal` guards the entry points for
    people and files. tests/game/test_contract.py lists and tests the laws that every game obeys.
    """

    @property
    def name(self) -> str:
        """The name that `make` takes."""
        ...

    @property
    def rules_version(self) -> int:
        """Raised whenever play, encoding or reward changes, so that old checkpoints are refused."""
        ...

    @property
    def num_actions(self) -> int: ...

    @property
    def max_plies(self) -> int:
        """The largest number of plies of any game."""
        ...

    @property
    def observation_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of `observe`."""
        ...

    @property
    def move_pattern(self) -> str:
        """A regular expression that matches exactly one move in the game's notation, also inside a move list."""
        ...

    @property
    def symmetries(self) -> tuple[Symmetry, ...]:
        """All symmetries of the rules, identity first."""
        ...

    @property
    def second_view(self) -> Symmetry | None:
        """For games whose sides play in different directions: how the board looks from the second player's side.

        Applied to a position with the colours swapped it gives a position of the same game, in which the first player
        does what the second did. A reflection, so its own inverse. None if only colours tell the sides apart.
        """
        ...

    @property
    def hexagonal(self) -> bool:
        """Whether cells are hexagons, each row half a cell further to the right than the one above."""
        ...

    def initial(self, batch: int, device: Device = "cpu") -> S:
        """A batch of `batch` copies of the starting position."""
        ...

    def legal(self, state: S) -> Tensor:
        """`[B, A]` bool: the moves allowed; all false exactly where the game is over."""
        ...

    def step(self, state: S, action: Tensor) -> S:
        """The positions after `action` `[B]` int64, seen by the other side; finished rows come back unchanged."""
        ...

    def children(self, state: S) -> tuple[S, Tensor]:
        """Every successor: a state of B * A rows (row b * A + a is b after a), and which are legal: `[B, A]`."""
        ...

    def observe(self, state: S, dtype: torch.dtype = torch.float32) -> Tensor:
        """`[B, C, H, W]` of 0 and 1: plane 0 the mover's stones, plane 1 the opponent's; row 0 is printed on top.

        If the game has a `second_view`, the second player sees the board through it.
        """
        ...

    def key(self, state: S) -> Tensor:
        """`[B]` int64: equal exactly where two positions are the same to the side to move.

        Exact on boards of up to 39 cells. Above that a hash of 64 bits: among n positions two different ones share a
        key with probability n^2 / 2^65.
        """
        ...

    def move_name(self, action: int, state: S) -> str:
        """The action in the game's notation, as made, legal or not, in `state` (one position)."""
        ...

    def parse_move(self, text: str, state: S) -> int:
        """The action that `text` names in `state` (one position), legal or not; NotationError if it names none."""
        ...

    def squares(self, action: int, state: S) -> tuple[tuple[int | None, int | None], ...]:
        """The (row, column) cells a person clicks, in order, to make this move; None means any row or column."""
        ...

    def winning_cells(self, state: S) -> Tensor:
        """`[B, H, W]` bool: the stones that won the game; all false where nobody has won."""
        ...

    def render(self, state: S) -> str:
        """A board of text for one position (a batch of one), with coordinates and the side to move."""
        ...

    def parse_position(self, text: str) -> S:
        """The position (a batch of one) that `render` printed as `text`; NotationError if there is none."""
        ...


AnyGame: TypeAlias = "Game[Any]"  # a game by its name, where nobody can know what its states are


def children_by_step(game: Game[S], state: S) -> tuple[S, Tensor]:
    """`Game.children` by A steps of every position in one batch."""
    actions = torch.arange(game.num_actions, device=state.ply.device).repeat(len(state))
    return game.step(state.repeat_interleave(game.num_actions), actions), game.legal(state)


class ChildrenByStep:
    """Mixin that gives a game `Game.children` by stepping; for games without a faster way."""

    def children(self: Game[S], state: S) -> tuple[S, Tensor]:
        """As `Game.children`."""
        return children_by_step(self, state)


def legal_children(game: Game[S], state: S) -> tuple[Tensor, Tensor, Tensor, S]:
    """The positions after every legal move of B positions, M in all, by ascending row and action.

    Returns the legal mask `[B, A]`, the row `[M]` and the action `[M]` of each move, and M positions.
    """
    legal = game.legal(state)
    parent, action = legal.nonzero().unbind(1)
    return legal, parent, action, game.step(state[parent], action)


class Constant:
    """A constant tensor, copied to each device once."""

    def __init__(self, values: Tensor | Sequence[int]) -> None:
        self._cpu = values if isinstance(values, Tensor) else torch.tensor(values, dtype=torch.int64)
        self._copies: dict[torch.device, Tensor] = {}

    def on(self, device: torch.device) -> Tensor:
        copy = self._copies.get(device)
        if copy is None:
            # Made outside of inference mode, so that learning may use it too.
            with torch.inference_mode(False):
                copy = self._copies[device] = self._cpu.to(device).clone()
        return copy
