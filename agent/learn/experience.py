"""Experience: the training examples of the last generations of games, kept in a window."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, fields
from typing import Any, Self

import torch
from torch import Tensor

from agent.ranks.ranks import Ranks
from game.core import AnyGame, State

_SHARES = "shares"  # the entry of a saved window with the examples of each generation and rank


@dataclass(frozen=True, slots=True)
class Experience:
    """N moves to learn from.

    state:  N positions before the move; None where the learner's own self-play left none.
    action: `[N]` int64.
    target: `[N]` float32, seen by the mover.
    game:   `[N]` int64 in [0, G), the move's game in its generation; for ensembles and learners of whole games.
    rows:   as in Trajectories.
    """

    state: Any
    action: Tensor
    target: Tensor
    game: Tensor | None = None
    rows: Tensor | None = None


@dataclass(slots=True)
class Batch:
    """N training examples of a network: positions to observe, which output, and its target.

    weight: `[N]` float32 with mean 1, the weight in the loss; None for equal weights.
    bag:    `[N, members]` bool, which members of an ensemble learn it; None for all.
    """

    state: State
    output: Tensor
    target: Tensor
    weight: Tensor | None = None
    bag: Tensor | None = None

    def __len__(self) -> int:
        return self.output.shape[0]

    @classmethod
    def cat(cls, batches: list[Self]) -> Self:
        if len(batches) == 1:
            return batches[0]
        state = type(batches[0].state).cat([batch.state for batch in batches])
        columns: dict[str, Any] = {name: _cat([getattr(batch, name) for batch in batches]) for name in _COLUMNS}
        return cls(state, **columns)

    def tensors(self) -> dict[str, Tensor]:
        """Everything, by name."""
        found = {f"state.{name}": getattr(self.state, name) for name in self.state.__dataclass_fields__}
        return found | {name: column for name in _COLUMNS if (column := getattr(self, name)) is not None}

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor], game: AnyGame, device: torch.device) -> Self:
        """The inverse of `tensors`."""
        return cls.of(type(game.initial(1)), {name: tensor.to(device) for name, tensor in tensors.items()})

    @classmethod
    def of(cls, state_type: type[State], tensors: dict[str, Tensor]) -> Self:
        """The inverse of `tensors`, with them as they are."""
        state = state_type(**{name: tensors[f"state.{name}"] for name in state_type.__dataclass_fields__})
        return cls(state, **{name: tensors[name] for name in _COLUMNS if name in tensors})


_COLUMNS = tuple(item.name for item in fields(Batch) if item.name != "state")


class Window:
    """The examples of the last `generations` generations; sliding, or filled up and then emptied."""

    def __init__(self, generations: int, kind: str) -> None:
        self.kind = kind
        self._batches: deque[Batch] = deque(maxlen=generations)

    def add(self, batch: Batch) -> None:
        if self.kind == "fixed" and self.full:
            self._batches.clear()
        self._batches.append(batch)

    def __len__(self) -> int:
        """How many generations it holds."""
        return len(self._batches)

    @property
    def full(self) -> bool:
        return len(self._batches) == self._batches.maxlen

    def all(self) -> Batch:
        """All examples, oldest first."""
        return Batch.cat(list(self._batches))

    def set_weights(self, weight: Tensor) -> None:
        """Set the weights `[N]` of all examples, in the order of `all`."""
        parts = torch.split(weight, [len(batch) for batch in self._batches])
        for batch, part in zip(self._batches, parts, strict=True):
            batch.weight = part.clone()

    def tensors(self) -> dict[str, Tensor]:
        return {f"{age}.{name}": t for age, batch in enumerate(self._batches) for name, t in batch.tensors().items()}

    def load(self, tensors: dict[str, Tensor], game: AnyGame, device: torch.device) -> None:
        self._batches.clear()
        for age in sorted({int(name.partition(".")[0]) for name in tensors}):
            own = {name.partition(".")[2]: t for name, t in tensors.items() if name.startswith(f"{age}.")}
            self._batches.append(Batch.from_tensors(own, game, device))


def together(ranks: Ranks, window: Window) -> dict[str, Tensor]:
    """The window of all ranks as a single process would hold it, and how many examples are of each."""
    own = window.tensors()
    if ranks.alone:
        return own
    found, shares = {}, []
    for name, tensor in own.items():
        parts = ranks.gathered(tensor.cpu())
        found[name] = torch.cat(parts)
        if name.endswith(".output"):  # one of the columns that every generation has
            shares.append([len(part) for part in parts])
    return {**found, _SHARES: torch.tensor(shares, dtype=torch.int64).view(-1, ranks.size)}


def own_share(ranks: Ranks, saved: dict[str, Tensor]) -> dict[str, Tensor]:
    """This rank's part of what `together` made: its own examples, or an equal share if there were more ranks or fewer.

    Raises ValueError if the shares are not those of these examples.
    """
    window = {name: tensor for name, tensor in saved.items() if name != _SHARES}
    shares = saved.get(_SHARES)
    if ranks.alone:
        return window
    found = {}
    for name, tensor in window.items():
        age = int(name.partition(".")[0])
        if shares is not None and shares.dim() == 2 and shares.shape[1] == ranks.size and age < len(shares):
            ends = [0, *shares[age].cumsum(0).tolist()]
            if ends[-1] != len(tensor):
                raise ValueError(f"{len(tensor)} examples, in shares of {shares[age].tolist()}")
            low, high = ends[ranks.rank], ends[ranks.rank + 1]
        else:
            low, high = (len(tensor) * end // ranks.size for end in (ranks.rank, ranks.rank + 1))
        found[name] = tensor[low:high].clone()
    return found


def _cat(columns: list[Tensor | None]) -> Tensor | None:
    present = [column for column in columns if column is not None]
    return torch.cat(present) if present else None


def drawn_bags(games: int, members: int, share: float, generator: torch.Generator) -> Tensor:
    """Which member learns from which game: `[games, members]` bool, each with probability `share`."""
    return torch.rand(games, members, generator=generator, device=generator.device) < share


def shuffled(rows: int, count: int, generator: torch.Generator) -> Tensor:
    """`count` shuffled row numbers below `rows`, none twice before all have come once: `[count]` int64."""
    rounds = -(-count // rows)
    draws = [torch.randperm(rows, generator=generator, device=generator.device) for _ in range(rounds)]
    return torch.cat(draws)[:count]
