"""Measure what fixed players reach, the anchors of the scoreboard: `python -m arena.strength.anchors`.

Needs the extra `solver` and some 15 minutes on two cores. The perfect player plays only against its own kin: from
random openings it would have to solve too many positions. What is printed is arena/data/connect4_anchors.json.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys

from agent.play.qfunction import ConstantQ, QFunction
from arena.strength.measures import OPPONENTS, measure
from arena.truth.perfect_play import PerfectQ, kept_scores
from game.registry import make


def main() -> None:
    game = make("connect4")
    perfect = PerfectQ(game, os.cpu_count() or 1, kept_scores())
    players: tuple[tuple[str, QFunction, dict[str, int]], ...] = (
        ("nothing learned", ConstantQ(game), OPPONENTS),
        ("perfect", perfect, {}),
    )
    try:
        found = {
            name: dataclasses.asdict(measure(q, perfect, opponents=opponents, report=_say))
            for name, q, opponents in players
        }
    finally:
        perfect.close()
    print(json.dumps(found))


def _say(what: str) -> None:
    print(what, file=sys.stderr)


if __name__ == "__main__":
    main()
