"""Our engine beside OpenSpiel and Pgx, in one run: moves a second in uniformly random play, and of the engine alone.

Every move is a legal one, drawn uniformly, in an unfinished game; finished games start again at once. Ours and peers
take turns, so that whatever else the machine does disturbs all alike, each at the batch size (and ours on the number
of threads, one or all) that served it best in a trial before. OpenSpiel is driven by the loop that its users write in
Python, one game at a time. Pgx runs whole inside one compiled scan with its auto-reset wrapper, drawing moves as ours.

"engine alone" leaves the drawing of moves out: recorded random moves are made again. Ours then is legal, step, observe
and the start of new games; Pgx's is its step, which makes mask and observation too.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from benchmarks.peers import OPEN_SPIEL, PGX, PeerMissingError, open_spiel_play, pgx_play, pgx_steps
from game import make
from game.core import State, field_names
from game.play import sample_uniform

OURS, COMPILED, CUDA = "qzero", "qzero compiled", "qzero cuda"
GAMES = ("tictactoe", "connect4", "othello", "hex", "breakthrough", "gomoku")
BATCHES = (4096, 8192, 16384, 32768, 65536, 131072)
CUDA_BATCHES = (1 << 17, 1 << 19, 1 << 21)
PGX_BATCHES = (256, 1024, 4096, 16384)
RECORDED_PLIES = 8

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


def our_play(name: str, batch: int, threads: int, device: str = "cpu", compiled: bool = False) -> Run:
    """Random play by our rules."""
    game = make(name)
    fresh = game.initial(batch, device)
    state = fresh
    generator = None if compiled else torch.Generator(device).manual_seed(0)
    iterations = max(1, min(64, (1 << 18) // batch))

    def ply(state: State) -> State:
        state = game.step(state, sample_uniform(game.legal(state), generator))
        return type(state).where(state.done, fresh, state)

    if compiled:
        ply = torch.compile(ply, dynamic=False)

    def play_chunk() -> None:
        nonlocal state
        for _ in range(iterations):
            state = ply(state)
        if device != "cpu":
            torch.cuda.synchronize()

    return _on_threads(threads, iterations * batch, play_chunk)


def our_steps(name: str, batch: int, threads: int) -> Run:
    """legal, step, observe and new games by our rules, over recorded moves of random play."""
    game = make(name)
    fresh = game.initial(batch)
    generator = torch.Generator().manual_seed(0)
    state = fresh
    recorded: list[tuple[State, Tensor]] = []
    with torch.inference_mode():
        for ply in range(game.max_plies // 2 + RECORDED_PLIES):
            action = sample_uniform(game.legal(state), generator)
            if ply >= game.max_plies // 2:
                recorded.append((state, action))
            state = game.step(state, action)
            state = type(state).where(state.done, fresh, state)

    def play_chunk() -> None:
        for state, action in recorded:
            game.legal(state)
            after = game.step(state, action)
            game.observe(after, torch.uint8)
            type(after).where(after.done, fresh, after)

    return _on_threads(threads, RECORDED_PLIES * batch, play_chunk)


def _on_threads(threads: int, steps_of_a_chunk: int, play_chunk: Callable[[], None]) -> Run:
    def run(seconds: float) -> float:
        torch.set_num_threads(threads)
        with torch.inference_mode():
            return steps_per_second(steps_of_a_chunk, play_chunk, seconds)

    return run


def bytes_a_game(name: str) -> int:
    """The memory that one game of a batch takes."""
    state = make(name).initial(1)
    return sum(getattr(state, field).nbytes for field in field_names(type(state)))


def players(name: str, threads: Sequence[int], compiled: bool, missing: dict[str, str]) -> list[Contestant]:
    """All engines that can play `name` here, at all their batch sizes; why others cannot goes to `missing`."""
    found = [Contestant(OURS, batch, n, our_play(name, batch, n)) for n in threads for batch in BATCHES]
    if compiled:
        try:
            batch = 16384
            run = our_play(name, batch, max(threads), compiled=True)
            run(0.1)
            found.append(Contestant(COMPILED, batch, max(threads), run))
        except Exception as error:  # the compiler fails in ways of its own
            reason = str(error).strip().splitlines()
            missing[COMPILED] = reason[0][:200] if reason else type(error).__name__
    if torch.cuda.is_available():
        found += [Contestant(CUDA, batch, 1, our_play(name, batch, 1, "cuda")) for batch in CUDA_BATCHES]
    if name in OPEN_SPIEL:
        try:
            steps, play_chunk = open_spiel_play(name, random.Random(0))
            found.append(Contestant("OpenSpiel", 1, None, lambda s: steps_per_second(steps, play_chunk, s)))
        except PeerMissingError as error:
            missing["OpenSpiel"] = str(error)
    return found + _pgx(name, pgx_play, missing)


def steppers(name: str, threads: Sequence[int], missing: dict[str, str]) -> list[Contestant]:
    """Ours and Pgx without the drawing of moves; none of ours where Pgx has no such game."""
    peers = _pgx(name, pgx_steps, missing)
    if not peers:
        return []
    return [Contestant(OURS, batch, n, our_steps(name, batch, n)) for n in threads for batch in BATCHES] + peers


def _pgx(name: str, make_chunk: Callable[..., Any], missing: dict[str, str]) -> list[Contestant]:
    if name not in PGX:
        return []
    found = []
    try:
        for batch in PGX_BATCHES:
            steps, play_chunk = make_chunk(name, batch)
            run = _repeated(steps, play_chunk)
            found.append(Contestant("Pgx", batch, None, run))
    except PeerMissingError as error:
        missing["Pgx"] = str(error)
    return found


def _repeated(steps: int, play_chunk: Callable[[], None]) -> Run:
    return lambda seconds: steps_per_second(steps, play_chunk, seconds)


def best_of_each(entered: Sequence[Contestant], seconds: float) -> list[Contestant]:
    """For each engine the contestant that was fastest in a trial of two turns each."""
    speeds: dict[Contestant, float] = {}
    for _ in range(2):
        for contestant in entered:
            speeds[contestant] = max(speeds.get(contestant, 0.0), contestant.run(seconds))
    engines = dict.fromkeys(contestant.engine for contestant in entered)
    return [max((c for c in entered if c.engine == engine), key=lambda c: speeds[c]) for engine in engines]


def measure(entered: Sequence[Contestant], seconds: float, rounds: int) -> list[dict[str, Any]]:
    """One line an engine: its median moves a second, and our lead, the median over rounds of the ratio."""
    chosen = best_of_each(entered, min(seconds, 0.3))
    speeds: dict[str, list[float]] = {contestant.engine: [] for contestant in chosen}
    for _ in range(rounds):
        for contestant in chosen:
            speeds[contestant.engine].append(contestant.run(seconds))
    return [
        {
            "engine": engine,
            "batch": batch,
            "threads": threads,
            "steps_per_second": round(statistics.median(speeds[engine])),
            "ratio": round(statistics.median(a / b for a, b in zip(speeds[OURS], speeds[engine], strict=True)), 2),
            "rounds": [round(value) for value in speeds[engine]],
        }
        for engine, batch, threads, _ in chosen
    ]
