"""The gradients of a step, summed over all ranks.

That is one call for a step, as DistributedDataParallel makes it of a small network. Not by that
class, whose hooks wait for `backward` of the module that it wraps: here gradients are taken of a copy in half the
precision, in chunks that add up, and some are sparse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from agent.ranks.ranks import Ranks


def added(ranks: Ranks, gradients: Sequence[Tensor]) -> list[Tensor]:
    """The sums over all ranks, float32. Of sparse gradients: the rows of all, one rank after the other."""
    if ranks.alone:
        return list(gradients)
    dense = [gradient for gradient in gradients if not gradient.is_sparse]
    found: Iterator[Tensor] = iter(())
    if dense:
        flat = ranks.add(torch.cat([gradient.float().flatten() for gradient in dense]))
        found = iter(torch.split(flat, [gradient.numel() for gradient in dense]))
    return [
        _added_rows(ranks, gradient) if gradient.is_sparse else next(found).view(gradient.shape)
        for gradient in gradients
    ]


def _added_rows(ranks: Ranks, gradient: Tensor) -> Tensor:
    places = ranks.gathered(gradient._indices().t().contiguous())
    values = ranks.gathered(gradient._values())
    return torch.sparse_coo_tensor(torch.cat(places).t(), torch.cat(values), gradient.shape, check_invariants=False)
