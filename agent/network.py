"""Networks that value all actions of a position at once: y_d = s(W_d(... s(W_1 x))) and a small residual conv net."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from game.core import Game

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}


@dataclass(frozen=True, slots=True)
class Architecture:
    """What is needed to build the network again.

    kind:       "mlp" or "conv".
    depth:      hidden layers of the MLP, or residual blocks of the conv net.
    width:      units a hidden layer, or channels.
    activation: the nonlinearity s, one of ACTIVATIONS.
    """

    kind: str = "mlp"
    depth: int = 3
    width: int = 512
    activation: str = "relu"

    def __post_init__(self) -> None:
        if self.kind not in ("mlp", "conv"):
            raise ValueError(f"architecture {self.kind!r} is neither mlp nor conv")
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"activation {self.activation!r} is none of {', '.join(ACTIVATIONS)}")
        if self.depth < 1 or self.width < 1:
            raise ValueError(f"depth {self.depth} and width {self.width} must both be at least 1")


class MLP(nn.Module):
    """`[N, C, H, W]` planes to `[N, A]` Q-values in (-1, 1) through `depth` fully connected hidden layers."""

    def __init__(self, inputs: int, num_actions: int, architecture: Architecture) -> None:
        super().__init__()
        widths = [inputs, *[architecture.width] * architecture.depth]
        layers: list[nn.Module] = []
        for fan_in, fan_out in itertools.pairwise(widths):
            layers += [nn.Linear(fan_in, fan_out), ACTIVATIONS[architecture.activation]()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(widths[-1], num_actions)
        if architecture.activation in ("sigmoid", "tanh"):
            _keep_variance(self.body, gain=4.0 if architecture.activation == "sigmoid" else 1.0)

    def forward(self, planes: Tensor) -> Tensor:
        return torch.tanh(self.head(self.body(planes.flatten(1))))


class ConvNet(nn.Module):
    """`[N, C, H, W]` planes to `[N, A]` Q-values in (-1, 1) through `depth` residual blocks of 3 x 3 convolutions.

    As in K. He et al., "Identity Mappings in Deep Residual Networks" (2016), without batch normalisation.
    """

    def __init__(self, shape: tuple[int, int, int], num_actions: int, architecture: Architecture) -> None:
        super().__init__()
        channels, height, width = shape
        self.stem = nn.Conv2d(channels, architecture.width, 3, padding=1)
        self.blocks = nn.ModuleList(_Block(architecture) for _ in range(architecture.depth))
        self.act = ACTIVATIONS[architecture.activation]()
        self.head = nn.Linear(architecture.width * height * width, num_actions)

    def forward(self, planes: Tensor) -> Tensor:
        x = self.stem(planes)
        for block in self.blocks:
            x = x + block(x)
        return torch.tanh(self.head(self.act(x).flatten(1)))


class _Block(nn.Sequential):
    def __init__(self, architecture: Architecture) -> None:
        width, act = architecture.width, ACTIVATIONS[architecture.activation]
        last = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(last.weight)  # each block starts as the identity
        super().__init__(act(), nn.Conv2d(width, width, 3, padding=1), act(), last)


def build(game: Game[Any], architecture: Architecture, seed: int = 0) -> nn.Module:
    """A network for `game` with random weights that depend on `seed` alone; all Q-values start near 0."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        channels, height, width = game.observation_shape
        net: MLP | ConvNet
        if architecture.kind == "mlp":
            net = MLP(channels * height * width, game.num_actions, architecture)
        else:
            net = ConvNet(game.observation_shape, game.num_actions, architecture)
        nn.init.zeros_(net.head.bias)
        with torch.no_grad():
            net.head.weight.mul_(0.1)
    return net


def _keep_variance(body: nn.Sequential, gain: float) -> None:
    """Glorot's initialisation, widened for the slope 1/4 of the sigmoid: signals keep their size through depth."""
    for layer in body:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_normal_(layer.weight, gain)
            nn.init.zeros_(layer.bias)
