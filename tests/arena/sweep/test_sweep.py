"""Sweeps that are really run: once, after a kill, after a stop, after a change of the file; and who does what when."""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.config import TrainConfig
from arena.sweep.experiment import Experiment
from arena.sweep.read import read
from arena.sweep.running.conduct import SweepConductor
from arena.sweep.running.state import STATE, State
from arena.sweep.sweep import Sweep
from arena.training import worker
from game.errors import QzeroError
from tests.arena.fake_pool import FakePool, performed
from tests.conftest import Qzero
from tests.processes import Command

ROOT = Path(__file__).parents[3]
TINY = """
[sweep]
name = "tiny"
seeds = [0, 1]
[games]
tictactoe = { moves = 600 }
[settings]
width = 16
depth = 1
games = 32
evaluations = 0
precision = "float32"
[rows.tanh]
activation = "tanh"
"""
LONGER = TINY.replace("600", "20_000").replace("[0, 1]", "[0]").replace("[rows", "save_every = 0.1\n[rows")


def write(text: str, folder: Path) -> Path:
    path = folder / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return path


def results_in(folder: Path) -> Any:
    """results.json without what depends on the clock."""
    return without_clock(json.loads((folder / "results.json").read_text(encoding="utf-8")))


def without_clock(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_clock(inner) for name, inner in value.items() if name not in ("seconds", "wall_seconds")}
    return [without_clock(inner) for inner in value] if isinstance(value, list) else value


def statuses(folder: Path) -> list[str]:
    """The status of each run that was begun, by the state on disk."""
    path = folder / STATE
    return [entry["run"]["status"] for entry in json.loads(path.read_text())["runs"]] if path.exists() else []


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers do what they are told within this process, one after the other, and judge by few games."""
    monkeypatch.setattr("arena.training.judge.FINAL_GAMES", 40)
    monkeypatch.setattr("arena.sweep.sweep.pool_of", lambda size, *_: FakePool(size, performed))


# The command


@pytest.mark.usefixtures("here")
def test_a_sweep_from_the_file_to_the_tables_and_on_after_changes(qzero: Qzero, tmp_path: Path) -> None:
    file, folder = write(TINY, tmp_path), tmp_path / "sweeps" / "tiny"
    plan = qzero("sweep", file, "--dry-run")
    assert (plan.code, plan.out.count("new ")) == (0, 4)
    assert "4 of 4 runs to do: time unknown" in plan.out
    assert not folder.exists()

    first = qzero("sweep", file, "--workers", 1)
    assert (first.code, first.err) == (0, "")
    assert first.out.startswith("tictactoe: 600 moves a run, seeds 0, 1; by mistakes on all states (less is better)\n")
    assert {path.name for path in folder.iterdir()} >= {"results.json", "table.md", "plot.svg", "plot.png", "runs"}
    runs = sorted(path.name for path in (folder / "runs").iterdir())
    assert runs == ["base-tictactoe-0", "base-tictactoe-1", "tanh-tictactoe-0", "tanh-tictactoe-1"]
    assert not list(folder.glob("runs/*/resume.safetensors"))
    (tictactoe,) = results_in(folder)["games"]
    rows = {row["row"]: row for row in tictactoe["rows"]}
    for name, activation in (("base", "relu"), ("tanh", "tanh")):
        for run in rows[name]["runs"]:
            info = json.loads(qzero("info", folder / run["folder"], "--json").out)
            assert (info["config"]["activation"], info["config"]["threads"]) == (activation, 1)
            assert (info["seed"], info["moves"]) == (run["seed"], run["moves"])
            assert info["strength"] == run["strength"]
            assert run["moves"] >= 600

    # Nothing is done twice, and the table is the same.
    before = (folder / STATE).read_bytes(), results_in(folder)
    assert qzero("sweep", file).out == first.out
    assert ((folder / STATE).read_bytes(), results_in(folder)) == before
    assert qzero("sweep", file, "--table").out.strip() == first.out[: first.out.index("\nkept in")].strip()
    found = json.loads(qzero("sweep", file, "--table", "--json").out)
    assert without_clock(found) == before[1]
    assert "0 of 4 runs to do" in qzero("sweep", file, "--dry-run").out

    # A row that is renamed keeps its runs, one that changes gets new ones beside them, one that is new is run.
    changed = TINY.replace("[rows.tanh]", "[rows.renamed]").replace('"tanh"', '"tanh"\n[rows.tanh]\nmomentum = 0.5')
    write(changed, tmp_path)
    assert "2 of 6 runs to do: about" in qzero("sweep", file, "--dry-run").out
    assert qzero("sweep", file).code == 0
    (tictactoe,) = results_in(folder)["games"]
    after = {row["row"]: [run["folder"] for run in row["runs"]] for row in tictactoe["rows"]}
    assert after["renamed"] == [run["folder"] for run in rows["tanh"]["runs"]]
    assert after["base"] == [run["folder"] for run in rows["base"]["runs"]]
    assert after["tanh"] == ["runs/tanh-tictactoe-0-2", "runs/tanh-tictactoe-1-2"]
    assert {path.name for path in (folder / "runs").iterdir()} == {*runs, *(Path(f).name for f in after["tanh"])}


@pytest.mark.usefixtures("here")
def test_rows_that_diverge_are_in_the_table_and_the_others_go_on(qzero: Qzero, tmp_path: Path) -> None:
    wild = TINY.replace('activation = "tanh"', "learning_rate = 1e30").replace("rows.tanh", "rows.wild")
    outcome = qzero("sweep", write(wild, tmp_path), "--workers", 1)
    assert outcome.code == 0
    assert outcome.err == "2 of 4 runs failed; to retry them: --retry\n"
    assert "failed" in outcome.out
    assert "wild: failed: " in outcome.out
    assert "diverged" in outcome.out
    assert qzero("sweep", tmp_path / "tiny.toml", "--only", "wild/tic*").code == 1  # all that were asked for failed


def test_only_some_are_run(qzero: Qzero, tmp_path: Path) -> None:
    file = write(TINY, tmp_path)
    assert qzero("sweep", file, "--only", "ta*", "--dry-run").out.count("new ") == 2
    assert qzero("sweep", file, "--only", "base/", "--only", "/tictactoe", "--dry-run").out.count("new ") == 4


def test_help_and_registration_load_nothing_heavy() -> None:
    code = """
import sys
from arena.cli import main
try:
    main(["sweep", "--help"])
except SystemExit as stopped:
    assert not stopped.code
sys.exit(str({"torch", "numpy", "matplotlib", "optuna", "rich"} & set(sys.modules) or ""))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert found.stderr.strip() == ""


# Kills and stops


def test_stopped_and_killed_the_same_command_goes_on_to_the_same_results(
    qzero: Qzero, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With workers in processes of their own until then, and without afterwards."""
    file, broken, whole = write(LONGER, tmp_path), tmp_path / "broken", tmp_path / "whole"

    def losses(folder: Path) -> list[float]:
        """Of the second run, generation by generation."""
        metrics = folder / "runs" / "tanh-tictactoe-0" / "metrics.jsonl"
        lines = metrics.read_text().splitlines(keepends=True) if metrics.exists() else []
        return [json.loads(line)["loss"] for line in lines if line.endswith("\n")]

    first = Command(tmp_path, "sweep", file, "--folder", "broken", "--workers", 1)
    first.wait_until(lambda: statuses(broken) == ["finished", "begun"] and len(losses(broken)) > 0)
    second = Command(tmp_path, "sweep", file, "--folder", "broken", "--workers", 1)
    first.send(signal.SIGINT)
    assert first.wait() == 130
    assert "stopped with 1 of 2 runs done; the same command continues\n" in first.err
    stopped = broken / "runs" / "tanh-tictactoe-0"
    assert (stopped / "resume.safetensors").exists()
    record = json.loads((stopped / "config.json").read_text())
    assert 0 < record["moves"] < 20_000
    # The second one waited for the folder, and goes on with the same run until it is killed.
    second.wait_until(lambda: len(losses(broken)) > record["generations"])
    second.send(signal.SIGKILL)
    assert second.wait() == -signal.SIGKILL

    monkeypatch.setattr("arena.sweep.sweep.pool_of", lambda size, *_: FakePool(size, performed))
    for folder in ("broken", "whole"):
        outcome = qzero("sweep", file, "--folder", folder, "--workers", 1)
        assert (outcome.code, outcome.err) == (0, "")
    ours, theirs = results_in(broken)["games"], results_in(whole)["games"]
    assert ours == theirs
    assert [len(row["runs"]) for row in ours[0]["rows"]] == [1, 1]
    assert {path.name for path in (broken / "runs").iterdir()} == {path.name for path in (whole / "runs").iterdir()}
    assert losses(broken) == losses(whole)
    assert len(losses(whole)) > record["generations"]


def test_two_processes_cannot_be_at_one_sweep(tmp_path: Path) -> None:
    state = State(tmp_path)
    with state.hold(), pytest.raises(QzeroError, match="another process is using"):
        State(tmp_path).hold(patience=0)
    State(tmp_path).hold(patience=0).close()


# Who does what when, with workers that are scripted


class Watched:
    """What a watcher saw."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def runs(self, *_: object) -> None:
        pass

    def ended(self, name: str, _: object) -> None:
        self.names.append(name)


SECONDS = TINY.replace("{ moves = 600 }", "30").replace("seeds = [0, 1]", "seeds = [7, 8]")


def record(message: dict[str, Any]) -> dict[str, Any]:
    moves = message["config"]["moves"]
    strength = {"mistakes on all states": 0.5, "score vs negamax:4": 0.5}
    return {"done": {"record": {"moves": moves, "games": 1, "seconds": 1.0, "strength": strength}, "wall": 1.5}}


def conducted(
    folder: Path, size: int, answer: Callable[[dict[str, Any]], dict[str, Any] | None], text: str = SECONDS
) -> tuple[Sweep, FakePool, Watched]:
    """A sweep run with scripted workers to its end."""
    experiment: Experiment = read(write(text, folder))
    sweep, watched = Sweep(experiment, folder / "sweep"), Watched()
    pool = FakePool(size, answer, sweep.folder / "workers.log")
    sweep.state.hold().close()
    sweep.look()
    conductor = SweepConductor(sweep.jobs(), 0, sweep.state, pool, watched)  # type: ignore[arg-type] # a stand-in
    assert conductor.conduct(lambda: False)
    return sweep, pool, watched


def test_every_row_is_rehearsed_once_and_all_its_seeds_learn_from_as_many_moves(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []

    def answer(message: dict[str, Any]) -> dict[str, Any]:
        told.append(message)
        if message["do"] == "rehearse":
            return {"done": {"moves": 1111 if message["config"]["activation"] == "relu" else 2222}}
        return record(message)

    sweep, pool, watched = conducted(tmp_path, 2, answer)
    rehearsals = [message for message in told if message["do"] == "rehearse"]
    assert [(m["config"]["activation"], m["seconds"]) for m in rehearsals] == [("relu", 30.0), ("tanh", 30.0)]
    trained = [(m["config"]["activation"], m["config"]["seed"], m["config"]["moves"]) for m in told[2:]]
    assert trained == [("relu", 7, 1111), ("tanh", 7, 2222), ("relu", 8, 1111), ("tanh", 8, 2222)]
    assert watched.names == ["base-tictactoe-7", "tanh-tictactoe-7", "base-tictactoe-8", "tanh-tictactoe-8"]
    assert not list((tmp_path / "sweep").glob("runs/*/resume.safetensors"))
    assert [run.planned for run in sweep.state.runs.values()] == [1111, 2222, 1111, 2222]
    assert pool.seen[0] == ["rehearse", "rehearse"]
    again = State(tmp_path / "sweep")
    assert again.runs == sweep.state.runs
    assert sorted(again.rehearsed.values()) == [1111, 2222]


def test_a_rehearsal_is_not_alone_where_runs_will_not_be(tmp_path: Path) -> None:
    counts = iter([100, 900, 100, 900, 100, 900, 100, 900])

    def answer(message: dict[str, Any]) -> dict[str, Any]:
        return {"done": {"moves": next(counts)}} if message["do"] == "rehearse" else record(message)

    sweep, pool, _ = conducted(tmp_path, 4, answer)
    assert pool.seen[0] == ["rehearse"] * 4
    # The first answer counts for all seeds; the answers of those that only joined in do not.
    planned = {job.config.activation: run.planned for job, run in sweep.state.runs.items()}
    assert planned == {job.config.activation: moves for job, moves in sweep.state.rehearsed.items()}
    assert len({(job.config.activation, run.planned) for job, run in sweep.state.runs.items()}) == 2


def test_failed_rehearsals_and_dead_workers_fail_their_runs_only(tmp_path: Path) -> None:
    def answer(message: dict[str, Any]) -> dict[str, Any] | None:
        if message["do"] == "rehearse":
            return {"done": {"moves": 10}} if message["config"]["activation"] == "relu" else {"failed": "too wild"}
        return None if message["config"]["seed"] == 8 else record(message)

    sweep, _, _ = conducted(tmp_path, 1, answer)
    messages = {(job.config.activation, job.config.seed): run.message for job, run in sweep.state.runs.items()}
    log = tmp_path / "sweep" / "workers.log"
    assert messages == {
        ("relu", 7): "",
        ("relu", 8): f"the worker process died (exit status -9): see {log}",
        ("tanh", 7): "in rehearsal: too wild",
        ("tanh", 8): "in rehearsal: too wild",
    }


def test_rows_that_are_the_same_share_their_runs(tmp_path: Path) -> None:
    text = SECONDS + '[rows.same]\nactivation = "relu"\n'
    sweep, _, watched = conducted(
        tmp_path, 2, lambda m: {"done": {"moves": 10}} if m["do"] == "rehearse" else record(m), text
    )
    assert len(watched.names) == 4
    (tictactoe,) = sweep.results()
    rows = {row.name: row for row in tictactoe.rows}
    assert rows["same"].runs == rows["base"].runs
    assert rows["same"].difference
    assert rows["same"].difference.mean == 0


# What a worker does


def test_a_worker_answers_whatever_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = read(write(TINY, tmp_path))
    config = dataclasses.asdict(experiment.cells(experiment.variants)[0].jobs[0].config)
    said: list[dict[str, Any]] = []
    stop = threading.Event()

    def perform(**task: Any) -> dict[str, Any]:
        worker.perform({"config": config, **task}, said.append, stop)
        return said[-1]

    def moves_in(config: TrainConfig, seconds: float, clock: Callable[[], float]) -> int:
        assert clock is time.process_time  # beside others, the wall clock says little about one thread
        return int(1000 * seconds) + config.threads

    monkeypatch.setattr("arena.training.worker.moves_in", moves_in)
    assert perform(do="rehearse", seconds=2.5) == {"done": {"moves": 2501}}
    monkeypatch.setattr("arena.training.worker.moves_in", lambda *_: 1 / 0)
    assert perform(do="rehearse", seconds=2.5) == {"failed": "ZeroDivisionError: division by zero"}
    two = dataclasses.replace(experiment.cells(experiment.variants)[0].jobs[0].config, threads=2)
    assert worker.clock_of(two) is not time.process_time  # it adds up both

    stop.set()
    folder = tmp_path / "run"
    assert perform(do="train", folder=str(folder))["stopped"]["moves"] == 0
    stop.clear()
    done = perform(do="train", folder=str(folder))["done"]
    assert done["record"]["moves"] >= 600
    assert perform(do="train", folder=str(folder))["done"]["record"] == done["record"]  # finished, but not yet heard of
    (folder / "resume.safetensors").write_bytes(b"nonsense")
    assert "damaged" in perform(do="train", folder=str(folder))["failed"]
    assert {path.name for path in tmp_path.iterdir()} == {"run", "tiny.toml"}
