"""Openings that are not drawn at random: every position after k plies, or those that a file lists."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from arena.match.openings import Openings
from game.core import AnyGame
from game.errors import IllegalMoveError, NotationError, UsageError
from game.notation import parse_moves

MOST_OPENINGS = 50_000
MOST_BYTES = 10_000_000  # of a file
_AT_ONCE = 200_000  # positions


@dataclass(frozen=True, slots=True)
class Book:
    """Distinct openings, and a name that stays the same as long as they do."""

    name: str
    openings: Openings[Any]

    def repeated(self, pairs: int) -> Openings[Any]:
        """So many openings: the first ones of the book, or all of them in turn."""
        return self.openings[torch.arange(pairs) % len(self.openings.state)]


def book_of(game: AnyGame, text: str, seed: int) -> Book:
    """`book:K`: all positions after K plies, symmetric ones once, shuffled by `seed`; otherwise a file of openings."""
    match = re.fullmatch(r"book:([0-9]{1,2})", text)
    if match:
        every = exhaustive(game, int(match[1]))
        order = torch.randperm(len(every.state), generator=torch.Generator().manual_seed(seed))
        return Book(text, _numbered(every.state[order], every.moves[order]))
    if text.startswith("book:"):
        raise UsageError(f"--openings {text}: expected book:PLIES, such as book:3, or a file of openings")
    return _from_file(game, Path(text))


def exhaustive(game: AnyGame, plies: int) -> Openings[Any]:
    """Every unfinished position after so many plies, one of each that are symmetric or reached in several ways.

    Raises UsageError where there are none, or more than 50,000.
    """
    # [S, A]: what each action becomes under each symmetry, the identity first.
    images = torch.stack([symmetry.actions.argsort() for symmetry in game.symmetries])
    views = [game.initial(1) for _ in images]  # the N positions found so far as each symmetry shows them
    moves = torch.zeros(1, 0, dtype=torch.int64)
    for _ in range(plies):
        seen: set[int] = set()
        states: list[list[Any]] = [[] for _ in images]
        lists = [moves[:0]]
        for rows, actions in _every_move(game, views[0]):
            after = [game.step(view[rows], image[actions]) for view, image in zip(views, images, strict=True)]
            keys = torch.stack([game.key(state) for state in after]).amin(0).tolist()
            new = []
            for row, (key, done) in enumerate(zip(keys, after[0].done.tolist(), strict=True)):
                if not done and key not in seen:
                    seen.add(key)
                    new.append(row)
            if len(seen) > MOST_OPENINGS:
                raise UsageError(
                    f"{game.name} has more than {MOST_OPENINGS:,} openings of {plies} plies: ask for a book of fewer"
                )
            chosen = torch.tensor(new, dtype=torch.int64)
            for view, state in zip(states, after, strict=True):
                view.append(state[chosen])
            before = moves[rows[chosen]]
            lists.append(torch.cat([before, actions[chosen, None]], 1) if len(before) else before)
        if not seen:
            raise UsageError(f"no game of {game.name} lasts {plies} plies: ask for a book of fewer")
        views = [type(view[0]).cat(view) for view in states]
        moves = torch.cat([one for one in lists if len(one)])
    return _numbered(views[0], moves)


def _every_move(game: AnyGame, state: Any) -> Iterator[tuple[Tensor, Tensor]]:
    """(rows, actions) of every legal move of N positions, not too many at once."""
    step = max(_AT_ONCE // game.num_actions // len(game.symmetries), 1)
    for low in range(0, len(state), step):
        rows, actions = game.legal(state[low : low + step]).nonzero(as_tuple=True)
        yield rows + low, actions


def _from_file(game: AnyGame, path: Path) -> Book:
    """One opening a line, its moves in the game's notation; empty lines and what follows a # are left out."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read the openings of {path}: {error.strerror}; give book:PLIES or a file") from None
    if len(content) > MOST_BYTES:
        raise UsageError(f"{path} is too large for a file of openings: expected at most {MOST_BYTES:,} bytes")
    states, lists, keys = [], [], set()
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            history = parse_moves(game, text)
        except (NotationError, IllegalMoveError) as error:
            raise UsageError(f"{path}, line {number}: {error}") from None
        if history.done:
            raise UsageError(f"{path}, line {number}: {text!r} is a whole game, not an opening")
        key = (int(game.key(history.state)), len(history.actions) % 2)
        if key not in keys:
            keys.add(key)
            states.append(history.state)
            lists.append(history.actions)
        if len(lists) > MOST_OPENINGS:
            raise UsageError(f"{path} has more than {MOST_OPENINGS:,} openings")
    if not lists:
        raise UsageError(f"{path} has no openings: expected the moves of one a line")
    longest = max(map(len, lists))
    moves = torch.tensor([actions + [-1] * (longest - len(actions)) for actions in lists])
    digest = hashlib.sha256(repr(lists).encode()).hexdigest()[:16]
    return Book(f"file {digest}", _numbered(type(states[0]).cat(states), moves))


def _numbered(state: Any, moves: Tensor) -> Openings[Any]:
    return Openings(state, moves.view(len(state), -1).long(), torch.arange(len(state)))
