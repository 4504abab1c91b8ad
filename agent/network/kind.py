"""The kind "network": y_d = s(W_d(... s(W_1 x))) and its kin, trained by gradient descent."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, ClassVar

from agent.kind import Architecture, Kind, Record
from agent.ranks.place import place
from game.errors import UsageError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from agent.config import TrainConfig
    from agent.network.network_learner import NetworkLearner
    from agent.network.network_q import NetworkQ
    from game.core import AnyGame


# The values with which plies and steps have one shape, of settings with which the shape may depend on numbers.
_FIXED_SHAPE: dict[str, Container[object]] = {
    "head": ("q",),
    "architecture": ("mlp", "residual", "conv"),
    "members": (1,),
    "dropout": (0.0,),
    "batch_size": range(1, 1 << 20),
}


class NetworkKind(Kind):
    name: ClassVar[str] = "network"
    words: ClassVar[str] = "a network"
    on_gpu: ClassVar[bool] = True
    settings: ClassVar[frozenset[str]] = frozenset(
        [
            "head",
            "architecture",
            "depth",
            "width",
            "activation",
            "tuples",
            "tuple_cells",
            "target_ema",
            "loss",
            "optimizer",
            "momentum",
            "batch_size",
            "window",
            "window_kind",
            "reuse",
            "weight_decay",
            "dropout",
            "symmetry",
            "boost",
            "members",
            "bag",
            "optimism",
            "launch",
        ]
    )

    def check_shared(self, config: TrainConfig) -> None:
        if config.launch not in ("auto", "eager"):
            raise UsageError(
                f"--launch {config.launch} records what one process does, without what ranks tell each other: a run "
                "of several begins with --launch eager; go on with this one without torchrun"
            )
        if config.boost:
            raise UsageError(
                f"--boost {config.boost:g} weighs all examples against each other, in one process: leave it out, or "
                "start without torchrun"
            )

    def check_settings(self, config: TrainConfig) -> None:
        super().check_settings(config)
        misfit = _misfit(config)
        if config.launch not in ("auto", "eager") and misfit is not None:
            raise UsageError(
                f"--launch {config.launch} needs work of a fixed shape, which --{misfit.replace('_', '-')} "
                f"{getattr(config, misfit)} has not: leave one of them out"
            )

    def launch(self, config: TrainConfig, device: torch.device) -> str:
        if config.launch != "auto":
            return config.launch
        fits = device.type == "cuda" and _misfit(config) is None and place().size == 1
        return "graphs" if fits else "eager"

    def dtype(self, config: TrainConfig, device: torch.device) -> torch.dtype:
        from agent.machine import compute_dtype

        return compute_dtype(config.precision, device)

    def architecture(self, config: TrainConfig) -> Architecture:
        import dataclasses

        from agent.network.net import architecture_of

        return dataclasses.asdict(architecture_of(config))

    def learner(self, game: AnyGame, config: TrainConfig, device: torch.device) -> NetworkLearner:
        from agent.network.network_learner import NetworkLearner

        return NetworkLearner(game, config, device)

    def check_weights(self, game: AnyGame, architecture: Architecture, tensors: dict[str, Tensor]) -> None:
        from agent.network import net
        from agent.weights import check_cells, check_numbers, check_tensor

        if architecture is None:
            raise ValueError("a network of no architecture")
        expected = net.skeleton(game, net.Architecture(**architecture))
        if names := sorted(expected.keys() ^ tensors.keys()):
            raise ValueError(f"{names[0]} is {'missing' if names[0] in expected else 'of another architecture'}")
        _, height, width = game.observation_shape
        for name, tensor in tensors.items():
            check_tensor(name, tensor, tuple(expected[name].shape), expected[name].dtype)
            if not tensor.is_floating_point():
                check_cells(name, tensor, height * width)
        check_numbers(tensors.values())

    def check_resume(self, game: AnyGame, config: TrainConfig, tensors: dict[str, Tensor]) -> None:
        own = {name.removeprefix("net."): tensor for name, tensor in tensors.items() if name.startswith("net.")}
        self.check_weights(game, self.architecture(config), own)

    def load(self, game: AnyGame, architecture: Architecture, tensors: dict[str, Tensor]) -> NetworkQ:
        from agent.network import net
        from agent.network.network_q import as_q

        shape = net.Architecture(**(architecture or {}))
        network = net.build(game, shape)
        network.load_state_dict(tensors)
        return as_q(game, network, shape.head)

    def describe(self, record: Record) -> str:
        shape = record["architecture"]
        size = f"{shape['depth']} x {shape['width']} {shape['activation']}"
        if shape["kind"] == "ntuple":
            size = f"{shape['tuples']} x {shape['tuple_cells']} cells"
        extras = [
            "on afterstates" if shape.get("head") == "afterstate" else "",
            "win/draw/loss" if shape.get("wdl") else "",
            "averaged over symmetries" if shape.get("symmetric") else "",
            f"ensemble of {shape['members']}" if shape.get("members", 1) > 1 else "",
        ]
        return ", ".join([f"{shape['kind']} {size}", *filter(None, extras)])


def _misfit(config: TrainConfig) -> str | None:
    """A setting that makes the shape of the work depend on numbers."""
    return next((name for name, fits in _FIXED_SHAPE.items() if getattr(config, name) not in fits), None)
