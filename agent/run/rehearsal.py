"""Rehearsals: a few unrecorded generations that show how many moves, and games at once, fit into a given time."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from agent.config import TrainConfig
from agent.run.train import WALL, Clock, Training

_FIRST_GAMES = 16
_LONGEST = 2.0  # seconds per generation: the longest wait when a run is stopped


def fitted(config: TrainConfig, minutes: float, fix_games: bool = False, clock: Clock = WALL) -> TrainConfig:
    """`config` for a run of `minutes`: with a number of moves, and with fewer games if a generation would take long.

    A generation takes at most a twentieth of the run, and at most 2 seconds. fix_games: keep the number of games.
    """
    seconds = 60 * minutes
    rehearsal = Training(Path(os.devnull), config, clock=clock)
    if fix_games:
        rehearsal.step()  # warm caches and threads
    else:
        config = dataclasses.replace(config, games=_games(rehearsal, min(_LONGEST, seconds / 20)))
        rehearsal.config = config
    moves = max(1, round(_speed(rehearsal, min(4.0, max(0.5, seconds / 30))) * seconds))
    return dataclasses.replace(config, moves=moves, minutes=float(minutes))


def moves_in(config: TrainConfig, seconds: float, clock: Clock = WALL) -> int:
    """About how many moves this machine learns from in `seconds` with exactly these settings."""
    rehearsal = Training(Path(os.devnull), config, clock=clock)
    rehearsal.step()
    return max(1, round(_speed(rehearsal, max(4.0, seconds / 30)) * seconds))


def _games(rehearsal: Training, longest: float) -> int:
    """How many games at once, up to the setting, give generations of at most `longest` seconds."""
    most, ranks = rehearsal.config.games, rehearsal.ranks.size
    games = min(_FIRST_GAMES * ranks, most)
    while True:
        rehearsal.config = dataclasses.replace(rehearsal.config, games=games)
        rehearsal.step()  # warm caches and threads, and compile what meets new sizes
        before = rehearsal.seconds
        rehearsal.step()
        fit = int(games * longest / max(rehearsal.seconds - before, 1e-9))
        if games == most or fit <= games:
            return max(ranks, min(most, fit))
        games = min(4 * games, most)


def _speed(rehearsal: Training, seconds: float) -> float:
    """Moves learned per second, measured over at least `seconds`."""
    started = rehearsal.seconds
    generations = [(rehearsal.moves, started)]
    while rehearsal.seconds - started < seconds:
        rehearsal.step()
        generations.append((rehearsal.moves, rehearsal.seconds))
    # The later half: in the first generations kernels are compiled for new batch sizes, and tables that are still
    # empty fit into faster memory.
    (moves, spent), (all_moves, all_spent) = generations[(len(generations) - 1) // 2], generations[-1]
    return (all_moves - moves) / (all_spent - spent)
