"""Where the time of training goes, and what the learner costs on top of its bare network.

The bare network does the same arithmetic at the same batch size on prepared positions: a forward pass; or a forward
pass, loss, backward pass and optimiser step. The learner also gathers examples from its window, observes them, applies
symmetries, masks illegal moves, and does whatever else the settings ask for. The two take turns, so that other load on
the machine disturbs both alike.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from agent.config import TrainConfig
from agent.network.loss import losses
from agent.network.network_learner import NetworkLearner
from agent.network.optimisers import set_step_size
from agent.run import train
from game.core import legal_children
from game.errors import UsageError

WARM_UP = 3  # generations
STEPS = 16  # of gradient descent that are timed at once, at most


def measure(config: TrainConfig, seconds: float, rounds: int) -> dict[str, Any]:
    """Profile of training with these settings and, for networks, the bare network's and the learner's speed.

    shares: of the time of a run, by its parts, 1 in all. forward, learning: positions a second, each `{"bare": ...,
    "learner": ..., "ratio": ...}`, medians of `rounds` rounds of `seconds`.
    """
    with tempfile.TemporaryDirectory() as folder:
        training = train.start(Path(folder) / "run", config)
        found: dict[str, Any] = _profile(training, seconds * rounds)
        if isinstance(training.learner, NetworkLearner):
            wait = torch.cuda.synchronize if training.device.type == "cuda" else _wait_for_nothing
            found["forward"] = _compare(*_forward(training), seconds, rounds, wait)
            found["learning"] = _compare(*_learning(training.learner), seconds, rounds, wait)
    return found


def _profile(training: train.Training, seconds: float) -> dict[str, Any]:
    for _ in range(WARM_UP):
        training.step()
    moves, before = training.moves, training.seconds
    spent = dict.fromkeys(("self_play", "targets", "learning"), 0.0)
    while (measured := training.seconds - before) < seconds:
        if training.finished:
            raise UsageError(f"--moves {training.config.moves} is over before all is measured: ask for more")
        line = training.step()
        for part in spent:
            spent[part] += line[f"share_{part}"] * (training.seconds - before - measured)
    started = time.perf_counter()
    training.save()
    saving = time.perf_counter() - started
    logging = saving / (saving + max(training.config.save_every, saving))
    return {
        "moves_per_second": round((training.moves - moves) / measured),
        "shares": {part: time_of / measured * (1 - logging) for part, time_of in spent.items()} | {"logging": logging},
        "seconds_a_save": saving,
    }


Work = Callable[[], object]


def _forward(training: train.Training) -> tuple[Work, Work, int]:
    """Bare forward pass, Q as self-play asks for it, and how many positions go through the network."""
    learner, game = training.learner, training.game
    assert isinstance(learner, NetworkLearner)
    batch = learner.window.all()
    rows = torch.arange(len(batch), device=training.device)[:: max(1, len(batch) // training.config.games)]
    state = batch.state[rows[: training.config.games]]
    seen = state
    if training.config.head == "afterstate":
        _, _, _, children = legal_children(game, state)
        seen = children[(~children.done).nonzero().squeeze(1)]
    planes = game.observe(seen, next(learner.fast.parameters()).dtype)

    def bare() -> object:
        with torch.inference_mode():
            return learner.fast(planes)

    return bare, lambda: learner.acting.q(state), len(seen)


def _learning(learner: NetworkLearner) -> tuple[Work, Work, int]:
    """Bare steps of gradient descent, the learner's own, and how many lessons they take. Neither moves the weights."""
    batch = learner.window.all()
    order, size = learner.order(batch, len(batch), torch.Generator(batch.output.device).manual_seed(0))
    rows = order[..., :size]
    steps = min(STEPS, order.shape[-1] // size)
    order = order[..., : steps * size]
    fast: list[torch.Tensor] = list(learner.fast.parameters())
    exact: list[torch.Tensor] = list(learner.net.parameters())
    planes = learner.game.observe(batch.state[rows.flatten()], fast[0].dtype)
    planes = planes.view(*rows.shape, *planes.shape[1:]) if rows.dim() > 1 else planes
    output, target = batch.output[rows], batch.target[rows]
    set_step_size(learner.optimizer, 0.0)

    def step() -> None:
        raw = learner.fast.raw_at(planes, output).float()
        loss = losses(raw, target, learner.config.loss).mean(-1)
        for weight, gradient in zip(exact, torch.autograd.grad(loss.sum(), fast), strict=True):
            weight.grad = gradient.float()
        learner.optimizer.step()
        if learner.fast is not learner.net:
            with torch.no_grad():
                torch._foreach_copy_(fast, exact)

    def bare() -> None:
        for _ in range(steps):
            step()

    return bare, lambda: learner.descend(batch, order, size), order.numel()


def _wait_for_nothing() -> None:
    """Nothing to wait for: CPU work is done when its call returns."""


def _compare(bare: Work, ours: Work, positions: int, seconds: float, rounds: int, wait: Work) -> dict[str, Any]:
    """wait: returns when all work is done; a GPU is only handed it over."""

    def rate(work: Work, seconds: float) -> float:
        return _rate(work, positions, seconds, wait)

    rate(bare, seconds / 4)
    rate(ours, seconds / 4)
    rates = [(rate(bare, seconds / 2), rate(ours, seconds / 2)) for _ in range(rounds)]
    return {
        "positions": positions,
        "bare": round(statistics.median(rate for rate, _ in rates)),
        "learner": round(statistics.median(rate for _, rate in rates)),
        "ratio": statistics.median(mine / base for base, mine in rates),
    }


def _rate(work: Work, positions: int, seconds: float, wait: Work) -> float:
    started, count = time.perf_counter(), 0
    while not count or time.perf_counter() - started < seconds:
        work()
        count += 1
    wait()
    return count * positions / (time.perf_counter() - started)
