"""A checkpoint of Connect Four as one file for Kaggle's ConnectX (https://www.kaggle.com/c/connectx)."""

from __future__ import annotations

import base64
import inspect
import io
import lzma
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from agent.network.net import MLP
from agent.network.network_q import NetworkQ
from agent.network.symmetric import Averaged
from agent.network.value_net import ValueNet
from agent.ntuple.q import NTupleQ
from agent.play.qfunction import QFunction
from agent.store.checkpoint import load
from arena.bridges import connectx_agent
from game.errors import UsageError
from game.registry import make

Arrays = dict[str, NDArray[Any]]
_CALL = """

WEIGHTS = unpacked(DATA)


def agent(observation, configuration):
    return choose(observation, configuration, WEIGHTS)
"""


def submission(checkpoint: Path) -> str:
    """The text of a Python file that plays `checkpoint` with exact ends; weights are 16-bit numbers in it.

    Raises UsageError for another game, or for a Q-function of another kind.
    """
    loaded = load(checkpoint, make("connect4"))
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **arrays_of(loaded.q_function))
    data = base64.b85encode(lzma.compress(packed.getvalue(), preset=9)).decode()
    return f"{inspect.getsource(connectx_agent)}\n\n# The weights: numpy arrays.\nDATA = {data!r}\n{_CALL}"


def arrays_of(q_function: QFunction) -> Arrays:
    """Everything that `connectx_agent` needs to know of a Q-function, by name."""
    if isinstance(q_function, NTupleQ):
        tuples = q_function.tuples
        return {
            "table": _half(q_function.table),
            "parts": tuples.parts.astype(np.uint8),
            "count": tuples.count.astype(np.uint8),
            "number": tuples.number,
            "first": tuples.first,
            "rows": tuples.rows,
        }
    net: ValueNet | None = q_function.net if isinstance(q_function, NetworkQ) else None
    symmetric = isinstance(net, Averaged)
    plain = net.net if isinstance(net, Averaged) else net
    if not isinstance(plain, MLP):
        raise UsageError(
            "only n-tuple tables and networks of --architecture mlp, without an ensemble, can be exported for Kaggle"
        )
    linear = [(layer.weight, layer.bias) for layer in (*plain.body, plain.head) if hasattr(layer, "weight")]
    arrays = {
        "symmetric": np.array(symmetric),
        "layers": np.array(len(linear)),
        "outputs": np.array(len(plain.head.bias) // plain.classes),
        "activation": np.array(plain.settings.get("activation") or (net.settings if net else {})["activation"]),
    }
    for number, (weight, bias) in enumerate(linear):
        arrays |= {f"weight{number}": _half(weight), f"bias{number}": _half(bias)}
    return arrays


def _half(tensor: Tensor) -> NDArray[np.float16]:
    halved: NDArray[np.float16] = tensor.detach().half().numpy()
    if not np.isfinite(halved).all():
        raise UsageError("this checkpoint has weights beyond 65,504, the largest 16-bit number")
    return halved
