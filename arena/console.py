"""The console command `qzero`: what must be set up before the first slow import."""

from __future__ import annotations

import atexit
import os
import signal
import sys

from arena.terminal import print_whatever_it_is


def main() -> None:
    """Run the command line: see `arena.cli.main`."""
    # A parent process may have chosen to ignore the signal; then it stays ignored.
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
    except SystemExit as end:
        _end_rank(end.code)
        raise
    except KeyboardInterrupt:  # outside of what `cli.main` guards
        _stop()
    finally:
        if listening:  # the work is done: a late Ctrl-C should not print a traceback
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def _end_rank(code: object) -> None:
    """One of several ranks ends at once, where Python would go on to take down what torch has built.

    Threads of its network that still run then abort a process whose work is done (pytorch issue 190489), and torchrun
    takes that for a failure.
    """
    if os.environ.get("WORLD_SIZE", "1") == "1" or not (code is None or isinstance(code, int)):
        return
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return  # told as it is to a process that is alone
    atexit._run_exitfuncs()
    os._exit(code or 0)


def _stop(*_: object) -> None:
    """Nothing has started yet: exit at once instead of unwinding a half-finished import."""
    os.write(2, b"qzero: stopped\n")
    os._exit(130)


def _open_what_is_closed() -> None:
    """Reopen standard streams that were closed, lest the next file opened take their place.

    Standard output is reopened read-only, so that printing raises an error instead of losing the text.
    """
    for name, flag, mode in (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flag), mode, encoding="utf-8"))


if __name__ == "__main__":
    main()
