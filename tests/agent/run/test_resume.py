"""A run that was stopped or killed at any moment goes on as if nothing had happened: same bits, same metrics lines."""

from __future__ import annotations

import json
import random
import signal
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from agent.config import TrainConfig
from agent.kinds import kinds_of
from agent.presets import preset
from agent.run import train
from agent.run.gate import BEST, Verdict
from agent.run.strength import Evidence, Strength
from agent.store.checkpoint import MODEL
from agent.store.files import read_tensors, write_tensors
from game.errors import QzeroError
from tests.processes import Command

TINY = {"games": 32, "moves": 2000, "width": 32, "depth": 2, "batch_size": 64, "evaluations": 2, "threads": 1}
TABLES = {"architecture": "ntuple", "tuples": 10, "tuple_cells": 4}
# Everything that a run has to remember, several things at a time.
VARIANTS: dict[str, dict[str, Any]] = {
    "sgd": {},
    "adamw, conv, bfloat16": {
        "optimizer": "adamw",
        "learning_rate": 1e-3,
        "architecture": "conv",
        "width": 8,
        "depth": 1,
        "precision": "bfloat16",
    },
    "adam, residual, warmup": {
        "optimizer": "adam",
        "weight_decay": 1e-3,
        "architecture": "residual",
        "activation": "tanh",
        "schedule": "linear",
        "warmup": 0.2,
    },
    "linear": {"depth": 0},
    "table, sarsa, falling": {"q": "table", "target": "sarsa", "exploration": "falling"},
    "ntuple": TABLES,
    "ntuple sgd": {**TABLES, "optimizer": "sgd", "head": "afterstate", "schedule": "inverse"},
    "ntuple bagging": {**TABLES, "members": 2},
    "full batch, huber": {"batch_size": 0, "reuse": 4.0, "loss": "huber"},
    "single": {"batch_size": 1, "games": 4, "moves": 400},
    "fixed window": {"window_kind": "fixed", "window": 3, "reuse": 2.0},
    "long window": {"target": "q", "lam": 0.5, "reuse": 1.7, "window": 12, "games": 16, "moves": 3000},
    "n-step, ema": {"target": "q", "lam": 1.0, "n_step": 3, "cut": False, "target_ema": 0.9},
    "expected sarsa, dropout": {"target": "expected-sarsa", "dropout": 0.3},
    "symmetry averaged, boosting": {"symmetry": "average", "boost": 1.0},
    "bagging": {"members": 3, "optimism": 1.0, "loss": "wdl", "precision": "bfloat16", "target": "sarsa"},
    "patterns": {"q": "ntuple", "tuples": 10, "tuple_cells": 4, "target": "q", "lam": 0.9, "learning_rate": 4.0},
    "patterns that forget": {
        "q": "ntuple",
        "tuples": 10,
        "averaging": 0.5,
        "forgetting": 0.1,
        "exploration": "varied",
    },
    "n-tuples that follow the moves, with a hidden layer": {
        "q": "ntuple",
        "features": "lines:3",
        "stages": 2,
        "hidden": 4,
        "target": "q",
        "lam": 0.9,
        "averaging": 0.5,
        "forgetting": 0.1,
    },
    "search, trees": {"search_nodes": 4, "target": "tree", "lam": 0.5},
    "some trees": {"search_nodes": 4, "search_share": 0.1, "target": "tree", "lam": 0.5},
    "gate": {"gate": True, "evaluations": 8},
    "gate of tables": {"gate": True, "evaluations": 8, "q": "ntuple", "tuples": 10, "averaging": 0.5},
    "early stopping": {"patience": 6, "evaluations": 24, "games": 32, "moves": 6000},
}


class Crash(Exception):
    """The process dies here."""


class FakeJudge:
    """Depends on the weights, so that a difference in them shows in the metrics as well."""

    def __call__(self, q: Any, final: bool) -> Strength:
        return {"q": Evidence(float(q.q(q.game.initial(1)).sum())), "final": Evidence(float(final), positions=7)}

    def watch(self, q: Any) -> float:
        return abs(float(q.q(q.game.initial(1)).amax()))

    def stronger(self, q: Any, best: Any, number: int) -> Verdict:
        """About every other time, by all of both and the number."""
        text = f"{q.identity()} {best.identity()} {number}"
        return Verdict(zlib.crc32(text.encode()) % 2 == 0, number)


fake_judge = FakeJudge()


def config_of(variant: str, **changes: Any) -> TrainConfig:
    settings = {**TINY, **VARIANTS[variant], **changes}
    of_this_kind = {name: value for name, value in settings.items() if settings.get("q", "network") in kinds_of(name)}
    return train.resolved(preset("tictactoe", **of_this_kind))


def tensors_of(folder: Path) -> dict[str, Tensor]:
    return read_tensors(folder / MODEL)[0]


def metrics_of(folder: Path) -> list[dict[str, Any]]:
    """All metrics lines without what depends on the clock."""
    clock = {"seconds", "moves_per_second", "share_self_play", "share_targets", "share_learning"}
    lines = [json.loads(line) for line in (folder / train.METRICS).read_text().splitlines()]
    return [{name: value for name, value in line.items() if name not in clock} for line in lines]


def assert_same_run(a: Path, b: Path) -> None:
    ours, theirs = tensors_of(a), tensors_of(b)
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        assert torch.equal(tensor, theirs[name]), name
    assert metrics_of(a) == metrics_of(b)
    assert (a / BEST).exists() == (b / BEST).exists()
    if (a / BEST).exists():
        (best, made), (other, also) = read_tensors(a / BEST), read_tensors(b / BEST)
        assert made["moves"] == also["moves"] == metrics_of(a)[-1]["gate"]["best"]
        assert all(torch.equal(best[name], other[name]) for name in best)
    assert [line["generation"] for line in metrics_of(a)] == list(range(1, len(metrics_of(a)) + 1))


def ignore(_: train.Metrics) -> None:
    pass


@pytest.mark.parametrize("variant", VARIANTS)
def test_run_killed_anywhere_equals_uninterrupted_run(variant: str, tmp_path: Path) -> None:
    """Every generation once ends in a crash right after its metrics line was written, saved at random before."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    config = config_of(variant, save_every=1e9)
    train.start(whole, config, fake_judge).run(ignore)

    chance = random.Random(7)
    train.start(broken, config, fake_judge)
    crashes = 0
    while not (training := train.resume(broken, fake_judge)).finished:
        crash_at = training.generation + chance.randint(1, 4)
        save_at = training.generation + chance.randint(1, 3)

        def report(
            line: train.Metrics, run: train.Training = training, save: int = save_at, crash: int = crash_at
        ) -> None:
            if line["generation"] == save:
                run.save()
            if line["generation"] == crash:
                raise Crash

        try:
            training.run(report)
        except Crash:
            crashes += 1
    assert crashes >= 2
    assert_same_run(whole, broken)


def test_stopping_saves_and_two_halves_make_a_whole(tmp_path: Path) -> None:
    config = config_of("sgd")
    train.start(tmp_path / "whole", config, fake_judge).run(ignore)
    first = train.start(tmp_path / "halves", config, fake_judge)
    first.run(ignore, lambda: first.generation >= 5)
    assert first.generation == 5
    train.resume(tmp_path / "halves", fake_judge).run(ignore)
    assert_same_run(tmp_path / "whole", tmp_path / "halves")


def test_strength_comes_back_with_what_it_rests_on_and_alone_from_older_runs(tmp_path: Path) -> None:
    run = train.start(tmp_path / "run", config_of("sgd"), fake_judge)
    run.run(ignore)
    assert train.resume(tmp_path / "run").strength == run.strength
    assert run.strength["final"] == Evidence(1.0, positions=7)
    tensors, record = read_tensors(tmp_path / "run" / train.RESUME)
    write_tensors(tmp_path / "run" / train.RESUME, tensors, {**record, "strength": {"score vs random": 0.75}})
    older = train.resume(tmp_path / "run")
    assert older.strength == {"score vs random": Evidence(0.75)}
    assert older.record()["strength"] == {"score vs random": {"value": 0.75}}


def test_same_seed_same_bits_and_other_seed_other_bits(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train.start(tmp_path / name, config_of("sgd", seed=seed)).run(ignore)
    assert_same_run(tmp_path / "a", tmp_path / "b")
    assert any(not torch.equal(t, tensors_of(tmp_path / "c")[n]) for n, t in tensors_of(tmp_path / "a").items())


def test_what_a_kill_leaves_half_written_is_cleared_away(tmp_path: Path) -> None:
    config = config_of("sgd")
    train.start(tmp_path / "whole", config, fake_judge).run(ignore)
    run = train.start(tmp_path / "cut", config, fake_judge)
    run.run(ignore, lambda: run.generation >= 3)
    with (tmp_path / "cut" / train.METRICS).open("a") as file:
        file.write('{"generation": 4, "mov')
    (tmp_path / "cut" / ".model.safetensors.123.tmp").write_bytes(b"half a mod")
    train.resume(tmp_path / "cut", fake_judge).run(ignore)
    assert_same_run(tmp_path / "whole", tmp_path / "cut")
    assert not list((tmp_path / "cut").glob(".*"))


def test_two_processes_cannot_train_one_run(tmp_path: Path) -> None:
    run = train.start(tmp_path / "run", config_of("sgd"))

    def second_one(_: train.Metrics) -> None:
        with pytest.raises(QzeroError, match="another process"):
            train.resume(tmp_path / "run").run(ignore)
        raise Crash

    with pytest.raises(Crash):
        run.run(second_one)
    train.resume(tmp_path / "run").run(ignore)  # the lock went with its holder


def test_finished_run_changes_nothing_when_resumed(tmp_path: Path) -> None:
    train.start(tmp_path / "run", config_of("sgd")).run(ignore)
    before = tensors_of(tmp_path / "run"), metrics_of(tmp_path / "run")
    train.resume(tmp_path / "run").run(ignore)
    assert metrics_of(tmp_path / "run") == before[1]
    assert all(torch.equal(t, before[0][n]) for n, t in tensors_of(tmp_path / "run").items())


def kill_and_resume(tmp_path: Path, game: str, options: list[str], kills: int, seed: int, fresh: bool) -> None:
    """Train in processes of their own, `kill -9` them at random moments, and compare with one that was left alone."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    undisturbed = Command(tmp_path, "train", game, "--run", whole, *options, fresh=fresh)
    assert undisturbed.wait() == 0, undisturbed.err
    chance = random.Random(seed)
    process = Command(tmp_path, "train", game, "--run", broken, *options, fresh=fresh)
    process.wait_until((broken / train.RESUME).exists)
    for done in range(kills):
        time.sleep(chance.uniform(0, 0.05))
        assert process.running, f"the run ended after {done} kills: make it longer; {process.err}"
        process.send(signal.SIGKILL)
        process.wait()
        size = (broken / train.METRICS).stat().st_size
        process = Command(tmp_path, "resume", broken, fresh=fresh)
        # Wait for the process to be at work, so that kills fall into training and not into what comes before.
        process.wait_until(lambda size=size: (broken / train.METRICS).stat().st_size != size)  # type: ignore[misc] # bound
    assert process.wait() == 0, process.err
    assert_same_run(whole, broken)


# The shapes of runs that take some seconds.
LONG = {
    "network": ("--q", "network", "--width", "32", "--depth", "1", "--games", "64", "--moves", "30000"),
    "n-tuples that follow the moves": ("--features", "lines:3", "--q", "ntuple", "--games", "16", "--moves", "60000"),
}


@pytest.mark.parametrize("shape", LONG)
def test_kill_9_three_times(shape: str, tmp_path: Path) -> None:
    options = [*LONG[shape], "--threads", "1", "--save-every", "0.05", "--evaluations", "0"]
    kill_and_resume(tmp_path, "tictactoe", options, kills=3, seed=1, fresh=False)


@pytest.mark.slow
def test_kill_9_twenty_times(tmp_path: Path) -> None:
    options = ["--q", "network", "--moves", "1500000", "--games", "512", "--width", "128"]
    options += ["--save-every", "0.5", "--evaluations", "3"]
    kill_and_resume(tmp_path, "connect4", options, kills=20, seed=2, fresh=True)
