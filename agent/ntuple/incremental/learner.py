"""Self-play and learning by temporal coherence, all in compiled loops."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from agent.config import TrainConfig
from agent.learn.divergence import SAMPLE, divergence, largest
from agent.learn.experience import Experience
from agent.learn.learner import Learned
from agent.learn.step_size import step_size
from agent.ntuple.coherence import Coherence
from agent.ntuple.exchange.learner import SharedTableLearner
from agent.ntuple.incremental import lessons, loops
from agent.ntuple.incremental.layer import lessons as layer_lessons
from agent.ntuple.incremental.layer.q import LayerQ
from agent.ntuple.incremental.lessons import Lessons
from agent.ntuple.incremental.q import IncrementalQ
from agent.ntuple.threads import Workers
from agent.play.cancel import check
from agent.play.policy import Policy
from agent.play.trajectories import PlayedQ, Trajectories
from game.compiled.atomic import call_off, new_counters
from game.core import AnyGame

_GAMES = 64  # played by each thread between two looks whether to go on


class IncrementalLearner(SharedTableLearner[IncrementalQ]):
    """V of afterstates, moved toward the targets of the moves that led there.

    memory: what is remembered of the rows of all stages.

    Where a move wins at once, self-play makes it, unless it moves at random: what a Boltzmann distribution would make
    of a game that is over in all but name teaches nothing.
    """

    def __init__(self, game: AnyGame, config: TrainConfig) -> None:
        self.game = game
        self.config = config
        self.q, self._pass = _q_and_pass(game, config)
        self.memory = Coherence(self.q.features.size, self.q.table)
        self._met = np.zeros((self.q.features.size, self.q.features.width + 2), np.float32)
        self.threads = config.threads or torch.get_num_threads()

    @property
    def acting(self) -> IncrementalQ:
        return self.acting_q

    @property
    def shared_q(self) -> IncrementalQ:
        return self.q

    @property
    def judged(self) -> IncrementalQ:
        return self.q.with_table(self.memory.mean)

    @property
    def note(self) -> str:
        features = self.q.features
        return (
            f"n-tuples {features.families}: {features.places:,} on the board, {features.size:,} rows, "
            f"{features.bytes / 1e6:,.0f} MB to learn in"
        )

    def self_play(self, policy: Policy, games: int, opening_plies: int, generator: torch.Generator) -> Trajectories:
        check()
        rules, layout, table = self.acting.arguments()
        shape = (games, rules.plies)
        action, best = np.zeros(shape, np.int16), np.zeros(shape, np.float32)
        played, mean = np.zeros_like(best), np.zeros_like(best)
        exploratory, forced = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
        length, reward = np.zeros(games, np.int64), np.zeros(games, np.float32)
        rows = np.zeros((*shape, self.q.features.noted), np.int32)
        seed = np.uint64(int(torch.randint(1 << 62, (1,), generator=generator)))

        def play(low: int, high: int, counters: Any) -> None:
            loops.play(
                counters, rules, layout, table, low, high, seed, policy.epsilon, policy.varied, policy.temperature,
                opening_plies, self.config.target == "expected-sarsa",
                action, best, played, mean, exploratory, forced, rows, length, reward,
            )  # fmt: skip

        some = _GAMES * self.threads
        with Workers(self.threads) as workers:
            for low in range(0, games, some):
                check()
                counters = new_counters()
                workers.together(partial(play, low, min(low + some, games), counters), partial(call_off, counters))
        # By t and then by game.
        longest = int(length.max())
        t, game = (torch.arange(longest)[:, None] < torch.from_numpy(length)).nonzero().unbind(1)
        place = game * rules.plies + t

        def taken(column: npt.NDArray[Any]) -> Tensor:
            return torch.from_numpy(column).flatten(0, 1).index_select(0, place)

        return Trajectories(
            state=None,
            action=taken(action).long(),
            q=PlayedQ(taken(best), taken(played), taken(mean)),
            exploratory=taken(exploratory),
            forced=taken(forced),
            t=t,
            game=game,
            reward=torch.from_numpy(reward),
            rows=taken(rows),
        )

    def learn(
        self, experience: Experience, progress: float, generator: torch.Generator, final: bool = False
    ) -> Learned:
        exchange = self.exchange
        exchange.arrive()
        first, action, target, noted = self._games(experience, generator)
        self.memory.forget(self.config.tc_forgetting)
        exchange.forget(self.config.tc_forgetting)
        batch = self._batch(len(first) - 1, len(action))
        step = step_size(self.config, progress)
        with Workers(self.threads) as workers:
            error = self._pass(
                Lessons(self.q.rules, self.q.features.layout, first, action, target, noted), batch, step,
                self.q.table.numpy(), self.memory.tc.numpy(), self._met, workers, exchange.visits,
            )  # fmt: skip
        batches = -(-(len(first) - 1) // batch)
        self.bring_together(batches, final)
        going_on = np.ones(len(action), np.bool_)
        going_on[first[1:] - 1] = False
        error, target = error[going_on], target[going_on]
        if not len(error):
            return Learned(None, 0)
        loss = float(np.cumsum(np.square(error), dtype=np.float64)[-1]) / len(error)
        believed = torch.from_numpy(target[:SAMPLE] - error[:SAMPLE])
        trouble = divergence(loss, largest([self.q.table]), believed)
        return Learned(loss, batches, trouble=trouble)

    def _games(self, experience: Experience, generator: torch.Generator) -> tuple[Any, Any, Any, Any]:
        """The games in random order: where the moves of each begin `[G + 1]`; their actions, targets and rows."""
        assert experience.game is not None
        length = torch.bincount(experience.game)
        by_game = experience.game.argsort(stable=True)
        order = torch.randperm(len(length), generator=generator)
        first = torch.cat((length.new_zeros(1), length[order].cumsum(0)))
        begins = (length.cumsum(0) - length)[order]
        place = torch.arange(len(by_game)) + (begins - first[:-1]).repeat_interleave(length[order])
        moves = by_game[place]
        action, target = experience.action[moves].to(torch.int16), experience.target[moves]
        noted = torch.empty(len(moves), 0, dtype=torch.int32) if experience.rows is None else experience.rows[moves]
        return first.numpy(), action.numpy(), target.numpy(), noted.numpy()

    def _batch(self, games: int, moves: int) -> int:
        """How many games make a minibatch of about `batch_size` moves."""
        if not self.config.batch_size:
            return games
        return min(max(1, round(self.ranks.share(self.config.batch_size) * games / max(moves, 1))), games)

    def load_model_tensors(self, tensors: dict[str, Tensor]) -> None:
        self.forget_meetings()
        self.q = self.q.with_table(tensors["table"].clone())
        self.memory.mean = tensors["table"].clone()


def _q_and_pass(game: AnyGame, config: TrainConfig) -> tuple[IncrementalQ, Callable[..., npt.NDArray[np.float32]]]:
    """The Q-function of these settings, new, and what makes a pass of learning."""
    if config.hidden:
        return LayerQ(game, config.features, config.stages, config.hidden), layer_lessons.learn
    return IncrementalQ(game, config.features, config.stages), lessons.learn
