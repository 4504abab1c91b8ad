"""The kinds of Q there are: one line each."""

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
    """Today's name of a kind that older versions may have called otherwise; any other text as it is."""
    return _NOW.get(name, name)


def kind_called(name: str) -> Kind:
    """The kind of this name, today's or an older one. Raises KeyError."""
    return KINDS[name_now(name)]


def kinds_of(setting: str) -> tuple[str, ...]:
    """The kinds that a setting means something to: those that call it their own, or all where none does."""
    owners = tuple(kind.name for kind in KINDS.values() if setting in kind.settings)
    return owners or tuple(KINDS)
