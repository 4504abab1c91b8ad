"""What n-tuples read of the empty cells of Connect Four, against lines followed cell by cell."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from agent.ntuple.connect4.read_threats import FIRST, FULL, ONE_LEFT, PARTS, mirrored, reads
from agent.ntuple.connect4.threats import promising
from agent.ntuple.encoding import encoding_of
from agent.ntuple.tuples import draw_cells, ntuples_of
from agent.presets import preset
from agent.run import train
from agent.store import checkpoint
from game import UsageError, make
from game.notation import replay_text
from tests.helpers import reachable

GAME = make("connect4")
ENCODING = encoding_of(GAME, threats=True)
LINES = [
    [(column + k * across, height + k * up) for k in range(4)]
    for across, up in ((0, 1), (1, 0), (1, 1), (1, -1))
    for column, height in product(range(7), range(6))
    if 0 <= column + 3 * across < 7 and 0 <= height + 3 * up < 6
]


def cells_of(word: int) -> set[tuple[int, int]]:
    return {(bit // 8, bit % 8) for bit in range(64) if word >> bit & 1}


def by_lines(mine: set[Any], theirs: set[Any], stones: int) -> set[Any]:
    """The empty cells of lines with so many stones of mine and none of theirs."""
    free = [line for line in LINES if not theirs & set(line) and len(mine & set(line)) == stones]
    return {cell for line in free for cell in line} - mine


def positions() -> Any:
    state = reachable(GAME, seed=3)
    return state[~state.done]


def test_there_are_69_lines_and_promising_cells_are_found_along_them() -> None:
    assert len(LINES) == 69
    state, met = positions(), [0, 0]
    for own, opp in zip(state.own.tolist(), state.opp.tolist(), strict=True):
        for mine, theirs in ((own, opp), (opp, own)):
            found = promising(np.uint64(mine), np.uint64(theirs))
            for word, stones in zip(found, (3, 2), strict=True):
                expected = by_lines(cells_of(mine), cells_of(theirs), stones)
                assert cells_of(int(word)) == expected
                met[stones == 2] += bool(expected)
    assert min(met) > 50


def test_codes_tell_the_lowest_wins_and_the_next_cells() -> None:
    state = positions()
    codes = ENCODING.codes(state)
    assert codes.shape == (PARTS, len(state))
    assert np.array_equal(codes[:7], encoding_of(GAME).codes(state))
    seen = set()
    for i, (own, opp) in enumerate(zip(state.own.tolist(), state.opp.tolist(), strict=True)):
        mine, theirs = cells_of(own), cells_of(opp)
        wins = [by_lines(mine, theirs, 3), by_lines(theirs, mine, 3)]
        twos = [by_lines(mine, theirs, 2), by_lines(theirs, mine, 2)]
        for column in range(7):
            height = sum(cell[0] == column for cell in mine | theirs)
            left = 6 - height
            low = [min((h for c, h in side if c == column), default=6) - height for side in wins]
            assert codes[7 + column, i] == FIRST[height] + low[0] * (left + 1) + low[1]
            levels = [
                2 * ((column, height) in w) or int((column, height) in t) for w, t in zip(wins, twos, strict=True)
            ]
            near = 3 * levels[0] + levels[1]
            above = [(column, height + 1) in w for w in wins]
            expected = FULL if left == 0 else ONE_LEFT + near if left == 1 else 4 * near + 2 * above[0] + above[1]
            assert codes[14 + column, i] == expected
            seen.add(int(codes[7 + column, i]))
    assert len(seen) > 30


def test_a_position_by_hand() -> None:
    # Mine lie on the ground in columns 3 to 5, theirs on top: I win at the bottom of 2 and 6, and they right above.
    code = ENCODING.codes(replay_text(GAME, ["334455"], ["by hand"]))[:, 0].tolist()
    none, both, filled = 6 * 7 + 6, 0 * 7 + 1, 49 + 36 + 4 * 5 + 4
    assert code[7:14] == [none, both, filled, filled, filled, both, none]
    assert code[15] == code[19] == 4 * (3 * 2 + 0) + 1  # three of mine and nothing of theirs; above, three of theirs


def test_ntuples_are_there_once_up_to_mirroring_and_fit_a_table() -> None:
    found = reads()
    # Pairs of 7 columns: 21, 3 of them their own image; stones of one and threats of another: 49 and 1; triples: 35, 3.
    assert len(found) == (21 + 3) // 2 + (49 + 1) // 2 + (35 + 3) // 2
    read_by = [(own[0].states, tuple(sorted(read.part for read in own))) for own in found]
    images = [(states, tuple(sorted(map(mirrored, parts)))) for states, parts in read_by]
    assert len(set(read_by)) == len(found)
    assert all((image == own) == (image in read_by) for own, image in zip(read_by, images, strict=True))
    for own in found:
        for read in own:
            assert 0 <= read.ids.min() <= read.ids[: read.states].max() < read.states
    tuples = ntuples_of(GAME, draw_cells(GAME, 3, 4, 0), ENCODING)
    assert len(tuples.count) == 3 + len(found)
    assert [ENCODING.image(part, GAME.symmetries[1].cells) for part in range(PARTS)] == list(
        map(mirrored, range(PARTS))
    )


def test_a_run_with_threats_is_saved_as_such_and_plays_the_same(tmp_path: Path) -> None:
    config = preset("connect4", tuples=3, threats=True, games=256, moves=9_000, threads=1, evaluations=0)
    run = train.start(tmp_path / "run", config)
    run.run(lambda _: None)
    loaded = checkpoint.load(tmp_path / "run")
    assert loaded.record["architecture"] == {"threats": True}
    state = positions()
    assert torch.equal(loaded.q_function.q(state), run.learner.judged.q(state))
    assert bool((run.learner.model_tensors()["table"] != 0).any())
    assert torch.equal(train.resume(tmp_path / "run").learner.judged.q(state), run.learner.judged.q(state))


def test_other_games_and_features_have_no_threats() -> None:
    for settings in ({"game": "othello", "tuples": 9}, {"game": "connect4", "features": "windows:2x4"}):
        with pytest.raises(UsageError, match="--threats is for the random walks of connect4"):
            preset(str(settings.pop("game")), q="ntuple", threats=True, **settings)
    with pytest.raises(ValueError, match="othello read no threats"):
        encoding_of(make("othello"), threats=True)
