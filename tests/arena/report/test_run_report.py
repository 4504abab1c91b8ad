"""`qzero report` as data and as a page: what it says is what the files say, nothing is loaded, nothing breaks out."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.play.player import QPlayer
from agent.play.qfunction import ConstantQ
from agent.presets import preset
from agent.run import train
from agent.run.strength import Evidence
from agent.stats import wilson
from agent.store.checkpoint import load
from arena.html.boards import place_values, shape_of
from arena.html.chart import Chart, Series
from arena.html.charts import views
from arena.html.scale import duration, hundredths, short, signed, ticks, written
from arena.report.collect import collect
from arena.report.curves import MOST_POINTS, learning_charts, time_shares
from arena.report.mistakes import plies
from arena.report.page import page
from arena.report.reading import read_runs
from arena.report.samples import sample_games
from arena.report.settings import settings_table
from arena.report.strength import Measured
from arena.training.judge import judge_of
from arena.truth.grade_report import grade_report
from arena.view.values import ValuedPosition, principal_line
from game import make
from game.errors import QzeroError, UsageError
from game.notation import parse_moves
from tests.conftest import Qzero
from tests.helpers import one_thread, stones

TINY = {"q": "network", "games": 64, "width": 32, "depth": 2, "batch_size": 64, "threads": 1}
SECTIONS = ("overview", "strength", "learning", "mistakes", "values", "games", "settings")
GAMES = ("tictactoe", "connect4", "othello:4", "hex:4", "hex:4+swap", "breakthrough:4x4", "gomoku:5x4x4", "hex:12")
VOID = {"meta", "link", "input", "br", "hr", "img"}


def trained(folder: Path, game: str, judged: bool = True, until: int | None = None, **settings: Any) -> Path:
    """A run of a few thousand moves; `until` stops it after so many generations."""
    config = train.resolved(preset(game, **{**TINY, "moves": 3000, "evaluations": 2, **settings}))
    run = train.start(folder, config, judge_of(config) if judged else None)
    run.run(lambda _: None, lambda: until is not None and run.generation >= until)
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small runs by name: a and b differ, `stopped` is not finished."""
    folder = tmp_path_factory.mktemp("runs")
    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("arena.training.judge.FINAL_GAMES", 100)
        patch.setattr("arena.training.judge.GAMES", 40)
        return {
            "a": trained(folder / "a", "tictactoe"),
            "b": trained(folder / "b", "tictactoe", seed=3, width=16),
            "connect4": trained(folder / "connect4", "connect4"),
            "stopped": trained(folder / "stopped", "tictactoe", until=4),
            "unmeasured": trained(folder / "unmeasured", "hex:4", judged=False),
        }


@pytest.fixture(autouse=True)
def _fewer_games(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that runs trained in a test are judged as quickly as the small ones."""
    monkeypatch.setattr("arena.training.judge.FINAL_GAMES", 100)
    monkeypatch.setattr("arena.training.judge.GAMES", 40)


@pytest.fixture
def copied(runs: dict[str, Path], tmp_path: Path) -> Callable[..., Path]:
    """`copied("a", change)`: a copy of a run whose metrics lines went through `change`."""

    def copy(name: str, change: Callable[[list[str]], list[str]] = list, to: str = "copy") -> Path:
        folder = tmp_path / to
        shutil.copytree(runs[name], folder)
        lines = (folder / "metrics.jsonl").read_text().splitlines(keepends=True)
        (folder / "metrics.jsonl").write_text("".join(change(lines)))
        return folder

    return copy


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@functools.cache
def page_of(*folders: Path) -> str:
    return page(collect(read_runs(folders)))


@dataclasses.dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parent: Element | None
    children: list[Element] = dataclasses.field(default_factory=list)
    own_text: list[str] = dataclasses.field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, a cell's words apart, blanks as one."""
        parts = [*self.own_text, *(child.text for child in self.children)]
        return re.sub(r"\s+", " ", " ".join(parts)).strip()

    def all(self, tag: str = "", css: str = "", **attributes: str) -> list[Element]:
        """Those inside that fit, in order; `name_` stands for the attribute `name`, `data_x` for `data-x`."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        found = []
        for child in self.children:
            classes = child.attributes.get("class", "").split()
            if (
                (not tag or child.tag == tag)
                and (not css or css in classes)
                and all(child.attributes.get(name) == value for name, value in wanted.items())
            ):
                found.append(child)
            found += child.all(tag, css, **attributes)
        return found


class Tree(HTMLParser):
    """A strict reader: what is opened must be closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("", {}, None)
        self.feed(text)
        self.close()
        assert self.here is self.root, f"{self.here.tag} is never closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.here = self.here.children[-1]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice in {tag} {attrs}"
        self.here.children.append(Element(tag, {name: value or "" for name, value in attrs}, self.here))

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, f"</{tag}> closes {self.here.tag}"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.own_text.append(data)


def tree_of(*folders: Path) -> Element:
    return Tree(page_of(*folders)).root


def data_of(tree: Element) -> dict[str, Any]:
    (script,) = tree.all("script", id_="data")
    found: dict[str, Any] = json.loads("".join(script.own_text))
    return found


def rows_of(table: Element) -> dict[str, list[str]]:
    """The cells of each row of a table by the row's heading."""
    return {row.all("th")[0].text: [cell.text for cell in row.all("td")] for row in table.all("tr") if row.all("th")}


# The page


@pytest.mark.parametrize("names", [("a",), ("connect4",), ("a", "b"), ("unmeasured",), ("stopped",)])
def test_a_page_is_whole_and_loads_nothing(names: tuple[str, ...], runs: dict[str, Path]) -> None:
    text = page_of(*(runs[name] for name in names))
    tree = Tree(text).root
    assert [section.attributes["id"] for section in tree.all("section")] == list(SECTIONS)
    ids = [element.attributes["id"] for element in tree.all() if "id" in element.attributes]
    assert len(set(ids)) == len(ids)
    assert len(text) < 1_000_000
    # Nothing elsewhere: no address, and every reference is to something in the page.
    assert not re.search(r"https?:|//[a-z]+\.|@import|url\(", text)
    for element in tree.all():
        assert element.tag not in ("link", "img", "iframe", "object", "embed", "base", "audio", "video")
        assert not {"src", "srcset", "action", "data", "poster", "xlink:href"} & set(element.attributes)
        if "href" in element.attributes:
            assert element.attributes["href"].startswith("#")
            assert element.attributes["href"][1:] in ids
        assert not any(name.startswith("on") for name in element.attributes)
    policy = tree.all("meta", http_equiv="Content-Security-Policy")[0].attributes["content"]
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("names", [("connect4",), ("a", "b")])
def test_everything_has_a_name_for_those_who_cannot_see_it(names: tuple[str, ...], runs: dict[str, Path]) -> None:
    tree = tree_of(*(runs[name] for name in names))
    assert tree.all("html")[0].attributes["lang"] == "en"
    assert len(tree.all("h1")) == 1
    levels = [int(element.tag[1]) for element in tree.all() if re.fullmatch("h[1-6]", element.tag)]
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))
    for svg in tree.all("svg"):
        assert svg.attributes.get("aria-hidden") == "true" or (
            svg.attributes["role"] == "img" and svg.attributes["aria-label"]
        )
    for control in (*tree.all("button"), *tree.all("input", type_="range")):
        assert control.text or control.attributes["aria-label"]
    for table in tree.all("table"):
        assert table.all("th")
        assert all("scope" in heading.attributes for heading in table.all("th"))


def test_the_same_run_makes_the_same_page(runs: dict[str, Path]) -> None:
    assert page(collect(read_runs([runs["connect4"]]))) == page_of(runs["connect4"])


def test_numbers_are_those_of_the_metrics(runs: dict[str, Path]) -> None:
    tree, last = tree_of(runs["connect4"]), lines_of(runs["connect4"])[-1]
    overview = tree.all("section", id_="overview")[0]
    assert f"{last['moves']:,}" in overview.text
    assert f"{last['games']:,}" in overview.text
    assert f"{last['moves'] / last['seconds']:,.0f}" in overview.text
    assert "finished" in overview.text
    rows = rows_of(overview.all("table")[0])
    assert {name for name in rows if name != "measured"} == set(last["strength"])
    for name, found in last["strength"].items():
        assert rows[name][0] == f"{100 * found['value']:.1f} %"
        low, high = wilson(found["value"], found.get("distinct", 0) or found["positions"])
        assert rows[name][1] == f"{100 * low:.1f} % to {100 * high:.1f} %"
        if name.startswith("score"):
            assert rows[name][2] == f"100 games, +{found['wins']} ={found['draws']} -{found['losses']}"
        else:
            assert rows[name][2] == "2,519 positions"


def test_curves_are_those_of_the_metrics(runs: dict[str, Path]) -> None:
    data, lines = data_of(tree_of(runs["connect4"])), lines_of(runs["connect4"])
    measured = [line for line in lines if "strength" in line]
    drawn = {
        series["label"]: series
        for name in data["charts"]
        if name.startswith("strength")
        for series in data["charts"][name]["series"]
    }
    assert (
        set(drawn)
        == {name.split(" ", 2)[2] for name in lines[-1]["strength"]}
        == {"random", "one-ply", "negamax:4", "noisy"}
    )
    mistakes = data["charts"]["strength-1"]["series"]
    assert [series["label"] for series in mistakes] == ["random", "noisy"]
    for series, name in zip(mistakes, ("mistakes on random", "mistakes on noisy"), strict=True):
        assert series["y"] == [line["strength"][name]["value"] for line in measured]
        assert series["x"]["moves"] == [line["moves"] for line in measured]
        assert series["x"]["games"] == [line["games"] for line in measured]
        assert series["x"]["seconds"] == pytest.approx([line["seconds"] for line in measured], rel=1e-5)
    loss = data["charts"]["learning-0"]["series"][0]
    assert loss["y"] == pytest.approx([line["loss"] for line in lines], rel=1e-5)
    table = tree_of(runs["connect4"]).all("section", id_="strength")[0].all("table")[0]
    cells = [[cell.text for cell in row.all("td")] for row in table.all("tr")[1:]]
    assert [row[0] for row in cells] == [f"{line['moves']:,}" for line in measured]
    assert [row[3] for row in cells] == [
        f"{100 * line['strength']['score vs random']['value']:.1f} %" for line in measured
    ]


@pytest.mark.parametrize("name", ["a", "connect4"])
def test_mistakes_are_graded_anew(name: str, runs: dict[str, Path]) -> None:
    checkpoint = load(runs[name])
    report = grade_report(QPlayer("run", checkpoint.q_function), checkpoint.q_function.game)
    tree = tree_of(runs[name])
    section = tree.all("section", id_="mistakes")[0]
    for place, graded in enumerate(report.sections):
        mine, by_chance = data_of(tree)["charts"][f"mistakes-{place}"]["series"]
        assert (mine["label"], by_chance["label"]) == (name, "random mover")
        assert mine["y"] == pytest.approx([row.mistakes for row in graded.by_ply], rel=1e-5)
        assert by_chance["y"] == pytest.approx([row.random_mistakes for row in graded.by_ply], rel=1e-5)
    tables = section.all("table")
    assert len(tables) == len(report.sections)
    for table, graded in zip(tables, report.sections, strict=True):
        rows = rows_of(table)
        for label, row in [*((plies(row), row) for row in graded.by_ply), ("all", graded.overall)]:
            expected = [f"{row.positions:,}", f"{100 * row.mistakes:.2f} %", f"{100 * row.random_mistakes:.2f} %"]
            assert rows[label] == expected
        # The last measurement in training was of the same weights and positions; training never reads the hard ones.
        measured = lines_of(runs[name])[-1]["strength"].get(f"mistakes on {graded.name}")
        assert (measured is None) == graded.name.startswith("hard ")
        if measured is not None:
            assert graded.overall.mistakes == pytest.approx(measured["value"], abs=1e-5)
    assert ("against every reply" in section.text) == (name == "a")


def test_without_truth_it_says_so(runs: dict[str, Path]) -> None:
    tree = tree_of(runs["unmeasured"])
    mistakes = tree.all("section", id_="mistakes")[0]
    assert "Mistakes cannot be counted" in mistakes.text
    assert not mistakes.all("figure")
    assert "Strength has not been measured yet" in tree.all("section", id_="overview")[0].text
    assert "No strength has been measured yet" in tree.all("section", id_="strength")[0].text


def test_several_runs_are_overlaid_and_compared(runs: dict[str, Path]) -> None:
    tree = tree_of(runs["a"], runs["b"])
    names = lines_of(runs["a"])[-1]["strength"]
    charts = [
        chart for chart in tree.all("figure", css="chart") if chart.attributes["data-chart"].startswith("strength")
    ]
    assert len(charts) == len(names)
    for chart in tree.all("figure", css="chart"):
        for view in chart.all("div", css="view"):
            series = [one for one in view.all("g", css="series") if one.attributes["data-key"].startswith("run-")]
            assert [one.attributes["data-key"] for one in series] == ["run-0", "run-1"]
            looks = [one.attributes["class"] for one in series]
            assert looks == ["series look-0", "series look-1"]
            marks = [{use.attributes["href"] for use in one.all("use")} for one in series]
            assert marks == [{"#mark-circle"}, {"#mark-square"}]
    settings = tree.all("table", css="settings")[0]
    groups = [row.text for row in settings.all("tr", css="group")]
    assert groups == ["Differ between the runs", "The same in all runs"]
    differing = rows_of(settings.all("tbody")[0])
    assert set(differing) - {groups[0]} == {"seed", "width"}
    assert differing["width"][:2] == ["32", "16"]
    assert differing["seed"][:2] == ["0", "3"]


def test_each_chart_has_a_view_for_each_axis_and_the_first_is_shown(runs: dict[str, Path]) -> None:
    for chart in tree_of(runs["connect4"]).all("figure", css="chart"):
        shown = {view.attributes["data-axis"]: "hidden" not in view.attributes for view in chart.all("div", css="view")}
        over_ply = chart.attributes["data-chart"].startswith("mistakes")
        assert shown == ({"ply": True} if over_ply else {"seconds": True, "games": False, "moves": False})


# What must not break it


def test_names_cannot_break_out_of_the_page(copied: Callable[..., Path]) -> None:
    evil = "<b>&\"'<script>alert(1)<!--"

    def poison(lines: list[str]) -> list[str]:
        line = json.loads(lines[-1])
        line["strength"]["score vs </script><img src=x onerror=alert(1)>"] = 0.5
        line["</style><i>"] = 0.5
        return [*lines[:-1], json.dumps(line) + "\n"]

    folder = copied("a", poison, to=evil)
    text = page_of(folder)
    tree = Tree(text).root
    assert len(tree.all("script")) == 2
    assert text.count("</script") == 2
    assert text.count("</style") == 1
    assert not tree.all("b", css="") or all(evil not in element.text for element in tree.all("b"))
    assert not tree.all("img")
    assert not tree.all("i")
    assert evil in tree.all("h1")[0].text
    assert evil in tree.all("title")[0].text
    series = [one for chart in data_of(tree)["charts"].values() for one in chart["series"]]
    assert {"</script><img src=x onerror=alert(1)>", evil} <= {one["label"] for one in series}


def test_lines_may_hold_more_or_less(copied: Callable[..., Path]) -> None:
    def change(lines: list[str]) -> list[str]:
        records = [json.loads(line) for line in lines]
        for number, record in enumerate(records):
            record["loss"] = None if number % 2 else record["loss"]
            record["step_size"] = None
            record["spread"] = 0.25 + number
            record["brand_new"] = number
            record["words"] = "not a number"
            record["share_targets"] = 0.5
            record.pop("mean_length")
            record["exploratory"] = float("nan")
        records[3]["strength"] = {"odd": 17.5, "score vs one-ply": None, "score vs nobody": 0.25}
        return [json.dumps(record) + "\n" for record in records]

    folder = copied("a", change)
    (run,) = read_runs([folder])
    charts = {chart.title: chart for chart in learning_charts([run])}
    assert {"Loss", "Speed", "Spread of the ensemble", "brand_new"} == set(charts)
    assert len(charts["Loss"].series[0].y) == -(-len(run.lines) // 2)
    assert time_shares(run)["targets"] == pytest.approx(run.last["seconds"] / 2)
    tree = tree_of(folder)
    assert "Spread of the ensemble" in tree.all("section", id_="learning")[0].text
    assert "1750.0 %" in tree.all("section", id_="strength")[0].text


def test_a_half_written_last_line_is_no_damage(copied: Callable[..., Path]) -> None:
    whole = copied("a")
    cut = copied("a", lambda lines: [*lines, lines[-1][:40]], to="cut")
    assert read_runs([cut])[0].lines == read_runs([whole])[0].lines
    no_end = copied("a", lambda lines: [*lines[:-1], lines[-1].rstrip("\n")], to="no-end")
    assert read_runs([no_end])[0].lines == read_runs([whole])[0].lines


def test_an_unfinished_run_says_how_far_it_is(runs: dict[str, Path], copied: Callable[..., Path]) -> None:
    moves = lines_of(runs["stopped"])[-1]["moves"]
    text = tree_of(runs["stopped"]).all("section", id_="overview")[0].text
    assert f"not finished: stopped, or still training, after {100 * moves / 3000:.0f} % of 3,000 moves" in text
    assert "checkpoint" not in text
    ahead = copied("stopped", lambda lines: [*lines, json.dumps(json.loads(lines[-1]) | {"moves": moves + 7}) + "\n"])
    text = tree_of(ahead).all("section", id_="overview")[0].text
    assert f"The checkpoint of copy was saved after {moves:,} moves" in text


def test_a_run_that_stopped_early_is_finished(tmp_path: Path) -> None:
    folder = trained(tmp_path / "early", "tictactoe", patience=1, evaluations=30, moves=20000)
    (run,) = read_runs([folder])
    assert run.last["moves"] < 20000
    assert run.stopped_early
    assert run.finished
    (unstopped,) = read_runs([folder])
    del unstopped.lines[-1]
    assert not unstopped.finished
    text = tree_of(folder).all("section", id_="overview")[0].text
    assert "finished: stopped early" in text
    assert "1,595 positions" in text  # half of the states: the others are watched


def test_damage_is_named(copied: Callable[..., Path], qzero: Qzero) -> None:
    broken = copied("a", lambda lines: [*lines[:2], lines[2][:30] + "\n", *lines[3:]], to="broken")
    found = qzero("report", broken)
    assert (found.code, found.out) == (1, "")
    assert found.err == (
        f"qzero: {broken}/metrics.jsonl, line 3, is damaged: expected a JSON object with the numbers moves, games, "
        "seconds\n"
    )
    assert not (broken / "report.html").exists()
    lacking = copied("a", lambda lines: [lines[0].replace('"seconds"', '"minutes"'), *lines[1:]], to="lacking")
    assert "line 1, is damaged" in qzero("report", lacking).err


def test_what_is_no_run_is_refused(
    runs: dict[str, Path], copied: Callable[..., Path], qzero: Qzero, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    fresh = copied("a", lambda _: [], to="fresh")
    cases: list[tuple[tuple[object, ...], str]] = [
        ((), "Missing argument"),
        (("nowhere",), "nowhere does not exist: expected a run folder"),
        (("empty",), "empty is not a run folder, it holds no config.json"),
        ((runs["a"] / "model.safetensors",), "is a file: a report needs the whole run folder"),
        ((fresh,), "has learned nothing yet"),
        ((runs["a"], runs["a"]), "is named twice"),
        ((runs["a"], runs["connect4"]), f"{runs['a']} learned tictactoe, {runs['connect4']} learned connect4"),
        ((runs["a"], "--json", "--output", "x.html"), "give one of them"),
    ]
    for arguments, words in cases:
        found = qzero("report", *arguments)
        assert (found.code, found.out) == (2, "")
        assert words in found.err
        assert found.err.startswith("qzero: ")
        assert found.err.count("\n") == 1
    assert not list(tmp_path.rglob("*.html"))
    found = qzero("report", runs["a"], "--output", tmp_path / "no" / "such" / "page.html")
    assert (found.code, found.out) == (1, "")
    assert "cannot write" in found.err


# The command


def test_where_the_page_goes(runs: dict[str, Path], copied: Callable[..., Path], qzero: Qzero, tmp_path: Path) -> None:
    run = copied("a")
    found = qzero("report", run)
    assert (found.code, found.out, found.err) == (0, f"{run / 'report.html'}\n", "")
    assert (run / "report.html").read_text() == page_of(run)
    assert not list(run.glob(".*"))
    assert qzero("report", run, runs["b"]).out == "report.html\n"
    assert (tmp_path / "report.html").read_text() == page_of(run, runs["b"])
    assert qzero("report", runs["b"], "--output", "mine.html").out == "mine.html\n"
    assert (tmp_path / "mine.html").exists()
    assert not (runs["b"] / "report.html").exists()


def test_json_is_what_the_page_tells(runs: dict[str, Path], qzero: Qzero) -> None:
    found = qzero("report", runs["a"], runs["b"], "--json")
    assert (found.code, found.err) == (0, "")
    report = json.loads(found.out, parse_constant=pytest.fail)
    assert report["game"] == "tictactoe"
    for told, name in zip(report["runs"], ("a", "b"), strict=True):
        last = lines_of(runs[name])[-1]
        assert (told["label"], told["moves"], told["games"]) == (name, last["moves"], last["games"])
        told_values = {one["name"]: (one["value"], one["wins"]) for one in told["strength"]}
        assert told_values == {name: (one["value"], one.get("wins")) for name, one in last["strength"].items()}
        assert len(told["line"][0]["actions"]) == 9
        assert len(told["samples"]) == 3
    assert report["settings"][0]["name"] in ("seed", "width")
    assert not (runs["a"] / "report.html").exists()


def test_help_loads_neither_torch_nor_jinja2() -> None:
    code = "import sys; from arena.cli import main\ntry: main(['report', '--help'])\nexcept SystemExit: pass\n"
    code += "sys.exit(str({'torch', 'jinja2', 'numpy'} & set(sys.modules) or 0))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert found.stderr == "0\n"


def test_runs_of_one_name_are_told_apart(copied: Callable[..., Path]) -> None:
    runs = read_runs([copied("a", to="x/run"), copied("b", to="y/run")])
    assert [run.label for run in runs] == ["x/run", "y/run"]


# Boards


def positions(name: str) -> list[ValuedPosition]:
    """Positions of greedy play with no knowledge at all: for each game from the start to its end."""
    return principal_line(ConstantQ(make(name)), 400)


@pytest.mark.parametrize("name", GAMES)
def test_every_legal_move_has_one_label(name: str) -> None:
    game = make(name)
    shape = shape_of(game)
    assert len(shape.middles) == game.observation_shape[1] * game.observation_shape[2]
    state = game.initial(1)
    for position in positions(name):
        legal = game.legal(state)[0].nonzero().flatten().tolist()
        values = place_values(shape, position)
        assert [action.action for action in position.actions] == legal
        assert len(values.cells) + len(values.bars) + len(values.listed) == len(legal)
        best = [one.best for shown in (values.cells, values.bars, values.listed) for one in shown]
        assert best.count(True) == 1
        assert bool(values.arrows) == name.startswith("breakthrough")
        assert len({(one.x, one.y) for one in values.cells}) == len(values.cells)
        for cell in values.cells:  # inside the drawing, on an empty cell
            assert 0 < cell.x < shape.width
            assert 0 < cell.y < shape.height
            assert position.stones[shape.middles.index((cell.x, cell.y))] == -1
        first, second = stones(game, state)[0].flatten(1).tolist()
        assert position.stones == [0 if a else 1 if b else -1 for a, b in zip(first, second, strict=True)]
        state = game.step(state, torch.tensor([position.best.action]))
    assert bool(state.done)


def test_moves_without_a_cell_are_written_beside_the_board() -> None:
    swap = principal_line(ConstantQ(make("hex:4+swap")), 2)[1]
    values = place_values(shape_of(make("hex:4+swap")), swap)
    assert [one.name for one in values.listed] == ["swap-pieces"]
    assert len(values.cells) == 15


@pytest.mark.parametrize("name", ["tictactoe", "connect4", "hex:4", "breakthrough:4x4", "othello:4", "gomoku:5x4x4"])
def test_pages_of_every_game_have_their_labels(name: str, tmp_path: Path) -> None:
    folder = trained(tmp_path / "run", name, judged=False, moves=1, games=8)
    tree = tree_of(folder)
    q_function = load(folder).q_function
    game, state = q_function.game, q_function.game.initial(1)
    boards = tree.all("section", id_="values")[0].all("figure", css="board")
    assert len(boards) == 6 or name == "breakthrough:4x4"  # may be over sooner
    for board in boards:
        q = q_function.q(state)[0]
        legal = game.legal(state)[0].nonzero().flatten().tolist()
        labels = board.all(css="q-label")
        listed = game.name.startswith("breakthrough")
        assert len(labels) == len(legal)
        expected = sorted((signed if listed else hundredths)(float(q[action])) for action in legal)
        assert sorted(one.text.split(" ")[-1] for one in labels) == expected
        assert len(board.all(css="arrow")) == (len(legal) if listed else 0)
        assert len([use for use in board.all("use") if "stone" in use.attributes["href"]]) == int(
            stones(game, state).sum()
        )
        state = game.step(state, q.argmax()[None])
    symbol = tree.all("g", id_="board")[0]
    _, rows, columns = game.observation_shape
    assert len(symbol.all(css="cell")) == rows * columns
    if game.hexagonal:
        assert all(len(cell.attributes["points"].split()) == 6 for cell in symbol.all("polygon", css="cell"))
    names = {text.text for text in symbol.all("text")}
    assert names >= {str(number + 1) for number in range(columns if name == "connect4" else rows)}


@pytest.mark.parametrize("name", GAMES)
def test_sample_games_are_real_games(name: str) -> None:
    game = make(name)
    games = sample_games(ConstantQ(game), 3)
    assert games == sample_games(ConstantQ(game), 3)
    for told in games:
        history = parse_moves(game, "".join(told.moves))
        assert history.done
        assert told.winner == history.winner
        assert len(told.moves) == len(told.q) == len(told.changes) == len(told.landings) == len(history.actions)
        first, second = stones(game, history.state)[0].flatten(1).tolist()
        assert told.final == [0 if a else 1 if b else -1 for a, b in zip(first, second, strict=True)]
        assert told.winning == game.winning_cells(history.state)[0].flatten().nonzero().flatten().tolist()
        for ply, landing in enumerate(told.landings):
            assert landing is None or (landing, ply % 2) in told.changes[ply]
    assert len({tuple(told.moves) for told in games}) == 3


def test_games_are_on_the_page_without_script(runs: dict[str, Path]) -> None:
    tree = tree_of(runs["connect4"])
    games = sample_games(load(runs["connect4"]).q_function, 3)
    articles = tree.all("article")
    assert len(articles) == 3
    for article, told in zip(articles, games, strict=True):
        assert [button.text for button in article.all("ol", css="moves")[0].all("button")] == told.moves
        drawn = [use.attributes["href"] for use in article.all("g", css="stones")[0].all("use")]
        assert drawn == [f"#stone-{seat}" for seat in told.final if seat >= 0]
        assert f"{len(told.moves)} moves" in article.all(css="title")[0].text
        assert len(article.all("circle")) == len(told.moves)


# Numbers


def test_wilson_is_that_of_the_books() -> None:
    """E. B. Wilson (1927); the numbers are those of R's prop.test(correct = FALSE)."""
    assert wilson(0.5, 100) == pytest.approx((0.4038315, 0.5961685), abs=1e-6)
    assert wilson(0.0, 10) == pytest.approx((0.0, 0.2775328), abs=1e-6)
    assert wilson(1.0, 10) == pytest.approx((0.7224672, 1.0), abs=1e-6)


def test_repeated_games_are_no_evidence() -> None:
    measured = Measured.of("score vs random", Evidence.of_games(500, 0, 500, distinct=16))
    assert (measured.count, measured.unit) == (1000, "games")
    assert (measured.low, measured.high) == wilson(0.5, 16)


def test_numbers_of_older_runs_have_no_interval(copied: Callable[..., Path]) -> None:
    """What they rest on was not recorded, and is not guessed."""

    def alone(lines: list[str]) -> list[str]:
        records = [json.loads(line) for line in lines]
        for record in records:
            if "strength" in record:
                record["strength"] = {name: found["value"] for name, found in record["strength"].items()}
        return [json.dumps(record) + "\n" for record in records]

    (run,) = read_runs([copied("a", alone)])
    report = collect([run])
    assert {one.name for one in report.runs[0].strength} >= {"score vs random", "mistakes on all states"}
    for one in report.runs[0].strength:
        assert 0 <= one.value <= 1
        assert (one.count, one.low, one.high, one.exact) == (None, None, None, False)
    assert all(low is None for chart in report.strength_charts for series in chart.series for low in series.low)
    assert "unknown" in page(report)


def test_settings_other_than_the_preset_are_marked(runs: dict[str, Path]) -> None:
    rows = {row.name: row for row in settings_table(read_runs([runs["a"]]))}
    assert {name for name, row in rows.items() if row.unusual[0]} == {
        "moves",
        "games",
        "width",
        "depth",
        "batch_size",
        "evaluations",
    }
    assert rows["precision"].usual == "auto"
    assert rows["width"].usual == "128"
    assert rows["width"].values == ["32"]


def test_long_runs_are_drawn_by_means(copied: Callable[..., Path]) -> None:
    def lengthen(lines: list[str]) -> list[str]:
        last = json.loads(lines[-1])
        return [json.dumps(last | {"moves": number, "loss": number}) + "\n" for number in range(1000)]

    (chart, *_) = learning_charts(read_runs([copied("a", lengthen)]))
    (series,) = chart.series
    assert len(series.y) <= MOST_POINTS
    assert series.y[0] == pytest.approx(3.0)
    assert series.x["moves"] == series.y


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0.02, 0.97), (0, 23_630_789), (-3, 3), (0.5, 0.52), (0, 1e-7), (7, 7)]
)
def test_ticks_are_few_round_and_inside(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 1 <= len(found) <= 6
    assert all(low - 1e-9 * abs(high) <= tick <= high * (1 + 1e-9) for tick in found)
    assert len(found) >= 3 or low == high
    assert all(len(f"{tick:.3g}".replace("-", "").replace(".", "").strip("0").split("e")[0]) <= 3 for tick in found)


def test_numbers_as_people_read_them() -> None:
    assert [short(value) for value in (0, 950, 999.9, 153_600, 2_500_000)] == ["0", "950", "1 k", "154 k", "2.5 M"]
    assert [signed(q) for q in (0.424, -0.004, -1.0)] == ["+0.42", "0.00", "\N{MINUS SIGN}1.00"]
    assert [hundredths(q) for q in (0.424, -0.004, -0.08)] == ["+42", "0", "\N{MINUS SIGN}8"]
    assert [duration(value) for value in (43.2, 168, 7300)] == ["43.2 s", "2.8 min", "2.03 h"]
    assert [written(0.0721, form) for form in ("percent", "number")] == ["7.2 %", "0.0721"]


def test_points_lie_where_their_values_are() -> None:
    series = Series("k", "one", 0, {"moves": [0.0, 50.0, 100.0]}, [0.0, 0.5, 1.0], [0.0, 0.4, 0.9], [0.1, 0.6, 1.0])
    (view,) = views(Chart("c", "c", "y", "percent", [series], axes=("moves",), every_point=True))
    marks = view.lines[0].marks
    assert marks[1].x == pytest.approx((marks[0].x + marks[2].x) / 2)
    assert marks[1].y == pytest.approx((marks[0].y + marks[2].y) / 2)
    assert [place for place, text in view.x_ticks if text == "100"] == [marks[2].x]
    assert [place for place, text in view.y_ticks if text == "100 %"] == [pytest.approx(marks[2].y)]
    assert marks[1].title == "one: 50.0 % (40.0 % to 60.0 %)"


def test_errors_are_of_the_right_kind(runs: dict[str, Path]) -> None:
    with pytest.raises(UsageError, match="named twice"):
        read_runs([runs["a"], runs["a"] / ".." / "a"])
    with pytest.raises(QzeroError):
        read_runs([runs["a"] / "nothing"])
