"""Our engine beside OpenSpiel and Pgx in one run: moves per second of uniformly random play, and of the engine alone.

Every move is legal, drawn uniformly, in an unfinished game; finished games restart at once. Ours and the peers take
turns, so that other load on the machine disturbs all alike. Each runs the way that was fastest for it in a trial: its
batch size, and either one loop on all cores or one loop with its own batch per core. OpenSpiel is driven one game at a
time by the loop that its users write in Python. Pgx runs entirely inside one compiled scan with its auto-reset wrapper
and draws moves as ours does.

"engine alone" leaves out the drawing of moves: recorded random moves are replayed. Ours then consists of legal, step,
observe and the start of new games; Pgx's of its step, which also computes mask and observation.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from agent.network.fixed.launch import recorded
from arena.players.montecarlo import openspiel
from benchmarks.peers import (
    PGX,
    Chunk,
    PeerMissingError,
    open_spiel_play,
    pgx_play,
    pgx_steps,
)
from game import make
from game.core import State, field_names
from game.play import sample_uniform

OURS, COMPILED, CUDA = "qzero", "qzero compiled", "qzero cuda"
FEW, GRAPH, CUDA_COMPILED = "cuda, few games", "cuda graph, few", "cuda compiled"
GAMES = ("tictactoe", "connect4", "othello", "hex", "breakthrough", "gomoku")
BATCHES = (4096, 8192, 16384, 32768, 65536, 131072)
CUDA_BATCHES = (1 << 17, 1 << 19, 1 << 21)
FEW_GAMES = 1 << 13  # as in training: a GPU then waits for Python to start each operation
PGX_BATCHES = (256, 1024, 4096, 16384)
RECORDED_PLIES = 8


class Contestant(NamedTuple):
    """One engine in one way of running it.

    loops:   Python threads that play at the same time, each a batch of its own.
    threads: torch threads of each loop; None: the engine's own affair.
    make:    begins one loop.
    """

    engine: str
    batch: int
    loops: int
    threads: int | None
    make: Callable[[], Chunk]


class Entry:
    """A running contestant; what it needs is created at its first turn and kept."""

    def __init__(self, contestant: Contestant) -> None:
        self.contestant = contestant
        self._chunks: list[Chunk] = []

    def steps_per_second(self, seconds: float) -> float:
        """Moves a second in a turn of `seconds`, after one chunk each to warm up."""
        if not self._chunks:
            self._chunks = [self.contestant.make() for _ in range(self.contestant.loops)]
        if len(self._chunks) == 1:
            return self._loop(self._chunks[0], seconds)
        with ThreadPoolExecutor(len(self._chunks)) as pool:
            return sum(pool.map(self._loop, self._chunks, [seconds] * len(self._chunks)))

    def _loop(self, chunk: Chunk, seconds: float) -> float:
        steps, play_chunk = chunk
        if self.contestant.threads:
            torch.set_num_threads(self.contestant.threads)
        with torch.inference_mode():
            play_chunk()
            chunks, start = 0, time.perf_counter()
            while (elapsed := time.perf_counter() - start) < seconds or not chunks:
                play_chunk()
                chunks += 1
        return chunks * steps / elapsed


def our_play(name: str, batch: int, device: str = "cpu", compiled: bool = False, graph: bool = False) -> Chunk:
    """Random play by our rules; `graph`: each ply is one CUDA graph on a GPU."""
    game = make(name)
    fresh = game.initial(batch, device)
    state = fresh[:]
    generator = None if compiled or graph else torch.Generator(device).manual_seed(0)
    iterations = max(1, min(64, (1 << 18) // batch))

    def ply(state: State) -> State:
        state = game.step(state, sample_uniform(game.legal(state), generator))
        return type(state).where(state.done, fresh, state)

    if compiled:
        ply = torch.compile(ply, dynamic=False)
    if graph:
        state = type(state).cat([state])
        fields = [getattr(state, field) for field in field_names(type(state))]

        def ply_in_place() -> None:
            after = ply(state)
            for field, name in zip(fields, field_names(type(state)), strict=True):
                field.copy_(getattr(after, name))

        replay = recorded(ply_in_place, fields, torch.device(device))

    def play_chunk() -> None:
        nonlocal state
        for _ in range(iterations):
            if graph:
                replay()
            else:
                state = ply(state)
        if device != "cpu":
            torch.cuda.synchronize()

    return iterations * batch, play_chunk


def our_steps(name: str, batch: int) -> Chunk:
    """legal, step, observe and new games by our rules, over recorded moves of random play."""
    game = make(name)
    fresh = game.initial(batch)
    generator = torch.Generator().manual_seed(0)
    state = fresh
    recorded: list[tuple[State, Tensor]] = []
    half = game.max_plies // 2
    with torch.inference_mode():
        for ply in range(half + RECORDED_PLIES):
            action = sample_uniform(game.legal(state), generator)
            if ply >= half:
                recorded.append((state, action))
            state = game.step(state, action)
            state = type(state).where(state.done, fresh, state)

    def play_chunk() -> None:
        for state, action in recorded:
            game.legal(state)
            after = game.step(state, action)
            game.observe(after, torch.uint8)
            type(after).where(after.done, fresh, after)

    return RECORDED_PLIES * batch, play_chunk


def bytes_a_game(name: str) -> int:
    """The memory that one game of a batch takes."""
    state = make(name).initial(1)
    return sum(getattr(state, field).nbytes for field in field_names(type(state)))


def players(name: str, cores: int, compiled: bool, missing: dict[str, str], device: str = "cpu") -> list[Contestant]:
    """All engines that can play `name` here, in all their ways; why others cannot goes to `missing`."""
    found = _ours(lambda batch: partial(our_play, name, batch), cores)
    tried = [Contestant(COMPILED, 16384, 1, cores, partial(our_play, name, 16384, compiled=True))] if compiled else []
    if device != "cpu":
        found += [Contestant(CUDA, batch, 1, 1, partial(our_play, name, batch, device)) for batch in CUDA_BATCHES]
        found += [Contestant(FEW, FEW_GAMES, 1, 1, partial(our_play, name, FEW_GAMES, device))]
        found += [Contestant(GRAPH, FEW_GAMES, 1, 1, partial(our_play, name, FEW_GAMES, device, graph=True))]
        fused = partial(our_play, name, most := max(CUDA_BATCHES), device, compiled=True)
        tried = [Contestant(CUDA_COMPILED, most, 1, 1, fused)] if compiled else []
    for entry in tried:
        try:
            Entry(entry).steps_per_second(0.1)
            found.append(entry)
        except Exception as error:  # the compiler fails in ways of its own
            reason = str(error).strip().splitlines()
            missing[entry.engine] = reason[0][:200] if reason else type(error).__name__
    if openspiel.spiel_name(name) is not None:
        if openspiel.available():
            found.append(Contestant("OpenSpiel", 1, 1, None, partial(open_spiel_play, name)))
        else:
            missing["OpenSpiel"] = "it is not installed"
    return found + _pgx(name, pgx_play, cores, missing)


def steppers(name: str, cores: int, missing: dict[str, str]) -> list[Contestant]:
    """Ours and Pgx without the drawing of moves; nobody where Pgx has no such game or is missing."""
    peers = _pgx(name, pgx_steps, cores, missing)
    return [*_ours(lambda batch: partial(our_steps, name, batch), cores), *peers] if peers else []


def _ways(cores: int) -> list[tuple[int, int]]:
    """Loops and threads of each."""
    return [(1, cores), (cores, 1)] if cores > 1 else [(1, 1)]


def _ours(chunk: Callable[[int], Callable[[], Chunk]], cores: int) -> list[Contestant]:
    return [Contestant(OURS, batch, *way, chunk(batch)) for way in _ways(cores) for batch in BATCHES]


def _pgx(
    name: str, make_loop: Callable[[str, int], Callable[[], Chunk]], cores: int, missing: dict[str, str]
) -> list[Contestant]:
    if name not in PGX:
        return []
    try:
        loops = {batch: make_loop(name, batch) for batch in PGX_BATCHES}
    except PeerMissingError as error:
        missing["Pgx"] = str(error)
        return []
    return [Contestant("Pgx", batch, n, None, loops[batch]) for n, _ in _ways(cores) for batch in PGX_BATCHES]


def best_of_each(entered: Sequence[Entry], seconds: float) -> list[Entry]:
    """For each engine, its fastest entry in a trial of two turns each."""
    speeds: dict[Entry, float] = {}
    for _ in range(2):
        for entry in entered:
            speeds[entry] = max(speeds.get(entry, 0.0), entry.steps_per_second(seconds))
    engines = dict.fromkeys(entry.contestant.engine for entry in entered)
    return [max((e for e in entered if e.contestant.engine == engine), key=lambda e: speeds[e]) for engine in engines]


def measure(entered: Sequence[Contestant], seconds: float, rounds: int) -> list[dict[str, Any]]:
    """One line an engine: its median moves a second, and our lead, the median over rounds of the ratio."""
    chosen = best_of_each([Entry(contestant) for contestant in entered], min(seconds, 0.3))
    speeds: dict[str, list[float]] = {entry.contestant.engine: [] for entry in chosen}
    for _ in range(rounds):
        for entry in chosen:
            speeds[entry.contestant.engine].append(entry.steps_per_second(seconds))
    return [
        {
            "engine": engine,
            "batch": batch,
            "loops": loops,
            "threads": threads,
            "steps_per_second": round(statistics.median(speeds[engine])),
            "ratio": round(statistics.median(a / b for a, b in zip(speeds[OURS], speeds[engine], strict=True)), 2),
            "rounds": [round(value) for value in speeds[engine]],
        }
        for engine, batch, loops, threads, _ in (entry.contestant for entry in chosen)
    ]
