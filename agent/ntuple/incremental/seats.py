"""Positions as stones of the first and of the second player, as compiled rules have them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from game.core import AnyGame


def stones_of(game: AnyGame, state: Any) -> npt.NDArray[np.int8]:
    """`[B, H * W]` int8: 0 empty, 1 the first player's stone, 2 the second's, as the first player sees the board."""
    planes = game.observe(state, torch.int8).flatten(2)
    mine, theirs = planes[:, 0], planes[:, 1]
    swapped = 2 * mine + theirs
    if game.second_view is not None:
        swapped = swapped[:, game.second_view.cells.to(swapped.device)]
    second = (state.ply & 1).bool()[:, None]
    found: npt.NDArray[np.int8] = torch.where(second, swapped, mine + 2 * theirs).numpy()
    return found
