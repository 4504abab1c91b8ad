"""Self-play and learning of fixed shape: games by the rules, the same steps as without, and nothing asked of a GPU."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from agent.kinds import KINDS
from agent.learn.experience import Experience
from agent.learn.targets import targets
from agent.network.fixed.launch import recorded
from agent.network.fixed.play import LOOK_EVERY, FixedPlay
from agent.network.net import Architecture, build
from agent.network.network_learner import NetworkLearner
from agent.network.network_q import NetworkQ
from agent.play.policy import Policy
from agent.play.selfplay import self_play
from agent.play.trajectories import PlayedQ, Trajectories
from agent.presets import preset
from game import make
from game.errors import QzeroError, UsageError
from tests.helpers import BOARDS
from tests.simulated_gpu import WAITS, simulated_gpu

CPU = torch.device("cpu")


def q_of(name: str) -> NetworkQ:
    """A small network whose values differ."""
    net = build(make(name), Architecture(depth=1, width=8), 3)
    with torch.no_grad():
        for weight in net.parameters():
            weight.add_(torch.linspace(-0.2, 0.3, weight.numel()).view_as(weight))
    return NetworkQ(make(name), net)


def played(name: str, policy: Policy, games: int = 24, openings: int = 3, seed: int = 0) -> Trajectories:
    play = FixedPlay(q_of(name), games, CPU, "graphs")
    play.play(policy, openings, torch.Generator().manual_seed(99))  # what was left behind does not matter
    return play.play(policy, openings, torch.Generator().manual_seed(seed))


def per_move(found: Trajectories) -> PlayedQ:
    assert isinstance(found.q, PlayedQ)
    return found.q


@pytest.mark.parametrize(
    "name", [name for name in BOARDS if name not in ("gomoku", "hex", "gomoku:20x20x10", "hex:13")]
)
def test_games_are_by_the_rules_and_tell_what_happened(name: str) -> None:
    game, policy = make(name), Policy(0.3, 0.2)
    found = played(name, policy)
    q = q_of(name).q(found.state)
    assert bool(game.legal(found.state).gather(1, found.action[:, None]).all())
    torch.testing.assert_close(per_move(found).best, q.amax(1))
    torch.testing.assert_close(per_move(found).played, q.gather(1, found.action[:, None]).squeeze(1))
    mean = (policy.probabilities(q) * q.masked_fill(q == -torch.inf, 0)).sum(1)
    torch.testing.assert_close(per_move(found).mean, mean)
    assert torch.equal(found.exploratory, per_move(found).played < per_move(found).best)
    assert torch.equal(found.t * 24 + found.game, (found.t * 24 + found.game).sort()[0])
    assert bool((found.t < 3)[found.forced].all())
    after = game.step(found.state, found.action)
    for g in range(24):
        rows = (found.game == g).nonzero().squeeze(1)
        assert found.t[rows].tolist() == list(range(len(rows)))
        assert found.state[rows[:1]].equal(game.initial(1))
        assert after[rows[:-1]].equal(found.state[rows[1:]])
        assert bool(after.done[rows[-1]])
        assert float(found.reward[g]) == float(after.reward[rows[-1]])


@pytest.mark.parametrize("policy", [Policy(0.3, 0.2), Policy(0.3, 0.0), Policy(0.4, 0.5, varied=True)])
def test_moves_are_drawn_as_in_games_that_leave_the_batch(policy: Policy) -> None:
    q = q_of("tictactoe")
    fixed = played("tictactoe", policy, 6000, openings=2)
    usual = self_play(q, policy, 6000, 2, torch.Generator().manual_seed(0))
    assert float(fixed.exploratory.float().mean()) == pytest.approx(float(usual.exploratory.float().mean()), abs=0.02)
    for t in (0, 1, 2, 5):
        shares = [torch.bincount(one.action[one.t == t], minlength=9) / (one.t == t).sum() for one in (fixed, usual)]
        torch.testing.assert_close(*shares, rtol=0, atol=0.04)
        forced = [float(one.forced[one.t == t].float().mean()) for one in (fixed, usual)]
        assert forced[0] == pytest.approx(forced[1], abs=0.03)
    varied = torch.zeros(6000).index_add_(0, fixed.game, fixed.exploratory.float()).var()
    usually = torch.zeros(6000).index_add_(0, usual.game, usual.exploratory.float()).var()
    assert float(varied) == pytest.approx(float(usually), rel=0.15)


def test_seeds_make_the_games() -> None:
    first, same, other = (played("connect4", Policy(0.2, 0.1), seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first.action, same.action)
    assert not torch.equal(first.action[:24], other.action[:24])


def test_a_policy_may_change_from_one_generation_to_the_next() -> None:
    play = FixedPlay(q_of("tictactoe"), 2000, CPU, "graphs")
    shares = []
    for epsilon, temperature in ((1.0, 0.1), (0.0, 0.1), (0.0, 1e6), (0.0, 0.0)):
        found = play.play(Policy(epsilon, temperature), 0, torch.Generator().manual_seed(1))
        shares.append(float(found.exploratory.float().mean()))
    assert shares[-1] == 0
    assert shares[0] == pytest.approx(shares[2], abs=0.02)  # both are uniform
    assert 0 < shares[1] < shares[0]


@pytest.mark.parametrize("name", ["connect4", "hex:5", "gomoku:7x7x4"])
def test_a_gpu_is_waited_for_once_in_many_plies(name: str) -> None:
    with simulated_gpu():
        gpu = torch.device("cuda:0")
        q = q_of(name)
        q.net.to(gpu)
        play = FixedPlay(q, 16, gpu, "graphs")
        ways: list[Callable[[torch.Generator], Trajectories]] = [
            lambda chance: play.play(Policy(0.3, 0.2), 0, chance),
            lambda chance: self_play(q, Policy(0.3, 0.2), 16, 0, chance),
        ]
        waits = []
        for way in ways:
            way(torch.Generator(gpu).manual_seed(1))
            WAITS.clear()
            plies = int(way(torch.Generator(gpu).manual_seed(0)).t.max()) + 1
            waits.append(len(WAITS) - 1)
    assert waits[0] <= make(name).max_plies // LOOK_EVERY + 2
    assert waits[1] > 3 * plies


def learner(launch: str, device: torch.device = CPU, **settings: Any) -> NetworkLearner:
    small: dict[str, Any] = {"width": 16, "depth": 2, "games": 64, "batch_size": 32, "threads": 1}
    config = preset("connect4", **{"q": "network", "precision": "float32", "launch": launch, **small, **settings})
    return NetworkLearner(make("connect4"), config, device)


LEARNING: dict[str, dict[str, Any]] = {
    "sgd": {},
    "no momentum": {"momentum": 0.0},
    "adam, averaged weights": {"optimizer": "adam", "target_ema": 0.9, "target": "q"},
    "adamw, boosted": {"optimizer": "adamw", "weight_decay": 0.1, "boost": 1.0, "loss": "wdl"},
    "averaged over symmetries": {"symmetry": "average", "loss": "huber"},
    "half the digits": {"precision": "bfloat16"},
}


@pytest.mark.parametrize("kind", LEARNING)
def test_steps_are_those_of_minibatches_taken_one_by_one(kind: str) -> None:
    one, other = (learner(launch, **LEARNING[kind]) for launch in ("eager", "graphs"))
    for generation in range(3):
        found = self_play(one.acting, Policy(0.5, 0.2), 64, 2, torch.Generator().manual_seed(generation))
        target = targets(found, one.config, Policy(0.5, 0.2))
        experience = Experience(found.state, found.action, target, found.game)
        told = [x.learn(experience, generation / 3, torch.Generator().manual_seed(7)) for x in (one, other)]
        assert told[0].steps == told[1].steps > 10
        assert told[0].loss == pytest.approx(told[1].loss, rel=0.02 if kind == "half the digits" else 1e-4)
    exact = kind != "half the digits"
    for name, weight in one.model_tensors().items():
        torch.testing.assert_close(
            other.model_tensors()[name], weight, rtol=1e-3 if exact else 0.2, atol=1e-4 if exact else 0.02
        )


def test_a_graph_would_not_run_if_it_asked() -> None:
    """The simulated GPU refuses as CUDA does: without this the runs of test_devices would prove nothing."""
    with simulated_gpu():
        gpu = torch.device("cuda:0")
        graph = torch.cuda.CUDAGraph()
        x = torch.ones(3, device=gpu)
        refused: tuple[Any, ...] = (x.max().item, x.nonzero, x.cpu, functools.partial(torch.ones(3).to, gpu))
        for ask in refused:
            with pytest.raises(RuntimeError, match="not permitted when stream is capturing"), torch.cuda.graph(graph):
                ask()
        with torch.cuda.graph(graph):
            doubled = x * 2
        x.fill_(5)
        graph.replay()
        assert doubled.tolist() == [10, 10, 10]


def test_plies_and_losses_compile_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    traced: Any = functools.partial(torch.compile, fullgraph=True, backend="aot_eager")
    monkeypatch.setattr("torch.compile", lambda function, **_: traced(function))
    one, other = learner("graphs"), learner("compiled")
    both: list[tuple[Tensor, Tensor]] = []
    for x in (one, other):
        for generation in range(2):
            found = x.self_play(Policy(0.2, 0.1), 64, 2, torch.Generator().manual_seed(generation))
            experience = Experience(found.state, found.action, targets(found, x.config, Policy(0.2, 0.1)), found.game)
            x.learn(experience, 0.0, torch.Generator().manual_seed(7))
        both.append((found.action, next(iter(x.model_tensors().values()))))
    assert torch.equal(both[0][0], both[1][0])
    torch.testing.assert_close(both[0][1], both[1][1])


def test_values_that_are_not_numbers_are_told() -> None:
    q = q_of("tictactoe")
    play = FixedPlay(q, 8, CPU, "graphs")
    with torch.no_grad():
        next(iter(q.net.parameters())).fill_(torch.nan)
    with pytest.raises(QzeroError, match="the training diverged"):
        play.play(Policy(), 0, torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    "settings",
    [{"head": "afterstate"}, {"architecture": "ntuple"}, {"members": 2}, {"dropout": 0.1}, {"batch_size": 0}],
)
def test_what_has_no_fixed_shape_is_refused_in_words(settings: dict[str, Any]) -> None:
    (name,) = settings
    with pytest.raises(UsageError, match=f"--launch graphs needs work of a fixed shape, which --{name.split('_')[0]}"):
        preset("connect4", q="network", launch="graphs", **settings)
    preset("connect4", q="network", **settings)


def test_on_a_gpu_graphs_are_the_default_where_the_settings_allow_them() -> None:
    gpu = torch.device("cuda:0")
    fits, dropped = (preset("connect4", q="network", **more) for more in ({}, {"dropout": 0.1}))
    kind = KINDS["network"]
    assert [kind.launch(one, place) for one in (fits, dropped) for place in (CPU, gpu)] == ["eager", "graphs"] + [
        "eager"
    ] * 2
    chosen = preset("connect4", q="network", launch="compiled")
    assert kind.launch(chosen, CPU) == "compiled"


def test_on_a_gpu_work_is_recorded_once_and_then_started_without_python(gpu: torch.device) -> None:
    number = torch.zeros(1, device=gpu)
    runs: list[None] = []

    def work() -> None:
        runs.append(None)
        number.add_(1)

    start = recorded(work, [number], gpu)
    assert number.item() == 0, "recording leaves no trace"
    before = len(runs)
    for _ in range(5):
        start()
    assert number.item() == 5
    assert len(runs) == before
