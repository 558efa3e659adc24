"""Means over rows and how far they may be off: clusters are the units, seeds a second level. Knows nothing of arms or verdicts.

Every quantity is a mean over rows, or a mean of row differences; with several seeds, the mean of the seeds' means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from eval.statistics.grid import Codes, Floats, sum_by_cluster

FEW_UNITS = 10
"""With fewer clusters than this off the commonest value, their variation says little about rare events."""
REACH = 2.0
"""Deviations of single rows."""


@dataclass(frozen=True)
class Sample:
    """Several quantities by cluster. A quantity has one column a seed."""

    sums: Floats
    """(clusters, columns)"""
    counts: Floats
    """(clusters, columns) rows with a value."""
    squares: Floats
    """(clusters, columns) sums of squared values."""
    owner: Codes
    """(columns,) the quantity each column belongs to."""
    ends: Floats
    """(quantities, 2) the least and greatest value a row can have; infinite where that is not known."""

    @property
    def quantities(self) -> int:
        return len(self.ends)

    def columns(self, quantity: int) -> slice:
        found = np.flatnonzero(self.owner == quantity)
        return slice(int(found[0]), int(found[-1]) + 1)


def sample(blocks: Sequence[Floats], clusters: Codes, ends: Sequence[tuple[float, float]]) -> Sample:
    """From one (rows, seeds) block a quantity, NaN where a row has no value; `clusters` (rows,) codes from 0."""
    columns = np.concatenate(blocks, axis=1)
    count = int(clusters.max()) + 1 if len(clusters) else 0
    owner = np.repeat(np.arange(len(blocks)), [block.shape[1] for block in blocks])
    known = (~np.isnan(columns)).astype(np.float64)
    sums, counts, squares = (sum_by_cluster(part, clusters, count) for part in (columns, known, columns**2))
    return Sample(sums, counts, squares, owner, np.array(ends, dtype=np.float64).reshape(-1, 2))


@dataclass(frozen=True)
class Spread:
    """A mean and how far it may be off."""

    mean: float
    """NaN without rows."""
    se: float
    """Standard error; NaN with fewer than two clusters."""
    df: float
    """Degrees of freedom of `se`."""
    rows: float
    """Rows with a value, the mean over seeds."""
    units: int
    """Clusters with a value."""
    worth: float
    """How many independent rows these are worth: between `units` and `rows`."""
    speaking: int
    """Clusters off the commonest value; for differences that is mostly zero: those in which the two differ."""
    seeds: int
    log_se: float = 0.0
    """Standard error of the logarithm of the variance from clusters."""
    from_seeds: float = 0.0
    """The part of se² that seeds add; no number of rows lessens it."""
    seed_p: float | None = None
    """Two-sided p of a mean of zero where seeds are as random as rows; None with one seed."""
    together: float = 1.0
    """Rows in the cluster of a row, on average over rows."""
    row_sd: float = 0.0
    """Standard deviation of single rows; 0 where they are right or wrong, which reach the ends of the scale."""

    def reach(self, ends: Floats) -> tuple[float, float]:
        """How far off an unseen row may lie: `REACH` deviations, where enough clusters speak to know them; else the ends of the scale."""
        low, high = float(ends[0]), float(ends[1])
        if self.speaking < FEW_UNITS or not self.row_sd:
            return low, high
        return max(low, self.mean - REACH * self.row_sd), min(high, self.mean + REACH * self.row_sd)


NOTHING = Spread(np.nan, np.nan, np.nan, 0.0, 0, 0.0, 0, 0)


def spreads(sample_: Sample) -> list[Spread]:
    return [_spread(sample_, quantity) for quantity in range(sample_.quantities)]


def _spread(sample_: Sample, quantity: int) -> Spread:
    where = sample_.columns(quantity)
    used = sample_.counts[:, where].sum(axis=1) > 0
    sums, counts, squares = (part[used, where] for part in (sample_.sums, sample_.counts, sample_.squares))
    totals, (units, seeds) = counts.sum(axis=0), counts.shape
    if not units or not totals.all():
        return NOTHING
    means, rows, speaking = sums.sum(axis=0) / totals, float(totals.mean()), _speaking(sums, counts)
    if units == 1:
        return Spread(float(means.mean()), np.nan, np.nan, rows, 1, 1.0, speaking, seeds)
    # Linearised ratio of sums over clusters (Cochran 1977, 6.3): these average to zero over clusters, in every seed.
    residual = (sums - means * counts) * units / totals
    variance, df, alone = _variance(residual, means, _cluster_df(counts.mean(axis=1)))
    within = float(np.mean((squares.sum(axis=0) - means**2 * totals) / np.maximum(totals - 1, 1) / totals))
    trusted = speaking >= FEW_UNITS and alone > 0
    worth = float(np.clip(rows * within / alone, units, rows)) if trusted else float(units)
    mean, se = float(means.mean()), float(np.sqrt(variance))
    seed_p = None
    if seeds > 1:
        seed_p = float(2 * stats.t.sf(abs(mean) / se, df)) if se else float(mean == 0)
    return Spread(mean, se, df, rows, units, worth, speaking, seeds, _log_se(residual), variance - alone, seed_p,
                  _together(counts), 0.0 if _whole(sums, squares) else float(np.sqrt(max(within, 0.0) * rows)))  # fmt: skip


def _together(counts: Floats) -> float:
    rows = counts.mean(axis=1)
    return float((rows**2).sum() / rows.sum())


def _whole(*parts: Floats) -> bool:
    """Right and wrong, and differences of these: what a row may still be is known then."""
    return all(bool(np.all(np.abs(part - np.round(part)) < 1e-9)) for part in parts)


def _log_se(residual: Floats) -> float:
    """Of a mean of squares, by the delta method."""
    squares = residual.mean(axis=1) ** 2
    total = float(squares.sum())
    return float(np.sqrt(((squares - squares.mean()) ** 2).sum())) / total if total else 0.0


def _variance(residual: Floats, means: Floats, df: float) -> tuple[float, float, float]:
    """Variance of the mean, its degrees of freedom, and the variance from clusters alone.

    Seeds cross with clusters (two-way layout without replication): (MS_c + MS_s - MS_e) / GS estimates the variance of the grand
    mean, degrees of freedom after Satterthwaite (1946). Never below the variance of clusters alone. Two or three seeds often happen to lie
    close together, so MS_s is taken median-unbiased, not mean-unbiased: with 2 seeds 2.2 times as large, with 5 1.2 times.
    """
    units, seeds = residual.shape
    by_cluster = residual.mean(axis=1)
    ms_clusters = seeds * float(by_cluster @ by_cluster) / (units - 1)
    alone = ms_clusters / (units * seeds)
    if seeds == 1:
        return alone, df, alone
    rest_df = (units - 1) * (seeds - 1)
    ms_seeds = units * float(np.sum((means - means.mean()) ** 2)) / float(stats.chi2.median(seeds - 1))
    ms_rest = float(((residual - by_cluster[:, None]) ** 2).sum()) / rest_df
    together = ms_clusters + ms_seeds - ms_rest
    if together <= ms_clusters:
        return alone, df, alone
    parts = ms_clusters**2 / df + ms_seeds**2 / (seeds - 1) + ms_rest**2 / rest_df
    return together / (units * seeds), max(together**2 / parts, 1.0), alone


def _cluster_df(sizes: Floats) -> float:
    """Clusters of unequal size are worth fewer: (Σv)² / Σv² - 1 with v = size², as if the rows of a cluster said the same."""
    weight = sizes**2
    return max(float(weight.sum() ** 2 / (weight**2).sum()) - 1, 1.0)


def _speaking(sums: Floats, counts: Floats) -> int:
    by_cluster = np.round(sums.sum(axis=1) / counts.sum(axis=1), 12)
    return len(by_cluster) - int(np.unique(by_cluster, return_counts=True)[1].max())


@dataclass(frozen=True)
class Shrunk:
    """A mean and its error after a few rows' worth of both extremes were added."""

    mean: float
    se: float
    total: float
    """Rows these are worth, with the added ones."""
    shift: float
    """What the added rows contribute to the mean."""
    added_se: float
    """What they contribute to the error."""


def shrink(spread: Spread, ends: Floats, weight: float) -> Shrunk:
    """Adds `weight` rows at each end of what rows reach: Agresti and Coull (1998); for differences Bonett and Price (2012).

    Without it a difference that no row shows would have an error of zero. Where the scale is not known nothing is added.
    """
    low, high = spread.reach(ends)
    if not np.isfinite(low + high):
        return Shrunk(spread.mean, spread.se, spread.worth, 0.0, 0.0)
    total = spread.worth + 2 * weight
    mean = (spread.worth * spread.mean + weight * (low + high)) / total
    added = float(np.sqrt(weight * ((low - mean) ** 2 + (high - mean) ** 2))) / total
    return Shrunk(mean, float(np.hypot(spread.worth * spread.se / total, added)), total, weight * (low + high) / total, added)
