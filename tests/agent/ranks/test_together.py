"""What processes of a run tell each other, between real processes over loopback."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from agent.ranks.gradients import added
from agent.ranks.ranks import ALONE, here, mean
from game.errors import UsageError
from tests.processes import in_ranks

SIZES = (2, 4)


def everything() -> dict[str, Any]:
    """One of each, as plain data. Each rank gives what its number makes of it."""
    ranks = here()
    r = ranks.rank
    dense, sparse = torch.full((2, 3), float(r)), torch.sparse_coo_tensor(torch.tensor([[r, 0]]), [[1.0], [r]], (9, 1))
    first, second = added(ranks, [dense, sparse.to(torch.float32)])
    sent = ranks.sent
    found = {
        "share": ranks.share(10),
        "numbers": ranks.numbers(r, 0.5).tolist(),
        "total": ranks.total(r),
        "add": ranks.add(torch.tensor([r + 0.25, 1.0])).tolist(),
        "either": ranks.either(torch.tensor([1 << r], dtype=torch.uint8)).tolist(),
        "gathered": [one.tolist() for one in ranks.gathered(torch.arange(r, dtype=torch.int16).view(-1, 1))],
        "bool": [one.tolist() for one in ranks.gathered(torch.tensor([r == 1]))],
        "by_first": ranks.by_first(lambda: {"rank": r}),
        "of_first": {k: v.tolist() for k, v in ranks.of_first({"a": torch.tensor(7), "b": dense}).items()},
        "mean": mean(ranks, float(r), r),
        "no mean": mean(ranks, None, 1.0),
        "dense": first.tolist(),
        "sparse": second.to_dense().flatten().tolist(),
    }
    return {**found, "sent": ranks.sent - sent}


@pytest.mark.parametrize("size", SIZES)
def test_what_all_ranks_make_of_what_each_gives(size: int) -> None:
    answers = in_ranks(size, everything)
    every, total = range(size), sum(range(size))
    assert [one.pop("share") for one in answers] == {2: [5, 5], 4: [2, 3, 2, 3]}[size]
    assert len({one.pop("sent") for one in answers[1:]}) == 1
    found = answers[0]
    del found["sent"]
    assert all(one == found for one in answers[1:])
    assert found["numbers"] == [[float(r), 0.5] for r in every]
    assert found["total"] == total
    assert found["add"] == [total + 0.25 * size, size]
    assert found["either"] == [2**size - 1]
    assert found["gathered"] == [[[i] for i in range(r)] for r in every]
    assert found["bool"] == [[r == 1] for r in every]
    assert found["by_first"] == {"rank": 0}
    assert found["of_first"] == {"a": 7, "b": [[0.0] * 3] * 2}
    assert found["mean"] == sum(r * r for r in every) / total
    assert found["no mean"] is None
    assert found["dense"] == [[float(total)] * 3] * 2
    rows = np.zeros(9)
    for r in every:
        rows[r] += 1
        rows[0] += r
    assert found["sparse"] == rows.tolist()


def sums_of_noise(count: int) -> bytes:
    own = torch.randn(count, generator=torch.Generator().manual_seed(here().rank))
    return here().add(own).numpy().tobytes()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [1, 1000, 300_001])  # the ways to add up differ by length
def test_sums_have_the_same_bits_in_all_ranks_and_again(size: int, count: int) -> None:
    assert len({*in_ranks(size, sums_of_noise, count), *in_ranks(size, sums_of_noise, count)}) == 1


def refused() -> str:
    try:
        here().by_first(lambda: (_ for _ in ()).throw(UsageError("no")) if here().first else None)
    except UsageError as error:
        return str(error)
    except SystemExit as ended:
        return f"exit {ended.code}"
    return "went on"


def test_what_the_first_rank_refuses_ends_all_and_it_alone_says_why() -> None:
    assert in_ranks(2, refused) == ["no", "exit 2"]


def test_a_process_by_itself_shares_with_nobody() -> None:
    own = torch.tensor([1.0, 2.0])
    assert here() is ALONE
    assert ALONE.add(own) is own
    assert ALONE.gathered(own) == [own]
    assert ALONE.share(7) == ALONE.total(7) == 7
    assert mean(ALONE, 0.1, 3) == 0.1
    assert ALONE.sent == 0
