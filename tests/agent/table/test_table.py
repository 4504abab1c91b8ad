"""Tabulated Q-factors: updates worked by hand."""

from __future__ import annotations

import pytest
import torch

from agent.table.table_q import TableQ, most_states
from game import QzeroError, State, make, parse_moves
from tests.helpers import reachable, unfinished

TICTACTOE = make("tictactoe")
A1, B2, C3 = (TICTACTOE.parse_move(name, TICTACTOE.initial(1)) for name in ("a1", "b2", "c3"))


def state_of(*texts: str) -> State:
    states: list[State] = [parse_moves(TICTACTOE, text).state for text in texts]
    return type(states[0]).cat(states)


def test_unknown_states_are_0_and_illegal_moves_minus_infinity() -> None:
    table = TableQ(TICTACTOE)
    state = reachable(TICTACTOE, seed=1)
    expected = torch.where(TICTACTOE.legal(state), 0.0, -torch.inf)
    assert torch.equal(table.q(state), expected)
    table.update(state_of(""), torch.tensor([B2]), torch.tensor([1.0]), 0.5)
    others = state[state.ply > 0]
    assert torch.equal(table.q(others), torch.where(TICTACTOE.legal(others), 0.0, -torch.inf))
    assert len(table) == 1


def test_one_update_moves_one_value_by_the_step_size() -> None:
    table = TableQ(TICTACTOE)
    error = table.update(state_of(""), torch.tensor([B2]), torch.tensor([1.0]), 0.25)
    assert error == 1.0
    assert table.q(state_of("")).tolist() == [[0, 0, 0, 0, 0.25, 0, 0, 0, 0]]
    error = table.update(state_of(""), torch.tensor([B2]), torch.tensor([-1.0]), 0.25)
    assert error == 1.25**2
    assert table.q(state_of(""))[0, B2] == 0.25 - 0.25 * 1.25


def test_a_batch_updates_each_pair_on_its_own() -> None:
    table = TableQ(TICTACTOE)
    state = state_of("", "a1", "", "a1b2")
    error = table.update(state, torch.tensor([A1, B2, B2, C3]), torch.tensor([1.0, -1.0, 0.5, 0.0]), 0.5)
    assert error == (1 + 1 + 0.25 + 0) / 4
    q = table.q(state_of("", "a1", "a1b2", "b2"))
    assert q[0, [A1, B2, C3]].tolist() == [0.5, 0.25, 0]
    assert q[1, [B2, A1, C3]].tolist() == [-0.5, -torch.inf, 0]
    assert q[2, C3] == 0
    assert len(table) == 3


def test_the_same_position_by_another_way_is_the_same_state() -> None:
    table = TableQ(TICTACTOE)
    table.update(state_of("a1b2c3"), torch.tensor([1]), torch.tensor([1.0]), 1.0)
    assert torch.equal(table.q(state_of("c3b2a1")), table.q(state_of("a1b2c3")))
    assert table.q(state_of("c3b2a1"))[0, 1] == 1


@pytest.mark.parametrize("alpha", [0.1, 0.5, 1.0])
def test_n_repeats_are_n_single_steps_towards_the_mean(alpha: float) -> None:
    targets = [1.0, -1.0, 1.0, 0.5, 1.0]
    at_once, one_by_one = TableQ(TICTACTOE), TableQ(TICTACTOE)
    for table in (at_once, one_by_one):
        table.update(state_of(""), torch.tensor([A1]), torch.tensor([-0.6]), 1.0)
    at_once.update(state_of(*[""] * 5), torch.full((5,), A1), torch.tensor(targets), alpha)
    for _ in targets:
        one_by_one.update(state_of(""), torch.tensor([A1]), torch.tensor([0.5]), alpha)  # their mean
    expected = 0.5 + (1 - alpha) ** 5 * (-0.6 - 0.5)
    assert float(at_once.q(state_of(""))[0, A1]) == pytest.approx(expected)
    assert float(one_by_one.q(state_of(""))[0, A1]) == pytest.approx(expected)


def test_equal_repeats_are_equal_to_single_updates() -> None:
    """n equal targets: 1 - (1 - alpha)^n of the way, here 1 - 0.75^3 = 0.578125."""
    table = TableQ(TICTACTOE)
    table.update(state_of("", "", ""), torch.full((3,), B2), torch.ones(3), 0.25)
    assert float(table.q(state_of(""))[0, B2]) == pytest.approx(0.578125)


@pytest.mark.parametrize("name", ["tictactoe", "connect4", "othello:4", "hex", "breakthrough:5x6", "gomoku:5x4x4"])
def test_random_updates_agree_with_a_dictionary(name: str) -> None:
    game = make(name)
    table = TableQ(game)
    generator = torch.Generator().manual_seed(3)
    slow: dict[tuple[int, int], float] = {}
    for seed in range(4):
        state = unfinished(game, seed)
        action = torch.multinomial(game.legal(state).float(), 1, generator=generator).squeeze(1)
        target = torch.rand(len(state), generator=generator) * 2 - 1
        met: dict[tuple[int, int], list[float]] = {}
        for key, a, value in zip(game.key(state).tolist(), action.tolist(), target.tolist(), strict=True):
            met.setdefault((key, a), []).append(value)
        errors = [(t - slow.get(pair, 0.0)) ** 2 for pair, ts in met.items() for t in ts]
        assert table.update(state, action, target, 0.3) == pytest.approx(sum(errors) / len(errors), rel=1e-5)
        for pair, ts in met.items():
            mean = sum(ts) / len(ts)
            slow[pair] = mean + 0.7 ** len(ts) * (slow.get(pair, 0.0) - mean)
        assert bool((table.keys[1:] > table.keys[:-1]).all()), "keys are in ascending order, each once"
        assert set(table.keys.tolist()) == {key for key, _ in slow}
        q, keys = table.q(state), game.key(state).tolist()
        for row, key in enumerate(keys):
            for a in game.legal(state)[row].nonzero().flatten().tolist():
                assert float(q[row, a]) == pytest.approx(slow.get((key, a), 0.0), abs=1e-6)


def test_a_table_is_made_again_from_its_keys_and_values() -> None:
    table = TableQ(TICTACTOE)
    state = unfinished(TICTACTOE, seed=5)
    action = TICTACTOE.legal(state).float().argmax(1)
    table.update(state, action, torch.linspace(-1, 1, len(state)), 0.5)
    again = TableQ(TICTACTOE, table.keys.clone(), table.values.clone())
    assert torch.equal(again.q(state), table.q(state))
    assert len(again) == len(table)


def test_a_table_that_would_outgrow_its_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.table.table_q.MOST_STATES", 3)
    table = TableQ(TICTACTOE)
    table.update(state_of("", "a1", "b2"), torch.tensor([A1, B2, C3]), torch.ones(3), 0.5)
    table.update(state_of("", "a1"), torch.tensor([B2, C3]), torch.ones(2), 0.5)  # none of them is new
    before = table.keys.clone(), table.values.clone()
    with pytest.raises(QzeroError, match=r"tictactoe has too many states for a table: more than 3 .*leave out --table"):
        table.update(state_of("c3"), torch.tensor([A1]), torch.ones(1), 0.5)
    assert torch.equal(table.keys, before[0])
    assert torch.equal(table.values, before[1])


def test_the_bound_on_memory_counts_actions() -> None:
    """Tic-tac-toe by the number of states, Gomoku with its 225 actions by bytes: 2^31 / (16 + 28 * 225)."""
    assert most_states(TICTACTOE) == 4_000_000
    assert most_states(make("gomoku")) == 2**31 // 6316 == 340_006
