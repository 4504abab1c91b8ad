"""Every game as an environment of PettingZoo's AEC interface (https://pettingzoo.farama.org/api/aec/)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from pettingzoo import AECEnv
from pettingzoo.utils import wrappers

from arena.bridges.views import seen_by
from game.core import AnyGame

AGENTS = ("player_0", "player_1")
Observation = dict[str, NDArray[np.int8]]


def env(game: AnyGame, render_mode: str | None = None) -> Any:
    """The environment with PettingZoo's usual wrappers: who makes an illegal move loses, -1 to 0."""
    raw = RawEnv(game, render_mode)
    return wrappers.OrderEnforcingWrapper(
        wrappers.AssertOutOfBoundsWrapper(wrappers.TerminateIllegalWrapper(raw, illegal_reward=-1))
    )


class RawEnv(AECEnv[str, Observation, int]):  # type: ignore[misc] # PettingZoo has no types
    """player_0 moves first. Rewards 1, 0 and -1 at the end of the game.

    observation: `[C, H, W]` int8 of 0 and 1, as `Game.observe`: plane 0 the agent's own stones, also when it is not its
    turn. action_mask: `[A]` int8, its legal moves; all 0 when it is not to move. Passes are actions.
    """

    def __init__(self, game: AnyGame, render_mode: str | None = None) -> None:
        super().__init__()
        self.game = game
        self.render_mode = render_mode
        self.metadata = {
            "name": f"{game.name}_v{game.rules_version}",
            "render_modes": ["ansi"],
            "is_parallelizable": False,
        }
        self.possible_agents = list(AGENTS)
        self.agents: list[str] = []
        planes = spaces.Box(0, 1, game.observation_shape, np.int8)
        mask = spaces.Box(0, 1, (game.num_actions,), np.int8)
        self._observations = {agent: spaces.Dict(observation=planes, action_mask=mask) for agent in AGENTS}
        self._actions = {agent: spaces.Discrete(game.num_actions) for agent in AGENTS}
        self._state: Any = game.initial(1)

    def observation_space(self, agent: str) -> Any:
        return self._observations[agent]

    def action_space(self, agent: str) -> Any:
        return self._actions[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:  # noqa: ARG002 - as all AEC
        """A new game; there is no randomness to be seeded."""
        self.agents = list(AGENTS)
        self.rewards = dict.fromkeys(AGENTS, 0)
        self._cumulative_rewards = dict.fromkeys(AGENTS, 0)
        self.terminations = dict.fromkeys(AGENTS, False)
        self.truncations = dict.fromkeys(AGENTS, False)
        self.infos: dict[str, dict[str, Any]] = {agent: {} for agent in AGENTS}
        self._state = self.game.initial(1)
        self.agent_selection = AGENTS[0]

    def observe(self, agent: str) -> Observation:
        seat = AGENTS.index(agent)
        mask = np.zeros(self.game.num_actions, np.int8)
        if seat == int(self._state.ply) % 2:
            mask = self.game.legal(self._state)[0].numpy().astype(np.int8)
        return {"observation": seen_by(self.game, self._state, seat), "action_mask": mask}

    def step(self, action: int | None) -> None:
        """Make the move of the agent to move: a legal action, or None once the game is over."""
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        self._cumulative_rewards[agent] = 0
        self._clear_rewards()
        other = AGENTS[1 - AGENTS.index(agent)]
        self._state = self.game.step(self._state, torch.tensor([action]))
        if bool(self._state.done):
            reward = int(self._state.reward)
            self.rewards = {agent: reward, other: -reward}
            self.terminations = dict.fromkeys(AGENTS, True)
        self.agent_selection = other
        self._accumulate_rewards()

    def render(self) -> str | None:
        """The board as text."""
        return self.game.render(self._state) if self.render_mode == "ansi" else None

    def close(self) -> None:
        """Nothing is held open."""
