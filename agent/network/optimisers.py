"""The optimisers of networks."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from agent.config import TrainConfig
from agent.network.row_optimizer import RowOptimizer


def make_optimizer(net: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """The optimiser named by the config, for all weights of `net`; table rows move only if they were read."""
    alpha, decay = config.learning_rate, config.weight_decay
    if config.architecture == "ntuple":
        return RowOptimizer(net.parameters(), config.optimizer, alpha, config.momentum, decay)
    if config.optimizer == "adam":
        return torch.optim.Adam(net.parameters(), alpha, weight_decay=decay, fused=True)
    if config.optimizer == "adamw":
        return torch.optim.AdamW(net.parameters(), alpha, weight_decay=decay, fused=True)
    return torch.optim.SGD(net.parameters(), alpha, config.momentum, weight_decay=decay, fused=True)


def be_recordable(optimizer: torch.optim.Optimizer, device: torch.device) -> None:
    """Make every step of a dense optimiser the same operations on the same tensors, as a CUDA graph needs them."""
    for group in optimizer.param_groups:
        group["lr"] = torch.tensor(float(group["lr"]), device=device)
        adam = "betas" in group
        if adam:
            group["capturable"] = device.type == "cuda"
        for weight in group["params"]:
            slots = ("exp_avg", "exp_avg_sq") if adam else ("momentum_buffer",) if group["momentum"] else ()
            optimizer.state[weight] = {name: torch.zeros_like(weight) for name in slots}
            if adam:
                optimizer.state[weight]["step"] = torch.zeros((), device=device)


def set_step_size(optimizer: torch.optim.Optimizer, alpha: float) -> None:
    """The step size of the next steps."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(alpha)
        else:
            group["lr"] = alpha


def slots(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """All that it remembers, by the number of the parameter and the name of the slot: "3.momentum_buffer"."""
    return {
        f"{index}.{slot}": value
        for index, own in optimizer.state_dict()["state"].items()
        for slot, value in own.items()
        if value is not None
    }


def load_slots(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """The inverse of `slots`. Raises ValueError for other names."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        index, _, slot = name.partition(".")
        state.setdefault(int(index), {})[slot] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
