"""The rules beside those of Pgx (https://github.com/sotetsuk/pgx), ply by ply, 500 games a board."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from game import Game, make
from tests.helpers import Choose, cautious, hungry, stones, uniform

jax = pytest.importorskip("jax", reason="JAX is not installed")
pgx = pytest.importorskip("pgx", reason="Pgx is not installed")
jax.config.update("jax_platforms", "cpu")

GAMES = 500
PASS = 64


class Case(NamedTuple):
    """A board that both know, and who plays half of the games; the others are uniformly random."""

    theirs: str
    biased: Choose


def swapping(game: Game[Any], state: Any, generator: torch.Generator) -> torch.Tensor:
    """Always use the swap rule."""
    swap = game.num_actions - 1
    return torch.where(game.legal(state)[:, swap], swap, uniform(game, state, generator))


CASES = {
    "connect4": Case("connect_four", cautious),
    "othello": Case("othello", hungry),
    "hex:11+swap": Case("hex", swapping),
}


@pytest.mark.parametrize("name", CASES)
def test_every_ply_agrees_with_pgx(name: str) -> None:
    game, case = make(name), CASES[name]
    peer = pgx.make(case.theirs)
    step = jax.jit(jax.vmap(peer.step))
    theirs = jax.jit(jax.vmap(peer.init))(jax.random.split(jax.random.PRNGKey(7), GAMES))
    first = np.asarray(theirs.current_player)  # Pgx draws who moves first
    generator = torch.Generator().manual_seed(13)
    state = game.initial(GAMES)
    gains = np.zeros(GAMES)  # of the first player
    over = np.zeros(GAMES, dtype=bool)
    late = 0
    while not over.all():
        done = state.done.numpy()
        allowed = np.asarray(theirs.legal_action_mask)
        assert np.array_equal(game.legal(state).numpy()[~done], allowed[~done])
        seen = np.asarray(theirs.observation)[..., :2]
        assert np.array_equal(movers_stones_first(game, state).numpy()[~done], np.moveaxis(seen, -1, 1)[~done])
        action = uniform(game, state, generator)
        action[GAMES // 2 :] = case.biased(game, state[GAMES // 2 :], generator)
        # Where neither side can move, Pgx has both of them pass before the game of Othello is over.
        waiting = done & ~over
        if name == "othello" and waiting.any():
            late += int(waiting.sum())
            assert allowed[waiting][:, PASS].all()
            assert not allowed[waiting][:, :PASS].any()
            action[torch.from_numpy(waiting)] = PASS
        else:
            assert not waiting.any()

        theirs = step(theirs, action.numpy())
        state = game.step(state, action)
        ended = np.asarray(theirs.terminated) & ~over
        gains[ended] = np.asarray(theirs.rewards)[ended, first[ended]]
        over |= ended
        assert not (over & ~state.done.numpy()).any()
        if name != "othello":
            assert np.array_equal(over, state.done.numpy())
    first_gains = (state.reward * (2 * (state.ply % 2) - 1)).numpy()
    assert np.array_equal(first_gains, gains)
    assert {-1, 1} <= set(gains)
    assert (late > 0) == (name == "othello")


def movers_stones_first(game: Game[Any], state: Any) -> torch.Tensor:
    """`[B, 2, H, W]` bool; Pgx shows both players the board the same way up."""
    by_seat = stones(game, state)
    return torch.where((state.ply % 2 == 1).view(-1, 1, 1, 1), by_seat.flip(1), by_seat)
