"""What a learner of tables remembers of its rows: the accumulators of temporal coherence, and the averaged table."""

from __future__ import annotations

import torch
from torch import Tensor

from agent.weights import check_tensor

_FORMER = {"tc": "course"}  # as older versions called it


class Coherence:
    """Beside a table `[R]` float32, for each row:

    tc:   `[R, 2]` float32, the accumulators of temporal coherence (Beal and Smith 1999): the sum of all errors met, and
        the sum of their sizes. The step size of a row is the size of the first over the second.
    mean: `[R]` float32, the table averaged over the last generations (Polyak), which is what is saved and judged.

    With a hidden layer the table, and so the mean, is `[R + 2, W]`.
    """

    def __init__(self, rows: int, table: Tensor | None = None) -> None:
        self.tc = torch.zeros(rows, 2)
        self.mean = torch.zeros(rows) if table is None else table.clone()
        self.generations = 0

    def forget(self, share: float) -> None:
        """Forget this share of all errors met."""
        if share:
            self.tc.mul_(1 - share)

    def average(self, table: Tensor, share: float) -> None:
        """Take a generation's table into the mean, whose window is about this share of the run and grows with it."""
        self.generations += 1
        self.mean.lerp_(table, 1 / max(1.0, share * self.generations))

    def tensors(self) -> dict[str, Tensor]:
        """All that it remembers, for `load`."""
        return {"mean": self.mean, "tc": self.tc, "generations": torch.tensor(self.generations)}

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Go on from `tensors`, which `check` let pass."""
        self.mean, self.tc = tensors["mean"], tensors[_name("tc", tensors)]
        self.generations = int(tensors["generations"])


def check(tensors: dict[str, Tensor], more: int = 0) -> None:
    """Check a table and what is remembered of its rows, before compiled loops write there without looking.

    more: rows of the table of which nothing is remembered but the mean. Raises ValueError for another shape or dtype,
    and KeyError for what is missing.
    """
    whole = tuple(tensors["table"].shape)
    for name, shape in (("table", whole), ("mean", whole), ("tc", (whole[0] - more, 2))):
        name = _name(name, tensors)
        check_tensor(name, tensors[name], shape, torch.float32, exact=True)
    if "acting" in tensors:
        check_tensor("acting", tensors["acting"], whole, torch.float32, exact=True)
    check_tensor("generations", tensors["generations"], (), torch.int64)
    if int(tensors["generations"]) < 0:
        raise ValueError("generations is below 0")


def _name(name: str, tensors: dict[str, Tensor]) -> str:
    """The name that an entry has in a resume state, present or former."""
    return name if name in tensors else _FORMER.get(name, name)
