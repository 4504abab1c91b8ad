"""The play loop, which everything that plays whole games goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.nn import functional

from game.core import Game, S, State
from game.errors import IllegalMoveError

FORFEIT = -1  # instead of an action: the side to move has lost
_MOST_NAMED = 24  # moves in an error
_COLUMNS_FOR_WORDS = 32
_EACH_BYTE = 0x0101010101010101
_HIGH_BITS = 0x80 * _EACH_BYTE - (1 << 64)  # as a signed number


class Player(Protocol):
    """Someone who chooses moves."""

    @property
    def name(self) -> str: ...

    def act(self, game: Game[S], state: S, generator: torch.Generator) -> Tensor:
        """A legal action for each of B unfinished positions: `[B]` int64."""
        ...


@runtime_checkable
class Follower(Protocol):
    """A player that needs to know the moves behind the positions it is asked about next."""

    def follow(self, state: Any, moves: Tensor) -> None:
        """`moves` `[B, T]`: the actions that led from the start of the game to each of B positions, padded by -1."""
        ...


@runtime_checkable
class Forfeiter(Protocol):
    """A player that may fail or resign in single games, such as an outside engine."""

    def act_or_forfeit(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:
        """As `Player.act`, with FORFEIT where the player gives the game away."""
        ...


@runtime_checkable
class Drawer(Protocol):
    """A player whose moves in one game do not depend on other games beside it."""

    def act_by(self, game: Any, state: Any, draws: Tensor) -> Tensor:
        """As `Player.act`, by random numbers `[3, B]` in [0, 1) instead of a generator."""
        ...


def moves_of(player: Player, game: Game[S], state: S, generator: torch.Generator, draws: Tensor) -> Tensor:
    """The player's legal action for each of B unfinished positions, FORFEIT where it gives a game away: `[B]` int64.

    It is given random numbers `draws` `[3, B]` if it is a `Drawer`, else the generator.
    """
    if isinstance(player, Forfeiter):
        return player.act_or_forfeit(game, state, generator)
    return player.act_by(game, state, draws) if isinstance(player, Drawer) else player.act(game, state, generator)


def tell(player: object, state: State, moves: Tensor) -> None:
    """Tell a player the moves behind B positions, if it is a `Follower`."""
    if isinstance(player, Follower):
        player.follow(state, moves)


@dataclass(frozen=True, slots=True)
class Turn(Generic[S]):
    """One move in each of the b games that are still unfinished.

    rows:   `[b]` int64, which games of the batch that `play` was given.
    state:  the b positions before the move.
    action: `[b]` int64.
    after:  the b positions after it.
    """

    rows: Tensor
    state: S
    action: Tensor
    after: S


def play(game: Game[S], start: S, choose: Callable[[S, Tensor], Tensor]) -> Iterator[Turn[S]]:
    """Play every game in `start` to its end, one move in each per turn; finished games leave the batch.

    `choose(state, rows)` is asked for a legal action for each position; `rows` tells which games these are. A game in
    which it answers FORFEIT leaves the batch without another turn.
    """
    rows = torch.arange(len(start), device=start.ply.device)
    state, going = start, ~start.done
    while True:
        if not going.all():
            left = going.nonzero().squeeze(1)
            rows, state = rows[left], state[left]
        if len(state) == 0:
            return
        action = choose(state, rows)
        if (action == FORFEIT).any():
            on = (action != FORFEIT).nonzero().squeeze(1)
            rows, state, action = rows[on], state[on], action[on]
        after = game.step(state, action)
        yield Turn(rows, state, action, after)
        state, going = after, ~after.done


def sample_uniform(mask: Tensor, generator: torch.Generator | None) -> Tensor:
    """A uniformly random true column of each row of `mask` `[B, A]`: `[B]` int64; A for rows without one."""
    return column_at(mask, torch.rand(len(mask), generator=generator, device=mask.device))


def column_at(mask: Tensor, draw: Tensor) -> Tensor:
    """The true column that lies the share `draw` `[B]` in [0, 1) along those of its row: as `sample_uniform`."""
    if mask.shape[1] >= _COLUMNS_FOR_WORDS:
        return _column_by_words(mask, draw)
    running = list(mask.T.to(torch.uint8).unbind(0))
    for column in range(1, len(running)):
        running[column] = running[column] + running[column - 1]
    chosen = (draw * running[-1]).to(torch.uint8)  # the number of true columns to pass over
    return torch.stack(running).le_(chosen).sum(0)


def _column_by_words(mask: Tensor, draw: Tensor) -> Tensor:
    """The same by counting eight columns at once, as the bytes of an int64, and eight such words at once in a block."""
    columns = mask.shape[1]
    words = functional.pad(mask.view(torch.uint8), (0, -columns % 64)).contiguous().view(torch.int64)
    in_word = words * _EACH_BYTE  # byte k: true columns among the word's first k + 1
    in_block = (in_word >> 56).to(torch.uint8).view(torch.int64) * _EACH_BYTE
    running = (in_block >> 56).cumsum(1)
    passed = (draw[:, None] * running[:, -1:]).long()  # the number of true columns to pass over
    block = (running[:, :-1] <= passed).sum(1, keepdim=True)
    of_block = in_block.gather(1, block)
    passed = passed - running.gather(1, block) + (of_block >> 56)
    word, passed = _passed_over(of_block, passed)
    word = block * 8 + word.clamp_(max=7)
    byte, _ = _passed_over(in_word.gather(1, word), passed)
    return (word * 8 + byte).squeeze(1).clamp_(max=columns)


def _passed_over(prefix: Tensor, passed: Tensor) -> tuple[Tensor, Tensor]:
    """How many bytes of `prefix`, each at least the last, are not above `passed`, and what of it they leave."""
    # Byte by byte: its high bit stays where `passed` is not below the prefix.
    skipped = (((passed * _EACH_BYTE | _HIGH_BITS) - prefix) >> 7 & _EACH_BYTE) * _EACH_BYTE >> 56
    return skipped, passed - (prefix << 8 >> (skipped << 3) & 0xFF)


def check_legal(game: Game[S], state: S, action: int) -> None:
    """Raise IllegalMoveError, listing the legal moves, unless `action` is legal in this one position."""
    if bool(state.done):
        raise IllegalMoveError("the game is over: no move is legal")
    legal = game.legal(state)[0]
    if not 0 <= action < game.num_actions or not bool(legal[action]):
        names = [game.move_name(a, state) for a in legal.nonzero().flatten().tolist()]
        moves = ", ".join(names if len(names) <= _MOST_NAMED else [*names[:_MOST_NAMED], f"... ({len(names)} in all)"])
        name = game.move_name(action, state) if 0 <= action < game.num_actions else str(action)
        raise IllegalMoveError(f"{name} is not legal here: the legal moves are {moves}")


class History(Generic[S]):
    """One game with undo: the positions from the start and the moves between them."""

    def __init__(self, game: Game[S], start: S | None = None) -> None:
        self.game = game
        self.states = [game.initial(1) if start is None else start]
        self.actions: list[int] = []

    @property
    def state(self) -> S:
        """The current position, a batch of one."""
        return self.states[-1]

    @property
    def done(self) -> bool:
        return bool(self.state.done)

    @property
    def seat_to_move(self) -> int:
        """0 if the first player is to move, else 1."""
        return int(self.state.ply) % 2

    @property
    def winner(self) -> int | None:
        """The seat that has won, or None."""
        reward = int(self.state.reward)
        return None if reward == 0 else (1 - self.seat_to_move if reward == 1 else self.seat_to_move)

    def push(self, action: int) -> None:
        """Make a move. Raises IllegalMoveError."""
        check_legal(self.game, self.state, action)
        self.states.append(self.game.step(self.state, torch.tensor([action], device=self.state.ply.device)))
        self.actions.append(action)

    def undo(self) -> None:
        """Take back the last move, if there is one."""
        if self.actions:
            self.states.pop()
            self.actions.pop()
