"""The learners: one SGD step by hand, the schedule, symmetries, the sliding window, self-play's bookkeeping."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

import game
from agent.config import TrainConfig
from agent.kinds import KINDS
from agent.learn.experience import Experience
from agent.learn.step_size import step_size
from agent.learn.targets import targets
from agent.network.network_learner import NetworkLearner
from agent.play.policy import Policy
from agent.play.qfunction import ConstantQ
from agent.play.selfplay import self_play
from agent.presets import preset
from agent.table.learner import TableLearner
from game.notation import parse_moves, replay
from tests.helpers import unfinished

CPU = torch.device("cpu")


def learner_of(name: str = "tictactoe", **settings: Any) -> NetworkLearner:
    plain = {"q": "network", "precision": "float32", "width": 16, "depth": 2, "batch_size": 8, "symmetry": "none"}
    config = preset(name, **{**plain, **settings})
    learner = KINDS[config.q].learner(game.make(name), config, CPU)
    assert isinstance(learner, NetworkLearner)
    return learner


def experience_of(name: str, lines: list[str], targets_: list[float]) -> Experience:
    """The last move of each line with its target."""
    rules = game.make(name)
    actions = [parse_moves(rules, line).actions for line in lines]
    state = replay(rules, [moves[:-1] for moves in actions])
    return Experience(state, torch.tensor([moves[-1] for moves in actions]), torch.tensor(targets_))


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_one_sgd_step_moves_weights_by_step_size_times_gradient_of_the_squared_error() -> None:
    learner = learner_of(learning_rate=0.25, momentum=0.0, schedule="constant", batch_size=2)
    experience = experience_of("tictactoe", ["b2", "b2 a1"], [1.0, -0.5])
    before = [weight.clone() for weight in learner.net.parameters()]
    planes = learner.game.observe(experience.state)
    q = learner.net(planes)[torch.arange(2), experience.action]
    loss = ((q[0] - 1.0) ** 2 + (q[1] + 0.5) ** 2) / 2
    gradients = torch.autograd.grad(loss, list(learner.net.parameters()))
    learned = learner.learn(experience, 0.0, chance())
    assert learned.steps == 1
    assert learned.loss == pytest.approx(loss.item(), rel=1e-5)
    for weight, old, gradient in zip(learner.net.parameters(), before, gradients, strict=True):
        torch.testing.assert_close(weight.detach(), old - 0.25 * gradient, rtol=1e-4, atol=1e-6)


def test_momentum_adds_up_two_steps() -> None:
    learner = learner_of(learning_rate=0.1, momentum=0.5, schedule="constant", batch_size=1, reuse=2.0)
    twin = learner_of(learning_rate=0.1, momentum=0.5, schedule="constant", batch_size=1, reuse=2.0)
    experience = experience_of("tictactoe", ["b2"], [1.0])
    velocity = [torch.zeros_like(w) for w in twin.net.parameters()]
    for _ in range(2):
        q = twin.net(twin.game.observe(experience.state))[0, experience.action[0]]
        gradients = torch.autograd.grad((q - 1.0) ** 2, list(twin.net.parameters()))
        with torch.no_grad():
            for k, (weight, gradient) in enumerate(zip(twin.net.parameters(), gradients, strict=True)):
                velocity[k] = 0.5 * velocity[k] + gradient
                weight.sub_(0.1 * velocity[k])
    assert learner.learn(experience, 0.0, chance()).steps == 2
    for ours, theirs in zip(learner.net.parameters(), twin.net.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("progress", "expected"), [(0.0, 0.4), (1 / 3, 0.3), (0.5, 0.2), (1.0, 0.0), (1.2, 0.0)])
def test_cosine_schedule(progress: float, expected: float) -> None:
    assert step_size(preset("connect4", q="network", learning_rate=0.4), progress) == pytest.approx(expected, abs=1e-9)
    assert step_size(preset("connect4", q="network", learning_rate=0.4, schedule="constant"), progress) == 0.4


@pytest.mark.parametrize("name", game.names())
def test_turned_minibatch_is_the_image_of_the_positions_and_actions(name: str) -> None:
    """Playing the image of a line gives the image of its position: what `turned` makes by permutation."""
    learner = learner_of(name, symmetry="augment")
    rules = learner.game
    played = self_play(ConstantQ(rules), Policy(), 40, 0, chance())
    lines: list[list[int]] = [[] for _ in range(40)]
    rows: list[tuple[list[int], int]] = []
    for g, action in zip(played.game.tolist(), played.action.tolist(), strict=True):
        rows.append((list(lines[g]), action))
        lines[g].append(action)
    rows = rows[: len(rows) // len(rules.symmetries) * len(rules.symmetries)]
    state = replay(rules, [moves for moves, _ in rows])
    action = torch.tensor([a for _, a in rows])
    planes, turned_action = learner.turned(rules.observe(state), learner.acting.output_of(state, action))

    share = len(rows) // len(rules.symmetries)
    for k, symmetry in enumerate(rules.symmetries):
        image_of = symmetry.actions.argsort().tolist()
        part = rows[k * share : (k + 1) * share]
        image = replay(rules, [[image_of[a] for a in moves] for moves, _ in part])
        assert torch.equal(planes[k * share : (k + 1) * share], rules.observe(image))
        played_there = torch.tensor([image_of[a] for _, a in part])
        assert torch.equal(turned_action[k * share : (k + 1) * share], learner.acting.output_of(image, played_there))


def test_network_learns_the_values_of_a_few_positions() -> None:
    learner = learner_of(learning_rate=0.1, schedule="constant", reuse=50.0, batch_size=4, width=32)
    experience = experience_of("tictactoe", ["b2", "a1", "b2 a1", "b2 a2"], [0.5, -0.5, 0.9, -0.9])
    for generation in range(20):
        loss = learner.learn(experience, 0.0, chance(generation)).loss
    assert loss is not None
    assert loss < 1e-3
    q = learner.judged.q(experience.state).gather(1, experience.action[:, None]).squeeze(1)
    torch.testing.assert_close(q, experience.target, atol=0.06, rtol=0)


@pytest.mark.parametrize("name", ["breakthrough:4x4", "hex:4+swap"])
def test_either_player_s_moves_are_learned_though_one_sees_the_board_turned(name: str) -> None:
    """From symmetric images as well, which are taken of what the player sees."""
    learner = learner_of(name, learning_rate=0.1, schedule="constant", reuse=50.0, width=64, symmetry="augment")
    rules = learner.game
    state = unfinished(rules, seed=3)
    state = state[state.ply > 1][::8][:8]
    assert len(set((state.ply % 2).tolist())) == 2
    action = rules.legal(state).float().argmax(1)
    target = torch.linspace(-0.8, 0.8, 8)
    for generation in range(20):
        loss = learner.learn(Experience(state, action, target), 0.0, chance(generation)).loss
    assert loss is not None
    assert loss < 1e-2
    q = learner.judged.q(state).gather(1, action[:, None]).squeeze(1)
    torch.testing.assert_close(q, target, atol=0.15, rtol=0)


def test_window_forgets_generations_beyond_it_and_reuse_sets_the_steps() -> None:
    learner = learner_of(window=2, reuse=1.5, batch_size=4)
    for line in ("a1", "b2", "c3"):
        experience = experience_of("tictactoe", [line] * 8, [0.0] * 8)
        assert learner.learn(experience, 0.0, chance()).steps == 3  # 1.5 * 8 / 4
    kept = learner.window.all()
    assert [learner.game.move_name(int(o), kept.state[0]) for o in kept.output.tolist()] == ["b2"] * 8 + ["c3"] * 8


def test_bfloat16_plays_with_the_rounded_float32_weights() -> None:
    learner = learner_of(precision="bfloat16", batch_size=2)
    learner.learn(experience_of("tictactoe", ["b2", "b2 a1"], [1.0, -1.0]), 0.0, chance())
    for fast, exact in zip(learner.fast.parameters(), learner.net.parameters(), strict=True):
        assert exact.dtype == torch.float32
        assert torch.equal(fast, exact.bfloat16())


def test_table_learner_moves_toward_the_target() -> None:
    config = preset("tictactoe", q="table", learning_rate=0.25, schedule="constant")
    learner = KINDS[config.q].learner(game.make("tictactoe"), config, CPU)
    assert isinstance(learner, TableLearner)
    experience = experience_of("tictactoe", ["b2", "b2"], [1.0, 1.0])
    assert learner.learn(experience, 0.0, chance()).loss == 1.0
    assert float(learner.judged.q(experience.state)[0, 4]) == pytest.approx(1 - 0.75**2)


@pytest.mark.parametrize("name", game.names())
def test_self_play_tells_whole_games(name: str) -> None:
    rules = game.make(name)
    played = self_play(ConstantQ(rules), Policy(0.3, 0.2), 200, 4, chance(3))
    by_game: list[list[int]] = [[] for _ in range(200)]
    order = list(zip(played.t.tolist(), played.game.tolist(), strict=True))
    assert order == sorted(order)
    for t, g, action in zip(played.t.tolist(), played.game.tolist(), played.action.tolist(), strict=True):
        assert t == len(by_game[g])
        by_game[g].append(action)
    final = replay(rules, by_game)
    assert final.done.all()
    assert torch.equal(final.reward.float(), played.reward)
    # The states are those before each move.
    row = int((played.t == 3).nonzero()[7])
    assert played.state[row].equal(replay(rules, [by_game[int(played.game[row])][:3]]))


def test_opening_plies_are_random_and_of_every_length() -> None:
    """A player that would always take the lowest move: the first other move ends the opening at the earliest."""

    class Lowest(ConstantQ):
        def q(self, state: Any) -> Tensor:
            q = super().q(state)
            return torch.where(q == 0, -torch.arange(q.shape[1]) / 100.0, q)

    rules = game.make("connect4")
    played = self_play(Lowest(rules), Policy(), 4000, 3, chance(1))
    lowest = rules.legal(played.state).float().argmax(1)
    deviates = played.action != lowest
    assert torch.equal(deviates, played.exploratory)
    assert not deviates[played.t >= 3].any()
    for t in range(3):
        share = float(deviates[played.t == t].float().mean())
        expected = (3 - t) / 4 * 6 / 7  # openings longer than t, times moves other than the lowest
        assert abs(share - expected) < 5 * math.sqrt(expected / 4000)


@pytest.mark.parametrize(("target", "lam"), [("r_T", 1.0), ("q", 0.35), ("sarsa", 0.35), ("expected-sarsa", 0.35)])
def test_config_names_the_recursion(target: str, lam: float) -> None:
    from agent.learn.targets import bootstrap_values, q_targets

    played, policy = self_play(ConstantQ(game.make("tictactoe")), Policy(0.5), 50, 0, chance()), Policy(0.5)
    config = preset("tictactoe", target=target, lam=0.0 if target == "r_T" else lam, cut=False)
    bootstrap = bootstrap_values(played, played.q, target, policy)
    assert torch.equal(targets(played, config, policy), q_targets(played, bootstrap, lam, False))


def test_config_refuses_what_it_cannot_use() -> None:
    for settings in (
        {"width": 0},
        {"epsilon": 1.5},
        {"learning_rate": float("nan")},
        {"games": "many"},
        {"target": "x"},
    ):
        with pytest.raises(game.UsageError):
            preset("connect4", **settings)
    with pytest.raises(game.UsageError, match="unknown setting"):
        TrainConfig.from_dict({"gmae": "connect4"})
