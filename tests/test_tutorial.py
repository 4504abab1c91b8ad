"""The tutorial works as written: its game obeys the laws, is learned, graded, and played in the window's terms."""

from __future__ import annotations

import importlib
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from game import Game, make, names, parse_moves, registry
from game.play import sample_uniform
from tests.conftest import TINY, Qzero

TEXT = (Path(__file__).parent.parent / "docs" / "your-own-game.md").read_text(encoding="utf-8")
RULES, REGISTRATION = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.fixture
def misere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Game[Any]]:
    """The tutorial's game, registered by the tutorial's own lines, and forgotten afterwards."""
    (tmp_path / "misere.py").write_text(RULES, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "FAMILIES", dict(registry.FAMILIES))
    importlib.invalidate_caches()
    exec(REGISTRATION, {})
    yield make("misere")
    registry.make.cache_clear()


def test_it_is_short() -> None:
    assert len(RULES.splitlines()) < 80


def test_it_is_listed_and_plays_by_its_rules(misere: Game[Any]) -> None:
    assert "misere" in names()
    lost = parse_moves(misere, "a1a3b1b3c1").state  # X has made a line, so O has won
    assert bool(lost.done)
    assert int(lost.reward) == -1
    assert parse_moves(misere, "a1a3b1b3c1").winner == 1
    assert not misere.legal(lost).any()
    assert misere.observe(lost)[0].tolist() == [
        [[1, 1, 0], [0, 0, 0], [0, 0, 0]],
        [[0, 0, 0], [0, 0, 0], [1, 1, 1]],
    ]


def test_it_agrees_with_slow_rules_and_its_text_round_trips(misere: Game[Any]) -> None:
    lines = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]
    draw = random.Random(4)
    ends = set()
    for _ in range(100):
        cells = ["."] * 9
        state = misere.initial(1)
        for ply in range(9):
            free = [cell for cell in range(9) if cells[cell] == "."]
            assert misere.legal(state)[0].nonzero().flatten().tolist() == free
            assert misere.parse_position(misere.render(state)).equal(state)
            action = draw.choice(free)
            assert misere.parse_move(misere.move_name(action, state), state) == action
            cells[action] = "XO"[ply % 2]
            state = misere.step(state, torch.tensor([action]))
            line = any(cells[a] == cells[b] == cells[c] != "." for a, b, c in lines)
            assert bool(state.done) == (line or ply == 8)
            assert int(state.reward) == (-1 if line else 0)
            if line:
                break
        assert misere.step(state, torch.tensor([0])).equal(state)
        ends.add(int(state.reward))
    assert ends == {-1, 0}


def test_its_symmetries_hold(misere: Game[Any]) -> None:
    generator = torch.Generator().manual_seed(1)
    state = misere.initial(64)
    images = [misere.initial(64) for _ in misere.symmetries]
    for _ in range(6):
        legal = misere.legal(state)
        for image, symmetry in zip(images, misere.symmetries, strict=True):
            assert torch.equal(misere.legal(image), legal[:, symmetry.actions])
            assert torch.equal(image.reward, state.reward)
        legal[:, 0] |= ~legal.any(1)
        action = sample_uniform(legal, generator)
        state = misere.step(state, action)
        images = [
            misere.step(image, symmetry.actions.argsort()[action])
            for image, symmetry in zip(images, misere.symmetries, strict=True)
        ]


@pytest.mark.usefixtures("misere")
def test_its_commands_work(qzero: Qzero) -> None:
    assert "misere" in qzero("games").out
    assert qzero("train", "misere", "--run", "run", *TINY).code == 0
    for command in (["grade", "misere", "run"], ["match", "run", "one-ply", "--games", "20"]):
        outcome = qzero(*command)
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out


def test_other_packages_bring_games_by_an_entry_point(misere: Game[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    point = importlib.metadata.EntryPoint("mine", "misere:Misere", "qzero.games")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [point] * (group == "qzero.games"))
    registry.installed.cache_clear()
    try:
        assert "mine" in names()
        assert type(make("mine")).__name__ == type(misere).__name__
    finally:
        monkeypatch.undo()
        registry.installed.cache_clear()
    toml = re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL)[0]
    assert toml.split() == ['[project.entry-points."qzero.games"]', "misere", "=", '"misere:Misere"']
