"""The squashing of n-tuples that follow the moves: tanh, and tails in which no two moves look alike."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from agent.ntuple.incremental.q import IncrementalQ
from agent.ntuple.squash import BEND, squash, unsquash
from game.registry import make


def test_it_is_tanh_up_to_the_bend_and_has_its_slope_there() -> None:
    for raw in np.linspace(-BEND, BEND, 61):
        assert squash(raw) == pytest.approx(np.tanh(raw), abs=1e-12)
    slope = (squash(BEND + 1e-5) - squash(BEND)) / 1e-5
    assert slope == pytest.approx(1 - np.tanh(BEND) ** 2, rel=1e-3)


def test_its_tails_rise_in_float32_where_tanh_is_flat() -> None:
    raw = np.arange(BEND, 60, 0.1)
    q = np.array([squash(x) for x in raw], np.float32)
    assert bool((np.diff(q) > 0).all())
    assert q[-1] < 1
    assert np.tanh(raw.astype(np.float32))[raw > 10].min() == 1
    assert [squash(-x) for x in raw] == [-squash(x) for x in raw]


def test_unsquash_takes_it_back() -> None:
    for raw in (-40.0, -BEND, -1.0, 0.0, 0.3, BEND, 3.1, 40.0):
        assert unsquash(squash(raw)) == pytest.approx(raw, abs=1e-6)
    assert np.isfinite(unsquash(1.0))


def test_a_won_game_still_has_a_best_move() -> None:
    """Rows this large made all moves 1, so that a player with a won game moved at random."""
    game = make("gomoku:3x1x2")
    q = IncrementalQ(game, "lines:3")
    alone = 3 + 4 * 1 + 16 * 3
    q.table[q.features.layout.row_of[alone]] = 4.0  # each stone stands alone in three directions
    q.table[q.features.layout.row_of[0 + 4 * 1 + 16 * 0]] = 1.0  # in the middle, in the fourth
    q.changed()
    best = q.q(game.initial(1))[0]
    assert best.argmax() == 1
    assert 0.998 < best[0] < best[1] < 1
    assert torch.equal(best[0], best[2])
