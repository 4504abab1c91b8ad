"""PettingZoo's and Gymnasium's own checks of the environments, and what theirs do not look at."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from pettingzoo.test import api_test, performance_benchmark, seed_test

from arena.bridges import gymnasium_env, pettingzoo_env
from arena.bridges.views import seen_by
from game import make
from game.errors import UsageError
from tests.helpers import BOARDS

GAMES = (
    "tictactoe",
    "connect4",
    "othello:6",
    "hex:5+swap",
    "breakthrough:5x6",
    "gomoku:7x7x4",
    "othello",
    "hex",
    "gomoku",
)


@pytest.mark.filterwarnings("ignore::UserWarning")  # of observations that are dicts, and of an empty board
@pytest.mark.parametrize("name", GAMES)
def test_pettingzoo_accepts_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    api_test(pettingzoo_env(name), num_cycles=60)
    seed_test(lambda: pettingzoo_env(name), num_cycles=20)
    assert "Passed API test" in capsys.readouterr().out


def test_pettingzoos_benchmark_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr(performance_benchmark.__globals__["time"], "time", lambda: next(clock) / 4)
    performance_benchmark(pettingzoo_env("connect4"))
    assert "turns per second" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["connect4", "breakthrough", "othello:4", "hex:3+swap"])
@pytest.mark.parametrize("seat", ["first", "second", "both"])
def test_gymnasium_accepts_it(name: str, seat: str) -> None:
    check_env(gymnasium_env(name, "one-ply", seat, "ansi"), skip_render_check=False)


@pytest.mark.parametrize("name", BOARDS)
def test_both_seats_see_their_own_stones_first(name: str) -> None:
    """What a seat sees when it is not to move is what it would see if it were: the same stones, the same way up."""
    game, generator = make(name), torch.Generator().manual_seed(0)
    state = game.initial(1)
    for _ in range(6):
        if bool(state.done):
            break
        seat = int(state.ply) % 2
        shown = game.observe(state, torch.int8)[0].numpy()
        assert np.array_equal(seen_by(game, state, seat), shown)
        other = type(state)(**{n: getattr(state, n) for n in ("done", "reward")}, **_other_to_move(state))
        assert np.array_equal(seen_by(game, state, 1 - seat), game.observe(other, torch.int8)[0].numpy())
        state = game.step(state, game.legal(state).float().multinomial(1, generator=generator)[:, 0])


def _other_to_move(state: Any) -> dict[str, Any]:
    """The fields of the same stones with the other side to move."""
    fields = {name: getattr(state, name) for name in type(state).__dataclass_fields__}
    fields = {name: value for name, value in fields.items() if name not in ("done", "reward")}
    fields["ply"] = state.ply + 1
    if "own" in fields:
        fields["own"], fields["opp"] = fields["opp"], fields["own"]
    return fields


def test_rewards_and_masks_of_a_whole_game() -> None:
    """Column 0 four times against column 1: the first player wins by its fourth stone."""
    env = pettingzoo_env("connect4", "ansi")
    env.reset()
    for action in (0, 1, 0, 1, 0, 1, 0):
        other = next(agent for agent in env.agents if agent != env.agent_selection)
        assert env.observe(other)["action_mask"].sum() == 0
        assert env.observe(env.agent_selection)["action_mask"].sum() == 7
        env.step(action)
    assert env.rewards == {"player_0": 1, "player_1": -1}
    assert env.terminations == {"player_0": True, "player_1": True}
    assert env.last()[1] == -1
    assert "X has won" in (env.render() or "")
    assert env.observe("player_0")["observation"][0].sum() == 4


def test_an_illegal_move_loses_in_both() -> None:
    env = pettingzoo_env("tictactoe")
    env.reset()
    env.step(4)
    env.step(4)
    assert env.rewards == {"player_0": 0, "player_1": -1}
    alone = gymnasium_env("tictactoe", "random", "first")
    alone.reset(seed=1)
    seen, reward, *_ = alone.step(4)
    assert reward == 0
    assert seen[0].sum() == seen[1].sum() == 1
    _, reward, terminated, truncated, info = alone.step(4)
    assert (reward, terminated, truncated, info["illegal"]) == (-1.0, True, False, True)


def test_the_opponent_plays_well_and_the_seat_is_kept() -> None:
    """one-ply as the opponent punishes whoever lets it: a player of column 0 only never wins, and loses with -1."""
    env = gymnasium_env("connect4", "negamax:4", "second")
    rewards = []
    for seed in range(5):
        seen, info = env.reset(seed=seed)
        assert seen[1].sum() == 1
        done, reward = False, 0.0
        while not done:
            seen, reward, done, _, info = env.step(int(np.flatnonzero(env.action_masks())[0]))
        assert info["action_mask"].sum() == 0 or reward < 0
        rewards.append(reward)
    assert rewards == [-1.0] * 5


def test_an_opponent_that_follows_the_game_is_told_it() -> None:
    pytest.importorskip("pyspiel", reason="OpenSpiel is not installed")
    env = gymnasium_env("breakthrough:6x6", "mcts:20@openspiel", "second")
    env.reset(seed=0)
    for _ in range(3):
        _, _, done, _, _ = env.step(int(np.flatnonzero(env.action_masks())[0]))
        assert not done


def test_errors_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="a seat is first, second or both, not 'third'"):
        gymnasium_env("connect4", "random", "third")
    for module, package, call in (
        ("arena.bridges.aec", "pettingzoo", pettingzoo_env),
        ("arena.bridges.single_agent", "gymnasium", gymnasium_env),
    ):
        monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(UsageError, match=rf"{package} is not installed: .*pip install 'qzero\[{package}\]'"):
            call("connect4")
