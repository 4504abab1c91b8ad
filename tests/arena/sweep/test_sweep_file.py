"""The file of a sweep: what it means, and one line in words for whatever is wrong in it."""

from __future__ import annotations

import math
import random
import re
from pathlib import Path

import pytest

from agent.presets import preset
from arena.sweep.experiment import BASE, Experiment, Variant
from arena.sweep.read import read
from arena.sweep.vary import Choices, Range, grid, samples
from game.errors import UsageError
from tests.conftest import Qzero

ROOT = Path(__file__).parents[3]
ROWS = """
[sweep]
seeds = [3, 5]
[games]
tictactoe = 2
"gomoku:4x4x3" = { moves = 500, objective = "score vs one-ply", measures = ["score vs random"] }
[settings]
width = 32
[settings.tictactoe]
depth = 2
[rows.wide]
width = 64
[rows.deep]
depth = 5
only = ["tictactoe"]
[rows.soft.tictactoe]
activation = "tanh"
"""
VARY = """
[sweep]
mode = "MODE"
[games]
tictactoe = 2
[vary]
width = [16, 32]
cut = [true, false]
"""


def experiment(text: str, folder: Path, name: str = "trial.toml") -> Experiment:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read(path)


def test_rows_games_and_settings_mean_what_they_say(tmp_path: Path) -> None:
    found = experiment(ROWS, tmp_path)
    assert (found.name, found.mode, found.seeds) == ("trial", "rows", (3, 5))
    cells = {cell.name: cell for cell in found.cells([Variant(BASE), *found.variants])}
    assert set(cells) == {
        *("base/tictactoe", "base/gomoku:4x4x3", "wide/tictactoe", "wide/gomoku:4x4x3"),
        *("deep/tictactoe", "soft/tictactoe", "soft/gomoku:4x4x3"),
    }
    assert set(cells["wide/tictactoe"].jobs) == {3, 5}

    def config(name: str, seed: int = 3) -> object:
        return cells[name].jobs[seed].config

    assert config("base/tictactoe", 5) == preset("tictactoe", threads=1, seed=5, width=32, depth=2)
    assert config("wide/tictactoe") == preset("tictactoe", threads=1, seed=3, width=64, depth=2)
    assert config("deep/tictactoe") == preset("tictactoe", threads=1, seed=3, width=32, depth=5)
    assert config("soft/tictactoe") == preset("tictactoe", threads=1, seed=3, width=32, depth=2, activation="tanh")
    assert config("soft/gomoku:4x4x3") == config("base/gomoku:4x4x3")
    job = cells["base/tictactoe"].jobs[3]
    assert job.rehearsal is job.rehearsal  # made once: it is asked for at every answer of a worker
    assert job.rehearsal == cells["base/tictactoe"].jobs[5].rehearsal != cells["wide/tictactoe"].jobs[3].rehearsal
    assert config("wide/gomoku:4x4x3") == preset("gomoku:4x4x3", threads=1, seed=3, width=64, moves=500)
    assert [cells[f"base/{game}"].jobs[3].seconds for game in ("tictactoe", "gomoku:4x4x3")] == [2.0, None]


def test_default_objectives_are_the_truth_or_the_hardest_opponent(tmp_path: Path) -> None:
    tictactoe, gomoku = experiment(ROWS, tmp_path).games
    assert tictactoe.measures == ("mistakes on all states", "score vs negamax:4")
    assert (gomoku.objective, gomoku.measures) == ("score vs one-ply", ("score vs one-ply", "score vs random"))
    (hex5,) = experiment(ROWS.split("[games]")[0] + "[games]\n'hex:4' = 1\n[rows.a]\nwidth = 8\n", tmp_path).games
    assert hex5.measures == ("score vs negamax:4",)


def test_a_name_for_the_usual_board_is_that_game(tmp_path: Path) -> None:
    found = experiment("[games]\n'othello:8' = 1\n[rows.a]\nepsilon = 0.3\n", tmp_path)
    assert [budget.game for budget in found.games] == ["othello"]


def test_a_choice_brings_its_companions_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    text = "[games]\ntictactoe = 1\n[settings]\n#\n[rows.a]\noptimizer = 'adamw'\n"
    for settings, rate in (("", preset("tictactoe", optimizer="adamw").learning_rate), ("learning_rate = 0.7", 0.7)):
        found = experiment(text.replace("#", settings), tmp_path)
        (cell,) = found.cells(found.variants)
        assert cell.jobs[0].config.learning_rate == rate


def test_a_grid_is_all_combinations_with_names_that_say_so(tmp_path: Path) -> None:
    found = experiment(VARY.replace("MODE", "grid"), tmp_path)
    assert [(v.name, dict(v.settings)) for v in found.variants] == [
        ("width=16,cut=true", {"width": 16, "cut": True}),
        ("width=16,cut=false", {"width": 16, "cut": False}),
        ("width=32,cut=true", {"width": 32, "cut": True}),
        ("width=32,cut=false", {"width": 32, "cut": False}),
    ]


def test_random_samples_are_different_and_the_same_ones_for_a_seed(tmp_path: Path) -> None:
    text = VARY.replace('"MODE"', '"random"\nsamples = 12') + "learning_rate = { log = [0.001, 1] }\n"
    first, again = experiment(text, tmp_path).variants, experiment(text, tmp_path).variants
    other = experiment(text.replace("samples", "seed = 8\nsamples"), tmp_path).variants
    assert first == again
    assert [dict(v.settings) for v in first] != [dict(v.settings) for v in other]
    assert [v.name for v in first] == [f"r{n:02}" for n in range(1, 13)]
    assert len({str(v.settings) for v in first}) == 12


def test_ranges_are_drawn_evenly_within_their_ends() -> None:
    chance = random.Random(0)

    def draws(values: Range) -> list[float]:
        return [values.draw(chance) for _ in range(4000)]

    whole = draws(Range(1, 4, log=False, whole=True))
    assert set(whole) == {1, 2, 3, 4}
    assert all(0.22 < whole.count(value) / 4000 < 0.28 for value in (1, 2, 3, 4))
    flat = draws(Range(0.1, 0.5, log=False, whole=False))
    assert 0.1 <= min(flat) < 0.102
    assert 0.498 < max(flat) <= 0.5
    assert sum(value < 0.3 for value in flat) / 4000 == pytest.approx(0.5, abs=0.04)
    log = draws(Range(0.001, 10, log=True, whole=False))
    assert 0.001 <= min(log) < 0.00102
    assert max(log) <= 10
    assert sum(value < 0.1 for value in log) / 4000 == pytest.approx(0.5, abs=0.04)
    assert all(float(f"{value:.4g}") == value for value in log)
    octaves = draws(Range(1, 256, log=True, whole=True))
    assert all(type(value) is int and 1 <= value <= 256 for value in octaves)
    assert sum(value < 16 for value in octaves) / 4000 == pytest.approx(math.log(15.5) / math.log(256), abs=0.04)


def test_as_many_samples_as_there_may_be_are_different() -> None:
    found = samples({"seed": Range(1, 10**9, log=False, whole=True)}, 10_000, 0)
    assert len({sample["seed"] for sample in found}) == len(found) == 10_000


def test_a_grid_and_samples_know_their_limits() -> None:
    with pytest.raises(UsageError, match="a grid needs a list"):
        grid({"width": Range(1, 4, log=False, whole=True)})
    with pytest.raises(UsageError, match="makes 1,000,000 combinations"):
        grid({name: Choices(tuple(range(100))) for name in ("width", "depth", "seed")})
    with pytest.raises(UsageError, match="only 2 different samples"):
        samples({"cut": Choices((True, False))}, 3, 0)


BASIC = "[games]\ntictactoe = 1\n"
ROW = BASIC + "[rows.a]\nwidth = 8\n"
BAD = {
    "no TOML": ("[games", "is no TOML: "),
    "unknown section": ("[game]\n" + ROW, "no entry is called 'game'; expected 'games'"),
    "no section": ("games = 3", "games: 3 stands alone; expected a section [games]"),
    "nothing varies": (BASIC, "there is no [vary]"),
    "no games": ("[rows.a]\nwidth = 8", "no game is listed"),
    "both ways": (ROW + "[vary]\nwidth = [8]\n", "both [rows] and [vary] are there"),
    "unknown mode": ("[sweep]\nmode = 'best'\n" + ROW, "[sweep] mode: 'best'; expected one of rows, grid"),
    "unknown key": ("[sweep]\nseed_s = [1]\n" + ROW, "no entry is called 'seed_s'; expected 'seeds'"),
    "seeds": ("[sweep]\nseeds = [1, 1]\n" + ROW, "[sweep] seeds: [1, 1]; expected a list of different"),
    "no seeds": ("[sweep]\nseeds = []\n" + ROW, "[sweep] seeds: []"),
    "seed 1.5": ("[sweep]\nseeds = [1.5]\n" + ROW, "[sweep] seeds: [1.5]"),
    "samples for rows": ("[sweep]\nsamples = 3\n" + ROW, "samples: given in mode rows"),
    "no samples": (VARY.replace("MODE", "random"), "[sweep] samples: not given; expected a whole number"),
    "samples without end": (
        VARY.replace('"MODE"', '"random"\nsamples = 1_000_000_000_000'),
        "[sweep] samples: 1000000000000; expected a whole number of at least 1 and at most 10,000",
    ),
    "a search without end": (VARY.replace('"MODE"', '"optuna"\nsamples = 10_001'), "at most 10,000"),
    "batch without end": (VARY.replace('"MODE"', '"optuna"\nsamples = 3\nbatch = 10_001'), "at most 10,000"),
    "runs without end": (
        f"[sweep]\nmode = 'optuna'\nsamples = 9999\nseeds = {list(range(11))}\n{VARY[VARY.index('[games]') :]}",
        "asks for 110,000 runs, rows by games by seeds: expected at most 100,000",
    ),
    "batch of none": (VARY.replace('"MODE"', '"optuna"\nsamples = 3\nbatch = 0'), "[sweep] batch: 0; expected"),
    "name": ("[sweep]\nname = 'a/b'\n" + ROW, "[sweep] name: 'a/b'; expected at most 100 letters"),
    "unknown game": ("[games]\nchess = 1\n[rows.a]\nwidth = 8", "[games] chess: "),
    "game twice": ("[games]\nothello = 1\n'othello:8' = 1\n[rows.a]\nepsilon = 0.3", "a game is listed twice"),
    "no time": ("[games]\ntictactoe = 0\n[rows.a]\nwidth = 8", "[games] tictactoe: 0 seconds; expected a number above"),
    "nan time": ("[games]\ntictactoe = nan\n[rows.a]\nwidth = 8", "nan seconds"),
    "both lengths": ("[games]\ntictactoe = {seconds=1, moves=2}\n[rows.a]\nwidth = 8", "either seconds or moves"),
    "no moves": ("[games]\ntictactoe = {moves=0}\n[rows.a]\nwidth = 8", "0 moves; expected a whole number of at"),
    "objective": ("[sweep]\nobjective = 'luck'\n" + ROW, "objective 'luck': this game has score vs random, "),
    "measures": ("[sweep]\nmeasures = 'luck'\n" + ROW, "measures 'luck': expected a list"),
    "measure": ("[sweep]\nmeasures = ['luck']\n" + ROW, "measure 'luck': this game has"),
    "unknown setting": (ROW + "widht = 3", "[rows.a]: no setting is called 'widht'; expected 'width'"),
    "setting of a base": (BASIC + "[settings]\nseed = 3\n[rows.a]\nwidth = 8", "[settings]: 'seed' cannot be set here"),
    "length of a row": (ROW + "moves = 3", "[rows.a]: 'moves' cannot be set here; expected how long a run is stands"),
    "value": (ROW + "depth = 1000", "row a in tictactoe: --depth 1000: expected at most 64"),
    "kind of a value": (BASIC + "[rows.a]\nwidth = '8'", "row a in tictactoe: --width '8': expected a whole number"),
    "value in a game": (BASIC + "[rows.a.tictactoe]\nwidth = -1", "row a in tictactoe: --width -1"),
    "base": (BASIC + "[settings]\nwidth = -1\n[rows.a]\ndepth = 2", "row base in tictactoe: --width -1"),
    "no such game": (BASIC + "[rows.a.hex]\nwidth = 1", "[rows.a] hex: 'hex'; expected one of tictactoe"),
    "only elsewhere": (ROW + "only = ['hex']", "[rows.a] only: 'hex'; expected one of tictactoe"),
    "only nothing": (ROW + "only = 'hex'", "[rows.a] only: 'hex'; expected a list of games"),
    "not in only": (
        "[games]\ntictactoe = 1\nconnect4 = 1\n[rows.a]\nonly = ['tictactoe']\n[rows.a.connect4]\nwidth = 1",
        "[rows.a] connect4: 'connect4'; expected one of tictactoe",
    ),
    "empty row": (BASIC + "[rows.a]", "[rows.a]: it changes nothing"),
    "row base": (BASIC + "[rows.base]\nwidth = 8", "[rows.base]: base is the row without changes"),
    "row name": (BASIC + "[rows.'a b']\nwidth = 8", "[rows.a b]: 'a b'; expected"),
    "row value": (BASIC + "[rows]\na = 8", "[rows.a]: 8; expected settings"),
    "grid value": (BASIC + "[vary]\nwidth = [8, -8]", "row width=-8 in tictactoe: --width -8"),
    "grid of a range": (BASIC + "[vary]\nwidth = { range = [1, 2] }", "[vary] width is a range"),
    "value twice": (BASIC + "[vary]\nwidth = [8, 8]", "[vary] width: [8, 8] has a value twice"),
    "no values": (BASIC + "[vary]\nwidth = []", "[vary] width: []; expected a list of values, { range"),
    "unknown to vary": (BASIC + "[vary]\nwidht = [3]", "[vary]: no setting is called 'widht'; expected 'width'"),
    "range upside down": (BASIC + "[vary]\nepsilon = { range = [0.5, 0.1] }", "a low end below the high end"),
    "range of one": (BASIC + "[vary]\nepsilon = { range = [0.5] }", "two numbers, [low, high]"),
    "range of nan": (BASIC + "[vary]\nepsilon = { range = [0.5, nan] }", "a low end below the high end"),
    "range of words": (BASIC + "[vary]\nschedule = { range = [0, 1] }", "a range of what is no number"),
    "range of parts": (BASIC + "[vary]\nwidth = { range = [1.5, 3] }", "two whole numbers"),
    "log of zero": (BASIC + "[vary]\nlearning_rate = { log = [0, 1] }", "a low end above 0 on the log scale"),
    "end of a range": (
        "[sweep]\nmode = 'optuna'\nsamples = 2\n" + BASIC + "[vary]\nepsilon = { range = [0.5, 1.5] }",
        "row epsilon=1.5 in tictactoe: --epsilon 1.5: expected at most 1",
    ),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_said_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        experiment(text, tmp_path)
    assert str(error.value).startswith(str(tmp_path / "trial.toml"))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_the_command_fails_with_2_and_leaves_nothing(qzero: Qzero, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(ROW + "widht = 3", encoding="utf-8")
    for name, said in (("bad.toml", "'widht'; expected 'width'"), ("none.toml", "cannot read none.toml: No such file")):
        outcome = qzero("sweep", name)
        assert (outcome.code, outcome.out) == (2, "")
        assert said in outcome.err
        assert outcome.err.count("\n") == 1
    (tmp_path / "good.toml").write_text(ROW, encoding="utf-8")
    outcome = qzero("sweep", "good.toml", "--only", "b/hex")
    assert outcome.code == 2
    assert "--only b/hex fits no row in any game; rows: base, a; games: tictactoe" in outcome.err
    assert not (tmp_path / "sweeps").exists()


@pytest.mark.parametrize("path", sorted((ROOT / "experiments").glob("*.toml")), ids=lambda path: path.stem)
def test_the_experiments_that_are_shipped_can_be_run(path: Path) -> None:
    assert read(path).variants


def test_the_examples_of_the_docs_can_be_run(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 2
    rows, drawn = (experiment(example, tmp_path) for example in examples)
    assert (rows.name, [v.name for v in rows.variants]) == ("widths", ["narrow", "table", "sigmoid"])
    assert (drawn.mode, len(drawn.variants)) == ("random", 20)


def test_a_row_of_another_kind_of_q_leaves_out_what_the_base_says_of_networks(tmp_path: Path) -> None:
    path = tmp_path / "kinds.toml"
    games = "[games]\ntictactoe = { moves = 100 }\n"
    path.write_text(games + '[settings]\nwidth = 32\ngames = 64\n[rows.table]\nq = "table"\n')
    experiment = read(path)
    base, table = (cell.jobs[0].config for cell in experiment.cells((experiment.base, *experiment.variants)))
    assert (base.q, base.width, base.games) == ("network", 32, 64)
    assert (table.q, table.width, table.games) == ("table", 512, 64)
    path.write_text(games + '[rows.table]\nq = "table"\nwidth = 32\n')
    with pytest.raises(UsageError, match="row table in tictactoe: --width 32 is for --q network"):
        read(path)
