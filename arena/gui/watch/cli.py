"""The command `qzero watch`."""

from __future__ import annotations

from pathlib import Path

import click

from game.errors import UsageError


@click.command(short_help="Watch two players, a training run as it goes, or the games of a tournament.")
@click.argument("what", nargs=-1, required=True, metavar="A B | RUN | FILE")
@click.option("--game", "game_name", help="What A and B play [that of a checkpoint, else connect4].")
@click.option("--opening-plies", type=click.IntRange(0), help="Random moves before A and B take over [as few as vary].")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
def watch(what: tuple[str, ...], game_name: str | None, opening_plies: int | None, seed: int) -> None:
    """Watch in a window.

    A B: two players live, one game after the other with the seats swapped, and what each of them thinks.

    RUN: the folder of a training run, which may still go on: games of its newest checkpoint against itself, its
    strength and speed, and what it thinks of the opening, now and an hour ago. The run does not notice.

    FILE: the games of a tournament, to step through and analyse.
    """
    from arena.gui import need_pygame

    if len(what) > 2:
        raise UsageError("watch takes two players, a run folder, or the file of a tournament")
    if len(what) == 1 and game_name is not None:
        raise UsageError("--game is for two players: a run and a tournament know their game")
    if len(what) == 1 and not Path(what[0]).exists():
        raise UsageError(
            f"there is no {what[0]}: give the folder of a run, the file of a tournament, or two players, such as "
            "qzero watch shipped level:3 --game connect4"
        )
    need_pygame()
    from arena.gui.watch import opening

    if len(what) == 1:
        path = Path(what[0])
        (opening.run_folder if path.is_dir() else opening.run_games)(path)
        return
    from arena.players.specs import game_of
    from game.registry import make

    specs = (what[0], what[1])
    opening.run_match(make(game_name or game_of(list(specs)) or "connect4"), specs, seed, opening_plies)
