"""A network as an ONNX file (https://onnx.ai): planes in, values out, the same numbers as in torch.

The graph is written node by node from the network's modules, which are few and known; tracing would lose tables and
ensembles. ONNX operators of version 18.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from agent.kinds import kind_called
from agent.network.ensemble import Ensemble
from agent.network.net import MLP, ConvNet, NTupleNet, ResidualMLP
from agent.network.network_q import NetworkQ
from agent.network.symmetric import Averaged
from agent.network.value_net import ValueNet
from agent.store.checkpoint import load
from agent.store.files import write_atomically
from game.core import AnyGame
from game.errors import UsageError

OPSET, IR_VERSION = 18, 10
_PLAIN = {nn.ReLU: "Relu", nn.Sigmoid: "Sigmoid", nn.Tanh: "Tanh", nn.ELU: "Elu"}


def export_onnx(checkpoint: Path, file: Path) -> None:
    """Write the network of `checkpoint`: `planes` `[N, C, H, W]` float32 to `values` `[N, O]` float32.

    planes: `Game.observe`. values: Q of each action for a q-head, V of the position for an afterstate head. The
    metadata tell the game, its rules version and the head. Raises UsageError for what is no network.
    """
    loaded = load(checkpoint)
    q_function = loaded.q_function
    if not isinstance(q_function, NetworkQ):
        words = kind_called(loaded.record["q"]).words
        raise UsageError(f"{checkpoint} holds {words}: only networks are exported as ONNX")
    game = q_function.game
    model = model_of(q_function.net, game)
    facts = {"game": game.name, "rules_version": str(game.rules_version), "head": q_function.head}
    helper.set_model_props(model, {**facts, "settings": json.dumps(q_function.net.settings)})
    onnx.checker.check_model(model)
    write_atomically(file, model.SerializeToString())


def model_of(net: ValueNet, game: AnyGame) -> onnx.ModelProto:
    """The graph of `ValueNet.forward`."""
    graph = _Graph()
    raw = _raw(graph, net, "planes", game.observation_shape)
    values = [_values(graph, one, net.classes) for one in raw]
    mean = values[0] if len(values) == 1 else graph.add("Mean", *values)
    graph.nodes.append(helper.make_node("Identity", [mean], ["values"]))
    inputs = [helper.make_tensor_value_info("planes", TensorProto.FLOAT, ["N", *game.observation_shape])]
    outputs = [helper.make_tensor_value_info("values", TensorProto.FLOAT, ["N", None])]
    made = helper.make_graph(graph.nodes, "qzero", inputs, outputs, graph.constants)
    return helper.make_model(
        made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="qzero"
    )


class _Graph:
    """Nodes and constants, which get names as they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, values: Tensor | NDArray[Any] | None) -> str:
        assert values is not None  # every layer of ours has a bias
        name = f"c{len(self.constants)}"
        array = values.detach().cpu().numpy() if isinstance(values, Tensor) else values
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def integers(self, *numbers: int) -> str:
        return self.constant(np.array(numbers, np.int64))

    def number(self, value: float) -> str:
        return self.constant(np.array(value, np.float32))


def _raw(graph: _Graph, net: ValueNet, x: str, shape: tuple[int, int, int]) -> list[str]:
    """`ValueNet.raw` of each member."""
    match net:
        case Averaged():
            return _averaged(graph, net, x, shape)
        case Ensemble():
            return [one for member in _members(net) for one in _raw(graph, member, x, shape)]
        case NTupleNet():
            return _tables(graph, net, x, shape[1] * shape[2])
        case MLP():
            hidden = _layer(graph, net.body, graph.add("Flatten", x))
            return [_layer(graph, net.head, hidden)]
        case ResidualMLP():
            hidden = _blocks(graph, net.blocks, _layer(graph, net.stem, graph.add("Flatten", x)))
            return [_layer(graph, net.head, _layer(graph, net.norm, hidden))]
        case ConvNet():
            hidden = _layer(graph, net.act, _blocks(graph, net.blocks, _layer(graph, net.stem, x)))
            return [_layer(graph, net.head, graph.add("Flatten", hidden))]
    raise UsageError(f"a network of {type(net).__name__} cannot be exported as ONNX")


def _averaged(graph: _Graph, net: Averaged, x: str, shape: tuple[int, int, int]) -> list[str]:
    channels, height, width = shape
    flat = graph.add("Reshape", x, graph.integers(-1, channels, height * width))
    images = []
    for cells, outputs in net.images:
        turned = graph.add("Gather", flat, graph.constant(cells), axis=2)
        raw = _raw(graph, net.net, graph.add("Reshape", turned, graph.integers(-1, *shape)), shape)
        images.append([graph.add("Gather", one, graph.constant(outputs), axis=1) for one in raw])
    return [graph.add("Mean", *member) for member in zip(*images, strict=True)]


def _tables(graph: _Graph, net: NTupleNet, x: str, cells: int) -> list[str]:
    """Row numbers by a matrix product, exact in float64, and the sums of the rows."""
    table = net.table
    tuples, size = table.cells.shape
    board = graph.add("Cast", graph.add("Reshape", x, graph.integers(0, 0, -1)), to=TensorProto.DOUBLE)
    planes = table.base.bit_length()  # base = 3 * 2**(planes - 2)
    worth = np.array([1, 2, *(3 << extra for extra in range(planes - 2))], np.float64)
    digits = graph.add(
        "ReduceSum", graph.add("Mul", board, graph.constant(worth[:, None])), graph.integers(1), keepdims=0
    )
    place = np.zeros((cells, tuples))
    place[table.cells.numpy().T, np.arange(tuples)] = float(table.base) ** np.arange(size)[:, None]
    first = np.arange(tuples, dtype=np.int64) * (table.member_rows // tuples)
    number = graph.add("Cast", graph.add("MatMul", digits, graph.constant(place)), to=TensorProto.INT64)
    number = graph.add("Add", number, graph.constant(first))
    biases = table.bias if table.members > 1 else table.bias[None]
    found = []
    for own, bias in zip(table.rows.view(table.members, table.member_rows, -1), biases, strict=True):
        rows = graph.add("Gather", graph.constant(own), number, axis=0)
        sums = graph.add("ReduceSum", rows, graph.integers(1), keepdims=0)
        found.append(graph.add("Add", sums, graph.constant(bias)))
    return found


def _members(net: Ensemble) -> list[ValueNet]:
    """The networks of an ensemble, each with its own weights."""
    return [net.member(k) for k in range(net.members)]


def _blocks(graph: _Graph, blocks: nn.ModuleList, x: str) -> str:
    for block in blocks:
        x = graph.add("Add", x, _layer(graph, block, x))
    return x


def _layer(graph: _Graph, layer: nn.Module, x: str) -> str:
    match layer:
        case nn.Sequential():
            for inner in layer:
                x = _layer(graph, inner, x)
            return x
        case nn.Dropout():
            return x
        case nn.Linear():
            return graph.add("Gemm", x, graph.constant(layer.weight), graph.constant(layer.bias), transB=1)
        case nn.Conv2d():
            return graph.add("Conv", x, graph.constant(layer.weight), graph.constant(layer.bias), pads=[1, 1, 1, 1])
        case nn.LayerNorm():
            return graph.add(
                "LayerNormalization", x, graph.constant(layer.weight), graph.constant(layer.bias), epsilon=layer.eps
            )
        case nn.GELU():
            erf = graph.add("Erf", graph.add("Mul", x, graph.number(2**-0.5)))
            return graph.add("Mul", graph.add("Mul", x, graph.number(0.5)), graph.add("Add", erf, graph.number(1)))
        case nn.SiLU():
            return graph.add("Mul", x, graph.add("Sigmoid", x))
    return graph.add(_PLAIN[type(layer)], x)


def _values(graph: _Graph, raw: str, classes: int) -> str:
    """As `to_values`."""
    if classes == 1:
        return graph.add("Tanh", raw)
    chances = graph.add("Softmax", graph.add("Reshape", raw, graph.integers(0, -1, classes)), axis=2)
    win, loss = (graph.add("Gather", chances, graph.integers(k), axis=2) for k in (0, 2))
    return graph.add("Squeeze", graph.add("Sub", win, loss), graph.integers(2))
