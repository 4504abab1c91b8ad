"""The small graph below a sample game: the Q of each move, ply by ply, as the first player would count it."""

from __future__ import annotations

from dataclasses import dataclass

from arena.html.scale import signed
from arena.report.samples import SampleGame

WIDTH, HEIGHT = 360, 116
LEFT, RIGHT, TOP, BOTTOM = 28, 354, 8, 92


@dataclass(frozen=True, slots=True)
class Dot:
    """One move: who made it (seat), where its dot lies, and what it says when pointed at."""

    ply: int
    seat: int
    x: float
    y: float
    title: str


@dataclass(frozen=True, slots=True)
class Graph:
    """`step` units of the view box lie between two plies; `zero` is the height of Q = 0."""

    path: str
    dots: list[Dot]
    step: float
    zero: float


def value_graph(game: SampleGame) -> Graph:
    step = (RIGHT - LEFT) / max(len(game.moves), 1)
    dots = []
    for ply, (move, q) in enumerate(zip(game.moves, game.q, strict=True), start=1):
        seat = (ply - 1) % 2
        of_first = -q if seat else q
        dots.append(Dot(ply, seat, LEFT + ply * step, _y(of_first), f"{ply}. {move}: Q {signed(q)} for its mover"))
    return Graph("M" + "L".join(f"{dot.x:.1f} {dot.y:.1f}" for dot in dots), dots, step, _y(0.0))


def _y(q: float) -> float:
    return BOTTOM - (max(-1.0, min(1.0, q)) + 1) / 2 * (BOTTOM - TOP)
