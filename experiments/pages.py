"""One tournament a game of the players that come with qzero and of outside ones, as pages: make pages

    python experiments/pages.py [GAME ...] [--games 20] [--folder pages] [--also 'gtp:"gnugo ..."']

Each game gets GAME.html (standings, cross-table, every game on a board), GAME.csv, GAME.txt (the table) and GAME.db
(the games: repeat the command to go on after a stop, or with more --games). OpenSpiel is left out where it is not
installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from arena.failure import fail, in_words
from arena.players.coming import shipped_games
from arena.players.montecarlo.openspiel import available, spiel_name
from game.errors import UsageError
from game.registry import make

LARGE = ("connect4", "othello", "hex", "breakthrough", "gomoku")


def entrants(game: str) -> list[str]:
    """Who plays: the shipped player with less and with more than its Q, fixed ones, and OpenSpiel's tree search."""
    ours = ["shipped"] if game in shipped_games() else []
    ours += [f"shipped@{option}" for option in ("epsilon=0.1", "exact-ends", "nodes=200") if ours]
    rules = make(game)
    depth = 4 if rules.num_actions <= 16 else 3 if int(rules.legal(rules.initial(1)).sum()) <= 64 else 2
    fixed = ["random", "one-ply", f"negamax:{depth}"]
    theirs = ["mcts:100@openspiel", "mcts:1000@openspiel"] if available() and spiel_name(game) else []
    return [*ours, *fixed, *theirs]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("games", nargs="*", default=list(LARGE), metavar="GAME")
    parser.add_argument("--games", dest="count", type=int, default=20, help="games a pairing [20]")
    parser.add_argument("--folder", type=Path, default=Path("pages"))
    parser.add_argument("--also", action="append", default=[], metavar="PLAYER", help="enter this one, too")
    parser.add_argument("--without", action="append", default=[], metavar="PLAYER", help="leave this one out")
    given = parser.parse_args()
    for game in given.games:
        make(game)  # before any other is played
    unknown = sorted(set(given.without) - {one for game in given.games for one in (*entrants(game), *given.also)})
    if unknown:
        playing = ", ".join(entrants(given.games[0]))
        raise UsageError(f"--without {unknown[0]}: nobody of that name plays; leave out one of {playing}")
    given.folder.mkdir(parents=True, exist_ok=True)
    os.nice(5)
    if not available():
        print("OpenSpiel is left out: pip install 'qzero[bench]'", file=sys.stderr)
    for game in given.games:
        players = [one for one in entrants(game) if one not in given.without] + given.also
        base = given.folder / game.replace(":", "-")
        files = ["--file", f"{base}.db", "--html", f"{base}.html", "--csv", f"{base}.csv"]
        command = ["tournament", *players, "--game", game, "--games", str(given.count), "--anchor", "random=0", *files]
        done = subprocess.run(
            [sys.executable, "-m", "arena.console", *command], check=False, stdout=subprocess.PIPE, text=True
        )
        if done.returncode:
            return done.returncode
        Path(f"{base}.txt").write_text(done.stdout, encoding="utf-8")
        print(f"{game}\n{done.stdout}{base}.html\n")
    return 0


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except (Exception, KeyboardInterrupt) as error:
        if (told := in_words(error)) is None:
            raise
        fail(*told)
