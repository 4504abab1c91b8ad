"""Outside engines at the board: what goes wrong costs them a game, is named, and leaves no process behind."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.play.cancel import Cancelled, cancelled_by
from arena.engines import outside
from arena.engines.outside import EnginePlayer, engine_player, is_engine
from arena.engines.process import EngineFailure, Program
from arena.match.match import play_pairs
from arena.match.openings import random_openings
from arena.players.specs import player
from game import make
from game.errors import UsageError
from game.play import FORFEIT, play, tell
from tests.arena.engines import fake_engine
from tests.conftest import Qzero

FAKE = f"{sys.executable} -S {fake_engine.__file__}"
HEX = make("hex:3")


def engine(fault: str, ply: int = 0, extra: str = "", seconds: str = "5") -> EnginePlayer:
    return engine_player(f'gtp:"{FAKE} {fault} {ply} {extra}"@seconds={seconds}', HEX)


def gone(process: int) -> bool:
    """Whether it is no more, or only waits for its parent to ask how it ended; the system may take a moment."""
    for _ in range(500):
        try:
            if "Z" in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]:
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("hang", "gave no answer within 0.5 s"),
        ("die", "ended with status 3, saying 'out of luck'"),
        ("mute", "closed its output"),
        ("illegal", "played the illegal move"),
        ("nonsense", "answered 'k17', which is no move of hex:3"),
        ("rubbish", "printed rubbish in answer to 'genmove"),
        ("flood", "printed rubbish: a line of more than a megabyte"),
        ("refuse", "refused 'genmove"),
    ],
)
def test_what_goes_wrong_costs_the_game(fault: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Two openings, four games: two failures as each side, and then a third that is the last straw."""
    faulty = engine(fault, 3, seconds="0.5" if fault == "hang" else "5")
    openings = random_openings(HEX, 2, 1, 0)
    played = play_pairs(HEX, faulty, player("random", HEX), openings, 0)
    assert played.result.tolist() == [-1, -1, -1, -1]
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == outside.PATIENCE + 1
    assert all(faulty.name in line for line in lines)
    assert all(f"forfeits a game of hex:3 at ply {line.split(' ply ')[1][0]}: " in line for line in lines[:-1])
    assert all(words in line for line in lines[:-1])
    assert "failed 3 times in a row: it forfeits all its other games" in lines[-1]


def test_an_engine_without_fault_plays_whole_games(capsys: pytest.CaptureFixture[str]) -> None:
    openings = random_openings(HEX, 3, 1, 0)
    played = play_pairs(HEX, engine("none"), player("random", HEX), openings, 0)
    assert set(played.result.tolist()) <= {-1, 1}
    finished = (played.moves >= 0).sum(1)
    assert int(finished.min()) >= 5
    assert capsys.readouterr().err == ""


def test_who_resigns_has_lost_and_is_not_named(capsys: pytest.CaptureFixture[str]) -> None:
    openings = random_openings(HEX, 2, 0, 0)
    played = play_pairs(HEX, engine("resign", 2), player("random", HEX), openings, 0)
    assert played.result.tolist() == [-1] * 4
    assert (played.moves >= 0).sum(1).tolist() == [2, 3, 2, 3]
    assert capsys.readouterr().err == ""


def test_a_forfeit_is_won_by_the_other_and_the_rest_goes_on() -> None:
    """One that gives up every game in which the corner is taken, against one that never does."""

    class Picky:
        name = "picky"

        def act(self, game: Any, state: Any, generator: torch.Generator) -> torch.Tensor:
            return player("random", game).act(game, state, generator)

        def act_or_forfeit(self, game: Any, state: Any, generator: torch.Generator) -> torch.Tensor:
            taken = ~game.legal(state)[:, 0]
            return torch.where(taken, FORFEIT, self.act(game, state, generator))

    openings = random_openings(HEX, 9, 1, 0)
    forfeits = 0
    for picky_is_a in (True, False):
        seats = (Picky(), player("random", HEX)) if picky_is_a else (player("random", HEX), Picky())
        played = play_pairs(HEX, seats[0], seats[1], openings, 1)
        for number, (result, row) in enumerate(zip(played.result.tolist(), played.moves.tolist(), strict=True)):
            moves = [move for move in row if move >= 0]
            picky_seat = number % 2 if picky_is_a else 1 - number % 2
            asked = [ply for ply in range(1, len(moves) + 1) if ply % 2 == picky_seat and 0 in moves[:ply]]
            over = bool(replayed(moves).done)
            if not over:
                assert asked == [len(moves)]
                assert result == (-1 if picky_is_a else 1)
                forfeits += 1
            else:
                assert asked in ([], [len(moves)])
    assert 5 < forfeits < 36


def replayed(moves: list[int]) -> Any:
    state = HEX.initial(1)
    for move in moves:
        state = HEX.step(state, torch.tensor([move]))
    return state


def test_play_drops_forfeited_games() -> None:
    def choose(state: Any, rows: torch.Tensor) -> torch.Tensor:
        action = HEX.legal(state).int().argmax(1)
        return torch.where(rows == 1, FORFEIT, action) if int(state.ply[0]) == 2 else action

    turns = [turn.rows.tolist() for turn in play(HEX, HEX.initial(3), choose)]
    assert turns[:3] == [[0, 1, 2], [0, 1, 2], [0, 2]]
    assert all(rows == [0, 2] for rows in turns[2:])
    everyone = [turn.rows for turn in play(HEX, HEX.initial(2), lambda state, _: torch.full((len(state),), FORFEIT))]
    assert [len(rows) for rows in everyone] == [0]


def test_the_whole_process_group_ends(tmp_path: Path) -> None:
    faulty = engine("child", 0, str(tmp_path / "pid"), seconds="1")
    with pytest.raises(EngineFailure, match=r"gave no answer within 1 s"):
        faulty.act(HEX, HEX.initial(1), torch.Generator())
    assert gone(int((tmp_path / "pid").read_text()))


def test_an_engine_ends_with_its_player() -> None:
    program = Program("sleep 1000")
    number = program.process_id
    assert Path(f"/proc/{number}").exists()
    del program
    assert gone(number)
    with pytest.raises(ProcessLookupError):
        os.killpg(number, 0)


def test_a_thought_that_is_called_off_ends_the_engine() -> None:
    faulty = engine("hang", 0, seconds="1000")
    asked = time.monotonic()
    with pytest.raises(Cancelled), cancelled_by(lambda: time.monotonic() > asked + 0.3):
        faulty.act(HEX, HEX.initial(1), torch.Generator())


def test_a_lone_question_fails_in_words() -> None:
    state = HEX.step(HEX.initial(1), torch.tensor([4]))
    faulty = engine("die", 1)
    with pytest.raises(UsageError, match="follows a game from its first move on"):
        faulty.act(HEX, state, torch.Generator())
    tell(faulty, state, torch.tensor([[4]]))
    with pytest.raises(EngineFailure, match=r"^gtp:.* ended with status 3"):
        faulty.act(HEX, state, torch.Generator())
    tell(faulty, state, torch.tensor([[4]]))
    with pytest.raises(EngineFailure):  # it was started again for this
        faulty.act(HEX, state, torch.Generator())


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("gtp:", "the command of an engine is empty"),
        ('gtp:""', "the command of an engine is empty"),
        ('gtp:"a', "an engine is written"),
        ('gtp:"it\'s"', "cannot read the command"),
        ('gtp:"no-such-program --fast"', "cannot start the engine 'no-such-program --fast': No such file"),
        ("gtp:true", "'true' is no GTP engine for hex:3: it ended with status 0"),
        ("gtp:yes@seconds=2", "'yes' is no GTP engine for hex:3: it printed rubbish"),
        ('gtp:"true"@seconds=0', "@seconds=S above 0"),
        ('gtp:"true"@exact-ends', "takes one option, @seconds=S"),
        ("piskvork:true", "Gomocup's protocol is for five in a row"),
    ],
)
def test_what_is_no_engine_is_told_at_once(spec: str, words: str, qzero: Qzero) -> None:
    outcome = qzero("match", spec, "random", "--game", "hex:3", "--games", 2)
    assert outcome.code == 2
    assert words in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_what_names_an_engine() -> None:
    assert is_engine("gtp:gnugo")
    assert is_engine('piskvork:"a b"')
    assert not is_engine("gtp")
    assert not is_engine("runs/gtp:x")
    assert engine("none").identity != engine("resign", 5).identity


def test_a_tournament_survives_a_bad_engine(qzero: Qzero) -> None:
    spec = f'gtp:"{FAKE} die 2"'
    words = ("tournament", spec, "random", "one-ply", "--game", "hex:3", "--games", 4, "--json")
    first, again = qzero(*words), qzero(*words)
    assert first.code == again.code == 0
    assert first.out == again.out
    assert f"{spec} forfeits a game of hex:3" in first.err
    assert again.err == ""  # all games were kept
