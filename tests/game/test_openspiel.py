"""The rules beside OpenSpiel's (https://github.com/google-deepmind/open_spiel), ply by ply.

Of each board 1,000 games where rare endings must be met, else 150.

OpenSpiel knows Othello on 8 x 8 only, and on fewer than 6 rows its Breakthrough begins with one row of stones a side;
such boards are compared with the slow rules of test_oracle.py.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from game import Game, make
from tests.helpers import Choose, cautious, hungry, stones, uniform

pyspiel = pytest.importorskip("pyspiel", reason="OpenSpiel is not installed")

MANY, FEW = 1000, 150  # games
Actions = NDArray[np.int64]


class Case(NamedTuple):
    """A board that both know.

    biased:  who plays half of the games; the others are uniformly random.
    endings: what the sample must contain, see `endings_of`.
    """

    theirs: str
    biased: Choose
    endings: set[str]

    @property
    def games(self) -> int:
        return MANY if self.endings - {"stone taken", "swap"} else FEW


def swapping(game: Game[Any], state: Any, generator: torch.Generator) -> torch.Tensor:
    """Always use the swap rule."""
    swap = game.num_actions - 1
    return torch.where(game.legal(state)[:, swap], swap, uniform(game, state, generator))


CASES = {
    "tictactoe": Case("tic_tac_toe", cautious, {"draw", "win on the last cell"}),
    "connect4": Case("connect_four", cautious, {"draw", "win on the last cell"}),
    "othello": Case("othello", hungry, {"draw", "pass", "full board", "nobody can move", "last stone taken"}),
    "hex:3": Case("hex(board_size=3)", cautious, {"win on the last cell"}),
    "hex:5": Case("hex(board_size=5)", cautious, {"win on the last cell"}),
    "hex": Case("hex(board_size=11)", uniform, set()),
    "hex:12": Case("hex(board_size=12)", uniform, set()),
    "hex:4+swap": Case("hex(board_size=4,swap=True)", swapping, {"swap", "win on the last cell"}),
    "hex:11+swap": Case("hex(board_size=11,swap=True)", swapping, {"swap"}),
    "breakthrough": Case("breakthrough", uniform, {"stone taken"}),
    "breakthrough:5x6": Case("breakthrough(rows=6,columns=5)", hungry, {"stone taken", "last stone taken"}),
    "breakthrough:4x7": Case("breakthrough(rows=7,columns=4)", hungry, {"stone taken", "last stone taken"}),
    "gomoku:3x3x3": Case("mnk(m=3,n=3,k=3)", cautious, {"draw", "win on the last cell"}),
    "gomoku:5x4x4": Case("mnk(m=5,n=4,k=4)", cautious, {"draw", "win on the last cell"}),
    "gomoku:4x6x3": Case("mnk(m=4,n=6,k=3)", cautious, set()),
    "gomoku:8x8x5": Case("gomoku(size=8)", uniform, {"draw"}),
    "gomoku": Case("gomoku(size=15)", uniform, set()),
}


def our_actions(name: str, num_actions: int, seat: int) -> Actions:
    """Our number of each of their actions; -1 where it is not a move of this seat."""
    if not name.startswith("breakthrough"):
        return np.arange(num_actions)
    # Theirs: (((row * columns + column) * 6 + direction) * 2 + takes), where row 0 is the first player's. Directions 0
    # to 2 lead one row further, 3 to 5 one row back, each to the left, straight and to the right.
    game = make(name)
    _, rows, columns = game.observation_shape
    start = game.initial(1)
    state = start if seat == 0 else game.step(start, game.legal(start).int().argmax(1))
    ours = np.full(num_actions, -1, dtype=np.int64)
    by_cells = {game.squares(action, state): action for action in range(game.num_actions)}
    for row, column, direction, takes in itertools.product(range(rows), range(columns), range(6), (0, 1)):
        to_row, to_column = row + (1 if direction < 3 else -1), column + direction % 3 - 1
        squares = (rows - 1 - row, column), (rows - 1 - to_row, to_column)
        ours[((row * columns + column) * 6 + direction) * 2 + takes] = by_cells.get(squares, -1)
    return ours


def endings_of(game: Game[Any], before: Any, action: torch.Tensor, after: Any) -> set[str]:
    """What this ply has shown in any of the unfinished games."""
    name = game.name.partition(":")[0]
    ended = after.done & ~before.done
    counts = stones(game, after).flatten(2).sum(2)
    lost = (counts < stones(game, before).flatten(2).sum(2)).any(1) & ~before.done
    full = counts.sum(1) == game.observation_shape[1] * game.observation_shape[2]
    none_left = (counts == 0).any(1)
    pathless = torch.tensor([not game.squares(int(a), before[0]) for a in range(game.num_actions)])[action]
    found = {
        "draw": ended & (after.reward == 0),
        "full board": ended & full,
        "win on the last cell": ended & full & (after.reward == 1),
        "nobody can move": ended & ~full & ~none_left,
        "stone taken": lost & (name == "breakthrough"),
        "last stone taken": ended & none_left,
        "pass": pathless & ~before.done & (name == "othello"),
        "swap": pathless & ~before.done & (name == "hex"),
    }
    return {ending for ending, rows in found.items() if bool(rows.any())}


@pytest.mark.parametrize("name", CASES)
def test_every_ply_agrees_with_openspiel(name: str) -> None:
    game, case = make(name), CASES[name]
    peer = pyspiel.load_game(case.theirs)
    ours = [our_actions(name, peer.num_distinct_actions(), seat) for seat in (0, 1)]
    generator = torch.Generator().manual_seed(11)
    games = case.games
    state = game.initial(games)
    peers = [peer.new_initial_state() for _ in range(games)]
    seen: set[str] = set()
    for ply in range(game.max_plies + 1):
        going = np.array([not p.is_terminal() for p in peers])
        assert np.array_equal(~state.done.numpy(), going)
        first_gains = state.reward * (2 * (state.ply % 2) - 1)
        assert first_gains.tolist() == [p.returns()[0] for p in peers]
        rows = np.flatnonzero(going)
        if not len(rows):
            break
        assert all(peers[row].current_player() == ply % 2 for row in rows)

        legal = [peers[row].legal_actions() for row in rows]
        row_of = np.repeat(rows, [len(actions) for actions in legal])
        theirs = np.fromiter(itertools.chain.from_iterable(legal), dtype=np.int64, count=len(row_of))
        mine = ours[ply % 2][theirs]
        assert (mine >= 0).all()
        name_of_theirs = np.full((games, game.num_actions), -1, dtype=np.int64)
        name_of_theirs[row_of, mine] = theirs
        allowed = name_of_theirs >= 0
        assert allowed.sum() == len(theirs), "two of their actions are one of ours"
        assert np.array_equal(game.legal(state).numpy(), allowed)

        action = uniform(game, state, generator)
        action[games // 2 :] = case.biased(game, state[games // 2 :], generator)
        for row, chosen in zip(rows, name_of_theirs[rows, action.numpy()[rows]].tolist(), strict=True):
            peers[row].apply_action(chosen)
        after = game.step(state, action)
        seen |= endings_of(game, state, action, after)
        state = after
    assert bool(state.done.all())
    assert seen >= case.endings
