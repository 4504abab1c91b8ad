"""n-tuples with a hidden layer: values and gradients against torch, and the bits of learning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from agent.config import TrainConfig
from agent.kinds import KINDS
from agent.learn.experience import Experience
from agent.learn.targets import targets
from agent.ntuple.incremental.layer.q import LayerQ
from agent.ntuple.incremental.learner import IncrementalLearner
from agent.play.player import QPlayer
from agent.play.policy import Policy
from agent.play.qfunction import ConstantQ
from agent.play.trajectories import PlayedQ, Trajectories
from game.compiled import stones_of
from game.errors import UsageError
from game.registry import make
from tests.agent.ntuple.test_incremental import config, reached
from tests.agent.ntuple.test_incremental_learner import more, numbers, score, states_of

WIDTH = 5
BOARDS = ["gomoku:6x5x4", pytest.param("othello:6", marks=pytest.mark.slow), "breakthrough:4x5"]


def filled(name: str) -> LayerQ:
    """A Q-function of random weights, in which units are off, in the middle and full."""
    chosen = config(name)
    q = LayerQ(make(name), chosen.features, chosen.stages, WIDTH)
    chance = torch.Generator().manual_seed(0)
    q.table[:-2].normal_(0, 0.1, generator=chance)
    q.table[:-2, 0] *= 0.2  # values where the squash is tanh
    q.table[-2:, 1:].normal_(0.3, 0.5, generator=chance)
    q.table[-1, 0] = 0.05
    layout = q.features.layout
    q.table[:-2].view(chosen.stages, -1, WIDTH)[:, layout.row_of[layout.empty[layout.lazy]]] = 0  # never learned
    return q


def rows_read(q: LayerQ, state: Any) -> list[int]:
    """The rows of the table that a position reads, without those of shared places that have no stone."""
    layout = q.features.layout
    offset = int(layout.stage_of[np.count_nonzero(stones_of(q.game, state)[0])]) * q.features.rows
    return [offset + int(layout.row_of[number]) for number in numbers(q, state) if number is not None]


def raw(rows: Tensor, output: Tensor) -> Tensor:
    """The sum before tanh, of the rows `[N, W]` that a position reads."""
    x = rows.sum(0) + output[1]
    return x[0] + (output[0, 1:] * x[1:].clamp(0, 1)).sum()


@pytest.mark.parametrize("name", BOARDS)
def test_q_is_the_value_after_each_move_summed_anew(name: str) -> None:
    q = filled(name)
    states = reached(q.game, 6, seed=1)
    states = states[torch.arange(0, len(states), 7)]
    found, units = q.q(states), []
    for row in range(len(states)):
        for action in q.game.legal(states[row])[0].nonzero().flatten().tolist():
            after = q.game.step(states[row], torch.tensor([action]))
            rows = q.table[rows_read(q, after)]
            units += (rows.sum(0) + q.table[-1])[1:].tolist()
            expected = float(after.reward) if bool(after.done) else float(torch.tanh(raw(rows, q.table[-2:])))
            assert float(found[row, action]) == pytest.approx(expected, abs=3e-6)
    assert min(units) < 0 < 1 < max(units)


def self_played(name: str, **settings: Any) -> tuple[IncrementalLearner, Trajectories, TrainConfig]:
    chosen = config(name, hidden=WIDTH, **settings)
    learner = IncrementalLearner(make(name), chosen)
    learner.q = filled(name)
    policy = Policy(chosen.epsilon, chosen.temperature, chosen.exploration == "varied")
    return learner, learner.self_play(policy, 12, 4, torch.Generator().manual_seed(7)), chosen


@pytest.mark.parametrize("name", BOARDS)
def test_sums_that_follow_the_moves_are_those_made_anew(name: str) -> None:
    learner, played, _ = self_played(name)
    q = learner.q.q(states_of(learner.game, played))
    assert isinstance(played.q, PlayedQ)
    torch.testing.assert_close(played.q.best, q.amax(1), rtol=0, atol=3e-6)
    mine = q.gather(1, played.action[:, None]).squeeze(1)
    torch.testing.assert_close(played.q.played, mine, rtol=0, atol=3e-6)


@pytest.mark.parametrize("name", BOARDS)
def test_learning_goes_down_the_gradient_that_torch_finds(name: str) -> None:
    """Each row by the mean gradient of those that read it times its coherence, the output by the mean of all."""
    rate = 3.0
    learner, played, _ = self_played(name, batch_size=0, learning_rate=rate)
    before = learner.q.table.clone()
    learner.memory.tc = torch.rand(len(before) - 2, 2, generator=torch.Generator().manual_seed(2))
    learner.memory.tc[:, 0] *= learner.memory.tc[:, 1]
    tc = learner.memory.tc.clone()
    target = torch.rand(len(played), generator=torch.Generator().manual_seed(4)) * 2 - 1
    after = learner.game.step(states_of(learner.game, played), played.action)
    reads, loss, errors = [], torch.zeros(()), []
    output = before[-2:].clone().requires_grad_()
    assert isinstance(learner.q, LayerQ)
    for k in (~after.done).nonzero().flatten().tolist():
        numbers_read = rows_read(learner.q, after[k])
        rows = before[numbers_read].requires_grad_()
        value = torch.tanh(raw(rows, output))
        # Cross-entropy of win and loss, as V and targets lie from -1 to 1.
        loss = loss - ((1 + target[k]) / 2 * torch.log((1 + value) / 2))
        loss = loss - ((1 - target[k]) / 2 * torch.log((1 - value) / 2))
        errors.append(float(target[k]) - float(value.detach()))
        reads.append((numbers_read, rows, errors[-1]))
    loss.backward()  # type: ignore[no-untyped-call] # torch's own
    learned = learner.learn(Experience(None, played.action, target, played.game), 0.0, torch.Generator())
    count, pull, drift = torch.zeros(len(before)), torch.zeros_like(before), torch.zeros(len(before))
    for numbers_read, rows, error in reads:
        assert rows.grad is not None
        for row, gradient in zip(numbers_read, rows.grad, strict=True):
            count[row] += 1
            pull[row] -= gradient
            drift[row] += error
    step = rate * len(reads) / float(count.sum())
    met = count > 0
    coherence = tc[:, 0].abs() / tc[:, 1]
    expected = before.clone()
    expected[met] += step * coherence[met[:-2], None] * (pull[met] / count[met, None])
    assert output.grad is not None
    direct = torch.ones(2, WIDTH)
    direct[0, 0] = 0  # the weight of the direct sum stays 1
    expected[-2:] -= 0.02 * rate * direct * output.grad / len(reads)
    torch.testing.assert_close(learner.q.table, expected, rtol=0, atol=2e-5)
    torch.testing.assert_close(learner.memory.tc[:, 0], tc[:, 0] + drift[:-2], rtol=1e-5, atol=1e-4)
    assert learned.loss == pytest.approx(np.mean(np.square(errors)), abs=1e-5)
    assert float((expected[:-2, 1:] - before[:-2, 1:]).abs().max()) > 1e-3
    assert (
        float((expected[-2:] - before[-2:]).abs().min()) == 0 < float((expected[-2:, 1:] - before[-2:, 1:]).abs().max())
    )


def test_same_bits_at_any_number_of_threads() -> None:
    found = []
    for threads in (1, 3):
        learner, played, chosen = self_played("gomoku:6x5x4", threads=threads)
        experience = Experience(None, played.action, targets(played, chosen, Policy()), played.game)
        for _ in range(2):
            learner.learn(experience, 0.0, torch.Generator().manual_seed(1))
        assert not learner._met.any()
        found.append((played.action, learner.q.table, learner.memory.tc, learner.memory.mean))
    for one, other in zip(*found, strict=True):
        assert torch.equal(one, other)


def test_resumed_learning_goes_through_the_same_bits_and_what_is_saved_plays_what_was_judged() -> None:
    name, kind = "gomoku:6x5x4", KINDS["ntuple"]
    chosen = config(name, hidden=WIDTH, tc_forgetting=0.01, seed=3)
    whole, half, resumed = (IncrementalLearner(make(name), chosen) for _ in range(3))
    more(whole, chosen, 0, 4)
    more(half, chosen, 0, 2)
    state = {key: tensor.clone() for key, tensor in half.resume_tensors().items()}
    kind.check_resume(resumed.game, chosen, state)
    resumed.load_resume_tensors(state)
    more(resumed, chosen, 2, 4)
    for key, tensor in whole.resume_tensors().items():
        assert torch.equal(tensor, resumed.resume_tensors()[key]), key
    tensors, architecture = whole.model_tensors(), kind.architecture(chosen)
    assert architecture == {"features": "lines:5", "stages": 1, "hidden": WIDTH}
    kind.check_weights(whole.game, architecture, tensors)
    loaded = kind.load(whole.game, architecture, tensors)
    states = reached(whole.game, 5, seed=1)
    assert torch.equal(loaded.q(states), whole.judged.q(states))
    assert loaded.identity() == whole.judged.identity()
    for wrong in ({"table": tensors["table"][1:]}, {"table": tensors["table"][:, 1:]}):
        with pytest.raises(ValueError, match="table is of shape"):
            kind.check_weights(whole.game, architecture, wrong)
    with pytest.raises(ValueError, match="tc is of shape"):
        kind.check_resume(whole.game, chosen, {**state, "tc": state["tc"][1:]})
    with pytest.raises(ValueError, match="hidden 1"):
        kind.load(whole.game, {**architecture, "hidden": 1}, tensors)


def test_some_hundred_games_beat_random_players() -> None:
    chosen = config("gomoku:6x5x4", hidden=WIDTH)
    learner = IncrementalLearner(make("gomoku:6x5x4"), chosen)
    start = learner.q.table.clone()
    more(learner, chosen, 0, 30)
    q = learner.judged
    assert score(QPlayer("learned", q), QPlayer("random", ConstantQ(q.game)), q.game) > 0.85
    moved = (learner.q.table - start).abs().amax(0)
    assert bool((moved > 0.01).all())  # hidden numbers as well as direct ones


def test_memory_is_counted_and_too_much_is_refused() -> None:
    learner = IncrementalLearner(make("gomoku:6x5x4"), config("gomoku:6x5x4", hidden=WIDTH))
    _, layout, weights = learner.q.arguments()
    _, _, judged = learner.judged.arguments()
    tensors = (learner.q.table[:-2], learner.memory.tc, learner.memory.mean[:-2])
    arrays = (*(tensor.numpy() for tensor in tensors), weights.rows, judged.rows, learner._met, layout.row_of)
    assert sum(array.nbytes for array in arrays) == learner.q.features.bytes
    with pytest.raises(UsageError, match=r"--features lines:11 in 1 stages with --hidden 32 needs 2\.8 GB"):
        LayerQ(make("gomoku"), "lines:11", 1, 32)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"hidden": 8}, "--hidden 8 is for --features"),
        ({"hidden": 1, "features": "lines:5"}, "leaves no hidden unit"),
        ({"hidden": 8, "features": "connections"}, "connections have no hidden layer"),
    ],
)
def test_settings_that_leave_nothing_to_hide_are_refused(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        TrainConfig(game="hex:4", q="ntuple", **settings)
