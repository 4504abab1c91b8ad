"""Measure checkpoints and write the strength into their records: `python -m arena.training.record_strength FILE...`.

For checkpoints that are given away: what is recorded then belongs to the very weights in the file, 16 bits a number or
not, with the games and positions behind it. The measures are those at the end of a training run, with its seed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from agent.run.strength import strength_json
from agent.store import checkpoint
from agent.store.files import read_tensors, write_tensors
from arena.training.judge import StrengthJudge
from game.errors import QzeroError


def record_strength(file: Path) -> None:
    """Measure the model in `file` and rewrite the file with the result in its record. Raises QzeroError."""
    q = checkpoint.load(file).q_function
    tensors, record = read_tensors(file)
    strength = StrengthJudge(q.game, int(record["seed"]))(q, final=True)
    write_tensors(file, tensors, {**record, "strength": strength_json(strength)})
    print(file, *(f"  {name:<26} {evidence}" for name, evidence in strength.items()), sep="\n")


if __name__ == "__main__":
    try:
        for name in sys.argv[1:]:
            record_strength(Path(name))
    except QzeroError as error:
        sys.exit(str(error))
