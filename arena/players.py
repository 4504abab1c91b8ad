"""Players by name: the strings that every command of the arena takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from agent import checkpoint
from agent.player import QPlayer
from agent.qfunction import ConstantQ
from agent.search import NegamaxQ
from game.core import Game
from game.errors import UsageError

KNOWN = "random, one-ply, negamax:DEPTH, a run folder or a model.safetensors file"
DEEPEST = 20


def player(spec: str, game: Game[Any]) -> QPlayer:
    """The player that `spec` names. Raises UsageError, or CheckpointError for a file that will not do.

    random:     uniform over the legal moves.
    one-ply:    takes a win, else makes a move that leaves the opponent no win in one, if there is any; else random.
    negamax:N:  looks N plies ahead for forced wins and losses; random among equals (one-ply is negamax:2).
    a path:     greedy on the Q-values of the checkpoint there.
    """
    if spec == "random":
        return QPlayer(spec, ConstantQ(game))
    if spec == "one-ply":
        return QPlayer(spec, NegamaxQ(game, 2))
    if spec.startswith("negamax"):
        match = re.fullmatch(r"negamax:([0-9]{1,3})", spec)
        if match is None or not 1 <= int(match[1]) <= DEEPEST:
            raise UsageError(f"{spec!r} is no player: negamax wants a depth of 1 to {DEEPEST}, such as negamax:4")
        return QPlayer(spec, NegamaxQ(game, int(match[1])))
    if spec == "human":
        raise UsageError("'human' cannot play here: use 'qzero play' to play yourself")
    path = Path(spec)
    if not path.exists():
        raise UsageError(f"no player is called {spec!r} and no such file exists: give {KNOWN}")
    return QPlayer(spec, checkpoint.load(path, game).q_function)


def game_of(specs: list[str]) -> str | None:
    """The game of the first of these specs that is a checkpoint, if one is."""
    for spec in specs:
        if spec not in ("random", "one-ply", "human") and not spec.startswith("negamax") and Path(spec).exists():
            return checkpoint.load(Path(spec)).q_function.game.name
    return None
