"""Make a set of graded Connect Four positions with a perfect solver: `python -m arena.truth.graded_set --help`.

Needs the extra `solver` (bitbully by M. Thill, AGPL, a separate program and not part of qzero). Each line is
`{"moves": "44455", "scores": [-3, null, 0, 2, 1, -1, -2]}`: Pons' digits and, for each column, the score of moving
there for the side to move, null where it is full. The sign of a score is the outcome under perfect play, its size how
soon: (stones the winner has left, the last one counted) as in https://blog.gamesolver.org.

Kept are positions whose legal moves differ in outcome, each once up to mirroring. The first sets have equally many of
each ply 0-35, as far as there are so many. In about 60 % of them the mover wins at once, which says little of a player
that sees wins in one. The hard sets (`--hard`) have none of these, and each ply as often as games have it. A third of
the hard positions, drawn at random, is held out: to be looked at once, at the end. The sets in arena/data were made by

    cd arena/data
    python -m arena.truth.graded_set --play random --positions 2520 --seed 1 > connect4_random.jsonl
    python -m arena.truth.graded_set --play noisy --positions 2520 --seed 2 > connect4_noisy.jsonl
    FIRST="--apart connect4_random.jsonl --apart connect4_noisy.jsonl --apart connect4_watch.jsonl"
    python -m arena.truth.graded_set --play random --hard --positions 1500 --seed 3 $FIRST \\
        --held-out connect4_held_out_random.jsonl > connect4_hard_random.jsonl
    python -m arena.truth.graded_set --play noisy --hard --positions 1200 --seed 4 $FIRST \\
        --apart connect4_hard_random.jsonl --apart connect4_held_out_random.jsonl \\
        --held-out connect4_held_out_noisy.jsonl > connect4_hard_noisy.jsonl

Nothing may train on them or be tuned by them: for that, make others with other seeds and `--apart` from these.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from arena.truth.bitbully import FULL, SolverError, board_scores, load

PLIES = range(36)
MOST_PER_GAME = 3
LEAST_PLIES_APART = 6
CELLS = 42
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


def wins_at_once(scores: list[int | None], ply: int) -> bool:
    """Whether the mover has a move that ends the game with a win."""
    return (CELLS + 1 - ply) // 2 in scores


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


def evenly(play: str, total: int, seed: int) -> list[dict[str, Any]]:
    """`total` graded positions (fewer if some ply has too few), equally many of each ply, by ply."""
    known, rng = Scores(), random.Random(seed)
    game = GAMES[play]
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
            found.append(_line(moves[:ply], scores))
            wanted[ply] -= 1
            last, taken, idle = ply, taken + 1, 0
    return sorted(found, key=_order)


def hard(play: str, total: int, seed: int, apart: Iterable[int] = ()) -> list[dict[str, Any]]:
    """`total` graded positions without a win at once, in random order, from moves of games that are drawn uniformly.

    apart: `mirror_key`s of positions to leave out.
    """
    known, rng, seen = Scores(), random.Random(seed), set(apart)
    found: list[dict[str, Any]] = []
    while len(found) < total:
        moves = GAMES[play](known, rng, CELLS)
        taken: list[int] = []
        for ply in rng.sample(range(len(moves)), min(MOST_PER_GAME, len(moves))):
            key = mirror_key(moves[:ply])
            if key in seen or any(abs(ply - other) < LEAST_PLIES_APART for other in taken):
                continue
            scores = known.of(board_after(moves[:ply]))
            if is_decisive(scores) and not wins_at_once(scores, ply):
                seen.add(key)
                taken.append(ply)
                found.append(_line(moves[:ply], scores))
    rng.shuffle(found)
    return found[:total]


GAMES = {"random": random_game, "noisy": noisy_game}


def _line(moves: list[int], scores: list[int | None]) -> dict[str, Any]:
    return {"moves": "".join(str(c + 1) for c in moves), "scores": scores}


def _order(line: dict[str, Any]) -> tuple[int, str]:
    return len(line["moves"]), line["moves"]


def _text(lines: list[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(line)}\n" for line in sorted(lines, key=_order))


def _keys(path: Path) -> set[int]:
    """The `mirror_key`s of a file of graded positions."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {mirror_key([int(digit) - 1 for digit in line["moves"]]) for line in lines}


def main() -> None:
    parser = argparse.ArgumentParser(description="Print graded Connect Four positions, one JSON object a line.")
    parser.add_argument("--play", choices=tuple(GAMES), required=True, help="whose games the positions are from")
    parser.add_argument("--positions", type=int, default=2520)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--hard", action="store_true", help="no win at once, and plies as often as in games")
    parser.add_argument("--apart", type=Path, action="append", default=[], help="file whose positions are left out")
    parser.add_argument("--held-out", type=Path, help="write a random third of the positions there instead")
    arguments = parser.parse_args()
    if not arguments.hard and (arguments.apart or arguments.held_out):
        parser.error("--apart and --held-out go with --hard")
    try:
        if arguments.hard:
            apart = set().union(*map(_keys, arguments.apart))
            lines = hard(arguments.play, arguments.positions, arguments.seed, apart)
        else:
            lines = evenly(arguments.play, arguments.positions, arguments.seed)
    except SolverError as error:
        sys.exit(str(error))
    if arguments.held_out:
        third = len(lines) // 3
        arguments.held_out.write_text(_text(lines[:third]))
        lines = lines[third:]
    sys.stdout.write(_text(lines))


if __name__ == "__main__":
    main()
