"""What is printed reaches the terminal, whatever its encoding. Imported before all that takes time."""

from __future__ import annotations

import codecs
import io
import sys


def print_whatever_it_is() -> None:
    """Have what the terminal's encoding lacks printed as well as can be: no text is worth a traceback."""
    codecs.register_error("qzero", _as_well_as_can_be)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="qzero")


def _as_well_as_can_be(error: UnicodeError) -> tuple[bytes, int]:
    """For what cannot be encoded: bytes of file names as they are, a question mark for anything else."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    piece = error.object[error.start : error.end]
    return b"".join(bytes([ord(c) - 0xDC00]) if "\udc80" <= c <= "\udcff" else b"?" for c in piece), error.end
