"""Networks that value positions: y_d = s(W_d(... s(W_1 x))), residual and convolutional ones, and n-tuple layers.

All map observed planes to `outputs` values: one per action (q-head), or one for the position (afterstate head).
"""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from agent.config import TrainConfig, most
from agent.network.ensemble import Ensemble
from agent.network.ntuple_net import NTuple
from agent.network.symmetric import Averaged
from agent.network.value_net import ValueNet
from game.core import AnyGame

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "elu": nn.ELU,
}
KINDS = ("mlp", "residual", "conv", "ntuple")
HEADS = ("q", "afterstate")


@dataclass(frozen=True, slots=True)
class Architecture:
    """Everything needed to rebuild the network.

    kind:        one of KINDS.
    depth:       hidden layers of the MLP, or residual blocks.
    width:       units a hidden layer, or channels.
    activation:  the nonlinearity s, one of ACTIVATIONS.
    head:        "q": an output an action; "afterstate": one output, for whoever moves in the position.
    wdl:         three logits an output (win, draw, loss) instead of one number.
    dropout:     share of hidden units dropped in learning.
    symmetric:   raw outputs are averaged over the symmetries of the board.
    members:     networks of an ensemble.
    tuples, tuple_cells: the number of n-tuples and the cells of each.
    """

    kind: str = "mlp"
    depth: int = 3
    width: int = 512
    activation: str = "relu"
    head: str = "q"
    wdl: bool = False
    dropout: float = 0.0
    symmetric: bool = False
    members: int = 1
    tuples: int = 70
    tuple_cells: int = 8

    def __post_init__(self) -> None:
        for what, value, choices in (
            ("architecture", self.kind, KINDS),
            ("activation", self.activation, tuple(ACTIVATIONS)),
            ("head", self.head, HEADS),
        ):
            if value not in choices:
                raise ValueError(f"{what} {value!r} is none of {', '.join(choices)}")
        for name, least in (("depth", 0), ("width", 1), ("members", 1), ("tuples", 1), ("tuple_cells", 1)):
            number = getattr(self, name)
            if type(number) is not int or not least <= number <= most(name):
                raise ValueError(f"{name} {number!r}: expected a whole number from {least} to {most(name)}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout {self.dropout} is not in [0, 1)")

    def outputs(self, game: AnyGame) -> int:
        return game.num_actions if self.head == "q" else 1

    @property
    def classes(self) -> int:
        """Raw numbers an output."""
        return 3 if self.wdl else 1


class MLP(ValueNet):
    """`depth` fully connected hidden layers; none makes it linear in the planes."""

    def __init__(self, inputs: int, outputs: int, architecture: Architecture) -> None:
        super().__init__(architecture.classes)
        widths = [inputs, *[architecture.width] * architecture.depth]
        layers: list[nn.Module] = []
        for fan_in, fan_out in itertools.pairwise(widths):
            layers += [nn.Linear(fan_in, fan_out), _in_place(architecture.activation), *_dropout(architecture)]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(widths[-1], outputs * architecture.classes)
        if architecture.activation in ("sigmoid", "tanh"):
            _keep_variance(self.body, gain=4.0 if architecture.activation == "sigmoid" else 1.0)

    def raw(self, planes: Tensor) -> Tensor:
        raw: Tensor = self.head(self.body(planes.flatten(1)))
        return raw


class ResidualMLP(ValueNet):
    """`depth` blocks x + W_2 s(W_1 norm(x)) with layer normalisation; each starts as the identity.

    As in K. He et al., "Identity Mappings in Deep Residual Networks" (2016), with J. L. Ba et al., "Layer
    Normalization" (2016), for the batch normalisation, so that a row never depends on its batch.
    """

    def __init__(self, inputs: int, outputs: int, architecture: Architecture) -> None:
        super().__init__(architecture.classes)
        width = architecture.width
        self.stem = nn.Linear(inputs, width)
        self.blocks = nn.ModuleList(
            _block(architecture, nn.LayerNorm(width), nn.Linear(width, width), nn.Linear(width, width))
            for _ in range(architecture.depth)
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, outputs * architecture.classes)

    def raw(self, planes: Tensor) -> Tensor:
        x: Tensor = self.stem(planes.flatten(1))
        for block in self.blocks:
            x = x + block(x)
        raw: Tensor = self.head(self.norm(x))
        return raw


class ConvNet(ValueNet):
    """`depth` residual blocks of 3 x 3 convolutions (He et al. 2016), without normalisation."""

    def __init__(self, shape: tuple[int, int, int], outputs: int, architecture: Architecture) -> None:
        super().__init__(architecture.classes)
        channels, height, width = shape
        features = architecture.width
        self.stem = nn.Conv2d(channels, features, 3, padding=1)
        self.blocks = nn.ModuleList(
            _block(architecture, None, *(nn.Conv2d(features, features, 3, padding=1) for _ in range(2)))
            for _ in range(architecture.depth)
        )
        self.act = ACTIVATIONS[architecture.activation]()
        self.head = nn.Linear(features * height * width, outputs * architecture.classes)

    def raw(self, planes: Tensor) -> Tensor:
        x: Tensor = self.stem(planes)
        for block in self.blocks:
            x = x + block(x)
        raw: Tensor = self.head(self.act(x).flatten(1))
        return raw


class NTupleNet(ValueNet):
    """Sums of table rows, one row per n-tuple; an ensemble is a set of tables side by side."""

    def __init__(
        self, shape: tuple[int, int, int], outputs: int, architecture: Architecture, seed: int, hexagonal: bool
    ) -> None:
        super().__init__(architecture.classes, architecture.members)
        a = architecture
        self.table = NTuple(shape, outputs * a.classes, a.tuples, a.tuple_cells, seed, hexagonal, a.members)

    def raw(self, planes: Tensor) -> Tensor:
        return self.table.raw(planes)

    def raw_at(self, planes: Tensor, output: Tensor) -> Tensor:
        if self.classes == 1 and self.table.bias.shape[-1] > 1:
            return self.table.raw_of(planes, output)[..., None]  # looks up and moves no other
        return super().raw_at(planes, output)


def build(game: AnyGame, architecture: Architecture, seed: int = 0) -> ValueNet:
    """A network for `game` with random weights that depend on `seed` alone; all values start near 0."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = _plain(game, architecture, seed)
    if architecture.symmetric:
        net = Averaged(net, game, architecture.head)
    net.settings, net.widest = dataclasses.asdict(architecture), _widest(game, architecture)
    return net.eval()


def skeleton(game: AnyGame, architecture: Architecture) -> dict[str, Tensor]:
    """The state dict of such a network on the meta device: names, shapes and dtypes, without any memory."""
    with torch.device("meta"):
        if architecture.members > 1 and architecture.kind != "ntuple":
            net: ValueNet = Ensemble([_dense(game, architecture)] * architecture.members)  # one will do for all
        else:
            net = _plain(game, architecture, 0)
        tensors = net.state_dict()
    return {f"net.{name}": tensor for name, tensor in tensors.items()} if architecture.symmetric else dict(tensors)


def _plain(game: AnyGame, architecture: Architecture, seed: int) -> ValueNet:
    """A network that sees the board as it is."""
    if architecture.kind == "ntuple":
        return NTupleNet(game.observation_shape, architecture.outputs(game), architecture, seed, game.hexagonal)
    if architecture.members > 1:
        return Ensemble([_dense(game, architecture) for _ in range(architecture.members)])
    return _dense(game, architecture)


def _widest(game: AnyGame, architecture: Architecture) -> int:
    """See `ValueNet.widest`."""
    channels, height, width = game.observation_shape
    cells = height * width
    layer = {"conv": architecture.width * cells, "ntuple": architecture.tuples * architecture.tuple_cells}
    images = len(game.symmetries) if architecture.symmetric else 1
    outputs = architecture.outputs(game) * architecture.classes
    return (
        architecture.members * images * max(layer.get(architecture.kind, architecture.width), channels * cells, outputs)
    )


def architecture_of(config: TrainConfig) -> Architecture:
    """The network that the settings ask for."""
    return Architecture(
        kind=config.architecture,
        depth=config.depth,
        width=config.width,
        activation=config.activation,
        head=config.head,
        wdl=config.loss == "wdl",
        dropout=config.dropout,
        symmetric=config.symmetry == "average",
        members=config.members,
        tuples=config.tuples,
        tuple_cells=config.tuple_cells,
    )


def _dense(game: AnyGame, architecture: Architecture) -> ValueNet:
    channels, height, width = game.observation_shape
    outputs = architecture.outputs(game)
    net: MLP | ResidualMLP | ConvNet
    if architecture.kind == "mlp":
        net = MLP(channels * height * width, outputs, architecture)
    elif architecture.kind == "residual":
        net = ResidualMLP(channels * height * width, outputs, architecture)
    else:
        net = ConvNet(game.observation_shape, outputs, architecture)
    nn.init.zeros_(net.head.bias)
    with torch.no_grad():
        net.head.weight.mul_(0.1)
    return net


def _block(architecture: Architecture, norm: nn.Module | None, *layers: nn.Linear | nn.Conv2d) -> nn.Sequential:
    first, last = layers
    nn.init.zeros_(last.weight)  # each block starts as the identity
    before = (ACTIVATIONS[architecture.activation](),) if norm is None else (norm,)
    return nn.Sequential(*before, first, ACTIVATIONS[architecture.activation](), *_dropout(architecture), last)


def _dropout(architecture: Architecture) -> list[nn.Module]:
    return [nn.Dropout(architecture.dropout)] if architecture.dropout else []


def _in_place(activation: str) -> nn.Module:
    """The activation of a layer whose raw output nobody else needs: of large batches, ReLU waits for memory alone."""
    return nn.ReLU(inplace=True) if activation == "relu" else ACTIVATIONS[activation]()


def _keep_variance(body: nn.Sequential, gain: float) -> None:
    """Glorot's initialisation, widened for the slope 1/4 of the sigmoid: signals keep their size through depth."""
    for layer in body:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_normal_(layer.weight, gain)
            nn.init.zeros_(layer.bias)
