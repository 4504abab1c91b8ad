"""An outside engine for hex:3 in as little as there can be to it, and with every fault that engines have.

    python fake_engine.py FAULT PLY

At its first question at or after PLY the fault shows: hang, die, mute, illegal, nonsense, rubbish, flood, resign,
refuse, or none. `child` hangs with a child process, whose number it writes to the file that the third argument names.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

CELLS = [f"{column}{row}" for row in (1, 2, 3) for column in "abc"]


def main() -> None:
    fault, ply = sys.argv[1], int(sys.argv[2])
    played: list[str] = []
    for line in sys.stdin:
        words = line.split()
        answer = ""
        match words[0]:
            case "list_commands":
                answer = "list_commands\nname\nboardsize\nclear_board\nplay\ngenmove"
            case "name":
                answer = f"fake {fault}"
            case "clear_board":
                played.clear()
            case "play":
                played.append(words[2])
            case "genmove":
                if len(played) >= ply:
                    show(fault, played)
                answer = (
                    fault if fault == "resign" and len(played) >= ply else next(c for c in CELLS if c not in played)
                )
                played.append(answer)
        print(f"= {answer}\n", flush=True)


def show(fault: str, played: list[str]) -> None:
    match fault:
        case "hang":
            time.sleep(1000)
        case "child":
            child = subprocess.Popen(["sleep", "1000"])
            Path(sys.argv[3]).write_text(str(child.pid))
            time.sleep(1000)
        case "die":
            print("out of luck", file=sys.stderr)
            sys.exit(3)
        case "mute":
            os.close(1)
            time.sleep(1000)
        case "illegal":
            print(f"= {played[0]}\n", flush=True)
        case "nonsense":
            print("= k17\n", flush=True)
        case "rubbish":
            print("\x00\xff\x7f what?\n", flush=True)
        case "flood":
            while True:
                print("= " + "z" * 1000, end="")
        case "refuse":
            print("? I would rather not\n", flush=True)


if __name__ == "__main__":
    main()
