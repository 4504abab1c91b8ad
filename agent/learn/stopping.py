"""Early stopping: training ends when the error on held-out positions no longer improves."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(slots=True)
class EarlyStopping:
    """Keeps the best weights; asks to stop after `patience` consecutive measurements without improvement.

    best:    the lowest error so far, None before the first measurement.
    waited:  measurements since then.
    weights: the tensors of the best model.
    """

    patience: int
    best: float | None = None
    waited: int = 0
    weights: dict[str, Tensor] = field(default_factory=dict)

    def measured(self, error: float, weights: dict[str, Tensor]) -> None:
        """Record the error of a model with these weights."""
        if self.best is None or error < self.best:
            self.best, self.waited = error, 0
            self.weights = {name: tensor.detach().clone() for name, tensor in weights.items()}
        else:
            self.waited += 1

    @property
    def stop(self) -> bool:
        return self.waited >= self.patience
