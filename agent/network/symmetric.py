"""Symmetric by construction: a network evaluates all images of a position, and its outputs are averaged."""

from __future__ import annotations

import torch
from torch import Tensor

from agent.network.value_net import ValueNet
from game.core import AnyGame, Constant


class Averaged(ValueNet):
    """The mean of a network's raw outputs over the symmetries of the board, so that Q is exactly symmetric."""

    def __init__(self, net: ValueNet, game: AnyGame, head: str) -> None:
        super().__init__(net.classes, net.members)
        self.net = net
        self._cells = [Constant(symmetry.cells) for symmetry in game.symmetries]
        self._outputs = [Constant(_outputs_back(actions, head, net.classes)) for _, actions in game.symmetries]

    @property
    def images(self) -> list[tuple[Tensor, Tensor]]:
        """For each image of the board where its cells come from, and where to find the position's own raw outputs."""
        cpu = torch.device("cpu")
        return [(cells.on(cpu), outputs.on(cpu)) for cells, outputs in zip(self._cells, self._outputs, strict=True)]

    def raw(self, planes: Tensor) -> Tensor:
        flat = planes.flatten(-2)
        images = [flat.index_select(-1, cells.on(planes.device)).view(planes.shape) for cells in self._cells]
        raw = self.net.raw(torch.cat(images, -4)).chunk(len(images), -2)
        back = [x.index_select(-1, outputs.on(x.device)) for x, outputs in zip(raw, self._outputs, strict=True)]
        return torch.stack(back).mean(0)


def _outputs_back(actions: Tensor, head: str, classes: int) -> Tensor:
    """For each of a position's own actions, in order: the raw output for it in the image of the position."""
    own = actions.argsort() if head == "q" else torch.zeros(1, dtype=torch.int64)
    return (own[:, None] * classes + torch.arange(classes)).flatten()
