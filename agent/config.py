"""TrainConfig: every setting of a training run. The kinds of Q (`agent.kinds`) say which settings are theirs."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.kinds import DEFAULT, KINDS, kinds_of, name_now
from game.errors import UsageError

MONTE_CARLO = "monte-carlo"
TREE = "tree"
FINAL_REWARD = ("r_T", MONTE_CARLO)  # targets that do not bootstrap, except where r_T is cut
ACTIVATIONS = ("relu", "sigmoid", "tanh", "gelu", "silu", "elu")
# Former names of settings, which are still accepted and occur in old records.
RENAMED = {"ema": "target_ema", "averaging": "weight_averaging", "forgetting": "tc_forgetting"}


def _setting(default: Any, note: str, *, least: float | None = None, most: float | None = None) -> Any:
    return field(default=default, metadata={"note": note, "least": least, "most": most})


def _choice(default: str, note: str, *choices: str) -> Any:
    return field(default=default, metadata={"note": note, "choices": choices})


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Settings of a run. Equal settings, seed, machine and number of threads give equal bits."""

    game: str = _setting("connect4", "The game to learn.")
    seed: int = _setting(0, "Seed of all randomness.", least=0, most=2**63 - 1)
    moves: int = _setting(15_000_000, "Self-play moves to learn from in total.", least=1)
    minutes: float = _setting(0.0, "Learn for about this long on this machine; 0: --moves.", least=0, most=1e6)
    plan: str = _setting("", "The totals that a run with --minutes planned, to repeat exactly that run.")

    q: str = _choice(DEFAULT, f"What holds the Q-values: {', '.join(k.words for k in KINDS.values())}.", *KINDS)
    head: str = _choice(
        "q", "The network outputs Q of every action, or the value of the position after each.", "q", "afterstate"
    )
    architecture: str = _choice("mlp", "Shape of the network.", "mlp", "residual", "conv", "ntuple")
    depth: int = _setting(3, "Hidden layers (mlp) or blocks (residual, conv).", least=0, most=64)
    width: int = _setting(512, "Units per hidden layer (mlp, residual), or channels (conv).", least=1, most=4096)
    activation: str = _choice("relu", "Nonlinearity s.", *ACTIVATIONS)
    tuples: int = _setting(70, "Number of n-tuples (--q ntuple or --architecture ntuple).", least=1, most=1000)
    tuple_cells: int = _setting(8, "Cells per n-tuple.", least=1, most=12)
    threats: bool = _setting(
        False, "Beside --tuples, n-tuples over which empty cells would complete a line, and for whom (connect4)."
    )
    features: str = _setting(
        "",
        "Families of n-tuples, such as lines:9 or classic+windows:2x4, or connections (hex); empty: --tuples random "
        "walks, summed anew.",
    )
    stages: int = _setting(1, "Tables for each n-tuple of --features, by stones on the board.", least=1, most=64)
    hidden: int = _setting(
        0,
        "Numbers in each row of --features: one adds to the value, as without, the others to units of a hidden layer; "
        "0: no such layer.",
        least=0,
        most=32,
    )

    games: int = _setting(2048, "Games per generation, all played at once.", least=1, most=1 << 16)
    epsilon: float = _setting(0.1, "Probability of a uniformly random move in self-play.", least=0, most=1)
    temperature: float = _setting(
        0.1, "Boltzmann temperature of the other self-play moves; 0 is greedy.", least=0, most=1e6
    )
    exploration: str = _choice(
        "constant",
        "Epsilon and temperature: constant; falling to 0 over the run; or varied: each game draws its own epsilon "
        "between 0 and twice --epsilon.",
        "constant",
        "falling",
        "varied",
    )
    opening_plies: int = _setting(0, "A self-play game begins with 0 to this many random moves.", least=0, most=1000)
    opening_share: float = _setting(
        1.0, "First share of the run in which games begin with random moves.", least=0, most=1
    )

    search_nodes: int = _setting(
        0, "Self-play chooses by a search of this many nodes a move over this Q; 0: by Q alone.", least=0, most=1 << 16
    )
    search_share: float = _setting(
        1.0, "Share of positions searched for --target tree; below 1 Q alone chooses the moves.", least=1e-4, most=1
    )

    target: str = _choice(
        "r_T",
        "The final reward r_T (see --cut; monte-carlo is never cut), or bootstrapped from the best Q of the next "
        "position (q), from Q of the action played there (sarsa), or from the policy's mean (expected-sarsa); tree: as "
        "q, and every move that the trees of --search-nodes looked into on its minimax value.",
        "r_T",
        MONTE_CARLO,
        "q",
        "sarsa",
        "expected-sarsa",
        TREE,
    )
    lam: float = _setting(0.0, "Lambda of the lambda-return; 0 bootstraps after one move.", least=0, most=1)
    n_step: int = _setting(0, "Bootstrap after at most this many moves; 0: no limit.", least=0, most=1000)
    cut: bool = _setting(True, "Cut returns at exploratory moves, as in Watkins' Q(lambda).")
    target_ema: float = _setting(
        0.0,
        "Bootstrap from weights averaged with this decay per step (a target network); 0: no averaging.",
        least=0,
        most=1,
    )

    weight_averaging: float = _setting(
        0.0, "Save and measure weights averaged over about this last share of the run.", least=0, most=1
    )
    tc_forgetting: float = _setting(
        0.0, "Share of the accumulators of temporal coherence that is forgotten per generation.", least=0, most=1
    )

    loss: str = _choice(
        "squared", "Squared error, Huber, or cross-entropy of win, draw and loss.", "squared", "huber", "wdl"
    )
    optimizer: str = _choice("sgd", "Optimiser of the network.", "sgd", "adam", "adamw")
    learning_rate: float = _setting(0.3, "Step size alpha, for every kind of Q.", least=0)
    momentum: float = _setting(0.9, "Momentum of sgd.", least=0, most=1)
    schedule: str = _choice(
        "cosine", "How the step size changes over the run.", "cosine", "linear", "inverse", "constant"
    )
    warmup: float = _setting(0.0, "Share of the run over which the step size rises to its value.", least=0, most=1)
    batch_size: int = _setting(1024, "Moves per minibatch; 1: single-sample SGD; 0: full batch.", least=0, most=1 << 20)
    window: int = _setting(4, "Generations of games to learn from.", least=1, most=1000)
    window_kind: str = _choice(
        "sliding",
        "sliding: the latest generations; fixed: fill the window, learn from it, then start an empty one.",
        "sliding",
        "fixed",
    )
    reuse: float = _setting(1.0, "Epochs: how many times each move is learned from, on average.", least=0, most=1000)

    weight_decay: float = _setting(0.0, "Weight decay.", least=0)
    dropout: float = _setting(0.0, "Share of hidden units dropped while learning.", least=0, most=0.99)
    symmetry: str = _choice(
        "augment", "Learn from mirrored and rotated boards too, or average Q over them.", "augment", "average", "none"
    )
    patience: int = _setting(0, "Stop early after this many measurements without progress; 0: never.", least=0)
    boost: float = _setting(
        0.0,
        "Strength of boosting, the extra weight of mispredicted moves in the loss; 1 is AdaBoost.R2.",
        least=0,
        most=10,
    )
    members: int = _setting(1, "Networks in an ensemble whose Q is averaged (bagging).", least=1, most=64)
    bag: float = _setting(0.5, "Share of the games each member learns from.", least=0.01, most=1)
    optimism: float = _setting(
        0.0, "Multiple of the members' standard deviation that is added to Q in self-play.", least=0, most=100
    )

    exchange_every: int = _setting(
        1, "Under torchrun: generations until ranks bring their tables together again.", least=1, most=1000
    )

    overlap: bool = _setting(
        False, "Under torchrun: exchange tables while the next games are played, by those of a meeting before."
    )

    evaluations: int = _setting(
        6, "How many times strength is measured during the run; it always is at the end.", least=0
    )
    keep: int = _setting(0, "How many intermediate checkpoints to keep.", least=0, most=1000)
    gate: bool = _setting(False, "Keep the best model, by a sequential test where strength is measured: RUN@best.")
    save_every: float = _setting(10.0, "Seconds between saves of the resume state.", least=0)
    threads: int = _setting(0, "CPU threads; 0: one per core.", least=0, most=1024)
    precision: str = _choice("auto", "Arithmetic of the network.", "auto", "bfloat16", "float32")
    device: str = _setting("cpu", "Where to compute: cpu or cuda.")
    launch: str = _choice(
        "auto",
        "How work reaches a GPU: eager, one operation at a time; as CUDA graphs of a whole ply and a whole gradient "
        "step; or as those of compiled ones. auto: graphs on a GPU, where the settings allow them.",
        "auto",
        "eager",
        "graphs",
        "compiled",
    )

    def __post_init__(self) -> None:
        hints = typing.get_type_hints(type(self))
        for item in dataclasses.fields(self):
            value, meta, expected = getattr(self, item.name), item.metadata, hints[item.name]
            option = f"--{item.name.replace('_', '-')}"
            if expected is float and isinstance(value, int) and not isinstance(value, bool):
                object.__setattr__(self, item.name, value := float(value))
            if type(value) is not expected:
                raise UsageError(f"{option} {value!r}: expected {_kind(expected)}")
            if "choices" in meta and value not in meta["choices"]:
                raise UsageError(f"{option} {value!r}: choose one of {', '.join(meta['choices'])}")
            least, most = meta.get("least"), meta.get("most")
            # Written so that nan fails both.
            if least is not None and not (least <= value < float("inf")):
                raise UsageError(f"{option} {value}: expected a finite number of at least {least:g}")
            if most is not None and not value <= most:
                raise UsageError(f"{option} {value}: expected at most {most:g}")
        if 0 < self.temperature < 1e-6:
            raise UsageError(f"--temperature {self.temperature}: expected 0 for greedy play, or at least 1e-6")
        self._check_combinations()

    def _check_combinations(self) -> None:
        if self.plan and self.plan.rpartition(",")[2].partition("@")[0] != str(self.moves):
            raise UsageError(f"--plan {self.plan} and --moves {self.moves} end at different numbers of moves: give one")
        if self.n_step > 1 and self.target not in FINAL_REWARD and self.lam == 0:
            raise UsageError(f"--n-step {self.n_step} with --lam 0 is one step: say --lam 1 for plain n-step returns")
        if self.n_step and self.target in FINAL_REWARD:
            raise UsageError(
                f"--n-step {self.n_step} bootstraps: give --target q, sarsa or expected-sarsa --lam 1 as well"
            )
        if self.lam and self.target in FINAL_REWARD:
            raise UsageError(f"--lam {self.lam:g} is for bootstrapped targets: give --target q as well")
        if self.exploration == "varied" and self.target == "expected-sarsa":
            raise UsageError(
                "--exploration varied has no single policy to take the mean over: give --target q or sarsa"
            )
        if self.optimism and self.members == 1:
            raise UsageError(f"--optimism {self.optimism:g} needs a spread between networks: give --members as well")
        if self.target == TREE and not self.search_nodes:
            raise UsageError(f"--target {TREE} learns from the trees of a search: give --search-nodes as well")
        if self.search_share < 1 and self.target != TREE:
            raise UsageError(f"--search-share {self.search_share:g} is for --target {TREE}: give it as well")
        if self.target == TREE and (self.members > 1 or self.features):
            why = f"--members {self.members} learn" if self.members > 1 else f"--features {self.features} learn"
            raise UsageError(f"{why} whole games, and --target {TREE} single positions: give --target q")
        if self.search_nodes and self.optimism:
            raise UsageError(
                f"--search-nodes {self.search_nodes} and --optimism {self.optimism:g} both choose the moves of "
                "self-play: give one"
            )
        if self.patience and not self.evaluations:
            raise UsageError(f"--patience {self.patience} needs measurements on the way: give --evaluations as well")
        if self.gate and not self.evaluations:
            raise UsageError("--gate needs measurements on the way: give --evaluations as well")
        KINDS[self.q].check_settings(self)
        for item in dataclasses.fields(self):
            if getattr(self, item.name) != item.default:
                check_kind(item.name, getattr(self, item.name), self.q)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """The inverse of `dataclasses.asdict`; takes former names too. UsageError for an unknown setting or value."""
        values = modern(values)
        unknown = set(values) - {item.name for item in dataclasses.fields(cls)}
        if unknown:
            raise UsageError(f"unknown setting {', '.join(sorted(unknown))}: made by another version of qzero?")
        return cls(**values)

    @classmethod
    def from_record(cls, values: dict[str, Any]) -> TrainConfig:
        """As `from_dict`, for the record of a run, which may hold settings that do not apply to its kind of Q."""
        values, defaults = modern(values), {item.name: item.default for item in dataclasses.fields(cls)}
        return cls.from_dict(
            {name: value if values.get("q") in kinds_of(name) else defaults[name] for name, value in values.items()}
        )


def modern(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same settings under their present names."""
    named = {RENAMED.get(name, name): value for name, value in settings.items()}
    if isinstance(named.get("q"), str):
        named["q"] = name_now(named["q"])
    return named


def check_kind(name: str, value: Any, q: str) -> None:
    """Raise UsageError if a setting does not apply to this kind of Q."""
    kinds = kinds_of(name)
    if q not in kinds:
        shown = f"{value:g}" if isinstance(value, float) else value
        option = f"--{name.replace('_', '-')} {shown}"
        those = " and ".join(f"--q {kind}" for kind in kinds)
        raise UsageError(f"{option} is for {those}, not for --q {q}: leave it out, or give --q {kinds[0]} as well")


# Sections of settings: the first setting of each section and its title, in the order of the fields.
SECTIONS = {
    "seed": "The run",
    "q": "What holds Q",
    "games": "Self-play",
    "target": "Targets",
    "loss": "Learning",
    "weight_decay": "Regularisation, boosting, bagging",
    "evaluations": "Measuring, saving, machine",
}


def most(name: str) -> int:
    """The largest value that a setting may have."""
    return int(TrainConfig.__dataclass_fields__[name].metadata["most"])


def _kind(expected: object) -> str:
    words: dict[object, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    return words.get(expected, str(expected))
