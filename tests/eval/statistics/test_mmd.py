"""The two-sample test keeps its level, sees a shift, and gives what a plain computation gives."""

from __future__ import annotations

import numpy as np
import pytest

from eval.statistics.mmd import discrepancy


def drawn(seed: int, rows: int, shift: float = 0.0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(rows, 16)) + shift
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_it_is_the_statistic_of_the_paper() -> None:
    first, second = drawn(1, 5), drawn(2, 7, 0.5)
    pooled = np.concatenate([first, second])
    apart = [float(((a - b) ** 2).sum()) for i, a in enumerate(pooled) for b in pooled[i + 1 :]]
    width = float(np.median(apart))

    def alike(one: np.ndarray, other: np.ndarray) -> float:
        return float(np.exp(-((one - other) ** 2).sum() / width))

    own = np.mean([alike(a, b) for i, a in enumerate(first) for j, b in enumerate(first) if i != j])
    others = np.mean([alike(a, b) for i, a in enumerate(second) for j, b in enumerate(second) if i != j])
    between = np.mean([alike(a, b) for a in first for b in second])
    assert discrepancy(first, second).squared == pytest.approx(own + others - 2 * between)


def test_equal_sets_are_told_apart_no_more_than_by_chance_and_p_is_never_zero() -> None:
    assert discrepancy(drawn(1, 40), drawn(1, 40)).p == 1.0
    assert discrepancy(drawn(1, 40), drawn(2, 40, 3.0), permutations=199).p == 1 / 200
    assert discrepancy(drawn(1, 9), drawn(2, 8)) == discrepancy(drawn(1, 9), drawn(2, 8))
    with pytest.raises(ValueError, match="two vectors"):
        discrepancy(drawn(1, 1), drawn(2, 8))


@pytest.mark.slow
def test_false_alarms_stay_at_their_level_and_a_shift_is_seen() -> None:
    """Of 400 pairs from one distribution at most 5 % lie at p ≤ .05, as far as 400 can tell; of pairs that lie apart most do."""
    null = [discrepancy(drawn(2 * i, 60), drawn(2 * i + 1, 90), i, 199).p for i in range(400)]
    assert 0.025 <= np.mean([p <= 0.05 for p in null]) <= 0.08
    power = [discrepancy(drawn(2 * i, 60), drawn(2 * i + 1, 90, 0.25), i, 199).p for i in range(100)]
    assert np.mean([p <= 0.05 for p in power]) > 0.9
