"""A player's identity: a fingerprint of its weights and settings, equal exactly if two players play alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from game.core import AnyGame


def fingerprint(kind: str, game: AnyGame, settings: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    """SHA-256, in hexadecimal, over the kind of Q-function, the rules it is for, its settings and its weights.

    settings: JSON values. The order of settings and tensors does not matter.
    """
    head = {"kind": kind, "game": game.name, "rules_version": game.rules_version, "settings": dict(settings)}
    digest = hashlib.sha256(json.dumps(head, sort_keys=True).encode())
    for name in sorted(tensors):
        plain = tensors[name].detach().cpu().contiguous()
        digest.update(f"\n{name} {plain.dtype} {tuple(plain.shape)}\n".encode())
        digest.update(plain.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()
