"""Whole games a second in matches, beside OpenSpiel's way of evaluating, and how long standings take.

Connect Four from random openings, each twice with seats swapped: the shipped checkpoint against itself, played whole by
a compiled loop; two untrained networks of the preset, with one forward pass a ply for all games of each; and the same
two networks from the same openings in the loop that OpenSpiel's users write, one position at a time.
"""

from __future__ import annotations

import statistics
import time
from typing import Any, NamedTuple

import numpy as np
import torch

from agent.kinds import kind_called
from agent.network.network_q import NetworkQ
from agent.play.player import QPlayer
from agent.presets import preset
from arena.match.match import Games, play_pairs
from arena.match.openings import Openings, random_openings
from arena.match.rating.games import GameResults
from arena.match.rating.standings import standings
from arena.players.montecarlo import openspiel
from arena.players.specs import player
from game.registry import make

PLAYERS, GAMES = 100, 1_000_000  # of the standings
ONE_AT_A_TIME = 40  # games of OpenSpiel's loop in a round
_GAME = make("connect4")


class Speed(NamedTuple):
    """Medians over rounds. length: the mean number of plies, those of the opening left out."""

    games_per_second: float
    moves_per_second: float
    length: float


def measure(games: int, rounds: int) -> dict[str, Any]:
    """Everything, by name; `left_out` says in words what could not be measured."""
    shipped = player("shipped", _GAME)
    nets = [network(seed) for seed in (0, 1)]
    openings = random_openings(_GAME, games // 2, None, 0)
    found: dict[str, Any] = {
        "shipped": matched(shipped, shipped, openings, rounds)._asdict(),
        "networks": (ours := matched(nets[0], nets[1], openings, rounds))._asdict(),
        "left_out": None,
    }
    if openspiel.available():
        theirs = one_at_a_time(nets, openings[: ONE_AT_A_TIME // 2], rounds)
        found["openspiel"] = theirs._asdict() | {"ratio": ours.moves_per_second / theirs.moves_per_second}
    else:
        found["left_out"] = "OpenSpiel is not installed: pip install 'qzero[bench]'"
    found["standings"] = {"players": PLAYERS, "games": GAMES, "seconds": rated_in(PLAYERS, GAMES)}
    return found


def network(seed: int) -> QPlayer:
    """An untrained network of the preset."""
    config = preset("connect4", q="network", seed=seed, precision="float32")
    return QPlayer(f"network {seed}", kind_called("network").learner(_GAME, config, torch.device("cpu")).judged)


def matched(a: QPlayer, b: QPlayer, openings: Openings[Any], rounds: int) -> Speed:
    """A match, after a small one to compile."""
    play_pairs(_GAME, a, b, openings[:8], 0)

    def once() -> tuple[float, Games]:
        started = time.perf_counter()
        played = play_pairs(_GAME, a, b, openings, 0)
        return time.perf_counter() - started, played

    results = [once() for _ in range(rounds)]
    seconds, games = statistics.median(took for took, _ in results), len(results[0][1].result)
    moves = int((results[0][1].moves >= 0).sum()) - games * openings.plies
    return Speed(games / seconds, moves / seconds, moves / games)


def one_at_a_time(players: list[QPlayer], openings: Openings[Any], rounds: int) -> Speed:
    """The same networks, each called for one position of OpenSpiel's at a time."""
    game = openspiel.load().load_game(openspiel.spiel_name(_GAME.name))
    speeds = []
    with torch.inference_mode():
        for _ in range(rounds):
            started, moves = time.perf_counter(), 0
            for opening in openings.moves.tolist():
                for seats in (players, players[::-1]):
                    moves += _play(game.new_initial_state(), seats, opening)
            speeds.append((time.perf_counter() - started, moves))
    seconds, games, moves = statistics.median(took for took, _ in speeds), 2 * len(openings.state), speeds[0][1]
    return Speed(games / seconds, moves / seconds, moves / games)


def _play(state: Any, seats: list[QPlayer], opening: list[int]) -> int:
    """Play one game of OpenSpiel's to its end; how many moves were chosen."""
    for action in opening:
        state.apply_action(action)
    moves = 0
    while not state.is_terminal():
        seat = state.current_player()
        q_function = seats[seat].q_function
        assert isinstance(q_function, NetworkQ)
        # Planes of the first player's stones, the second's and empty cells, from the bottom row up.
        planes = torch.tensor(state.observation_tensor(seat)).view(1, 3, 6, 7)[:, [seat, 1 - seat]].flip(2)
        q, legal = q_function.net(planes)[0], state.legal_actions()
        state.apply_action(legal[int(q[legal].argmax())])
        moves += 1
    return moves


def rated_in(players: int, games: int) -> float:
    """Seconds for the standings of a round robin of so many players with about so many planted games in all."""
    generator = np.random.default_rng(0)
    strength = generator.normal(0, 1, players)
    a, b = np.triu_indices(players, 1)
    pairs = games // (2 * len(a))  # of games, each opening played by both sides of every pairing
    opening = np.tile(np.arange(pairs), 2 * len(a))
    first, second = np.repeat(np.concatenate([a, b]), pairs), np.repeat(np.concatenate([b, a]), pairs)
    wins = generator.random(len(first)) < 1 / (1 + np.exp(strength[second] - strength[first]))
    rows = np.stack([first, second, opening, np.where(wins, 1, -1)], 1)
    started = time.perf_counter()
    standings([str(name) for name in range(players)], GameResults.of(players, rows), pairs, len(rows))
    return time.perf_counter() - started
