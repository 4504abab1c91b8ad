"""RowOptimizer: SGD, Adam and AdamW that update only the rows of a table that were read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.adamw import adamw
from torch.optim.sgd import sgd

KINDS = ("sgd", "adam", "adamw")
_BETAS = (0.9, 0.999)
_EPSILON = 1e-8
_FULL = 0.3  # gradient entries per row of the table from which on a full sum is faster


class RowOptimizer(torch.optim.Optimizer):
    """SGD with momentum, Adam (both with weight decay as L2) or AdamW, for sparse and for dense gradients.

    Dense gradients are treated as by torch.optim. Of a parameter with a sparse gradient (COO, one or more leading
    sparse dimensions) only the rows named by the gradient are updated: decay, momenta and averages of all others wait
    until they are named again, as in torch.optim.SparseAdam. The step counter of Adam's bias correction belongs to the
    parameter, not to the row.

    Same gradients, same bits on the CPU, with any number of threads.

    params:       what to learn; contiguous.
    kind:         one of KINDS.
    lr:           step size, read from `param_groups` at each step.
    momentum:     of "sgd"; without it and without decay nothing is kept. "adam" and "adamw" have the betas 0.9, 0.999.
    weight_decay: weight decay.

    Raises ValueError for an unknown kind.
    """

    def __init__(
        self, params: Iterable[Tensor], kind: str, lr: float, momentum: float = 0.0, weight_decay: float = 0.0
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"optimizer {kind!r} is none of {', '.join(KINDS)}")
        super().__init__(params, {"kind": kind, "lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self._scratch: dict[Tensor, Tensor] = {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._scratch = {}
        for weight, slots in self.state.items():
            if "step" in slots:  # torch loads it to the CPU, where the fused steps of another device cannot read it
                slots["step"] = slots["step"].to(weight.device)

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override] # no closure
        """Move all parameters that have a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                slots = self._slots(weight, group)
                if not weight.grad.is_sparse:
                    _move(weight, weight.grad, slots, group)
                elif group["kind"] == "sgd" and not slots and not group["weight_decay"]:
                    _add_rows(weight, weight.grad, -group["lr"])
                else:
                    self._move_rows(weight, weight.grad, slots, group)

    def _slots(self, weight: Tensor, group: dict[str, Any]) -> dict[str, Tensor]:
        """The optimiser state of a parameter, initially 0."""
        slots: dict[str, Tensor] = self.state[weight]
        if not slots:
            if group["kind"] != "sgd":
                slots["step"] = torch.zeros((), device=weight.device)
                slots["exp_avg"] = torch.zeros_like(weight)
                slots["exp_avg_sq"] = torch.zeros_like(weight)
            elif group["momentum"]:
                slots["momentum_buffer"] = torch.zeros_like(weight)
        return slots

    def _move_rows(self, weight: Tensor, gradient: Tensor, slots: dict[str, Tensor], group: dict[str, Any]) -> None:
        """Gather the named rows of the weight and its state, update them as if they were all, scatter them back."""
        place, values = _flat(gradient)
        length = weight.numel() // values.shape[1]
        if len(place) > _FULL * length:
            rows, sums = _summed_in_full(place, values, length)
        else:
            if weight not in self._scratch:
                self._scratch[weight] = torch.empty(weight.numel(), dtype=torch.int32, device=weight.device)
            rows, sums = _summed(place, values, self._scratch[weight])
        tables = {name: _rows_of(table, values) for name, table in slots.items() if name != "step"}
        taken = {name: table.index_select(0, rows) for name, table in tables.items()}
        table = _rows_of(weight, values)
        moved = table.index_select(0, rows)
        _move(moved, sums.view_as(moved), {**slots, **taken}, group)
        table.index_copy_(0, rows, moved)
        for name, table in tables.items():
            table.index_copy_(0, rows, taken[name])


def _move(weight: Tensor, gradient: Tensor, slots: dict[str, Tensor], group: dict[str, Any]) -> None:
    """One step of torch's own arithmetic, in one pass over all tensors."""
    if group["kind"] == "sgd":
        sgd(
            [weight],
            [gradient],
            [slots.get("momentum_buffer")],
            fused=True,
            weight_decay=group["weight_decay"],
            momentum=group["momentum"],
            lr=group["lr"],
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )
        return
    rule = adamw if group["kind"] == "adamw" else adam
    rule(
        [weight],
        [gradient],
        [slots["exp_avg"]],
        [slots["exp_avg_sq"]],
        [],
        [slots["step"]],
        fused=True,
        amsgrad=False,
        beta1=_BETAS[0],
        beta2=_BETAS[1],
        lr=group["lr"],
        weight_decay=group["weight_decay"],
        eps=_EPSILON,
        maximize=False,
    )


def _flat(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """The rows named by a sparse gradient, `[n]` int64 with repeats, and their entries: `[n, width]`."""
    place, *others = gradient._indices()
    for size, index in zip(gradient.shape[1:], others, strict=False):
        place = place * size + index
    values = gradient._values()
    return place, values.flatten(1) if values.dim() > 1 else values[:, None]


def _rows_of(table: Tensor, values: Tensor) -> Tensor:
    """The table as rows of the width of `values`; of single numbers in one dimension, four times as fast."""
    return table.view(-1) if values.shape[1] == 1 else table.view(-1, values.shape[1])


def _add_rows(weight: Tensor, gradient: Tensor, factor: float) -> None:
    """weight += factor * gradient: rows may repeat, so nothing needs sorting or summing first."""
    place, values = _flat(gradient)
    width = values.shape[1]
    if width > 1:
        place = (place * width + torch.arange(width, device=place.device)[:, None]).flatten()
    weight.view(-1).scatter_add_(0, place, (values.t() * factor).flatten())


def _summed(place: Tensor, values: Tensor, scratch: Tensor) -> tuple[Tensor, Tensor]:
    """Each row that `place` `[n]` names, once: `[u]` int64, and the sum of its `values` `[n, width]`: `[u, width]`.

    Column after column and without sorting, in a tenth of the time of `coalesce`.

    scratch: as long as the table or longer, int32, any content.
    """
    width = values.shape[1]
    entry = torch.arange(len(place), dtype=torch.int32, device=place.device)
    # Every entry leaves its number at its row; those that still find it there speak for the row.
    scratch.scatter_(0, place, entry)
    rows = place.masked_select(scratch.gather(0, place) == entry)
    scratch.scatter_(0, rows, entry[: len(rows)])
    order = scratch.gather(0, place).long()
    sums = values.new_zeros(width, len(rows)).scatter_add_(1, order.expand(width, -1), values.t())
    return rows, sums.t().contiguous()


def _summed_in_full(place: Tensor, values: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """The same by way of a whole table of `length` rows: faster where it is not much longer than `place`."""
    width = values.shape[1]
    named = torch.zeros(length, dtype=torch.bool, device=place.device).index_fill_(0, place, True)
    rows = named.nonzero().squeeze(1)
    sums = values.new_zeros(width, length).scatter_add_(1, place.expand(width, -1), values.t())
    return rows, sums.index_select(1, rows).t().contiguous()
