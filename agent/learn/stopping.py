"""Early stopping: training ends when the error on held-out positions no longer improves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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

    def record(self) -> dict[str, Any]:
        """What it remembers, besides `tensors`, for `restore`."""
        return {"best": self.best, "waited": self.waited}

    def tensors(self) -> dict[str, Tensor]:
        return {f"best.{name}": tensor for name, tensor in self.weights.items()}

    def restore(self, record: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        """Go on from there. Raises KeyError for what is missing."""
        self.best, self.waited = record["best"], record["waited"]
        self.weights = {name[5:]: tensor for name, tensor in tensors.items() if name.startswith("best.")}
