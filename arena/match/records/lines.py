"""Games as text, one a line: columns parted by tabs, as spreadsheets, pandas and cut read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from arena.match.records.read import Record

COLUMNS = ("game", "first", "second", "score", "opening", "begun", "moves", "ending", "seed", "first_s", "second_s")


def lines(records: Iterable[Record]) -> Iterator[str]:
    """A header, and a line for each game; empty where a file does not tell."""
    yield "\t".join(COLUMNS)
    for one in records:
        about: list[object] = ["", "", "", "", ""]
        if one.detail is not None:
            seconds = (f"{value:.6f}" for value in one.detail[3:])
            about = [one.detail.begun, one.detail.ending, one.detail.seed, *seconds]
        begun, *others = about
        cells = [one.number, one.first, one.second, one.score, one.row.opening, begun, one.row.moves, *others]
        yield "\t".join(" ".join(str(cell).split()) for cell in cells)
