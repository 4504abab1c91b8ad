"""Make a set of graded Connect Four positions with a perfect solver: `python -m arena.truth.graded_set --help`.

Needs the extra `solver` (bitbully by M. Thill, AGPL, a separate program and not part of qzero). Each line is
`{"moves": "44455", "scores": [-3, null, 0, 2, 1, -1, -2]}`: Pons' digits and, for each column, the score of moving
there for the side to move, null where it is full. The sign of a score is the outcome under perfect play, its size how
soon: (stones the winner has left, the last one counted) as in https://blog.gamesolver.org.

Kept are positions whose legal moves differ in outcome, each once up to mirroring, equally many of each ply 0-35 as far
as there are so many. The sets in arena/data were made by

    python -m arena.truth.graded_set --play random --positions 2520 --seed 1 > arena/data/connect4_random.jsonl
    python -m arena.truth.graded_set --play noisy --positions 2520 --seed 2 > arena/data/connect4_noisy.jsonl
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from typing import Any

from arena.truth.bitbully import FULL, SolverError, board_scores, load

PLIES = range(36)
MOST_PER_GAME = 3
LEAST_PLIES_APART = 6
GIVE_UP_AFTER = 5_000  # games in a row without a new position: the early plies have only so many


class Scores:
    """The scores of bitbully's boards, each position solved once; None for a column that is full."""

    def __init__(self) -> None:
        self._known: dict[int, list[int | None]] = {}

    def of(self, board: Any) -> list[int | None]:
        key = board.uid()
        if key not in self._known:
            self._known[key] = [None if score == FULL else score for score in board_scores(board)]
        return self._known[key]


def board_after(moves: list[int]) -> Any:
    """bitbully's board after these columns. Raises SolverError."""
    return load().Board(moves)


def sign(score: int) -> int:
    return (score > 0) - (score < 0)


def is_decisive(scores: list[int | None]) -> bool:
    """Whether the choice of move changes the outcome."""
    return len({sign(score) for score in scores if score is not None}) > 1


def mirror_key(moves: list[int]) -> int:
    """The same number for a position and its mirror image, however reached."""
    board = board_after(moves)
    return min(int(board.uid()), int(board.mirror().uid()))


def quotas(total: int) -> Counter[int]:
    """How many positions to take at each ply; later plies make up for the few that the first ones have."""
    few = {0: 1, 1: 4, 2: 12}
    rest = [ply for ply in PLIES if ply not in few]
    share, extra = divmod(total - sum(few.values()), len(rest))
    return Counter(few | {ply: share + (k < extra) for k, ply in enumerate(rest)})


def noisy_game(known: Scores, rng: random.Random, longest: int) -> list[int]:
    """At most `longest` moves of a game by a perfect player that moves at random with a probability of 10 to 50 %."""
    noise = rng.uniform(0.1, 0.5)
    board = board_after([])
    moves: list[int] = []
    while not board.is_game_over() and len(moves) < longest:
        if rng.random() < noise:
            move = rng.choice(board.legal_moves())
        else:
            scores = {c: s for c, s in enumerate(known.of(board)) if s is not None}
            best = max(scores.values())
            move = rng.choice([column for column, score in scores.items() if score == best])
        board.play(move)
        moves.append(move)
    return moves


def random_game(_: Scores, rng: random.Random, longest: int) -> list[int]:
    """At most `longest` moves of a game of uniformly random play."""
    board = board_after([])
    moves: list[int] = []
    while not board.is_game_over() and len(moves) < longest:
        move = rng.choice(board.legal_moves())
        board.play(move)
        moves.append(move)
    return moves


def generate(play: str, total: int, seed: int) -> list[dict[str, Any]]:
    """`total` graded positions (fewer if some ply has too few), by ply."""
    known, rng = Scores(), random.Random(seed)
    game = random_game if play == "random" else noisy_game
    wanted, seen, found, idle = quotas(total), set(), [], 0
    while idle < GIVE_UP_AFTER and (open_plies := [ply for ply in PLIES if wanted[ply] > 0]):
        moves = game(known, rng, open_plies[-1] + 1)
        idle += 1
        last, taken = -LEAST_PLIES_APART, 0
        plies = [ply for ply in open_plies if ply < len(moves)]
        # The latest first: few games are long.
        for ply in sorted(plies, reverse=True):
            if taken == MOST_PER_GAME or abs(ply - last) < LEAST_PLIES_APART:
                continue
            key = mirror_key(moves[:ply])
            if key in seen:
                continue
            scores = known.of(board_after(moves[:ply]))
            if not is_decisive(scores):
                continue
            seen.add(key)
            found.append({"moves": "".join(str(c + 1) for c in moves[:ply]), "scores": scores})
            wanted[ply] -= 1
            last, taken, idle = ply, taken + 1, 0
    return sorted(found, key=lambda line: (len(line["moves"]), line["moves"]))


def main() -> None:
    parser = argparse.ArgumentParser(description="Print graded Connect Four positions, one JSON object a line.")
    parser.add_argument("--play", choices=("random", "noisy"), required=True, help="whose games the positions are from")
    parser.add_argument("--positions", type=int, default=2520)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()
    try:
        for line in generate(arguments.play, arguments.positions, arguments.seed):
            print(json.dumps(line))
    except SolverError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
