"""What a kind of Q is to all that must not ask which one it has: settings, learner, weights and words in one object."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from game.errors import UsageError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from agent.config import TrainConfig
    from agent.learn.learner import Learner
    from agent.play.qfunction import QFunction
    from game.core import AnyGame

Record = dict[str, Any]
Architecture = dict[str, Any] | None


class Kind(ABC):
    """One way to hold Q: a network, a table, n-tuples.

    A new one is a file with such a class, and a line in `agent.kinds`. Modules of kinds are read by every command, so
    whatever takes a moment to import (torch, numba) is imported within methods.

    name:     what `--q` and the record of a checkpoint call it.
    old:      what older versions called it.
    words:    the same for people.
    settings: the names of the settings of TrainConfig that mean something to this kind and not to every other.
    on_gpu:   whether it learns on a GPU.
    halves:   whether 16 bits a number are enough to give it away (`qzero export`).
    beginning: what takes its time before the first games are over, in words.
    """

    name: ClassVar[str]
    old: ClassVar[tuple[str, ...]] = ()
    words: ClassVar[str]
    settings: ClassVar[frozenset[str]] = frozenset()
    on_gpu: ClassVar[bool] = False
    halves: ClassVar[bool] = True
    beginning: ClassVar[str] = "the first games"

    def check_settings(self, config: TrainConfig) -> None:
        """Raises UsageError for a combination that this kind cannot learn with."""
        if not self.on_gpu and config.device.partition(":")[0] != "cpu":
            raise UsageError(
                f"--device {config.device}: --q {self.name} learns on the CPU; give --q network as well to use a GPU"
            )

    def dtype(self, config: TrainConfig, device: torch.device) -> torch.dtype:
        """The arithmetic that it learns in on this machine."""
        del config, device
        import torch

        return torch.float32

    def architecture(self, config: TrainConfig) -> Architecture:
        """What beside the game has to fit before weights mean anything, for the record; JSON can hold it."""
        del config
        return None

    @abstractmethod
    def learner(self, game: AnyGame, config: TrainConfig, device: torch.device) -> Learner:
        """A learner that has learned nothing yet."""

    @abstractmethod
    def check_weights(self, game: AnyGame, architecture: Architecture, tensors: dict[str, Tensor]) -> None:
        """Names, shapes, dtypes, and numbers that a training may leave, before anything is made of them.

        Raises ValueError, saying what does not fit: `agent.weights.BadNumbers` for a training that diverged; KeyError
        or TypeError where something is missing.
        """

    def check_resume(self, game: AnyGame, config: TrainConfig, tensors: dict[str, Tensor]) -> None:
        """As `check_weights`, for what `Learner.resume_tensors` gave under these settings."""
        self.check_weights(game, self.architecture(config), tensors)

    @abstractmethod
    def load(self, game: AnyGame, architecture: Architecture, tensors: dict[str, Tensor]) -> QFunction:
        """Q of weights that `check_weights` let pass. Raises ValueError where they still do not fit."""

    @abstractmethod
    def describe(self, record: Record) -> str:
        """The Q of a checkpoint in a few words. Raises KeyError or TypeError for a record that lacks what it needs."""
