"""Every game as a Gymnasium environment of one agent, whose opponent is any player."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray

from arena.bridges.views import seen_by
from game.core import AnyGame
from game.errors import UsageError
from game.play import History, Player, tell

SEATS = {"first": (0,), "second": (1,), "both": (0, 1)}
Planes = NDArray[np.int8]


class SingleAgentEnv(gymnasium.Env[Planes, np.int64]):
    """One step is a move of the agent and the opponent's answer.

    seat: "first", "second", or "both": drawn anew for each game.
    Observations are `[C, H, W]` int8 of 0 and 1 (`Game.observe`), the reward is 1, 0 or -1 at the end of the game. An
    illegal move loses it; the legal ones are in `info["action_mask"]` and in `action_masks()`, `[A]` of 0 and 1, as
    sb3-contrib's MaskablePPO wants them.
    """

    def __init__(self, game: AnyGame, opponent: Player, seat: str = "both", render_mode: str | None = None) -> None:
        if seat not in SEATS:
            raise UsageError(f"a seat is first, second or both, not {seat!r}")
        self.game = game
        self.opponent = opponent
        self.metadata = {"render_modes": ["ansi"], "render_fps": 1}
        self.render_mode = render_mode
        self.observation_space = spaces.Box(0, 1, game.observation_shape, np.int8)
        self.action_space = spaces.Discrete(game.num_actions)
        self._seats = SEATS[seat]
        self._seat = self._seats[0]
        self._history: History[Any] = History(game)
        self._generator = torch.Generator()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Planes, dict[str, Any]]:
        """A new game, up to the agent's first move."""
        super().reset(seed=seed, options=options)
        self._generator.manual_seed(int(self.np_random.integers(2**63)))
        self._seat = int(self.np_random.choice(self._seats))
        self._history = History(self.game)
        self._answer()
        return self._seen(), self._info()

    def step(self, action: np.int64 | int) -> tuple[Planes, float, bool, bool, dict[str, Any]]:
        """The agent's move and the opponent's answer."""
        if not self.action_masks()[int(action)]:
            return self._seen(), -1.0, True, False, {**self._info(), "illegal": True}
        self._history.push(int(action))
        self._answer()
        state = self._history.state
        reward = float(state.reward) * (1 if int(state.ply) % 2 != self._seat else -1)
        return self._seen(), reward, self._history.done, False, self._info()

    def action_masks(self) -> NDArray[np.int8]:
        """`[A]` int8: the legal moves; all 0 when the game is over."""
        return self.game.legal(self._history.state)[0].numpy().astype(np.int8)

    def render(self) -> str | None:
        """The board as text."""
        return self.game.render(self._history.state) if self.render_mode == "ansi" else None

    def _answer(self) -> None:
        """The opponent moves until the agent is to move: once, or not at all."""
        history = self._history
        while not history.done and history.seat_to_move != self._seat:
            tell(self.opponent, history.state, torch.tensor([history.actions], dtype=torch.int64))
            history.push(int(self.opponent.act(self.game, history.state, self._generator)))

    def _seen(self) -> Planes:
        return seen_by(self.game, self._history.state, self._seat)

    def _info(self) -> dict[str, Any]:
        return {"action_mask": self.action_masks()}
