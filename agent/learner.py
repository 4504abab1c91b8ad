"""Learners: from targets to better Q-values, by SGD on the squared error or in a table."""

from __future__ import annotations

import copy
import math
from collections import deque
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from agent.config import TrainConfig
from agent.network import Architecture, build
from agent.qfunction import NetworkQ, QFunction
from agent.runtime import compute_dtype
from agent.table import TableQ
from game.core import Game, State


@dataclass(frozen=True, slots=True)
class Experience:
    """N moves to learn from: states, actions `[N]` int64 and targets `[N]` float32, seen by the mover."""

    state: State
    action: Tensor
    target: Tensor


class Learner(Protocol):
    """Holds Q-values and improves them."""

    @property
    def acting(self) -> QFunction:
        """Q as used in self-play, in the fast arithmetic."""
        ...

    @property
    def judged(self) -> QFunction:
        """Q as saved, judged and played against, in float32."""
        ...

    def learn(self, experience: Experience, progress: float, generator: torch.Generator, /) -> tuple[float, int]:
        """Learn from one generation of games; `progress` in [0, 1] is the share of the run already done.

        Returns the mean squared error met and the number of gradient steps taken.
        """
        ...

    def model_tensors(self) -> dict[str, Tensor]:
        """What a checkpoint holds."""
        ...

    def resume_tensors(self) -> dict[str, Tensor]:
        """All that the next generation depends on."""
        ...

    def load_resume_tensors(self, tensors: dict[str, Tensor]) -> None: ...


def step_size(config: TrainConfig, progress: float) -> float:
    """The step size alpha after the share `progress` of the run: constant, or half a cosine wave down to 0."""
    if config.schedule == "constant":
        return config.learning_rate
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))


class TableLearner:
    """Tabulated Q-factors: Q(s, a) += alpha * (target - Q(s, a))."""

    def __init__(self, game: Game[Any], config: TrainConfig) -> None:
        self.config = config
        self.table = TableQ(game)

    @property
    def acting(self) -> TableQ:
        return self.table

    @property
    def judged(self) -> TableQ:
        return self.table

    def learn(self, experience: Experience, progress: float, _: torch.Generator) -> tuple[float, int]:
        alpha = min(step_size(self.config, progress), 1.0)
        return self.table.update(experience.state, experience.action, experience.target, alpha), 1

    def model_tensors(self) -> dict[str, Tensor]:
        return {"keys": self.table.keys, "values": self.table.values}

    def resume_tensors(self) -> dict[str, Tensor]:
        return self.model_tensors()

    def load_resume_tensors(self, tensors: dict[str, Tensor]) -> None:
        self.table = TableQ(self.table.game, tensors["keys"], tensors["values"])


class NetworkLearner:
    """Minibatch SGD on the squared error (Q(s, a) - target)^2 over a sliding window of generations.

    In bfloat16 the optimiser still moves float32 weights (`net`); a rounded copy (`fast`) plays and takes the gradient.
    """

    def __init__(self, game: Game[Any], config: TrainConfig, device: torch.device) -> None:
        self.game = game
        self.config = config
        architecture = Architecture(config.architecture, config.depth, config.width, config.activation)
        self.net = build(game, architecture, config.seed).to(device)
        dtype = compute_dtype(config.precision, device)
        self.fast = self.net if dtype == torch.float32 else copy.deepcopy(self.net).to(dtype)
        self.acting = NetworkQ(game, self.fast)
        self.judged = NetworkQ(game, self.net)
        self.window: deque[Experience] = deque(maxlen=config.window)
        self.optimizer = _optimizer(self.net, config)
        self._weights: list[Tensor] = list(self.net.parameters())
        self._fast_weights: list[Tensor] = list(self.fast.parameters())
        # Where a minibatch is turned by symmetry k, the action at hand becomes the inverse image.
        self._cells = [symmetry.cells.to(device) for symmetry in game.symmetries]
        self._actions = [symmetry.actions.argsort().to(device) for symmetry in game.symmetries]

    def learn(self, experience: Experience, progress: float, generator: torch.Generator) -> tuple[float, int]:
        self.window.append(experience)
        for group in self.optimizer.param_groups:
            group["lr"] = step_size(self.config, progress)
        state = type(experience.state).cat([e.state for e in self.window])
        action = torch.cat([e.action for e in self.window])
        target = torch.cat([e.target for e in self.window])
        size = self.config.batch_size
        steps = max(1, round(self.config.reuse * len(experience.action) / size))
        order = _shuffled(len(action), steps * size, generator)
        total = torch.zeros((), device=action.device)
        for rows in torch.split(order, size):
            total += self._sgd_step(state[rows], action[rows], target[rows])
        # The loss is from before the last step, which may have blown up.
        finite = all(bool(torch.isfinite(weight).all()) for weight in self._weights)
        return (float(total) / steps if finite else math.nan), steps

    def _sgd_step(self, state: State, action: Tensor, target: Tensor) -> Tensor:
        planes = self.game.observe(state, self._fast_weights[0].dtype)
        action = self.acting.output_of(state, action)
        if self.config.augment:
            planes, action = self._turn(planes, action)
        q = self.fast(planes).float().gather(1, action[:, None]).squeeze(1)
        loss: Tensor = (q - target).square().mean()
        gradients = torch.autograd.grad(loss, self._fast_weights)
        for weight, gradient in zip(self._weights, gradients, strict=True):
            weight.grad = gradient.float()
        self.optimizer.step()
        self._round_weights()
        return loss.detach()

    def _turn(self, planes: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        """Each symmetry on its own equal share of the minibatch, which is shuffled already."""
        shares = zip(planes.flatten(2).chunk(len(self._cells)), action.chunk(len(self._cells)), strict=False)
        turned = [
            (x, a) if k == 0 else (x.index_select(2, self._cells[k]), self._actions[k].index_select(0, a))
            for k, (x, a) in enumerate(shares)
        ]
        return torch.cat([x for x, _ in turned]).view(planes.shape), torch.cat([a for _, a in turned])

    def _round_weights(self) -> None:
        if self.fast is not self.net:
            with torch.no_grad():
                torch._foreach_copy_(self._fast_weights, self._weights)

    def model_tensors(self) -> dict[str, Tensor]:
        return dict(self.net.state_dict())

    def resume_tensors(self) -> dict[str, Tensor]:
        tensors = {f"net.{name}": value for name, value in self.net.state_dict().items()}
        for index, slots in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{slot}": value for slot, value in slots.items() if value is not None}
        for age, experience in enumerate(self.window):
            for name in experience.state.__dataclass_fields__:
                tensors[f"window.{age}.state.{name}"] = getattr(experience.state, name)
            tensors[f"window.{age}.action"] = experience.action
            tensors[f"window.{age}.target"] = experience.target
        return tensors

    def load_resume_tensors(self, tensors: dict[str, Tensor]) -> None:
        device = self._weights[0].device
        self.net.load_state_dict({name[4:]: value for name, value in tensors.items() if name.startswith("net.")})
        self._round_weights()
        slots: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith("optimizer."):
                _, index, slot = name.split(".")
                slots.setdefault(int(index), {})[slot] = value
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": slots})
        state_type = type(self.game.initial(1))
        self.window.clear()
        for age in range(sum(name.startswith("window.") and name.endswith(".target") for name in tensors)):
            columns = {name: tensors[f"window.{age}.state.{name}"] for name in state_type.__dataclass_fields__}
            self.window.append(
                Experience(
                    state_type(**columns).to(device),
                    tensors[f"window.{age}.action"].to(device),
                    tensors[f"window.{age}.target"].to(device),
                )
            )


def make_learner(game: Game[Any], config: TrainConfig, device: torch.device) -> NetworkLearner | TableLearner:
    """The learner that `config.q` names, with nothing learned yet."""
    return TableLearner(game, config) if config.q == "table" else NetworkLearner(game, config, device)


def _optimizer(net: torch.nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    if config.optimizer == "adamw":
        return torch.optim.AdamW(net.parameters(), config.learning_rate, weight_decay=config.weight_decay, fused=True)
    return torch.optim.SGD(
        net.parameters(), config.learning_rate, config.momentum, weight_decay=config.weight_decay, fused=True
    )


def _shuffled(rows: int, count: int, generator: torch.Generator) -> Tensor:
    """`count` row numbers below `rows`, shuffled, none drawn twice before all were drawn once: `[count]` int64."""
    rounds = -(-count // rows)
    draws = [torch.randperm(rows, generator=generator, device=generator.device) for _ in range(rounds)]
    return torch.cat(draws)[:count]
