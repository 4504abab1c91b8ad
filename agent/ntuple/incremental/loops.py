"""The compiled loops: self-play, and the values of given positions. Same bits at any number of threads."""

from __future__ import annotations

import numpy as np

from agent.ntuple.incremental.chance import new_stream, uniform
from agent.ntuple.incremental.position import begin, begin_like, copy, new_position, number_rows
from agent.ntuple.incremental.seam import move, note, value_moves, value_once
from agent.ntuple.squash import squash, unsquash
from game.compiled.atomic import FIRST_TASKS, next_task
from game.compiled.contract import arrange, legal
from game.compiled.jit import inner, njit

_NEGLIGIBLE = 20.0  # temperatures below the best: e**-20, of which no game ever notices


@inner
def _q(raw, over):
    """Q in float32, in which like moves are equal: sums in another order differ by less."""
    return np.float32(raw) if over else np.float32(squash(raw))


@inner
def _choose(count, raw, over, weight, chance, temperature, stream):
    """Which of `count` actions to make, the best Q, and the sum of the weights of all.

    Uniformly at random by `chance`; else a win if there is one, and else by the Boltzmann distribution over Q, or
    greedily with ties broken at random. The weights are in `weight`; Q in `raw` where the weight is not 0.
    """
    best_raw, best = -np.inf, -np.inf
    for i in range(count):
        if over[i]:
            best = max(best, raw[i])
        else:
            best_raw = max(best_raw, raw[i])
    wins = best == 1
    best = max(best, _q(best_raw, False))
    cut, total = -np.inf, 0.0
    if not chance and not wins and best - _NEGLIGIBLE * temperature > -1 + 1e-6:
        cut = unsquash(best - _NEGLIGIBLE * temperature - 1e-6)  # less by more than Q is rounded
    for i in range(count):
        weight[i] = 0
        if over[i] or raw[i] >= cut:
            q = _q(raw[i], over[i])
            if chance:
                weight[i] = 1
            elif wins:
                weight[i] = over[i] and q == 1
            elif temperature > 0:
                weight[i] = np.exp((q - best) / temperature)
            else:
                weight[i] = q == best
            total += weight[i]
    draw, chosen = uniform(stream) * total, -1
    for i in range(count):
        if weight[i] > 0:
            chosen = i
            draw -= weight[i]
            if draw < 0:
                break
    return chosen, best


@inner
def _mean(count, raw, over, weight, epsilon, temperature, stream):
    """The mean Q under the policy."""
    _choose(count, raw, over, weight, np.bool_(False), temperature, stream)
    by_policy, total, by_chance = 0.0, 0.0, 0.0
    for i in range(count):
        q = _q(raw[i], over[i])
        by_policy += weight[i] * q
        total += weight[i]
        by_chance += q
    return (1 - epsilon) * by_policy / total + epsilon * by_chance / count


@inner
def _play_one(
    rules, layout, table, beginning, position, actions, raw, over, weight, stream, epsilon, temperature, opening_plies,
    with_mean, action_at, best_at, played_at, mean_at, exploratory_at, forced_at, rows_at,
):  # fmt: skip
    """Play one game: its length and r_T for whoever moved last."""
    begin_like(rules, beginning, position)
    opening, ply = int(uniform(stream) * (opening_plies + 1)), 0
    while True:
        count = legal(rules, position.board, ply, actions)
        value_moves(rules, layout, table, position, ply, count, actions, raw, over)
        forced = ply < opening
        if with_mean:
            mean_at[ply] = _mean(count, raw, over, weight, epsilon, temperature, stream)
        chance = uniform(stream) < epsilon or forced
        chosen, best = _choose(count, raw, over, weight, chance, temperature, stream)
        played = _q(raw[chosen], over[chosen])
        action_at[ply], best_at[ply], played_at[ply] = actions[chosen], best, played
        exploratory_at[ply], forced_at[ply] = played < best, forced
        note(layout, position, chosen, rows_at[ply])
        if over[chosen]:
            return ply + 1, raw[chosen]
        move(rules, layout, table, position, ply, actions[chosen])
        ply += 1


@njit(cache=True, nogil=True)
def play(
    counters, rules, layout, table, low, high, seed, epsilon, varied, temperature, opening_plies, with_mean,
    action_at, best_at, played_at, mean_at, exploratory_at, forced_at, rows_at, length, reward,
):  # fmt: skip
    """Play the games `low` to `high` of a generation to their ends, as far as no other thread with these counters does.

    table: `[stages * R]` float32, by number of a row. with_mean: fill in mean_at too.
    Filled in, entry [g, t] for move t of game g: action_at int16; best_at, played_at, mean_at float32, the best Q, that
    of the action made and the mean under the policy; exploratory_at, forced_at bool; rows_at `[R]` int32, what
    `seam.note` tells; and by game length int64, reward float32.
    """
    beginning, position = new_position(rules, layout), new_position(rules, layout)
    actions, over = np.empty(rules.actions, np.int16), np.empty(rules.actions, np.bool_)
    raw, weight = np.empty(rules.actions, np.float64), np.empty(rules.actions, np.float64)
    begin(rules, layout, beginning)
    value_moves(rules, layout, table, beginning, 0, 0, actions, raw, over)
    while True:
        game = low + next_task(counters, FIRST_TASKS)
        if game >= high:
            break
        stream = new_stream(seed, game)
        share = 2 * uniform(stream) if varied else 1.0
        length[game], reward[game] = _play_one(
            rules, layout, table, beginning, position, actions, raw, over, weight, stream, epsilon * share,
            temperature, opening_plies, with_mean, action_at[game], best_at[game], played_at[game], mean_at[game],
            exploratory_at[game], forced_at[game], rows_at[game],
        )  # fmt: skip


@inner
def _value_one(rules, layout, table, position, stones, ply, actions, raw, over, q):
    copy(stones, position.board.stones)
    arrange(rules, position.board, ply)
    number_rows(layout, position)
    count = legal(rules, position.board, ply, actions)
    value_once(rules, layout, table, position, ply, count, actions, raw, over)
    for i in range(count):
        q[actions[i]] = _q(raw[i], over[i])


@njit(cache=True, nogil=True)
def values(rules, layout, table, stones, ply, q):
    """Q of all actions of B unfinished positions, by the thread that asks.

    stones: `[B, P]` int8. ply: `[B]` int16. q: `[B, A]` float32, filled in where an action is legal.
    """
    position = new_position(rules, layout)
    actions, over = np.empty(rules.actions, np.int16), np.empty(rules.actions, np.bool_)
    raw = np.empty(rules.actions, np.float64)
    for b in range(len(stones)):
        _value_one(rules, layout, table, position, stones[b], np.int64(ply[b]), actions, raw, over, q[b])
