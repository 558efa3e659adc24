"""CR2 and its degrees of freedom against the matrices of Bell and McCaffrey; design effects by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.statistics.cluster_robust import correlation, satterthwaite_df, shrunk_correlations
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
