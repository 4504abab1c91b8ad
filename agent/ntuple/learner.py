"""Learning by temporal coherence: every table row has its own step size, by how far its errors agree in sign."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from agent.config import TrainConfig
from agent.learn.divergence import SAMPLE, divergence, largest
from agent.learn.experience import Experience
from agent.learn.learner import Learned
from agent.learn.step_size import step_size
from agent.ntuple import kernels
from agent.ntuple.coherence import Coherence
from agent.ntuple.exchange.learner import SharedTableLearner
from agent.ntuple.q import NTupleQ, sides
from agent.ntuple.tuples import draw_cells
from agent.play.afterstate import afterstates
from agent.play.cancel import check
from agent.play.policy import Policy
from agent.play.trajectories import Trajectories
from game.compiled import has_compiled_rules
from game.core import AnyGame

_BLOCK = 1 << 16  # moves prepared at a time
_LOOK_UPS = 1 << 27  # table look-ups between cancellation checks, about a second's work


class NTupleLearner(SharedTableLearner[NTupleQ]):
    """V of afterstates, moved toward the targets of the moves that led to them.

    memory: what is remembered of the rows of all tables.
    """

    def __init__(self, game: AnyGame, config: TrainConfig) -> None:
        self.game = game
        self.config = config
        cells = draw_cells(game, config.tuples, config.tuple_cells, config.seed)
        self.q = NTupleQ(game, cells, threats=config.threats)
        self.memory = Coherence(len(self.q.table))
        self.threads = config.threads or torch.get_num_threads()

    @property
    def note(self) -> str:
        if self.q.encoding.compiled:
            return ""
        if has_compiled_rules(self.game):
            return "n-tuples are summed anew for each position; --features makes the compiled rules follow the moves"
        return f"{self.game.name} has no compiled rules: its batched rules play, which are slower"

    @property
    def acting(self) -> NTupleQ:
        return self.acting_q

    @property
    def shared_q(self) -> NTupleQ:
        return self.q

    @property
    def judged(self) -> NTupleQ:
        return self.q.with_table(self.memory.mean)

    def self_play(self, policy: Policy, games: int, opening_plies: int, generator: torch.Generator) -> Trajectories:
        """As `Learner.self_play`, in the encoding's compiled loop if it has one."""
        compiled = self.q.encoding.self_play(self.acting, policy, games, opening_plies, generator)
        return super().self_play(policy, games, opening_plies, generator) if compiled is None else compiled

    def learn(
        self, experience: Experience, progress: float, generator: torch.Generator, final: bool = False
    ) -> Learned:
        exchange = self.exchange
        exchange.arrive()
        code, side, target = self._lessons(experience, generator)
        if not len(target) and self.ranks.alone:
            return Learned(None, 0)
        # If all rows of a position have coherence 1, its sum moves by the step size times its error.
        p = self.q.tuples
        share = step_size(self.config, progress) / (p.parts.shape[0] * len(p.count))
        batch = self.ranks.share(self.config.batch_size) or max(len(target), 1)
        self.memory.forget(self.config.tc_forgetting)
        exchange.forget(self.config.tc_forgetting)
        loss = self._learn(code, side, target, batch, np.float32(share)) if len(target) else None
        self.bring_together(-(-len(target) // batch), final)
        believed = np.empty(len(side[:SAMPLE]), np.float32)
        kernels.values(np.ascontiguousarray(code[:, :SAMPLE]), side[:SAMPLE], self.q.arguments(), believed)
        trouble = divergence(loss, largest([self.q.table]), torch.from_numpy(believed))
        return Learned(loss, -(-len(target) // batch), trouble=trouble)

    def _learn(self, code: Any, side: Any, target: Any, batch: int, step: np.float32) -> float:
        """One pass over all positions, in parts; returns the mean squared error."""
        p, squares, visits = self.q.tuples, 0.0, self.exchange.visits
        some = max(1, _LOOK_UPS // (p.parts.size * batch)) * batch
        for low in range(0, len(target), some):
            check()
            part = slice(low, low + some)
            squares += len(target[part]) * kernels.learn(
                np.ascontiguousarray(code[:, part]), side[part], target[part], batch, self.q.arguments(),
                self.memory.tc.numpy(), step, self.threads, *([] if visits is None else [visits]),
            )  # fmt: skip
        return squares / len(target)

    def _lessons(self, experience: Experience, generator: torch.Generator) -> tuple[Any, Any, Any]:
        """The unfinished positions after the moves, shuffled, and their targets for the side to move there."""
        order = torch.randperm(len(experience.action), generator=generator)
        parts = []
        with torch.inference_mode():
            for rows in torch.split(order, _BLOCK):
                check()
                _, after, target = afterstates(
                    self.game, experience.state[rows], experience.action[rows], experience.target[rows]
                )
                parts.append((self.q.encoding.codes(after), sides(after), target.numpy()))
        code, side, aim = zip(*parts, strict=True)
        return np.concatenate(code, 1), np.concatenate(side), np.concatenate(aim)

    def load_model_tensors(self, tensors: dict[str, Tensor]) -> None:
        self.forget_meetings()
        self.q = NTupleQ(self.game, tensors["cells"].numpy(), tensors["table"].clone(), self.config.threats)
        self.memory.mean = tensors["table"].clone()
