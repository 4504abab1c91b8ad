"""Work of fixed shape, started as a whole: on a GPU a CUDA graph, recorded once and replayed.

A GPU computes a ply of self-play faster than Python can start its hundred small operations one by one. A CUDA graph
starts them all at once. The work must always use the same tensors, read and changed in place, and ask the device
nothing (A. Gray, "Getting Started with CUDA Graphs", 2019; V. Nguyen et al., "Accelerating PyTorch with CUDA Graphs",
2021).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor

GRAPHS, COMPILED = "graphs", "compiled"
_WARM_UP = 3  # runs before recording, in which libraries choose their kernels and take their memory

Work = Callable[[], None]
F = TypeVar("F", bound=Callable[..., Any])


def recorded(work: Work, changed: Sequence[Tensor], device: torch.device) -> Work:
    """`work`, to be called any number of times; recording leaves no trace in the tensors that it changes.

    changed: every tensor that one call leaves different and a later one reads. On the CPU there is nothing to record.
    """
    if device.type != "cuda":
        return work
    before = [tensor.detach().clone() for tensor in changed]

    def restore() -> None:
        with torch.no_grad():
            for tensor, old in zip(changed, before, strict=True):
                tensor.copy_(old)

    aside = torch.cuda.Stream(device)  # type: ignore[no-untyped-call] # torch's own
    aside.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(aside):
        for _ in range(_WARM_UP):
            work()
            restore()
    torch.cuda.current_stream(device).wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    restore()  # CUDA only records, others may have computed
    return graph.replay


def compiled(function: F, launch: str) -> F:
    """`function` fused by torch.compile where `launch` asks for it: fewer and larger kernels, some seconds at first."""
    if launch != COMPILED:
        return function
    fused: F = torch.compile(function, dynamic=False)  # type: ignore[assignment] # a function of the same kind
    return fused
