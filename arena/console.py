"""The console command `qzero`: all that has to be right before the first thing that takes time is imported."""

from __future__ import annotations

import os
import signal
import sys

from arena.terminal import print_whatever_it_is


def main() -> None:
    """Run the command line: see `arena.cli.main`."""
    # Whoever started us may have had the signal ignored, and then it is.
    listening = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if listening:
        signal.signal(signal.SIGINT, _stop)
    _open_what_is_closed()
    print_whatever_it_is()
    from arena import cli

    try:
        if listening:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        cli.main()
    except KeyboardInterrupt:  # outside of what `cli.main` guards
        _stop()
    finally:
        if listening:  # all is said and done: nobody wants to read where the interpreter was
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def _stop(*_: object) -> None:
    """Nothing has begun: leave at once, without unwinding half an import."""
    os.write(2, b"qzero: stopped\n")
    os._exit(130)


def _open_what_is_closed() -> None:
    """Streams that were closed are opened again, lest the next file that is opened takes their place.

    Standard output only for reading: whoever prints there is told that it goes nowhere.
    """
    for name, flag, mode in (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flag), mode, encoding="utf-8"))


if __name__ == "__main__":
    main()
