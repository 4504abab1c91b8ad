"""Commands that measure speed: `qzero bench engine`, `learner`, `search`, `arena`, `scaling` and `gui`."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from pathlib import Path
from typing import Any

import click

from agent.cli import SettingsCommand, settings_options
from game.errors import UsageError


@click.group(short_help="Measure speed, side by side with other programs.")
def bench() -> None:
    """Measure speed, with peers in the same run where they are installed: pip install 'qzero[bench]'."""


@bench.command(short_help="The rules: moves a second, against OpenSpiel and Pgx.")
@click.argument("games", nargs=-1)
@click.option("--seconds", type=click.FloatRange(0.01, 600), default=1.0, show_default=True, help="Seconds per turn.")
@click.option("--rounds", type=click.IntRange(1, 1000), default=5, show_default=True, help="Turns per engine.")
@click.option("--threads", type=click.IntRange(0, 1024), default=0, help="CPU threads of qzero; 0 is all cores.")
@click.option("--device", default="cpu", show_default=True, help="cpu, or cuda: our rules on a GPU as well.")
@click.option("--compile", "compiled", is_flag=True, help="Add a row: our rules under torch.compile (takes minutes).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def engine(
    games: tuple[str, ...], seconds: float, rounds: int, threads: int, device: str, compiled: bool, as_json: bool
) -> None:
    """Time random play in GAMES (default: the six at their usual size) and the bare engine, as ratios to the peers.

    OpenSpiel and Pgx take part where they are installed and have the game. Takes some 8 minutes with the defaults.
    """
    import torch

    from agent.machine import device_named, keep_freed_memory, set_threads
    from arena.machine import machine, machine_text
    from benchmarks.engine import GAMES, bytes_a_game, measure, players, steppers
    from benchmarks.peers import pgx_bytes_a_game
    from game.registry import make

    names = [make(name).name for name in games] or list(GAMES)
    place = str(device_named(device))
    keep_freed_memory()
    set_threads(threads)
    cores = threads or torch.get_num_threads()
    missing: dict[str, str] = {}
    results: dict[str, Any] = {}
    if not as_json:
        click.echo(f"{machine_text()}\nmedians of {rounds} rounds of {seconds:g} s each\n")
        click.echo(_HEADER)
    for name in names:
        if sys.stderr.isatty():
            click.echo(f"\r\033[K{name}...", err=True, nl=False)
        results[name] = {
            "play": measure(players(name, cores, compiled, missing, place), seconds, rounds),
            "bytes_a_game": {"qzero": bytes_a_game(name), "Pgx": pgx_bytes_a_game(name)},
        }
        alone = steppers(name, cores, missing)
        if alone:
            results[name]["engine_alone"] = measure(alone, seconds, rounds)
        if sys.stderr.isatty():
            click.echo("\r\033[K", err=True, nl=False)
        if not as_json:
            click.echo(_rows(name, results[name]))
    if as_json:
        click.echo(json.dumps({"machine": machine(), "results": results, "left_out": missing}))
        return
    for peer, reason in missing.items():
        advice = "it needs a C++ compiler" if "compiled" in peer else "to compare with it: pip install 'qzero[bench]'"
        click.echo(f"{peer} is left out ({reason}); {advice}")


@bench.command(cls=SettingsCommand, short_help="Training: where time goes, and the overhead over the bare network.")
@click.argument("game", default="connect4")
@click.option("--seconds", type=click.FloatRange(0.01, 600), default=1.0, show_default=True, help="Seconds per turn.")
@click.option("--rounds", type=click.IntRange(1, 1000), default=5, show_default=True, help="Turns each.")
@click.option("--table", is_flag=True, help="Tabulated Q-factors instead of a network.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@settings_options
def learner(game: str, seconds: float, rounds: int, table: bool, as_json: bool, **given: Any) -> None:
    """Train GAME for a moment, with the settings of its preset or those given, and tell where the time goes.

    For a network, the bare network is then timed in turn with the learner, on prepared positions: its forward pass
    against computing Q in self-play, its gradient step against the learner's. Nothing is kept.
    """
    from agent.machine import keep_freed_memory
    from agent.presets import preset
    from agent.run import train
    from arena.machine import machine, machine_text
    from benchmarks.learner import measure

    keep_freed_memory()
    settings = {"moves": 10**12, **{name: value for name, value in given.items() if value is not None}}
    if table:
        settings["q"] = "table"
    config = train.resolved(preset(game, **settings))
    found = measure(config, seconds, rounds)
    if as_json:
        click.echo(json.dumps({"machine": machine(), "game": config.game, "results": found}))
        return
    click.echo(f"{machine_text()}\n{config.game}, {config.threads} threads, medians of {rounds} rounds\n")
    click.echo(f"{found['moves_per_second']:,} moves learned a second")
    click.echo(", ".join(f"{part.replace('_', '-')} {100 * share:.1f} %" for part, share in found["shares"].items()))
    for what, title in (("forward", "forward pass"), ("learning", "learning step")):
        if what in found:
            speed = found[what]
            click.echo(
                f"{title:<14} {speed['positions']:>6,} positions: bare network {speed['bare']:>10,}/s, "
                f"learner {speed['learner']:>10,}/s, {100 * speed['ratio']:.0f} %"
            )


@bench.command(short_help="Search: positions whose moves are valued, a second on one core.")
@click.argument("specs", metavar="[GAME or RUN]...", nargs=-1)
@click.option("--nodes", type=click.IntRange(2, 10**8), default=20_000, show_default=True, help="Nodes per position.")
@click.option("--rounds", type=click.IntRange(1, 1000), default=3, show_default=True, help="Turns each.")
@click.option("--device", default="cpu", show_default=True, help="cpu, or cuda: that of a network on a GPU as well.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def search(specs: tuple[str, ...], nodes: int, rounds: int, device: str, as_json: bool) -> None:
    """Time the search of some positions of random play, on one core (default: five games, with an untrained Q).

    By default also that of a network, for one game and for many at once, and OpenSpiel's in Python with the same one.
    """
    from agent.machine import device_named
    from arena.machine import machine, machine_text
    from benchmarks import tree
    from benchmarks.search import GAMES, leaf_of, measure

    place = str(device_named(device))
    if not as_json:
        click.echo(f"{machine_text()}\nmedians of {rounds} rounds, {nodes:,} nodes a position\n")
        click.echo(f"{'game':<18}{'search':<16}{'nodes/s':>12}{'depth':>8}")
    results = []
    for spec in specs or GAMES:
        results.append(one := measure(leaf_of(spec), nodes, rounds))
        if not as_json:
            click.echo(f"{one['game']:<18}{one['engine']:<16}{one['nodes_per_second']:>12,}{one['depth']:>8.1f}")
    trees = [] if specs else tree.measure(min(nodes, tree.MOST), rounds, place)
    if as_json:
        click.echo(json.dumps({"machine": machine(), "nodes": nodes, "results": results, "network": trees}))
    elif trees:
        click.echo(f"\n{tree.GAME} with an untrained network, {min(nodes, tree.MOST):,} nodes a position\n")
        click.echo(f"{'search':<18}{'games at once':<16}{'nodes/s':>12}")
        for row in trees:
            click.echo(f"{row['search']:<18}{row['games']:<16,}{row['nodes_per_second']:>12,}")


@bench.command(short_help="The window: frames, idling, the answer to the mouse, the first picture.")
@click.argument("games", nargs=-1)
@click.option("--size", metavar="WIDTHxHEIGHT", default="2560x1600", show_default=True, help="Of the window.")
@click.option("--rounds", type=click.IntRange(1, 1000), default=10, show_default=True, help="Moves of each game.")
@click.option(
    "--seconds", type=click.FloatRange(0.1, 600), default=5.0, show_default=True, help="Per turn of the loop."
)
@click.option("--opponent", default="negamax:8", show_default=True, help="The agent that searches meanwhile.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def gui(games: tuple[str, ...], size: str, rounds: int, seconds: float, opponent: str, as_json: bool) -> None:
    """Time the window of GAMES (default: the six at their usual size), without a display.

    Frames are CPU time of painting into memory. A screen that shows 60 a second leaves 16.7 ms for each.
    """
    from arena.gui.look import look_of
    from arena.machine import machine, machine_text
    from benchmarks.gui import GAMES, measure

    report = measure(games or GAMES, look_of(size, None, None).size or (0, 0), rounds, seconds, opponent)
    if as_json:
        click.echo(json.dumps({"machine": machine(), "size": size, "results": report}))
        return
    click.echo(f"{machine_text()}\n{size}, milliseconds a frame: median, slowest of {rounds} moves\n")
    click.echo(f"{'game':<18}{'pointer':>16}{'movement':>16}{'another size':>16}")
    for name, found in report["frames"].items():
        columns = (f"{1000 * one['median']:>9.1f}{1000 * one['slowest']:>7.1f}" for one in found.values())
        click.echo(f"{name:<18}{''.join(columns)}")
    answer = report["answer"]
    click.echo(f"\nidle: {100 * report['idle']:.1f} % of a core")
    click.echo(
        f"mouse to picture while {opponent} searches: {1000 * answer['median']:.0f} ms, "
        f"slowest {1000 * answer['slowest']:.0f} ms of {answer['count']}"
    )
    for command, taken in report["first_picture"].items():
        click.echo(f"first picture of {command}: {taken:.2f} s")


@bench.command(cls=SettingsCommand, short_help="Several processes: how a shared run scales, and would with more.")
@click.argument("game", default="connect4")
@click.option("--ranks", default="1,2,4", show_default=True, help="Numbers of processes, from 1, with commas between.")
@click.option("--generations", type=click.IntRange(1, 10_000), default=8, show_default=True, help="To measure, each.")
@click.option("--warm-up", type=click.IntRange(1, 10_000), default=4, show_default=True, help="Generations before.")
@click.option("--latency", type=click.FloatRange(0, 1e6), default=50.0, show_default=True, help="On paper, in us.")
@click.option("--plot", "picture", type=click.Path(path_type=Path, dir_okay=False), help="Picture to write.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@settings_options
def scaling(
    game: str,
    ranks: str,
    generations: int,
    warm_up: int,
    latency: float,
    picture: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Train GAME for a moment by 1, 2, 4 ranks under torchrun, one thread each, and tell what sharing costs.

    Strong scaling shares the generations of the preset; weak scaling gives every rank as much. A model of time fitted
    to that then says what more ranks would gain, on networks of 1, 10 and 100 Gbit/s. Nothing is kept.
    """
    from agent.presets import preset
    from arena.machine import machine, machine_text
    from benchmarks.scaling import measure, model, plot, table

    counts = sorted({int(n) for n in ranks.split(",")} - {0}) if re.fullmatch(r"1(,[0-9]{1,3})+", ranks) else []
    if len(counts) < 2:
        raise UsageError(f"--ranks {ranks}: expected numbers with commas between, the first of them 1, such as 1,2,4")
    settings = {name: value for name, value in given.items() if value is not None}
    if length := settings.keys() & {"moves", "plan"}:
        raise UsageError(f"--{min(length)} is the length of a whole run: give --generations, which are measured")
    config = preset(game, moves=10**12, **settings)

    def say(text: str) -> None:
        if sys.stderr.isatty():
            click.echo(text, err=True)

    fitted = model.fitted(found := measure.measure(config, counts, warm_up, generations, say))
    rows = table.paper(fitted, latency * 1e-6)
    if picture is not None:
        plot.plot(picture, f"{config.game}, --q {config.q}", found, fitted, latency * 1e-6)
    if as_json:
        shown = {"machine": machine(), "game": config.game, "measured": found, "model": dataclasses.asdict(fitted)}
        click.echo(json.dumps({**shown, "latency": latency * 1e-6, "on_paper": rows}))
        return
    click.echo(f"{machine_text()}\n{config.game}, --q {config.q}, {generations} generations after {warm_up}\n")
    click.echo(f"measured\n{table.measured_table(found)}\n")
    click.echo(
        f"on paper: {1e6 * fitted.compute:.2f} CPU s for a million moves, {1e9 * fitted.overhead:.2f} for a GB sent, "
        f"{latency:g} us to a neighbour; speedup over one rank\n{table.paper_table(rows)}"
    )


@bench.command(short_help="Matches: whole games a second, and how long standings take.")
@click.option("--games", type=click.IntRange(16, 10**6), default=20_000, show_default=True, help="Games in a match.")
@click.option("--rounds", type=click.IntRange(1, 1000), default=3, show_default=True, help="Turns each.")
@click.option("--threads", type=click.IntRange(0, 1024), default=0, help="CPU threads; 0 is all cores.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def arena(games: int, rounds: int, threads: int, as_json: bool) -> None:
    """Time matches of Connect Four: the shipped checkpoint, and networks beside OpenSpiel's loop with the same ones."""
    from agent.machine import keep_freed_memory, set_threads
    from arena.machine import machine, machine_text
    from benchmarks.arena import measure

    keep_freed_memory()
    cores = set_threads(threads)
    found = measure(games, rounds)
    if as_json:
        click.echo(json.dumps({"machine": machine(), "threads": cores, "games": games, "results": found}))
        return
    click.echo(f"{machine_text()}\nConnect Four, {games:,} games, {cores} threads, medians of {rounds} rounds\n")
    click.echo(f"{'':<44}{'games/s':>10}{'moves/s':>12}{'moves a game':>14}")
    for name, title in (
        ("shipped", "shipped against itself"),
        ("networks", "network against network"),
        ("openspiel", "the same networks in OpenSpiel's loop"),
    ):
        if name in found:
            speed = found[name]
            lead = f"   ours moves {speed['ratio']:.0f} x as fast" if "ratio" in speed else ""
            click.echo(
                f"{title:<44}{speed['games_per_second']:>10,.0f}{speed['moves_per_second']:>12,.0f}"
                f"{speed['length']:>14.1f}{lead}"
            )
    rated = found["standings"]
    click.echo(f"\nstandings of {rated['players']} players after {rated['games']:,} games: {rated['seconds']:.2f} s")
    if found["left_out"]:
        click.echo(found["left_out"])


_HEADER = (
    f"{'game':<14}{'what':<14}{'engine':<16}{'loops':>5}{'threads':>8}{'batch':>8}{'bytes/game':>11}{'moves/s':>15}"
    "   qzero is"
)


def _rows(name: str, result: dict[str, Any]) -> str:
    lines = []
    for what, title in (("play", "random play"), ("engine_alone", "engine alone")):
        for row in result.get(what, ()):
            ours = row["engine"].startswith("qzero")
            size = result["bytes_a_game"].get("qzero" if ours else row["engine"]) or ""
            lead = "" if row["engine"] == "qzero" else f"   {row['ratio']:.2f} x as fast"
            lines.append(
                f"{name:<14}{title:<14}{row['engine']:<16}{row['loops']:>5}{row['threads'] or '':>8}{row['batch']:>8}"
                f"{size:>11}{row['steps_per_second']:>15,}{lead}"
            )
    return "\n".join(lines)
