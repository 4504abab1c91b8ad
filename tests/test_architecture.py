"""The design as a test: who may import whom, what stays in one place, and how large a file and a folder may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Each package imports those before it, and no other. The one exception: arena.cli registers the commands of benchmarks.
PACKAGES = ("game", "agent", "arena", "benchmarks")
# The same for the folders and modules within a package. The kinds of Q (agent.kind, agent.kinds and the kind.py of each
# folder) tell what there is and stand before all: what they describe they import when it is wanted.
KINDS = "kinds"
ORDER = {
    "agent": (
        *("stats", "ranks", "machine", KINDS, "config", "play", "learn", "weights", "network", "table", "ntuple"),
        *("search", "store", "run", "presets", "card", "cli", "__main__"),
    ),
    "arena": (
        *(
            "compiling",
            "terminal",
            "failure",
            "machine",
            "processes",
            "status_line",
            "truth",
            "view",
            "engines",
            "players",
            "html",
            "match",
            "levels",
            "training",
        ),
        *("strength", "report", "sweep", "watch", "gui", "bridges", "text_play", "cli", "console"),
    ),
}
# Where alone a package of others is imported: files, or all below a folder.
ONLY_IN = {
    "pygame": ("arena/gui/",),
    "sqlite3": ("arena/match/tournament_file.py", "arena/match/details.py"),
    "matplotlib": ("arena/sweep/outcome/plot.py", "benchmarks/scaling/plot.py"),
    "bitbully": ("arena/truth/bitbully.py",),
    "optuna": ("arena/sweep/search.py",),
    "numba": ("agent/ntuple/", "agent/search/", "game/compiled/", "arena/compiling.py"),
    "pyspiel": ("arena/players/montecarlo/openspiel.py",),
    "pettingzoo": ("arena/bridges/aec.py",),
    "gymnasium": ("arena/bridges/aec.py", "arena/bridges/single_agent.py"),
    "onnx": ("arena/bridges/onnx_export.py",),
    "pgx": ("benchmarks/peers.py",),
    "jax": ("benchmarks/peers.py",),
    "jinja2": ("arena/html/environment.py",),
}
MOST_LINES, MOST_FILES = 300, 12
ROOMY = {"game": "one file a game, known by its name: game.connect4"}


@dataclass(frozen=True, slots=True)
class Import:
    """One import: the file it stands in and the module that it names. late: within a function, or for types only."""

    file: Path
    module: str
    late: bool


def files(root: Path) -> list[Path]:
    """The files of the product, relative to the root."""
    return sorted(path.relative_to(root) for package in PACKAGES for path in (root / package).rglob("*.py"))


def imports(root: Path, file: Path) -> Iterator[Import]:
    yield from _imports(file, ast.parse((root / file).read_text(encoding="utf-8")), late=False)


def _imports(file: Path, node: ast.AST, late: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(file, name.name, late) for name in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"{file}: imports are absolute"
            yield from (Import(file, f"{child.module}.{name.name}", late) for name in child.names)
        for_types = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        within = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) or for_types
        yield from _imports(file, child, late or within)


def unit(parts: Sequence[str]) -> str | None:
    """Which place of ORDER a file or a module belongs to, by its dotted name; None for the package itself."""
    if len(parts) < 2:
        return None
    last = parts[2] if len(parts) > 2 else parts[1]
    return KINDS if parts[0] == "agent" and (last == "kind" or parts[1] in ("kind", "kinds")) else parts[1]


def packages_out_of_order(root: Path) -> list[str]:
    wrong = []
    for file in files(root):
        for one in imports(root, file):
            target = one.module.split(".")[0]
            if target in PACKAGES and PACKAGES.index(target) > PACKAGES.index(file.parts[0]):
                wrong.append(f"{file} imports {one.module}")
    return [line for line in wrong if line != "arena/cli.py imports benchmarks.cli"]


def folders_out_of_order(root: Path) -> list[str]:
    wrong = []
    for file in files(root):
        order = ORDER.get(file.parts[0])
        own = unit(file.with_suffix("").parts)
        if order is None or own in (None, "__init__"):
            continue
        if own not in order:
            wrong.append(f"{file} has no place in the order")
            continue
        for one in imports(root, file):
            parts = one.module.split(".")
            target = unit(parts)
            if parts[0] != file.parts[0] or target == own or (own == KINDS and one.late):
                continue
            if target not in order or order.index(target) > order.index(own):
                wrong.append(f"{file} imports {one.module}")
    return wrong


def out_of_place(root: Path) -> list[str]:
    wrong = []
    for file in files(root):
        for one in imports(root, file):
            package = one.module.split(".")[0]
            if package == "click" and file.name != "cli.py":
                wrong.append(f"{file} imports click")
            if package in ONLY_IN and not file.as_posix().startswith(ONLY_IN[package]):
                wrong.append(f"{file} imports {package}")
    return wrong


def too_large(root: Path) -> list[str]:
    found = files(root)
    wrong = []
    for file in found:
        lines = len((root / file).read_text(encoding="utf-8").splitlines())
        if lines > MOST_LINES:
            wrong.append(f"{file} has {lines} lines")
    for folder in sorted({file.parent for file in found}):
        count = sum(file.parent == folder for file in found)
        if count > MOST_FILES and folder.as_posix() not in ROOMY:
            wrong.append(f"{folder} has {count} files")
    return wrong


@pytest.mark.parametrize("rule", [packages_out_of_order, folders_out_of_order, out_of_place, too_large])
def test_the_tree_is_as_designed(rule: object) -> None:
    assert callable(rule)
    assert rule(ROOT) == []


def test_each_place_of_the_order_is_there() -> None:
    """A name that is left over from a folder that is gone would allow a new one anywhere."""
    for package, order in ORDER.items():
        found = {unit(file.with_suffix("").parts) for file in files(ROOT) if file.parts[0] == package}
        assert set(order) == found - {None, "__init__"}
    for places in ONLY_IN.values():
        assert all((ROOT / place).exists() for place in places)


def planted(root: Path, file: str, text: str) -> None:
    for package in PACKAGES:
        (root / package).mkdir(exist_ok=True)
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(text)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("game/hex.py", "from agent.play import policy", "game/hex.py imports agent.play.policy"),
        ("agent/play/policy.py", "def f():\n    import arena.match", "agent/play/policy.py imports arena.match"),
        ("arena/strength/cli.py", "import benchmarks.cli", "arena/strength/cli.py imports benchmarks.cli"),
        ("agent/play/q.py", "from agent.run.train import Training", "agent/play/q.py imports agent.run.train.Training"),
        ("arena/match/x.py", "if TYPE_CHECKING:\n    import arena.sweep", "arena/match/x.py imports arena.sweep"),
        ("agent/table/kind.py", "import agent.learn.learner", "agent/table/kind.py imports agent.learn.learner"),
        ("arena/view/x.py", "from arena import gui", "arena/view/x.py imports arena.gui"),
        ("arena/else/x.py", "", "arena/else/x.py has no place in the order"),
        ("arena/report/x.py", "import pygame.font", "arena/report/x.py imports pygame"),
        ("agent/run/x.py", "def f():\n    from numba import njit", "agent/run/x.py imports numba"),
        ("game/x.py", "import click", "game/x.py imports click"),
        ("game/x.py", "\n" * 301, "game/x.py has 301 lines"),
    ],
)
def test_what_breaks_the_design_is_found(file: str, text: str, said: str, tmp_path: Path) -> None:
    planted(tmp_path, file, text)
    rules = (packages_out_of_order, folders_out_of_order, out_of_place, too_large)
    assert [line for rule in rules for line in rule(tmp_path)] == [said]


def test_what_the_design_allows(tmp_path: Path) -> None:
    planted(tmp_path, "agent/table/kind.py", "def f():\n    from agent.learn import learner\n    import agent.config")
    planted(tmp_path, "arena/cli.py", "import benchmarks.cli\nimport click\nimport arena.gui")
    planted(tmp_path, "arena/gui/app.py", "import pygame\nfrom arena.view import board\nfrom game.core import State")
    for number in range(MOST_FILES + 1):
        planted(tmp_path, f"game/x{number}.py", "")
        planted(tmp_path, f"arena/sweep/x{number}.py", "")
    rules = (packages_out_of_order, folders_out_of_order, out_of_place, too_large)
    assert [line for rule in rules for line in rule(tmp_path)] == ["arena/sweep has 13 files"]
