"""The scoreboard: planted players reach what they must, chance is what it says, and numbers worked out by hand."""

from __future__ import annotations

import json
import multiprocessing
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from agent.play.player import QPlayer
from agent.play.qfunction import ConstantQ
from agent.presets import preset
from agent.search.exact_ply import ExactPlyQ
from arena.match.score import Score
from arena.strength import measures
from arena.strength.board import Cell, Row, anchors, groups
from arena.strength.ladder import EXACT, RAW, Rung, ladder
from arena.strength.measures import Games, Measures, Mistakes, play_from_start
from arena.strength.seeds import LOCK, Seeds, settings_of
from arena.strength.speed import speed_of
from arena.strength.table import mean_text
from arena.training.hold import hold
from arena.truth.grading import Grade, GradedPositions, grade, shipped_positions
from arena.truth.perfect_play import ErringPlayer, PerfectQ
from game import Game, make
from game.errors import QzeroError, StoppedError, UsageError
from game.notation import replay
from tests.arena.fake_pool import FakePool, performed
from tests.conftest import Qzero
from tests.helpers import assert_frequency, unfinished

CONNECT4 = make("connect4")


@pytest.fixture(scope="module")
def perfect() -> PerfectQ:
    pytest.importorskip("bitbully")
    return PerfectQ(CONNECT4)


class Column:
    """Always the same column."""

    def __init__(self, column: int) -> None:
        self.name, self.column = str(column), column

    def act(self, game: Game[Any], state: Any, _: torch.Generator) -> Tensor:
        assert game.legal(state)[:, self.column].all()
        return torch.full((len(state),), self.column)


def late_positions(least: int = 22) -> GradedPositions:
    """Graded positions that the solver is quick with."""
    found = shipped_positions(CONNECT4)[0].decisive()
    rows = (found.state.ply >= least).nonzero().squeeze(1)[:200]
    return GradedPositions("late", found.state[rows], found.outcome[rows])


def test_the_perfect_player_makes_no_mistakes_and_a_random_one_its_share(perfect: PerfectQ) -> None:
    late = late_positions()
    assert grade(QPlayer("perfect", perfect), late)[0].mistakes == 0
    assert grade(QPlayer("exact", ExactPlyQ(perfect)), late)[0].mistakes == 0
    by_chance = grade(QPlayer("random", ConstantQ(CONNECT4)), late)[0]
    assert by_chance.mistakes == by_chance.random_mistakes > 0.4


def test_the_perfect_player_wins_every_game_it_begins(perfect: PerfectQ) -> None:
    """Connect Four is won by the first player (Allis 1988)."""
    result, distinct = play_from_start(
        CONNECT4, [ErringPlayer("p", perfect), ErringPlayer("r", ConstantQ(CONNECT4), 1)], 10, 1
    )
    assert (result == 1).all()
    assert distinct > 5
    itself = ErringPlayer("p", perfect)
    played = measures.series(CONNECT4, QPlayer("exact", ExactPlyQ(perfect)), itself, 0, 6, 0)
    assert (played.score, played.value) == (Score(6, 0, 0), 1.0)


def test_who_draws_at_random_never_beats_it(perfect: PerfectQ) -> None:
    played = measures.series(CONNECT4, QPlayer("random", ConstantQ(CONNECT4)), ErringPlayer("p", perfect), 1, 20, 3)
    assert played.score == Score(0, 0, 20)
    assert (played.value, played.low, round(played.high, 4)) == (0, 0, 0.1611)  # z^2 / (20 + z^2)


def test_scores_are_those_of_the_solver(perfect: PerfectQ) -> None:
    """After 414141 column 4 wins at once: 18 stones left; all else loses to column 1 but blocking it."""
    q = perfect.q(replay(CONNECT4, [[3, 0, 3, 0, 3, 0], [3, 6, 3, 6, 3, 6]])) * 22
    assert q.round().tolist() == [[11, -18, -18, 18, -18, -18, -18], [-18, -18, -18, 18, -18, -18, 11]]


def test_mirrored_positions_are_solved_once(tmp_path: Path) -> None:
    pytest.importorskip("bitbully")
    kept = tmp_path / "caches" / "scores.bin"
    solver = PerfectQ(CONNECT4, kept=kept)
    state = unfinished(CONNECT4, seed=4, games=8)
    state = state[state.ply >= 24]
    q = solver.q(state)
    solver.save()
    again = PerfectQ(CONNECT4, kept=kept)
    again.solver.scores = None  # type: ignore[method-assign, assignment]  # nothing is left to be solved
    assert torch.equal(again.q(state), q)
    left, right = replay(CONNECT4, [[0, 1, 0, 1, 0, 1, 2]]), replay(CONNECT4, [[6, 5, 6, 5, 6, 5, 4]])
    known = len(solver.known)
    assert torch.equal(solver.q(left), solver.q(right).flip(1))
    assert len(solver.known) == known + 1


def test_other_processes_solve_the_same() -> None:
    pytest.importorskip("bitbully")
    state = unfinished(CONNECT4, seed=6, games=12)
    state = state[state.ply >= 24]
    alone, together = PerfectQ(CONNECT4), PerfectQ(CONNECT4, workers=2)
    try:
        assert torch.equal(together.q(state), alone.q(state))
        assert multiprocessing.active_children()
    finally:
        together.close()


def test_a_kept_file_that_was_cut_still_serves(tmp_path: Path) -> None:
    pytest.importorskip("bitbully")
    kept = tmp_path / "scores.bin"
    solver = PerfectQ(CONNECT4, kept=kept)
    solver.q(replay(CONNECT4, [[0, 1, 0, 1, 0, 1], [0, 1, 0, 1, 0, 2]]))
    solver.save()
    kept.write_bytes(kept.read_bytes()[:-4])
    assert len(PerfectQ(CONNECT4, kept=kept).known) == 1


def test_other_games_have_no_perfect_player() -> None:
    with pytest.raises(UsageError, match="connect4 only"):
        PerfectQ(make("tictactoe"))


def test_erring_is_as_frequent_as_it_says() -> None:
    class Last(ConstantQ):
        def q(self, state: Any) -> Tensor:
            return super().q(state) + torch.arange(7)

    start, chance = CONNECT4.initial(20_000), torch.Generator().manual_seed(0)
    moves = ErringPlayer("x", Last(CONNECT4), 0.3).act(CONNECT4, start, chance)
    assert_frequency(int((moves == 6).sum()), 20_000, 0.7 + 0.3 / 7)
    for column in range(6):
        assert_frequency(int((moves == column).sum()), 20_000, 0.3 / 7)
    assert (ErringPlayer("x", Last(CONNECT4)).act(CONNECT4, start, chance) == 6).all()


def test_results_are_seen_by_the_first_player() -> None:
    assert [found.tolist() for found in play_from_start(CONNECT4, [Column(0), Column(1)], 2, 0)[:1]] == [[1, 1]]
    assert play_from_start(CONNECT4, [Column(0), Column(1)], 5, 0)[1] == 1
    lost = measures.series(CONNECT4, Column(1), Column(0), 1, 3, 0)
    assert (lost.seat, lost.score) == ("second", Score(0, 0, 3))
    won = measures.series(CONNECT4, Column(1), Column(0), 0, 3, 0)
    assert (won.seat, won.score) == ("first", Score(3, 0, 0))


def some_measures(rate: float) -> Measures:
    one = Grade((0, 5), 100, rate, 0.6)
    games = Games("perfect", "first", "wins", Score(8, 1, 1), 10, 0.8, 0.49, 0.943, 0.1)
    return Measures([Mistakes("random", RAW, one, [one]), Mistakes("random", EXACT, one, [one])], [games])


def test_rows_are_means_over_seeds() -> None:
    """10, 20 and 30 %: mean 20, standard deviation 10, so half the interval is 4.303 * 10 / sqrt(3) = 24.8."""
    row = Row("mistakes", "percent", [Cell(0.1), Cell(0.2), Cell(0.3)], [])
    assert mean_text(row) == "20.0 ± 24.8 %"
    assert mean_text(Row("moves", "count", [Cell(1234)], [])) == "1,234"


def test_anchors_are_of_the_same_rows() -> None:
    from arena.strength.board import Graded

    fixed = anchors("connect4")
    nothing, best = fixed["nothing learned"], fixed["perfect"]
    assert all(one.overall.mistakes == 0 for one in best.mistakes)
    assert best.games[0].score == Score(1000, 0, 0)
    raw = next(one for one in nothing.mistakes if one.play == RAW)
    assert raw.overall.mistakes == raw.overall.random_mistakes
    found = groups([Graded("it", "there", {}, nothing, None)], list(fixed.values()))
    assert [row.anchors[0].value for group in found for row in group.rows if row.anchors[0]] == [
        row.cells[0].value for group in found for row in group.rows
    ]
    # Only the matches are left out for the perfect player.
    assert [group.title for group in found if group.rows[0].anchors[1] is None] == [
        "Games from random openings, with exact ends"
    ]


class Knowing(PerfectQ):
    """Stands in for the solver where it is not installed: knows one-move truths and otherwise nothing."""

    def __init__(self) -> None:
        self.game = CONNECT4

    def q(self, state: Any) -> Tensor:
        return ExactPlyQ(ConstantQ(CONNECT4)).q(state)

    def save(self) -> None:
        pass


def test_games_against_perfect_play_are_of_both_players(monkeypatch: pytest.MonkeyPatch) -> None:
    """Q alone is beaten by whoever sees ends; with exact ends the same Q holds its own. Each row says who played."""
    from arena.strength.board import Graded

    monkeypatch.setattr("arena.strength.measures.truth_of", lambda _: [])
    monkeypatch.setattr("arena.strength.measures.shipped_positions", lambda *_: [])
    found = measures.measure(ConstantQ(CONNECT4), [Rung("one-ply", 2, EXACT)], Knowing(), 100)
    by_play = {
        play: [one.value for one in found.games if one.play == play and one.opponent != "one-ply"]
        for play in (RAW, EXACT)
    }
    assert [len(values) for values in by_play.values()] == [3, 3]
    assert by_play[RAW][0] < 0.25 < by_play[EXACT][0]
    titles = {group.title: len(group.rows) for group in groups([Graded("it", "there", {}, found, None)], [])}
    assert titles == {
        "Games against perfect play, raw Q": 3,
        "Games against perfect play, with exact ends": 3,
        "Games from random openings, with exact ends": 1,
    }


def test_the_ladder_has_what_the_board_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search of all positions four plies deep is too much on large boards; rollouts are not."""
    pytest.importorskip("pyspiel")

    def opponents(name: str, deep: bool = False) -> list[str]:
        return [rung.opponent for rung in ladder(make(name), deep)[0]]

    rollouts = ["mcts:100@openspiel", "mcts:1000@openspiel"]
    assert opponents("connect4") == ["one-ply", "negamax:4", "negamax:8", *rollouts]
    assert opponents("othello") == opponents("breakthrough") == ["one-ply", "negamax:4", *rollouts]
    assert opponents("gomoku", deep=True) == ["one-ply", *rollouts, "mcts:10000@openspiel"]
    rungs, (why,) = ladder(make("hex"))
    assert [rung.opponent for rung in rungs] == ["one-ply", *rollouts]
    assert why == "negamax:4 is left out: it looks at too many positions of hex a game"
    assert ladder(make("othello:6"), deep=True)[1] == [
        "Monte-Carlo tree search is left out: OpenSpiel has no othello:6 by the same rules"
    ]
    monkeypatch.setattr("arena.strength.ladder.available", lambda: False)
    rungs, (why,) = ladder(make("othello"), deep=True)
    assert [rung.opponent for rung in rungs] == ["one-ply", "negamax:4"]
    assert "pip install 'qzero[bench]'" in why


@pytest.mark.usefixtures("workers_here")
def test_any_game_has_a_scoreboard(qzero: Qzero, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.training.judge.FINAL_GAMES", 40)
    rungs = [Rung("random", 20), Rung("one-ply", 20)]
    monkeypatch.setattr("arena.strength.grade.ladder", lambda *_: (rungs, ["the third is left out"]))
    tiny = [word for pair in TINY for word in ("--set", pair)]
    done = qzero("strength", "breakthrough:4x4", "--seeds", 1, "--games", 10, *tiny)
    assert (done.code, "the third is left out" in done.err) == (0, True)
    assert "Games from random openings, raw Q" in done.out
    (full,) = [line for line in done.out.splitlines() if "points against random" in line and "=0" in line]
    assert re.search(r"seed 0 +\+\d+ =0 -\d+ +\d+\.\d % \(\d+\.\d to \d+\.\d\)$", full)
    assert "Mistakes" not in done.out
    page = (tmp_path / "runs" / "strength-breakthrough-4x4" / "scoreboard.html").read_text()
    assert "the third is left out" in page
    assert 'id="mistakes"' not in page
    small = qzero("strength", "tictactoe", "--seeds", 1, "--games", 10, "--json", *tiny)
    titles = [group["title"] for group in json.loads(small.out)["groups"]]
    assert titles[:2] == [
        "Mistakes, all states of the game, raw Q",
        "Mistakes, all states of the game, with exact ends",
    ]
    assert json.loads(small.out)["left_out"] == ["the third is left out"]


def test_speed_is_read_from_metrics(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        {"moves": 100, "seconds": 2.0, "share_self_play": 0.5, "share_targets": 0.0, "share_learning": 0.5},
        {"moves": 400, "seconds": 6.0, "share_self_play": 0.25, "share_targets": 0.25, "share_learning": 0.5},
    ]
    (tmp_path / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "saving.json").write_text('{"seconds": 2.0}')
    speed = speed_of(tmp_path)
    assert speed is not None
    assert speed.seconds == {"self-play": 2.0, "targets": 1.0, "learning": 3.0, "saving": 2.0}
    assert speed.moves_per_second == pytest.approx(400 / 6)
    assert speed_of(tmp_path / "model.safetensors") is None


def test_settings_are_read_by_their_kind() -> None:
    assert settings_of(("learning-rate=0.5", "games=64", "cut=false", "head=afterstate")) == {
        "learning_rate": 0.5,
        "games": 64,
        "cut": False,
        "head": "afterstate",
    }


@pytest.mark.parametrize("pair", ["games", "seed=3", "nonsense=1", "games=many", "cut=maybe"])
def test_settings_that_are_none(pair: str) -> None:
    with pytest.raises(UsageError, match="--set"):
        settings_of((pair,))


@pytest.fixture
def workers_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers do what they are told within this process, one after the other."""
    monkeypatch.setattr("arena.strength.seeds.pool_of", lambda size, *_: FakePool(size, performed))


TINY = ("q=network", "moves=300", "games=16", "width=8", "depth=1", "threads=1", "batch_size=32", "evaluations=0")


@pytest.mark.usefixtures("workers_here")
def test_the_command_trains_measures_and_goes_on(qzero: Qzero, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.truth.bitbully.available", lambda: False)
    monkeypatch.setattr("arena.training.judge.FINAL_GAMES", 40)
    monkeypatch.setattr("arena.strength.grade.ladder", lambda *_: ([Rung("one-ply", 20, EXACT)], ["so much for that"]))
    tiny = [word for pair in TINY for word in ("--set", pair)]
    command = ("strength", "connect4", "--seeds", 2, "--games", 20, "--out", "<b>", *tiny)
    first = qzero(*command)
    assert first.code == 0
    assert "left out: they need pip install 'qzero[solver]'" in first.err
    assert "seed 0" in first.out
    assert "moves learned a second" in first.out
    page = (tmp_path / "<b>" / "scoreboard.html").read_text()
    assert "http" not in page.replace("http-equiv", "")
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    tables = page.split("<h3>")[1:]
    assert [table.count('class="anchor">perfect') for table in tables] == [1] * 8 + [
        0,
        0,
    ]  # four sets, two ways to play
    assert [table.count('class="anchor">nothing learned') for table in tables] == [1] * 9 + [0]
    trained = [(tmp_path / "<b>" / f"seed-{seed}" / "metrics.jsonl").stat().st_mtime_ns for seed in (0, 1)]
    again = json.loads(qzero(*command, "--json").out)
    assert [one["seed"] for one in again["checkpoints"]] == [0, 1]
    assert trained == [(tmp_path / "<b>" / f"seed-{seed}" / "metrics.jsonl").stat().st_mtime_ns for seed in (0, 1)]
    rows = {row["name"]: row for group in again["groups"] for row in group["rows"]}
    moves = [cell["value"] for cell in rows["moves learned"]["cells"]]
    assert rows["moves learned"]["mean"]["mean"] == sum(moves) / 2 >= 300
    shares = [row["mean"]["mean"] for name, row in rows.items() if name.startswith("share of")]
    assert sum(shares) == pytest.approx(1)
    other = qzero(*command, "--set", "momentum=0.5")
    assert other.code == 2
    assert "name another folder" in other.err
    # By the name that the command once had, and with what it then wrote: the same runs.
    (tmp_path / "<b>" / "strength.json").rename(tmp_path / "<b>" / "benchmark.json")
    assert json.loads(qzero("benchmark", *command[1:], "--json").out)["groups"] == again["groups"]
    one = qzero("strength", "connect4", "--model", "<b>/seed-1", "--games", 20, "--html", "one.html")
    assert one.code == 0
    assert (tmp_path / "one.html").exists()


@pytest.mark.usefixtures("workers_here")
def test_a_seed_that_fails_ends_the_command_in_one_line(qzero: Qzero) -> None:
    wild = [word for pair in (*TINY, "learning_rate=1e30") for word in ("--set", pair)]
    failed = qzero("strength", "connect4", "--seeds", 1, *wild)
    assert failed.code == 1
    assert failed.err.splitlines()[0] == "seed 0: training"
    assert failed.err.splitlines()[1].startswith("qzero: seed 0: training diverged")


@pytest.mark.usefixtures("workers_here")
def test_asked_to_stop_it_says_how_to_go_on(tmp_path: Path) -> None:
    seeds = Seeds(tmp_path, preset("connect4", **settings_of(TINY)), None)
    asked = iter([False, True])
    with pytest.raises(StoppedError, match="1 of 2 seeds are trained; the same command continues"):
        seeds.train([4, 5], 1, lambda: next(asked), lambda _: None)
    assert {path.name for path in tmp_path.glob("seed-*")} == {"seed-4"}


def test_seeds_are_trained_in_processes_of_their_own(tmp_path: Path) -> None:
    """With the folder locked meanwhile: a second command would wait for it."""
    seeds = Seeds(tmp_path, preset("tictactoe", **settings_of(TINY)), None)
    told: list[str] = []
    locked: list[bool] = []

    def look() -> bool:
        try:
            hold(tmp_path, LOCK, patience=0).close()
            locked.append(False)
        except QzeroError:
            locked.append(True)
        return False

    paths = seeds.train([3, 4], 2, look, told.append)
    assert told == ["seed 3: training", "seed 4: training"]
    assert all(locked)
    assert list(paths) == ["seed 3", "seed 4"]
    for seed, path in zip((3, 4), paths.values(), strict=True):
        record = json.loads((path / "config.json").read_text())
        assert (record["seed"], record["moves"] >= 300) == (seed, True)
        assert record["strength"]
        speed = speed_of(path)
        assert speed is not None
        assert speed.seconds["saving"] > 0
    hold(tmp_path, LOCK, patience=0).close()


def test_side_by_side_each_has_one_core(qzero: Qzero, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    threads: list[int] = []

    def pool(size: int, *_: object) -> FakePool:
        sizes.append(size)
        return FakePool(size, answer)

    def answer(message: dict[str, Any]) -> dict[str, Any]:
        threads.append(message["config"]["threads"])
        return {"failed": "that is enough"}

    monkeypatch.setattr("arena.strength.seeds.pool_of", pool)
    qzero("strength", "connect4", "--out", "a")
    qzero("strength", "connect4", "--out", "b", "--parallel", 2)
    assert (sizes, threads) == ([1, 2], [0, 1])


def test_the_old_folder_of_runs_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from arena.strength.cli import _usual_folder

    monkeypatch.chdir(tmp_path)
    assert _usual_folder("hex:7") == Path("runs/strength-hex-7")
    Path("runs/benchmark-hex-7").mkdir(parents=True)
    assert _usual_folder("hex:7") == Path("runs/benchmark-hex-7")
    Path("runs/strength-hex-7").mkdir()
    assert _usual_folder("hex:7") == Path("runs/strength-hex-7")


def test_a_model_of_another_game_is_refused(qzero: Qzero, tiny_run: Path) -> None:
    refused = qzero("strength", "connect4", "--model", tiny_run)
    assert refused.code == 2
    assert "tictactoe" in refused.err
    assert len(refused.err.strip().splitlines()) == 1


def test_the_player_that_comes_with_qzero_is_measured(qzero: Qzero) -> None:
    """By its own name; where there is none, that is told."""
    found = json.loads(qzero("strength", "tictactoe", "--model", "shipped", "--games", 10, "--json").out)
    assert found["checkpoints"][0]["label"] == "shipped"
    assert found["groups"][0]["rows"][0]["cells"][0]["value"] == 0
    none = qzero("strength", "hex:5", "--model", "shipped")
    assert (none.code, len(none.err.splitlines())) == (2, 1)
    assert "no checkpoint of hex:5 comes with qzero" in none.err


def test_a_checkpoint_is_measured_with_a_search(qzero: Qzero, tiny_run: Path, tmp_path: Path) -> None:
    """One node is the bare Q: the same numbers. More are another player's."""
    games = ("strength", "tictactoe", "--model", tiny_run, "--games", 10, "--json")
    bare, one, more = (
        json.loads(qzero(*games, *search).out)["groups"]
        for search in ((), ("--search", "nodes=1"), ("--search", "nodes=100"))
    )
    mistakes = [[row["cells"][0]["value"] for row in found[0]["rows"]] for found in (bare, one, more)]
    assert mistakes[0] == mistakes[1] != mistakes[2]
    titles = [found[0]["title"].rpartition(", ")[2] for found in (bare, more)]
    assert titles == ["raw Q", "a search of nodes=100"]
    text = qzero(*games[:-1], "--search", "nodes=100", "--html", tmp_path / "page.html").out
    rows = [
        line.partition("a search of nodes=100")[2]
        for line in text.splitlines()
        if "@openspiel, both seats, a search" in line
    ]
    assert rows
    assert all(row.startswith("  ") for row in rows), "however long the names are, columns are apart"
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<title>a search of nodes=100: " in page
    assert "<title>raw Q" not in page
    for search in ("depth=3", "nodes", "nodes=0", "temperature=1"):
        refused = qzero(*games, "--search", search)
        assert (refused.code, len(refused.err.splitlines())) == (2, 1), search
