"""The base of all networks: raw outputs, and how they become values."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class ValueNet(nn.Module):
    """Planes `[N, C, H, W]` to values `[N, O]` in [-1, 1].

    classes: raw numbers an output: 1, whose tanh is the value; or 3, logits of win, draw and loss, whose value is
        P(win) - P(loss).
    members: networks in one; `raw` has one more leading dimension where there are several.
    settings: JSON values that the weights alone do not determine; set by the builder of the network.
    widest:  size of the widest layer for one position, all members together; used to bound memory.
    """

    def __init__(self, classes: int = 1, members: int = 1) -> None:
        super().__init__()
        self.classes = classes
        self.members = members
        self.settings: dict[str, Any] = {}
        self.widest = 1024

    def raw(self, planes: Tensor) -> Tensor:
        """`[N, O * classes]`, or `[members, N, O * classes]`; ensembles take planes `[members, N, C, H, W]` as well."""
        raise NotImplementedError  # each architecture has its own

    def raw_at(self, planes: Tensor, output: Tensor) -> Tensor:
        """The raw numbers of one output a position, `output` `[N]` or `[members, N]`: `[..., N, classes]`."""
        return outputs_at(self.raw(planes), output, self.classes)

    def each(self, planes: Tensor) -> Tensor:
        """The values by every member: `[members, N, O]`."""
        values = to_values(self.raw(planes), self.classes)
        return values if self.members > 1 else values[None]

    def forward(self, planes: Tensor) -> Tensor:
        values = to_values(self.raw(planes), self.classes)
        return values.mean(0) if self.members > 1 else values


def to_values(raw: Tensor, classes: int) -> Tensor:
    """`[..., O * classes]` raw to `[..., O]` values in [-1, 1]."""
    if classes == 1:
        return raw.tanh()
    chances = raw.view(*raw.shape[:-1], -1, classes).softmax(-1)
    return chances[..., 0] - chances[..., 2]


def outputs_at(raw: Tensor, output: Tensor, classes: int) -> Tensor:
    """The raw numbers of one output a row: `raw` `[..., N, O * classes]`, `output` `[..., N]`: `[..., N, classes]`."""
    if classes == 1:
        return raw.gather(-1, output[..., None])
    place = output[..., None] * classes + torch.arange(classes, device=output.device)
    return raw.gather(-1, place)
