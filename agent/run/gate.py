"""Models that are kept along the way: some by their moves, and the best so far, which has passed a test."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from agent.config import TrainConfig
from agent.kind import Kind
from agent.learn.learner import Learner
from agent.store.files import write_tensors
from agent.weights import prefixed, under
from game.core import AnyGame

if TYPE_CHECKING:
    from agent.run.sharing.agreement import Judge

KEPT, BEST = "checkpoints", "best.safetensors"
Tensors = dict[str, Tensor]
Record = dict[str, Any]


def keep(folder: Path, weights: Tensors, record: Record) -> None:
    """Keep a copy of a model, named by the number of moves it has learned from."""
    (kept := folder / KEPT).mkdir(exist_ok=True)
    write_tensors(kept / f"{record['moves']:012d}.safetensors", weights, record)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a new model is stronger than the best so far, by so many games, and its points a game among them."""

    passed: bool
    games: int = 0
    score: float | None = None


class Gate:
    """The weights and the record of the best model so far; none before the first, and without `config.gate`."""

    def __init__(self, kind: Kind, game: AnyGame, config: TrainConfig) -> None:
        self.on = config.gate
        self.weights: Tensors = {}
        self.record: Record = {}
        self._kind, self._game, self._shape = kind, game, kind.architecture(config)

    def meet(self, judge: Judge, learner: Learner, record: Record, folder: Path | None) -> Record:
        """What metrics tell of the model of `learner`: it is tested against the best, the first passes at once.

        folder: where to write a model that passes; None in ranks that write nothing.
        """
        if not self.on:
            return {}
        verdict = Verdict(True)
        if self.weights:
            best = self._kind.load(self._game, self._shape, self.weights)
            verdict = judge.stronger(learner.judged, best, record["moves"])
        if verdict.passed:
            self.weights = {name: tensor.detach().cpu().clone() for name, tensor in learner.model_tensors().items()}
            self.record = record
            # A kill before the next save does no harm: the run comes to the same verdict again.
            if folder is not None:
                write_tensors(folder / BEST, self.weights, record)
        return {"gate": dataclasses.asdict(verdict) | {"best": self.record["moves"]}}

    def state(self, tensors: Tensors, record: Record) -> tuple[Tensors, Record]:
        """These, and what `restore` needs."""
        if not self.on:
            return tensors, record
        return tensors | prefixed("gate", self.weights), record | {"gate": self.record}

    def restore(self, tensors: Tensors, record: Record) -> None:
        """Go on from what was saved. Raises KeyError for what is missing."""
        if self.on:
            self.weights, self.record = under("gate", tensors), record["gate"]
