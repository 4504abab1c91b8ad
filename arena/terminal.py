"""What is printed reaches the terminal, whatever its encoding. Imported before all that takes time."""

from __future__ import annotations

import codecs
import io
import sys


def print_whatever_it_is() -> None:
    """Print characters that the terminal's encoding lacks as well as possible: no text is worth a traceback."""
    codecs.register_error("qzero", _as_well_as_can_be)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="qzero")


def _as_well_as_can_be(error: UnicodeError) -> tuple[bytes, int]:
    """Encode what the encoding lacks: raw bytes of file names as they are, anything else as a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    piece = error.object[error.start : error.end]
    return b"".join(bytes([ord(c) - 0xDC00]) if "\udc80" <= c <= "\udcff" else b"?" for c in piece), error.end
