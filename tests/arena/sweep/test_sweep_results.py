"""What a sweep makes of its runs: planted results, intervals worked by hand, tables and the plot."""

from __future__ import annotations

import io
import json
import math
import re
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from agent.run.strength import Evidence, Strength
from agent.stats import mean_of, t_quantile
from agent.store.files import write_json
from arena.sweep.estimate import in_words, seconds_left
from arena.sweep.experiment import BASE, Experiment, Variant
from arena.sweep.outcome.plot import PlotError, plot
from arena.sweep.outcome.results import GameResult, measured, results
from arena.sweep.outcome.table import markdown, text_table
from arena.sweep.read import read
from arena.sweep.running.progress import Progress
from arena.sweep.running.state import FAILED, FINISHED, STATE, Run, State
from arena.sweep.search import Search
from game.errors import QzeroError

FILE = """
[sweep]
seeds = [0, 1, 2]
[games]
tictactoe = 2
"hex:4" = 5
[rows.better]
width = 64
[rows.worse]
learning_rate = 0.125
[rows.broken]
learning_rate = 1e30
[rows.absent]
cut = false
"""
Planted = Mapping[str, list[float | None]]
# Mistakes by seed. Paired with the base the better row differs by 0.1 each time, though seeds differ much more.
MISTAKES: Planted = {
    BASE: [0.2, 0.5, 0.3],
    "better": [0.1, 0.4, 0.2],
    "worse": [0.4, None, 0.9],
    "broken": [None, None, None],
}


def strength_of(value: float, score: float) -> Strength:
    every = Evidence.of_positions(value, 3191, exact=True)
    return {
        "mistakes on all states": every,
        "score vs negamax:4": Evidence(score),
        "score vs random": Evidence.of_games(2, 6, 2, 10),
    }


def planted(folder: Path, mistakes: Planted | None = None) -> tuple[Experiment, State]:
    """A sweep whose runs came to these mistakes in tictactoe, and to this score in hex:4; None for a failed run.

    In tictactoe the score is half of that, so that no measure is mistaken for another.
    """
    (folder / "planted.toml").write_text(FILE, encoding="utf-8")
    experiment, state = read(folder / "planted.toml"), State(folder)
    for cell in experiment.cells([Variant(BASE), *experiment.variants]):
        for (seed, job), value in zip(
            cell.jobs.items(), (mistakes or MISTAKES).get(cell.variant.name, []), strict=False
        ):
            run = state.runs[job] = Run(f"runs/{cell.variant.name}-{seed}", 1000)
            if value is None:
                run.status, run.message = FAILED, "training diverged"
                continue
            run.status, run.moves, run.games, run.seconds, run.wall = FINISHED, 1000 + seed, 9, 2.5 + seed, 3.0
            run.strength = strength_of(value, value if cell.budget.game == "hex:4" else value / 2)
    return experiment, state


def tables(folder: Path) -> tuple[Experiment, list[GameResult]]:
    experiment, state = planted(folder)
    return experiment, results(experiment, experiment.cells([Variant(BASE), *experiment.variants]), state)


# Statistics


@pytest.mark.parametrize(
    ("degrees", "published"),
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (9, 2.262), (10, 2.228), (29, 2.045), (120, 1.980)],
)
def test_quantiles_are_those_of_the_printed_tables(degrees: int, published: float) -> None:
    assert t_quantile(degrees) == pytest.approx(published, abs=6e-4)


def test_an_interval_worked_by_hand() -> None:
    # Mean 0.3; squares 0.04 + 0.01 + 0.09 = 0.14, so s = sqrt(0.07); t of 2 degrees is exactly sqrt(18.5128).
    found = mean_of([0.1, 0.2, 0.6])
    assert found.mean == pytest.approx(0.3)
    assert found.count == 3
    assert found.half == pytest.approx(4.302653 * math.sqrt(0.07 / 3), abs=1e-6)
    assert mean_of([0.4, 0.6]).half == pytest.approx(12.7062 * 0.1, abs=1e-5)


def test_one_value_has_no_interval_and_equal_ones_have_an_empty_one() -> None:
    assert (mean_of([0.25]).mean, mean_of([0.25]).half) == (0.25, None)
    assert mean_of([0.25, 0.25]).half == 0


def test_differences_are_paired_by_seed_over_the_seeds_both_have(tmp_path: Path) -> None:
    _, (tictactoe, _) = tables(tmp_path)
    rows = {row.name: row for row in tictactoe.rows}
    better, worse = rows["better"].difference, rows["worse"].difference
    assert better
    assert better.mean == pytest.approx(-0.1)
    assert better.count == 3
    assert better.half == pytest.approx(0, abs=1e-12)
    own = rows["better"].measures["mistakes on all states"].half
    assert own == pytest.approx(4.302653 * statistics.stdev([0.1, 0.4, 0.2]) / math.sqrt(3), abs=1e-6)
    assert worse
    assert worse.mean == pytest.approx(0.4)  # 0.2 for seed 0 and 0.6 for seed 2
    assert worse.count == 2
    assert worse.half == pytest.approx(12.7062 * 0.2, abs=1e-4)
    assert rows["base"].difference is None
    assert rows["broken"].difference is None


# Tables


def test_the_best_is_first_whichever_way_is_better_and_failures_are_last(tmp_path: Path) -> None:
    _, (tictactoe, hex4) = tables(tmp_path)
    assert [row.name for row in tictactoe.rows] == ["better", "base", "worse", "broken"]
    assert [row.name for row in hex4.rows] == ["worse", "base", "better", "broken"]  # by score
    assert (tictactoe.missing, hex4.missing) == (3, 3)  # the row that is absent


def test_the_table_in_words(tmp_path: Path) -> None:
    experiment, games = tables(tmp_path)
    first, second = text_table(experiment, games).split("\n\n")
    title, header, *lines = first.splitlines()
    assert title == "tictactoe: 2 s a run, seeds 0, 1, 2; by mistakes on all states (less is better)"
    assert second.startswith("hex:4: 5 s a run, seeds 0, 1, 2; by score vs negamax:4 (more is better)")
    columns = ("#", "row", "mistakes on all states %", "to base", "score vs negamax:4 %", "moves", "seconds", "seeds")
    assert header.split(maxsplit=2)[0] == "#"
    assert all(name in header for name in (*columns, "changes"))
    assert lines[0].split() == [
        *("1", "better", "23.33", "±", "37.95", "-10.00", "±", "0.00", "11.67", "±", "18.97"),
        *("1.00", "k", "3.5", "3", "width=64"),
    ]
    assert lines[1].split()[1:6] == ["base", "33.33", "±", "37.95", "base"]
    assert lines[2].split()[-7:] == ["1.00", "k", "3.5", "2", "of", "3", "learning_rate=0.125"]
    assert lines[3].split() == ["broken", "failed", "0", "of", "3", "learning_rate=1e+30"]
    assert lines[4:7] == [
        "  worse: failed: training diverged",
        "  broken: failed: training diverged",
        "  3 runs have not ended yet",
    ]
    assert lines[0].index("±") == lines[1].index("±")  # the columns stand below each other
    assert lines[0].index("3.5") == lines[2].index("3.5")


def test_the_table_in_markdown_has_as_many_cells_in_every_line(tmp_path: Path) -> None:
    experiment, games = tables(tmp_path)
    text = markdown(experiment, games)
    assert text.startswith("# planted\n\n## tictactoe: ")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 * (2 + 4)
    assert [line.count("|") for line in lines] == [10] * 6 + [9] * 6  # tic-tac-toe shows two measures, Hex one
    assert lines[1] == "| --: | :-- | --: | --: | --: | --: | --: | --: | :-- |"


def test_one_seed_is_said_to_have_no_interval(tmp_path: Path) -> None:
    experiment, state = planted(tmp_path, {BASE: [0.2], "better": [0.1]})
    games = results(experiment, experiment.cells([Variant(BASE), *experiment.variants]), state)
    text = text_table(experiment, games)
    assert "one seed has no interval" in text
    assert [line.split()[:4] for line in text.splitlines()[2:4]] == [
        ["1", "better", "10.00", "-10.00"],
        ["2", "base", "20.00", "base"],
    ]


def test_nothing_done_is_a_table_of_nothing(tmp_path: Path) -> None:
    experiment, state = planted(tmp_path, {"nobody": []})
    games = results(experiment, experiment.cells([Variant(BASE), *experiment.variants]), state)
    assert text_table(experiment, games).splitlines()[1] == "  15 runs have not ended yet"
    plot(tmp_path, experiment, games)
    assert not (tmp_path / "plot.svg").exists()


def test_json_has_every_number_and_no_nan(tmp_path: Path) -> None:
    _, games = tables(tmp_path)
    found = json.loads(json.dumps(games[0].as_dict(), allow_nan=False))
    better = found["rows"][0]
    assert (better["row"], better["changes"]) == ("better", {"width": 64})
    assert better["difference_to_base"]["mean"] == pytest.approx(-0.1)
    assert [run["strength"]["mistakes on all states"]["value"] for run in better["runs"]] == [0.1, 0.4, 0.2]
    assert found["rows"][3]["runs"][0]["message"] == "training diverged"


def test_a_half_of_the_solved_states_stands_for_them() -> None:
    run = Run(
        "runs/a", 1, strength={"score vs random": Evidence(0.5), "mistakes on all states, odd half": Evidence(0.25)}
    )
    assert measured(run, "mistakes on all states") == 0.25
    with pytest.raises(QzeroError, match="runs/a has no 'mistakes on random', but score vs random"):
        measured(run, "mistakes on random")


# The plot


def test_the_plot_names_rows_and_games_and_is_always_the_same(tmp_path: Path) -> None:
    experiment, games = tables(tmp_path)
    plot(tmp_path, experiment, games)
    svg = (tmp_path / "plot.svg").read_bytes()
    for text in (b"better", b"base", b"worse", b"broken", b"failed", b"mistakes on all states, % (less is better)"):
        assert text in svg
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    plot(tmp_path, experiment, games)
    assert (tmp_path / "plot.svg").read_bytes() == svg


def test_without_matplotlib_there_is_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment, games = tables(tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(PlotError, match=r"pip install 'qzero\[plots\]'"):
        plot(tmp_path, experiment, games)


# What is done, and how long the rest takes


def test_the_state_comes_back_as_it_was(tmp_path: Path) -> None:
    experiment, state = planted(tmp_path)
    job = next(iter(state.runs))
    state.rehearsed[job.rehearsal] = 12345
    state.save()
    again = State(tmp_path)
    assert (again.runs, again.rehearsed) == (state.runs, state.rehearsed)
    assert again.begin(job, "x", 7) == Run(
        "runs/base-0", 1000, moves=1000, games=9, seconds=2.5, wall=3.0, strength=strength_of(0.2, 0.1)
    )
    assert experiment.seeds == (0, 1, 2)


def test_what_numbers_rest_on_is_kept_and_older_states_are_read(tmp_path: Path) -> None:
    _, state = planted(tmp_path)
    state.save()
    data = json.loads((tmp_path / STATE).read_text())
    assert data["runs"][0]["run"]["strength"]["score vs random"] == {
        "value": 0.5, "games": 10, "wins": 2, "draws": 6, "losses": 2, "distinct": 10
    }  # fmt: skip
    data["runs"][0]["run"]["strength"] = {"mistakes on all states": 0.25}
    write_json(tmp_path / STATE, data)
    assert next(iter(State(tmp_path).runs.values())).strength == {"mistakes on all states": Evidence(0.25)}


def test_runs_of_settings_that_are_gone_are_kept_aside(tmp_path: Path) -> None:
    _, state = planted(tmp_path)
    state.save()
    data = json.loads((tmp_path / STATE).read_text())
    data["runs"][0]["config"]["brilliance"] = 3
    del data["runs"][1]["config"]["cut"]  # of a version before there was such a setting: it has its default
    write_json(tmp_path / STATE, data)
    later = State(tmp_path)
    assert len(later.runs) == len(state.runs) - 1
    later.save()
    assert "brilliance" in (tmp_path / STATE).read_text()
    assert len(State(tmp_path).runs) == len(later.runs)


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 0}', '{"version": 1, "foreign": [], "rehearsals": 3}'])
def test_a_damaged_state_is_said_to_be(text: str, tmp_path: Path) -> None:
    (tmp_path / STATE).write_text(text, encoding="utf-8")
    with pytest.raises(QzeroError, match=r"sweep.json is damaged or from another version"):
        State(tmp_path)


def test_a_new_run_takes_no_folder_that_is_there(tmp_path: Path) -> None:
    experiment, state = planted(tmp_path, {BASE: [0.5]})
    first, second = (cell.jobs[0] for cell in experiment.cells(experiment.variants)[:2])
    (tmp_path / "runs" / "better-0").mkdir(parents=True)
    assert state.begin(first, "better-0", 10).folder == "runs/better-0-2"
    assert state.begin(second, "better-0", 10).folder == "runs/better-0-3"
    assert state.begin(first, "better-0", 10).folder == "runs/better-0-2"


def test_failed_runs_are_tried_again_on_demand(tmp_path: Path) -> None:
    experiment, state = planted(tmp_path)
    (broken, *_) = (cell for cell in experiment.cells(experiment.variants) if cell.variant.name == "broken")
    state.runs[broken.jobs[2]].folder = ""  # failed in rehearsal
    state.retry(broken.jobs.values())
    assert [state.runs[broken.jobs[seed]].status for seed in (0, 1)] == ["begun", "begun"]
    assert broken.jobs[2] not in state.runs


def test_time_left_is_that_of_runs_like_these(tmp_path: Path) -> None:
    experiment, state = planted(tmp_path)
    absent = {cell.budget.game: cell for cell in experiment.cells([experiment.variants[-1]])}
    jobs = list(absent["tictactoe"].jobs.values())
    state.rehearsed[jobs[0].rehearsal] = 1000
    assert seconds_left(jobs, state, 2) == pytest.approx(3 * 3.0 / 2)
    assert seconds_left(jobs, state, 16) == pytest.approx(3.0)
    assert seconds_left(jobs, state, 2, {jobs[0]: 0.5}) == pytest.approx(2.5 * 3.0 / 2)
    fresh = State(tmp_path / "fresh")
    assert seconds_left(jobs, fresh, 1) == pytest.approx(3 * 2.0 + 6.0)  # and a rehearsal
    assert [in_words(s) for s in (4.2, 99, 119, 5990, 12_000)] == ["4 s", "99 s", "2 min", "1 h 40 min", "3 h 20 min"]


def test_progress_is_seen_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(
        "runs/a", 10, FINISHED, moves=1234, seconds=2.0, strength={"score vs random": Evidence.of_games(60, 5, 35, 90)}
    )

    def shown(**kind: Any) -> str:
        console = Console(file=io.StringIO(), width=100, color_system="standard", **kind)
        with Progress("trial", console) as progress:
            progress.runs(3, 9, 0.5, 2, 130.0)
            progress.ended("wide-tictactoe-0", run)
            progress.ended("[b]-tictactoe-0", Run("", 0, FAILED, "it [diverged]"))
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    seen = shown(force_terminal=True)
    assert "3 of 9 runs, 2 to rehearse, about 2 min left" in seen
    assert "wide-tictactoe-0: 1,234 moves in 2.0 s; score vs random 62.5 % (+60 =5 -35)" in seen
    assert "[b]-tictactoe-0: failed: it [diverged]" in seen
    assert shown(force_terminal=False) == ""
    coloured = re.compile(r"\x1b\[[0-9;]*3[0-7]")
    assert coloured.search(seen)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured.search(shown(force_terminal=True))


# Proposals of an optimiser

SEARCH = """
[sweep]
mode = "optuna"
samples = 30
batch = 3
[games]
tictactoe = 1
"hex:4" = 1
[vary]
learning_rate = { log = [0.001, 1] }
depth = { range = [1, 8] }
cut = [true, false]
"""


def searched(folder: Path) -> tuple[list[Variant], dict[str, Variant]]:
    """All proposals in order, and the best of each game, where mistakes and scores are |log10(rate) + 2| / 3."""
    (folder / "search.toml").write_text(SEARCH, encoding="utf-8")
    experiment = read(folder / "search.toml")
    search, proposed = Search(experiment, list(experiment.games)), []
    best: dict[str, tuple[float, Variant]] = {}
    while batch := search.ask():
        assert len(batch) == 3 * 2
        cells = experiment.cells(batch)
        values = {cell.name: abs(math.log10(cell.variant.settings["learning_rate"]) + 2) / 3 for cell in cells}
        for cell in cells:
            sign = 1 if cell.budget.game == "tictactoe" else -1
            found = sign * values[cell.name], cell.variant
            best[cell.budget.game] = min(best.get(cell.budget.game, found), found, key=lambda pair: pair[0])
        search.tell(cells, lambda cell, values=values: values[cell.name])  # type: ignore[misc] # the default
        proposed += batch
    assert search.later == 0
    return proposed, {game: variant for game, (_, variant) in best.items()}


def test_optuna_goes_where_the_objective_is_better_and_again_the_same_way(tmp_path: Path) -> None:
    pytest.importorskip("optuna", reason="Optuna is not installed: pip install 'qzero[sweep]'")
    proposed, best = searched(tmp_path)
    assert len(proposed) == 60
    assert {v.only for v in proposed} == {("tictactoe",), ("hex:4",)}
    assert all(type(v.settings["depth"]) is int and 1 <= v.settings["depth"] <= 8 for v in proposed)
    late = [v.settings["learning_rate"] for v in proposed[30:] if v.only == ("tictactoe",)]
    assert statistics.median(abs(math.log10(rate) + 2) for rate in late) < 0.5  # uniform draws: 0.75
    assert 0.006 < best["tictactoe"].settings["learning_rate"] < 0.016  # least at 0.01
    assert best["hex:4"].settings["learning_rate"] > 0.5  # most at 1
    assert searched(tmp_path)[0] == proposed


def test_without_optuna_there_is_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "search.toml").write_text(SEARCH, encoding="utf-8")
    experiment = read(tmp_path / "search.toml")
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(QzeroError, match=r"pip install 'qzero\[sweep\]'"):
        Search(experiment, list(experiment.games))
