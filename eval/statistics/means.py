"""Means over rows and how far they may be off: clusters are the units, seeds a second level. Knows nothing of arms or verdicts.

Every quantity is a mean over rows, or a mean of row differences; with several seeds, the mean of the seeds' means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from eval.statistics.cluster_robust import Runs, correlation, leverage, mean_variance, satterthwaite_df, shrunk_correlations
from eval.statistics.grid import Codes, Floats, sum_by_cluster

FEW_UNITS = 10
"""With fewer clusters than this off the commonest value, their variation says little about rare events."""
OF_MEANS, OF_DIFFERENCES = 0.15, 0.05
"""Correlation of two rows of a cluster before anything is known: in a difference of two arms most of what they share is gone."""


class Columns(NamedTuple):
    """(clusters, seeds) each."""

    sums: Floats
    counts: Floats


@dataclass(frozen=True)
class Sample:
    """Several quantities by cluster. A quantity has one column a seed."""

    sums: Floats
    """(clusters, columns)"""
    counts: Floats
    """(clusters, columns) rows with a value."""
    squares: Floats
    """(quantities,) mean square over rows of a row's mean over seeds."""
    owner: Codes
    """(columns,) the quantity each column belongs to."""
    runs: tuple[tuple[Columns, ...], ...]
    """(quantities,) of each the arms in it that were trained several times."""
    ends: Floats
    """(quantities, 2) the least and greatest value a row can have; infinite where that is not known."""

    @property
    def quantities(self) -> int:
        return len(self.ends)

    def columns(self, quantity: int) -> slice:
        found = np.flatnonzero(self.owner == quantity)
        return slice(int(found[0]), int(found[-1]) + 1)


def sample(
    blocks: Sequence[Floats], clusters: Codes, ends: Sequence[tuple[float, float]], runs: Sequence[Sequence[Floats]] | None = None,
) -> Sample:  # fmt: skip
    """From one (rows, seeds) block a quantity, NaN where a row has no value; `clusters` (rows,) codes from 0.

    `runs`: for every quantity the (rows, seeds) blocks of the arms in it, which tell how far trainings lie apart; else its own block.
    """
    columns = np.concatenate(blocks, axis=1)
    count = int(clusters.max()) + 1 if len(clusters) else 0
    owner = np.repeat(np.arange(len(blocks)), [block.shape[1] for block in blocks])
    sums, counts = _by_cluster(columns, clusters, count)
    squares = np.array([_mean_square(over_seeds(block)) for block in blocks])
    trained = tuple(
        tuple(_by_cluster(block, clusters, count) for block in of_one if block.shape[1] > 1) for of_one in runs or [[b] for b in blocks]
    )
    return Sample(sums, counts, squares, owner, trained, np.array(ends, dtype=np.float64).reshape(-1, 2))


def _by_cluster(columns: Floats, clusters: Codes, count: int) -> Columns:
    known = (~np.isnan(columns)).astype(np.float64)
    return Columns(*(sum_by_cluster(part, clusters, count) for part in (columns, known)))


def over_seeds(block: Floats) -> Floats:
    """(rows, seeds) → (rows,) means, NaN where a row has no value with any seed."""
    counts = (~np.isnan(block)).sum(axis=1)
    means: Floats = np.where(counts > 0, np.nansum(block, axis=1) / np.maximum(counts, 1), np.nan)
    return means


def _mean_square(rows: Floats) -> float:
    known = rows[~np.isnan(rows)]
    return float(np.mean(known**2)) if len(known) else 0.0


@dataclass(frozen=True)
class Spread:
    """A mean and how far it may be off."""

    mean: float
    """NaN without rows."""
    se: float
    """Standard error, by clusters and seeds; NaN with fewer than two clusters."""
    df: float
    """Degrees of freedom of `se`."""
    rows: float
    """Rows with a value, the mean over seeds."""
    units: int
    """Clusters with a value."""
    worth: float
    """How many independent rows these are worth: `rows` over a design effect of at least 1."""
    speaking: int
    """Clusters off the commonest value; for differences that is mostly zero: those in which the two differ."""
    seeds: int
    log_se: float = 0.0
    """Standard error of the logarithm of the variance from clusters."""
    from_seeds: float = 0.0
    """The part of se² that seeds add; no number of rows lessens it. Wider than `by_seeds` (see `cluster_robust.mean_variance`)."""
    by_seeds: tuple[float, float] = (0.0, 0.0)
    """An unbiased estimate of that part, and its degrees of freedom."""
    together: float = 1.0
    """Rows in the cluster of a row, on average over rows."""
    row_variance: float = 0.0
    """Of single rows, each the mean over seeds; 0: all rows have the same value."""
    df_clusters: float = np.nan
    """Degrees of freedom of the variance from clusters alone."""
    ends: tuple[float, float] = (-np.inf, np.inf)
    """The least and greatest value a row can have."""
    correlation: float = 0.0
    """Of two rows of a cluster."""


NOTHING = Spread(np.nan, np.nan, np.nan, 0.0, 0, 0.0, 0, 0)


def spreads(sample_: Sample, prior: float = OF_DIFFERENCES) -> list[Spread]:
    """Of every quantity. Give the arms of one metric, or their differences, together: what one says of how alike rows of a cluster are,
    the others learn from it. `prior`: that correlation before anything is known."""
    found = [_spread(sample_, quantity) for quantity in range(sample_.quantities)]
    known = [one for one in found if one.units > 1]
    shrunk = iter(shrunk_correlations([one.correlation for one in known], [one.speaking for one in known], prior))
    return [_worth(one, next(shrunk)) if one.units > 1 else one for one in found]


def _worth(spread: Spread, shrunk: float) -> Spread:
    return replace(spread, correlation=shrunk, worth=spread.rows / (1 + (spread.together - 1) * shrunk))


def _spread(sample_: Sample, quantity: int) -> Spread:
    where, ends = sample_.columns(quantity), (float(sample_.ends[quantity, 0]), float(sample_.ends[quantity, 1]))
    used = sample_.counts[:, where].sum(axis=1) > 0
    sums, counts = sample_.sums[used, where], sample_.counts[used, where]
    totals, (units, seeds) = counts.sum(axis=0), counts.shape
    if not units or not totals.all():
        return NOTHING
    means, rows, speaking = sums.sum(axis=0) / totals, float(totals.mean()), _speaking(sums, counts)
    mean, row_variance = float(means.mean()), _row_variance(float(sample_.squares[quantity]), float(means.mean()), rows)
    if units == 1:
        return Spread(mean, np.nan, np.nan, rows, 1, 1.0, speaking, seeds, together=rows, row_variance=row_variance, ends=ends)
    sizes = counts.mean(axis=1)
    linear = _linearised(sums, counts)
    corrected = (leverage(sizes) * np.sqrt((units - 1) / units))[:, None]
    runs = [Runs(_linearised(*one) * corrected, one.sums.sum(axis=0) / one.counts.sum(axis=0)) for one in _known(sample_, quantity, used)]
    variance = mean_variance((linear * corrected).mean(axis=1), sizes, runs)
    together = float((sizes**2).sum() / sizes.sum())
    return Spread(
        mean, float(np.sqrt(variance.total)), variance.df, rows, units, rows, speaking, seeds, log_se=_log_se(linear),
        from_seeds=variance.total - variance.clusters, by_seeds=(variance.seeds, variance.seeds_df), together=together,
        row_variance=row_variance, df_clusters=satterthwaite_df(sizes), ends=ends,
        correlation=correlation(variance.clusters, row_variance / rows, together),
    )  # fmt: skip


def _known(sample_: Sample, quantity: int, used: Codes) -> list[Columns]:
    """The trained arms, in the clusters that have a value; none of which a training has no row at all."""
    found = [Columns(one.sums[used], one.counts[used]) for one in sample_.runs[quantity]]
    return [one for one in found if one.counts.sum(axis=0).all()]


def _linearised(sums: Floats, counts: Floats) -> Floats:
    """(clusters, seeds) residuals of a ratio of sums over clusters (Cochran 1977, 6.3): they average to zero in every seed."""
    totals = counts.sum(axis=0)
    residual: Floats = (sums - sums.sum(axis=0) / totals * counts) * len(sums) / totals
    return residual


def _row_variance(square: float, mean: float, rows: float) -> float:
    """0 where it is nothing but rounding, so that rows that all agree are known to."""
    variance = max(square - mean**2, 0.0) * rows / max(rows - 1, 1)
    return variance if variance > 1e-12 * max(square, 1e-300) else 0.0


def _log_se(residual: Floats) -> float:
    """Of a mean of squares, by the delta method."""
    squares = residual.mean(axis=1) ** 2
    total = float(squares.sum())
    return float(np.sqrt(((squares - squares.mean()) ** 2).sum())) / total if total else 0.0


def _speaking(sums: Floats, counts: Floats) -> int:
    by_cluster = np.round(sums.sum(axis=1) / counts.sum(axis=1), 12)
    return len(by_cluster) - int(np.unique(by_cluster, return_counts=True)[1].max())


@dataclass(frozen=True)
class Shrunk:
    """A mean and its error after a few rows' worth of both extremes were added."""

    mean: float
    se: float


def shrink(spread: Spread, reach: tuple[float, float], weight: float) -> Shrunk:
    """Adds `weight` rows at each end of what rows reach: Agresti and Coull (1998); for differences Bonett and Price (2012).

    Without it a difference that no row shows would have an error of zero, and one that rare rows would turn round passes for certain.
    Where the reach is not known nothing is added.
    """
    low, high = reach
    if not np.isfinite(low + high):
        return Shrunk(spread.mean, spread.se)
    total = spread.worth + 2 * weight
    mean = (spread.worth * spread.mean + weight * (low + high)) / total
    added = float(np.sqrt(weight * ((low - mean) ** 2 + (high - mean) ** 2))) / total
    return Shrunk(mean, float(np.hypot(spread.worth * spread.se / total, added)))
