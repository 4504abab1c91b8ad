"""The play loop, uniform sampling and games that can be taken back."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from game import History, IllegalMoveError, State, make, names, parse_moves
from game.play import check_legal, play, sample_uniform
from tests.helpers import assert_frequency, reachable

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

    def choose(_: State, rows: Tensor) -> Tensor:
        asked.append(rows.tolist())
        return torch.tensor([game.parse_move(moves[row][len(asked) - 1]) for row in rows.tolist()])

    final = [int(reward) for reward in start.reward]
    for turn in play(game, start, choose):
        for row, reward in zip(turn.rows.tolist(), turn.after.reward.tolist(), strict=True):
            final[row] = reward
    assert asked == [[0, 2, 4], [0, 4], [0], [0], [0]]
    assert final == [1, 1, 1, 0, 1]


@pytest.mark.parametrize("name", names())
def test_nothing_is_played_where_all_games_are_over(name: str) -> None:
    def choose(_: State, __: Tensor) -> Tensor:
        raise AssertionError("asked for a move")

    game = make(name)
    state = reachable(game, seed=1)
    assert list(play(game, state[state.done], choose)) == []
    assert list(play(game, game.initial(0), choose)) == []


@pytest.mark.parametrize("name", names())
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


@pytest.mark.parametrize("columns", [1, 2, 7, 9, 255, 256, 300])
def test_sample_uniform_never_chooses_a_false_column(columns: int) -> None:
    generator = torch.Generator().manual_seed(columns)
    mask = torch.rand(5000, columns, generator=generator) < torch.rand(5000, 1, generator=generator)
    chosen = sample_uniform(mask, generator)
    none = ~mask.any(1)
    assert chosen.dtype == torch.int64
    assert bool(none.any())
    assert bool((chosen[none] == columns).all())
    assert bool(mask[~none].gather(1, chosen[~none, None]).all())


@pytest.mark.parametrize(
    "mask",
    [
        [True, True, True, True, True, True, True],
        [False, True, False, False, True, True, False],
        [True, False, False, False, False, False, True],
        [False, False, False, True, False, False, False],
    ],
)
def test_sample_uniform_chooses_each_true_column_equally_often(mask: list[bool]) -> None:
    trials = 20_000
    generator = torch.Generator().manual_seed(7)
    counts = torch.bincount(sample_uniform(torch.tensor([mask] * trials), generator), minlength=len(mask))
    for allowed, count in zip(mask, counts.tolist(), strict=True):
        assert_frequency(count, trials, allowed / sum(mask))


def test_sample_uniform_draws_rows_independently_of_each_other() -> None:
    trials = 20_000
    pairs = sample_uniform(torch.ones(trials, 2, dtype=torch.bool), torch.Generator().manual_seed(3)).view(-1, 2)
    for first in (0, 1):
        for second in (0, 1):
            hits = int(((pairs[:, 0] == first) & (pairs[:, 1] == second)).sum())
            assert_frequency(hits, trials // 2, 1 / 4)


def test_sample_uniform_reaches_every_one_of_many_columns() -> None:
    counts = torch.bincount(sample_uniform(torch.ones(60_000, 300, dtype=torch.bool), torch.Generator().manual_seed(1)))
    assert len(counts) == 300
    for count in counts.tolist():
        assert_frequency(count, 60_000, 1 / 300)


def test_sample_uniform_repeats_itself_with_the_same_seed() -> None:
    mask = torch.ones(100, 9, dtype=torch.bool)
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
        history.push(game.parse_move(name))
        assert (history.seat_to_move, history.done, history.winner) == (ply % 2, False, None)
    before = history.state
    history.push(game.parse_move("c1"))
    assert (history.done, history.winner) == (True, 0)
    with pytest.raises(IllegalMoveError):
        history.push(game.parse_move("c3"))
    assert len(history.actions) == 5
    history.undo()
    assert history.state.equal(before)
    assert (history.done, history.winner) == (False, None)
    history.push(game.parse_move("a3"))
    history.push(game.parse_move("c2"))
    assert (history.done, history.winner) == (True, 1)
    assert [game.move_name(action) for action in history.actions] == ["a1", "a2", "b1", "b2", "a3", "c2"]
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
