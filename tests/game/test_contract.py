"""The laws that every game obeys, on random reachable positions of every game and of several boards each."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from game import Game, NotationError, State, UnknownGameError, make, moves_text, names, parse_moves
from game.cells import CellsState
from game.core import children_by_step, field_names
from game.notation import move_lists, replay, replay_text, split_moves
from game.registry import FAMILIES
from tests.helpers import (
    BOARDS,
    cautious,
    moves_of_games,
    random_plies,
    reachable,
    stones,
    unfinished,
    uniform,
    with_colours_swapped,
)

every_board = pytest.mark.parametrize("name", BOARDS)
TURNED = [name for name in BOARDS if make(name).second_view is not None]
LARGE = 50  # cells; above it fewer examples


def law(test: Callable[[str, int], None]) -> Callable[[str], None]:
    """Run the test for every board, on positions of several random seeds, the same ones for all tests."""

    def on_board(name: str) -> None:
        @settings(max_examples=1 if cells_of(name) > LARGE else 2, deadline=None, derandomize=True)
        @given(seed=st.integers(0, 2**31 - 1))
        def on_seed(seed: int) -> None:
            test(name, seed)

        on_seed()

    on_board.__name__, on_board.__doc__ = test.__name__, test.__doc__
    decorated: Callable[[str], None] = every_board(on_board)
    return decorated


def cells_of(name: str) -> int:
    _, height, width = make(name).observation_shape
    return height * width


def few(name: str) -> int:
    """How many positions to look at one by one."""
    return 6 if cells_of(name) > LARGE else 15


def family_of(name: str) -> str:
    return name.partition(":")[0]


def fields(state: State) -> dict[str, Tensor]:
    return {name: getattr(state, name).clone() for name in field_names(type(state))}


def random_action(game: Game[Any], state: State, seed: int) -> Tensor:
    """A legal action for each unfinished row, action 0 for the others."""
    noise = torch.rand(len(state), game.num_actions, generator=torch.Generator().manual_seed(seed))
    return (noise + game.legal(state)).argmax(1) * ~state.done


def answers(game: Game[Any], state: State, action: Tensor) -> Iterator[tuple[str, Tensor]]:
    """All that the rules say of each row, as named tensors of leading dimension B."""
    after = game.step(state, action)
    children, valid = game.children(state)
    for name in field_names(type(state)):
        yield f"step {name}", getattr(after, name)
        child = getattr(children, name)
        yield f"children {name}", child.view(len(state), game.num_actions, *child.shape[1:])
    yield "children valid", valid
    yield "legal", game.legal(state)
    yield "observe", game.observe(state)
    yield "key", game.key(state)
    yield "winning_cells", game.winning_cells(state)


@law
def test_over_or_has_a_legal_move(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed)
    assert torch.equal(game.legal(state).any(1), ~state.done)
    assert bool(state.done.any())
    assert not bool(state.done.all())


@law
def test_shapes_and_dtypes(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed)
    rows, actions = len(state), game.num_actions
    assert (state.ply.dtype, state.done.dtype, state.reward.dtype) == (torch.int16, torch.bool, torch.int8)
    assert all(len(tensor) == rows for tensor in fields(state).values())
    assert all(t.dim() == 1 or t[0].numel() * t.element_size() % 8 == 0 for t in fields(state).values())
    expected = {
        "legal": (game.legal(state), (rows, actions), torch.bool),
        "observe": (game.observe(state), (rows, *game.observation_shape), torch.float32),
        "observe half": (game.observe(state, torch.bfloat16), (rows, *game.observation_shape), torch.bfloat16),
        "key": (game.key(state), (rows,), torch.int64),
        "winning_cells": (game.winning_cells(state), (rows, *game.observation_shape[1:]), torch.bool),
        "valid": (game.children(state)[1], (rows, actions), torch.bool),
    }
    found = {what: (tuple(tensor.shape), tensor.dtype) for what, (tensor, _, _) in expected.items()}
    assert found == {what: (shape, dtype) for what, (_, shape, dtype) in expected.items()}
    assert len(game.children(state)[0]) == rows * actions
    after = game.step(state, random_action(game, state, seed))
    assert {k: v.dtype for k, v in fields(after).items()} == {k: v.dtype for k, v in fields(state).items()}


@every_board
def test_the_start_is_the_first_players_move_on_any_batch_size(name: str) -> None:
    game = make(name)
    for batch in (0, 1, 5):
        state = game.initial(batch)
        assert len(state) == len(game.legal(state)) == len(game.observe(state)) == len(game.key(state)) == batch
        assert len(game.step(state, torch.zeros(batch, dtype=torch.int64))) == batch
        assert not bool(state.done.any())
        assert not bool(state.ply.any())
        assert not bool(state.reward.any())
    assert game.name == name
    assert game.rules_version >= 1
    assert make(name) is game


def test_unknown_names_are_refused_with_the_names_there_are() -> None:
    with pytest.raises(UnknownGameError, match=f"no game is called 'go': choose one of {', '.join(names())}$"):
        make("go")


def test_every_family_is_among_the_boards() -> None:
    assert {family_of(name) for name in BOARDS} == set(names()) == set(FAMILIES)


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("othello:8", "othello"),
        ("hex:11", "hex"),
        ("hex:11+swap", "hex:11+swap"),
        ("breakthrough:8x8", "breakthrough"),
        ("gomoku:15x15x5", "gomoku"),
        ("gomoku:15x15x4", "gomoku:15x15x4"),
        ("breakthrough:8x7", "breakthrough:8x7"),
    ],
)
def test_the_usual_board_has_the_short_name(spelled: str, name: str) -> None:
    assert make(spelled) is make(name)
    assert make(spelled).name == name


@pytest.mark.parametrize(
    ("name", "shape", "actions"),
    [
        ("othello:6", (6, 6), 37),
        ("hex:7", (7, 7), 49),
        ("hex:7+swap", (7, 7), 50),
        ("breakthrough:5x6", (6, 5), 65),  # 5 columns, 6 rows: 13 pairs of cells between two rows
        ("gomoku:9x7x5", (7, 9), 63),
    ],
)
def test_the_numbers_of_a_name_are_columns_then_rows(name: str, shape: tuple[int, int], actions: int) -> None:
    game = make(name)
    assert game.observation_shape[1:] == shape
    assert game.num_actions == actions


@pytest.mark.parametrize(
    "name",
    [
        *("", ":", "othello:", "Othello", " othello", "othello:5", "othello:10", "othello:08", "othello:8x8"),
        *("hex:2", "hex:20", "hex:7+", "hex:7+swop", "hex:7 +swap", "hex:+swap", "hex:-7"),
        *("breakthrough:8", "breakthrough:3x8", "breakthrough:8x3", "breakthrough:9x8", "breakthrough:8x9"),
        *("gomoku:15", "gomoku:15x15", "gomoku:21x15x5", "gomoku:15x15x21", "gomoku:0x3x3", "gomoku:3x3x3x3"),
        *("connect4:7", "connect4:", "tictactoe:3"),
    ],
)
def test_boards_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(UnknownGameError) as caught:
        make(name)
    assert repr(name) in str(caught.value)
    assert "\n" not in str(caught.value)


@law
def test_no_answer_changes_the_state_asked_about(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed)
    before = fields(state)
    for _ in answers(game, state, random_action(game, state, seed)):
        pass
    assert all(torch.equal(value, before[field]) for field, value in fields(state).items())


@law
def test_finished_rows_come_back_unchanged(name: str, seed: int) -> None:
    """In every field, and in those entries of a board that are no cells."""
    game = make(name)
    state = reachable(game, seed)
    finished = state[state.done]
    assert len(finished) > 0
    actions = torch.arange(game.num_actions).repeat(len(finished))
    repeated = finished.repeat_interleave(game.num_actions)
    assert game.step(repeated, actions).equal(repeated)


@pytest.mark.parametrize("name", [name for name in BOARDS if isinstance(make(name).initial(0), CellsState)])
def test_entries_of_a_board_that_are_no_cells_stay_as_they_are(name: str) -> None:
    """Up to the end of the game; then Hex joins the edges of the winner, but nothing is written into the padding."""
    game = make(name)
    start = game.initial(1).board[:, cells_of(name) :]
    assert start.shape[1] > 0
    for choose in (uniform, cautious):
        for state in random_plies(game, 1, 2, choose)[0]:
            beyond = state.board[:, cells_of(name) :]
            going = ~state.done
            assert torch.equal(beyond[going], start.expand(2, -1)[going])
            assert torch.equal(beyond == 0, (start == 0).expand(2, -1))


@law
def test_each_move_is_one_ply_and_no_game_is_longer_than_max_plies(name: str, seed: int) -> None:
    game = make(name)
    states, actions = random_plies(game, seed, 12)
    for before, action, after in zip(states, actions, states[1:], strict=False):
        assert bool(game.legal(before).gather(1, action[:, None])[~before.done].all())
        assert torch.equal(after.ply, before.ply + (~before.done).to(torch.int16))
        assert bool((after.ply <= game.max_plies).all())
    assert bool(states[-1].done.all())


@law
def test_reward_comes_with_the_end_only(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed)
    assert not bool(state.reward[~state.done].any())
    # Only Othello can be lost by one's own last move.
    assert set(state.reward.tolist()) <= ({-1, 0, 1} if family_of(name) == "othello" else {0, 1})
    if name != "gomoku:20x20x10":  # which random players draw
        assert bool((state.reward != 0).any())


@law
def test_what_one_side_gains_the_other_loses(name: str, seed: int) -> None:
    """The winner's stones are the winner's, and never the loser's, whoever of them moved last."""
    game = make(name)
    state = reachable(game, seed)
    second_moved_last = state.ply % 2 == 0
    first_gains = torch.where(second_moved_last, -state.reward, state.reward)
    winning, planes = game.winning_cells(state), stones(game, state)
    winners_stones = torch.where((first_gains == 1).view(-1, 1, 1), planes[:, 0], planes[:, 1])
    assert not bool((winning & ~winners_stones).any())
    shown = winning.flatten(1).any(1)
    if family_of(name) == "othello":
        assert not bool(shown.any())
    elif family_of(name) == "breakthrough":
        arrived = planes[:, 0, 0].any(1) | planes[:, 1, -1].any(1)
        assert torch.equal(shown, arrived)
    else:
        assert torch.equal(shown, state.reward != 0)
    for row in range(0, len(state), max(1, len(state) // few(name))):
        status = game.render(state[row]).splitlines()[-1].partition(", ply ")[0]
        result = {1: "X has won", -1: "O has won", 0: "a draw"}[int(first_gains[row])]
        assert status == (result if state.done[row] else f"{'XO'[int(state.ply[row]) % 2]} to move")


@every_board
def test_symmetries_are_a_group_of_permutations_with_the_identity_first(name: str) -> None:
    game = make(name)
    _, height, width = game.observation_shape
    images = [(tuple(s.cells.tolist()), tuple(s.actions.tolist())) for s in game.symmetries]
    assert images[0] == (tuple(range(height * width)), tuple(range(game.num_actions)))
    assert all(sorted(cells) == list(range(height * width)) for cells, _ in images)
    assert all(sorted(actions) == list(range(game.num_actions)) for _, actions in images)
    assert len(set(images)) == len(images)
    for first_cells, first_actions in images:
        for cells, actions in images:
            both = tuple(first_cells[i] for i in cells), tuple(first_actions[a] for a in actions)
            assert both in images


@every_board
def test_symmetries_keep_the_starting_position(name: str) -> None:
    game = make(name)
    start = game.initial(1)
    for symmetry in game.symmetries:
        planes = game.observe(start).flatten(2)
        assert torch.equal(planes[..., symmetry.cells], planes)
        assert torch.equal(game.legal(start)[:, symmetry.actions], game.legal(start))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        *(("tictactoe", 8), ("connect4", 2), ("othello", 4), ("othello:6", 4), ("hex", 2), ("hex:5+swap", 2)),
        *(("breakthrough", 2), ("breakthrough:5x6", 2), ("gomoku", 8), ("gomoku:5x4x4", 4)),
    ],
)
def test_as_many_symmetries_as_the_rules_have(name: str, count: int) -> None:
    assert len(make(name).symmetries) == count


@law
def test_the_symmetric_game_gives_the_symmetric_image(name: str, seed: int) -> None:
    """All images of a game are played at once, symmetry after symmetry."""
    game = make(name)
    states, actions = random_plies(game, seed, 4 if cells_of(name) > LARGE else 12)
    looked_at = 1 + len(states) // 45
    turns = game.symmetries
    inverse = torch.stack([turn.actions.argsort() for turn in turns])  # image action j is action actions[j]
    image = game.initial(len(turns) * len(states[0]))
    for ply, (state, action) in enumerate(zip(states, [*actions, None], strict=True)):
        if ply % looked_at == 0 or action is None:
            legal, seen, won = game.legal(state), game.observe(state).flatten(2), game.winning_cells(state).flatten(1)
            assert torch.equal(game.legal(image), torch.cat([legal[:, turn.actions] for turn in turns]))
            assert torch.equal(game.observe(image).flatten(2), torch.cat([seen[..., turn.cells] for turn in turns]))
            assert torch.equal(game.winning_cells(image).flatten(1), torch.cat([won[:, turn.cells] for turn in turns]))
        assert torch.equal(image.reward, state.reward.repeat(len(turns)))
        assert torch.equal(image.done, state.done.repeat(len(turns)))
        if action is not None:
            image = game.step(image, inverse[:, action].flatten())


@pytest.mark.parametrize("name", TURNED)
def test_the_second_view_is_a_reflection_that_goes_with_every_symmetry(name: str) -> None:
    """Turned before or after it, a symmetric image is the same: it can be taken of what either player sees."""
    game = make(name)
    view = game.second_view
    assert view is not None
    for turned, pairs in (
        (view.cells, [s.cells for s in game.symmetries]),
        (view.actions, [s.actions for s in game.symmetries]),
    ):
        assert sorted(turned.tolist()) == list(range(len(turned)))
        assert turned[turned].tolist() == list(range(len(turned)))
        assert all(torch.equal(turned[image], image[turned]) for image in pairs)
    assert all(not torch.equal(view.cells, s.cells) for s in game.symmetries)


def assert_seen_from_the_other_side(game: Game[Any], state: State, other: State) -> None:
    """`other` is `state` with the colours swapped and the board turned: same to whoever is to move."""
    view = game.second_view
    assert view is not None
    planes = stones(game, state)
    turned = planes.flatten(2)[..., view.cells].view_as(planes)
    assert torch.equal(stones(game, other), turned.flip(1))
    assert torch.equal(other.ply % 2, 1 - state.ply % 2)
    assert torch.equal(game.observe(other), game.observe(state))
    assert torch.equal(other.done, state.done)
    assert torch.equal(other.reward, state.reward)
    won = game.winning_cells(state).flatten(1)[:, view.cells]
    assert torch.equal(game.winning_cells(other).flatten(1), won)


@pytest.mark.parametrize("name", [name for name in TURNED if family_of(name) == "breakthrough"])
def test_breakthrough_with_colours_swapped_and_the_board_turned_is_the_same_game(name: str) -> None:
    game = make(name)
    view = game.second_view
    assert view is not None
    state = reachable(game, seed=4, most=60)
    other = type(state).cat([with_colours_swapped(game, state[row]) for row in range(len(state))])
    assert_seen_from_the_other_side(game, state, other)
    assert torch.equal(game.legal(other), game.legal(state)[:, view.actions])
    children, valid = game.children(state)
    other_children, _ = game.children(other)
    image = torch.arange(len(children)).view(valid.shape)[:, view.actions].flatten()
    played = valid[:, view.actions].flatten()
    assert_seen_from_the_other_side(game, children[image[played]], other_children[played])


@pytest.mark.parametrize("size", [3, 5, 11, 13])
def test_hex_with_colours_swapped_and_the_board_turned_is_the_same_game(size: int) -> None:
    """The swap makes such a position out of the first stone; from there on the two games are played side by side."""
    game, plain = make(f"hex:{size}+swap"), make(f"hex:{size}")
    view = plain.second_view
    assert view is not None
    inverse = view.actions.argsort()
    states, actions = random_plies(plain, 5, 10)
    swap = torch.full((10,), size * size)
    straight = game.step(game.initial(10), actions[0])
    other = game.step(straight, swap)
    for state, action in zip(states[1:], [*actions[1:], None], strict=True):
        assert_seen_from_the_other_side(game, straight, other)
        assert torch.equal(game.observe(straight), plain.observe(state))
        assert torch.equal(game.legal(other)[:, :-1], plain.legal(state)[:, view.actions])
        assert not bool(game.legal(other)[:, -1].any())
        if action is not None:
            straight, other = game.step(straight, action), game.step(other, inverse[action])
    assert bool(other.done.all())
    assert len(set((other.ply % 2).tolist())) == 2, "one side has won every game"


@law
def test_a_row_gives_the_same_answer_alone_and_in_any_batch(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed, games=3, most=few(name))
    action = random_action(game, state, seed)
    shuffle = torch.randperm(len(state), generator=torch.Generator().manual_seed(seed))
    together = dict(answers(game, state, action))
    for what, shuffled in answers(game, state[shuffle], action[shuffle]):
        assert torch.equal(shuffled, together[what][shuffle]), what
    for row in range(len(state)):
        for what, alone in answers(game, state[row], action[row : row + 1]):
            assert torch.equal(alone, together[what][row : row + 1]), (what, row)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA GPU")
@law
def test_a_gpu_gives_the_same_answers(name: str, seed: int) -> None:
    assert_same_on_gpu(name, seed)


@every_board
def test_a_gpu_takes_all_that_the_rules_make(name: str, gpu: torch.device) -> None:
    assert make(name).initial(3, gpu).ply.device == gpu
    assert_same_on_gpu(name, 0, games=3, most=few(name))


def assert_same_on_gpu(name: str, seed: int, games: int = 12, most: int | None = None) -> None:
    game, gpu = make(name), torch.device("cuda:0")
    state = reachable(game, seed, games, most)
    action = random_action(game, state, seed)
    on_gpu = dict(answers(game, state.to(gpu), action.to(gpu)))
    for what, expected in answers(game, state, action):
        assert on_gpu[what].device == gpu, what
        assert torch.equal(on_gpu[what].cpu(), expected), what


@law
def test_children_are_what_each_action_leads_to(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed)
    children, valid = game.children(state)
    assert torch.equal(valid, game.legal(state))
    for action in range(game.num_actions):
        rows = valid[:, action].nonzero().squeeze(1)
        child = children[rows * game.num_actions + action]
        assert child.equal(game.step(state[rows], torch.full((len(rows),), action)))
    by_step, valid_by_step = children_by_step(game, state)
    assert torch.equal(valid, valid_by_step)
    assert children[valid.flatten()].equal(by_step[valid.flatten()])


@law
def test_observe_sees_zeros_and_ones_and_no_two_stones_on_a_cell(name: str, seed: int) -> None:
    game = make(name)
    planes = game.observe(reachable(game, seed))
    assert bool(((planes == 0) | (planes == 1)).all())
    assert bool((planes[:, 0] + planes[:, 1] <= 1).all())


@law
def test_observe_sees_the_movers_stones_first_and_from_its_side(name: str, seed: int) -> None:
    """Against the text: X is the first player's stone, O the second's, and the text is never turned."""
    game = make(name)
    _, height, width = game.observation_shape
    state = reachable(game, seed, most=few(name))
    planes = game.observe(state).flatten(2)
    for row in range(len(state)):
        second = int(state.ply[row]) % 2
        signs = [line.split()[-width:] for line in game.render(state[row]).splitlines()[:height]]
        for plane, stone in zip(planes[row], "OX" if second else "XO", strict=True):
            drawn = torch.tensor([float(sign == stone) for line in signs for sign in line])
            if second and game.second_view is not None:
                drawn = drawn[game.second_view.cells]
            assert torch.equal(plane, drawn)


@law
def test_a_move_is_seen_where_squares_says(name: str, seed: int) -> None:
    """Every cell named changes, and the last of them now holds the mover's stone."""
    game = make(name)
    state = unfinished(game, seed)
    action = random_action(game, state, seed)
    before, after = stones(game, state), stones(game, game.step(state, action))
    changed = (before != after).any(1)
    for row in range(len(state)):
        squares = game.squares(int(action[row]), state[row])
        for wanted_row, wanted_column in squares:
            cells = changed[row].nonzero().tolist()
            assert any(wanted_row in (None, r) and wanted_column in (None, c) for r, c in cells)
        if squares:
            wanted_row, wanted_column = squares[-1]
            cells = (after[row] & changed[row])[int(state.ply[row]) % 2].nonzero().tolist()
            assert any(wanted_row in (None, r) and wanted_column in (None, c) for r, c in cells)


@law
def test_squares_tell_legal_moves_apart(name: str, seed: int) -> None:
    game = make(name)
    state = unfinished(game, seed, most=few(name))
    _, height, width = game.observation_shape
    for row in range(len(state)):
        legal = game.legal(state[row])[0].nonzero().flatten().tolist()
        clicks = [game.squares(action, state[row]) for action in legal]
        assert len(set(clicks)) == len(clicks)
        for r, c in itertools.chain(*clicks):
            assert r is None or 0 <= r < height
            assert c is None or 0 <= c < width


@law
def test_keys_are_equal_exactly_where_positions_are(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed, games=100, most=10**6)
    second = state.ply % 2 == 1
    by_seat = stones(game, state)
    seen = torch.where(second.view(-1, 1, 1, 1), by_seat.flip(1), by_seat).flatten(1)
    if game.second_view is not None:
        # Elsewhere what the mover sees is all that matters: in Othello it may be either colour's move, after a pass.
        seen = torch.cat((seen, second[:, None]), 1)
    packed = np.packbits(seen.numpy(), axis=1)
    position = np.unique(packed.view(f"V{packed.shape[1]}").squeeze(1), return_inverse=True)[1]
    key = np.unique(game.key(state).numpy(), return_inverse=True)[1]
    pairs = np.unique(np.stack((position, key), 1), axis=0)
    assert position.max() < len(state) - 100, "few positions were met twice"
    assert len(pairs) == position.max() + 1 == key.max() + 1


@law
def test_move_names_round_trip(name: str, seed: int) -> None:
    """Of all actions, legal or not, whoever is to move."""
    game = make(name)
    positions = reachable(game, seed)
    for mover in (0, 1):
        state = positions[positions.ply % 2 == mover]
        state = state[len(state) // 2]
        spelled = [game.move_name(action, state) for action in range(game.num_actions)]
        assert len(set(spelled)) == game.num_actions
        assert [game.parse_move(text, state) for text in spelled] == list(range(game.num_actions))
        assert all(re.fullmatch(game.move_pattern, text) for text in spelled)


@law
def test_move_lists_round_trip(name: str, seed: int) -> None:
    game = make(name)
    lists = moves_of_games(game, seed, 4)
    final = random_plies(game, seed, 4)[0][-1]
    texts = move_lists(game, lists)
    assert replay(game, lists).equal(final)
    assert replay_text(game, texts).equal(final)
    assert replay(game, [moves[:3] for moves in lists]).ply.tolist() == [min(3, len(moves)) for moves in lists]
    state, spelled = game.initial(1), []
    for move in lists[0]:
        spelled.append(game.move_name(move, state))
        state = game.step(state, torch.tensor([move]))
    assert moves_text(game, lists[0]) == texts[0] == "".join(spelled)
    for separator in ("", " ", ", ", ","):
        assert split_moves(game, f" {separator.join(spelled)} ") == spelled
    history = parse_moves(game, f" {' '.join(spelled)} ")
    assert history.actions == lists[0]
    assert history.state.equal(final[0])


@law
def test_rendered_positions_round_trip(name: str, seed: int) -> None:
    """All fields are the same again, labels of groups and padding as well."""
    game = make(name)
    state = reachable(game, seed, games=3, most=few(name))
    for row in range(len(state)):
        text = game.render(state[row])
        assert game.parse_position(text).equal(state[row]), text
        assert game.render(game.parse_position(text)) == text


@law
def test_rendered_positions_survive_shuffled_blanks(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed, games=1, most=few(name))
    blanks = random.Random(seed)
    for row in range(len(state)):
        lines = game.render(state[row]).splitlines()
        text = "\r\n".join(" " * blanks.randrange(3) + line + " " * blanks.randrange(3) for line in lines)
        assert game.parse_position(f"\n{text}\n\n").equal(state[row]), text


@every_board
def test_render_draws_one_position_only(name: str) -> None:
    game = make(name)
    for batch in (0, 2):
        with pytest.raises(ValueError, match=f"one position, got {batch}"):
            game.render(game.initial(batch))


@every_board
@pytest.mark.parametrize("text", ["", "hello", "\x00", "X O X", ". . .\n. . .", "X\nX\nX", "9 9 9\n" * 6])
def test_text_that_is_no_position_is_refused(name: str, text: str) -> None:
    with pytest.raises(NotationError):
        make(name).parse_position(text)


@law
def test_a_state_is_indexed_by_int_slice_mask_and_numbers(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed)
    rows = len(state)
    numbers = torch.tensor([rows - 1, 0, 0, 7])
    mask = torch.arange(rows) % 3 == 1
    indexed = {
        "int": (state[5], [5]),
        "first": (state[0], [0]),
        "last": (state[-1], [rows - 1]),
        "slice": (state[2:9:3], [2, 5, 8]),
        "numbers": (state[numbers], numbers.tolist()),
        "mask": (state[mask], mask.nonzero().flatten().tolist()),
        "none": (state[0:0], []),
    }
    for what, (part, expected) in indexed.items():
        assert len(part) == len(expected), what
        for field, values in fields(state).items():
            assert torch.equal(getattr(part, field), values[torch.tensor(expected, dtype=torch.int64)]), (what, field)


@every_board
def test_an_int_index_past_the_end_is_an_index_error(name: str) -> None:
    """Without it, `for row in state` would never end."""
    state = make(name).initial(3)
    for index in (3, -4):
        with pytest.raises(IndexError):
            state[index]


@law
def test_states_are_joined_chosen_repeated_and_moved(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed)
    rows = len(state)
    kind = type(state)
    assert kind.cat([state[:4], state[4:4], state[4:]]).equal(state)
    condition = torch.arange(rows) % 2 == 0
    other = game.initial(rows)
    chosen = kind.where(condition, state, other)
    assert chosen[condition].equal(state[condition])
    assert chosen[~condition].equal(other[~condition])
    repeated = state.repeat_interleave(3)
    assert repeated.equal(state[torch.arange(rows * 3) // 3])
    assert state.to("cpu").equal(state)
    assert state.to(torch.device("cpu")).equal(state)


@law
def test_states_are_equal_only_if_every_field_is(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed)
    assert state.equal(state[torch.arange(len(state))])
    assert not state.equal(state[:-1])
    for field in field_names(type(state)):
        values = fields(state)
        values[field][0] = ~values[field][0] if values[field].dtype == torch.bool else values[field][0] + 1
        assert not state.equal(type(state)(**values)), field
