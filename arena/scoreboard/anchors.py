"""Measure what fixed players reach, the anchors of the scoreboard: `python -m arena.scoreboard.anchors`.

Needs the extra `solver` and some 20 minutes, for the perfect player must solve many positions. What is printed is
arena/data/connect4_anchors.json.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys

from agent.qfunction import ConstantQ, QFunction
from arena.scoreboard.measures import measure
from arena.scoreboard.perfect import PerfectQ, kept_scores
from game.registry import make


def main() -> None:
    game = make("connect4")
    perfect = PerfectQ(game, os.cpu_count() or 1, kept_scores())
    players: dict[str, QFunction] = {"nothing learned": ConstantQ(game), "perfect": perfect}
    try:
        found = {
            name: dataclasses.asdict(measure(q, perfect, report=lambda what: print(what, file=sys.stderr)))
            for name, q in players.items()
        }
    finally:
        perfect.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
