"""The words of an analysis. No pygame here."""

from __future__ import annotations

from typing import Any

import torch

from arena.view.analysis.chances import Outlook
from arena.view.analysis.insight import Insight
from arena.view.analysis.timeline import Judgement
from game.core import AnyGame

OUTCOMES = {1: "win", 0: "draw", -1: "loss"}
MARKS = {"??": "blunder", "?": "mistake", "?!": "inaccuracy"}
_EVEN, _BETTER, _WINNING = 0.55, 0.7, 0.9  # expected points from which on one side is called so
_MOST_OF_LINE = 24  # moves of a line in words


def signed(value: float) -> str:
    """Two decimals with a sign: "+0.62"; no sign on 0."""
    text = f"{value:+.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text


def verdict(one: Insight, outlook: Outlook, names: tuple[str, str]) -> str:
    """Who is better, as the search sees it, and the truth where somebody knows it. outlook: the mover's."""
    mover, other = names[one.ply % 2], names[1 - one.ply % 2]
    if one.proven:
        seen = {1: f"{mover} wins for certain", 0: "A draw for certain", -1: f"{other} wins for certain"}[
            round(one.estimate)
        ]
    else:
        points = outlook.win + outlook.draw / 2
        better, much = (mover, points) if points >= 0.5 else (other, 1 - points)
        if much < _EVEN:
            seen = "About even"
        else:
            degree = "a little better" if much < _BETTER else "better" if much < _WINNING else "winning"
            seen = f"{better} is {degree}"
        seen += f", Q {signed(one.estimate)} for {mover}"
    if one.outcome is None or one.proven:
        return f"{seen}."
    true = {1: f"{mover} wins", 0: "a draw", -1: f"{other} wins"}[one.outcome]
    return f"{seen}. Perfect play: {true} ({one.truth_by})."


def line_of(game: AnyGame, state: Any, line: tuple[int, ...]) -> list[str]:
    """The names of the moves of a line from this position on, as far as they are legal."""
    names: list[str] = []
    for action in line[:_MOST_OF_LINE]:
        if bool(state.done) or not bool(game.legal(state)[0, action]):
            break
        names.append(game.move_name(action, state))
        state = game.step(state, torch.tensor([action]))
    return names


def in_pairs(names: list[str], ply: int) -> str:
    """ "3... c4 4. d4 e5": both sides' moves under one number, from `ply` on; moves that are numbers have none."""
    if all(name.isdecimal() for name in names):
        return " ".join(names)
    parts = []
    for place, name in enumerate(names, start=ply):
        if place % 2 == 0:
            parts.append(f"{place // 2 + 1}. {name}")
        else:
            parts.append(f"{place // 2 + 1}... {name}" if place == ply else name)
    return " ".join(parts)


def effort(one: Insight) -> str:
    """How far the search has come."""
    if one.nodes <= 1:
        return "its own Q, no search yet"
    return f"depth {one.depth}, {one.nodes:,} nodes{', proven' if one.proven else ''}"


def cost(move: Judgement) -> str:
    """What a move cost, as the list of moves says it: a minus sign and two decimals; nothing for the best move."""
    if move.cost is None:
        return ""
    return f"-{move.cost:.2f}" if move.cost >= 0.005 else ""


def judged(game: AnyGame, state: Any, move: Judgement, name: str) -> str:
    """One move in a sentence; empty where there is nothing to say."""
    played = game.move_name(move.action, state)
    if move.cost is None:
        return ""
    if not move.mark:
        return f"{name} played {played}" + (": no better move is known." if move.best is None else ".")
    better = "" if move.best is None else f"; {game.move_name(move.best, state)} was better"
    kind = MARKS[move.mark]
    return f"{name} played {played}: {'an' if kind[0] == 'i' else 'a'} {kind}, {100 * move.points:.0f} % lost{better}."


def tally(name: str, found: tuple[int, int, float | None]) -> tuple[str, ...]:
    """A side's mistakes, the longest form first."""
    mistakes, blunders, lost = found
    if lost is None:
        return (f"{name}: not judged yet", name)
    known = [_counted(mistakes, "mistake"), _counted(blunders, "blunder")]
    return (
        f"{name}: {', '.join(known)}, {100 * lost:.1f} % lost a move",
        f"{name}: {', '.join(known)}",
        f"{name}: {mistakes + blunders} errors",
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
