"""A player of ours as a bot of OpenSpiel (https://openspiel.readthedocs.io): it plays in OpenSpiel's own loops."""

from __future__ import annotations

from typing import Any

import torch

from arena.players.montecarlo.mcts import their_actions
from arena.players.montecarlo.openspiel import load, spiel_name
from game.core import AnyGame
from game.errors import UsageError
from game.play import History, Player, tell


def make_bot(game: AnyGame, player: Player, seat: int = 0, seed: int = 0) -> Any:
    """A `pyspiel.Bot` that plays this seat (0 moves first) of `pyspiel.load_game(spiel_name(game.name))`.

    It reads the moves from the state it is asked about, so it can be asked about any. `step_with_policy` says that it
    plays its move with certainty. Raises UsageError where OpenSpiel does not have the game by the same rules.
    """
    spiel = load()
    if spiel_name(game.name) is None:
        raise UsageError(f"OpenSpiel has no {game.name} by the same rules")
    theirs = [their_actions(game, side) for side in (0, 1)]
    ours = [{number: action for action, numbers in actions.items() for number in numbers} for actions in theirs]
    generator = torch.Generator().manual_seed(seed)

    class QzeroBot(spiel.Bot):  # type: ignore[misc,name-defined] # no types there
        def __init__(self) -> None:
            super().__init__()
            self.name = player.name
            self._history: History[Any] = History(game)
            self._told: list[int] = []  # their actions that led there

        def player_id(self) -> int:
            return seat

        def step(self, state: Any) -> int:
            history = self._followed(state.history())
            tell(player, history.state, torch.tensor([history.actions], dtype=torch.int64))
            action = int(player.act(game, history.state, generator))
            legal = state.legal_actions()
            return next(number for number in theirs[history.seat_to_move][action] if number in legal)

        def _followed(self, numbers: list[int]) -> History[Any]:
            """Our game after their actions; one that goes on is not replayed."""
            if numbers[: len(self._told)] != self._told:
                self._history, self._told = History(game), []
            for number in numbers[len(self._told) :]:
                self._history.push(ours[self._history.seat_to_move][number])
            self._told = list(numbers)
            return self._history

        def step_with_policy(self, state: Any) -> tuple[list[tuple[int, float]], int]:
            chosen = self.step(state)
            return [(number, float(number == chosen)) for number in state.legal_actions()], chosen

        def provides_policy(self) -> bool:
            return True

        def restart(self) -> None:
            """The state that `step` is given tells all."""

        def restart_at(self, state: Any) -> None:
            """The state that `step` is given tells all."""

        def inform_action(self, state: Any, player_id: int, action: int) -> None:
            """The state that `step` is given tells all."""

    return QzeroBot()
