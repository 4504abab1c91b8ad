"""Stable-Baselines3's PPO learns a game against a player of qzero for a minute, and then plays a match.

    python examples/ppo.py connect4 --seconds 60 --opponent one-ply

PPO (Schulman et al. 2017) sees the game as `arena.bridges.gymnasium_env` shows it: it moves, its opponent answers, the
result is the reward, and an illegal move loses. In the match it plays the most probable legal move.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env
from torch import Tensor

from arena.bridges import gymnasium_env
from arena.match.match import play_match
from arena.players.specs import player
from game import make


class PPOPlayer:
    """A policy of Stable-Baselines3 as a player of qzero."""

    def __init__(self, model: PPO) -> None:
        self.name = "PPO"
        self.model = model

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:
        """The most probable legal move of each position; the policy does not know what is legal."""
        del generator
        with torch.no_grad():
            chances = self.model.policy.get_distribution(game.observe(state).float()).distribution.probs
        return torch.where(game.legal(state), chances, -1).argmax(1)


class StopAfter(BaseCallback):
    """Ends learning after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._end = time.monotonic() + seconds

    def _on_step(self) -> bool:
        return time.monotonic() < self._end


def main(arguments: list[str] | None = None) -> None:
    """Learn, then play 200 games each against random moves and against the opponent it learned from."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("game", nargs="?", default="connect4")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--opponent", default="one-ply", help="whom to learn from, as in qzero match")
    parser.add_argument("--games", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)  # small batches
    rules = make(given.game)
    environments = make_vec_env(lambda: gymnasium_env(rules, given.opponent), n_envs=8, seed=given.seed)
    model = PPO("MlpPolicy", environments, n_steps=128, batch_size=256, ent_coef=0.01, device="cpu", seed=given.seed)
    model.learn(10**9, StopAfter(given.seconds))
    print(f"PPO learned {given.game} from {model.num_timesteps:,} moves in {given.seconds:g} s")
    for spec in dict.fromkeys(["random", given.opponent]):
        result = play_match(rules, PPOPlayer(model), player(spec, rules), given.games, seed=given.seed)
        print(f"against {spec}: {result.total} ({100 * result.total.rate:.1f} %)")


if __name__ == "__main__":
    main()
