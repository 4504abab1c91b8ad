"""One rank of a measurement: `torchrun -m benchmarks.scaling.worker TASK`. The first prints one JSON object.

TASK is {"config", "warm_up", "generations"}, the last two in generations. Nothing is judged or saved.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from agent.config import TrainConfig
from agent.ntuple.exchange.learner import SharedTableLearner
from agent.ranks.joining import join, leave
from agent.ranks.ranks import Ranks
from agent.run.train import Training, resolved

PATIENCE = 300.0  # seconds
_ROUND_TRIPS = 200


def measured(config: TrainConfig, warm_up: int, generations: int, ranks: Ranks) -> dict[str, Any]:
    """Of `generations` generations: moves of all ranks; seconds; CPU seconds of all ranks; and of this one the gradient
    steps, the bytes sent, the calls of the network and the seconds in them."""
    training = Training(Path(os.devnull), config)
    for _ in range(warm_up):
        training.step()
    ranks.wait()
    before = training.moves, training.steps, ranks.sent, ranks.calls, ranks.waited
    started, cpu = time.perf_counter(), time.process_time()
    for _ in range(generations):
        training.step()
    ranks.wait()
    seconds, own_cpu = time.perf_counter() - started, time.process_time() - cpu
    now = training.moves, training.steps, ranks.sent, ranks.calls, ranks.waited
    moves, steps, sent, calls, waited = (b - a for a, b in zip(before, now, strict=True))
    return {
        "ranks": ranks.size,
        "games": config.games,
        "batch_size": config.batch_size,
        "tables": isinstance(training.learner, SharedTableLearner),
        "generations": generations,
        "moves": moves,
        "steps": steps,
        "seconds": seconds,
        "cpu_seconds": float(ranks.numbers(own_cpu).sum()),
        "sent": sent,
        "calls": calls,
        "waited": waited,
        "round_trip": _round_trip(ranks),
        "weights": sum(tensor.numel() for tensor in training.learner.acting.weights().values()),
        "load": os.getloadavg()[0],
    }


def _round_trip(ranks: Ranks) -> float:
    """Seconds that a call of nothing takes."""
    spent = []
    for _ in range(_ROUND_TRIPS):
        started = time.perf_counter()
        ranks.numbers(0.0)
        spent.append(time.perf_counter() - started)
    return median(spent)


def main() -> None:
    task = json.loads(sys.argv[1])
    config = resolved(TrainConfig.from_dict(task["config"]))
    ranks = join({}, PATIENCE, config.device)
    found = measured(config, task["warm_up"], task["generations"], ranks)
    if ranks.first:
        print(json.dumps(found))
    leave()


if __name__ == "__main__":
    main()
