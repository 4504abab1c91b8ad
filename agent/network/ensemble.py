"""Bagging (Breiman 1996): several networks of one shape, computed as one batch by stacked weights."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn

from agent.network.value_net import ValueNet


class Ensemble(ValueNet):
    """K networks of one shape as one: every weight has a leading dimension K, every layer is one batched product."""

    def __init__(self, nets: Sequence[ValueNet]) -> None:
        super().__init__(nets[0].classes, len(nets))
        stacked, _ = torch.func.stack_module_state(list(nets))
        self._names = list(stacked)
        self.stacked = nn.ParameterList(nn.Parameter(weight.detach()) for weight in stacked.values())
        # The network without its weights; in a list, so that torch does not register it as a submodule.
        self._shape = [_Raw(copy.deepcopy(nets[0])).to("meta")]

    def raw(self, planes: Tensor) -> Tensor:
        weights = {f"net.{name}": weight for name, weight in zip(self._names, self.stacked, strict=True)}

        def member(own: dict[str, Tensor], x: Tensor) -> Tensor:
            raw: Tensor = torch.func.functional_call(self._shape[0], own, (x,))
            return raw

        shared = None if planes.dim() == 4 else 0
        raw: Tensor = torch.func.vmap(member, (0, shared), randomness="different")(weights, planes)
        return raw

    def member(self, index: int) -> ValueNet:
        """One of the networks, with a copy of its weights."""
        net = copy.deepcopy(self._shape[0].net).to_empty(device=self.stacked[0].device)
        own = {name: weight[index] for name, weight in zip(self._names, self.stacked, strict=True)}
        net.load_state_dict(own)
        return net

    def train(self, mode: bool = True) -> Self:
        self._shape[0].train(mode)
        return super().train(mode)


class _Raw(nn.Module):
    """Calls `raw`: torch.func calls modules only."""

    def __init__(self, net: ValueNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, planes: Tensor) -> Tensor:
        return self.net.raw(planes)
