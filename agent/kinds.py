"""All kinds of Q, one line each."""

from __future__ import annotations

from agent.kind import Kind
from agent.network.kind import NetworkKind
from agent.ntuple.kind import NTupleKind
from agent.table.kind import TableKind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        NetworkKind(),
        TableKind(),
        NTupleKind(),
    )
}
DEFAULT = "network"
_NOW = {old: kind.name for kind in KINDS.values() for old in kind.old}


def name_now(name: str) -> str:
    """The present name of a kind given by a present or former name; any other text unchanged."""
    return _NOW.get(name, name)


def kind_called(name: str) -> Kind:
    """The kind of this name, present or former. Raises KeyError."""
    return KINDS[name_now(name)]


def kinds_of(setting: str) -> tuple[str, ...]:
    """The kinds that a setting applies to: those that claim it, or all if none does."""
    owners = tuple(kind.name for kind in KINDS.values() if setting in kind.settings)
    return owners or tuple(KINDS)
