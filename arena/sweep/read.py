"""From a TOML file to an Experiment. What is wrong in the file is a UsageError of one line: where, what, and why."""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from agent.config import TrainConfig, modern
from agent.store.files import MOST_SETTINGS, ReadError, read_regular
from agent.store.record import MOST, beyond_64_bits
from arena.sweep.experiment import BASE, Experiment, GameBudget, Variant
from arena.sweep.objective import choose_measures, choose_objective, measures_of
from arena.sweep.vary import MOST as MOST_SAMPLES
from arena.sweep.vary import Choices, Range, Vary, grid, samples
from game.errors import UsageError
from game.registry import make

MODES = ("rows", "grid", "random", "optuna")
_SECTIONS = ("sweep", "games", "settings", "rows", "vary")
_SWEEP = ("name", "mode", "seeds", "objective", "measures", "samples", "seed", "batch")
_GAME = ("seconds", "moves", "objective", "measures")
_NAME = re.compile(r"\w[\w.=,+-]*", re.ASCII)
_LONGEST = 100  # characters of a name, which becomes part of a file name
_NOT_SETTINGS = {
    "game": "[games] lists the games",
    "seed": "seeds stand in [sweep]",
    "moves": "how long a run is stands in [games]",
    "minutes": "how long a run is stands in [games]",
    "plan": "how long a run is stands in [games]",
}


def read(path: Path) -> Experiment:
    """The experiment that the file describes, checked to the last run. Raises UsageError."""
    try:
        data = tomllib.loads(read_regular(path, MOST_SETTINGS).decode())
    except ReadError as error:
        raise UsageError(f"{error}; expected a TOML file, see docs/sweeps.md") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no TOML: {error}") from None
    except RecursionError:
        raise UsageError(f"{path} is no sweep: its values are nested too deep; see docs/sweeps.md") from None
    except ValueError:  # of Python, about whole numbers of thousands of digits
        data = {"": MOST + 1}
    if beyond_64_bits(data):
        raise UsageError(f"{path} is no TOML: it has a whole number of more than 64 bits")
    return _Reader(path, data).experiment()


class _Reader:
    def __init__(self, path: Path, data: dict[str, Any]) -> None:
        self.path = path
        self.data = data
        self._known("the file", data, _SECTIONS)
        for section in data:
            if not isinstance(data[section], dict):
                self._refuse(section, f"{data[section]!r} stands alone", f"a section [{section}]")
        self.sweep: dict[str, Any] = data.get("sweep", {})
        self._known("[sweep]", self.sweep, _SWEEP)

    def experiment(self) -> Experiment:
        mode = self._mode()
        budgets = tuple(self._budget(name, value) for name, value in self.data.get("games", {}).items())
        names = [budget.game for budget in budgets]
        if not names:
            self._refuse("[games]", "no game is listed", "a line such as connect4 = 30, in seconds a run")
        if len(set(names)) < len(names):
            self._refuse("[games]", f"a game is listed twice ({', '.join(names)})", "each once")
        base = self._variant("[settings]", BASE, self.data.get("settings", {}), names)
        vary = {name: self._values(name, value) for name, value in modern(self.data.get("vary", {})).items()}
        count = self._whole("samples", 1, most=MOST_SAMPLES) if mode in ("random", "optuna") else 0
        seed = self._whole("seed", 0, 0)
        experiment = Experiment(
            path=self.path,
            name=self._file_name("[sweep] name", self.sweep.get("name", self.path.stem)),
            mode=mode,
            seeds=self._seeds(),
            games=budgets,
            base=base,
            variants=tuple(self._variants(mode, names, vary, count, seed)),
            vary=vary,
            samples=count,
            batch=self._whole("batch", 1, 4, MOST_SAMPLES),
            seed=seed,
        )
        experiment.check()
        return experiment

    def _variants(self, mode: str, games: list[str], vary: Vary, count: int, seed: int) -> list[Variant]:
        if mode == "rows":
            return [self._row(name, row, games) for name, row in self.data["rows"].items()]
        try:
            if mode == "grid":
                return [Variant(_named(settings), settings) for settings in grid(vary)]
            drawn = samples(vary, count, seed) if mode == "random" else []
        except UsageError as error:
            raise UsageError(f"{self.path}, {error}") from None
        return [Variant(f"r{number:0{len(str(count))}}", settings) for number, settings in enumerate(drawn, start=1)]

    def _mode(self) -> str:
        rows, vary = "rows" in self.data, "vary" in self.data
        mode = self.sweep.get("mode", "rows" if rows else "grid")
        if mode not in MODES:
            self._refuse("[sweep] mode", repr(mode), f"one of {', '.join(MODES)}")
        needed, other = ("rows", vary) if mode == "rows" else ("vary", rows)
        if not self.data.get(needed):
            self._refuse(f"mode {mode}", f"nothing varies, there is no [{needed}]", f"a section [{needed}]")
        if other:
            self._refuse(f"mode {mode}", "both [rows] and [vary] are there", f"only [{needed}]")
        for name in ("samples", "seed", "batch"):
            if name in self.sweep and (mode in ("rows", "grid") or (name == "batch" and mode == "random")):
                self._refuse(f"[sweep] {name}", f"given in mode {mode}, which has no use for it", "to leave it out")
        return str(mode)

    def _seeds(self) -> tuple[int, ...]:
        seeds = self.sweep.get("seeds", [0, 1, 2])
        fine = isinstance(seeds, list) and seeds and all(type(s) is int and s >= 0 for s in seeds)
        if not fine or len(set(seeds)) < len(seeds):
            self._refuse("[sweep] seeds", repr(seeds), "a list of different whole numbers, such as [0, 1, 2]")
        return tuple(seeds)

    def _whole(self, name: str, least: int, default: int | None = None, most: int | None = None) -> int:
        value = self.sweep.get(name, default)
        if type(value) is not int or value < least or (most is not None and value > most):
            given = "not given" if value is None else repr(value)
            bound = "" if most is None else f" and at most {most:,}"
            self._refuse(f"[sweep] {name}", given, f"a whole number of at least {least}{bound}")
        return value

    def _budget(self, name: str, value: Any) -> GameBudget:
        where = f"[games] {name}"
        try:
            game = make(name)
        except UsageError as error:
            raise UsageError(f"{self.path}, {where}: {error}") from None
        table = value if isinstance(value, dict) else {"seconds": value}
        self._known(where, table, _GAME)
        seconds, moves = table.get("seconds"), table.get("moves")
        if (seconds is None) == (moves is None):
            self._refuse(where, f"{value!r}", "either seconds or moves, such as 30 or { moves = 100_000 }")
        if seconds is not None and (type(seconds) not in (int, float) or not 0 < seconds < 1e7):
            self._refuse(where, f"{seconds!r} seconds", "a number above 0")
        if moves is not None and (type(moves) is not int or moves < 1):
            self._refuse(where, f"{moves!r} moves", "a whole number of at least 1")
        there = measures_of(game)
        try:
            objective = choose_objective(table.get("objective", self.sweep.get("objective")), there)
            measures = choose_measures(table.get("measures", self.sweep.get("measures")), objective, there)
        except UsageError as error:
            raise UsageError(f"{self.path}, {where}: {error}") from None
        return GameBudget(game.name, None if seconds is None else float(seconds), moves, objective, measures)

    def _row(self, name: str, row: Any, games: list[str]) -> Variant:
        where = f"[rows.{name}]"
        self._file_name(where, name)
        if name == BASE:
            self._refuse(where, "base is the row without changes", "another name")
        if not isinstance(row, dict):
            self._refuse(where, repr(row), "settings, such as { width = 512 }")
        row = dict(row)
        only = row.pop("only", [])
        if not isinstance(only, list) or not all(isinstance(game, str) for game in only):
            self._refuse(f"{where} only", repr(only), "a list of games")
        limits = tuple(self._one_of(f"{where} only", game, games) for game in only)
        variant = self._variant(where, name, row, list(limits) or games)
        if not variant.settings and not variant.in_game:
            self._refuse(where, "it changes nothing", "at least one setting")
        return dataclasses.replace(variant, only=limits)

    def _variant(self, where: str, name: str, table: dict[str, Any], games: list[str]) -> Variant:
        """Settings, and tables of settings for single games among them."""
        everywhere = modern({key: value for key, value in table.items() if not isinstance(value, dict)})
        in_game = {}
        for key, value in table.items():
            if isinstance(value, dict):
                in_game[self._one_of(f"{where} {key}", key, games)] = modern(value)
                self._settings(f"{where} {key}", modern(value))
        self._settings(where, everywhere)
        return Variant(name, everywhere, in_game)

    def _settings(self, where: str, names: Iterable[str]) -> None:
        for name in names:
            if name in _NOT_SETTINGS:
                self._refuse(where, f"{name!r} cannot be set here", _NOT_SETTINGS[name])
        known = [item.name for item in dataclasses.fields(TrainConfig) if item.name not in _NOT_SETTINGS]
        self._known(where, names, known, "setting")

    def _values(self, name: str, value: Any) -> Choices | Range:
        where = f"[vary] {name}"
        self._settings("[vary]", [name])
        if isinstance(value, list) and value:
            if any(value.count(one) > 1 for one in value):
                self._refuse(where, f"{value!r} has a value twice", "each once")
            return Choices(tuple(modern({name: one})[name] for one in value))
        if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in ("range", "log"):
            self._refuse(where, repr(value), "a list of values, { range = [low, high] } or { log = [low, high] }")
        (scale, ends), kind = next(iter(value.items())), typing.get_type_hints(TrainConfig)[name]
        if kind not in (int, float):
            self._refuse(where, f"a range of what is no number ({value!r})", "a list of values")
        allowed = (int,) if kind is int else (int, float)
        if not isinstance(ends, list) or len(ends) != 2 or any(type(end) not in allowed for end in ends):
            self._refuse(where, repr(value), f"two {'whole ' if kind is int else ''}numbers, [low, high]")
        low, high = ends
        if not -1e18 < low < high < 1e18:
            self._refuse(where, repr(value), "a low end below the high end")
        if scale == "log" and low <= 0:
            self._refuse(where, repr(value), "a low end above 0 on the log scale")
        return Range(low, high, scale == "log", kind is int)

    def _file_name(self, where: str, name: Any) -> str:
        if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > _LONGEST:
            self._refuse(where, repr(name), f"at most {_LONGEST} letters, digits and . = , + - _")
        return str(name)

    def _one_of(self, where: str, game: str, games: list[str]) -> str:
        """The full name of a game of this experiment."""
        if game not in games:
            self._refuse(where, repr(game), f"one of {', '.join(games)}")
        return game

    def _known(self, where: str, given: Iterable[str], known: Iterable[str], what: str = "entry") -> None:
        known = list(known)
        for name in given:
            if name not in known:
                close = difflib.get_close_matches(name, known, 1)
                expected = f"{close[0]!r}" if close else f"one of {', '.join(known)}"
                self._refuse(where, f"no {what} is called {name!r}", expected)

    def _refuse(self, where: str, given: str, expected: str) -> NoReturn:
        raise UsageError(f"{self.path}, {where}: {given}; expected {expected}")


def _named(settings: dict[str, Any]) -> str:
    """A name for a combination of a grid that can be part of a file name: "width=256,cut=false"."""
    texts = (f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in settings.items())
    return re.sub(r"[^\w.=,+-]", "_", ",".join(texts))
