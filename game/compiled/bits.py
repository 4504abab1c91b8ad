"""Bits of a uint64, in compiled loops."""

from __future__ import annotations

import numpy as np

from game.compiled.jit import inner


@inner
def bit_count(x):
    """The number of bits set (H. Warren, "Hacker's Delight", section 5-1), which compilers know as an instruction."""
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@inner
def lowest(x):
    """The place of the lowest bit set, where there is one."""
    return bit_count((x & (~x + np.uint64(1))) - np.uint64(1))
