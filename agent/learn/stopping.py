"""Early stopping: training ends when the truth that it is watched by says that it no longer gets better."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(slots=True)
class EarlyStopping:
    """Remembers the best weights; asks to stop after `patience` measurements in a row that were no better.

    best:    the lowest error so far, None before the first measurement.
    waited:  measurements since then.
    weights: the tensors of the best model.
    """

    patience: int
    best: float | None = None
    waited: int = 0
    weights: dict[str, Tensor] = field(default_factory=dict)

    def measured(self, error: float, weights: dict[str, Tensor]) -> None:
        """Take note of the error of a model with these weights."""
        if self.best is None or error < self.best:
            self.best, self.waited = error, 0
            self.weights = {name: tensor.detach().clone() for name, tensor in weights.items()}
        else:
            self.waited += 1

    @property
    def stop(self) -> bool:
        return self.waited >= self.patience
