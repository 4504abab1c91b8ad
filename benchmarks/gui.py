"""The window's speed, by game: the numbers of `qzero bench gui`."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from typing import Any

from arena.gui import need_pygame
from arena.players.specs import player
from game.registry import make

GAMES = ("connect4", "tictactoe", "othello", "hex", "breakthrough", "gomoku")
_STARTS = 3  # of which the median counts


def measure(games: Sequence[str], size: tuple[int, int], rounds: int, seconds: float, opponent: str) -> dict[str, Any]:
    """Seconds, and the share of a core that an idle window takes. Raises QzeroError without pygame."""
    need_pygame()
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    from arena.gui.measure.first import first_picture
    from arena.gui.measure.frames import frame_times
    from arena.gui.measure.loop import answer_times, idle_load

    first = make(games[0])
    agent = player(opponent, first)
    commands = {"play": (), f"play {first.name}": (first.name, "--opponent", "human")}
    return {
        "frames": {
            make(name).name: {what: _summed_up(times) for what, times in frame_times(make(name), size, rounds).items()}
            for name in games
        },
        "idle": idle_load(first, size, seconds),
        "answer": _summed_up(answer_times(first, (agent, agent), size, seconds)),
        "first_picture": {
            name: statistics.median(first_picture(arguments) for _ in range(_STARTS))
            for name, arguments in commands.items()
        },
    }


def _summed_up(times: list[float]) -> dict[str, float]:
    return {"median": statistics.median(times), "slowest": max(times), "count": len(times)}
