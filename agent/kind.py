"""A kind of Q as one object, with its settings, learner, weights and words, so that no other code asks which it has."""

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

    A new kind is a file with such a class, and a line in `agent.kinds`. Every command imports these modules, so slow
    imports (torch, numba) belong inside the methods.

    name:     its name in `--q` and in the record of a checkpoint.
    old:      its former names.
    words:    its description for people.
    settings: names of the settings of TrainConfig that apply to this kind and not to all kinds.
    on_gpu:   whether it learns on a GPU.
    halves:   whether 16-bit numbers are precise enough to share it (`qzero export`).
    beginning: what happens before the first games are finished, in words.
    """

    name: ClassVar[str]
    old: ClassVar[tuple[str, ...]] = ()
    words: ClassVar[str]
    settings: ClassVar[frozenset[str]] = frozenset()
    on_gpu: ClassVar[bool] = False
    halves: ClassVar[bool] = True
    beginning: ClassVar[str] = "the first games"

    def check_settings(self, config: TrainConfig) -> None:
        """Raises UsageError for settings that this kind cannot learn with."""
        if not self.on_gpu and config.device.partition(":")[0] != "cpu":
            raise UsageError(
                f"--device {config.device}: --q {self.name} learns on the CPU; give --q network as well to use a GPU"
            )

    def check_shared(self, config: TrainConfig) -> None:
        """Raises UsageError for settings that several ranks cannot learn with; by default any."""
        del config
        raise UsageError(f"--q {self.name} learns in one process: start it without torchrun, or give --q network")

    def dtype(self, config: TrainConfig, device: torch.device) -> torch.dtype:
        """The dtype it learns in on this machine."""
        del config, device
        import torch

        return torch.float32

    def carries_over(self, architecture: Architecture, learned: AnyGame, other: AnyGame) -> bool:
        """Whether weights learned on one board play on another of these games; by default on no other."""
        del architecture, learned, other
        return False

    def launch(self, config: TrainConfig, device: torch.device) -> str:
        """The setting `launch` on this machine."""
        del device
        return config.launch

    def architecture(self, config: TrainConfig) -> Architecture:
        """What must match, besides the game, before weights mean anything: JSON values for the record."""
        del config
        return None

    @abstractmethod
    def learner(self, game: AnyGame, config: TrainConfig, device: torch.device) -> Learner:
        """A new learner."""

    @abstractmethod
    def check_weights(self, game: AnyGame, architecture: Architecture, tensors: dict[str, Tensor]) -> None:
        """Check names, shapes, dtypes and ranges of numbers before the tensors are used.

        Raises ValueError, saying what does not fit (`agent.weights.BadNumbers` if the training diverged), or KeyError
        or TypeError if something is missing.
        """

    def check_resume(self, game: AnyGame, config: TrainConfig, tensors: dict[str, Tensor]) -> None:
        """As `check_weights`, for the tensors of `Learner.resume_tensors` under these settings."""
        self.check_weights(game, self.architecture(config), tensors)

    @abstractmethod
    def load(self, game: AnyGame, architecture: Architecture, tensors: dict[str, Tensor]) -> QFunction:
        """The Q-function of weights that passed `check_weights`. Raises ValueError if they still do not fit."""

    @abstractmethod
    def describe(self, record: Record) -> str:
        """The Q of a checkpoint in a few words. Raises KeyError or TypeError for an incomplete record."""
