"""The play loop, uniform sampling and games that can be taken back."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from game import History, IllegalMoveError, State, make, moves_text, parse_moves
from game.play import check_legal, play, sample_uniform
from tests.helpers import BOARDS, assert_frequency, reachable

SCRIPTS = ["a1a2b1b2c1", "a1a2b1b2c3c2", "b2a1a2c2b3b1c1a3c3", "a3b2b3a2c3"]  # 5, 6, 9 and 5 moves


def test_finished_games_leave_and_rows_say_which_games_are_left() -> None:
    game = make("tictactoe")
    scripts = [parse_moves(game, text).actions for text in SCRIPTS]
    asked: list[list[int]] = []

    def choose(state: State, rows: Tensor) -> Tensor:
        asked.append(rows.tolist())
        assert len(state) == len(rows)
        assert state.ply.tolist() == [len(asked) - 1] * len(rows)
        return torch.tensor([scripts[row][len(asked) - 1] for row in rows.tolist()])

    turns = list(play(game, game.initial(4), choose))
    assert asked == [[0, 1, 2, 3]] * 5 + [[1, 2]] + [[2]] * 3
    assert [turn.rows.tolist() for turn in turns] == asked
    for t, turn in enumerate(turns):
        assert turn.action.tolist() == [scripts[row][t] for row in asked[t]]
        for i, row in enumerate(asked[t]):
            history = History(game)
            for action in scripts[row][:t]:
                history.push(action)
            assert turn.state[i].equal(history.state)
            history.push(scripts[row][t])
            assert turn.after[i].equal(history.state)
    assert turns[4].after.reward.tolist() == [1, 0, 0, 1]
    assert turns[4].after.done.tolist() == [True, False, False, True]


def test_games_go_on_from_mixed_positions_and_finished_ones_are_never_asked_about() -> None:
    game = make("tictactoe")
    texts = ["", "a1a2b1b2c1", "a1a2b1b2", "b2a1a2c2b3b1c1a3c3", "a1a2b1"]
    start = type(game.initial(1)).cat([parse_moves(game, text).state for text in texts])
    moves = {0: ["a1", "a2", "b1", "b2", "c1"], 2: ["c1"], 4: ["b2", "c1"]}
    asked: list[list[int]] = []

    def choose(state: State, rows: Tensor) -> Tensor:
        asked.append(rows.tolist())
        return torch.tensor([game.parse_move(moves[row][len(asked) - 1], state[0]) for row in rows.tolist()])

    final = [int(reward) for reward in start.reward]
    for turn in play(game, start, choose):
        for row, reward in zip(turn.rows.tolist(), turn.after.reward.tolist(), strict=True):
            final[row] = reward
    assert asked == [[0, 2, 4], [0, 4], [0], [0], [0]]
    assert final == [1, 1, 1, 0, 1]


@pytest.mark.parametrize("name", BOARDS)
def test_nothing_is_played_where_all_games_are_over(name: str) -> None:
    def choose(_: State, __: Tensor) -> Tensor:
        raise AssertionError("asked for a move")

    game = make(name)
    state = reachable(game, seed=1)
    assert list(play(game, state[state.done], choose)) == []
    assert list(play(game, game.initial(0), choose)) == []


@pytest.mark.parametrize("name", BOARDS)
def test_random_games_end_and_every_move_is_told_once(name: str) -> None:
    game = make(name)
    generator = torch.Generator().manual_seed(5)
    start = reachable(game, seed=2, games=8)
    plies = start.ply.long()
    ended = start.done.clone()
    for turn in play(game, start, lambda state, _: sample_uniform(game.legal(state), generator)):
        assert not bool(ended[turn.rows].any())
        assert torch.equal(turn.state.ply.long(), plies[turn.rows])
        assert bool(game.legal(turn.state).gather(1, turn.action[:, None]).all())
        assert game.step(turn.state, turn.action).equal(turn.after)
        plies[turn.rows] += 1
        ended[turn.rows] = turn.after.done
    assert bool(ended.all())


# Narrow and wide masks are sampled in two ways, the wide ones in words of 8 and blocks of 64 columns.
WIDTHS = [1, 2, 7, 9, 31, 32, 33, 63, 64, 65, 121, 128, 154, 225, 255, 256, 300, 361, 512, 700]


def masks_of_all_densities(rows: int, columns: int, generator: torch.Generator) -> Tensor:
    return torch.rand(rows, columns, generator=generator) < torch.rand(rows, 1, generator=generator) ** 3


@pytest.mark.parametrize("columns", WIDTHS)
def test_sample_uniform_never_chooses_a_false_column(columns: int) -> None:
    generator = torch.Generator().manual_seed(columns)
    mask = masks_of_all_densities(20_000, columns, generator)
    mask[:3] = torch.tensor([[False], [True], [False]])
    chosen = sample_uniform(mask, generator)
    none = ~mask.any(1)
    assert chosen.dtype == torch.int64
    assert bool(none.any())
    assert bool((chosen[none] == columns).all())
    assert bool(mask[~none].gather(1, chosen[~none, None]).all())


@pytest.mark.parametrize("columns", WIDTHS)
def test_sample_uniform_takes_the_true_column_that_its_draw_falls_on(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Draws planted, from 0 to the largest number below 1: of n true columns the one numbered floor(draw * n)."""
    generator = torch.Generator().manual_seed(columns)
    mask = masks_of_all_densities(4000, columns, generator)
    mask[:4] = torch.tensor([[True], [True], [False], [False]])
    mask[2:4, -1] = True
    draws = torch.rand(4000, generator=generator)
    draws[0::5], draws[1::5] = 0.0, 1 - 2**-24

    def planted(*shape: Any, **_: Any) -> Tensor:
        return draws.view(*shape)

    monkeypatch.setattr(torch, "rand", planted)
    chosen = sample_uniform(mask, generator).tolist()
    for row, draw in enumerate(draws.tolist()):
        true_columns = mask[row].nonzero().flatten().tolist()
        expected = true_columns[int(draw * len(true_columns))] if true_columns else columns
        assert chosen[row] == expected


@pytest.mark.parametrize("columns", [9, 32, 40, 64, 65, 128, 361])
def test_sample_uniform_takes_masks_however_they_lie_in_memory(columns: int) -> None:
    mask = masks_of_all_densities(600, columns, torch.Generator().manual_seed(columns))
    expected = sample_uniform(mask, torch.Generator().manual_seed(1))
    wide = torch.zeros(600, 2 * columns + 3, dtype=torch.bool)
    wide[:, 3::2] = mask
    beside = torch.zeros(600, columns + 5, dtype=torch.bool)
    beside[:, 5:] = mask
    shifted = torch.cat((torch.zeros(3, dtype=torch.bool), mask.flatten()))[3:].view(600, columns)
    laid_out = {
        "columns lead": mask.T.contiguous().T,
        "every other column": wide[:, 3::2],
        "the last columns": beside[:, 5:],
        "every third row": mask.repeat_interleave(3, 0)[::3],
        "not at the start of a word": shifted,
    }
    for how, view in laid_out.items():
        assert torch.equal(view, mask)
        assert torch.equal(sample_uniform(view, torch.Generator().manual_seed(1)), expected), how
    assert sample_uniform(mask[:0], torch.Generator().manual_seed(1)).shape == (0,)


@pytest.mark.parametrize("columns", [9, 32, 65, 225])
def test_sample_uniform_leaves_the_mask_alone(columns: int) -> None:
    mask = masks_of_all_densities(50, columns, torch.Generator().manual_seed(2))
    before = mask.clone()
    sample_uniform(mask, torch.Generator().manual_seed(3))
    assert torch.equal(mask, before)


@pytest.mark.parametrize(
    "mask",
    [
        [True, True, True, True, True, True, True],
        [False, True, False, False, True, True, False],
        [True, False, False, False, False, False, True],
        [False, False, False, True, False, False, False],
        [True] * 40,
        [column % 3 == 0 for column in range(121)],
        [column in (0, 7, 8, 63, 64, 71, 130, 224) for column in range(225)],
    ],
)
def test_sample_uniform_chooses_each_true_column_equally_often(mask: list[bool]) -> None:
    trials = 20_000
    generator = torch.Generator().manual_seed(7)
    counts = torch.bincount(sample_uniform(torch.tensor([mask] * trials), generator), minlength=len(mask))
    for allowed, count in zip(mask, counts.tolist(), strict=True):
        assert_frequency(count, trials, allowed / sum(mask))


@pytest.mark.parametrize("columns", [2, 64])
def test_sample_uniform_draws_rows_independently_of_each_other(columns: int) -> None:
    """Two true columns, of which pairs of rows draw each combination equally often."""
    trials = 20_000
    mask = torch.zeros(trials, columns, dtype=torch.bool)
    mask[:, [0, columns - 1]] = True
    pairs = sample_uniform(mask, torch.Generator().manual_seed(3)).view(-1, 2)
    for first in (0, columns - 1):
        for second in (0, columns - 1):
            hits = int(((pairs[:, 0] == first) & (pairs[:, 1] == second)).sum())
            assert_frequency(hits, trials // 2, 1 / 4)


@pytest.mark.parametrize("columns", [20, 32, 225, 300, 361])
def test_sample_uniform_chooses_evenly_among_many_columns(columns: int) -> None:
    """Each column within five standard deviations, and all together by chi-square, whose mean is n - 1."""
    trials = 400 * columns
    mask = torch.ones(trials, columns, dtype=torch.bool)
    counts = torch.bincount(sample_uniform(mask, torch.Generator().manual_seed(1)), minlength=columns)
    assert len(counts) == columns
    for count in counts.tolist():
        assert_frequency(count, trials, 1 / columns)
    chi_square = float(((counts - 400) ** 2 / 400).sum())
    assert abs(chi_square - (columns - 1)) < 4 * math.sqrt(2 * (columns - 1))


@pytest.mark.parametrize("columns", [9, 32, 225])
def test_sample_uniform_repeats_itself_with_the_same_seed(columns: int) -> None:
    mask = torch.ones(100, columns, dtype=torch.bool)
    first, second, other = (sample_uniform(mask, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_check_legal_names_the_moves_there_are() -> None:
    game = make("connect4")
    state = parse_moves(game, "444444").state
    check_legal(game, state, 0)
    for action, name in ((3, "4"), (7, "7"), (-1, "-1")):
        with pytest.raises(IllegalMoveError) as caught:
            check_legal(game, state, action)
        assert str(caught.value) == f"{name} is not legal here: the legal moves are 1, 2, 3, 5, 6, 7"
    with pytest.raises(IllegalMoveError, match="the game is over: no move is legal"):
        check_legal(game, parse_moves(game, "1212121").state, 0)


def test_history_is_pushed_and_undone() -> None:
    game = make("tictactoe")
    history = History(game)
    history.undo()
    assert (len(history.states), history.actions, history.seat_to_move) == (1, [], 0)
    for ply, name in enumerate(["a1", "a2", "b1", "b2"], start=1):
        history.push(game.parse_move(name, history.state))
        assert (history.seat_to_move, history.done, history.winner) == (ply % 2, False, None)
    before = history.state
    history.push(game.parse_move("c1", history.state))
    assert (history.done, history.winner) == (True, 0)
    with pytest.raises(IllegalMoveError):
        history.push(game.parse_move("c3", history.state))
    assert len(history.actions) == 5
    history.undo()
    assert history.state.equal(before)
    assert (history.done, history.winner) == (False, None)
    history.push(game.parse_move("a3", history.state))
    history.push(game.parse_move("c2", history.state))
    assert (history.done, history.winner) == (True, 1)
    assert moves_text(game, history.actions) == "a1a2b1b2a3c2"
    for _ in range(10):
        history.undo()
    assert history.state.equal(game.initial(1))


def test_an_illegal_push_changes_nothing() -> None:
    game = make("connect4")
    history = parse_moves(game, "444444")
    before = history.state
    with pytest.raises(IllegalMoveError):
        history.push(3)
    assert history.state.equal(before)
    assert len(history.actions) == len(history.states) - 1 == 6


def test_history_from_a_position() -> None:
    game = make("connect4")
    history = History(game, parse_moves(game, "121212").state)
    assert (history.seat_to_move, history.actions) == (0, [])
    history.push(0)
    assert (history.done, history.winner) == (True, 0)
    history.undo()
    history.undo()
    assert int(history.state.ply) == 6


@pytest.mark.parametrize(("text", "winner"), [("1212121", 0), ("51526364", 1)])
def test_a_finished_start_has_its_winner(text: str, winner: int) -> None:
    game = make("connect4")
    history = History(game, parse_moves(game, text).state)
    assert (history.done, history.winner) == (True, winner)
