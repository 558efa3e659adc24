"""Means and their intervals: against scipy, by hand, by their laws, and how often they hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from eval.statistics.grid import sum_by_cluster
from eval.statistics.intervals import OF_DIFFERENCES, OF_MEANS, intervals, resample
from eval.statistics.means import Sample, sample, shrink, spreads

UNKNOWN = (-np.inf, np.inf)
UNIT = (0.0, 1.0)


def one(values: np.ndarray, clusters: np.ndarray | None = None, ends: tuple[float, float] = UNIT) -> Sample:
    block = values[:, None] if values.ndim == 1 else values
    return sample([block], np.arange(len(block)) if clusters is None else clusters, [ends])


def bounds(made: Sample, level: float = 0.95, weight: float = OF_DIFFERENCES):
    return intervals(made, spreads(made), level, weight)[0]


def test_independent_rows_have_the_usual_standard_error() -> None:
    values = np.random.default_rng(1).normal(0.3, 1, 60)
    found = spreads(one(values, ends=UNKNOWN))[0]
    assert found.mean == pytest.approx(values.mean())
    assert found.se == pytest.approx(stats.sem(values))
    assert (found.df, found.units, found.rows) == (59, 60, 60)


def test_bca_agrees_with_scipy_where_nothing_is_added() -> None:
    values = np.random.default_rng(2).exponential(1, 300)
    theirs = stats.bootstrap((values,), np.mean, method="BCa", n_resamples=5000, rng=3).confidence_interval
    found = intervals(one(values, ends=UNKNOWN), spreads(one(values, ends=UNKNOWN)), 0.95, OF_MEANS, draws=5000)[0]
    assert found.method == "BCa"
    assert found.low == pytest.approx(theirs.low, abs=0.02)
    assert found.high == pytest.approx(theirs.high, abs=0.02)


def test_rows_of_a_cluster_that_say_the_same_count_once() -> None:
    values = np.random.default_rng(4).normal(0, 1, 30)
    alone = spreads(one(values, ends=UNKNOWN))[0]
    fivefold = spreads(one(np.repeat(values, 5), np.repeat(np.arange(30), 5), UNKNOWN))[0]
    assert fivefold.se == pytest.approx(alone.se)
    assert fivefold.worth == pytest.approx(30, rel=0.05)
    assert fivefold.rows == 150


def test_rows_that_have_nothing_in_common_lose_nothing_by_being_grouped() -> None:
    values = np.random.default_rng(5).normal(0, 1, 2000)
    grouped = spreads(one(values, np.arange(2000) // 4, UNKNOWN))[0]
    assert grouped.se == pytest.approx(stats.sem(values), rel=0.1)
    assert grouped.worth > 1600


def test_clusters_of_unequal_size_are_worth_fewer() -> None:
    clusters = np.array([0] * 40 + list(range(1, 11)))
    assert spreads(one(np.random.default_rng(0).random(50), clusters))[0].df < 2


def test_one_cluster_allows_no_interval() -> None:
    found = bounds(one(np.array([0.0, 1.0, 1.0]), np.zeros(3, dtype=np.int64)))
    assert (found.low, found.high, found.method) == (None, None, "none")


def test_no_values_no_mean() -> None:
    found = spreads(one(np.full(5, np.nan)))[0]
    assert np.isnan(found.mean)
    assert found.units == 0


def test_a_share_of_all_is_not_certain() -> None:
    """Of 50 right answers Clopper and Pearson say at least 0.929."""
    found = bounds(one(np.ones(50)), weight=OF_MEANS)
    assert found.high == 1
    assert found.low == pytest.approx(0.929, abs=0.03)
    assert found.method == "t"


def test_a_difference_that_no_row_shows_has_an_error_all_the_same() -> None:
    spread = spreads(one(np.zeros(100), ends=(-1.0, 1.0)))[0]
    shrunk = shrink(spread, np.array([-1.0, 1.0]), OF_DIFFERENCES)
    assert spread.se == 0
    assert shrunk.se == pytest.approx(1 / 101)
    assert shrunk.mean == 0


def test_seeds_that_differ_widen_the_interval() -> None:
    rng = np.random.default_rng(6)
    rows = rng.random(200)
    alike = np.stack([rows, rows], axis=1)
    apart = np.stack([rows - 0.1, rows + 0.1], axis=1)
    narrow, wide = (bounds(one(block, ends=UNKNOWN)) for block in (alike, apart))
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert spreads(one(apart, ends=UNKNOWN))[0].from_seeds > 0
    assert spreads(one(alike, ends=UNKNOWN))[0].from_seeds == 0


def test_resampled_seeds_have_the_variance_of_seeds() -> None:
    """Two seeds 0.2 apart: variance of their mean 0.2² / 4 = 0.01; drawing two of two without care would show half of it."""
    block = np.tile([[0.4, 0.6]], (100, 1))
    assert resample(one(block), 20_000)[:, 0].std() == pytest.approx(0.1, rel=0.03)


def test_the_same_input_gives_the_same_interval() -> None:
    values = np.random.default_rng(8).random(70)
    assert bounds(one(values)) == bounds(one(values))


@settings(max_examples=60)
@given(st.lists(st.sampled_from([0.0, 0.25, 1.0]), min_size=2, max_size=60), st.integers(1, 8), st.sampled_from([OF_MEANS, OF_DIFFERENCES]))
def test_an_interval_holds_its_mean_and_stays_on_the_scale(values: list[float], size: int, weight: float) -> None:
    array = np.array(values)
    found = bounds(one(array, np.arange(len(array)) // size), weight=weight)
    if found.low is not None:
        assert 0 <= found.low <= array.mean() + 1e-12
        assert array.mean() - 1e-12 <= found.high <= 1
        assert found.low < found.high


@settings(max_examples=30)
@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=12, max_size=60), st.floats(0.5, 0.9))
def test_a_higher_level_is_wider(values: list[float], level: float) -> None:
    made = one(np.array(values))
    narrow, wide = bounds(made, level), bounds(made, 0.99)
    assert wide.low <= narrow.low + 1e-9
    assert wide.high >= narrow.high - 1e-9


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=50), st.integers(1, 6))
def test_sums_by_cluster_lose_nothing(values: list[float], size: int) -> None:
    clusters = (np.arange(len(values)) * 7 % size).astype(np.int64)
    sums = sum_by_cluster(np.array(values)[:, None], clusters, size)
    assert sums.sum() == pytest.approx(sum(values), abs=1e-9)
    for cluster in range(size):
        assert sums[cluster, 0] == pytest.approx(np.array(values)[clusters == cluster].sum(), abs=1e-9)


@pytest.mark.parametrize(("size", "kind"), [(1, "binary"), (4, "binary"), (1, "continuous"), (4, "continuous")])
def test_intervals_hold_the_truth_about_95_times_of_100(size: int, kind: str) -> None:
    """A short form of bench/verdict.py: 400 samples of 100 rows; four standard errors of the share leave room for chance."""
    rng = np.random.default_rng(9)
    clusters, hits = np.arange(100) // size, 0
    for _ in range(400):
        latent = np.sqrt(0.3) * rng.normal(size=(clusters.max() + 1, 2))[clusters] + np.sqrt(0.7) * rng.normal(size=(100, 2))
        values = (latent > 0).astype(float) if kind == "binary" else np.clip(latent, 0, 1)
        found = bounds(one(values[:, 0] - values[:, 1], clusters, (-1.0, 1.0)))
        hits += found.low <= 0 <= found.high
    assert hits / 400 == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 400))


def test_a_score_that_never_strays_far_is_not_held_for_one_that_might() -> None:
    draw = np.random.default_rng(5)
    narrow = draw.normal(0.05, 0.02, 40)
    found = bounds(one(narrow, ends=(-1.0, 1.0)))
    assert found.high is not None
    assert found.low is not None
    assert found.high - found.low < 5 * stats.sem(narrow)
    few = np.where(np.arange(40) < 3, 0.02, 0.0)
    rare = bounds(one(few, ends=(-1.0, 1.0)))
    assert rare.high is not None
    assert rare.low is not None
    assert rare.high - rare.low > 0.05, "three rows that differ say little about how far another may be off"
