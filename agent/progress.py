"""Live progress of a training run on stderr: silent where stderr is no terminal; rich honours NO_COLOR."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from agent.config import TrainConfig


class Progress:
    """A bar with speed, loss and time left; a line above it whenever strength was measured."""

    def __init__(self, config: TrainConfig, moves: int) -> None:
        self._loss = float("nan")
        self._bar = Bar(
            TextColumn(config.game),
            BarColumn(),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f} moves"),
            TextColumn("{task.fields[speed]:,.0f}/s  loss {task.fields[loss]:.3f}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not Console(stderr=True).is_terminal,
        )
        self._task = self._bar.add_task("train", total=config.moves, completed=moves, speed=0.0, loss=self._loss)

    def report(self, line: dict[str, Any]) -> None:
        """Show one line of metrics."""
        if self._bar.disable:
            return
        if line["loss"] is not None:  # games that are only put aside leave the last one standing
            self._loss = line["loss"]
        self._bar.update(self._task, completed=line["moves"], speed=line["moves_per_second"], loss=self._loss)
        if "strength" in line:
            self._bar.console.print(_described(line, self._loss), highlight=False, soft_wrap=True)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()


def _described(line: dict[str, Any], loss: float) -> str:
    """One line of metrics for people."""
    strength = [f"{name.removeprefix('score ')} {100 * value:.1f}" for name, value in line["strength"].items()]
    spread = f", spread {line['spread']:.3f}" if "spread" in line else ""
    return (
        f"{line['seconds']:5.0f} s  {line['moves_per_second']:,.0f} moves/s, "
        f"{100 * line['share_self_play']:.0f} % self-play and {100 * line['share_learning']:.0f} % learning, "
        f"{line['games']:,} games, mean length {line['mean_length']:.1f}, loss {loss:.3f}{spread}\n"
        f"         {', '.join(strength)} %"
    )
