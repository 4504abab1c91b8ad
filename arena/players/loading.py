"""Players from Python: `from arena import load`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from agent.play.player import QPlayer
from arena.players.specs import game_of, player
from game.core import AnyGame
from game.errors import UsageError
from game.registry import make


class LoadedPlayer:
    """A player of one game: gives moves or Q-values for a batch of B positions.

    Ties between best moves are broken at random by a generator seeded with `seed`: the same calls in the same order
    return the same moves.
    """

    def __init__(self, player: QPlayer, seed: int = 0) -> None:
        self.player = player
        self._seed = seed
        self._generators: dict[torch.device, torch.Generator] = {}

    @property
    def game(self) -> AnyGame:
        """The rules, as `game.make` gives them."""
        return self.player.q_function.game

    @property
    def name(self) -> str:
        return self.player.name

    def act(self, state: Any, generator: torch.Generator | None = None) -> Tensor:
        """A move for each of B unfinished positions: `[B]` int64. A `generator`, on their device, replaces its own."""
        _unfinished(state)
        return self.player.act(self.game, state, generator or self._generator(state.ply.device))

    def q(self, state: Any) -> Tensor:
        """Q of each move for the side to move: `[B, A]` float32 in [-1, 1], -inf where the move is illegal."""
        _unfinished(state)
        return self.player.q_function.q(state)

    def __repr__(self) -> str:
        return f"<{self.name}, plays {self.game.name}>"

    def _generator(self, device: torch.device) -> torch.Generator:
        if device not in self._generators:
            self._generators[device] = torch.Generator(device).manual_seed(self._seed)
        return self._generators[device]


def _unfinished(state: Any) -> None:
    if finished := int(state.done.sum()):
        raise ValueError(f"{finished} of {len(state)} positions are finished: ask about unfinished ones only")


def load(player_or_path: str | Path, game: str | AnyGame | None = None, seed: int = 0) -> LoadedPlayer:
    """The player of this name: a run folder, a model.safetensors file, or any player that `qzero match` takes.

    game: its rules or their name; a checkpoint knows its own. seed: see `LoadedPlayer`.
    Raises UsageError, or CheckpointError for a file that cannot be used.
    """
    spec = str(player_or_path)
    if game is None:
        game = game_of([spec])
        if game is None:
            raise UsageError(
                f"there is no checkpoint {spec!r}; of a player of many games name one, as in load({spec!r}, 'connect4')"
            )
    rules = make(game) if isinstance(game, str) else game
    return LoadedPlayer(player(spec, rules), seed)
