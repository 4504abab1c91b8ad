"""Watching a run: what is read while it grows, the wall of boards, opinions of the opening."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

import game
from agent.play.qfunction import ConstantQ
from agent.run.train import KEPT, METRICS
from agent.store.checkpoint import MODEL
from arena.watch.log import Curve, Log
from arena.watch.opinion import Opinion, age, earlier, opinion_of
from arena.watch.run import RunWatch
from arena.watch.wall import Wall
from game.errors import UsageError

RULES = game.make("tictactoe")


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    """A copy of a finished run."""
    return Path(shutil.copytree(tiny_run, tmp_path / "tiny"))


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir() if path.is_file()}


def line(moves: int, **more: object) -> str:
    return json.dumps({"moves": moves, "games": 1, "seconds": 1.0, **more}) + "\n"


def test_lines_are_read_as_they_come(tmp_path: Path) -> None:
    log, file = Log(tmp_path), tmp_path / METRICS
    file.write_text(line(10, moves_per_second=5.0)[:-4])
    assert not log.update()  # half a line
    file.write_text(line(10, moves_per_second=5.0) + line(20, moves_per_second=7.0, planned=40))
    assert log.update()
    assert (log.moves, log.planned, log.speed.values) == (20, 40, [5.0, 7.0])
    assert not log.update()
    with file.open("a") as more:
        more.write("rubbish\n[]\n" + line(30, strength={"score vs random": {"value": 0.75, "games": 4, "distinct": 4}}))
    assert log.update()
    assert log.strength["score vs random"].values == [0.75]
    low, high = log.strength["score vs random"].bounds[0] or (0, 0)
    assert low < 0.75 < high


def test_a_run_that_goes_on_from_an_earlier_save(tmp_path: Path) -> None:
    log, file = Log(tmp_path), tmp_path / METRICS
    file.write_text(line(10) + line(20) + line(30))
    log.update()
    file.write_text(line(10))
    assert log.update()
    assert log.moves == 10


def test_long_curves_keep_their_ends() -> None:
    curve = Curve("x")
    for step in range(2000):
        curve.add(step, step / 10)
    assert len(curve.values) <= 400
    assert curve.moves[-1] == 1999
    assert curve.moves == sorted(curve.moves)
    assert curve.values == [moves / 10 for moves in curve.moves]


def test_the_wall_plays_games_to_their_end() -> None:
    wall, q = Wall(RULES, 5), ConstantQ(RULES)
    for _ in range(60):
        wall.step(q)
        for tile in wall.tiles:
            stones = sum(seat is not None for row in tile.stones for seat in row)
            assert stones == tile.ply <= 9
            assert (tile.last is None) == (tile.ply == 0)
            if tile.winner is not None:
                assert tile.over
                assert len(tile.winning) >= 3
                row, column = next(iter(tile.winning))
                assert tile.stones[row][column] == tile.winner
    assert wall.played == sum(wall.results) >= 20


def test_opinions_of_the_opening() -> None:
    found = opinion_of(ConstantQ(RULES), 7, 1.0)
    assert found.value == 0
    assert len(found.q) == 9
    assert len(found.line) == 6

    def at(seconds: float) -> Opinion:
        return Opinion(int(seconds), seconds, {0: 0.0}, ())

    opinions = [at(0), at(1000), at(3000), at(4600)]
    assert earlier(opinions, 3600) == opinions[1]
    assert earlier(opinions, 0.1) == opinions[2]  # never the newest itself
    assert earlier(opinions[:1], 3600) is None
    assert [age(s) for s in (30, 600, 7200, 400_000)] == ["30 s", "10 min", "2.0 h", "5 d"]


def test_a_run_is_watched_and_nothing_is_written(run: Path) -> None:
    before = content(run)
    watch = RunWatch(run, boards=3)
    watch.look()
    for _ in range(12):
        watch.move()
    news = watch.news
    assert news.trouble is None
    assert news.finished
    assert news.moves == json.loads((run / "config.json").read_text())["moves"]
    assert sum(news.results) == 3
    assert len(news.opinions) == 1
    assert len(news.opinions[0].q) == 9
    assert content(run) == before


def test_a_new_checkpoint_is_noticed_and_kept_ones_asked(run: Path) -> None:
    (run / KEPT).mkdir()
    kept = run / KEPT / "000000000100.safetensors"
    shutil.copy(run / MODEL, kept)
    watch = RunWatch(run, boards=1)
    watch.look()
    assert len(watch.news.opinions) == 1  # the same moves, so the same opinion
    loaded = watch._loaded
    os.utime(run / MODEL, ns=(loaded + 10**9, loaded + 10**9))
    watch.look()
    assert watch._loaded == loaded + 10**9


def test_a_checkpoint_that_cannot_be_read_is_a_sentence_and_the_rest_goes_on(run: Path) -> None:
    watch = RunWatch(run, boards=1)
    watch.look()
    (run / MODEL).write_bytes(b"half")
    watch.look()
    assert watch.news.trouble is not None
    assert MODEL in watch.news.trouble
    watch.move()  # with the one before
    assert watch.news.tiles[0].ply == 1


def test_watching_in_a_thread_ends_at_once(run: Path) -> None:
    watch = RunWatch(run, boards=2)
    watch.start()
    assert watch.close(10)


def test_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no run: expected the folder of one made by qzero train"):
        RunWatch(tmp_path)
