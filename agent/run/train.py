"""The training loop: self-play, targets, learning, strength, metrics, checkpoints; bit-exact when resumed.

A run is a folder: `config.json`, `model.safetensors`, `metrics.jsonl` (one line per generation), `resume.safetensors`.
All randomness of generation n comes from generators seeded by (seed, n), and nothing depends on the clock, so a run
that was killed and resumed computes the same bits as one that was not. Several processes may share a run: agent/ranks.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from agent.config import TrainConfig
from agent.kinds import KINDS
from agent.learn.divergence import diverged
from agent.learn.experience import Experience
from agent.learn.step_size import step_size
from agent.learn.stopping import EarlyStopping
from agent.learn.targets import targets
from agent.machine import device_named, keep_freed_memory, set_threads
from agent.play.cancel import Cancelled, cancelled_by
from agent.play.policy import opening_plies, self_play_policy
from agent.ranks.chance import generator
from agent.ranks.ranks import here, mean
from agent.run.beginning import begin_from
from agent.run.beginning import resolved as resolved
from agent.run.gate import KEPT as KEPT
from agent.run.gate import Gate, keep
from agent.run.plan import Plan, is_due, replanned
from agent.run.run_folder import METRICS as METRICS
from agent.run.run_folder import RESUME as RESUME
from agent.run.run_folder import claimed, does_not_fit, metrics_file, refuse_used, told_how_to_go_on
from agent.run.sharing.agreement import AskedTogether, FirstJudges, Times, agreed
from agent.run.sharing.agreement import Judge as Judge
from agent.run.sharing.state import shared_resume_state
from agent.run.stop_signal import Asked
from agent.run.strength import Strength, read_strength, strength_json
from agent.search.learner import searching
from agent.store import checkpoint
from agent.store.files import append, open_to_append, read_tensors, sync, write_tensors
from game.registry import make

Clock = Callable[[], float]
WALL: Clock = time.perf_counter
Metrics = dict[str, Any]


class Training:
    """One run, from its first generation or from where it stopped.

    clock: how seconds are measured. CPU time is fairer to a run of one thread beside others.
    """

    def __init__(self, folder: Path, config: TrainConfig, judge: Judge | None = None, clock: Clock = WALL) -> None:
        self.folder, self.config, self.judge, self.clock = folder, config, judge, clock
        self.ranks = here()
        self.game, self.device = make(config.game), device_named(config.device)
        set_threads(config.threads)
        keep_freed_memory()
        self.kind = KINDS[config.q]
        self.learner = searching(self.kind.learner(self.game, config, self.device), config)
        self.learner.share(self.ranks)
        self.stopping = EarlyStopping(config.patience) if config.patience else None
        self.gate = Gate(self.kind, self.game, config)
        self.generation = self.moves = self.games = self.steps = 0
        self.seconds = 0.0  # learning and self-play, without measuring strength
        self.strength: Strength = {}
        self.origin: Metrics | None = None  # of the weights that it began with, if not of a new learner
        self.measured = self.kept = 0  # how often, on the way
        self._metrics_bytes = 0
        self._half_done = self._planned_again = self._save_now = False
        self._saved = time.monotonic()
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
        if (self.stopping is not None or self.gate.on) and self.judge is None:
            raise ValueError("patience or a gate needs a judge to say whether training still helps")
        self._saved, asked = time.monotonic(), Asked(should_stop) if self.ranks.alone else AskedTogether(should_stop)
        of_first = metrics_file(self.folder, self._metrics_bytes) if self.ranks.first else nullcontext()
        with of_first as file, told_how_to_go_on(self.folder):
            while not self.finished and not (asked() and self.learner.settled):
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
                if (self._planned_again or self._save_now) and self.learner.settled:
                    if not self.finished:
                        self.save()
                    self._saved, self._planned_again = time.monotonic(), False
            self.save()

    def step(self, asked: Asked | None = None) -> Metrics:
        """One generation of self-play and learning, and its metrics. Raises Cancelled soon after `asked` to stop."""
        config, started, sent = self.config, self.clock(), self.ranks.sent
        asked = asked or Asked(lambda: False)
        self._pace = self._pace or (self.moves, self.seconds)
        progress = self.moves / (total := self.total)
        policy = self_play_policy(config, progress)
        chance = self._generator("self-play")
        with cancelled_by(asked.at_once):
            games = self.ranks.share(config.games)
            played = self.learner.self_play(policy, games, opening_plies(config, progress), chance)
            self_played = self.clock()
            target = targets(played, config, policy, self.learner.bootstrap_q(played.state))
        aimed = self.clock()
        experience = Experience(played.state, played.action, target, played.game, played.rows)
        moves = self.ranks.total(len(played))
        final = self.moves + moves >= total
        self._half_done = True
        with cancelled_by(asked.for_long):
            learned = self.learner.learn(experience, progress, self._generator("learning"), final)
        times = Times(started, self_played, aimed, self.clock())
        save = time.monotonic() - self._saved >= config.save_every
        found = agreed(self.ranks, times.ended - started, learned, len(played), save, asked)
        if found.trouble is not None:
            raise diverged(self.generation + 1, found.trouble, config.learning_rate)
        self._save_now = found.save
        self.generation += 1
        self.moves += moves
        self.games += config.games
        self.steps += learned.steps
        self.seconds += found.seconds
        if config.minutes and is_due(self.seconds - found.seconds, self.seconds, 60 * config.minutes):
            self._plan_again()
        if self.finished:
            self.learner.settle()
        line: Metrics = {
            "generation": self.generation,
            "moves": self.moves,
            "planned": self.total,
            "games": self.games,
            "steps": self.steps,
            "mean_length": moves / config.games,
            "loss": found.loss,
            "step_size": step_size(config, progress),
            "exploratory": mean(self.ranks, float(played.exploratory.float().mean()), len(played)),
            "seconds": self.seconds,
            **times.metrics(moves),
            **({} if self.ranks.alone else {"ranks": self.ranks.size, "bytes": self.ranks.sent - sent}),
        }
        line |= {} if learned.spread is None else {"spread": learned.spread}
        if self.judge is not None and (self.finished or self._due(config.evaluations) > self.measured):
            with cancelled_by(asked.for_long):
                self._measure(self.judge, line)
        self._half_done = False
        return line

    def _plan_again(self) -> None:
        """Revise the plan so that the run ends on time, by the speed since the last revision."""
        assert self._pace is not None
        (moves, seconds), self._pace = self._pace, (self.moves, self.seconds)
        if self.seconds > seconds:
            new = replanned(self.config, self.moves, self.seconds, (self.moves - moves) / (self.seconds - seconds))
            self._planned_again, self.config = self._planned_again or new != self.config, new

    def _keep(self) -> None:
        self.kept = self._due(self.config.keep)
        self.learner.arrive()
        if self.ranks.first:
            keep(self.folder, self.learner.model_tensors(), self.record())

    def _measure(self, judge: Judge, line: Metrics) -> None:
        self.measured = self._due(self.config.evaluations)
        self.learner.arrive()
        judge = judge if self.ranks.alone else FirstJudges(judge, self.ranks)
        if self.stopping is not None:
            line["watched"] = judge.watch(self.learner.judged)
            self.stopping.measured(line["watched"], self.learner.model_tensors())
            if self.finished:
                self.learner.load_model_tensors(self.stopping.weights)
        self.strength = judge(self.learner.judged, self.finished)
        line["strength"] = strength_json(self.strength)
        line |= self.gate.meet(judge, self.learner, self.record(), self.folder if self.ranks.first else None)

    def save(self) -> None:
        """Write the checkpoint and then the resume state; a kill between the two loses nothing. Raises WriteError.

        The first save writes the resume state first: a run exists exactly if it has one. All later saves write it last:
        a run that it calls finished has its checkpoint.
        """
        resume_state = self._resume_state()
        if not self.ranks.first:
            return
        if self.generation == 0:
            write_tensors(self.folder / RESUME, *resume_state)
        with open_to_append(metrics := self.folder / METRICS) as file:
            sync(file, metrics)
        checkpoint.save(self.folder, self.learner.model_tensors(), self.record())
        if self.generation > 0:
            write_tensors(self.folder / RESUME, *resume_state)

    def _resume_state(self) -> tuple[dict[str, Tensor], Metrics]:
        record = {**self.record(), "metrics_bytes": self._metrics_bytes, "measured": self.measured, "kept": self.kept}
        tensors = self.learner.resume_tensors()
        if self.stopping is not None:
            record["stopping"] = self.stopping.record()
            tensors |= self.stopping.tensors()
        return self.gate.state(tensors, record)

    def restore(self, tensors: dict[str, Tensor], record: Metrics) -> None:
        """Go on from what `save` wrote. Raises KeyError, RuntimeError, ValueError or TypeError if it does not fit."""
        self.learner.load_resume_tensors(tensors)
        if self.stopping is not None:
            self.stopping.restore(record["stopping"], tensors)
        self.gate.restore(tensors, record)
        self.generation, self.moves, self.games = record["generations"], record["moves"], record["games"]
        self.steps, self.seconds = record["steps"], record["seconds"]
        self.strength, self.origin = read_strength(record["strength"]), record.get("from")
        self._metrics_bytes = record["metrics_bytes"]
        self.measured = record.get("measured", self._due(self.config.evaluations))
        self.kept = record.get("kept", self._due(self.config.keep))

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
            **({} if self.ranks.alone else {"ranks": self.ranks.size}),
        }

    def _generator(self, purpose: str) -> torch.Generator:
        return generator(self.config.seed, self.generation, purpose, self.ranks, self.device)

    def _due(self, times: int) -> int:
        """How many of `times` evenly spaced events should have happened by now."""
        return self.moves * (times + 1) // self.total

    def _append(self, file: Any, line: Metrics) -> None:
        data = (json.dumps(line) + "\n").encode()
        if self.ranks.first:
            append(file, self.folder / METRICS, data)
        self._metrics_bytes += len(data)


def start(
    folder: Path, config: TrainConfig, judge: Judge | None = None, clock: Clock = WALL, weights: Path | None = None
) -> Training:
    """A new run in `folder`, which begins with the `weights` of a checkpoint, if given.

    Raises UsageError, CheckpointError and BusyError as `refuse_used`, `begin_from` and `claimed` do.
    """
    ranks = here()
    ranks.by_first(lambda: refuse_used(folder))
    training = Training(folder, config, judge, clock)
    if weights is not None:
        training.origin = ranks.by_first(lambda: begin_from(weights, training.game, config, training.learner))
        training.learner.load_model_tensors(ranks.of_first(training.learner.model_tensors()))
    with claimed(folder) if ranks.first else nullcontext():
        training.save()
    return training


def resume(folder: Path, judge: Judge | None = None, clock: Clock = WALL) -> Training:
    """The run in `folder` as it was last saved. Raises CheckpointError."""
    config, tensors, record = shared_resume_state(folder)
    training = Training(folder, config, judge, clock)
    try:
        training.restore(tensors, record)
    except (KeyError, RuntimeError, ValueError, TypeError):
        raise does_not_fit(folder / RESUME) from None
    return training
