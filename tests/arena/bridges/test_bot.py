"""A player of ours in OpenSpiel's own loop plays the games that it plays here."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import torch

from agent.play.player import QPlayer
from arena.bridges import openspiel_bot
from arena.match.match import play_pairs
from arena.match.openings import random_openings
from arena.players.montecarlo.mcts import MctsQ
from arena.players.montecarlo.openspiel import spiel_name
from game import make
from game.errors import UsageError
from tests.arena.engines.test_gtp import Decided, decided

pyspiel = pytest.importorskip("pyspiel", reason="OpenSpiel is not installed")


@pytest.mark.parametrize("name", ["connect4", "othello", "hex:4+swap", "breakthrough:6x6", "gomoku:7x7x5", "tictactoe"])
def test_games_in_openspiels_loop_are_ours(name: str) -> None:
    game = make(name)
    a, b = decided(game), QPlayer("other", Decided(game, 99))
    here = play_pairs(game, a, b, random_openings(game, 1, 0, 0), 0)
    theirs = pyspiel.load_game(spiel_name(name))
    for number, pair in enumerate(((a, b), (b, a))):
        bots = [openspiel_bot(game, player, seat) for seat, player in enumerate(pair)]
        state = theirs.new_initial_state()
        returns = pyspiel.evaluate_bots(state, bots, 0)
        result = int(here.result[number]) * (1 if number == 0 else -1)
        assert list(returns) == [result, -result]
        moves = [int(move) for move in here.moves[number] if move >= 0]
        assert len(state.history()) >= len(moves)
        search = MctsQ(game, 1)
        assert tuple(state.history()) == search._their_moves(moves)


def test_it_meets_their_own_bots() -> None:
    game, theirs = make("tictactoe"), pyspiel.load_game("tic_tac_toe")
    bot: Any = openspiel_bot("tictactoe", "negamax:9", seat=1)
    random_bot = pyspiel.make_uniform_random_bot(0, 3)
    for _ in range(5):
        returns = pyspiel.evaluate_bots(theirs.new_initial_state(), [random_bot, bot], 7)
        assert returns[1] >= 0
    assert bot.player_id() == 1
    policy, action = bot.step_with_policy(theirs.new_initial_state())
    assert dict(policy)[action] == 1.0
    assert sum(chance for _, chance in policy) == 1.0
    assert game.legal(game.initial(1))[0, action]
    assert isinstance(torch.tensor(action), torch.Tensor)


def test_what_openspiel_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="OpenSpiel has no othello:6 by the same rules"):
        openspiel_bot("othello:6", "random")
    monkeypatch.setitem(sys.modules, "pyspiel", None)
    with pytest.raises(UsageError, match=r"pip install 'qzero\[bench\]'"):
        openspiel_bot("connect4", "random")
