"""The result of `qzero grade`, as a table and as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.play.player import QPlayer
from agent.stats import wilson
from arena.status_line import Report, silent
from arena.truth.every_reply import against_every_reply
from arena.truth.grading import (
    ALL_STATES,
    HARD,
    HELD_OUT,
    Grade,
    grade,
    load_positions,
    set_title,
    shipped_positions,
)
from arena.truth.solve import solution
from game.core import AnyGame
from game.errors import UsageError

_PLIES, _LEAST_WIDTH = 5, 16  # of columns: the names of plies, and of sets


@dataclass(frozen=True, slots=True)
class Section:
    """One graded set: how many positions it has in all, the grade over the decisive ones, and by ranges of plies."""

    name: str
    positions: int
    overall: Grade
    by_ply: list[Grade]

    @property
    def interval(self) -> str:
        """The 95 % interval of the overall rate in percent, Wilson's; "exact" where these are all states."""
        if self.name == ALL_STATES:
            return "exact"
        low, high = wilson(min(self.overall.mistakes, 1.0), self.overall.positions)
        return f"{100 * low:.2f}-{100 * high:.2f}"


@dataclass(frozen=True, slots=True)
class GradeReport:
    """All grades of one player; `endings`, where the game is solved: final positions (won, drawn, lost) per seat."""

    game: str
    player: str
    sections: list[Section]
    endings: list[tuple[int, int, int]]

    def as_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def table(self) -> str:
        sections = self.sections
        wide = max(len(set_title(section.name)) for section in sections)
        heads = f"{'':<{wide}} {'positions':>9} {'mistakes':>9} {'rate':>8}  {'95 %':^11} {'random mover':>13}"
        lines = [f"{self.player}, {self.game}", "", heads]
        for section in sections:
            one = section.overall
            lines.append(
                f"{set_title(section.name):<{wide}} {one.positions:>9,} {one.mistakes * one.positions:>9,.1f} "
                f"{100 * one.mistakes:>6.2f} %  {section.interval:^11} {100 * one.random_mistakes:>11.2f} %"
            )
        columns = [max(len(section.name), _LEAST_WIDTH) for section in sections]
        names = (f"{section.name:>{width}}" for section, width in zip(sections, columns, strict=True))
        lines += ["", "  ".join([f"{'plies':<{_PLIES}}", *names])]
        rows: dict[int, list[Grade]] = {}
        for section in sections:
            for row in section.by_ply:
                rows.setdefault(row.plies[0], []).append(row)
        for low, same in sorted(rows.items()):
            cells = (_cell(section, low, width) for section, width in zip(sections, columns, strict=True))
            high = max(row.plies[1] for row in same)
            label = f"{low}-{high}" if high > low else str(low)
            lines.append("  ".join([f"{label:<{_PLIES}}", *cells]))
        if self.endings:
            lines.append("")
        for seat, (won, drawn, lost) in enumerate(self.endings):
            verdict = "never loses" if lost == 0 else "CAN BE BEATEN"
            lines.append(
                f"moving {('first', 'second')[seat]}, against every reply: {won} final positions won, {drawn} drawn, "
                f"{lost} lost: {verdict}"
            )
        return "\n".join(lines)


def _cell(section: Section, low: int, width: int) -> str:
    """The rate over the plies from `low`, and of how many positions; nothing if the set has none of them."""
    found = next((f"{100 * g.mistakes:.2f} % of {g.positions:,}" for g in section.by_ply if g.plies[0] == low), "")
    return f"{found:>{width}}"


def grade_report(
    player: QPlayer, game: AnyGame, files: Sequence[Path] = (), held_out: bool = False, report: Report = silent
) -> GradeReport:
    """Grade on `files`, else on the shipped sets, else on all states of the game and against every reply.

    held_out: also on the positions that are held out; UsageError where there are none. `report` is told the progress.
    """
    apart = shipped_positions(game, HELD_OUT) if held_out else []
    if held_out and (files or not apart):
        why = "--positions names what to grade on" if files else f"no positions of {game.name} are held out"
        raise UsageError(f"--held-out: {why}; leave it out")
    sets = [load_positions(game, path) for path in files]
    if not files:
        sets = [*shipped_positions(game), *shipped_positions(game, HARD), *apart]
    endings = []
    rows = 6
    if not sets:
        solved = solution(game, report)
        sets, rows = [solved.all_states(report)], 1
        report(f"{game.name}: against every reply")
        endings = [against_every_reply(player, solved, seat).endings for seat in (0, 1)]
    sections = []
    for positions in sets:
        report(f"{game.name}: asking {player.name} about {len(positions):,} positions")
        overall, by_ply = grade(player, positions, rows)
        sections.append(Section(positions.name, len(positions), overall, by_ply))
    return GradeReport(game.name, player.name, sections, endings)
