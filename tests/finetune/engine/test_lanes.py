"""Work side by side: shared out evenly, ended together, and PyTorch's threads as they were before."""

from __future__ import annotations

import threading
import time

import pytest
import torch

from finetune.engine.lanes import shared_out, side_by_side


def test_work_is_shared_out_evenly_and_no_lane_is_empty() -> None:
    assert shared_out([1, 4, 3, 5, 2], lambda cost: cost, 2) == [[5, 2, 1], [4, 3]]
    assert shared_out([5], lambda cost: cost, 2) == [[5]]
    assert shared_out([], lambda cost: cost, 2) == [[]]


def test_both_run_at_once_on_their_share_of_the_threads() -> None:
    before, met = torch.get_num_threads(), threading.Barrier(2, timeout=20)

    def work() -> int:
        met.wait()  # breaks where one has to end before the other begins
        return torch.get_num_threads()

    assert side_by_side([work, work]) == [max(1, before // 2)] * 2
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("broken", [0, 1])
def test_an_error_in_either_is_raised_when_both_have_ended(broken: int) -> None:
    before, ended = torch.get_num_threads(), [False]

    def fails() -> None:
        time.sleep(0.1)
        raise ValueError("broken")

    def long() -> None:
        try:
            for _ in range(100):
                time.sleep(0.02)
        finally:
            ended[0] = True

    with pytest.raises(ValueError, match="broken"):
        side_by_side([fails, long] if broken == 0 else [long, fails])
    assert ended == [True]
    assert torch.get_num_threads() == before


@pytest.mark.alone
def test_ctrl_c_ends_both_soon() -> None:
    began, rounds = time.monotonic(), [0]

    def interrupted() -> None:
        time.sleep(0.1)
        raise KeyboardInterrupt

    def long() -> None:
        for _ in range(500):
            rounds[0] += 1
            time.sleep(0.02)

    with pytest.raises(KeyboardInterrupt):
        side_by_side([interrupted, long])
    assert time.monotonic() - began < 5
    assert 0 < rounds[0] < 500
