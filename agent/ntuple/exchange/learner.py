"""What learners of one table have in common: what they remember of it, and how ranks bring it together."""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic, Protocol, Self, TypeVar

import torch
from torch import Tensor

from agent.config import TrainConfig
from agent.learn.learner import Learner
from agent.ntuple.coherence import Coherence
from agent.ntuple.exchange.exchange import Exchange
from agent.play.qfunction import QFunction


class TableQ(QFunction, Protocol):
    """A Q-function by one table, which compiled loops move in place."""

    table: Tensor

    def with_table(self, table: Tensor) -> Self: ...

    def changed(self) -> None:
        """The table has moved."""
        ...


Q = TypeVar("Q", bound=TableQ)


class SharedTableLearner(Learner, Generic[Q]):
    """Learns `q.table`; `memory` is what it remembers of its rows."""

    config: TrainConfig
    memory: Coherence
    _exchange: Exchange | None = None
    _saved_acting: Tensor | None = None
    _acting: Q | None = None

    @property
    @abstractmethod
    def shared_q(self) -> Q:
        """The Q-function of the table."""

    @property
    def acting_q(self) -> Q:
        """What plays: by the table, or as it was a meeting before."""
        exchange = self.exchange
        if exchange.acting is None:
            return self.shared_q
        if self._acting is None:
            table = torch.from_numpy(exchange.acting).view(self.shared_q.table.shape)
            self._acting = self.shared_q.with_table(table)
        return self._acting

    @property
    def exchange(self) -> Exchange:
        if self._exchange is None:
            table, acting = self.shared_q.table, None
            if self.config.overlap and not self.ranks.alone:
                acting = (table if self._saved_acting is None else self._saved_acting).clone()
            self._exchange = Exchange(
                self.ranks, self.config.exchange_every, table, self.memory.tc, self._after_meeting, acting
            )
        return self._exchange

    def _after_meeting(self) -> None:
        self.shared_q.changed()
        self.memory.average(self.shared_q.table, self.config.weight_averaging)

    def bring_together(self, minibatches: int, final: bool) -> None:
        """A generation was learned, in so many minibatches: all ranks meet if it is time."""
        self.exchange.learned(minibatches, final)
        self.shared_q.changed()
        if self._acting is not None:
            self._acting.changed()

    @property
    def settled(self) -> bool:
        return not self.exchange.waiting

    def settle(self) -> None:
        self.exchange.settle()

    def arrive(self) -> None:
        self.exchange.arrive()

    def forget_meetings(self) -> None:
        """The table is another now."""
        self._exchange = self._acting = self._saved_acting = None

    def resume_tensors(self) -> dict[str, Tensor]:
        self.arrive()
        acting = self.exchange.acting
        more = {} if acting is None else {"acting": torch.from_numpy(acting).view(self.shared_q.table.shape)}
        return {**self.shared_q.weights(), **self.memory.tensors(), **more}

    def load_resume_tensors(self, tensors: dict[str, Tensor]) -> None:
        self.load_model_tensors(tensors)
        self.memory.load(tensors)
        self._saved_acting = tensors.get("acting")
