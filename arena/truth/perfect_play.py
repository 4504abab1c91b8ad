"""Perfect play of Connect Four as a Q-function, and players that err with a given probability."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from agent.play.identity import fingerprint
from agent.play.qfunction import QFunction, masked
from agent.store.files import read_regular, write_atomically
from arena.truth.bitbully import Solver
from game.core import AnyGame, Game, S
from game.errors import UsageError
from game.play import sample_uniform

_MOST = 22  # more than any score


def has_perfect_play(game: AnyGame) -> bool:
    """Whether the solver knows this game."""
    return game.name == "connect4"


class PerfectQ:
    """Q(s, a) is the solver's score of a over 22: the sooner a win and the later a loss, the better; 0 is a draw.

    Each position is solved once, mirror images together. `kept`: a file that keeps the scores for the next time.
    """

    def __init__(self, game: AnyGame, workers: int = 1, kept: Path | None = None) -> None:
        if not has_perfect_play(game):
            raise UsageError(f"the perfect player knows connect4 only, not {game.name}")
        self.game = game
        self.solver = Solver(workers)
        self.kept = kept
        self.known: dict[int, tuple[int, ...]] = {} if kept is None else _read(kept)
        self._kept = len(self.known)

    def q(self, state: Any) -> Tensor:
        """As `QFunction.q`."""
        home, state = state.ply.device, state.to("cpu")
        keys, mirrored = self._keys(state)
        wanted = keys.tolist()
        first = {key: row for row, key in reversed(list(enumerate(wanted))) if key not in self.known}
        if first:
            boards = grids(self.game, state[torch.tensor(list(first.values()))])
            for (key, row), scores in zip(first.items(), self.solver.scores(boards), strict=True):
                self.known[key] = scores[::-1] if mirrored[row] else scores
        rows = torch.tensor([self.known[key] for key in wanted]).view(-1, self.game.num_actions)
        rows = torch.where(mirrored[:, None], rows.flip(1), rows)
        return masked(rows / _MOST, self.game, state).to(home)

    def identity(self) -> str:
        """As `QFunction.identity`."""
        return fingerprint("perfect", self.game, {}, {})

    def weights(self) -> dict[str, Tensor]:
        """As `QFunction.weights`: none."""
        return {}

    def save(self) -> None:
        """Merge the new scores into the file `kept`, which other processes may have extended meanwhile."""
        if self.kept is None or len(self.known) == self._kept:
            return
        self.known = {**_read(self.kept), **self.known}
        self._kept = len(self.known)
        self.kept.parent.mkdir(parents=True, exist_ok=True)
        table = np.empty(len(self.known), dtype=_ROW)
        table["key"] = list(self.known)
        table["scores"] = list(self.known.values())
        write_atomically(self.kept, table.tobytes())

    def close(self) -> None:
        """Save the scores and end the worker processes."""
        self.save()
        self.solver.close()

    def _keys(self, state: Any) -> tuple[Tensor, Tensor]:
        """One key `[B]` for a position and its mirror image, and which `[B]` bool are the image of the one kept."""
        key, image = self.game.key(state), self.game.key(_mirror(state))
        return torch.minimum(key, image), image < key


class ErringPlayer:
    """Greedy on a Q-function, random among the best; with probability `error` uniform over the legal moves instead."""

    def __init__(self, name: str, q_function: QFunction, error: float = 0.0) -> None:
        self.name = name
        self.q_function = q_function
        self.error = error

    def act(self, game: Game[S], state: S, generator: torch.Generator) -> Tensor:
        """As `Player.act`. The Q-function, which may be slow, is evaluated only where it decides."""
        allowed = game.legal(state)
        exact = (torch.rand(len(state), generator=generator) >= self.error).nonzero().squeeze(1)
        if len(exact):
            q = self.q_function.q(state[exact])
            allowed = allowed.index_copy(0, exact, q == q.amax(1, keepdim=True))
        return sample_uniform(allowed, generator)


def kept_scores() -> Path:
    """Where solved positions are kept between runs: `qzero/` in the user's cache folder."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "qzero" / "connect4_scores.bin"


_ROW = np.dtype([("key", "<i8"), ("scores", "i1", 7)])


def _read(path: Path) -> dict[int, tuple[int, ...]]:
    """Keys and scores; a missing file has none, a truncated one those that are whole."""
    data = read_regular(path) if path.exists() else b""
    table = np.frombuffer(data[: len(data) - len(data) % _ROW.itemsize], dtype=_ROW)
    return dict(zip(table["key"].tolist(), map(tuple, table["scores"].tolist()), strict=True))


def _mirror(state: Any) -> Any:
    """Connect Four positions with the columns the other way round: a column is a byte."""

    def turned(board: Tensor) -> Tensor:
        columns = board.contiguous().view(torch.uint8).view(-1, 8)
        return columns[:, [6, 5, 4, 3, 2, 1, 0, 7]].contiguous().view(torch.int64).view(-1)

    return dataclasses.replace(state, own=turned(state.own), opp=turned(state.opp))


def grids(game: Game[S], state: S) -> list[list[list[int]]]:
    """B positions as `Solver.scores` takes them."""
    own, opp = game.observe(state, torch.uint8)[:, :2].unbind(1)
    second = (state.ply % 2 == 1)[:, None, None]
    cells: list[list[list[int]]] = torch.where(second, 2 * own + opp, own + 2 * opp).tolist()
    return cells
