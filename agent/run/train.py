"""The training loop: self-play, targets, learning, strength, metrics, checkpoints; bit-exact when resumed.

A run is a folder: `config.json`, `model.safetensors`, `metrics.jsonl` (one line per generation), `resume.safetensors`.
All randomness of generation n comes from generators seeded by (seed, n), and nothing depends on the clock, so a run
that was killed and resumed computes the same bits as one that was not.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import torch

from agent.config import TrainConfig
from agent.kinds import KINDS
from agent.learn.experience import Experience
from agent.learn.step_size import step_size
from agent.learn.stopping import EarlyStopping
from agent.learn.targets import targets
from agent.machine import device_named, keep_freed_memory, set_threads
from agent.play.cancel import Cancelled, cancelled_by
from agent.play.policy import self_play_policy
from agent.play.qfunction import QFunction
from agent.run.beginning import begin_from
from agent.run.beginning import resolved as resolved
from agent.run.plan import Plan, is_due, planned_again
from agent.run.run_folder import METRICS as METRICS
from agent.run.run_folder import RESUME as RESUME
from agent.run.run_folder import claimed, does_not_fit, read_resume_state, refuse_used, told_how_to_go_on
from agent.run.stop_signal import Asked
from agent.run.strength import Strength, read_strength, strength_json
from agent.search.learner import searching
from agent.store import checkpoint
from agent.store.files import append, lock, open_to_append, read_tensors, sync, write_tensors
from game.errors import QzeroError
from game.registry import make

KEPT = "checkpoints"

Clock = Callable[[], float]
WALL: Clock = time.perf_counter
Metrics = dict[str, Any]


class Judge(Protocol):
    """Measures strength; implemented in arena/, which imports agent/ and not the other way round."""

    def __call__(self, q: QFunction, final: bool) -> Strength: ...

    def watch(self, q: QFunction) -> float:
        """An error in [0, 1] for early stopping, on data that `__call__` never uses."""
        ...


class Training:
    """One run, from its first generation or from where it stopped.

    clock: how seconds are measured. CPU time is fairer to a run of one thread beside others.
    """

    def __init__(self, folder: Path, config: TrainConfig, judge: Judge | None = None, clock: Clock = WALL) -> None:
        self.folder = folder
        self.config = config
        self.judge = judge
        self.clock = clock
        self.game = make(config.game)
        self.device = device_named(config.device)
        set_threads(config.threads)
        keep_freed_memory()
        self.kind = KINDS[config.q]
        self.learner = searching(self.kind.learner(self.game, config, self.device), config)
        self.stopping = EarlyStopping(config.patience) if config.patience else None
        self.generation = self.moves = self.games = self.steps = 0
        self.seconds = 0.0  # learning and self-play, without measuring strength
        self.strength: Strength = {}
        self.origin: Metrics | None = None  # of the weights that it began with, if not of a new learner
        self.measured = self.kept = 0  # how often, on the way
        self._metrics_bytes = 0
        self._half_done = self._planned_again = False
        self._pace: tuple[int, float] | None = None  # moves and seconds when the speed began to be measured

    @property
    def total(self) -> int:
        """How many moves to learn from in total, by the current plan."""
        return Plan.of(self.config).total(self.moves)

    @property
    def finished(self) -> bool:
        return self.moves >= self.total or (self.stopping is not None and self.stopping.stop)

    def run(self, report: Callable[[Metrics], None], should_stop: Callable[[], bool] = lambda: False) -> None:
        """Learn until done or asked to stop; saved either way. `report` gets each metrics line.

        When asked to stop it abandons self-play at once, and learning if that takes more than a second. The run must
        then be resumed from its folder: this object is finished.
        """
        if self.stopping is not None and self.judge is None:
            raise ValueError(f"patience {self.config.patience} needs a judge to say whether training still helps")
        saved, asked = time.monotonic(), Asked(should_stop)
        with open_to_append(self.folder / METRICS) as file, told_how_to_go_on(self.folder):
            lock(file, str(self.folder))
            for half_written in self.folder.glob(".*.tmp"):  # by a process that was killed
                half_written.unlink()
            file.truncate(self._metrics_bytes)
            while not self.finished and not asked():
                try:
                    line = self.step(asked)
                except Cancelled:
                    if self._half_done:  # partly learned, or not measured: discard it
                        self.moves = int(read_tensors(self.folder / RESUME)[1]["moves"])
                        return
                    break
                self._append(file, line)
                report(line)
                if self._due(self.config.keep) > self.kept and not self.finished:
                    self._keep()
                if self._planned_again or time.monotonic() - saved >= self.config.save_every:
                    if not self.finished:
                        self.save()
                    saved, self._planned_again = time.monotonic(), False
            self.save()

    def step(self, asked: Asked | None = None) -> Metrics:
        """One generation of self-play and learning, and its metrics. Raises Cancelled soon after `asked` to stop."""
        config, started = self.config, self.clock()
        asked = asked or Asked(lambda: False)
        self._pace = self._pace or (self.moves, self.seconds)
        total = self.total
        progress = self.moves / total
        policy = self_play_policy(config, progress)
        chance = self._generator("self-play")
        with cancelled_by(asked):
            played = self.learner.self_play(policy, config.games, config.opening_plies, chance)
            self_played = self.clock()
            target = targets(played, config, policy, self.learner.bootstrap_q(played.state))
        aimed = self.clock()
        experience = Experience(played.state, played.action, target, played.game)
        final = self.moves + len(played) >= total
        self._half_done = True
        with cancelled_by(asked.for_long):
            learned = self.learner.learn(experience, progress, self._generator("learning"), final)
        ended = self.clock()
        if learned.trouble is not None:
            raise QzeroError(
                f"training diverged in generation {self.generation + 1}: {learned.trouble}; "
                f"start again with a smaller step size than --learning-rate {config.learning_rate:g}"
            )
        self.generation += 1
        self.moves += len(played)
        self.games += config.games
        self.steps += learned.steps
        self.seconds += ended - started
        if config.minutes and is_due(self.seconds - (ended - started), self.seconds, 60 * config.minutes):
            self._plan_again()
        line: Metrics = {
            "generation": self.generation,
            "moves": self.moves,
            "planned": self.total,
            "games": self.games,
            "steps": self.steps,
            "mean_length": len(played) / config.games,
            "loss": learned.loss,
            "step_size": step_size(config, progress),
            "exploratory": float(played.exploratory.float().mean()),
            "seconds": self.seconds,
            "moves_per_second": len(played) / (ended - started),
            "share_self_play": (self_played - started) / (ended - started),
            "share_targets": (aimed - self_played) / (ended - started),
            "share_learning": (ended - aimed) / (ended - started),
        }
        if learned.spread is not None:
            line["spread"] = learned.spread
        if self.judge is not None and (self.finished or self._due(config.evaluations) > self.measured):
            with cancelled_by(asked.for_long):
                self._measure(self.judge, line)
        self._half_done = False
        return line

    def _plan_again(self) -> None:
        """Revise the plan so that the run ends on time, by the speed since the last revision."""
        assert self._pace is not None
        (moves, seconds), self._pace = self._pace, (self.moves, self.seconds)
        if self.seconds <= seconds:
            return
        plan, speed = Plan.of(self.config), (self.moves - moves) / (self.seconds - seconds)
        new = planned_again(plan, self.moves, self.seconds, 60 * self.config.minutes, speed)
        if new != plan:
            self.config = dataclasses.replace(self.config, moves=new.last, plan=str(new))
            self._planned_again = True

    def _keep(self) -> None:
        """Keep a copy of the current model, named by the number of moves it has learned from."""
        self.kept = self._due(self.config.keep)
        (folder := self.folder / KEPT).mkdir(exist_ok=True)
        write_tensors(folder / f"{self.moves:012d}.safetensors", self.learner.model_tensors(), self.record())

    def _measure(self, judge: Judge, line: Metrics) -> None:
        self.measured = self._due(self.config.evaluations)
        if self.stopping is not None:
            line["watched"] = judge.watch(self.learner.judged)
            self.stopping.measured(line["watched"], self.learner.model_tensors())
            if self.finished:
                self.learner.load_model_tensors(self.stopping.weights)
        self.strength = judge(self.learner.judged, self.finished)
        line["strength"] = strength_json(self.strength)

    def save(self) -> None:
        """Write the checkpoint and then the resume state; a kill between the two loses nothing. Raises WriteError.

        The first save writes the resume state first: a run exists exactly if it has one. All later saves write it last:
        a run that it calls finished has its checkpoint.
        """
        if self.generation == 0:
            self._save_resume_state()
        with open_to_append(metrics := self.folder / METRICS) as file:
            sync(file, metrics)
        checkpoint.save(self.folder, self.learner.model_tensors(), self.record())
        if self.generation > 0:
            self._save_resume_state()

    def _save_resume_state(self) -> None:
        record = {**self.record(), "metrics_bytes": self._metrics_bytes, "measured": self.measured, "kept": self.kept}
        tensors = self.learner.resume_tensors()
        if self.stopping is not None:
            record["stopping"] = {"best": self.stopping.best, "waited": self.stopping.waited}
            tensors |= {f"best.{name}": tensor for name, tensor in self.stopping.weights.items()}
        write_tensors(self.folder / RESUME, tensors, record)

    def record(self) -> dict[str, Any]:
        """How this run was made, and its progress."""
        config = self.config
        return {
            **checkpoint.identity(self.game, config.q, self.kind.architecture(config)),
            "generations": self.generation,
            "moves": self.moves,
            "games": self.games,
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
            "seed": config.seed,
            "strength": strength_json(self.strength),
            "torch": torch.__version__,
            "config": dataclasses.asdict(config),
            **({"from": self.origin} if self.origin else {}),
        }

    def _generator(self, purpose: str) -> torch.Generator:
        text = f"{self.config.seed} {self.generation} {purpose}".encode()
        seed = int.from_bytes(hashlib.sha256(text).digest()[:8], "little") >> 1
        return torch.Generator(self.device).manual_seed(seed)

    def _due(self, times: int) -> int:
        """How many of `times` evenly spaced events should have happened by now."""
        return self.moves * (times + 1) // self.total

    def _append(self, file: Any, line: Metrics) -> None:
        append(file, self.folder / METRICS, data := (json.dumps(line) + "\n").encode())
        self._metrics_bytes += len(data)


def start(
    folder: Path, config: TrainConfig, judge: Judge | None = None, clock: Clock = WALL, weights: Path | None = None
) -> Training:
    """A new run in `folder`, which begins with the `weights` of a checkpoint, if given.

    Raises UsageError, CheckpointError and BusyError as `refuse_used`, `begin_from` and `claimed` do.
    """
    refuse_used(folder)
    training = Training(folder, config, judge, clock)
    if weights is not None:
        training.origin = begin_from(weights, training.game, config, training.learner)
    with claimed(folder):
        training.save()
    return training


def resume(folder: Path, judge: Judge | None = None, clock: Clock = WALL) -> Training:
    """The run in `folder` as it was last saved. Raises CheckpointError."""
    config, tensors, record = read_resume_state(folder)
    training = Training(folder, config, judge, clock)
    try:
        training.learner.load_resume_tensors(tensors)
        if training.stopping is not None:
            training.stopping.best, training.stopping.waited = record["stopping"]["best"], record["stopping"]["waited"]
            training.stopping.weights = {n[5:]: t for n, t in tensors.items() if n.startswith("best.")}
        training.generation, training.moves = record["generations"], record["moves"]
        training.games, training.steps = record["games"], record["steps"]
        training.seconds, training.strength = record["seconds"], read_strength(record["strength"])
        training._metrics_bytes = record["metrics_bytes"]
        training.origin = record.get("from")
        training.measured = record.get("measured", training._due(training.config.evaluations))
        training.kept = record.get("kept", training._due(training.config.keep))
    except (KeyError, RuntimeError, ValueError, TypeError):
        raise does_not_fit(folder / RESUME) from None
    return training
