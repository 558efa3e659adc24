"""CR2 and its degrees of freedom against the matrices of Bell and McCaffrey; design effects by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eval.statistics.cluster_robust import Runs, correlation, mean_variance, satterthwaite_df, shrunk_correlations
from eval.statistics.means import sample, spreads

SIZES = st.lists(st.integers(1, 12), min_size=3, max_size=9)


def by_matrices(values: np.ndarray, clusters: np.ndarray) -> tuple[float, float]:
    """Variance and degrees of freedom as Bell and McCaffrey (2002) write them, for a regression on a column of ones."""
    rows = len(values)
    design = np.ones((rows, 1))
    hat = design @ design.T / rows
    residual = values - values.mean()
    scores, made = [], []
    for cluster in np.unique(clusters):
        inside = clusters == cluster
        values_of, vectors = np.linalg.eigh(np.eye(inside.sum()) - hat[np.ix_(inside, inside)])
        adjusted = vectors / np.sqrt(values_of) @ vectors.T
        weight = adjusted @ design[inside, 0] / rows
        scores.append(weight @ residual[inside])
        made.append((np.eye(rows) - hat)[:, inside] @ weight)
    products = np.array(made) @ np.array(made).T
    return float(np.sum(np.square(scores))), float(np.trace(products) ** 2 / np.sum(products**2))


@given(SIZES, st.integers(0, 10**6))
def test_the_closed_forms_are_those_of_the_paper(sizes: list[int], seed: int) -> None:
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    values = np.random.default_rng(seed).normal(size=len(clusters))
    variance, df = by_matrices(values, clusters)
    found = spreads(sample([values[:, None]], clusters, [(-np.inf, np.inf)]))[0]
    assert found.se**2 == pytest.approx(variance, rel=1e-6)
    assert found.df == pytest.approx(df, rel=1e-6)


@given(st.integers(2, 60), st.integers(1, 9))
def test_clusters_of_one_size_leave_one_degree_of_freedom_less(count: int, size: int) -> None:
    assert satterthwaite_df(np.full(count, float(size))) == pytest.approx(count - 1)


def test_a_giant_cluster_leaves_few() -> None:
    assert satterthwaite_df(np.array([200.0] + [1.0] * 20)) < 1.5


def test_rows_that_repeat_each_other_are_wholly_alike() -> None:
    assert correlation(clusters=5.0, independent=1.0, together=5.0) == 1.0
    assert correlation(clusters=1.0, independent=1.0, together=5.0) == 0.0
    assert correlation(clusters=1.0, independent=0.0, together=5.0) == 0.0


def test_a_correlation_is_drawn_towards_the_others_and_the_prior_by_hand() -> None:
    """Pooled (10 x .15 + 20 x .4 + 0) / 30 = .3167; the first (5 x .3167 + 20 x .4) / 25, the second knows nothing of its own."""
    assert shrunk_correlations([0.4, 0.0], [20, 0], 0.15) == pytest.approx([0.38333, 0.31667], abs=1e-5)


@given(st.lists(st.floats(-0.2, 1), min_size=1, max_size=7), st.floats(0, 0.3))
def test_shrunk_correlations_are_shares(measured: list[float], prior: float) -> None:
    assert all(0 <= one <= 1 for one in shrunk_correlations(measured, [8.0] * len(measured), prior))


def runs_of(*means: list[float], units: int = 20) -> list[Runs]:
    """Trainings that differ on every row alike."""
    return [Runs(np.zeros((units, len(one))), np.array(one)) for one in means]


def test_two_runs_of_two_arms_are_two_degrees_of_freedom_by_hand() -> None:
    """Each arm's runs .2 apart: variance .02 a run and .01 of their mean, both arms .02; 2 / χ²'s median with two degrees is 1.4427."""
    residual, sizes = np.linspace(-1, 1, 20), np.ones(20)
    clusters = float(residual @ residual) / 380
    found = mean_variance(residual, sizes, runs_of([0.4, 0.6], [0.5, 0.3]))
    assert found.total == pytest.approx(clusters + 0.02 * 1.4427, abs=1e-5)
    assert found.df == pytest.approx(found.total**2 / (clusters**2 / 19 + (0.02 * 1.4427) ** 2 / 2), rel=1e-4)
    assert (found.seeds, found.seeds_df) == (pytest.approx(0.02), pytest.approx(2))


def test_two_runs_of_one_arm_say_next_to_nothing() -> None:
    """One degree of freedom: 4.86 times as large, where each of two arms' would be taken 1.44 times as large."""
    residual = np.linspace(-1, 1, 20)
    found = mean_variance(residual, np.ones(20), runs_of([0.4, 0.6]))
    assert found.total - found.clusters == pytest.approx(0.01 / stats.chi2.ppf(0.35, 1))
    assert 0.01 / stats.chi2.ppf(0.35, 1) == pytest.approx(0.0486, abs=1e-4)


@pytest.mark.parametrize(("arms", "seeds"), [(2, 2), (2, 3), (1, 2), (1, 3)])
def test_runs_that_lie_apart_as_far_as_rows_make_no_false_winner(arms: int, seeds: int) -> None:
    """Equal means, 50 clusters, runs as far apart as the rows' error of the mean: 6,000 experiments, so ± 0.55 points."""
    rng, false = np.random.default_rng(11), 0
    for _ in range(6000):
        rows = rng.normal(size=50)
        runs = rng.normal(size=(arms, seeds)) * np.sqrt(seeds / arms / 50)
        found = mean_variance((rows - rows.mean()) * np.sqrt(50 / 49), np.ones(50), runs_of(*runs.tolist(), units=50))
        mean = rows.mean() + runs.mean(axis=1) @ np.array([1.0, -1.0])[:arms]
        false += 2 * stats.t.sf(abs(mean) / np.sqrt(found.total), found.df) <= 0.05
    assert 0.02 < false / 6000 < 0.055
