"""Kinds of Q: everything about one is in one object, and a game of another package brings what it needs to each."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import torch

import agent
import arena
from agent.kinds import KINDS, kind_called, kinds_of
from agent.ntuple.encoding import Cells, Codes
from agent.ntuple.q import NTupleQ
from agent.presets import preset
from agent.run import train
from game import registry
from game.registry import Family
from game.tictactoe import TicTacToe

# An engine of search, and a foreign form of a checkpoint, are made for one kind and refuse the others.
MADE_FOR_ONE = (
    "agent/search/engines.py",
    "arena/bridges/connectx_agent.py",
    "arena/bridges/kaggle.py",
    "arena/bridges/onnx_export.py",
)
WHERE_KINDS_ARE = ("agent/table/", "agent/network/", "agent/ntuple/", "agent/kinds.py", *MADE_FOR_ONE)


class Seen(Cells):
    """The cells of the board, and whether anybody asked for them."""

    asked = 0

    def codes(self, state: Any) -> Codes:
        Seen.asked += 1
        return super().codes(state)


class Plugged(TicTacToe):
    """Tic-tac-toe as if another package brought it, with presets and an encoding."""

    presets = {  # noqa: RUF012 - as a game of another package would write it
        "ntuple": {"tuples": 5, "tuple_cells": 3, "games": 16, "learning_rate": 2.0},
        "network": {"width": 8, "depth": 1},
    }

    name = "plugged"

    def ntuple_encoding(self) -> Seen:
        return Seen(self)


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setitem(registry.FAMILIES, "plugged", Family("tests.agent.test_kinds", "Plugged"))
    registry.make.cache_clear()
    yield registry.make("plugged")
    registry.make.cache_clear()


def test_a_game_of_another_package_brings_presets(plugged: Any) -> None:
    assert plugged.name == "plugged"
    config = preset("plugged")
    assert (config.q, config.tuples, config.learning_rate) == ("ntuple", 5, 2.0)  # the first kind is the usual one
    assert preset("plugged", q="network").width == 8
    assert preset("plugged", q="network", width=4).width == 4
    assert preset("plugged", q="table").q == "table"  # of which it says nothing


@pytest.mark.usefixtures("plugged")
def test_a_game_of_another_package_brings_its_encoding(tmp_path: Path) -> None:
    before = Seen.asked
    run = train.start(tmp_path / "run", train.resolved(preset("plugged", moves=300, evaluations=0, threads=1)))
    run.run(lambda _: None)
    assert run.finished
    assert Seen.asked > before
    judged = run.learner.judged
    assert isinstance(judged, NTupleQ)
    assert isinstance(judged.encoding, Seen)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_makes_saves_and_loads_its_own(name: str) -> None:
    game = registry.make("tictactoe")
    small: dict[str, Any] = {
        "network": {"width": 4, "depth": 1, "precision": "float32"},
        "ntuple": {"tuples": 3, "tuple_cells": 2},
    }
    config = preset("tictactoe", q=name, threads=1, **small.get(name, {}))
    kind = KINDS[name]
    learner = kind.learner(game, config, torch.device("cpu"))
    tensors = learner.model_tensors()
    kind.check_weights(game, kind.architecture(config), tensors)
    loaded = kind.load(game, kind.architecture(config), tensors)
    state = game.initial(1)
    assert loaded.q(state).equal(learner.judged.q(state))
    assert loaded.identity() == learner.judged.identity()
    assert loaded.weights().keys() == tensors.keys()
    kind.check_resume(game, config, learner.resume_tensors())


def test_settings_belong_to_kinds() -> None:
    assert kinds_of("width") == ("network",)
    assert kinds_of("tuples") == ("network", "ntuple")
    assert kinds_of("weight_averaging") == ("ntuple",)
    assert kinds_of("epsilon") == tuple(KINDS)
    assert kind_called("patterns") is KINDS["ntuple"]


def test_nothing_else_asks_which_kind_it_has() -> None:
    """No comparison with the name of a kind, and no isinstance of a kind's classes, outside the kinds themselves."""
    found = []
    for package in (agent, arena):
        root = Path(package.__file__ or "").parent
        for file in sorted(root.rglob("*.py")):
            name = file.relative_to(root.parent).as_posix()
            if not name.startswith(WHERE_KINDS_ARE):
                found += [f"{name}:{line}" for line in _questions(ast.parse(file.read_text(encoding="utf-8")))]
    assert not found


def test_questions_are_found() -> None:
    asked = "if config.q == 'table' or kind in ('network',):\n    pass\nisinstance(q, NTupleQ | int)\nq == 'negamax'"
    assert sorted(_questions(ast.parse(asked))) == [1, 1, 3]


def _questions(tree: ast.AST) -> list[int]:
    names = {*KINDS, *(old for kind in KINDS.values() for old in kind.old)}
    classes = {"NetworkQ", "AfterstateNetworkQ", "TableQ", "NTupleQ", "NetworkLearner", "TableLearner", "NTupleLearner"}
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            constants = {c.value for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str)}
            lines += [node.lineno] if constants & names else []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            lines += [node.lineno] if used & classes else []
    return lines


@pytest.mark.parametrize(
    ("features", "stages", "other", "carries"),
    [
        ("lines:9+patches:3x3", 1, "gomoku:9x12x5", True),
        ("lines:7", 1, "gomoku:20x20x5", True),
        ("lines:9", 2, "gomoku:9x9x5", False),  # stages lie elsewhere on another board
        ("lines:9+windows:2x4", 1, "gomoku:9x9x5", False),  # windows are of their places
        ("lines:9", 1, "gomoku:9x9x4", False),  # other lines win
        ("lines:9", 1, "othello", False),
    ],
)
def test_what_all_places_share_carries_over_to_boards_where_the_same_lines_win(
    features: str, stages: int, other: str, carries: bool
) -> None:
    architecture = {"features": features, "stages": stages}
    learned, board = registry.make("gomoku"), registry.make(other)
    assert KINDS["ntuple"].carries_over(architecture, learned, board) is carries
    assert not KINDS["ntuple"].carries_over(None, learned, board)
    assert not KINDS["network"].carries_over(architecture, learned, board)
