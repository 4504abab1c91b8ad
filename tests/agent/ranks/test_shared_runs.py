"""A run that several processes share: the same weights in all, the same bits after any end, and one folder."""

from __future__ import annotations

import hashlib
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.config import TrainConfig
from agent.ranks import joining
from agent.run import train
from agent.store.files import read_tensors
from tests.agent.run.test_resume import assert_same_run, config_of, fake_judge, ignore, metrics_of, tensors_of
from tests.processes import Command, as_rank, free_port, in_ranks, ranks

# What ranks bring together in different ways.
SHARED: dict[str, dict[str, Any]] = {
    "sgd": {},
    "sparse gradients": {"architecture": "ntuple", "tuples": 10, "tuple_cells": 4},
    "bagging, half precision": {"members": 3, "precision": "bfloat16"},
    "from search": {"search_nodes": 8, "target": "tree", "games": 8, "moves": 450},
    "early stopping": {"patience": 3, "evaluations": 12},
    "walks": {"q": "ntuple", "tuples": 10, "tuple_cells": 4, "target": "q", "lam": 0.9, "weight_averaging": 0.5},
    "features": {"q": "ntuple", "features": "lines:3", "target": "q", "lam": 0.9, "tc_forgetting": 0.1},
    "while the next games are played": {
        "q": "ntuple",
        "features": "lines:3",
        "target": "q",
        "overlap": True,
        "weight_averaging": 0.5,
    },
    "a hidden layer, rarely": {"q": "ntuple", "features": "lines:3", "hidden": 4, "exchange_every": 3},
    "walks, late and rarely": {"q": "ntuple", "tuples": 10, "tuple_cells": 4, "exchange_every": 2, "overlap": True},
}


LONGER = ("bagging, half precision", "features", "walks, late and rarely", "from search")  # in the slow tests


def shared_config(name: str, **changes: Any) -> TrainConfig:
    return config_of("sgd", **{**SHARED[name], **changes})


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What two ranks would else both compile, at the same time."""
    for name in ("walks", "features", "a hidden layer, rarely"):
        folder = tmp_path_factory.mktemp("compiled") / "run"
        train.start(folder, shared_config(name, games=2, moves=2), fake_judge).run(ignore)


def trained(folder: Path, config: TrainConfig, stop_after: int = 0) -> tuple[int, str, dict[str, Any]]:
    """Train a run, or go on with it: the generation in which it ends, a digest of what was learned, its strength.

    stop_after: the generation after which one of the ranks is asked to stop.
    """
    begun = (folder / train.RESUME).exists()
    run = train.resume(folder, fake_judge) if begun else train.start(folder, config, fake_judge)
    ranks = run.ranks
    run.run(ignore, lambda: ranks.rank == ranks.size - 1 and 0 < stop_after <= run.generation)
    digest = hashlib.sha256()
    for tensor in (run.learner.acting.weights() | run.learner.model_tensors()).values():
        digest.update(tensor.contiguous().view(torch.uint8).numpy().tobytes())
    return run.generation, digest.hexdigest(), {name: one.value for name, one in run.strength.items()}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in LONGER else []) for name in SHARED]
)
def test_two_halves_of_two_ranks_make_the_whole_and_all_ranks_hold_the_same(name: str, tmp_path: Path) -> None:
    config = shared_config(name)
    whole = in_ranks(2, trained, tmp_path / "whole", config)
    first = in_ranks(2, trained, tmp_path / "halves", config, 5)
    second = in_ranks(2, trained, tmp_path / "halves", config)
    assert first[0][0] == 6  # asked in the fifth
    for answers in (whole, first, second):
        assert answers[0] == answers[1]
    assert whole == second
    assert_same_run(tmp_path / "whole", tmp_path / "halves")
    lines = metrics_of(tmp_path / "whole")
    assert {line["ranks"] for line in lines} == {2}
    assert all(line["bytes"] > 0 for line in lines)
    assert lines[-1]["games"] == config.games * len(lines)


def test_a_stop_between_two_meetings_waits_for_the_next(tmp_path: Path) -> None:
    """Before it, what each rank has learned is in no file."""
    config = shared_config("a hidden layer, rarely")
    whole = in_ranks(2, trained, tmp_path / "whole", config)
    assert [one[0] for one in in_ranks(2, trained, tmp_path / "halves", config, 4)] == [6, 6]
    assert in_ranks(2, trained, tmp_path / "halves", config) == whole
    assert_same_run(tmp_path / "whole", tmp_path / "halves")


def test_metrics_are_those_of_all_games(tmp_path: Path) -> None:
    """Whatever the share of a rank is: 30 games are not divided evenly among 4."""
    config = shared_config("walks", games=30, moves=200)
    in_ranks(4, trained, tmp_path / "run", config)
    line = metrics_of(tmp_path / "run")[0]
    assert line["games"] == 30
    assert line["mean_length"] == line["moves"] / 30
    assert 5 <= line["mean_length"] <= 9
    assert 0 < line["exploratory"] < 1


def test_as_many_steps_as_one_process_makes_of_as_many_games(tmp_path: Path) -> None:
    """The minibatches of all ranks together are of the batch size."""
    config = shared_config("sgd", games=256, batch_size=64, moves=4000)
    in_ranks(4, trained, tmp_path / "shared", config)
    train.start(tmp_path / "alone", config).run(ignore)
    shared, alone = (metrics_of(tmp_path / name)[-1] for name in ("shared", "alone"))
    assert abs(shared["steps"] / shared["moves"] - alone["steps"] / alone["moves"]) < 0.05 / 64


OPTIONS = "--q network --width 32 --depth 1 --games 64 --moves 8000 --threads 1 --save-every 0 --evaluations 0"


def written(folder: Path) -> int:
    """Bytes of metrics."""
    metrics = folder / train.METRICS
    return metrics.stat().st_size if metrics.exists() else 0


@pytest.mark.parametrize(
    ("options", "kills"),
    [(OPTIONS, 1), ("--q ntuple --features lines:3 --games 32 --moves 8000 --threads 1 --save-every 0", 1)],
)
def test_a_killed_rank_ends_all_and_the_launch_goes_on_with_the_same_bits(
    options: str, kills: int, tmp_path: Path
) -> None:
    arguments = ("train", "tictactoe", *options.split(), "--evaluations", "0", "--out")
    undisturbed = ranks(tmp_path, 2, *arguments, tmp_path / "whole")
    assert [one.wait() for one in undisturbed] == [0, 0], undisturbed[0].err
    assert undisturbed[1].out == undisturbed[1].err == ""
    assert "moves of" in undisturbed[0].out
    broken, chance = tmp_path / "broken", random.Random(5)
    for restart in range(kills):
        started = ranks(tmp_path, 2, *arguments, broken, restart=restart)
        lines = written(broken)
        started[0].wait_until(lambda lines=lines: written(broken) > lines)  # type: ignore[misc] # bound
        time.sleep(chance.uniform(0, 0.05))
        killed = chance.randrange(2)
        started[killed].send(signal.SIGKILL)
        assert started[killed].wait() == -9, started[killed].err
        assert started[1 - killed].wait() == 1
        assert f"rank {1 - killed} of 2 has lost the others" in started[1 - killed].err
        assert started[1 - killed].err.count("\n") == 1
    ended = ranks(tmp_path, 2, *arguments, broken, restart=kills)
    assert [one.wait() for one in ended] == [0, 0], ended[0].err
    assert_same_run(tmp_path / "whole", broken)


def test_a_run_goes_on_with_more_ranks_and_with_fewer_and_says_so(tmp_path: Path) -> None:
    for name in ("sgd", "features"):
        folder, config = tmp_path / name, shared_config(name, games=64, moves=6000)
        for size, stop in ((2, 2), (1, 6), (4, 8)):
            answers = in_ranks(size, trained, folder, config, stop) if size > 1 else [
                trained(folder, config, stop)
            ]  # fmt: skip
            assert all(answer == answers[0] for answer in answers)
        assert [line.get("ranks", 1) for line in metrics_of(folder)] == [2] * 3 + [1] * 3 + [4] * 3
        assert read_tensors(folder / train.RESUME)[1]["ranks"] == 4
        resumed = Command(tmp_path, "resume", folder)
        assert resumed.wait() == 0
        assert "was learned by 4 ranks and goes on with 1 process" in resumed.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--table", "--q table learns in one process"),
        ("--q network --games 1", "--games 1 is for 2 ranks together: give at least 2"),
        ("--q network --batch-size 1", "--batch-size 1 is for 2 ranks together"),
        ("--q network --minutes 0", "--minutes 0: expected a number above 0"),
        ("--q network --launch compiled", "--launch compiled records what one process does"),
        ("--q network --boost 1", "--boost 1 weighs all examples against each other"),
    ],
)
def test_what_ranks_cannot_share_is_refused(options: str, said: str, tmp_path: Path) -> None:
    started = ranks(tmp_path, 2, "train", "tictactoe", "--out", "run", *options.split())
    assert [one.wait() for one in started] == [2, 2]
    assert said in started[0].err
    assert not (tmp_path / "run").exists()


def test_a_rehearsal_finds_one_plan_for_all_ranks(tmp_path: Path) -> None:
    options = ("--q", "ntuple", "--features", "lines:3", "--minutes", "0.01", "--evaluations", "0")
    started = ranks(tmp_path, 4, "train", "tictactoe", "--out", "run", *options)
    assert [one.wait() for one in started] == [0] * 4, started[0].err
    lines = metrics_of(tmp_path / "run")
    assert lines[-1]["moves"] >= lines[-1]["planned"] > 0


def test_a_folder_that_is_used_is_refused_by_one_line(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").touch()
    started = ranks(tmp_path, 2, "train", "tictactoe", "--out", "run")
    assert [one.wait() for one in started] == [2, 2]
    assert "run already exists" in started[0].err
    assert started[1].err == ""
    started = ranks(tmp_path, 2, "resume", "nowhere")
    assert [one.wait() for one in started] == [1, 1]
    assert "nowhere holds no resume.safetensors" in started[0].err
    assert started[1].err == ""


def test_ranks_of_other_commands_are_refused(tmp_path: Path) -> None:
    port = free_port()
    given = (("tictactoe", "64"), ("tictactoe", "32"))
    started = [
        Command(tmp_path, "train", game, "--games", games, "--out", "run", environment=as_rank(rank, 2, port))
        for rank, (game, games) in enumerate(given)
    ]
    assert [one.wait() for one in started] == [1, 1]
    for one in started:
        assert one.err.count("\n") == 1
        assert "was given games 32, and rank 0 games 64: give all ranks one command" in one.err
    assert not (tmp_path / "run").exists()


def of_another_state(rank: int) -> None:
    found = joining.versions()
    joining.versions = lambda: {**found, "code": f"{rank}"}


def test_ranks_of_another_state_of_the_code_are_refused() -> None:
    with pytest.raises(joining.JoinError, match=r"rank 1 on .* runs another state of its code: install the same"):
        in_ranks(2, trained, Path("unused"), None, before=of_another_state)


@pytest.mark.parametrize(
    ("name", "theirs", "said"),
    [
        ("qzero", "0.2", "rank 3 on b runs qzero 0.2, and rank 0 has 0.1: install the same on all machines"),
        ("torch", "2.9", "rank 3 on b runs torch 2.9, and rank 0 has 2.13: install the same on all machines"),
        ("game", "hex", "rank 3 on b was given game hex, and rank 0 game connect4: give all ranks one command"),
        ("precision", None, "rank 3 on b was given precision None, and rank 0 precision float32"),
        ("host", "b", ""),
    ],
)
def test_what_differs_in_words(name: str, theirs: str, said: str) -> None:
    ours = {"qzero": "0.1", "code": "abc", "torch": "2.13", "host": "a", "game": "connect4", "precision": "float32"}
    assert joining.difference(3, ours, {**ours, "host": "b", name: theirs}).startswith(said)
    assert said or not joining.difference(3, ours, {**ours, name: theirs})


def test_a_rendezvous_that_nobody_joins_and_a_port_in_use(tmp_path: Path) -> None:
    """One line and an exit status, whether it waits for others to come or for the address to answer."""
    train_it = ("train", "tictactoe", "--out", "run", "--rank-timeout", "1")
    alone = [Command(tmp_path, *train_it, environment=as_rank(rank, 2, free_port())) for rank in (0, 1)]
    for rank, one in enumerate(alone):
        assert one.wait() == 1
        assert one.err.startswith(f"qzero: rank {rank} did not meet all 2 ranks at 127.0.0.1:")
        assert one.err.count("\n") == 1
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        late = Command(tmp_path, *train_it, environment=as_rank(0, 2, port))
        assert late.wait() == 1
        assert late.err == f"qzero: port {port} is in use: choose another MASTER_PORT\n"
    wrong = Command(tmp_path, *train_it, environment={"RANK": "2", "WORLD_SIZE": "2"})
    assert wrong.wait() == 2
    assert "RANK 2 of WORLD_SIZE 2" in wrong.err


def test_torchrun_itself(tmp_path: Path) -> None:
    """The documented command, from a launcher that knows nothing of qzero."""
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*launch, "-m", "agent", "train", "tictactoe", "--out", "run", *OPTIONS.split(), "--moves", "2000"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("moves of") == 1
    assert {line["ranks"] for line in metrics_of(tmp_path / "run")} == {2}
    assert tensors_of(tmp_path / "run")
