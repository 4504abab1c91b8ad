"""Measure what fixed players reach, the anchors of the scoreboard: `python -m arena.strength.anchors`.

Needs the extra `solver` and some 15 minutes on two cores. The perfect player plays only against its own kin: from
random openings it would have to solve too many positions. What is printed is arena/data/connect4_anchors.json.
"""

from __future__ import annotations

import dataclasses
import json
import sys

from agent.play.qfunction import ConstantQ, QFunction
from arena.processes import cores
from arena.strength.ladder import Rung, ladder
from arena.strength.measures import measure
from arena.truth.perfect_play import PerfectQ, kept_scores
from game.registry import make


def main() -> None:
    game = make("connect4")
    perfect = PerfectQ(game, cores(), kept_scores())
    players: tuple[tuple[str, QFunction, list[Rung]], ...] = (
        ("nothing learned", ConstantQ(game), ladder(game)[0]),
        ("perfect", perfect, []),
    )
    try:
        found = {name: dataclasses.asdict(measure(q, rungs, perfect, report=_say)) for name, q, rungs in players}
    finally:
        perfect.close()
    print(json.dumps(found))


def _say(what: str) -> None:
    print(what, file=sys.stderr)


if __name__ == "__main__":
    main()
