"""The learning curve: that it finds a power law it was given, widens with what is not known, and says when it cannot tell."""

from __future__ import annotations

import numpy as np
import pytest

from eval.statistics.learning_curve import learning_curve

ROWS = 2000


def scores_at(means: dict[int, float], seed: int = 0, rows: int = ROWS) -> dict[int, np.ndarray]:
    """Right or wrong, with the same hard rows at every size."""
    hard = np.random.default_rng(seed).random(rows)
    return {size: (hard < mean).astype(float) for size, mean in means.items()}


def law(a: float, b: float, floor: float = 0.0) -> dict[int, float]:
    return {size: 1 - floor - a * size**-b for size in (250, 500, 1000)}


def test_a_power_law_without_floor_is_inside_the_interval() -> None:
    curve = learning_curve("lora", scores_at(law(3.0, 0.3)), np.arange(ROWS))
    truth = 1 - 3.0 * 2000**-0.3
    assert curve.predicted[0].rows == 2000
    assert curve.predicted[0].low <= truth <= curve.predicted[0].high
    assert curve.exponent.low - 0.05 <= 0.3 <= curve.exponent.high
    assert curve.outlook is None


def test_a_power_law_with_floor_is_inside_the_interval_too() -> None:
    curve = learning_curve("lora", scores_at(law(3.0, 0.4, floor=0.2)), np.arange(ROWS))
    truth = 1 - 0.2 - 3.0 * 4000**-0.4
    assert curve.predicted[-1].low <= truth <= curve.predicted[-1].high


def test_further_ahead_less_is_known_and_fewer_rows_know_less() -> None:
    near, far = learning_curve("lora", scores_at(law(3.0, 0.3)), np.arange(ROWS)).predicted
    assert far.high - far.low > near.high - near.low
    small = learning_curve("lora", scores_at(law(3.0, 0.3), rows=100), np.arange(100)).predicted[0]
    assert small.high - small.low > near.high - near.low


@pytest.mark.parametrize(("rival", "outlook"), [(0.30, "stays ahead"), (0.64, "overtakes"), (0.99, "stays behind"), (0.70, "cannot tell")])
def test_outlook_against_a_rival_that_does_not_learn(rival: float, outlook: str) -> None:
    scores = scores_at({250: 0.42, 500: 0.52, 1000: 0.61})
    curve = learning_curve("lora", scores, np.arange(ROWS), ("rag", scores_at({0: rival}, seed=0)[0]))
    assert curve.outlook == outlook
    assert curve.sentence.startswith("With 4,000 training rows lora would score about")
    assert "rag" in curve.sentence


def test_a_flat_curve_stays_flat() -> None:
    curve = learning_curve("lora", scores_at({250: 0.5, 500: 0.5, 1000: 0.5}), np.arange(ROWS))
    assert curve.predicted[-1].mean == pytest.approx(0.5, abs=0.01)
    assert curve.exponent.mean == pytest.approx(0, abs=0.01)


def test_rows_of_one_source_are_resampled_together() -> None:
    scores = scores_at(law(3.0, 0.3), rows=200)
    grouped = {size: np.sort(values) for size, values in scores.items()}
    alone = learning_curve("lora", grouped, np.arange(200)).measured[0]
    together = learning_curve("lora", grouped, np.arange(200) // 20).measured[0]
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_one_size_is_no_curve() -> None:
    with pytest.raises(ValueError, match="two sizes"):
        learning_curve("lora", {100: np.zeros(10)}, np.arange(10))
