"""Sequential tests that are really played: where they stop, what counts, and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.play.player import QPlayer
from arena.match.match import play_together
from arena.match.score import EloDifference, Score
from arena.match.sprt.llr import Hypotheses
from arena.match.sprt.sequential import SprtResult, Step, play_sprt
from arena.match.tournament import PAIRS_A_CHUNK, Tournament
from arena.players.specs import player
from game.registry import make
from tests.arena.match.test_tournament import games_in, network_player

TICTACTOE = make("tictactoe")
MEMORY = Path(":memory:")
WIDE = Hypotheses(0, 100)


def entrant(name: str) -> QPlayer:
    return player(name, TICTACTOE)


def hold(
    path: Path,
    names: tuple[str, str],
    tested: Hypotheses = WIDE,
    games: int = 1000,
    plies: int | None = 3,
    report: Callable[[Step], None] = lambda _: None,
) -> SprtResult:
    with Tournament(path, TICTACTOE, games, plies, 0) as tournament:
        return play_sprt(tournament, entrant(names[0]), entrant(names[1]), tested, report)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The pairs of every batch that is really played from now on."""
    played: list[int] = []

    def counted(game: Any, meetings: Any, *rest: Any) -> Any:
        played.extend(len(one.openings.state) for one in meetings)
        return play_together(game, meetings, *rest)

    monkeypatch.setattr("arena.match.tournament.play_together", counted)
    return played


def test_the_stronger_is_found_and_exchanging_the_players_turns_it() -> None:
    found = hold(MEMORY, ("one-ply", "random"))
    assert (found.a, found.b, found.decision) == ("one-ply", "random", "H1")
    assert found.path[-1].llr >= WIDE.upper
    assert found.score.wins > 5 * found.score.losses
    turned = hold(MEMORY, ("random", "one-ply"))
    assert turned.decision == "H0"
    assert turned.path[-1].llr <= WIDE.lower


def test_it_stops_at_the_pair_that_decides_and_later_games_do_not_count(tmp_path: Path, batches: list[int]) -> None:
    found = hold(tmp_path / "t.db", ("one-ply", "random"))
    pairs = sum(found.pentanomial)
    assert found.score.games == found.path[-1].games == 2 * pairs < 2 * sum(batches)
    assert sum(batches) - pairs < PAIRS_A_CHUNK
    kept = [row for row in games_in(tmp_path / "t.db") if row[2] < pairs]
    by_pair = np.zeros(pairs)
    for first, _, opening, result, _ in kept:
        by_pair[opening] += (1 + (result if first == "one-ply" else -result)) / 4
    walk = WIDE.walk(by_pair)
    assert walk[-1] >= WIDE.upper
    assert ((walk[:-1] < WIDE.upper) & (walk[:-1] > WIDE.lower)).all()
    assert np.bincount(np.rint(4 * by_pair).astype(int), minlength=5).tolist() == list(found.pentanomial)
    points = sum(count * points for points, count in enumerate(found.pentanomial)) / 2
    assert found.score.wins + found.score.draws / 2 == points


def test_a_path_is_told_batch_by_batch() -> None:
    told: list[Step] = []
    found = hold(MEMORY, ("one-ply", "negamax:2"), Hypotheses(0, 5), 400, report=told.append)
    assert told == found.path
    assert [step.games for step in told] == [100, 200, 300, 400]
    assert found.decision is None
    assert not found.exhausted
    lines = found.text().splitlines()
    assert lines[0] == "one-ply against negamax:2: H0 is +0 Elo, H1 is +5 Elo"
    assert [line.split()[0] for line in lines[3:7]] == ["100", "200", "300", "400"]
    assert lines[-1] == f"undecided after 400 games ({found.score}): ask for more --games"
    record = found.as_dict()
    assert (record["games"], record["llr"], record["decision"]) == (400, told[-1].llr, None)
    assert record["lower"] == -record["upper"] == pytest.approx(-2.944, abs=5e-4)


def test_a_long_path_is_told_in_few_lines() -> None:
    path = [Step(100 * k, Score(k, k, k), k / 100) for k in range(1, 214)]
    even = EloDifference(0, None, None, None)
    found = SprtResult("a", "b", WIDE, None, path[-1].score, (1, 2, 3, 4, 5), path, even, False, 4)
    lines = found.text().splitlines()[3:-2]
    assert len(lines) <= 21
    assert lines[-1].split()[0] == "21,300"


@pytest.mark.parametrize("plies", [0, 1])
def test_openings_that_were_played_are_not_played_again(plies: int, batches: list[int]) -> None:
    found = hold(MEMORY, ("one-ply", "negamax:2"), Hypotheses(0, 5), 1000, plies)
    assert sum(batches) == sum(found.pentanomial) == (1, 9)[plies]
    assert found.decision is None
    assert found.exhausted
    assert f"every opening of {plies} random plies is played, ask for more --opening-plies" in found.text()


def test_a_test_that_was_stopped_goes_on_and_repeats_nothing(tmp_path: Path, batches: list[int]) -> None:
    names, tested = ("one-ply", "negamax:2"), Hypotheses(0, 5)
    whole = hold(MEMORY, names, tested, 400)
    batches.clear()

    def stop(step: Step) -> None:
        if step.games == 200:
            raise InterruptedError

    path = tmp_path / "part.db"
    with pytest.raises(InterruptedError):
        hold(path, names, tested, 400, report=stop)
    assert hold(path, names, tested, 400) == whole
    assert batches == [50] * 4
    assert hold(path, names, tested, 400) == whole
    assert batches == [50] * 4


def test_other_hypotheses_look_at_the_same_games(tmp_path: Path, batches: list[int]) -> None:
    path = tmp_path / "t.db"
    far = hold(path, ("one-ply", "random"), Hypotheses(0, 20))
    games = sum(batches)
    near = hold(path, ("one-ply", "random"), Hypotheses(0, 400))
    assert sum(batches) == games
    assert near.score.games < far.score.games


def test_twins_are_even_by_every_pair() -> None:
    """The same network twice wins and loses every opening by turns."""
    with Tournament(MEMORY, TICTACTOE, 1000, 3, 0) as tournament:
        found = play_sprt(tournament, network_player("a", 1), network_player("b", 1), WIDE)
    assert found.decision == "H0"
    assert found.pentanomial[:2] == found.pentanomial[3:] == (0, 0)
    assert found.score.wins == found.score.losses > 0
