"""Learning by gradient descent: full batch, minibatches or single moves, for one network or an ensemble."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from agent.config import TrainConfig
from agent.learn.divergence import SAMPLE, divergence, largest
from agent.learn.experience import Batch, Experience, Window, drawn_bags, own_share, shuffled, together
from agent.learn.learner import Learned, Learner
from agent.learn.step_size import step_size
from agent.machine import compute_dtype
from agent.network.fixed.descent import FixedDescent
from agent.network.fixed.launch import COMPILED, GRAPHS, compiled
from agent.network.fixed.play import FixedPlay
from agent.network.loss import boosted, losses
from agent.network.net import architecture_of, build
from agent.network.network_q import NetworkQ, as_q
from agent.network.optimisers import be_recordable, load_slots, make_optimizer, set_step_size, slots
from agent.play.cancel import check
from agent.play.policy import Policy
from agent.play.qfunction import Spread
from agent.play.selfplay import self_play
from agent.play.trajectories import Trajectories
from agent.ranks.gradients import added
from agent.ranks.ranks import mean
from agent.weights import prefixed, under
from game.core import AnyGame

CHUNK = 8192  # rows that are computed at once; larger batches add up gradients
_SPREAD_SAMPLE = 2048


class NetworkLearner(Learner):
    """Gradient descent on the loss of Q(s, a) against its target, over a window of generations.

    In bfloat16 the optimiser still updates float32 weights (`net`); a rounded copy (`fast`) plays and takes gradients.
    """

    def __init__(self, game: AnyGame, config: TrainConfig, device: torch.device) -> None:
        self.game = game
        self.config = config
        self.net = build(game, architecture_of(config), config.seed).to(device)
        # Table rows are only looked up and added: half precision would gain nothing.
        dtype = torch.float32 if config.architecture == "ntuple" else compute_dtype(config.precision, device)
        self.fast = self.net if dtype == torch.float32 else copy.deepcopy(self.net).to(dtype)
        self.slow = copy.deepcopy(self.net) if config.target_ema else None
        self._acting = as_q(game, self.fast, config.head)
        self._judged = as_q(game, self.net, config.head)
        self.window = Window(config.window, config.window_kind)
        self._part = 1.0  # of a minibatch that is this rank's
        self.optimizer = make_optimizer(self.net, config)
        self._weights: list[Tensor] = list(self.net.parameters())
        self._fast_weights: list[Tensor] = list(self.fast.parameters())
        # When a minibatch is mapped by symmetry k, each output becomes its inverse image.
        turns = game.symmetries if config.symmetry == "augment" else game.symmetries[:1]
        still = torch.zeros(1, dtype=torch.int64)
        self._cells = [symmetry.cells.to(device) for symmetry in turns]
        self._outputs = [(s.actions.argsort() if config.head == "q" else still).to(device) for s in turns]
        self._play: FixedPlay | None = None
        self._descent: FixedDescent | None = None
        if config.launch in (GRAPHS, COMPILED):
            be_recordable(self.optimizer, device)
            self._play = FixedPlay(self._acting, config.games, device, config.launch)
            self._descent = FixedDescent(self._fixed_step, self._changed, device)
            self._mean_loss = compiled(self._mean_loss, config.launch)  # type: ignore[method-assign] # alike, compiled

    @property
    def acting(self) -> NetworkQ:
        return self._acting

    @property
    def judged(self) -> NetworkQ:
        return self._judged

    def self_play(self, policy: Policy, games: int, opening_plies: int, generator: torch.Generator) -> Trajectories:
        """As `Learner.self_play`; with `optimism`, ensembles choose by Q plus this times their spread.

        (Chen et al. 2017, "UCB Exploration via Q-Ensembles".)
        """
        if self._play is not None:
            return self._play.play(policy, opening_plies, generator)
        optimism = self.config.optimism

        def bonus(state: Any) -> Spread:
            q, spread = self.acting.q_and_spread(state)
            return Spread(q, optimism * spread)

        return self_play(self.acting, policy, games, opening_plies, generator, bonus if optimism else None)

    def bootstrap_q(self, state: Any) -> Tensor | None:
        """Q `[N, A]` of N positions by the averaged weights; None if the current weights bootstrap."""
        if self.slow is None:
            return None
        q = as_q(self.game, copy.deepcopy(self.slow).to(self._fast_weights[0].dtype), self.config.head)
        rows = torch.arange(len(state), device=self._weights[0].device)
        return torch.cat([q.q(state[part]) for part in torch.split(rows, CHUNK)])

    def learn(
        self, experience: Experience, progress: float, generator: torch.Generator, final: bool = False
    ) -> Learned:
        """See `Learner.learn`."""
        lessons = self._lessons(experience, generator)
        if len(lessons):
            self.window.add(lessons)
        if len(self.window) == 0 or (self.config.window_kind == "fixed" and not (self.window.full or final)):
            return Learned(None, 0)
        if self.config.boost:
            self._boost()
        set_step_size(self.optimizer, step_size(self.config, progress))
        batch = self.window.all()
        order, size = self.order(batch, len(batch if self.config.window_kind == "fixed" else lessons), generator)
        with self._dropout(generator):
            loss = float(self.ranks.add(self.descend(batch, order, size))) / (steps := -(-order.shape[-1] // size))
        # The loss is from before the last step, which may have diverged: so weights and values are checked too.
        trouble = divergence(loss, largest(self._weights), self._sample(batch))
        sound = trouble is None or not self.ranks.alone  # all ranks must ask, or none
        spread = self._spread(experience) if self.net.members > 1 and sound else None
        return Learned(loss, steps, spread, trouble)

    def descend(self, batch: Batch, order: Tensor, size: int) -> Tensor:
        """A step of gradient descent on every `size` of the examples `order`; the sum of the losses before each."""
        if self._descent is not None:
            return self._descent.descend(batch, order, size)
        total = torch.zeros((), device=order.device)
        for rows in torch.split(order, size, -1):
            check()
            total += self._step(batch, rows)
        return total

    def _lessons(self, experience: Experience, generator: torch.Generator) -> Batch:
        rows, state, output, target = self.acting.lessons(experience.state, experience.action, experience.target)
        weight = torch.ones_like(target) if self.config.boost else None
        bag = None
        if self.net.members > 1:
            if experience.game is None:
                raise ValueError("an ensemble needs to know which move is of which game")
            games = experience.game if rows is None else experience.game[rows]
            bag = drawn_bags(int(experience.game.max()) + 1, self.net.members, self.config.bag, generator)[games]
        return Batch(state, output, target, weight, bag)

    def order(self, batch: Batch, new: int, generator: torch.Generator) -> tuple[Tensor, int]:
        """The order of the examples, `[steps * size]` int64 or `[members, steps * size]`, and the minibatch size.

        Both are of this rank's share of the examples: the minibatches of all ranks together are of `batch_size`.
        """
        share = 1.0 if batch.bag is None else self.config.bag
        size = self.ranks.share(self.config.batch_size) or len(batch)
        examples, new = self.config.batch_size or self.ranks.total(len(batch)), self.ranks.total(new)
        self._part = size / examples
        steps = max(1, round(self.config.reuse * share * new / examples))
        if batch.bag is None:
            return shuffled(len(batch), steps * size, generator), size
        if self.config.batch_size == 0:  # all lessons at once, masked by the bags
            return shuffled(len(batch), steps * size, generator).expand(self.net.members, -1), size
        everything = torch.arange(len(batch), device=batch.output.device)
        # Of an empty bag, with very few games: any example will do.
        bags = [own if len(own := mine.nonzero().squeeze(1)) else everything for mine in batch.bag.unbind(1)]
        return torch.stack([own[shuffled(len(own), steps * size, generator)] for own in bags]), size

    def _step(self, batch: Batch, rows: Tensor) -> Tensor:
        """One step of gradient descent on the mean loss of the examples `rows`; returns the loss before the step."""
        gradients: list[Tensor] = []
        total = torch.zeros((), device=rows.device)
        for part in torch.split(rows, CHUNK, -1):
            loss = self._loss(batch, part) * (part.shape[-1] / rows.shape[-1] * self._part)
            found = torch.autograd.grad(loss.sum(), self._fast_weights)
            gradients = [a + b for a, b in zip(gradients, found, strict=True)] if gradients else list(found)
            total += loss.detach().mean()
        self._apply(added(self.ranks, gradients))
        return total

    def _fixed_step(self, examples: Batch) -> Tensor:
        """The same on all `examples` at once, for a network of one member."""
        loss = self._mean_loss(examples)
        self._apply(torch.autograd.grad(loss, self._fast_weights))
        return loss.detach()

    def _apply(self, gradients: Sequence[Tensor]) -> None:
        for weight, gradient in zip(self._weights, gradients, strict=True):
            # Gradients of stacked weights have another memory order, which fused optimisers would ignore.
            weight.grad = gradient.float() if gradient.is_sparse else gradient.float().contiguous()
        self.optimizer.step()
        self._round_weights()
        if self.slow is not None:
            with torch.no_grad():
                torch._foreach_lerp_(list(self.slow.parameters()), self._weights, 1 - self.config.target_ema)

    def _changed(self) -> list[Tensor]:
        """All that `_apply` changes."""
        kept = [slot for own in self.optimizer.state.values() for slot in own.values() if slot is not None]
        nets = {id(net): net for net in (self.net, self.fast, self.slow) if net is not None}
        return [*kept, *(weight for net in nets.values() for weight in net.parameters())]

    def _loss(self, batch: Batch, rows: Tensor) -> Tensor:
        """The mean loss of the examples `rows` `[B]`, a scalar; or of `[members, B]`, by member: `[members]`."""
        planes = self.game.observe(batch.state[rows.flatten()], self._fast_weights[0].dtype)
        planes = planes.view(*rows.shape, *planes.shape[1:]) if rows.dim() > 1 else planes
        loss = self._losses(planes, batch.output[rows], batch.target[rows])
        if batch.weight is not None:
            loss = loss * batch.weight[rows]
        if batch.bag is not None and self.config.batch_size == 0:
            loss = loss * batch.bag.T.gather(1, rows) / batch.bag.float().mean(0).clamp(min=1e-9)[:, None]
        return loss.mean(-1)

    def _mean_loss(self, examples: Batch) -> Tensor:
        """The mean loss of all `examples`, a scalar."""
        planes = self.game.observe(examples.state, self._fast_weights[0].dtype)
        loss = self._losses(planes, examples.output, examples.target)
        return (loss if examples.weight is None else loss * examples.weight).mean()

    def _losses(self, planes: Tensor, output: Tensor, target: Tensor) -> Tensor:
        """The loss of each example: `[..., B]`."""
        if len(self._cells) > 1:
            planes, output = self.turned(planes, output)
        return losses(self.fast.raw_at(planes, output).float(), target, self.config.loss)

    def turned(self, planes: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
        """Apply each symmetry to an equal share of the minibatch, which is already shuffled."""
        count = len(self._cells)
        shares = zip(planes.flatten(-2).chunk(count, -3), output.chunk(count, -1), strict=False)
        turned = [
            (x, o) if k == 0 else (x.index_select(-1, self._cells[k]), self._outputs[k][o])
            for k, (x, o) in enumerate(shares)
        ]
        return torch.cat([x for x, _ in turned], -3).view(planes.shape), torch.cat([o for _, o in turned], -1)

    def _boost(self) -> None:
        """One round of boosting over all examples of the window: mispredicted ones gain weight."""
        batch = self.window.all()
        assert batch.weight is not None
        errors = []
        with torch.no_grad():
            for rows in torch.split(torch.arange(len(batch), device=batch.output.device), CHUNK):
                planes = self.game.observe(batch.state[rows], self._fast_weights[0].dtype)
                value = self.fast(planes).float().gather(1, batch.output[rows, None]).squeeze(1)
                errors.append((value - batch.target[rows]).abs())
        self.window.set_weights(boosted(batch.weight, torch.cat(errors), self.config.boost))

    def _sample(self, batch: Batch) -> Tensor:
        """Every member's current prediction for some examples, in float32: `[members, M]`."""
        rows = torch.arange(0, len(batch), max(1, len(batch) // SAMPLE), device=batch.output.device)[:SAMPLE]
        with torch.inference_mode():
            each = self.net.each(self.game.observe(batch.state[rows], self._weights[0].dtype))
            return each.gather(2, batch.output[rows].expand(len(each), -1)[..., None]).squeeze(2)

    def _spread(self, experience: Experience) -> float | None:
        """The mean standard deviation between members over a sample of the moves just played."""
        rows = torch.arange(0, len(experience.action), max(1, len(experience.action) // _SPREAD_SAMPLE))
        rows = rows.to(experience.action.device)
        _, spread = self.acting.q_and_spread(experience.state[rows])
        return mean(self.ranks, float(spread.gather(1, experience.action[rows, None]).mean()), len(rows))

    @contextmanager
    def _dropout(self, generator: torch.Generator) -> Iterator[None]:
        """Dropout inside, by torch's global generator, which is seeded from `generator` and restored after."""
        if not self.config.dropout:
            yield
            return
        device = self._weights[0].device
        seed = int(torch.randint(1 << 62, (1,), generator=generator, device=device))
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(seed)
            self.fast.train()
            try:
                yield
            finally:
                self.fast.eval()

    def _round_weights(self) -> None:
        if self.fast is not self.net:
            with torch.no_grad():
                torch._foreach_copy_(self._fast_weights, self._weights)

    def load_model_tensors(self, tensors: dict[str, Tensor]) -> None:
        self.net.load_state_dict(tensors)
        if self.slow is not None:
            self.slow.load_state_dict(tensors)
        self._round_weights()

    def resume_tensors(self) -> dict[str, Tensor]:
        tensors = prefixed("net", self.net.state_dict()) | prefixed("window", together(self.ranks, self.window))
        if self.slow is not None:
            tensors |= prefixed("slow", self.slow.state_dict())
        return tensors | prefixed("optimizer", slots(self.optimizer))

    def load_resume_tensors(self, tensors: dict[str, Tensor]) -> None:
        self.load_model_tensors(under("net", tensors))
        if self.slow is not None:
            self.slow.load_state_dict(under("slow", tensors))
        load_slots(self.optimizer, under("optimizer", tensors))
        self.window.load(own_share(self.ranks, under("window", tensors)), self.game, self._weights[0].device)
        if self._descent is not None:
            self._descent.forget()
