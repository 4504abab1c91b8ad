"""The optimisers of networks."""

from __future__ import annotations

import torch
from torch import nn

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
