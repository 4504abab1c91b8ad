"""The speedup by the number of ranks as a picture: as measured, and on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.scaling.measure import STRONG, WEAK
from benchmarks.scaling.model import GBIT, Model
from benchmarks.scaling.table import NETWORKS, ON_PAPER
from game.errors import QzeroError

_COLOURS = ("#b4451f", "#8a7a1e", "#2f6f4f")


def plot(path: Path, title: str, found: list[dict[str, Any]], model: Model, latency: float) -> None:
    """Write a picture of both kinds of scaling. Raises QzeroError without matplotlib, or for a name it cannot write."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise QzeroError("--plot needs matplotlib: pip install 'qzero[plots]'") from None
    figure = Figure(figsize=(9, 4), layout="constrained")
    figure.suptitle(title)
    one = found[0]
    for number, scaling in enumerate((STRONG, WEAK)):
        axes = figure.add_subplot(1, 2, number + 1)
        many = range(1, max(ON_PAPER) + 1)
        axes.plot(many, many, color="#999999", linestyle=":", label="ideal")
        for gbit, colour in zip(NETWORKS, _COLOURS, strict=True):
            speeds = [model.speedup(ranks, scaling == WEAK, gbit * GBIT, latency) for ranks in many]
            axes.plot(many, speeds, color=colour, label=f"model, {gbit} Gbit/s")
        shown = [run for run in found if run["scaling"] == scaling or run["ranks"] == 1]
        cpu = [run["ranks"] * one["cpu_seconds"] / one["moves"] / (run["cpu_seconds"] / run["moves"]) for run in shown]
        axes.plot([run["ranks"] for run in shown], cpu, "ko", label="measured, by CPU time")
        axes.set(xscale="log", yscale="log", xlabel="ranks", ylabel="speedup over one rank", title=f"{scaling} scaling")
        axes.legend(frameon=False)
    try:
        figure.savefig(path, dpi=110)
    except (OSError, ValueError) as error:
        raise QzeroError(f"cannot write {path}: {error}; name a .png or .svg file") from None
