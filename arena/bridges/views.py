"""One position as numpy planes, seen from either seat."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from game.core import AnyGame


def seen_by(game: AnyGame, state: Any, seat: int) -> NDArray[np.int8]:
    """`[C, H, W]` int8 of 0 and 1: what `Game.observe` shows whoever has this seat, whether it is to move or not."""
    planes = game.observe(state, torch.int8)[0]
    if seat != int(state.ply) % 2:
        planes = planes.flip(0)  # own stones first
        if game.second_view is not None:
            planes = planes.flatten(1)[:, game.second_view.cells].view(planes.shape)
    return planes.numpy().copy()
