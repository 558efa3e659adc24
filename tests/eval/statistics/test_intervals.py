"""Means, differences and their intervals: against scipy and statsmodels, by hand, by their laws, and how often they hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from statsmodels.stats.proportion import proportion_confint

from eval.statistics.grid import sum_by_cluster
from eval.statistics.intervals import difference_interval, mean_intervals
from eval.statistics.means import OF_MEANS, Sample, sample, shrink, spreads
from eval.statistics.paired import OF_GRADED, OF_RIGHT_AND_WRONG, t_test

UNKNOWN = (-np.inf, np.inf)
UNIT = (0.0, 1.0)
DIFFERENCE = (-1.0, 1.0)


def one(values: np.ndarray, clusters: np.ndarray | None = None, ends: tuple[float, float] = UNIT) -> Sample:
    block = values[:, None] if values.ndim == 1 else values
    return sample([block.astype(float)], np.arange(len(block)) if clusters is None else clusters, [ends])


def of_mean(made: Sample, level: float = 0.95):
    return mean_intervals(spreads(made, OF_MEANS), level)[0]


def of_difference(made: Sample, level: float = 0.95, weight: float = OF_RIGHT_AND_WRONG, p_rows: float = 0.0):
    spread = spreads(made)[0]
    return difference_interval(spread, shrink(spread, DIFFERENCE, weight), level, p_rows)


def wilson(right: int, rows: int, df: float) -> tuple[float, float]:
    """statsmodels' Wilson interval with t's quantile in the place of the normal's."""
    low, high = proportion_confint(right, rows, alpha=2 * stats.norm.sf(stats.t.ppf(0.975, df)), method="wilson")
    return float(low), float(high)


def test_independent_rows_have_the_usual_standard_error() -> None:
    values = np.random.default_rng(1).normal(0.3, 1, 60)
    found = spreads(one(values, ends=UNKNOWN))[0]
    assert found.mean == pytest.approx(values.mean())
    assert found.se == pytest.approx(stats.sem(values))
    assert (found.df, found.units, found.rows) == (pytest.approx(59), 60, 60)


def test_a_score_without_a_scale_has_students_interval() -> None:
    values = np.random.default_rng(2).exponential(1, 40)
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = of_mean(one(values, ends=UNKNOWN))
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))


@pytest.mark.parametrize("right", [0, 1, 30, 59, 60])
def test_independent_right_and_wrong_rows_have_wilsons_interval(right: int) -> None:
    """59 degrees of freedom and the 5 of the prior."""
    found = of_mean(one(np.arange(60) < right))
    assert (found.low, found.high) == pytest.approx(wilson(right, 60, 64), abs=0.002)


def test_groups_in_which_nothing_is_known_count_by_the_prior() -> None:
    """98 rows in 14 groups of seven, none right: a design effect of 1 + 6 x .15 = 1.9, so 51.6 rows; 13 + 5 degrees of freedom."""
    found = of_mean(one(np.zeros(98), np.arange(98) // 7))
    q = stats.t.ppf(0.975, 18) ** 2
    assert (found.low, found.high) == (0.0, pytest.approx(q / (98 / 1.9 + q)))


@settings(max_examples=80)
@given(st.integers(0, 90), st.integers(1, 9), st.integers(0, 10**6))
def test_groups_never_make_a_share_more_certain_than_independent_rows(right: int, size: int, seed: int) -> None:
    values = np.random.default_rng(seed).permutation(np.arange(90) < right)
    grouped = of_mean(one(values, np.arange(90) // size))
    low, high = wilson(right, 90, 10**6)
    assert grouped.low <= low + 1e-9
    assert grouped.high >= high - 1e-9


def test_arms_learn_from_each_other_how_alike_rows_of_a_group_are() -> None:
    """An arm with two right answers cannot tell; beside one whose groups are right or wrong as a whole its interval is wider."""
    clusters = np.arange(80) // 4
    rare, whole = (np.arange(80) % 40 == 0).astype(float)[:, None], (clusters % 2).astype(float)[:, None]
    mixed = np.tile([1.0, 0.0], 40)[:, None]
    beside = [sample([rare, other], clusters, [UNIT] * 2) for other in (whole, mixed)]
    assert of_mean(beside[0]).high > 1.2 * of_mean(beside[1]).high


def test_scores_that_vary_less_than_right_and_wrong_are_known_better() -> None:
    narrow = np.random.default_rng(3).uniform(0.4, 0.6, 100)
    found = of_mean(one(narrow))
    assert 2 * 1.98 * stats.sem(narrow) < found.high - found.low < 0.4 * (wilson(50, 100, 104)[1] - wilson(50, 100, 104)[0])


def test_rare_exact_answers_that_happen_to_be_missing_are_reckoned_with() -> None:
    """Long answers, 2 of 100 of them exact: those make three quarters of the variance, and one sample in seven of 98 has none."""
    rng, held = np.random.default_rng(8), []
    for _ in range(600):
        values = np.where(rng.random(98) < 0.02, 1.0, rng.random(98) * 0.16)
        found = of_mean(one(values))
        held.append(found.low <= 0.02 + 0.98 * 0.08 <= found.high)
    assert 0.93 < np.mean(held) < 0.985


def test_rows_of_a_cluster_that_say_the_same_count_once() -> None:
    values = np.random.default_rng(4).normal(0, 1, 30)
    alone = spreads(one(values, ends=UNKNOWN))[0]
    fivefold = spreads(one(np.repeat(values, 5), np.repeat(np.arange(30), 5), UNKNOWN))[0]
    assert fivefold.se == pytest.approx(alone.se)
    assert fivefold.rows == 150
    assert fivefold.worth == pytest.approx(150 / (1 + 4 * (30 * 1 + 5 * (30 * 1 + 10 * 0.05) / 40) / 35), rel=0.02)


def test_rows_that_have_nothing_in_common_lose_nothing_by_being_grouped() -> None:
    values = np.random.default_rng(5).normal(0, 1, 2000)
    grouped = spreads(one(values, np.arange(2000) // 4, UNKNOWN))[0]
    assert grouped.se == pytest.approx(stats.sem(values), rel=0.1)
    assert grouped.worth > 1600


def test_one_cluster_allows_no_interval() -> None:
    made = one(np.array([0.0, 1.0, 1.0]), np.zeros(3, dtype=np.int64))
    assert (of_mean(made).low, of_difference(made).low) == (None, None)


def test_no_values_no_mean() -> None:
    found = spreads(one(np.full(5, np.nan)))[0]
    assert np.isnan(found.mean)
    assert found.units == 0


def test_a_difference_that_no_row_shows_has_an_error_all_the_same() -> None:
    spread = spreads(one(np.zeros(100), ends=DIFFERENCE))[0]
    shrunk = shrink(spread, DIFFERENCE, OF_RIGHT_AND_WRONG)
    assert spread.se == 0
    assert shrunk.se == pytest.approx(1 / 101)
    assert shrunk.mean == 0


def test_the_interval_of_a_difference_by_hand() -> None:
    """Ten of 40 rows .5 higher: mean 40 x .125 / 43, variance of rows (10 x .25 - 40 x .125²) / 39 = .04808, of the ends as below."""
    values = np.where(np.arange(40) < 10, 0.5, 0.0)
    found = of_difference(one(values, ends=DIFFERENCE), weight=OF_GRADED)
    mean = 5 / 43
    se = np.hypot(40 / 43 * np.sqrt(0.04808 / 40), np.sqrt(1.5 * ((1 + mean) ** 2 + (1 - mean) ** 2)) / 43)
    assert (found.low, found.high) == pytest.approx((mean - 2.0227 * se, mean + 2.0227 * se), abs=1e-4)


@settings(max_examples=60)
@given(st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0]), min_size=4, max_size=60), st.integers(1, 8), st.floats(0.0005, 1))
def test_the_interval_excludes_zero_exactly_where_both_tests_do(values: list[float], size: int, p_rows: float) -> None:
    made = one(np.array(values), np.arange(len(values)) // size, DIFFERENCE)
    spread = spreads(made)[0]
    found = of_difference(made, p_rows=p_rows)
    if found.low is not None:
        p = max(p_rows, t_test(spread, shrink(spread, DIFFERENCE, OF_RIGHT_AND_WRONG)))
        assert (found.low > 0 or found.high < 0) == (p <= 0.05)


def test_seeds_that_differ_widen_the_interval() -> None:
    rows = np.random.default_rng(6).random(200)
    alike, apart = np.stack([rows, rows], axis=1), np.stack([rows - 0.1, rows + 0.1], axis=1)
    narrow, wide = (of_mean(one(block.clip(0, 1))) for block in (alike, apart))
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert spreads(one(apart, ends=UNKNOWN))[0].from_seeds > 0
    assert spreads(one(alike, ends=UNKNOWN))[0].from_seeds == 0


@settings(max_examples=60)
@given(st.lists(st.sampled_from([0.0, 0.25, 1.0]), min_size=2, max_size=60), st.integers(1, 8))
def test_an_interval_holds_its_mean_and_stays_on_the_scale(values: list[float], size: int) -> None:
    made = one(np.array(values), np.arange(len(values)) // size)
    for found in (of_mean(made), of_difference(made)):
        if found.low is not None:
            assert 0 <= found.low <= np.mean(values) + 1e-12
            assert np.mean(values) - 1e-12 <= found.high <= 1
            assert found.low < found.high


@settings(max_examples=30)
@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=12, max_size=60), st.floats(0.5, 0.9))
def test_a_higher_level_is_wider(values: list[float], level: float) -> None:
    made = one(np.array(values))
    for make in (of_mean, of_difference):
        narrow, wide = make(made, level), make(made, 0.99)
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
        found = of_difference(one(values[:, 0] - values[:, 1], clusters, DIFFERENCE))
        hits += found.low <= 0 <= found.high
    assert hits / 400 == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 400))


@pytest.mark.parametrize("mean", [0.03, 0.5, 0.95])
def test_intervals_of_a_mean_hold_the_truth(mean: float) -> None:
    """16 groups of six, correlated by .3 on the latent scale; bench/verdict.py has the table. At the ends few values are possible."""
    rng, clusters, hits = np.random.default_rng(10), np.arange(96) // 6, 0
    for _ in range(400):
        latent = np.sqrt(0.3) * rng.normal(size=16)[clusters] + np.sqrt(0.7) * rng.normal(size=96)
        found = of_mean(one(latent < special.ndtri(mean), clusters))
        hits += found.low <= mean <= found.high
    assert 0.92 <= hits / 400 <= 0.995
