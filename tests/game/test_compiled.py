"""The scalar rules of compiled loops against the batched rules, on random games: they must be one game."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from numba import njit
from numba.core.caching import CacheImpl

from game.compiled import compiled_rules, has_compiled_rules, jit, stones_of
from game.compiled.contract import arrange, legal, look, new_board, start, step
from game.compiled.jit import njit as compiled_without_fail
from game.core import Game
from game.registry import make

BOARDS = (
    "gomoku", "gomoku:9x9x5", "gomoku:4x3x3", "gomoku:5x2x1", "othello", "othello:6", "othello:4",
    "breakthrough", "breakthrough:4x6", "breakthrough:7x4", "hex", "hex:4", "connect4", "tictactoe",
)  # fmt: skip


@njit
def _trace(rules, draws, legal_at, action_at, stones_at, change_at, over_at, reward_at):
    """One random game: what was legal, what was done, the stones before, and what `look` said of it. Its length."""
    board = new_board(rules)
    start(rules, board)
    actions, cells = np.empty(rules.actions, np.int64), np.empty(rules.changes, np.int64)
    stones = np.empty(rules.changes, np.int8)
    for ply in range(rules.plies):
        stones_at[ply] = board.stones
        count = legal(rules, board, ply, actions)
        for i in range(count):
            legal_at[ply, actions[i]] = True
        action = actions[int(draws[ply] * count)]
        changes, over, reward = look(rules, board, ply, action, cells, stones)
        action_at[ply], over_at[ply], reward_at[ply] = action, over, reward
        change_at[ply] = board.stones
        for i in range(changes):
            change_at[ply, cells[i]] = stones[i]
        step(rules, board, ply, action)
        if (board.stones != change_at[ply]).any():
            return -1
        if over:
            return ply + 1
    return rules.plies + 1


@njit
def _arranged(rules, stones, ply, legal_at, over_at, reward_at):
    """What may be done where only the stones are known, and how it ends."""
    board = new_board(rules)
    board.stones[:] = stones
    arrange(rules, board, ply)
    actions, cells = np.empty(rules.actions, np.int64), np.empty(rules.changes, np.int64)
    found = np.empty(rules.changes, np.int8)
    for i in range(legal(rules, board, ply, actions)):
        legal_at[actions[i]] = True
        _, over_at[actions[i]], reward_at[actions[i]] = look(rules, board, ply, actions[i], cells, found)


def traced(game: Game[Any], seed: int) -> tuple[int, dict[str, npt.NDArray[Any]]]:
    rules = compiled_rules(game)
    shape = (game.max_plies, rules.cells)
    found: dict[str, npt.NDArray[Any]] = {
        "legal": np.zeros((game.max_plies, game.num_actions), np.bool_),
        "action": np.zeros(game.max_plies, np.int64),
        "stones": np.zeros(shape, np.int8),
        "change": np.zeros(shape, np.int8),
        "over": np.zeros(game.max_plies, np.bool_),
        "reward": np.zeros(game.max_plies, np.float32),
    }
    draws = np.random.default_rng(seed).random(game.max_plies)
    return _trace(rules, draws, *found.values()), found


@pytest.mark.parametrize("name", BOARDS)
def test_random_games_are_the_same_by_both_rules(name: str) -> None:
    game = make(name)
    rules = compiled_rules(game)
    assert (rules.actions, rules.plies) == (game.num_actions, game.max_plies)
    for seed in range(4 if game.max_plies > 100 else 20):
        length, found = traced(game, seed)
        assert 0 < length <= game.max_plies
        state = game.initial(1)
        for ply in range(length):
            assert torch.equal(game.legal(state)[0], torch.from_numpy(found["legal"][ply])), (seed, ply)
            assert (stones_of(game, state)[0] == found["stones"][ply]).all(), (seed, ply)
            state = game.step(state, torch.tensor([found["action"][ply]]))
            assert bool(state.done) == found["over"][ply], (seed, ply)
            assert float(state.reward) == found["reward"][ply], (seed, ply)
            assert (stones_of(game, state)[0] == found["change"][ply]).all(), (seed, ply)
        assert bool(state.done)


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_set_up_by_its_stones_goes_on_like_one_that_was_played(name: str) -> None:
    game = make(name)
    rules = compiled_rules(game)
    length, found = traced(game, 1)
    state = game.initial(1)
    for ply in range(length):
        legal_at = np.zeros(game.num_actions, np.bool_)
        over, reward = np.zeros(game.num_actions, np.bool_), np.zeros(game.num_actions, np.float32)
        _arranged(rules, found["stones"][ply], ply, legal_at, over, reward)
        after, valid = game.children(state)
        assert (legal_at == valid[0].numpy()).all()
        assert (over == (after.done & valid[0]).numpy()).all()
        assert (reward == torch.where(valid[0], after.reward, 0).numpy()).all()
        state = game.step(state, torch.tensor([found["action"][ply]]))


def test_games_without_scalar_rules_have_none() -> None:
    assert compiled_rules(make("hex:4+swap")) is None
    assert has_compiled_rules(make("hex:4"))
    assert not has_compiled_rules(make("hex:4+swap"))


def test_where_no_cache_can_be_written_loops_are_compiled_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    with pytest.raises(RuntimeError, match="cannot cache function"):
        njit(cache=True)(_doubled)
    assert compiled_without_fail(cache=True, nogil=True)(_doubled)(21) == 42


def _doubled(number):
    return 2 * number


def test_a_change_in_another_file_of_loops_makes_them_be_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index of the cache is good for one stamp of all files alone."""
    loop = compiled_without_fail(cache=True)(_doubled)
    assert loop(21) == 42
    again = compiled_without_fail(cache=True)(_doubled)
    assert again(21) == 42
    assert sum(again.stats.cache_hits.values()) == 1
    monkeypatch.setattr(jit, "stamp", lambda: (("position.py", 1.0, 1),))
    changed = compiled_without_fail(cache=True)(_doubled)
    assert changed(21) == 42
    assert sum(changed.stats.cache_hits.values()) == 0
