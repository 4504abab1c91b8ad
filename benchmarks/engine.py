"""Uniformly random play: how many moves a second our rules make, beside OpenSpiel's and Pgx's, in the same run.

    python -m benchmarks.engine [--games tictactoe connect4] [--seconds 2] [--rounds 5] [--threads N] [--json]

Every step is a legal move drawn uniformly in an unfinished game; finished games start again at once. Ours and the peers
take turns, so that whatever else the machine does disturbs all alike, each at the batch size (and ours on the number
of threads, one or all: more can be slower on a busy machine) that served it best in a trial before. OpenSpiel is driven
by the loop its users write in Python, one game at a time. Pgx runs whole inside one compiled scan with its auto-reset
wrapper, with the same way of drawing moves as ours.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from game import make, names
from game.play import sample_uniform

OURS = "qzero"
OUR_BATCHES = (4096, 8192, 16384, 32768, 65536, 131072)
PGX_BATCHES = (256, 1024, 4096, 16384)
OPEN_SPIEL_NAMES = {"tictactoe": "tic_tac_toe", "connect4": "connect_four"}
PGX_NAMES = {"tictactoe": "tic_tac_toe", "connect4": "connect_four"}
PACKAGES = ("torch", "open_spiel", "pgx", "jax", "jaxlib", "numpy")

Run = Callable[[float], float]  # play for about so many seconds: moves a second


class Contestant(NamedTuple):
    """One engine at one batch size, on so many threads (None: its own affair)."""

    engine: str
    batch: int
    threads: int | None
    run: Run


def steps_per_second(steps_of_a_chunk: int, play_chunk: Callable[[], None], seconds: float) -> float:
    """Call `play_chunk` for `seconds`, after one call to warm up."""
    play_chunk()
    chunks, start = 0, time.perf_counter()
    while True:
        play_chunk()
        chunks += 1
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return chunks * steps_of_a_chunk / elapsed


def ours(name: str, batch: int, threads: int) -> Run:
    game = make(name)
    generator = torch.Generator().manual_seed(0)
    fresh = game.initial(batch)
    state = fresh
    iterations = max(1, (1 << 18) // batch)

    def play_chunk() -> None:
        nonlocal state
        for _ in range(iterations):
            state = game.step(state, sample_uniform(game.legal(state), generator))
            state = type(state).where(state.done, fresh, state)

    def run(seconds: float) -> float:
        torch.set_num_threads(threads)
        with torch.inference_mode():
            return steps_per_second(iterations * batch, play_chunk, seconds)

    return run


def open_spiel(name: str) -> Run:
    import pyspiel

    game = pyspiel.load_game(OPEN_SPIEL_NAMES[name])
    state = game.new_initial_state()
    choice = random.Random(0).choice
    steps = 10_000

    def play_chunk() -> None:
        nonlocal state
        for _ in range(steps):
            state.apply_action(choice(state.legal_actions()))
            if state.is_terminal():
                state = game.new_initial_state()

    return lambda seconds: steps_per_second(steps, play_chunk, seconds)


def pgx(name: str, batch: int) -> Run:
    import jax
    import jax.numpy as jnp
    import pgx as pgx_games
    from pgx.experimental import auto_reset

    env = pgx_games.make(PGX_NAMES[name])
    step = jax.vmap(auto_reset(env.step, env.init))
    iterations = max(1, (1 << 18) // batch)

    def one_ply(state: Any, key: Any) -> tuple[Any, None]:
        draw_key, reset_key = jax.random.split(key)
        running = jnp.cumsum(state.legal_action_mask, axis=1, dtype=jnp.int32)
        passed_over = (jax.random.uniform(draw_key, (batch, 1)) * running[:, -1:]).astype(jnp.int32)
        action = (running <= passed_over).sum(1)
        return step(state, action, jax.random.split(reset_key, batch)), None

    def plies(state: Any, key: Any) -> tuple[Any, Any]:
        key, used = jax.random.split(key)
        return jax.lax.scan(one_ply, state, jax.random.split(used, iterations))[0], key

    chunk = jax.jit(plies)
    key = jax.random.PRNGKey(0)
    state = jax.jit(jax.vmap(env.init))(jax.random.split(key, batch))

    def play_chunk() -> None:
        nonlocal state, key
        state, key = chunk(state, key)
        jax.block_until_ready(state)

    return lambda seconds: steps_per_second(iterations * batch, play_chunk, seconds)


def contestants(name: str, threads: Sequence[int], missing: dict[str, str]) -> list[Contestant]:
    """All engines that are installed, at all their batch sizes; those that are not go to `missing`, with the reason."""
    found = [Contestant(OURS, batch, n, ours(name, batch, n)) for n in threads for batch in OUR_BATCHES]
    try:
        found.append(Contestant("OpenSpiel", 1, None, open_spiel(name)))
    except ImportError as error:
        missing["OpenSpiel"] = str(error)
    try:
        found += [Contestant("Pgx", batch, None, pgx(name, batch)) for batch in PGX_BATCHES]
    except ImportError as error:
        missing["Pgx"] = str(error)
    return found


def best_of_each(entered: Sequence[Contestant], seconds: float) -> list[Contestant]:
    """For each engine the contestant that was fastest in a trial of two turns each."""
    speeds: dict[Contestant, float] = {}
    for _ in range(2):
        for contestant in entered:
            speeds[contestant] = max(speeds.get(contestant, 0.0), contestant.run(seconds))
    engines = dict.fromkeys(contestant.engine for contestant in entered)
    return [max((c for c in entered if c.engine == engine), key=lambda c: speeds[c]) for engine in engines]


def measure(name: str, seconds: float, rounds: int, threads: Sequence[int], missing: dict[str, str]) -> dict[str, Any]:
    """Median moves a second of each engine in one game, and our lead: the median over rounds of the ratio."""
    chosen = best_of_each(contestants(name, threads, missing), min(seconds, 0.4))
    speeds: dict[str, list[float]] = {contestant.engine: [] for contestant in chosen}
    for _ in range(rounds):
        for contestant in chosen:
            speeds[contestant.engine].append(contestant.run(seconds))
    return {
        "batch": {contestant.engine: contestant.batch for contestant in chosen},
        "threads": {contestant.engine: contestant.threads for contestant in chosen if contestant.threads},
        "steps_per_second": {engine: round(statistics.median(values)) for engine, values in speeds.items()},
        "ratio": {
            engine: round(statistics.median(a / b for a, b in zip(speeds[OURS], values, strict=True)), 2)
            for engine, values in speeds.items()
            if engine != OURS
        },
        "rounds": {engine: [round(value) for value in values] for engine, values in speeds.items()},
    }


def machine() -> dict[str, Any]:
    """What the numbers depend on."""
    return {
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {package: version(package) for package in PACKAGES},
    }


def cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def table(results: dict[str, Any]) -> str:
    """The medians and ratios for people."""
    lines = [f"{'game':<12}{'engine':<12}{'threads':>8}{'batch':>8}{'steps/s':>14}   qzero is"]
    for name, result in results.items():
        for engine, speed in result["steps_per_second"].items():
            lead = "" if engine == OURS else f"   {result['ratio'][engine]:.2f} x as fast"
            threads = result["threads"].get(engine, "")
            lines.append(f"{name:<12}{engine:<12}{threads:>8}{result['batch'][engine]:>8}{speed:>14,}{lead}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=(__doc__ or "").splitlines()[0])
    playable = [name for name in names() if name in OPEN_SPIEL_NAMES]
    parser.add_argument("--games", nargs="+", choices=playable, default=playable, help="the games to play")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one turn of one engine (default 2)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each engine (default 5)")
    parser.add_argument("--threads", type=int, default=0, help="threads of qzero; 0 tries one and all (default)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args(arguments)
    if options.seconds <= 0 or options.rounds < 1 or options.threads < 0:
        parser.error("--seconds must be above 0, --rounds at least 1 and --threads at least 0")
    threads = [options.threads] if options.threads else sorted({1, torch.get_num_threads()})

    missing: dict[str, str] = {}
    results = {name: measure(name, options.seconds, options.rounds, threads, missing) for name in options.games}
    facts = machine()
    if options.json:
        print(json.dumps({"machine": facts, "results": results, "left_out": missing}, indent=2))
        return
    versions = ", ".join(f"{package} {number}" for package, number in facts["versions"].items() if number)
    print(f"{facts['cpu']}, {facts['cores']} cores, {facts['system']}")
    print(f"Python {facts['python']}, {versions}")
    print(f"medians of {options.rounds} rounds of {options.seconds:g} s each\n")
    print(table(results))
    for peer, reason in missing.items():
        print(f"\n{peer} is left out ({reason}). To compare with it: pip install 'qzero[bench]'")


if __name__ == "__main__":
    main()
