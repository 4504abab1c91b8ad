"""The constants by which a tree grows and chooses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """Defaults tuned on networks of Connect Four and Othello 6x6 at 16 and 64 nodes, where they are in a wide plateau.

    temperature: of the prior over moves, Boltzmann over the leaf's Q.
    exploration: the constant of PUCT.
    considered:  moves of the root that sequential halving begins with.
    trust, trust_visits: what the search says of a move of the root counts trust * (trust_visits + the most visits of a
        move), the leaf's own Q 1 / temperature (Danihelka et al. 2022, equation 8, for a prior from Q).
    share, at_once: under each move one node is added at a time for each `share` nodes of the tree, at most `at_once`,
        all valued in one batch: in small trees each knows what the one before has found.
    """

    temperature: float = 0.3
    exploration: float = 0.3
    considered: int = 8
    trust: float = 0.3
    trust_visits: float = 50.0
    share: int = 64
    at_once: int = 16


USUAL = Rule()
