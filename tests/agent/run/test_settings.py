"""What each setting of the learner does, by numbers worked by hand or by a slow way to the same end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import game
from agent.learn.experience import Experience
from agent.network.loss import boosted
from agent.network.net import Architecture, build
from agent.network.network_learner import NetworkLearner
from agent.network.optimisers import make_optimizer
from agent.play.policy import Policy, opening_plies, self_play_policy
from agent.play.qfunction import ConstantQ
from agent.play.selfplay import self_play
from agent.play.trajectories import Trajectories
from agent.presets import preset
from agent.run.train import Training
from game.core import Game
from game.errors import UsageError
from tests.helpers import reachable, unfinished

CPU = torch.device("cpu")
TICTACTOE = game.make("tictactoe")


def learner_of(name: str = "tictactoe", **settings: Any) -> NetworkLearner:
    plain = {"q": "network", "precision": "float32", "width": 16, "depth": 2, "batch_size": 8, "symmetry": "none"}
    steady = {"schedule": "constant", "learning_rate": 0.1, "momentum": 0.0, "window": 1}
    return NetworkLearner(game.make(name), preset(name, **{**plain, **steady, **settings}), CPU)


def experience(moves: int = 40, seed: int = 0) -> Experience:
    played = self_play(ConstantQ(TICTACTOE), Policy(), 8, 0, chance(seed))
    target = torch.rand(len(played), generator=chance(seed)) * 2 - 1
    return Experience(played.state[:moves], played.action[:moves], target[:moves], played.game[:moves])


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def weights(learner: NetworkLearner) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in learner.net.parameters()]


def gradient_of(learner: NetworkLearner, e: Experience, rows: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Of the mean squared error over these rows, in one go."""
    q = learner.net(TICTACTOE.observe(e.state[rows])).gather(1, e.action[rows, None]).squeeze(1)
    return torch.autograd.grad((q - e.target[rows]).square().mean(), list(learner.net.parameters()))


# Optimisation


def test_full_batch_gradient_descent_takes_the_gradient_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """In chunks or in one go."""
    e = experience()
    for chunk in (8192, 7):
        monkeypatch.setattr("agent.network.network_learner.CHUNK", chunk)
        learner = learner_of(batch_size=0, reuse=1.0)
        before, gradient = weights(learner), gradient_of(learner, e, torch.arange(40))
        assert learner.learn(e, 0.0, chance()).steps == 1
        for new, old, g in zip(weights(learner), before, gradient, strict=True):
            torch.testing.assert_close(new, old - 0.1 * g, atol=1e-6, rtol=1e-4)


def test_full_batch_takes_as_many_steps_as_epochs() -> None:
    assert learner_of(batch_size=0, reuse=5.0).learn(experience(), 0.0, chance()).steps == 5


def test_single_sample_sgd_steps_once_a_move() -> None:
    """Each move once, each by the gradient at the weights that the one before left."""
    learner, slow, e = learner_of(batch_size=1), learner_of(batch_size=1), experience(12)
    order = torch.randperm(12, generator=chance(4))
    for row in order:
        gradient = gradient_of(slow, e, row[None])
        with torch.no_grad():
            for weight, g in zip(slow.net.parameters(), gradient, strict=True):
                weight.sub_(0.1 * g)
    assert learner.learn(e, 0.0, chance(4)).steps == 12
    for ours, theirs in zip(weights(learner), weights(slow), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-4)


def test_a_fixed_window_is_filled_learned_in_epochs_and_emptied() -> None:
    learner = learner_of(window_kind="fixed", window=3, reuse=2.0)
    found = [learner.learn(experience(seed=k), 0.0, chance(k)) for k in range(7)]
    assert [learned.steps for learned in found] == [0, 0, 30, 0, 0, 30, 0]  # 2 epochs of 3 * 40 moves in eights
    assert [learned.loss is None for learned in found] == [True, True, False, True, True, False, True]
    assert len(learner.window) == 1
    assert learner.learn(experience(), 0.9, chance(), final=True).steps == 20  # what is left at the end of the run


def test_every_epoch_shuffles_anew_and_meets_every_move_once() -> None:
    learner, e = learner_of(reuse=3.0), experience()
    learner.learn(e, 0.0, chance())
    order, size = learner.order(learner.window.all(), 40, chance(1))
    epochs = order.view(3, 40)
    assert size == 8
    assert all(epoch.sort().values.tolist() == list(range(40)) for epoch in epochs)
    assert not torch.equal(epochs[0], epochs[1])


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_optimisers_are_torch_s(name: str) -> None:
    settings: dict[str, Any] = {"optimizer": name, "learning_rate": 0.01, "momentum": 0.5, "weight_decay": 0.1}
    learner, e = learner_of(batch_size=0, reuse=3.0, **settings), experience()
    twin = learner_of(batch_size=0, **settings)
    parameters = list(twin.net.parameters())
    reference: torch.optim.Optimizer
    if name == "sgd":
        reference = torch.optim.SGD(parameters, 0.01, 0.5, weight_decay=0.1)
    else:
        kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
        reference = kind(parameters, 0.01, weight_decay=0.1)
    for _ in range(3):
        for weight, g in zip(parameters, gradient_of(twin, e, torch.arange(40)), strict=True):
            weight.grad = g
        reference.step()
    learner.learn(e, 0.0, chance())
    for ours, theirs in zip(weights(learner), weights(twin), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-3)


def test_weight_decay_alone_shrinks_by_hand() -> None:
    """SGD: w - 0.1 * 0.5 * w = 0.95 w. AdamW: the same, decoupled from its steps."""
    for name in ("sgd", "adamw"):
        learner = learner_of(optimizer=name, learning_rate=0.1, weight_decay=0.5)
        optimizer = make_optimizer(learner.net, learner.config)
        before = weights(learner)
        for weight in learner.net.parameters():
            weight.grad = torch.zeros_like(weight)
        optimizer.step()
        for new, old in zip(weights(learner), before, strict=True):
            torch.testing.assert_close(new, 0.95 * old)


# Bootstrapping


def test_averaged_weights_by_hand() -> None:
    """After two steps: 0.9 * (0.9 * w0 + 0.1 * w1) + 0.1 * w2."""
    learner, e = learner_of(target_ema=0.9, batch_size=0), experience()
    w0 = weights(learner)
    learner.learn(e, 0.0, chance())
    w1 = weights(learner)
    learner.learn(e, 0.0, chance())
    w2 = weights(learner)
    assert learner.slow is not None
    for slow, a, b, c in zip(learner.slow.parameters(), w0, w1, w2, strict=True):
        torch.testing.assert_close(slow.detach(), 0.81 * a + 0.09 * b + 0.1 * c)
    q = learner.bootstrap_q(e.state)
    assert q is not None
    assert torch.equal(q > -torch.inf, TICTACTOE.legal(e.state))
    legal = q > -torch.inf
    torch.testing.assert_close(q[legal], learner.slow(TICTACTOE.observe(e.state))[legal].detach())
    assert learner_of().bootstrap_q(e.state) is None


def test_falling_exploration() -> None:
    config = preset("tictactoe", epsilon=0.4, temperature=0.2, exploration="falling")
    assert self_play_policy(config, 0.0) == Policy(0.4, 0.2)
    late = self_play_policy(config, 0.75)
    assert (late.epsilon, late.temperature) == pytest.approx((0.1, 0.05))
    assert self_play_policy(config, 1.0) == Policy(0.0, 0.0)
    steady = preset("tictactoe", epsilon=0.4, temperature=0.2)
    assert self_play_policy(steady, 0.75) == Policy(0.4, 0.2)


def test_random_openings_end_after_their_share_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = preset("tictactoe", q="table", moves=4000, games=100, opening_plies=6, opening_share=0.5, seed=2)
    training = Training(tmp_path, config)
    asked, self_play = [], training.learner.self_play

    def watched(policy: Policy, games: int, openings: int, chance: torch.Generator) -> Trajectories:
        played = self_play(policy, games, openings, chance)
        asked.append((training.moves / 4000, openings, bool(played.forced.any())))
        return played

    monkeypatch.setattr(training.learner, "self_play", watched)
    while not training.finished:
        training.step()
    assert {(openings, forced) for share, openings, forced in asked if share < 0.5} == {(6, True)}
    assert {(openings, forced) for share, openings, forced in asked if share >= 0.5} == {(0, False)}
    assert opening_plies(preset("tictactoe", opening_plies=6), 0.99) == 6


# Regularisation, boosting


@pytest.mark.parametrize("name", ["tictactoe", "connect4", "hex:4", "breakthrough:4x4", "othello:4", "gomoku:4x4x3"])
@pytest.mark.parametrize("head", ["q", "afterstate"])
def test_averaging_makes_q_turn_with_the_board(name: str, head: str) -> None:
    rules: Game[Any] = game.make(name)
    learner = learner_of(name, symmetry="average", head=head, loss="wdl")
    with torch.no_grad():
        for weight in learner.net.parameters():
            weight.mul_(2)
    state = unfinished(rules, seed=4)[::17][:40]
    planes = rules.observe(state)
    q = learner.net(planes).detach()
    assert float(q.std()) > 1e-3
    for cells, actions in rules.symmetries:
        image = learner.net(planes.flatten(2)[..., cells].view(planes.shape)).detach()
        torch.testing.assert_close(image, q[:, actions] if head == "q" else q, atol=1e-5, rtol=1e-4)


def test_averaging_by_hand() -> None:
    """The mean of what the bare network says of each image, turned back."""
    plain = build(TICTACTOE, Architecture(width=8, depth=1), 3)
    averaged = build(TICTACTOE, Architecture(width=8, depth=1, symmetric=True), 3)
    state = reachable(TICTACTOE, seed=5)
    planes = TICTACTOE.observe(state)
    total = torch.zeros(len(state), 9)
    for cells, actions in TICTACTOE.symmetries:
        raw = plain.raw(planes.flatten(2)[..., cells].view(planes.shape)).detach()
        total[:, actions] += raw
    torch.testing.assert_close(averaged(planes).detach(), (total / 8).tanh(), atol=1e-6, rtol=1e-4)


def test_dropout_acts_in_learning_alone_and_by_the_seed() -> None:
    e = experience()
    learners = [learner_of(dropout=0.5) for _ in range(3)]
    for own, (learner, seed) in enumerate(zip(learners, (1, 1, 2), strict=True)):
        torch.manual_seed(own)
        state = torch.get_rng_state()
        assert torch.equal(learner.acting.q(e.state), learner.acting.q(e.state))
        learner.learn(e, 0.0, chance(seed))
        assert torch.equal(learner.acting.q(e.state), learner.acting.q(e.state))
        assert torch.equal(torch.get_rng_state(), state)  # torch's own random numbers are left as they were
    first, second, third = (torch.cat([w.flatten() for w in weights(learner)]) for learner in learners)
    assert torch.equal(first, second)
    assert not torch.equal(first, third)
    # Half of the units give nothing, the others twice as much.
    planes = TICTACTOE.observe(e.state)
    net = learners[0].net.train()
    torch.manual_seed(0)
    hidden = torch.stack([net.body[:3](planes.flatten(1)) for _ in range(400)])  # type: ignore[index, operator] # a Sequential
    net.eval()
    still = net.body[:3](planes.flatten(1))  # type: ignore[index, operator] # a Sequential
    alive = still > 0.05
    assert abs(float((hidden[:, alive] == 0).float().mean()) - 0.5) < 0.02
    torch.testing.assert_close(hidden.mean(0)[alive], still[alive], rtol=0.35, atol=0.02)


def test_members_drop_different_units() -> None:
    net = build(TICTACTOE, Architecture(width=64, depth=1, dropout=0.5, members=2))
    with torch.no_grad():
        for stacked in net.parameters():
            stacked[1] = stacked[0]
    planes = TICTACTOE.observe(TICTACTOE.initial(4))
    torch.testing.assert_close(*net.raw(planes).unbind())
    net.train()
    assert not torch.equal(*net.raw(planes).unbind())
    net.eval()
    torch.testing.assert_close(*net.raw(planes).unbind())


def test_boosting_weighs_the_window_by_its_errors() -> None:
    learner, e = learner_of(boost=1.0, batch_size=0, window=2), experience()
    e = Experience(e.state, e.action, e.target**5)  # few are far off
    q = learner.judged.q(e.state).gather(1, e.action[:, None]).squeeze(1)
    expected = boosted(torch.ones(40), (q - e.target).abs(), 1.0)
    gradient = torch.autograd.grad(
        (
            expected
            * (learner.net(TICTACTOE.observe(e.state)).gather(1, e.action[:, None]).squeeze(1) - e.target).square()
        ).mean(),
        list(learner.net.parameters()),
    )
    before = weights(learner)
    learner.learn(e, 0.0, chance())
    weight = learner.window.all().weight
    assert weight is not None
    torch.testing.assert_close(weight, expected, atol=1e-5, rtol=1e-4)
    assert float(weight.std()) > 0.05
    for new, old, g in zip(weights(learner), before, gradient, strict=True):
        torch.testing.assert_close(new, old - 0.1 * g, atol=1e-6, rtol=1e-3)
    learner.learn(experience(seed=3), 0.0, chance())  # old weights go on from where they were, new ones from 1
    assert not torch.equal(learner.window.all().weight[:40], weight)  # type: ignore[index] # boosting has weights


# Choices that do not go together


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ({"n_step": 3, "target": "q"}, "--lam 1 for plain n-step"),
        ({"n_step": 3}, "--n-step 3 bootstraps"),
        ({"lam": 0.5}, "--lam 0.5 is for bootstrapped targets"),
        ({"optimism": 1.0}, "--optimism 1 needs a spread"),
        ({"patience": 3, "evaluations": 0}, "--patience 3 needs measurements"),
        ({"q": "table", "members": 2}, "--members 2 is for --q network, not for --q table"),
        ({"q": "table", "optimizer": "adam"}, "--optimizer adam is for --q network, not for --q table"),
        ({"q": "table", "tuples": 5}, "--tuples 5 is for --q network and --q ntuple, not for --q table"),
        ({"q": "table", "head": "afterstate"}, "--head afterstate"),
        ({"q": "table", "loss": "huber"}, "--loss huber"),
        ({"q": "table", "target_ema": 0.5}, "--target-ema 0.5"),
        ({"q": "table", "boost": 1.0}, "--boost 1 is"),
        ({"q": "table", "dropout": 0.1}, "--dropout 0.1"),
        ({"exploration": "varied", "target": "expected-sarsa"}, "--exploration varied"),
        ({"target": "tree"}, "--target tree learns from the trees of a search: give --search-nodes"),
        ({"target": "tree", "search_nodes": 4, "members": 2}, "--members 2 learn whole games"),
        ({"search_nodes": 4, "search_share": 0.5}, "--search-share 0.5 is for --target tree"),
        ({"search_nodes": 4, "optimism": 1.0, "members": 2}, "--search-nodes 4 and --optimism 1 both choose"),
        ({"averaging": 0.1}, "--weight-averaging 0.1 is for --q ntuple"),
        ({"forgetting": 0.1}, "--tc-forgetting 0.1 is for --q ntuple"),
    ],
)
def test_combinations_without_a_meaning_are_refused(settings: dict[str, Any], advice: str) -> None:
    with pytest.raises(UsageError, match=advice):
        preset("tictactoe", **settings)


def test_choices_bring_what_suits_them_unless_told_otherwise() -> None:
    assert preset("connect4", q="network").learning_rate == 0.8
    assert preset("connect4", q="network", optimizer="adam").learning_rate == 1e-3
    assert preset("connect4", q="network", optimizer="adam", learning_rate=0.01).learning_rate == 0.01
    assert preset("connect4", q="network", architecture="ntuple").optimizer == "adam"
    assert preset("connect4", q="network", architecture="ntuple", optimizer="sgd").optimizer == "sgd"
