"""What was measured and what the model says, as text."""

from __future__ import annotations

from typing import Any

from benchmarks.scaling.model import GBIT, Model

ON_PAPER = (2, 4, 16, 64, 256, 1000)
NETWORKS = (1, 10, 100)  # Gbit/s


def measured_table(found: list[dict[str, Any]]) -> str:
    """Per move, relative to one rank: the time it took, and the CPU time."""
    one = found[0]
    lines = [
        f"{'scaling':<9}{'ranks':>6}{'games':>8}{'moves/s':>11}{'speedup':>9}{'CPU s/M moves':>15}"
        f"{'by CPU time':>13}{'MB sent':>10}{'waiting':>9}{'load':>7}"
    ]
    for run in found:
        speed, cpu = run["moves"] / run["seconds"], run["cpu_seconds"] / run["moves"]
        by_cpu = run["ranks"] * one["cpu_seconds"] / one["moves"] / cpu
        lines.append(
            f"{run['scaling']:<9}{run['ranks']:>6}{run['games']:>8,}{speed:>11,.0f}"
            f"{speed / (one['moves'] / one['seconds']):>9.2f}{1e6 * cpu:>15.2f}{by_cpu:>13.2f}"
            f"{run['sent'] / run['generations'] / 1e6:>10.2f}{run['waited'] / run['seconds']:>9.0%}{run['load']:>7.1f}"
        )
    return "\n".join(lines)


def paper(model: Model, latency: float) -> list[dict[str, Any]]:
    """The speedup over one rank for each number of ranks, kind of scaling and network."""
    return [
        {
            "ranks": ranks,
            "scaling": "weak" if weak else "strong",
            "gbit": gbit,
            "speedup": model.speedup(ranks, weak, gbit * GBIT, latency),
            "sent": model.sent(ranks, model.moves * (ranks if weak else 1))[0],
        }
        for weak in (False, True)
        for ranks in ON_PAPER
        for gbit in NETWORKS
    ]


def paper_table(rows: list[dict[str, Any]]) -> str:
    head = "".join(f"{f'{gbit} Gbit/s':>12}" for gbit in NETWORKS)
    lines = [f"{'scaling':<9}{'ranks':>6}{'MB sent':>10}{head}"]
    for start in range(0, len(rows), len(NETWORKS)):
        some = rows[start : start + len(NETWORKS)]
        speeds = "".join(f"{row['speedup']:>12.1f}" for row in some)
        lines.append(f"{some[0]['scaling']:<9}{some[0]['ranks']:>6,}{some[0]['sent'] / 1e6:>10.2f}{speeds}")
    return "\n".join(lines)
