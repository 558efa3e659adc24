"""The variance of a mean whose rows come in clusters, its degrees of freedom, and how alike rows of a cluster are. Knows no arms.

CR2 after Bell and McCaffrey (2002, Bias reduction in standard errors for linear regression with multi-stage samples), degrees of freedom
after Satterthwaite as they, and Pustejovsky and Tipton (2018), take them: for a mean, with independent rows as the working model, both have
closed forms. tests/eval/statistics/test_cluster_robust.py holds them against the matrices of the papers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from eval.statistics.grid import Floats

PRIOR_CLUSTERS = 10.0
"""How many clusters the prior correlation counts for beside those of all quantities."""
POOLED_CLUSTERS = 5.0
"""How many clusters the pooled correlation counts for beside those of one quantity."""
LARGEST_SHARE = 0.999
"""Of the rows in one cluster: above it the correction for few clusters would be without bound."""


class Variance(NamedTuple):
    """Of a mean over rows and seeds."""

    total: float
    df: float
    clusters: float
    """The part that clusters alone explain."""


def leverage(sizes: Floats) -> Floats:
    """(clusters,) by how much a cluster's residual is too small because the mean was fitted to it: (1 - n_g / N)^(-1/2)."""
    corrected: Floats = 1 / np.sqrt(1 - np.minimum(sizes / sizes.sum(), LARGEST_SHARE))
    return corrected


def satterthwaite_df(sizes: Floats) -> float:
    """Degrees of freedom of the CR2 variance of a mean: clusters - 1 where all are of one size, fewer where they are not.

    (tr B)² / tr B² with B_gh = p_g' (I - H) (I - H) p_h, written out for a single column of ones.
    """
    share = np.minimum(sizes / sizes.sum(), LARGEST_SHARE)
    squared = share**2 / (1 - share)
    return max(1 / float((share**2).sum() + squared.sum() ** 2 - (squared**2).sum()), 1.0)


def two_way_variance(residual: Floats, means: Floats, sizes: Floats) -> Variance:
    """From (clusters, seeds) linearised residuals on the scale of the mean, already corrected by `leverage`, and (seeds,) means.

    Seeds cross with clusters (two-way layout without replication): (MS_c + MS_s - MS_e) / GS estimates the variance of the grand
    mean, degrees of freedom after Satterthwaite (1946). Never below the variance of clusters alone. Two or three seeds often happen to lie
    close together, so MS_s is taken median-unbiased, not mean-unbiased: with 2 seeds 2.2 times as large, with 5 1.2 times.
    """
    units, seeds = residual.shape
    df, by_cluster = satterthwaite_df(sizes), residual.mean(axis=1)
    ms_clusters = seeds * float(by_cluster @ by_cluster) / (units - 1)
    alone = ms_clusters / (units * seeds)
    if seeds == 1:
        return Variance(alone, df, alone)
    rest_df = (units - 1) * (seeds - 1)
    ms_seeds = units * float(np.sum((means - means.mean()) ** 2)) / float(stats.chi2.median(seeds - 1))
    ms_rest = float(((residual - by_cluster[:, None]) ** 2).sum()) / rest_df
    together = ms_clusters + ms_seeds - ms_rest
    if together <= ms_clusters:
        return Variance(alone, df, alone)
    parts = ms_clusters**2 / df + ms_seeds**2 / (seeds - 1) + ms_rest**2 / rest_df
    return Variance(together / (units * seeds), max(together**2 / parts, 1.0), alone)


def correlation(clusters: float, independent: float, together: float) -> float:
    """Between two rows of a cluster, from the variance of a mean as it is and as independent rows would have it (Kish 1965).

    `together`: rows in the cluster of a row, on average over rows.
    """
    if together <= 1 or not independent > 0:
        return 0.0
    return float(np.clip((clusters / independent - 1) / (together - 1), -1 / (together - 1), 1.0))


def shrunk_correlations(measured: Sequence[float], clusters: Sequence[float], prior: float) -> list[float]:
    """Each quantity's correlation drawn towards that of all of them, which is drawn towards `prior`; in [0, 1].

    `clusters`: how many of each quantity's clusters say anything of it. A single quantity knows its correlation to ± √(2 / clusters) of
    the design effect at best, and next to nothing where few rows are right or few are wrong.
    """
    known, weight = np.array(measured, dtype=np.float64), np.array(clusters, dtype=np.float64)
    pooled = (PRIOR_CLUSTERS * prior + weight @ known) / (PRIOR_CLUSTERS + weight.sum())
    own = (POOLED_CLUSTERS * pooled + weight * known) / (POOLED_CLUSTERS + weight)
    return [float(one) for one in np.clip(own, 0.0, 1.0)]
