"""Steps of gradient descent on minibatches of one shape, which are gathered for a whole generation at once."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from agent.learn.experience import Batch
from agent.network.fixed.launch import Work, recorded
from agent.play.cancel import check
from game.core import State

Step = Callable[[Batch], Tensor]


class FixedDescent:
    """Takes gradient steps, each on the next minibatch.

    step: a gradient step on a minibatch of examples, all in place; its loss before the step, a scalar.
    changed: gives all tensors that a step changes.
    """

    def __init__(self, step: Step, changed: Callable[[], list[Tensor]], device: torch.device) -> None:
        self.step = step
        self.changed = changed
        self.device = device
        self.number = torch.zeros(1, dtype=torch.int64, device=device)  # of the next minibatch
        self.total = torch.zeros((), device=device)
        self._examples: dict[str, Tensor] = {}  # `[steps, size, ...]`
        self._state_type: type[State] = State
        self._work: Work | None = None

    def descend(self, batch: Batch, order: Tensor, size: int) -> Tensor:
        """A step on every `size` of the examples `order` `[steps * size]` of `batch`; the sum of the losses."""
        steps = len(order) // size
        self._gather(batch, order, steps, size)
        self.number.zero_()
        self.total.zero_()
        if self._work is None:
            changed = [self.number, self.total, *self.changed()]
            self._work = recorded(self._advance, changed, self.device)
        for _ in range(steps):
            check()
            self._work()
        return self.total

    def forget(self) -> None:
        """Record anew: other tensors than before hold what the steps change."""
        self._work = None

    def _gather(self, batch: Batch, order: Tensor, steps: int, size: int) -> None:
        tensors = batch.tensors()
        room = len(next(iter(self._examples.values()))) if self._examples else 0
        if steps > room or {n: t.shape[1] for n, t in self._examples.items()} != dict.fromkeys(tensors, size):
            room = steps + steps // 4
            self._examples = {
                n: torch.zeros(room, size, *t.shape[1:], dtype=t.dtype, device=t.device) for n, t in tensors.items()
            }
            self._state_type = type(batch.state)
            self.forget()
        for name, tensor in tensors.items():
            part = self._examples[name][:steps]
            torch.index_select(tensor, 0, order, out=part.view(steps * size, *tensor.shape[1:]))

    def _advance(self) -> None:
        examples = {name: tensor.index_select(0, self.number).squeeze(0) for name, tensor in self._examples.items()}
        self.total += self.step(Batch.of(self._state_type, examples))
        self.number += 1
