"""Engines that others wrote, driven as their users drive them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from arena.players.montecarlo import openspiel

PGX = {"tictactoe": "tic_tac_toe", "connect4": "connect_four", "othello": "othello", "hex": "hex"}

Chunk = tuple[int, Callable[[], None]]  # the moves made by one call, and the call


class PeerMissingError(Exception):
    """A peer is not installed."""


def open_spiel_play(name: str) -> Chunk:
    """OpenSpiel's random play, one game after another, in Python."""
    game = openspiel.load().load_game(openspiel.spiel_name(name))
    state = game.new_initial_state()
    choice = random.Random(0).choice
    steps = 5_000

    def play_chunk() -> None:
        nonlocal state
        for _ in range(steps):
            state.apply_action(choice(state.legal_actions()))
            if state.is_terminal():
                state = game.new_initial_state()

    return steps, play_chunk


def pgx_play(name: str, batch: int) -> Callable[[], Chunk]:
    """Begins loops of Pgx's random play: a scan of steps with auto-reset, drawing moves by the running sum."""
    jax, jnp, env, step = _pgx(name)
    iterations = max(1, min(512, (1 << 17) // batch))

    def one_ply(state: Any, key: Any) -> tuple[Any, None]:
        draw_key, reset_key = jax.random.split(key)
        return step(state, _draw(jax, jnp, state, draw_key), jax.random.split(reset_key, batch)), None

    def plies(state: Any, key: Any) -> tuple[Any, Any]:
        key, used = jax.random.split(key)
        return jax.lax.scan(one_ply, state, jax.random.split(used, iterations))[0], key

    compiled = jax.jit(plies)

    def begin() -> Chunk:
        key = jax.random.PRNGKey(0)
        state = jax.jit(jax.vmap(env.init))(jax.random.split(key, batch))

        def play_chunk() -> None:
            nonlocal state, key
            state, key = compiled(state, key)
            jax.block_until_ready(state)

        return iterations * batch, play_chunk

    return begin


def pgx_steps(name: str, batch: int) -> Callable[[], Chunk]:
    """Begins loops of Pgx's step with auto-reset alone: a scan over recorded moves, always from the same start."""
    jax, jnp, env, step = _pgx(name)
    iterations = max(8, min(512, (1 << 17) // batch))

    def record(state: Any, key: Any) -> tuple[Any, Any]:
        draw_key, reset_key = jax.random.split(key)
        action = _draw(jax, jnp, state, draw_key)
        return step(state, action, jax.random.split(reset_key, batch)), action

    def again(state: Any, recorded: tuple[Any, Any]) -> tuple[Any, None]:
        action, key = recorded
        return step(state, action, jax.random.split(key, batch)), None

    recording = jax.jit(lambda s, k: jax.lax.scan(record, s, k))
    compiled = jax.jit(lambda s, a, k: jax.lax.scan(again, s, (a, k))[0])

    def begin() -> Chunk:
        key = jax.random.PRNGKey(0)
        start = jax.jit(jax.vmap(env.init))(jax.random.split(key, batch))
        # To the middle of the game first, as on our side.
        start, _ = recording(start, jax.random.split(key, _HALF_A_GAME[name]))
        keys = jax.random.split(key, iterations)
        _, actions = recording(start, keys)
        return iterations * batch, lambda: jax.block_until_ready(compiled(start, actions, keys))

    return begin


def pgx_bytes_a_game(name: str) -> int | None:
    """The memory that one game of a batch takes in Pgx; None where it has no such game or is not installed."""
    if name not in PGX:
        return None
    try:
        jax, _, env, _ = _pgx(name)
    except PeerMissingError:
        return None
    state = env.init(jax.random.PRNGKey(0))
    return sum(np.asarray(leaf).nbytes for leaf in jax.tree_util.tree_leaves(state))


_HALF_A_GAME = {"tictactoe": 4, "connect4": 21, "othello": 59, "hex": 60}


def _pgx(name: str) -> tuple[Any, Any, Any, Any]:
    try:
        import jax
        import jax.numpy as jnp
        import pgx
        from pgx.experimental import auto_reset
    except ImportError as error:
        raise PeerMissingError(str(error)) from None
    env = pgx.make(PGX[name])
    return jax, jnp, env, jax.vmap(auto_reset(env.step, env.init))


def _draw(jax: Any, jnp: Any, state: Any, key: Any) -> Any:
    mask = state.legal_action_mask
    running = jnp.cumsum(mask, axis=1, dtype=jnp.int32)
    passed_over = (jax.random.uniform(key, (len(mask), 1)) * running[:, -1:]).astype(jnp.int32)
    return (running <= passed_over).sum(1)
