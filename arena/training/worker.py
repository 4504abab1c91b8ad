"""A worker process that rehearses and trains on request: `python -m arena.training.worker`.

It reads one JSON object a line from stdin and answers in lines on stdout. Tasks: {"do": "rehearse", "config",
"seconds"} and {"do": "train", "config", "folder", "minutes"}, the last of them if it is not `config.moves` that says
how long; {"do": "stop"} ends the run at hand after its generation. Answers: {"ready"} once, {"progress", "line"} on the
way, and {"done"}, {"failed"} or {"stopped"} for each task. If stdin ends, whoever gave the orders is dead: the worker
dies as well, at once, which a run survives.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.config import TrainConfig
from agent.run import train
from agent.run.drive import drive, opened
from agent.run.rehearsal import moves_in
from arena.training.judge import judge_of
from game.errors import QzeroError, gpu_failure

_REPORT_EVERY = 0.5  # seconds

Answer = Callable[[dict[str, Any]], None]


def rehearse(config: TrainConfig, seconds: float) -> int:
    """How many moves such a run learns from in `seconds` on this machine."""
    return moves_in(train.resolved(config), seconds, clock_of(config))


def clock_of(config: TrainConfig) -> train.Clock:
    """The clock of a run.

    CPU time is what one thread would take on an idle machine, whatever else is running; the sum over several threads,
    or with a GPU's driver, would mean nothing.
    """
    return time.process_time if config.threads == 1 and config.device == "cpu" else train.WALL


def perform(task: dict[str, Any], answer: Answer, stop: threading.Event) -> None:
    """Do one task, and answer whatever happens."""
    reported = started = time.monotonic()

    def report(line: train.Metrics) -> None:
        nonlocal reported
        if "strength" in line or time.monotonic() - reported >= _REPORT_EVERY:
            reported = time.monotonic()
            answer({"progress": min(line["moves"] / line["planned"], 1.0), "line": line})

    try:
        config = TrainConfig.from_dict(task["config"])
        if task["do"] == "rehearse":
            answer({"done": {"moves": rehearse(config, task["seconds"])}})
            return
        # As in qzero train: the run's seed draws the openings, so that all rows of a seed have the same.
        training = opened(Path(task["folder"]), config, judge_of, task.get("minutes"), clock_of(config))
        saving = drive(training, report, stop.is_set)
        if training.finished:
            wall = time.monotonic() - started
            answer({"done": {"record": training.record(), "wall": wall, "saving": saving}})
        else:
            answer({"stopped": {"moves": training.moves, "saving": saving}})
    except QzeroError as error:
        answer({"failed": str(error)})
    except Exception as error:  # a bug ends this run, not the others
        if (words := gpu_failure(error)) is None:
            traceback.print_exc()
        answer({"failed": words or f"{type(error).__name__}: {error}"})


def main() -> None:
    # Whatever others print goes where errors go; answers have the pipe for themselves.
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    tasks: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    stop = threading.Event()

    def answer(message: dict[str, Any]) -> None:
        pipe.write(json.dumps(message) + "\n")
        pipe.flush()

    def listen() -> None:
        for line in sys.stdin:
            task = json.loads(line)
            if task["do"] == "stop":
                stop.set()
            else:
                tasks.put(task)
        os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    answer({"ready": True})
    while True:
        perform(tasks.get(), answer, stop)


if __name__ == "__main__":
    main()
