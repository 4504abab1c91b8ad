"""The settings of runs in one table: what each means, what the preset says, and where they differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent.config import TrainConfig
from agent.presets import preset
from arena.report.reading import Run
from game.errors import UsageError

_LEFT_TO_THE_MACHINE = ("auto", 0)  # presets' words for what a run then writes down as it was
_DECIDED_BY_MACHINE = ("threads", "precision", "launch")


@dataclass(frozen=True, slots=True)
class Setting:
    """One row: `values` and `unusual` (other than the preset of its game) by run; None where a run lacks it."""

    name: str
    note: str
    usual: str | None
    values: list[str | None]
    unusual: list[bool]

    @property
    def differs(self) -> bool:
        """Between the runs."""
        return len(set(self.values)) > 1


def settings_table(runs: Sequence[Run]) -> list[Setting]:
    """Every setting of every run; those that differ between runs come first, else in the order of `qzero train`."""
    fields = {item.name: item for item in dataclasses.fields(TrainConfig)}
    names = [name for name in fields if any(name in run.config for run in runs)]
    names += sorted({name for run in runs for name in run.config} - set(fields))
    usual = [_preset(run) for run in runs]
    rows = []
    for name in names:
        values = [run.config.get(name) for run in runs]
        unusual = [
            name in run.config and name in preset_ and not _same(name, run.config[name], preset_[name])
            for run, preset_ in zip(runs, usual, strict=True)
        ]
        rows.append(
            Setting(
                name,
                fields[name].metadata["note"] if name in fields else "Not known to this version of qzero.",
                text(usual[0][name]) if name in usual[0] else None,
                [None if value is None else text(value) for value in values],
                unusual,
            )
        )
    return sorted(rows, key=lambda row: not row.differs)


def text(value: Any) -> str:
    """A setting as one reads it: 25,000,000, 0.05, yes."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _preset(run: Run) -> dict[str, Any]:
    try:
        return dataclasses.asdict(preset(run.game.name, q=run.record.get("q", "network")))
    except UsageError:
        return {}


def _same(name: str, value: Any, usual: Any) -> bool:
    if name == "seed":  # no choice of method
        return True
    return value == usual or (name in _DECIDED_BY_MACHINE and usual in _LEFT_TO_THE_MACHINE)
