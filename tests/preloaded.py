"""What forked processes need not load again, which takes seconds: torch's compiler and numba's tables, most of it."""

import torch._dynamo
from numba.core.registry import cpu_target

import agent.ntuple.incremental.learner
import agent.ntuple.learner
import agent.ranks.together
import arena.cli
import arena.sweep.sweep
import arena.training.judge
import arena.training.worker

cpu_target.typing_context.refresh()
cpu_target.target_context.refresh()

__all__ = ["agent", "arena", "torch"]  # imported for what importing does
