"""Training from search: self-play by a search over the Q that is learned, and lessons from its trees."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from agent.config import TREE, TrainConfig
from agent.learn.experience import Experience
from agent.learn.learner import Learned, Learner
from agent.play.policy import Policy
from agent.play.qfunction import QFunction
from agent.play.selfplay import self_play
from agent.play.trajectories import Trajectories
from agent.ranks.ranks import Ranks
from agent.search.budget import Budget

if TYPE_CHECKING:
    from agent.search.tree.lessons import TreeQ


def searching(learner: Learner, config: TrainConfig) -> Learner:
    """The learner, which plays by a search if the settings ask for one."""
    return SearchingLearner(learner, config) if config.search_nodes else learner


class SearchingLearner(Learner):
    """A learner whose self-play chooses by a search of `search_nodes` nodes a move, with its Q at the leaves.

    The Q-values of the trajectories are the search's, so targets that bootstrap take the value of the next root. With
    the target TREE it learns all moves that the trees looked into as well; and where they are to be but a share of the
    positions, the learner plays by itself, and the trees grow afterwards.
    """

    def __init__(self, inner: Learner, config: TrainConfig) -> None:
        self.inner = inner
        self.config = config
        self._trees: TreeQ | None = None

    @property
    def acting(self) -> QFunction:
        return self.inner.acting

    @property
    def judged(self) -> QFunction:
        return self.inner.judged

    @property
    def note(self) -> str:
        return self.inner.note

    def self_play(self, policy: Policy, games: int, opening_plies: int, generator: torch.Generator) -> Trajectories:
        """As `Learner.self_play`."""
        from agent.search.search_q import SearchQ
        from agent.search.tree.lessons import TreeQ

        if self.config.target != TREE:
            search = SearchQ(self.acting, Budget(nodes=self.config.search_nodes))
            return self_play(search, policy, games, opening_plies, generator)
        self._trees = TreeQ(self.acting, self.config.search_nodes)
        if self.config.search_share == 1:
            return self_play(self._trees, policy, games, opening_plies, generator)
        played = self.inner.self_play(policy, games, opening_plies, generator)
        some = math.ceil(self.config.search_share * len(played))
        with torch.inference_mode():
            rows = torch.randperm(len(played), generator=generator, device=generator.device)[:some]
            self._trees.q(played.state[rows])
        return played

    def bootstrap_q(self, state: Any) -> Tensor | None:
        return self.inner.bootstrap_q(state)

    def learn(
        self, experience: Experience, progress: float, generator: torch.Generator, final: bool = False
    ) -> Learned:
        """As `Learner.learn`, with the lessons of the trees of the last self-play."""
        from agent.search.tree.lessons import together

        trees, self._trees = self._trees, None
        if trees is not None:
            experience = together([experience, *trees.lessons])
        return self.inner.learn(experience, progress, generator, final)

    def share(self, ranks: Ranks) -> None:
        super().share(ranks)
        self.inner.share(ranks)

    @property
    def settled(self) -> bool:
        return self.inner.settled

    def settle(self) -> None:
        self.inner.settle()

    def arrive(self) -> None:
        self.inner.arrive()

    def model_tensors(self) -> dict[str, Tensor]:
        return self.inner.model_tensors()

    def load_model_tensors(self, tensors: dict[str, Tensor]) -> None:
        self.inner.load_model_tensors(tensors)

    def resume_tensors(self) -> dict[str, Tensor]:
        return self.inner.resume_tensors()

    def load_resume_tensors(self, tensors: dict[str, Tensor]) -> None:
        self.inner.load_resume_tensors(tensors)
