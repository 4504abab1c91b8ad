"""Nodes a second of the search, by game: positions whose moves are valued, on one core.

The leaf is an untrained Q of the game's preset, or a player's own. The tree of an untrained Q is another than that of
a trained one, but a node takes about as long.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import torch

from agent.kinds import kind_called
from agent.play.qfunction import QFunction
from agent.presets import preset
from agent.search.budget import Budget
from agent.search.found import Found
from agent.search.search_q import SearchQ
from arena.players.specs import game_of, player
from game.core import AnyGame
from game.play import sample_uniform
from game.registry import make

GAMES = ("connect4", "othello", "breakthrough", "gomoku", "hex")
POSITIONS = 8


def leaf_of(spec: str) -> QFunction:
    """The Q-function of a checkpoint, or an untrained one of a game. Raises UsageError for what is neither."""
    name = game_of([spec])
    if name is not None:
        return player(spec, make(name)).q_function
    game = make(spec)
    config = preset(game.name, threads=1)
    return kind_called(config.q).learner(game, config, torch.device("cpu")).judged


def measure(leaf: QFunction, nodes: int, rounds: int) -> dict[str, Any]:
    """Search POSITIONS positions of random play, one after the other, `rounds` times on one thread.

    nodes_per_second: the median of `rounds`. depth: the mean number of plies that were searched everywhere.
    """
    search, state = SearchQ(leaf, Budget(nodes=nodes)), positions(leaf.game)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        search.engine.search(state[:1], Budget(nodes=2))  # compiles
        speeds: list[float] = []
        found: list[Found] = []
        for _ in range(rounds):
            started = time.perf_counter()
            found = search.engine.search(state, search.budget)
            speeds.append(sum(one.nodes for one in found) / (time.perf_counter() - started))
    finally:
        torch.set_num_threads(threads)
    return {
        "game": leaf.game.name,
        "engine": search.engine.name,
        "nodes_per_second": round(statistics.median(speeds)),
        "rounds": [round(speed) for speed in speeds],
        "depth": statistics.fmean(one.depth for one in found),
    }


def positions(game: AnyGame) -> Any:
    """Unfinished positions of random games, from the start to about a third of the longest game."""
    generator = torch.Generator().manual_seed(0)
    state: Any = game.initial(1)
    found: list[Any] = []
    for ply in range(game.max_plies):
        if bool(state.done) or len(found) == POSITIONS:
            break
        if ply % max(1, game.max_plies // (3 * POSITIONS)) == 0:
            found.append(state)
        state = game.step(state, sample_uniform(game.legal(state), generator))
    return type(state).cat(found)
