"""Grading: the shipped truth is the truth, mistakes counted by hand, and bad files named by line."""

from __future__ import annotations

import functools
import importlib.util
import itertools
import json
import random
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.play.player import QPlayer
from agent.play.qfunction import ConstantQ
from agent.search.negamax import NegamaxQ
from arena.training.judge import StrengthJudge
from arena.truth.grade_report import grade_report
from arena.truth.grading import (
    HARD,
    HELD_OUT,
    ILLEGAL,
    SHIPPED,
    WATCHED,
    GradedPositions,
    grade,
    load_positions,
    read_positions,
    shipped_positions,
)
from arena.truth.solve import solve
from game.errors import QzeroError, UsageError
from game.notation import parse_moves, replay
from game.registry import make
from tests.game.slow_rules import slow_board

TICTACTOE, CONNECT4 = make("tictactoe"), make("connect4")
HALVES = sorted(SHIPPED["connect4"])
HARDER = sorted([*HARD["connect4"], *HELD_OUT["connect4"]])
FILES = {name: file for sets in (SHIPPED, HARD, HELD_OUT, WATCHED) for name, file in sets["connect4"].items()}
FULL_BOARD = 42


@functools.cache
def lines(half: str) -> list[dict[str, Any]]:
    text = resources.files("arena").joinpath("data", FILES[half]).read_text()
    return [json.loads(line) for line in text.splitlines()]


@functools.cache
def shipped(half: str) -> GradedPositions:
    sets = next(sets for sets in (SHIPPED, HARD, HELD_OUT) if half in sets["connect4"])
    return next(found for found in shipped_positions(CONNECT4, sets) if found.name == half)


def columns(moves: str) -> list[int]:
    return [int(digit) - 1 for digit in moves]


# The shipped sets


def test_there_are_enough_positions() -> None:
    assert [found.name for found in shipped_positions(CONNECT4)] == ["random", "noisy"]
    assert sum(len(shipped(half)) for half in HALVES) >= 4000
    assert shipped_positions(TICTACTOE) == []
    for kind, positions in (("random", 1000), ("noisy", 800)):
        assert len(shipped(f"hard {kind}")) == 2 * len(shipped(f"held-out {kind}")) == positions


@pytest.mark.parametrize("half", HARDER)
def test_hard_positions_are_what_they_say(half: str) -> None:
    found = shipped(half)
    assert len(found) == len(lines(half)) == len(found.decisive())
    assert not found.state.done.any()
    children = [CONNECT4.step(found.state, torch.full((len(found),), column)) for column in range(7)]
    legal = CONNECT4.legal(found.state)
    assert not any((child.done & (child.reward == 1) & legal[:, column]).any() for column, child in enumerate(children))


def test_the_plies_of_hard_positions_are_those_of_games() -> None:
    """Where random games have them: fewer and fewer towards the end, which few games reach."""
    ply = torch.cat([shipped(half).state.ply for half in ("hard random", "held-out random")]).long()
    early, late = ((ply >= low) & (ply < low + 8) for low in (8, 24))
    assert early.sum() > 2 * late.sum() > 0
    held_out, open_to_all = (shipped(half).state.ply.double() for half in ("held-out random", "hard random"))
    assert abs(held_out.mean() - open_to_all.mean()) < 1.5  # a random third: the standard error is about 0.4


@pytest.mark.parametrize("half", HALVES)
def test_shipped_positions_are_what_they_say(half: str) -> None:
    found = shipped(half)
    assert len(found) == len(lines(half)) >= 2000
    assert set(found.state.ply.tolist()) == set(range(36))
    assert not found.state.done.any()
    assert len(found.decisive()) == len(found)
    for line in lines(half):
        signs = {(score > 0) - (score < 0) for score in line["scores"] if score is not None}
        assert len(signs) > 1
        full = [line["moves"].count(str(column + 1)) == 6 for column in range(7)]
        assert [score is None for score in line["scores"]] == full


def positions_up_to_mirroring(*halves: str) -> set[int]:
    games = [columns(line["moves"]) for half in halves for line in lines(half)]
    key = CONNECT4.key(replay(CONNECT4, games))
    mirrored = CONNECT4.key(replay(CONNECT4, [[6 - column for column in game] for game in games]))
    return set(torch.minimum(key, mirrored).tolist())


@pytest.mark.parametrize("half", [*HALVES, *HARDER])
def test_no_position_comes_twice_not_even_mirrored(half: str) -> None:
    found = positions_up_to_mirroring(half)
    assert len(found) == len(lines(half))
    if half in HARDER:
        assert found.isdisjoint(positions_up_to_mirroring(*(other for other in FILES if other != half)))


WINNING_FOURS = [
    sum(1 << 7 * (column + i * right) + row + i * up for i in range(4))
    for column in range(7)
    for row in range(6)
    for right, up in ((1, 0), (0, 1), (1, 1), (1, -1))
    if column + 3 * right < 7 and 0 <= row + 3 * up < 6
]


def scores_by_alpha_beta(moves: str) -> list[int | None]:
    """Exact scores by plain search, for positions that are nearly full: no code shared with game/."""
    stones, heights = [0, 0], [0] * 7
    for ply, column in enumerate(columns(moves)):
        stones[ply % 2] |= 1 << 7 * column + heights[column]
        heights[column] += 1

    def value_of(column: int, ply: int, low: int, high: int) -> int:
        """What playing `column` is worth to the mover."""
        mover = ply % 2
        bit = 1 << 7 * column + heights[column]
        stones[mover] |= bit
        heights[column] += 1
        if any(stones[mover] & four == four for four in WINNING_FOURS if four & bit):
            found = (FULL_BOARD + 1 - ply) // 2
        else:
            found = -best(ply + 1, -high, -low)
        stones[mover] ^= bit
        heights[column] -= 1
        return found

    def best(ply: int, low: int, high: int) -> int:
        found = 0 if ply == FULL_BOARD else -FULL_BOARD
        for column in range(7):
            if heights[column] < 6:
                found = max(found, value_of(column, ply, max(low, found), high))
                if found >= high:
                    break
        return found

    ply = len(moves)
    return [value_of(c, ply, -FULL_BOARD, FULL_BOARD) if heights[c] < 6 else None for c in range(7)]


def test_the_search_of_this_file_knows_a_win_when_it_sees_one() -> None:
    """Four columns full without a line, then a threat: the first player wins on column 4 with the fourth stone."""
    assert len(WINNING_FOURS) == 69
    late = lines("noisy")[-1]["moves"]
    board = slow_board("connect4")
    for column in columns(late):
        board.push(column)
    for column, score in enumerate(scores_by_alpha_beta(late)):
        if score is not None:
            board.push(column)
            assert (score == (FULL_BOARD + 1 - len(late)) // 2) == (board.winner is not None)
            board.pop()


@pytest.mark.parametrize("half", HALVES)
def test_late_positions_solved_again_by_plain_search(half: str) -> None:
    late = [line for line in lines(half) if len(line["moves"]) >= 34]
    late += random.Random(7).sample([line for line in lines(half) if 31 <= len(line["moves"]) <= 33], 12)
    assert len(late) >= 60
    for line in late:
        assert scores_by_alpha_beta(line["moves"]) == line["scores"], line["moves"]


@pytest.mark.skipif(importlib.util.find_spec("bitbully") is None, reason="needs the solver bitbully")
@pytest.mark.parametrize("half", [*HALVES, *HARDER])
def test_a_sample_solved_again_by_bitbully(half: str) -> None:
    from arena.truth.graded_set import Scores, board_after

    known = Scores()
    sample = random.Random(half).sample([line for line in lines(half) if len(line["moves"]) >= 14], 60)
    for line in sample + lines(half)[:20]:
        assert known.of(board_after(columns(line["moves"]))) == line["scores"], line["moves"]


@pytest.mark.skipif(importlib.util.find_spec("bitbully") is None, reason="needs the solver bitbully")
def test_hard_positions_are_made_again_from_their_seed() -> None:
    from arena.truth.graded_set import hard, is_decisive, mirror_key, wins_at_once

    found = hard("random", 12, seed=5)
    assert found == hard("random", 12, seed=5) != hard("random", 12, seed=6)
    assert len({mirror_key(columns(line["moves"])) for line in found}) == 12
    for line in found:
        assert is_decisive(line["scores"])
        assert not wins_at_once(line["scores"], len(line["moves"]))
    apart = {mirror_key(columns(line["moves"])) for line in found[:6]}
    others = {mirror_key(columns(line["moves"])) for line in hard("random", 12, seed=5, apart=apart)}
    assert apart.isdisjoint(others)


def test_a_win_at_once_by_hand() -> None:
    from arena.truth.graded_set import wins_at_once

    assert wins_at_once([None, 18, 0, 0, 0, 0, 0], 6)  # the first player's fourth stone: 18 of 21 are left, it counted
    assert not wins_at_once([None, 17, 0, 0, 0, 0, 0], 6)
    assert wins_at_once([-3, 18, 0, 0, 0, 0, 0], 7)  # the second player's fourth
    assert not wins_at_once([-18, 3, 0, 0, 0, 0, 0], 7)


# What is graded by which set


def test_held_out_positions_are_graded_where_asked_for_alone() -> None:
    asked: list[str] = []
    one = QPlayer("one-ply", NegamaxQ(CONNECT4, 2))
    usual = [section.name for section in grade_report(one, CONNECT4, report=asked.append).sections]
    assert usual == ["random", "noisy", "hard random", "hard noisy"]
    told = grade_report(one, CONNECT4, held_out=True)
    assert [section.name for section in told.sections] == [*usual, "held-out random", "held-out noisy"]
    for title in ("positions from random play", "held-out hard positions from noisy perfect play"):
        assert any(line.startswith(f"{title} ") for line in told.table().splitlines())
    with pytest.raises(UsageError, match="no positions of tictactoe are held out"):
        grade_report(QPlayer("x", ConstantQ(TICTACTOE)), TICTACTOE, held_out=True)
    with pytest.raises(UsageError, match="--positions names what to grade on"):
        grade_report(one, CONNECT4, [Path("x")], held_out=True)


def test_no_run_is_measured_by_hard_positions() -> None:
    """So that nothing is tuned by them: neither what training records nor what a sweep compares."""
    judge = StrengthJudge(CONNECT4, watched=True)
    assert [positions.name for positions in (*judge.graded, *judge.watched)] == ["random", "noisy", "watched"]


# Mistakes


def hand_made(rows: list[list[int]]) -> GradedPositions:
    """Tic-tac-toe positions with any truth one likes: the state is of no importance to `mistakes`."""
    outcome = torch.tensor(rows, dtype=torch.int8)
    return GradedPositions("by hand", TICTACTOE.initial(len(rows)), outcome)


def test_mistakes_by_hand() -> None:
    x = ILLEGAL
    positions = hand_made(
        [
            [1, 0, -1, 1, x, x, x, x, x],
            [0, 0, -1, x, x, x, x, x, x],
            [-1, -1, -1, -1, x, x, x, x, x],
        ]
    )
    best = torch.tensor(
        [
            [1, 1, 0, 1, 0, 0, 0, 0, 0],  # two of three keep the win
            [0, 1, 1, 0, 0, 0, 0, 0, 0],
            [1, 0, 1, 0, 0, 0, 0, 0, 0],  # all is lost anyway
        ],
        dtype=torch.bool,
    )
    assert positions.mistakes(best).tolist() == pytest.approx([1 / 3, 1 / 2, 0])
    assert positions.mistakes(positions.outcome == 1)[0] == 0
    decisive = positions.decisive()
    assert decisive.outcome.tolist() == positions.outcome[:2].tolist()
    assert len(decisive.state) == 2


TWO_LINES = [
    '{"moves": "", "scores": [-1, -1, -1, 2, -1, -1, -1]}',
    '{"moves": "44", "scores": [0, 1, 2, 1, -1, 0, 0]}',
]


class Fixed:
    """The same Q-values everywhere."""

    def __init__(self, values: list[float]) -> None:
        self.game = CONNECT4
        self.values = torch.tensor([values])

    def identity(self) -> str:
        return "fixed"

    def weights(self) -> dict[str, torch.Tensor]:
        return {}

    def q(self, state: Any) -> torch.Tensor:
        return self.values.expand(len(state), -1)


@pytest.mark.parametrize(
    ("values", "rate"),
    [
        ([0, 0, 0, 1, 0, 0, 0], 0.0),  # the middle: right in both
        ([0, 0, 1, 0, 0, 0, 0], 0.5),  # wrong in the first alone
        ([0, 0, 0, 0, 1, 0, 0], 1.0),
        ([0, 0, 1, 1, 0, 0, 0], 0.25),  # a draw between right and wrong
        ([0, 0, 0, 0, 0, 0, 0], (6 / 7 + 4 / 7) / 2),
    ],
)
def test_grade_by_hand(values: list[float], rate: float) -> None:
    positions = read_positions(CONNECT4, TWO_LINES, "two")
    overall, by_ply = grade(QPlayer("fixed", Fixed(values)), positions, plies_a_row=1)
    assert overall.mistakes == pytest.approx(rate)
    assert overall.random_mistakes == pytest.approx((6 / 7 + 4 / 7) / 2)
    assert [(row.plies, row.positions) for row in by_ply] == [((0, 0), 1), ((2, 2), 1)]


@pytest.mark.parametrize("half", HALVES)
def test_knowing_nothing_grades_as_a_random_mover(half: str) -> None:
    overall, by_ply = grade(QPlayer("random", ConstantQ(CONNECT4)), shipped(half))
    assert overall.mistakes == overall.random_mistakes
    assert all(row.mistakes == row.random_mistakes for row in by_ply)
    expected = 0.0
    for line in lines(half):
        signs = [(score > 0) - (score < 0) for score in line["scores"] if score is not None]
        expected += sum(sign < max(signs) for sign in signs) / len(signs)
    assert overall.mistakes == pytest.approx(expected / len(lines(half)), abs=1e-5)


@pytest.mark.parametrize("plies_a_row", [1, 5, 6, 100])
def test_ranges_add_up(plies_a_row: int) -> None:
    positions = shipped("noisy")
    overall, by_ply = grade(QPlayer("negamax:2", NegamaxQ(CONNECT4, 2)), positions, plies_a_row)
    assert sum(row.positions for row in by_ply) == overall.positions == len(positions)
    assert sum(row.mistakes * row.positions for row in by_ply) == pytest.approx(overall.mistakes * overall.positions)
    assert by_ply[0].plies[0] == overall.plies[0] == 0
    assert by_ply[-1].plies[1] == overall.plies[1] == 35
    assert all(row.plies[0] <= row.plies[1] < after.plies[0] for row, after in itertools.pairwise(by_ply))


def test_looking_ahead_makes_fewer_mistakes() -> None:
    rates = [
        grade(QPlayer("x", q), shipped("random"))[0].mistakes
        for q in (ConstantQ(CONNECT4), NegamaxQ(CONNECT4, 1), NegamaxQ(CONNECT4, 3))
    ]
    assert rates[0] > rates[1] > rates[2] > 0


def test_perfect_play_makes_none() -> None:
    overall, _ = grade(QPlayer("perfect", NegamaxQ(TICTACTOE, 9)), solve(TICTACTOE))
    assert overall.mistakes == 0
    assert overall.random_mistakes > 0.3


def test_nothing_to_grade_is_an_error() -> None:
    positions = read_positions(CONNECT4, ['{"moves": "", "scores": [0, 0, 0, 0, 0, 0, 0]}'], "level")
    with pytest.raises(UsageError, match="level holds no position whose legal moves differ"):
        grade(QPlayer("random", ConstantQ(CONNECT4)), positions)


# Files


def test_a_file_is_read_with_blank_lines_and_signs_of_scores(tmp_path: Path) -> None:
    path = tmp_path / "graded.jsonl"
    path.write_text(
        '\n{"moves": "", "scores": [-1, -20, -3.5, 1, 0, 0, 0]}\n   \n\n'
        '{"moves": "444 444", "scores": [1, 2, 3, null, 0, -1, -2], "note": "more is allowed"}\n'
    )
    found = load_positions(CONNECT4, path)
    assert found.name == str(path)
    assert found.outcome.tolist() == [[-1, -1, -1, 1, 0, 0, 0], [1, 1, 1, ILLEGAL, 0, -1, -1]]
    assert found.state[1:].equal(parse_moves(CONNECT4, "444444").state)


GOOD = '{"moves": "", "scores": [0, 0, 0, 1, 0, 0, 0]}'
BAD_LINES = {
    "no JSON": "44455",
    "half a line": GOOD[:-5],
    "a list": "[1, 2, 3]",
    "a number": "7",
    "no scores": '{"moves": ""}',
    "no moves": '{"scores": [0, 0, 0, 1, 0, 0, 0]}',
    "too few scores": '{"moves": "", "scores": [0, 0, 0, 1, 0, 0]}',
    "too many scores": '{"moves": "", "scores": [0, 0, 0, 1, 0, 0, 0, 0]}',
    "scores as text": '{"moves": "", "scores": "0000000"}',
    "one score as text": '{"moves": "", "scores": [0, 0, 0, "1", 0, 0, 0]}',
    "a bool": '{"moves": "", "scores": [0, 0, 0, true, 0, 0, 0]}',
    "not a number": '{"moves": "", "scores": [0, 0, 0, NaN, 1, 0, 0]}',
    "moves as a list": '{"moves": [4, 4], "scores": [0, 0, 0, 1, 0, 0, 0]}',
    "moves as a number": '{"moves": 44, "scores": [0, 0, 0, 1, 0, 0, 0]}',
    "a move there is not": '{"moves": "48", "scores": [0, 0, 0, 1, 0, 0, 0]}',
    "a full column": '{"moves": "4444444", "scores": [0, 0, 0, null, 0, 0, 0]}',
    "a finished game": '{"moves": "1212121", "scores": [null, null, null, null, null, null, null]}',
    "moves after the end": '{"moves": "12121213", "scores": [0, 0, 0, 1, 0, 0, 0]}',
    "null for a legal move": '{"moves": "", "scores": [0, 0, null, 1, 0, 0, 0]}',
    "a score for a full column": '{"moves": "444444", "scores": [0, 0, 0, 1, 0, 0, 0]}',
    "brackets without end": "[" * 100_000,
}


@pytest.mark.parametrize("bad", BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_named_with_its_file(bad: str, tmp_path: Path) -> None:
    path = tmp_path / "graded.jsonl"
    path.write_text("\n".join(["", GOOD, "", bad, GOOD]))
    with pytest.raises(UsageError) as caught:
        load_positions(CONNECT4, path)
    assert f"{path}, line 4" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400 + len(str(path))


@pytest.mark.parametrize("content", ["", "\n \n\n"])
def test_a_file_without_positions_is_an_error(content: str, tmp_path: Path) -> None:
    path = tmp_path / "graded.jsonl"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"graded\.jsonl holds no positions"):
        load_positions(CONNECT4, path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\x80")
    for name in ("missing", ".", "binary"):
        with pytest.raises(QzeroError, match="cannot read graded positions from"):
            load_positions(CONNECT4, tmp_path / name)
