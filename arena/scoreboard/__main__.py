"""Grade checkpoints by all measures of the scoreboard: `python -m arena.scoreboard PATH [--quick] [--json]`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from agent import checkpoint
from arena.scoreboard import solver
from arena.scoreboard.measures import OPPONENTS, Measures, measure
from arena.scoreboard.perfect import PerfectQ, kept_scores
from game.errors import QzeroError

QUICK = {"one-ply": 400, "negamax:4": 200}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m arena.scoreboard", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="run folder or model file")
    parser.add_argument("--games", type=int, default=1000, help="against each opponent, at most")
    parser.add_argument("--quick", action="store_true", help="no negamax:8, and fewer games against the others")
    parser.add_argument("--workers", type=int, default=1, help="processes of the solver")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    arguments = parser.parse_args()
    try:
        perfect = PerfectQ(checkpoint.load(arguments.paths[0]).q_function.game, arguments.workers, kept_scores())
    except solver.SolverError as error:
        print(error, file=sys.stderr)
        perfect = None
    try:
        for path in arguments.paths:
            found = measure(
                checkpoint.load(path).q_function,
                perfect,
                arguments.games,
                QUICK if arguments.quick else OPPONENTS,
                arguments.seed,
                lambda what: print(f"{what}...", file=sys.stderr),
            )
            if arguments.json:
                print(json.dumps({"path": str(path), **dataclasses.asdict(found)}), flush=True)
            else:
                print(f"{path}\n{_text(found)}", flush=True)
    except QzeroError as error:
        sys.exit(str(error))
    finally:
        if perfect is not None:
            perfect.close()


def _text(found: Measures) -> str:
    lines = []
    for one in found.mistakes:
        by_ply = "  ".join(f"{g.plies[0]}-{g.plies[1]}: {100 * g.mistakes:.1f}" for g in one.by_ply)
        lines.append(f"  mistakes on {one.positions:<8} {one.play:<16} {100 * one.overall.mistakes:6.2f} %   {by_ply}")
    for row in found.games:
        lines.append(
            f"  {row.counts} vs {row.opponent:<22} {row.seat:<7} {100 * row.value:6.2f} % "
            f"({100 * row.low:.1f} to {100 * row.high:.1f})  {row.score!s:<18} {row.distinct} distinct, "
            f"{row.seconds:.1f} s"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
