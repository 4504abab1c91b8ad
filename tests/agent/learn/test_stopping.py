"""Early stopping: when it stops, what it goes back to, and that it never looks at what is graded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.learn.stopping import EarlyStopping
from agent.play.qfunction import ConstantQ
from agent.presets import preset
from agent.run import train
from agent.run.gate import Verdict
from agent.run.strength import Evidence, Strength
from agent.store.files import read_tensors
from arena.match.match import play_match
from arena.training.judge import StrengthJudge, judge_of
from arena.truth.grading import shipped_positions
from game import make


def test_stops_after_so_many_measurements_without_progress() -> None:
    stopping = EarlyStopping(2)
    asked = []
    for step, error in enumerate([0.5, 0.4, 0.4, 0.3, 0.35, 0.31]):
        stopping.measured(error, {"w": torch.tensor(float(step))})
        asked.append(stopping.stop)
    assert asked == [False, False, False, False, False, True]
    assert stopping.best == 0.3
    assert float(stopping.weights["w"]) == 3


def test_remembered_weights_are_a_copy() -> None:
    stopping, weight = EarlyStopping(1), torch.zeros(2)
    stopping.measured(0.1, {"w": weight})
    weight.add_(1)
    assert stopping.weights["w"].tolist() == [0, 0]


class Scripted:
    """Says what the test wants to hear."""

    def __init__(self, errors: list[float]) -> None:
        self.errors = errors
        self.judged: list[float] = []

    def __call__(self, q: Any, final: bool) -> Strength:
        self.judged.append(float(q.q(q.game.initial(1))[0, 0]))
        return {"value": Evidence(self.judged[-1]), "final": Evidence(float(final))}

    def stronger(self, q: Any, best: Any, number: int) -> Verdict:
        raise AssertionError(f"no gate: {q} {best} {number}")

    def watch(self, _: Any) -> float:
        return self.errors.pop(0)


def test_a_run_ends_early_with_its_best_weights(tmp_path: Path) -> None:
    config = train.resolved(
        preset(
            "tictactoe", games=64, moves=20000, width=16, depth=1, batch_size=64, threads=1, evaluations=9, patience=2
        )
    )
    judge = Scripted([0.5, 0.2, 0.3, 0.25, 0.1])
    run = train.start(tmp_path / "run", config, judge)
    run.run(lambda _: None)
    assert run.finished
    assert run.moves < 0.6 * 20000
    assert judge.errors == [0.1]  # never asked for
    lines = [json.loads(line) for line in (tmp_path / "run" / train.METRICS).read_text().splitlines()]
    assert [line["watched"] for line in lines if "watched" in line] == [0.5, 0.2, 0.3, 0.25]
    # What was saved and graded last is the second measurement's model.
    assert judge.judged[-1] == judge.judged[1] != judge.judged[2]
    assert run.strength["final"] == Evidence(1.0)
    kept = read_tensors(tmp_path / "run" / "model.safetensors")[0]
    assert run.stopping is not None
    assert all(torch.equal(kept[name], weight) for name, weight in run.stopping.weights.items())
    assert train.resume(tmp_path / "run", judge).finished


@pytest.mark.parametrize("name", ["connect4", "tictactoe"])
def test_what_is_watched_is_never_graded(name: str) -> None:
    """No position of the one, turned or not, is among the other's."""
    game = make(name)
    judge = judge_of(preset(name, patience=3))
    assert judge.watched
    assert judge.graded

    def keys(sets: list[Any], turned: bool) -> set[int]:
        found: set[int] = set()
        for positions in sets:
            found |= set(game.key(positions.state).tolist())
            if turned and name == "connect4":
                found |= set(_mirrored_keys(positions.state))
        return found

    assert not keys(judge.watched, turned=True) & keys(judge.graded, turned=False)
    assert all(len(positions.decisive()) > 400 for positions in judge.watched)
    if name == "connect4":
        assert [p.name for p in judge.graded] == [p.name for p in shipped_positions(game)]


def _mirrored_keys(state: Any) -> list[int]:
    """Keys of the mirror images, by the observed planes laid into columns again."""
    from game.connect4 import Connect4

    game = make("connect4")
    assert isinstance(game, Connect4)
    planes = game.observe(state).flip(3)
    rows = []
    for own, theirs in planes:
        text = [["." for _ in range(7)] for _ in range(6)]
        for r in range(6):
            for c in range(7):
                first, second = ("X", "O") if int(own.sum()) == int(theirs.sum()) else ("O", "X")
                text[r][c] = first if own[r, c] else second if theirs[r, c] else "."
        mover = "X" if int(own.sum()) == int(theirs.sum()) else "O"
        board = "\n".join("  " + " ".join(line) for line in text)
        rows.append(game.parse_position(f"{board}\n  1 2 3 4 5 6 7\n{mover} to move"))
    return [int(game.key(row)) for row in rows]


def test_games_without_truth_are_watched_by_other_games(monkeypatch: pytest.MonkeyPatch) -> None:
    game = make("hex:4")
    judge = StrengthJudge(game, seed=0, watched=True)
    q = ConstantQ(game)
    assert 0.2 < judge.watch(q) < 1
    assert judge.watch(q) == judge.watch(q)
    drawn: list[int] = []

    def recorded(rules: Any, a: Any, b: Any, games: int, seed: int, device: torch.device) -> Any:
        drawn.append(seed)
        return play_match(rules, a, b, min(games, 2), seed=seed, device=device)

    monkeypatch.setattr("arena.training.judge.play_match", recorded)
    judge.watch(q)
    watched = drawn.copy()
    judge(q, final=False)
    assert watched
    assert not {*watched} & {*drawn[len(watched) :]}, "openings of watched games are graded as well"


def test_a_judge_is_needed(tmp_path: Path) -> None:
    config = train.resolved(preset("tictactoe", moves=100, games=8, patience=1, threads=1))
    with pytest.raises(ValueError, match="needs a judge"):
        train.start(tmp_path / "run", config).run(lambda _: None)
