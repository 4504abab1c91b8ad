"""Self-play in which finished games keep their place: every ply has one shape and nothing is read back."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from agent.network.fixed.launch import Work, compiled, recorded
from agent.network.network_q import NetworkQ
from agent.play.cancel import check
from agent.play.policy import DRAWS, Policy, decided, probabilities, refuse_nan
from agent.play.trajectories import PlayedQ, Trajectories
from game.core import State, field_names

LOOK_EVERY = 16  # plies between two questions whether all games are over
_COLUMNS = {
    "action": torch.int64,
    "best": torch.float32,
    "played": torch.float32,
    "mean": torch.float32,
    "exploratory": torch.bool,
    "forced": torch.bool,
}


class FixedPlay:
    """Games of a q-head against itself, as `agent.play.selfplay` plays them but for the random numbers.

    games: how many at once, always the same. launch: see `agent.network.fixed.launch`.
    """

    def __init__(self, q: NetworkQ, games: int, device: torch.device, launch: str) -> None:
        self.q = q
        self.device = device
        self.plies = plies = q.game.max_plies
        # What one ply reads and changes. Of a ply: the state before it and what was decided, `[plies, games, ...]`.
        self.start = q.game.initial(games, device)
        self.state = _copy(self.start)
        self.names = field_names(type(self.state))
        self.history = {
            name: torch.zeros(plies, *field.shape, dtype=field.dtype, device=device)
            for name in self.names
            if (field := getattr(self.state, name)) is not None
        }
        self.columns = {name: torch.zeros(plies, games, dtype=of, device=device) for name, of in _COLUMNS.items()}
        self.draws = torch.zeros(plies, DRAWS, games, device=device)
        self.epsilon = torch.zeros(games, device=device)
        self.temperature = torch.zeros((), device=device)
        self.openings = torch.zeros(games, dtype=torch.int64, device=device)
        self.t = torch.zeros(1, dtype=torch.int64, device=device)
        self.nan = torch.zeros((), dtype=torch.bool, device=device)
        self._ply = compiled(self._decided, launch)
        self._works: dict[bool, Work] = {}

    def play(self, policy: Policy, opening_plies: int, generator: torch.Generator) -> Trajectories:
        """All moves of the games; see `agent.play.selfplay.self_play`. Their Q-values are a `PlayedQ`."""
        greedy = policy.temperature == 0
        with torch.no_grad():
            if greedy not in self._works:
                changed = [self.t, self.nan, *(getattr(self.state, name) for name in self.names)]
                self._works[greedy] = recorded(lambda: self._advance(greedy), changed, self.device)
            self._begin(policy, opening_plies, generator)
            made = 0
            while made < self.plies and not (made and made % LOOK_EVERY == 0 and bool(self.state.done.all())):
                check()
                self._works[greedy]()
                made += 1
            refuse_nan(bool(self.nan))
            return self._trajectories(made)

    def _begin(self, policy: Policy, opening_plies: int, generator: torch.Generator) -> None:
        self.openings.random_(0, opening_plies + 1, generator=generator)
        self.epsilon.fill_(policy.epsilon)
        if policy.varied:
            self.epsilon *= 2 * torch.rand(len(self.epsilon), generator=generator, device=self.device)
        self.draws.uniform_(generator=generator)
        self.temperature.fill_(policy.temperature)
        _copy_to(self.state, self.start)
        self.t.zero_()
        self.nan.zero_()

    def _advance(self, greedy: bool) -> None:
        """One ply of all games."""
        draws = self.draws.index_select(0, self.t).squeeze(0)
        after, columns, nan = self._ply(
            self.state, draws, self.epsilon, self.temperature, self.openings, self.t, greedy
        )
        for name, history in self.history.items():
            history.index_copy_(0, self.t, getattr(self.state, name)[None])
        for column, values in zip(self.columns.values(), columns, strict=True):
            column.index_copy_(0, self.t, values[None])
        _copy_to(self.state, after)
        self.nan |= nan
        self.t += 1

    def _decided(
        self,
        state: Any,
        draws: Tensor,
        epsilon: Tensor,
        temperature: Tensor,
        openings: Tensor,
        t: Tensor,
        greedy: bool,
    ) -> tuple[Any, tuple[Tensor, ...], Tensor]:
        """The states after one move in each, one tensor for each of _COLUMNS, and whether Q was nan anywhere."""
        found = self.q.q_of_all(state)
        nan = found.isnan()
        # Games that are over go on with any move, which changes nothing.
        q = torch.where(state.done[:, None] | nan, 0.0, found)
        forced = openings > t
        action, exploratory = decided(q, draws, epsilon, temperature, greedy, forced)
        best = q.amax(1)
        chances = probabilities(q, epsilon[:, None], temperature, greedy)
        mean = (chances * q.masked_fill(q == -torch.inf, 0.0)).sum(1)
        played = q.gather(1, action[:, None]).squeeze(1)
        after = self.q.game.step(state, action)
        return after, (action, best, played, mean, exploratory, forced), nan.any()

    def _trajectories(self, plies: int) -> Trajectories:
        """What the first plies hold, without the moves of games that were over."""
        index = (~self.history["done"][:plies]).flatten().nonzero().squeeze(1)
        fields = {n: h[:plies].flatten(0, 1).index_select(0, index) for n, h in self.history.items()}
        columns = {n: c[:plies].flatten().index_select(0, index) for n, c in self.columns.items()}
        games = len(self.openings)
        return Trajectories(
            state=type(self.state)(**fields),
            action=columns["action"],
            q=PlayedQ(columns["best"], columns["played"], columns["mean"]),
            exploratory=columns["exploratory"],
            forced=columns["forced"],
            t=index // games,
            game=index % games,
            reward=self.state.reward.float(),
        )


def _copy(state: Any) -> Any:
    return type(state)(*(getattr(state, name).clone() for name in field_names(type(state))))


def _copy_to(state: State, source: State) -> None:
    for name in field_names(type(state)):
        getattr(state, name).copy_(getattr(source, name))
