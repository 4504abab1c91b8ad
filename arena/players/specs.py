"""Players by name: the specs that every command of the arena accepts."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from agent.play.player import QPlayer
from agent.play.qfunction import ConstantQ
from agent.search.negamax import NegamaxQ
from agent.search.uct.q import RolloutsQ
from agent.store import checkpoint
from arena.engines.outside import engine_player, is_engine
from arena.players.coming import shipped_file
from arena.players.levels import level_spec
from arena.players.montecarlo.mcts import mcts_player
from arena.players.options import applied, check, split
from arena.truth.perfect_play import PerfectQ
from game.core import AnyGame
from game.errors import UsageError

KNOWN = (
    "random, one-ply, negamax:DEPTH, mcts:ROLLOUTS, mcts:ROLLOUTS@openspiel, perfect, shipped, level:N, a run folder, "
    "RUN@50%, RUN@best or a "
    "model.safetensors file, any with @exact-ends, @nodes=N, @seconds=S, @temperature=T, @epsilon=E; "
    'or an outside engine, gtp:"COMMAND" or piskvork:"COMMAND"'
)
FIXED = ("random", "one-ply", "human", "perfect", "shipped")
DEEPEST = 20
MOST_ROLLOUTS = 1_000_000


def player(spec: str, game: AnyGame) -> QPlayer:
    """The player that `spec` names. Raises UsageError, or CheckpointError for a file that cannot be used.

    random:     uniform over the legal moves.
    one-ply:    takes a win; otherwise avoids moves that leave the opponent a win in one; random among the rest.
    negamax:N:  looks N plies ahead for forced wins and losses; random among equals (one-ply is negamax:2).
    mcts:N:     Monte-Carlo tree search with N random rollouts a move.
    mcts:N@openspiel: the same by OpenSpiel (the extra `bench`).
    perfect:    perfect play of Connect Four by the solver bitbully (the extra `solver`), random among equals.
    shipped:    the checkpoint that comes with qzero for this game, greedy.
    level:N:    one of the measured levels of this game (`qzero levels`).
    gtp:"COMMAND", piskvork:"COMMAND": an outside engine; @seconds=S limits each of its moves (30 unless told).
    a path:     greedy on the Q-values of the checkpoint there.
    RUN@50%:    the checkpoint that a run kept nearest to its half.
    RUN@best:   the best that passed the gate of a run.
    X@exact-ends: any of these with the ends of the game exact one ply ahead.
    X@nodes=N, X@seconds=S: a search with X at its leaves; `options` has these and what else follows an @.
    """
    if is_engine(spec):
        return engine_player(spec, game)
    check(spec)
    base, options = split(spec)
    found = _player(base, game)
    return dataclasses.replace(applied(found, options), name="@".join((found.name, *options)))


def _player(spec: str, game: AnyGame) -> QPlayer:
    if spec == "random":
        return QPlayer(spec, ConstantQ(game))
    if spec == "one-ply":
        return QPlayer(spec, NegamaxQ(game, 2))
    if spec.startswith("negamax"):
        match = re.fullmatch(r"negamax:([0-9]{1,3})", spec)
        if match is None or not 1 <= int(match[1]) <= DEEPEST:
            raise UsageError(f"{spec!r} is not a player: negamax takes a depth of 1 to {DEEPEST}, such as negamax:4")
        return QPlayer(spec, NegamaxQ(game, int(match[1])))
    if spec.startswith("mcts"):
        match = re.fullmatch(r"mcts:([0-9]{1,7})(@openspiel)?", spec)
        if match is None or not 1 <= int(match[1]) <= MOST_ROLLOUTS:
            raise UsageError(
                f"{spec!r} is not a player: expected mcts:N or mcts:N@openspiel with 1 to {MOST_ROLLOUTS:,} rollouts a "
                "move, such as mcts:1000"
            )
        return mcts_player(spec, game, int(match[1])) if match[2] else QPlayer(spec, RolloutsQ(game, int(match[1])))
    if spec == "perfect":
        return QPlayer(spec, PerfectQ(game))
    if spec == "shipped":
        with shipped(game.name) as file:
            return QPlayer(spec, checkpoint.load(file, game).q_function)
    if (level := level_spec(spec, game.name)) is not None:
        return dataclasses.replace(player(level, game), name=spec)
    if spec == "human":
        raise UsageError("'human' cannot play here: use 'qzero play' to play yourself")
    path = Path(spec)
    if not path.exists():
        raise UsageError(f"no player is called {spec!r} and no such file exists: give {KNOWN}")
    return QPlayer(plain_name(spec), checkpoint.load(path, game).q_function)


def plain_name(spec: str) -> str:
    """One name per path, however it was typed: relative inside the working directory, otherwise absolute."""
    path, here = Path(os.path.abspath(spec)), Path.cwd()  # noqa: PTH100 - resolve() would follow links
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def lasting(spec: str) -> str:
    """The same player from every folder: the path in it, if there is one, is absolute."""
    parts = [] if is_engine(spec) else spec.split("@")
    for count in range(len(parts), 0, -1):
        base = "@".join(parts[:count])
        if base not in ("", *FIXED) and not base.startswith("negamax") and Path(base).exists():
            return "@".join((os.path.abspath(base), *parts[count:]))  # noqa: PTH100 - resolve() would follow links
    return spec


@contextmanager
def shipped(game: str) -> Iterator[Path]:
    """The file of the checkpoint that comes with qzero for this game. Raises UsageError if there is none."""
    with resources.as_file(shipped_file(game)) as file:
        if not file.exists():
            raise UsageError(f"no checkpoint of {game} comes with qzero: give {KNOWN.replace('shipped, ', '')}")
        yield file


def is_checkpoint(spec: str) -> bool:
    """Whether this spec names a run or a model file, whatever options follow."""
    base = "" if is_engine(spec) else split(spec)[0]
    return base not in ("", *FIXED) and not base.startswith("negamax") and Path(base).exists()


def game_of(specs: list[str]) -> str | None:
    """The game of the first of these specs that is a checkpoint, if one is."""
    for spec in specs:
        if is_checkpoint(spec):
            return checkpoint.load(Path(split(spec)[0])).q_function.game.name
    return None
