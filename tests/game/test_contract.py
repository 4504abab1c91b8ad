"""The laws that every game obeys, on random reachable positions of every game."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from game import Game, NotationError, State, UnknownGameError, make, moves_text, names, parse_moves
from game.core import children_by_step, field_names
from game.notation import split_moves
from tests.helpers import random_plies, reachable, swap_seats, unfinished

seeds = st.integers(0, 2**31 - 1)


def law(test: Callable[..., None]) -> Callable[..., None]:
    """Run the test for every game, on positions of several random seeds, the same ones each time."""
    repeated = settings(max_examples=6, deadline=None, derandomize=True)(given(seed=seeds)(test))
    decorated: Callable[..., None] = pytest.mark.parametrize("name", names())(repeated)
    return decorated


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


@pytest.mark.parametrize("name", names())
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
    with pytest.raises(UnknownGameError, match="no game is called 'go': choose one of connect4, "):
        make("go")


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
    game = make(name)
    state = reachable(game, seed)
    finished = state[state.done]
    assert len(finished) > 0
    for action in range(game.num_actions):
        assert game.step(finished, torch.full((len(finished),), action)).equal(finished)


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
    assert set(state.reward.tolist()) <= {-1, 0, 1}
    assert bool((state.reward != 0).any())


@law
def test_what_one_side_gains_the_other_loses(name: str, seed: int) -> None:
    """The winner's stones are the winner's by plane, and never the loser's, whoever of them moved last."""
    game = make(name)
    state = reachable(game, seed)
    mover_view, last_mover_view = -state.reward, state.reward
    winning, planes = game.winning_cells(state), game.observe(state) > 0
    assert not bool((mover_view + last_mover_view).any())
    assert not bool(winning[state.reward == 0].any())
    assert bool(winning[state.reward != 0].flatten(1).any(1).all())
    winners_plane = torch.where((mover_view == 1).view(-1, 1, 1), planes[:, 0], planes[:, 1])
    assert not bool((winning & ~winners_plane).any())
    for row in range(len(state)):
        status = game.render(state[row]).splitlines()[-1]
        first_gain = int(mover_view[row] if state.ply[row] % 2 == 0 else last_mover_view[row])
        expected = {1: "X has won", -1: "O has won", 0: "a draw"}[first_gain]
        assert status == (expected if state.done[row] else f"{'XO'[int(state.ply[row]) % 2]} to move")


@pytest.mark.parametrize("name", names())
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


@law
def test_the_symmetric_game_gives_the_symmetric_image(name: str, seed: int) -> None:
    game = make(name)
    states, actions = random_plies(game, seed, 12)
    for symmetry in game.symmetries:
        inverse = symmetry.actions.argsort()  # image action j is action actions[j]
        image = game.initial(12)
        for state, action in zip(states, [*actions, None], strict=False):
            assert torch.equal(game.legal(image), game.legal(state)[:, symmetry.actions])
            seen = game.observe(state).flatten(2)[:, :, symmetry.cells]
            assert torch.equal(game.observe(image).flatten(2), seen)
            won = game.winning_cells(state).flatten(1)[:, symmetry.cells]
            assert torch.equal(game.winning_cells(image).flatten(1), won)
            assert torch.equal(image.reward, state.reward)
            assert torch.equal(image.done, state.done)
            if action is not None:
                image = game.step(image, inverse[action])


@law
def test_a_row_gives_the_same_answer_alone_and_in_any_batch(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed, games=3)
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
    game = make(name)
    state = reachable(game, seed)
    action = random_action(game, state, seed)
    on_gpu = dict(answers(game, state.to("cuda"), action.to("cuda")))
    assert game.initial(3, "cuda").ply.device.type == "cuda"
    for what, expected in answers(game, state, action):
        assert on_gpu[what].device.type == "cuda", what
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
def test_observe_sees_colours_swapped_when_seats_are_swapped(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed)
    planes = game.observe(state)
    swapped = game.observe(swap_seats(state))
    assert torch.equal(swapped[:, 0], planes[:, 1])
    assert torch.equal(swapped[:, 1], planes[:, 0])


@law
def test_a_move_is_seen_where_squares_says(name: str, seed: int) -> None:
    game = make(name)
    state = unfinished(game, seed)
    action = random_action(game, state, seed)
    before, after = game.observe(state), game.observe(game.step(state, action))
    # The board has turned: what was the mover's plane is now the opponent's.
    changed = (before[:, :2] != after[:, :2].flip(1)).any(1)
    for row in range(len(state)):
        for wanted_row, wanted_column in game.squares(int(action[row])):
            cells = changed[row].nonzero().tolist()
            assert any(wanted_row in (None, r) and wanted_column in (None, c) for r, c in cells)


@law
def test_keys_are_equal_exactly_where_positions_are(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed, games=60)
    seen = torch.cat((game.observe(state).flatten(1), (state.ply % 2)[:, None].float()), 1)
    _, position = torch.unique(seen, dim=0, return_inverse=True)
    _, key = torch.unique(game.key(state), return_inverse=True)
    pairs = torch.unique(torch.stack((position, key), 1), dim=0)
    assert int(position.max()) < len(state) - 1, "no position was met twice"
    assert len(pairs) == int(position.max()) + 1 == int(key.max()) + 1


@pytest.mark.parametrize("name", names())
def test_move_names_round_trip(name: str) -> None:
    game = make(name)
    spelled = [game.move_name(action) for action in range(game.num_actions)]
    assert len(set(spelled)) == game.num_actions
    assert [game.parse_move(text) for text in spelled] == list(range(game.num_actions))
    assert all(re.fullmatch(game.move_pattern, text) for text in spelled)


@law
def test_move_lists_round_trip(name: str, seed: int) -> None:
    game = make(name)
    states, actions = random_plies(game, seed, 4)
    for row in range(4):
        plies = int(states[-1].ply[row])
        moves = [int(action[row]) for action in actions[:plies]]
        spelled = [game.move_name(move) for move in moves]
        assert moves_text(game, moves) == "".join(spelled)
        for separator in ("", " ", ", ", ","):
            text = separator.join(spelled)
            assert split_moves(game, text) == spelled
            history = parse_moves(game, f" {text} ")
            assert history.actions == moves
            assert history.state.equal(states[-1][row])


@law
def test_rendered_positions_round_trip(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed, games=3)
    for row in range(len(state)):
        text = game.render(state[row])
        assert game.parse_position(text).equal(state[row]), text
        assert game.render(game.parse_position(text)) == text


@law
def test_rendered_positions_survive_shuffled_blanks(name: str, seed: int) -> None:
    game = make(name)
    state = reachable(game, seed, games=1)
    blanks = random.Random(seed)
    for row in range(len(state)):
        lines = game.render(state[row]).splitlines()
        text = "\r\n".join(" " * blanks.randrange(3) + line + " " * blanks.randrange(3) for line in lines)
        assert game.parse_position(f"\n{text}\n\n").equal(state[row]), text


@pytest.mark.parametrize("name", names())
def test_render_draws_one_position_only(name: str) -> None:
    game = make(name)
    for batch in (0, 2):
        with pytest.raises(ValueError, match=f"one position, got {batch}"):
            game.render(game.initial(batch))


@pytest.mark.parametrize("name", names())
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


@pytest.mark.parametrize("name", names())
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
