"""Nodes a second of a search with a network at the leaves: ours, and OpenSpiel's in Python with the same network.

A node is one call for the values of a position's moves, a simulation of theirs. Connect Four, whose planes both sides
know; the network is that of the preset, untrained, in float32 and on one thread, or on a GPU.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from agent.kinds import kind_called
from agent.network.network_q import NetworkQ
from agent.presets import preset
from agent.search.budget import Budget
from agent.search.tree.engine import TreeSearch
from arena.players.montecarlo.openspiel import EXPLORATION, available, load, spiel_name
from benchmarks.search import positions
from game.registry import make

GAME = "connect4"
MANY = 256  # games at once
THERE = (256, 4096)  # games at once on a GPU
MOST = 1000  # nodes
_TEMPERATURE = 0.3  # of their prior, Boltzmann over Q as ours


def measure(nodes: int, rounds: int, place: str = "cpu") -> list[dict[str, Any]]:
    """One row for each search: its name, games at once, and the median nodes a second of `rounds`.

    OpenSpiel is left out where it is not installed. place: a GPU, for more rows there.
    """
    leaf = untrained()
    state = positions(leaf.game)
    many = copies(state, MANY)
    engine, budget = TreeSearch(leaf), Budget(nodes=nodes)

    def one_by_one() -> int:
        return sum(engine.search(state[row], budget)[0].nodes for row in range(len(state)))

    def together() -> int:
        return sum(found.nodes for found in engine.search(many, budget))

    searches: list[tuple[str, int, Callable[[], int]]] = [("tree", 1, one_by_one), ("tree", len(many), together)]
    if place != "cpu":
        searches += [(f"tree on {place}", games, there(place, copies(state, games), budget)) for games in THERE]
    if available():
        searches.append(("OpenSpiel MCTS", 1, lambda: theirs(leaf, nodes)))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        speeds: list[list[float]] = [[] for _ in searches]
        engine.search(state, Budget(nodes=2))  # compiles
        for _ in range(rounds):
            for (_, _, search), found in zip(searches, speeds, strict=True):
                started = time.perf_counter()
                found.append(search() / (time.perf_counter() - started))
    finally:
        torch.set_num_threads(threads)
    return [
        {"search": name, "games": games, "nodes_per_second": round(statistics.median(found))}
        for (name, games, _), found in zip(searches, speeds, strict=True)
    ]


def there(place: str, state: Any, budget: Budget) -> Callable[[], int]:
    """The search of these positions on a GPU; how many nodes it made."""
    engine, state = TreeSearch(untrained(place)), state.to(place)
    engine.search(state, Budget(nodes=2))  # the first calls set up libraries
    return lambda: sum(found.nodes for found in engine.search(state, budget))


def copies(state: Any, count: int) -> Any:
    """These positions over and over, `count` in all."""
    return type(state).cat([state] * (count // len(state)))


def untrained(place: str = "cpu") -> NetworkQ:
    """The network of the preset."""
    config = preset(GAME, q="network", threads=1, precision="float32")
    learner = kind_called(config.q).learner(make(GAME), config, torch.device(place))
    assert isinstance(learner.judged, NetworkQ)
    return learner.judged


def theirs(leaf: NetworkQ, simulations: int) -> int:
    """Search the start of the game with OpenSpiel's Python tree search; how many simulations it made."""
    from open_spiel.python.algorithms import mcts

    game = load().load_game(spiel_name(GAME))
    bot = mcts.MCTSBot(
        game, EXPLORATION, simulations, Evaluator(leaf), random_state=np.random.RandomState(0),
        child_selection_fn=mcts.SearchNode.puct_value,
    )  # fmt: skip
    return int(bot.mcts_search(game.new_initial_state()).explore_count)


class Evaluator:
    """Our network as OpenSpiel asks for it: the value of a position for both players, and a prior over its moves."""

    def __init__(self, leaf: NetworkQ) -> None:
        self._net = leaf.net
        self._known: dict[str, Any] = {}

    def evaluate(self, state: Any) -> Any:
        """`[2]`, by player: the best Q for the one to move."""
        value = float(self._q(state)[state.legal_actions()].max())
        return np.array([value, -value] if state.current_player() == 0 else [-value, value])

    def prior(self, state: Any) -> list[tuple[int, float]]:
        """Each legal move and its probability."""
        legal = state.legal_actions()
        weight = np.exp(self._q(state)[legal] / _TEMPERATURE)
        return list(zip(legal, (weight / weight.sum()).tolist(), strict=True))

    def _q(self, state: Any) -> Any:
        """Q `[7]`, asked for twice of most positions."""
        key = state.history_str()
        if key not in self._known:
            with torch.inference_mode():
                self._known[key] = self._net(planes(state))[0].numpy()
        return self._known[key]


def planes(state: Any) -> torch.Tensor:
    """What our network sees of a position of theirs, whose planes are those of the two players, from the bottom row."""
    seen = torch.tensor(state.observation_tensor(0)).view(3, 6, 7)
    mover = state.current_player()
    return seen[[mover, 1 - mover]].flip(1)[None]
