"""The kind "ntuple": n-tuple networks of afterstates in compiled loops, learned by temporal coherence."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from agent.kind import Architecture, Kind, Record
from game.errors import UsageError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from agent.config import TrainConfig
    from agent.ntuple.incremental.learner import IncrementalLearner
    from agent.ntuple.incremental.q import IncrementalQ
    from agent.ntuple.learner import NTupleLearner
    from agent.ntuple.q import NTupleQ
    from game.core import AnyGame


class NTupleKind(Kind):
    name: ClassVar[str] = "ntuple"
    old: ClassVar[tuple[str, ...]] = ("patterns",)
    words: ClassVar[str] = "n-tuple tables in compiled loops"
    beginning: ClassVar[str] = "compiling, the first time on this machine"
    settings: ClassVar[frozenset[str]] = frozenset(
        [
            *("tuples", "tuple_cells", "threats", "features", "stages", "hidden", "batch_size", "symmetry"),
            *("weight_averaging", "tc_forgetting", "exchange_every", "overlap"),
        ]
    )

    def check_settings(self, config: TrainConfig) -> None:
        super().check_settings(config)
        if config.stages > 1 and not config.features:
            raise UsageError(
                f"--stages {config.stages} is for --features: give them as well, such as --features classic"
            )
        if config.hidden and not config.features:
            raise UsageError(
                f"--hidden {config.hidden} is for --features: give them as well, such as --features classic"
            )
        if config.hidden and (config.hidden == 1 or config.features == "connections"):
            why = "1 number a row leaves no hidden unit" if config.hidden == 1 else "connections have no hidden layer"
            raise UsageError(f"--hidden {config.hidden}: {why}; leave it out, or give at least 2 with other --features")
        from agent.ntuple.encoding import has_threats  # here, as torch takes a moment to import

        if config.threats and (config.features or not has_threats(config.game)):
            why = f"--features {config.features} replaces them" if config.features else f"not for {config.game}"
            raise UsageError(f"--threats is for the random walks of connect4, {why}: leave it out")
        if config.features and (config.tuples, config.tuple_cells) != (70, 8):
            walks = f"walks:{config.tuples}x{config.tuple_cells}"
            raise UsageError(
                f"--tuples {config.tuples} --tuple-cells {config.tuple_cells} draw random walks, and --features "
                f"{config.features} names others: leave them out, or give --features {walks}"
            )
        if config.symmetry == "none":
            raise UsageError(
                "--symmetry none: --q ntuple shares its tables between all images of the board; leave it out"
            )

    def check_shared(self, config: TrainConfig) -> None:
        """Any."""

    def architecture(self, config: TrainConfig) -> Architecture:
        if not config.features:
            return {"threats": True} if config.threats else None
        hidden = {"hidden": config.hidden} if config.hidden else {}
        return {"features": config.features, "stages": config.stages, **hidden}

    def carries_over(self, architecture: Architecture, learned: AnyGame, other: AnyGame) -> bool:
        """Tables that all places share do, between boards on which the same shapes mean the same (`alike`)."""
        from agent.ntuple.incremental.shapes import are_shared
        from game.compiled import has_compiled_rules

        if architecture is None or "features" not in architecture or not has_compiled_rules(other):
            return False
        families, stages, _ = _features(architecture)
        alike = getattr(learned, "alike", None)
        return stages == 1 and are_shared(families) and alike is not None and alike == getattr(other, "alike", None)

    def learner(self, game: AnyGame, config: TrainConfig, device: torch.device) -> NTupleLearner | IncrementalLearner:
        del device
        if config.features:
            from agent.ntuple.incremental.learner import IncrementalLearner

            return IncrementalLearner(game, config)
        from agent.ntuple.learner import NTupleLearner

        return NTupleLearner(game, config)

    def check_weights(self, game: AnyGame, architecture: Architecture, tensors: dict[str, Tensor]) -> None:
        import torch

        from agent.config import most
        from agent.ntuple.encoding import encoding_of
        from agent.ntuple.tuples import ntuples_of
        from agent.weights import check_cells, check_numbers, check_tensor

        if architecture is not None and "threats" not in architecture:
            from agent.ntuple.incremental.q import rows_of

            families, stages, hidden = _features(architecture)
            rows = rows_of(game, families, stages, hidden or 1)
            check_tensor("table", tensors["table"], (rows + 2, hidden) if hidden else (rows,), torch.float32)
            check_numbers(tensors.values())
            return
        cells, table = tensors["cells"], tensors["table"]
        tuples, size = cells.shape if cells.dim() == 2 else (0, 0)
        if not 1 <= tuples <= most("tuples") or not 1 <= size <= most("tuple_cells"):
            raise ValueError(f"cells is of shape {tuple(cells.shape)}")
        check_tensor("cells", cells, (tuples, size), torch.int64)
        _, height, width = game.observation_shape
        check_cells("cells", cells, height * width)
        check_tensor("table", table, (len(table),), torch.float32)
        if len(table) != (rows := ntuples_of(game, cells.numpy(), encoding_of(game, architecture is not None)).size):
            raise ValueError(f"a table of shape {tuple(table.shape)}: these n-tuples have {rows:,} rows")
        check_numbers(tensors.values())

    def check_resume(self, game: AnyGame, config: TrainConfig, tensors: dict[str, Tensor]) -> None:
        from agent.ntuple import coherence

        super().check_resume(game, config, tensors)
        coherence.check(tensors, more=2 if config.hidden else 0)
        if config.features:
            return
        _, height, width = game.observation_shape
        shape = (config.tuples, min(config.tuple_cells, height * width))
        if tensors["cells"].shape != shape:
            raise ValueError(f"cells is of shape {tuple(tensors['cells'].shape)}, expected {shape}")

    def load(self, game: AnyGame, architecture: Architecture, tensors: dict[str, Tensor]) -> NTupleQ | IncrementalQ:
        if architecture is not None and "threats" not in architecture:
            from agent.ntuple.incremental.layer.q import LayerQ
            from agent.ntuple.incremental.q import IncrementalQ

            families, stages, hidden = _features(architecture)
            if hidden:
                return LayerQ(game, families, stages, hidden, tensors["table"])
            return IncrementalQ(game, families, stages, tensors["table"])
        from agent.ntuple.q import NTupleQ

        return NTupleQ(game, tensors["cells"].numpy(), tensors["table"], threats=architecture is not None)

    def describe(self, record: Record) -> str:
        config = record["config"]
        if config.get("features"):
            stages = f" in {config['stages']} stages" if config["stages"] > 1 else ""
            hidden = f", hidden layer of {config['hidden'] - 1}" if config.get("hidden") else ""
            return f"n-tuples {config['features']}{stages}{hidden}"
        threats = " and threats" if config.get("threats") else ""
        return f"n-tuples {config['tuples']} x {config['tuple_cells']} cells{threats}"


def _features(architecture: Record) -> tuple[str, int, int]:
    """Families, stages and hidden of a record. Raises ValueError for what no qzero writes there."""
    families, stages, hidden = architecture["features"], architecture["stages"], architecture.get("hidden", 0)
    if type(families) is not str or type(stages) is not int or stages < 1:
        raise ValueError(f"features {families!r} in {stages!r} stages")
    if type(hidden) is not int or hidden < 0 or hidden == 1 or (hidden and families == "connections"):
        raise ValueError(f"hidden {hidden!r}")
    return families, stages, hidden
