"""All of qzero where the network is on a GPU: the first one that torch sees, else a simulated one."""

from __future__ import annotations

import dataclasses
import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from agent.network.net import Architecture, build
from agent.network.network_q import NetworkQ, as_q
from agent.ntuple.q import NTupleQ
from agent.ntuple.tuples import draw_cells
from agent.play.player import QPlayer
from agent.play.qfunction import ConstantQ, QFunction
from agent.presets import preset
from agent.run import train
from agent.search.exact_ply import ExactPlyQ
from agent.search.negamax import NegamaxQ
from agent.table.table_q import TableQ
from arena import text_play
from arena.match.match import play_match
from arena.match.tournament import Tournament
from arena.report.samples import sample_games
from arena.training import worker
from arena.training.judge import judge_of
from arena.truth.grade_report import grade_report
from arena.truth.perfect_play import PerfectQ
from arena.truth.perfection import perfection
from arena.truth.solve import solution
from arena.view.values import principal_line
from game import make
from tests.arena.fake_pool import performed
from tests.conftest import Qzero
from tests.helpers import unfinished

CPU = torch.device("cpu")
SIMULATED = not torch.cuda.is_available()
TICTACTOE = make("tictactoe")
TINY = ("--width", 8, "--depth", 1, "--games", 16, "--moves", 100, "--threads", 1, "--evaluations", 0)


@pytest.fixture(autouse=True)
def _short_judgement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.training.judge.GAMES", 10)
    monkeypatch.setattr("arena.training.judge.FINAL_GAMES", 20)
    monkeypatch.setattr("arena.training.judge.FEWEST_GAMES", 1)


def network(place: torch.device, board: str = "tictactoe", **settings: Any) -> NetworkQ:
    game, shape = make(board), Architecture(**{"depth": 1, "width": 8, **settings})
    net = build(game, shape)
    with torch.no_grad():
        for weight in net.parameters():  # tables begin with nothing but zeros
            weight.add_(torch.linspace(-0.2, 0.3, weight.numel()).view_as(weight))
    return as_q(game, net.to(place), shape.head)


def table(place: torch.device) -> TableQ:
    keys = torch.unique(TICTACTOE.key(unfinished(TICTACTOE, 0, games=6)))[::2].contiguous()
    return TableQ(TICTACTOE, keys.to(place), torch.linspace(-1, 1, 9 * len(keys)).view(-1, 9).to(place))


def patterns(board: str) -> NTupleQ:
    q = NTupleQ(make(board), draw_cells(make(board), 3, 4, 0))
    q.table.copy_(torch.linspace(-1, 1, len(q.table)))
    return q


def perfect() -> PerfectQ:
    pytest.importorskip("bitbully", reason="the solver is not installed: pip install 'qzero[solver]'")
    return PerfectQ(make("connect4"))


# Each with its weights on a device, if it can have them there.
KINDS: dict[str, Callable[[torch.device], QFunction]] = {
    "constant": lambda _: ConstantQ(TICTACTOE),
    "negamax": lambda _: NegamaxQ(TICTACTOE, 3),
    "table": table,
    "empty table": lambda _: TableQ(TICTACTOE),
    "patterns": lambda _: patterns("hex:3"),
    "patterns of columns": lambda _: patterns("connect4"),
    "q-head": network,
    "q-head that sees the board turned": lambda place: network(place, "breakthrough:4x4"),
    "averaged over symmetries": lambda place: network(place, symmetric=True, wdl=True),
    "convolutions": lambda place: network(place, kind="conv"),
    "afterstates": lambda place: network(place, head="afterstate"),
    "ensemble": lambda place: network(place, members=2, symmetric=True),
    "ensemble of tables": lambda place: network(place, kind="ntuple", members=2, tuples=4, tuple_cells=3),
    "exact ends": lambda place: ExactPlyQ(network(place, head="afterstate")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_answers_on_the_device_of_the_state_wherever_its_weights_are(kind: str, gpu: torch.device) -> None:
    here, there = KINDS[kind](CPU), KINDS[kind](gpu)
    state = unfinished(here.game, 0, most=40)
    expected = here.q(state)
    for q in (here, there):
        for place in (CPU, gpu):
            found = q.q(state.to(place))
            assert found.device == place
            # Convolutions of a real GPU round more coarsely.
            torch.testing.assert_close(found.cpu(), expected, rtol=0, atol=1e-6 if SIMULATED else 2e-3)


@pytest.mark.parametrize("head", ["q", "afterstate"])
def test_the_spread_of_an_ensemble_is_where_the_state_is(head: str, gpu: torch.device) -> None:
    state = unfinished(TICTACTOE, 0, most=40)
    expected = network(CPU, head=head, members=3).q_and_spread(state)
    for place, weights in ((CPU, gpu), (gpu, CPU), (gpu, gpu)):
        found = network(weights, head=head, members=3).q_and_spread(state.to(place))
        assert {tensor.device for tensor in found} == {place}
        torch.testing.assert_close([tensor.cpu() for tensor in found], list(expected))


def test_the_solver_answers_a_gpu(gpu: torch.device) -> None:
    q, game = perfect(), make("connect4")
    state = unfinished(game, 0)
    late = state[state.ply.argsort()[-5:]]
    found = q.q(late.to(gpu))
    assert found.device == gpu
    assert torch.equal(found.cpu(), q.q(late))


class Copies(TorchDispatchMode):  # type: ignore[no-untyped-call] # torch's own
    """Collects what is copied from one device to another meanwhile."""

    seen: tuple[Any, ...] = ()

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if operation is torch.ops.aten._to_copy.default and (kwargs or {}).get("device") is not None:
            self.seen = (*self.seen, operation)
        return operation(*args, **(kwargs or {}))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_copied_where_weights_and_state_are_on_one_device(kind: str) -> None:
    q = KINDS[kind](CPU)
    state = unfinished(q.game, 0, most=40)
    with Copies() as copies:  # type: ignore[no-untyped-call] # torch's own
        q.q(state)
        assert not copies.seen
        state.to("meta")  # what it looks out for
        assert copies.seen


# Together they go through every line of learning that makes or moves a tensor.
SETTINGS: dict[str, dict[str, Any]] = {
    "minibatches": {"exploration": "varied", "temperature": 0.1, "learning_rate": 0.1},
    "half the digits": {"precision": "bfloat16", "architecture": "residual"},
    "afterstates and averaged weights": {"head": "afterstate", "target": "q", "lam": 0.5, "target_ema": 0.9},
    "boosting": {"architecture": "conv", "boost": 1.0, "optimizer": "adam", "loss": "huber"},
    "bagging and optimism": {"members": 2, "optimism": 1.0, "loss": "wdl", "symmetry": "average", "dropout": 0.1},
    "bagging, all at once": {"members": 2, "batch_size": 0, "target": "expected-sarsa"},
    "patterns": {"architecture": "ntuple", "tuples": 5, "tuple_cells": 4, "optimizer": "adam", "learning_rate": 0.01},
    "bagged patterns": {"architecture": "ntuple", "tuples": 5, "tuple_cells": 4, "members": 2, "head": "afterstate"},
    "graphs": {"launch": "graphs", "boost": 1.0, "opening_plies": 3, "schedule": "cosine", "exploration": "falling"},
    "graphs of a greedy player": {"launch": "graphs", "temperature": 0.0, "optimizer": "adam", "target_ema": 0.9},
    "early stopping": {"patience": 1, "evaluations": 3, "target": "sarsa", "window_kind": "fixed", "window": 2},
}
OF_THE_CLOCK = ("seconds", "moves_per_second", "share_self_play", "share_targets", "share_learning")


def learned(folder: Path, device: str, stop: bool, settings: dict[str, Any]) -> tuple[list[Any], dict[str, Tensor]]:
    """The metrics of a run to its end, and its weights; with `stop`, one that is taken up again after a generation."""
    small: dict[str, Any] = {
        "width": 8,
        "depth": 1,
        "games": 8,
        "moves": 110,
        "batch_size": 64,
        "threads": 1,
        "evaluations": 1,
    }
    small["launch"] = "eager"  # graphs draw other random numbers
    config = train.resolved(preset("tictactoe", **{"precision": "float32", **small, **settings, "device": device}))
    lines: list[dict[str, Any]] = []
    training = train.start(folder, config, judge_of(config))
    if stop:
        training.run(lines.append, lambda: bool(lines))
        training = train.resume(folder, judge_of(config))
    training.run(lines.append)
    assert training.finished
    told = [{name: value for name, value in line.items() if name not in OF_THE_CLOCK} for line in lines]
    return told, training.learner.model_tensors()


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_run_on_a_gpu_ends_is_judged_and_goes_on(
    settings: str, tmp_path: Path, gpu: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arena.training.judge.OPPONENTS", {"one-ply": 2})
    lines, weights = learned(tmp_path / "gpu", "cuda", True, SETTINGS[settings])
    assert {weight.device for weight in weights.values()} == {gpu}
    assert "score vs one-ply" in lines[-1]["strength"]
    assert len(lines) > 1
    if SIMULATED:  # which computes as the CPU does
        expected_lines, expected = learned(tmp_path / "cpu", "cpu", False, SETTINGS[settings])
        assert lines == expected_lines
        assert all(torch.equal(weights[name].cpu(), expected[name]) for name in expected)


def test_every_command_takes_a_run_that_was_made_on_a_gpu(
    qzero: Qzero, gpu: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = qzero("train", "tictactoe", "--device", "cuda", *TINY, "--run", "r")
    assert (trained.code, "mistakes on all states" in trained.out) == (0, True), trained.err
    commands: dict[str, tuple[object, ...]] = {
        "train": ("train", "tictactoe", "--device", gpu, *TINY, "--json"),
        "resume": ("resume", "r"),
        "info": ("info", "r"),
        "export": ("export", "r", "small.safetensors"),
        "match": ("match", "r", "small.safetensors", "--games", 4),
        "grade": ("grade", "tictactoe", "r"),
        "tournament": ("tournament", "r", "random", "--games", 4, "--file", "t.db"),
        "play": ("play", "tictactoe", "--opponent", "r", "--text", "--seat", "second"),
        "report": ("report", "r", "--output", "report.html"),
    }
    for name, command in commands.items():
        monkeypatch.setattr("sys.stdin", io.StringIO("undo\nquit\n"))
        outcome = qzero(*command)
        assert outcome.code == 0, (name, outcome.err)
        assert outcome.out or name == "resume", name


def test_the_benchmark_waits_for_the_gpu(qzero: Qzero, gpu: torch.device, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[None] = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: waits.append(None))
    command = ("bench", "learner", "tictactoe", *TINY[:6], "--rounds", 1, "--seconds", 0.01)
    assert qzero(*command, "--device", "cpu").code == 0
    assert not waits
    assert qzero(*command, "--device", gpu).code == 0
    assert waits


def test_a_row_of_a_sweep_runs_on_a_gpu(tmp_path: Path, gpu: torch.device) -> None:
    config = preset("tictactoe", device=str(gpu), width=8, depth=1, games=16, moves=100, evaluations=0, threads=1)
    order = {"do": "train", "config": dataclasses.asdict(config), "folder": str(tmp_path / "row")}
    assert performed(order)["done"]["record"]["strength"]


def in_a_match(player: QPlayer, _: Path) -> object:
    return play_match(TICTACTOE, player, QPlayer("random", ConstantQ(TICTACTOE)), 8, seed=1)


def in_a_tournament(player: QPlayer, folder: Path) -> object:
    with Tournament(folder / f"{player.name}.db", TICTACTOE, 8, None, 0) as tournament:
        tournament.play([player, QPlayer("random", ConstantQ(TICTACTOE))], lambda *_: None)
        return [
            (s.wins, s.draws, s.losses) for row in tournament.standings([player.name, "random"]).scores for s in row
        ]


def in_a_game(player: QPlayer, _: Path) -> object:
    said: list[str] = []
    answers = iter(["a1", "b1", "new", "c3", "quit"])
    text_play.run(TICTACTOE, (player, None), 0, lambda _: next(answers), said.append)
    return said


# What the arena does with a learner that is still at work, or with a player made in Python.
PLACES: dict[str, Callable[[QPlayer, Path], object]] = {
    "match": in_a_match,
    "tournament": in_a_tournament,
    "play": in_a_game,
    "grade": lambda player, _: grade_report(player, TICTACTOE),
    "perfect": lambda player, _: perfection(player, solution(TICTACTOE)),
    "report": lambda player, _: (principal_line(player.q_function, 9), sample_games(player.q_function, 3)),
    "identity": lambda player, _: player.identity,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_network_on_a_gpu_plays_as_it_does_on_the_cpu(place: str, tmp_path: Path, gpu: torch.device) -> None:
    found = PLACES[place](QPlayer("learner", network(gpu)), tmp_path)
    (tmp_path / "learner.db").unlink(missing_ok=True)
    expected = PLACES[place](QPlayer("learner", network(CPU)), tmp_path)
    if SIMULATED or place == "identity":
        assert found == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cuda:99", "the last GPU that torch sees is cuda:"),
        ("cuda:256", "the last GPU that torch sees is cuda:"),
        ("cuda:-1", "no device is called 'cuda:-1'"),
        ("", "no device is called ''"),
        ("gpu", "no device is called 'gpu'"),
        ("mps", "device 'mps' is not supported: use cpu or cuda"),
        ("meta", "device 'meta' is not supported: use cpu or cuda"),
    ],
)
def test_devices_that_are_not_there_are_told_in_words(name: str, words: str, qzero: Qzero, gpu: torch.device) -> None:
    del gpu
    outcome = qzero("train", "tictactoe", "--device", name)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert words in outcome.err


@pytest.mark.skipif(not SIMULATED, reason="torch sees a GPU")
def test_without_a_gpu_cuda_is_told_in_words(qzero: Qzero) -> None:
    outcome = qzero("train", "tictactoe", "--device", "cuda")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "torch sees no CUDA GPU: use --device cpu" in outcome.err


@pytest.mark.parametrize("kind", ["table", "patterns"])
def test_tables_learn_on_the_cpu(kind: str, qzero: Qzero, gpu: torch.device) -> None:
    for device in ("cuda", str(gpu)):
        outcome = qzero("train", "tictactoe", "--q", kind, "--device", device)
        assert (outcome.code, outcome.err.count("\n")) == (2, 1)
        assert "learns on the CPU" in outcome.err
    preset("tictactoe", q=kind, device="cpu:0")  # is the CPU


OUT_OF_MEMORY = "out of memory on the GPU: ask for fewer --games or a smaller network, or for --device cpu"
ADVICE = "\nCUDA kernel errors might be asynchronously reported.\nFor debugging consider CUDA_LAUNCH_BLOCKING=1"
FAILURES: dict[str, tuple[Exception, str]] = {
    "memory": (
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 7 GiB."),
        OUT_OF_MEMORY,
    ),
    "memory of the driver": (RuntimeError(f"CUDA error: out of memory{ADVICE}"), OUT_OF_MEMORY),
    "memory of a library": (
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        OUT_OF_MEMORY,
    ),
    "memory of another": (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), OUT_OF_MEMORY),
    "a GPU too old": (
        RuntimeError(f"CUDA error: no kernel image is available for execution on the device{ADVICE}"),
        "the GPU failed: CUDA error: no kernel image is available for execution on the device; try --device cpu",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_failures_of_a_gpu_are_told_in_one_line(failure: str, qzero: Qzero, monkeypatch: pytest.MonkeyPatch) -> None:
    error, words = FAILURES[failure]

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("agent.network.network_learner.NetworkLearner.self_play", fail)
    outcome = qzero("train", "tictactoe", "--moves", 100, "--threads", 1)
    assert (outcome.code, outcome.err) == (1, f"qzero: {words}\n")
    task = {"do": "train", "config": dataclasses.asdict(preset("tictactoe", moves=100, threads=1)), "folder": "row"}
    answers: list[dict[str, Any]] = []
    worker.perform(task, answers.append, threading.Event())
    assert answers == [{"failed": words}]


def test_other_failures_are_not_taken_for_those_of_a_gpu(qzero: Qzero, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("agent.network.network_learner.NetworkLearner.self_play", fail)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        qzero("train", "tictactoe", "--moves", 100, "--threads", 1)
