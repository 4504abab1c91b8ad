"""The command `qzero players`."""

from __future__ import annotations

import json

import click

# What is written, and who plays then. Options follow a player, and each other.
PLAYERS = (
    ("random", "uniformly at random"),
    ("one-ply", "takes a win, else avoids moves that leave the opponent a win in one"),
    ("negamax:DEPTH", "forced wins and losses within so many plies, at random among the rest"),
    ("mcts:N", "tree search with N random rollouts a move"),
    ("mcts:N@openspiel", "the same by OpenSpiel (extra 'bench')"),
    ("perfect", "Connect Four without mistakes, by a solver (extra 'solver')"),
    ("shipped", "the checkpoint that comes with qzero, greedy on its Q"),
    ("level:N", "one of the measured levels of a game, see qzero levels"),
    ("RUN", "a run folder or a model.safetensors file, greedy on its Q"),
    ("RUN@50%", "what a run had learned half-way (train --keep)"),
    ("RUN@best", "the best model of a run (train --gate)"),
    ('gtp:"COMMAND"', "an outside engine that speaks GTP 2"),
    ('piskvork:"COMMAND"', "an outside engine that speaks Gomocup's protocol"),
    ("human", "you, in play"),
)
OPTIONS = (
    ("PLAYER@nodes=N", "searches, valuing the moves of at most N positions a move"),
    ("PLAYER@seconds=S", "searches for S seconds a move"),
    ("PLAYER@exact-ends", "sees moves that end the game, and replies that win at once"),
    ("PLAYER@temperature=T", "draws moves from the Boltzmann distribution over Q"),
    ("PLAYER@epsilon=E", "moves at random by chance E"),
)


@click.command(short_help="List who can play.")
@click.argument("game_name", metavar="[GAME]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def players(game_name: str | None, as_json: bool) -> None:
    """List the players that every command takes, and the checkpoints of GAME (default: of all games) that there are."""
    from arena.players.coming import learned_on, shipped_games
    from game.registry import make

    shipped = shipped_games()
    runs: list[str] = []
    if game_name is not None:
        from arena.players.runs import runs_of

        game = make(game_name).name
        shipped = [name for name in shipped if name == learned_on(game)]
        runs = [str(run.folder) for run in runs_of(game)]
    if as_json:
        told = {"players": dict(PLAYERS), "options": dict(OPTIONS), "shipped": shipped}
        click.echo(json.dumps(told | ({} if game_name is None else {"runs": runs})))
        return
    width = max(len(name) for name, _ in PLAYERS + OPTIONS)
    for rows in (PLAYERS, OPTIONS):
        for name, what in rows:
            click.echo(f"{name:<{width}}  {what}")
        click.echo()
    click.echo(f"{'shipped with qzero':<{width}}  {', '.join(shipped) or 'none'}")
    if game_name is not None:
        click.echo(f"{'runs here':<{width}}  {', '.join(runs) or 'none'}")
