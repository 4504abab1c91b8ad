"""Strength against the time a move of the players that come with qzero: the picture of docs/search.md

    python experiments/search_strength.py [GAME ...] [--games 20] [--nodes 4,16,...] [--folder strength-of-search]

Each game is a tournament of `shipped` and of `shipped@nodes=N`, rated with `shipped` at 0 Elo. The time a move is the
mean over a game of the player against itself, on one core. FOLDER/GAME.db has the games: repeat the command to go on
after a stop, or with more --games. FOLDER gets search.png, and the numbers go to stdout.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch

from agent.search.budget import Budget
from agent.search.search_q import SearchQ
from arena.failure import fail, in_words
from arena.players.coming import shipped_games
from arena.players.specs import player
from game.errors import QzeroError, UsageError
from game.registry import make

LARGE = ("othello", "breakthrough", "gomoku", "hex", "connect4")
NODES = "4,16,64,256,1024,4096"
COLOURS = ("#b4451f", "#2f6f4f", "#3a5f9e", "#8a7a1e", "#7a3f86")


def seconds_a_move(game: str, nodes: int) -> float:
    """The mean over one game against itself, on one core; 1 node is the bare Q."""
    rules = make(game)
    search, state = SearchQ(player("shipped", rules).q_function, Budget(nodes=nodes)), rules.initial(1)
    search.q(state)  # compiles, or loads what was compiled
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    began, moves = time.perf_counter(), 0
    while not bool(state.done):
        state, moves = rules.step(state, search.q(state).argmax(1)), moves + 1
    torch.set_num_threads(threads)
    return (time.perf_counter() - began) / moves


def measured(game: str, nodes: list[int], games: int, folder: Path) -> list[dict[str, Any]]:
    """Elo over `shipped`, its 95 % interval and the seconds a move, of each number of nodes."""
    names = ["shipped", *(f"shipped@nodes={many}" for many in nodes)]
    command = ["tournament", *names, "--game", game, "--games", str(games), "--anchor", "shipped=0"]
    file = folder / f"{game.replace(':', '-')}.db"
    done = subprocess.run(
        [sys.executable, "-m", "arena.console", *command, "--file", str(file), "--json"],
        check=False, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.returncode)  # and the tournament has said why
    rated = {row["name"]: row for row in json.loads(done.stdout)["players"]}
    found = []
    for name, many in zip(names, [1, *nodes], strict=True):
        row = {key: rated[name][key] for key in ("elo", "low", "high")}
        found.append({"game": game, "nodes": many, "seconds": seconds_a_move(game, many), **row})
        print(told(found[-1]), flush=True)
    return found


def told(row: dict[str, Any]) -> str:
    """A row of a table in Markdown."""
    known = row["nodes"] > 1 and row["low"] is not None  # a few games tell no interval
    interval = f" ({row['low']:+.0f} to {row['high']:+.0f})" if known else ""
    return f"| `{row['game']}` | {row['nodes']:,} | {1000 * row['seconds']:.2f} ms | {row['elo']:+.0f}{interval} |"


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise QzeroError("the picture needs matplotlib: pip install 'qzero[plots]'") from None
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    for number, game in enumerate(dict.fromkeys(row["game"] for row in rows)):
        mine = [row for row in rows if row["game"] == game]
        ends = [[0.0 if row[end] is None else abs(row[end] - row["elo"]) for row in mine] for end in ("low", "high")]
        axes.errorbar(
            [1000 * row["seconds"] for row in mine], [row["elo"] for row in mine], yerr=ends, marker="o", capsize=3,
            color=COLOURS[number % len(COLOURS)], label=game,
        )  # fmt: skip
    axes.set(xscale="log", xlabel="milliseconds a move, one core", ylabel="Elo over the same player without search")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=110)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("games", nargs="*", default=list(LARGE), metavar="GAME")
    parser.add_argument("--games", dest="count", type=int, default=20, help="games a pairing [20]")
    parser.add_argument("--nodes", default=NODES, help=f"nodes a move, besides none [{NODES}]")
    parser.add_argument("--folder", type=Path, default=Path("strength-of-search"))
    given = parser.parse_args()
    for game in given.games:
        make(game)  # which tells of names that are none
        if game not in shipped_games():
            raise UsageError(f"no player of {game} comes with qzero; choose from {', '.join(LARGE)}")
    if not all(many.isdecimal() and int(many) > 1 for many in given.nodes.split(",")):
        raise UsageError(f"--nodes {given.nodes}: give whole numbers from 2 on, such as {NODES}")
    given.folder.mkdir(parents=True, exist_ok=True)
    nodes = [int(many) for many in given.nodes.split(",")]
    rows = [row for game in given.games for row in measured(game, nodes, given.count, given.folder)]
    draw(rows, given.folder / "search.png")
    return 0


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except (Exception, KeyboardInterrupt) as error:
        if (told_of := in_words(error)) is None:
            raise
        fail(*told_of)
