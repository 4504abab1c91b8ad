"""Players in Python: `from arena import load`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from arena import load
from game.errors import UsageError
from game.notation import parse_moves
from game.registry import make
from tests.helpers import unfinished

TICTACTOE, CONNECT4 = make("tictactoe"), make("connect4")


def test_a_run_folder_is_asked_for_moves_and_for_what_it_holds_of_them(tiny_run: Path) -> None:
    player = load(tiny_run)
    assert (player.game.name, player.name, repr(player)) == (
        "tictactoe",
        str(tiny_run),
        f"<{tiny_run}, plays tictactoe>",
    )
    state = unfinished(TICTACTOE, 3)
    q, action = player.q(state), player.act(state)
    assert (q.shape, q.dtype) == ((len(state), 9), torch.float32)
    assert torch.equal(q > -torch.inf, TICTACTOE.legal(state))
    assert (action.shape, action.dtype) == ((len(state),), torch.int64)
    assert torch.equal(q.gather(1, action[:, None]).squeeze(1), q.amax(1))


def test_fixed_players_of_a_named_game_with_options() -> None:
    takes = parse_moves(CONNECT4, "112233").state
    for spec in ("one-ply", "random@exact-ends"):
        assert load(spec, "connect4").act(takes).tolist() == [3]
    assert load("one-ply", CONNECT4).game is CONNECT4


def test_ties_are_drawn_the_same_way_again() -> None:
    start = TICTACTOE.initial(200)
    first, again = load("random", "tictactoe"), load("random", "tictactoe")
    drawn = [first.act(start), first.act(start)]
    assert not torch.equal(*drawn)
    assert torch.equal(torch.stack(drawn), torch.stack([again.act(start), again.act(start)]))
    assert not torch.equal(load("random", "tictactoe", seed=1).act(start), drawn[0])
    mine = [first.act(start, torch.Generator().manual_seed(5)) for _ in range(2)]
    assert torch.equal(*mine)


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(UsageError, match=r"there is no checkpoint 'one-ply'; .* load\('one-ply', 'connect4'\)"):
        load("one-ply")
    with pytest.raises(UsageError, match="no player is called 'nobody'"):
        load("nobody", "connect4")
    player = load("random", "tictactoe")
    with pytest.raises(ValueError, match="1 of 1 positions are finished"):
        player.act(parse_moves(TICTACTOE, "a1 a2 b1 b2 c1").state)


def test_importing_arena_loads_no_torch() -> None:
    code = "import sys, arena; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
