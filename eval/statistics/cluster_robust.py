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
ONE_DEGREE = 0.35
"""Quantile of χ² with which a variance between two runs is estimated, see `_wide`."""
LARGEST_SHARE = 0.999
"""Of the rows in one cluster: above it the correction for few clusters would be without bound."""


class Variance(NamedTuple):
    """Of a mean over rows and seeds."""

    total: float
    df: float
    clusters: float
    """The part that clusters alone explain."""
    seeds: float = 0.0
    """An unbiased estimate of the part that seeds add, where there is any; what `total` holds of it is more."""
    seeds_df: float = 0.0
    """Degrees of freedom of that estimate."""


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


class Runs(NamedTuple):
    """One arm that was trained several times, each training a column."""

    residual: Floats
    """(clusters, seeds) linearised, on the scale of the mean, corrected by `leverage`."""
    means: Floats
    """(seeds,)"""


def mean_variance(residual: Floats, sizes: Floats, runs: Sequence[Runs] = ()) -> Variance:
    """From (clusters,) linearised residuals of the mean over seeds, already corrected by `leverage`, and the trained arms in it.

    Seeds cross with clusters (two-way layout without replication): beside the clusters' variance stands, for every arm, that of its mean
    over seeds less the part of it that rows make, MS_s / GS - MS_e / GS. Each arm's own, because trainings of two arms are drawn apart from
    each other: two seeds of two arms are two degrees of freedom, not one (Welch 1947). Degrees of freedom after Satterthwaite (1946);
    never below the variance of clusters alone. What few runs say of their variance is taken at its `_wide` estimate.
    """
    units, df = len(residual), satterthwaite_df(sizes)
    alone = float(residual @ residual) / (units * (units - 1))
    of_seeds, rest, parts = seeds_variance(runs)
    if parts <= 0:
        return Variance(alone, df, alone)
    wide = of_seeds * _wide(parts, sum(len(one.means) - 1 for one in runs))
    if wide <= rest:
        return Variance(alone, df, alone)
    rest_df, total = (units - 1) * parts, alone + wide - rest
    return Variance(
        total, max(total**2 / (alone**2 / df + wide**2 / parts + rest**2 / rest_df), 1.0), alone, max(of_seeds - rest, 0.0), parts
    )


def seeds_variance(runs: Sequence[Runs]) -> tuple[float, float, float]:
    """Variance of a mean over seeds by the seeds' means, the part of it that rows make, and its degrees of freedom; 0 without runs."""
    own = [float(one.means.var(ddof=1)) / len(one.means) for one in runs]
    rest = [_rest(one.residual) for one in runs]
    squares = sum(part**2 / (len(one.means) - 1) for part, one in zip(own, runs, strict=True))
    return sum(own), sum(rest), sum(own) ** 2 / squares if squares > 0 else 0.0


def _rest(residual: Floats) -> float:
    """Of a mean over seeds: what clusters add that is not the same with every seed."""
    units, seeds = residual.shape
    apart = residual - residual.mean(axis=1, keepdims=True)
    return float(np.square(apart).sum() / ((units - 1) * (seeds - 1) * units * seeds))


def _wide(df: float, degrees: int) -> float:
    """A few runs often happen to lie close together, and then Satterthwaite's degrees of freedom are too many as well. So their variance
    is taken median-unbiased: with 2 degrees of freedom 1.44 times as large. A single one, two runs of one arm against an arm that was not
    trained, says next to nothing: taken at its 65 % end, 4.9 times as large, which is what keeps false winners at 5 % (docs/log.md)."""
    likely = float(stats.chi2.ppf(ONE_DEGREE if degrees == 1 else 0.5, df))
    return float(df / likely)


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
