"""n-tuples whose row numbers follow the moves: values against sums made anew, self-play, learning, saving."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from agent.config import TrainConfig
from agent.ntuple.incremental.features import features_of
from agent.ntuple.incremental.q import IncrementalQ
from agent.ntuple.incremental.shapes import OFF, shapes_of
from agent.ntuple.squash import squash
from game.compiled import stones_of
from game.core import Game
from game.errors import UsageError
from game.play import play, sample_uniform
from game.registry import make

SETTINGS = {
    "gomoku:6x5x4": ("lines:5", 1),
    "gomoku:5x5x4": ("patches:3x3+walks:4x5", 2),
    "othello:6": ("classic+counts", 3),
    "othello:4": ("walks:6x4+lines:3", 1),
    "breakthrough:4x5": ("windows:2x3+patches:2x2", 2),
    "hex:4": ("lines:5+walks:3x4", 1),
    "connect4": ("walks:6x5+lines:5", 2),
    "tictactoe": ("lines:3+walks:2x5", 1),
}


def config(name: str, **settings: Any) -> TrainConfig:
    features, stages = SETTINGS[name]
    chosen = {
        "games": 64, "epsilon": 0.1, "temperature": 0.05, "exploration": "varied", "target": "q", "lam": 0.9,
        "learning_rate": 4.0, "schedule": "constant", "batch_size": 200, "opening_plies": 4, "weight_averaging": 0.1,
    }  # fmt: skip
    return TrainConfig(game=name, q="ntuple", features=features, stages=stages, **{**chosen, **settings})


def filled(name: str, seed: int = 0) -> IncrementalQ:
    """A Q-function of random rows."""
    game, (features, stages) = make(name), SETTINGS[name]
    q = IncrementalQ(game, features, stages)
    q.table.normal_(0, 0.1, generator=torch.Generator().manual_seed(seed))
    layout = q.features.layout
    q.table.view(stages, -1)[:, layout.row_of[layout.empty[layout.lazy]]] = 0  # never learned
    return q


def reached(game: Game[Any], games: int, seed: int) -> Any:
    """Unfinished positions of random games, in order of their plies."""
    states: list[Any] = []
    generator = torch.Generator().manual_seed(seed)

    def choose(state: Any, _: torch.Tensor) -> torch.Tensor:
        states.append(state)
        return sample_uniform(game.legal(state), generator)

    for _ in play(game, game.initial(games), choose):
        pass
    return type(states[0]).cat(states)


def by_hand(q: IncrementalQ, state: Any) -> float:
    """V of one position for whoever has just moved, from nothing but shapes, symmetries and the table."""
    game, features = q.game, q.features
    stones = stones_of(game, state)[0]
    view = 1 - int(state.ply) % 2
    if view == 1:
        stones = np.array([0, 2, 1], np.int8)[stones]
        if game.second_view is not None:
            stones = stones[game.second_view.cells.numpy()]
    stage = int(features.layout.stage_of[np.count_nonzero(stones)])
    total, base = 0.0, stage * features.rows
    for shape in shapes_of(game, features.families.removesuffix("+counts")):
        for place in shape.places:
            digits = [3 if cell == OFF else int(stones[cell]) for cell in place]
            alike = (sum(d * shape.digits ** to[k] for k, d in enumerate(digits)) for to in shape.same)
            total += float(q.table[base + min(alike)])
        base += shape.digits**shape.size
    if features.families.endswith("+counts"):
        for number, values in zip(counted(stones.reshape(game.observation_shape[1:])), (2048, 37**2), strict=True):
            total += float(q.table[base + number])
            base += values
    assert base == (stage + 1) * features.rows
    return float(squash(total))


def counted(board: np.ndarray) -> tuple[int, int]:
    """The numbers of Othello, of a board where 1 has just moved."""
    size, discs = len(board), [int((board == side).sum()) for side in (1, 2)]

    def moves(side: int) -> int:
        return sum(board[r, c] == 0 and any(flips(side, r, c, d, e) for d in (-1, 0, 1) for e in (-1, 0, 1))
                   for r in range(size) for c in range(size))  # fmt: skip

    def flips(side: int, r: int, c: int, down: int, right: int) -> bool:
        met = 0
        while (down or right) and 0 <= (r := r + down) < size and 0 <= (c := c + right) < size and board[r, c]:
            if board[r, c] == side:
                return met > 0
            met += 1
        return False

    few = min(discs[0], 8) - 1
    return (few * 16 + min(moves(1), 15)) * 16 + min(moves(2), 15), discs[0] * 37 + discs[1]


@pytest.mark.parametrize("name", SETTINGS)
def test_q_is_the_value_after_each_move_summed_anew(name: str) -> None:
    q = filled(name)
    states = reached(q.game, 6, seed=1)
    states = states[torch.arange(0, len(states), 7)]
    found = q.q(states)
    assert torch.equal(found > -torch.inf, q.game.legal(states))
    for row in range(len(states)):
        for action in q.game.legal(states[row])[0].nonzero().flatten().tolist():
            after = q.game.step(states[row], torch.tensor([action]))
            expected = float(after.reward) if bool(after.done) else by_hand(q, after)
            assert float(found[row, action]) == pytest.approx(expected, abs=2e-6)


def test_finished_positions_have_no_moves_and_many_are_valued_as_few() -> None:
    q = filled("gomoku:6x5x4")
    states = reached(q.game, 40, seed=2)
    many = q.q(states)
    assert len(states) > 300
    assert torch.equal(many[:5], q.q(states[:5]))
    over = q.game.step(q.game.initial(1), torch.tensor([0]))
    over = type(over)(over.ply, torch.tensor([True]), over.reward, over.board)
    assert bool((q.q(over) == -torch.inf).all())


@pytest.mark.parametrize("name", ["gomoku:5x5x4", "othello:6", "breakthrough:4x5", "hex:4", "connect4"])
def test_images_of_a_position_have_the_same_q(name: str) -> None:
    q, game = filled(name), make(name)
    for symmetry in game.symmetries:
        state, image = game.initial(8), game.initial(8)
        generator = torch.Generator().manual_seed(3)
        for _ in range(6):
            action = sample_uniform(game.legal(state), generator)
            state = game.step(state, action)
            image = game.step(image, symmetry.actions.argsort()[action])
        torch.testing.assert_close(q.q(image), q.q(state)[:, symmetry.actions], rtol=0, atol=2e-6)


def test_a_hand_worked_table() -> None:
    """On 3 x 1 with two in a row to win: lines of three cells along one row, and single columns and diagonals."""
    game = make("gomoku:3x1x2")
    q = IncrementalQ(game, "lines:3")
    # Four places a cell: three of them (down and both diagonals) hold the cell alone, with the edge on both sides.
    alone, row_of = 3 + 4 * 1 + 16 * 3, q.features.layout.row_of
    q.table[row_of[alone]] = 0.1
    wall_mine_empty, mine_in_the_middle = 3 + 4 * 1 + 16 * 0, 0 + 4 * 1 + 16 * 0
    q.table[row_of[wall_mine_empty]], q.table[row_of[mine_in_the_middle]] = 0.2, -0.4
    q.changed()
    found = q.q(game.initial(1))[0]
    # A stone at the end: three lines of its own, and its row; nothing is known of the row around the middle cell.
    assert found.tolist() == pytest.approx([np.tanh(0.5), np.tanh(-0.1), np.tanh(0.5)])
    # Mirrored lines are one row of the table.
    assert row_of[wall_mine_empty] == row_of[0 + 4 * 1 + 16 * 3]
    after = game.step(game.initial(1), torch.tensor([1]))
    stone, theirs = 0.3, 0.0  # the new stone's lines; their lone stone has rows of its own, still 0
    expected = np.tanh(stone + theirs)
    assert q.q(after)[0].tolist() == pytest.approx([expected, -np.inf, expected])


def test_tables_too_large_are_refused_in_words() -> None:
    with pytest.raises(UsageError, match=r"--features lines:12 in 10 stages needs 6\.7 GB .* the limit is 2 GB"):
        IncrementalQ(make("gomoku"), "lines:12", 10)


@pytest.mark.parametrize(
    ("name", "families"),
    [("gomoku", "line:9"), ("gomoku", "lines:13"), ("gomoku", ""), ("hex:4", "classic"), ("othello:4", "windows:5x2"),
     ("gomoku:5x4x3", "classic"), ("gomoku", "lines:9+"), ("gomoku", "walks:70")],
)  # fmt: skip
def test_families_that_there_are_not_are_refused_in_words(name: str, families: str) -> None:
    with pytest.raises(UsageError, match=r"is no family of n-tuples of"):
        IncrementalQ(make(name), families)


@pytest.mark.parametrize(("name", "families"), [("hex:4", "lines:5+counts"), ("othello:4", "counts")])
def test_counts_alone_or_where_nothing_is_counted_are_refused_in_words(name: str, families: str) -> None:
    with pytest.raises(UsageError, match=r"counts go with other families, in games whose rules count"):
        IncrementalQ(make(name), families)


def test_games_without_compiled_rules_are_refused_in_words() -> None:
    with pytest.raises(UsageError, match=r"hex:4\+swap has no compiled rules"):
        IncrementalQ(make("hex:4+swap"), "lines:5")


def test_shapes_share_tables_by_place_and_by_symmetry() -> None:
    game = make("othello")
    classic = shapes_of(game, "classic")
    assert [len(shape.places) for shape in classic] == [4, 4, 4, 4, 2, 4, 4, 4, 4, 4, 8, 4]
    # Reflected at itself the main diagonal stays cell by cell, and the corner of two rows has no image in its place.
    assert [len(shape.same) for shape in classic] == [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 2]
    assert len(shapes_of(game, "classic+classic")) == len(classic)
    (lines,) = shapes_of(make("gomoku"), "lines:9")
    assert len(lines.places) == 4 * 225
    assert features_of(make("gomoku"), "lines:9", 1, (0, 225)).size == 4**9
