"""The result of `qzero grade`, as a table and as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.play.player import QPlayer
from arena.status_line import Report, silent
from arena.truth.every_reply import against_every_reply
from arena.truth.grading import Grade, grade, load_positions, shipped_positions
from arena.truth.solve import solution
from game.core import AnyGame


@dataclass(frozen=True, slots=True)
class Section:
    """One graded set: how many positions it has in all, the grade over the decisive ones, and by ranges of plies."""

    name: str
    positions: int
    overall: Grade
    by_ply: list[Grade]


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
        lines = [f"{self.player}, {self.game}"]
        for section in self.sections:
            overall = section.overall
            lines += [
                f"{section.name}: {section.positions:,} positions, {overall.positions:,} with a choice that matters",
                f"  {'plies':<8} {'positions':>9} {'mistakes':>9} {'rate':>8} {'random mover':>13}",
            ]
            for label, row in [*((f"{r.plies[0]}-{r.plies[1]}", r) for r in section.by_ply), ("all", overall)]:
                lines.append(
                    f"  {label:<8} {row.positions:>9} {row.mistakes * row.positions:>9.1f} "
                    f"{100 * row.mistakes:>6.2f} % {100 * row.random_mistakes:>11.2f} %"
                )
        for seat, (won, drawn, lost) in enumerate(self.endings):
            verdict = "never loses" if lost == 0 else "CAN BE BEATEN"
            lines.append(
                f"moving {('first', 'second')[seat]}, against every reply: {won} final positions won, {drawn} drawn, "
                f"{lost} lost: {verdict}"
            )
        return "\n".join(lines)


def grade_report(player: QPlayer, game: AnyGame, files: Sequence[Path] = (), report: Report = silent) -> GradeReport:
    """Grade on `files`, else on the shipped sets, else on all states of the game and against every reply.

    `report` is told the progress.
    """
    sets = [load_positions(game, path) for path in files] or shipped_positions(game)
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
