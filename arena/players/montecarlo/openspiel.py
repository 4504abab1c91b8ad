"""OpenSpiel's games by our names, and its Monte-Carlo tree search (C++), in this process or in a pool of others.

OpenSpiel (https://github.com/google-deepmind/open_spiel, Apache 2.0) is part of the extra `bench`. Worker processes
import this module only, so it needs no torch.
"""

from __future__ import annotations

import functools
import importlib.util
import re
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from arena.processes import cores, process_pool
from game.errors import UsageError

ADVICE = "pip install 'qzero[bench]'"
EXPLORATION = 2.0  # the constant of UCT, as in OpenSpiel's own example of its search
_MEGABYTES = 1000  # that one search may take
_ALONE = 4000  # rollouts that are not worth another process


@dataclass(frozen=True, slots=True)
class Search:
    """A position to search: OpenSpiel's name of the game and its actions from the start. seed: of the rollouts."""

    game: str
    actions: tuple[int, ...]
    rollouts: int
    seed: int


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a search: the action it plays, and for each action it tried the mean result for the mover."""

    best: int
    values: dict[int, float]


def spiel_name(name: str) -> str | None:
    """What OpenSpiel calls the game `name` of `game.make`; None where it does not have it, or not by the same rules."""
    family, _, board = name.partition(":")
    sizes = [int(number) for number in re.findall("[0-9]+", board)]
    match family:
        case "tictactoe":
            return "tic_tac_toe"
        case "connect4":
            return "connect_four"
        case "othello":
            return None if sizes else "othello"
        case "hex":
            swap = ",swap=True" if board.endswith("+swap") else ""
            return f"hex(board_size={sizes[0] if sizes else 11}{swap})"
        case "breakthrough":
            columns, rows = sizes or (8, 8)
            # With fewer than six rows it begins with one row of stones a side.
            return f"breakthrough(rows={rows},columns={columns})" if rows >= 6 else None
        case "gomoku":
            columns, rows, line = sizes or (15, 15, 5)
            if columns == rows and line == 5:
                return f"gomoku(size={columns})"
            return f"mnk(m={columns},n={rows},k={line})"
    return None


def available() -> bool:
    """Whether OpenSpiel is installed."""
    return importlib.util.find_spec("pyspiel") is not None


def load() -> Any:
    """The module pyspiel. Raises UsageError where OpenSpiel is not installed."""
    try:
        import pyspiel
    except ImportError:
        raise UsageError(f"players of OpenSpiel need the extra 'bench': {ADVICE}") from None
    return pyspiel


def search_all(searches: Sequence[Search]) -> list[Found]:
    """Run the searches here, or in parallel on all cores if they are many; the results are the same."""
    if cores() == 1 or len(searches) == 1 or sum(search.rollouts for search in searches) <= _ALONE:
        return [search_one(search) for search in searches]
    return list(_pool().map(search_one, searches))


def search_one(search: Search) -> Found:
    """UCT with random rollouts; plays the move proven best, else the one visited most."""
    spiel, game = load(), _game(search.game)
    state = game.new_initial_state()
    for action in search.actions:
        state.apply_action(action)
    evaluator = spiel.RandomRolloutEvaluator(1, search.seed)
    bot = spiel.MCTSBot(game, evaluator, EXPLORATION, search.rollouts, _MEGABYTES, True, search.seed, False)
    root = bot.mcts_search(state)
    mover = state.current_player()
    values = {}
    for child in root.children:
        if child.outcome:
            values[child.action] = float(child.outcome[mover])
        elif child.explore_count:
            values[child.action] = child.total_reward / child.explore_count
    return Found(root.best_child().action, values)


@functools.cache
def _game(name: str) -> Any:
    return load().load_game(name)


@functools.cache
def _pool() -> ProcessPoolExecutor:
    return process_pool(cores())
