"""Intervals of a mean and of a mean difference, from how far they may be off; nothing is drawn at random. Knows no arms or verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from eval.statistics.cluster_robust import POOLED_CLUSTERS
from eval.statistics.means import Shrunk, Spread

POOLED_ROWS = 10.0
"""How many of an arm's rows the variance of all arms counts for, as a share of the most that such means allow."""
UNSEEN_ROWS = 0.7
"""Rows added at each end of the scale to the variance of graded scores: two exact answers among a hundred long ones make most of it, and in
98 rows one time in seven there is none. As bench/verdict.py asks for; right and wrong vary as much as can be, so nothing is added."""


@dataclass(frozen=True)
class Interval:
    """Bounds of a mean, None where one cluster or none allows none."""

    low: float | None
    high: float | None


NO_INTERVAL = Interval(None, None)


def mean_intervals(spreads: Sequence[Spread], level: float) -> list[Interval]:
    """Of means of one metric, over the same rows: Wilson's (1927) with an effective number of rows; t where the scale is not [0, 1].

    Korn and Graubard (1998) replace the rows of a binomial interval by n / design effect, as here; but a design effect from ten clusters
    is a rough guess, and below 1 often by chance. So it is at least 1, and the correlation behind it is drawn towards that of all arms and
    a prior (`cluster_robust.shrunk_correlations`); degrees of freedom grow by the clusters that counts for (Smyth 2004). Scores between
    0 and 1 vary less than right and wrong at the same mean, by a share that is drawn towards that of all arms and to the ends of the scale,
    where rows not seen may lie. Training seeds add
    their variance, with their own few degrees of freedom (Satterthwaite 1946).
    """
    known = [one for one in spreads if one.units > 1 and one.ends == (0.0, 1.0)]
    most = sum(one.mean * (1 - one.mean) for one in known)
    share = sum(one.row_variance for one in known) / most if most > 0 else 1.0
    return [_wilson(one, level, min(share, 1.0)) if one.ends == (0.0, 1.0) else _student(one, level) for one in spreads]


def _wilson(spread: Spread, level: float, pooled: float) -> Interval:
    if spread.units < 2:
        return NO_INTERVAL
    mean, most = min(max(spread.mean, 0.0), 1.0), spread.mean * (1 - spread.mean)
    own = min(spread.row_variance / most, 1.0) if most > 0 else 1.0
    unseen = UNSEEN_ROWS * (mean**2 + (1 - mean) ** 2) / most if most > 0 else 2 * UNSEEN_ROWS
    share = min((spread.worth * own + POOLED_ROWS * pooled + unseen) / (spread.worth + POOLED_ROWS + 2 * UNSEEN_ROWS), 1.0)
    by_rows, by_seeds, df = share * most / spread.worth, spread.from_seeds, spread.df_clusters + POOLED_CLUSTERS
    if by_seeds > 0 < by_rows:
        df = (by_rows + by_seeds) ** 2 / (by_rows**2 / df + by_seeds**2 / spread.by_seeds[1])
    rows = most / (by_rows + by_seeds) if most > 0 else spread.worth / share
    q = float(stats.t.ppf((1 + level) / 2, df)) ** 2
    middle, half = mean + q / (2 * rows), np.sqrt(q * (mean * (1 - mean) / rows + q / (4 * rows**2)))
    return Interval(max(float(middle - half) / (1 + q / rows), 0.0), min(float(middle + half) / (1 + q / rows), 1.0))


def _student(spread: Spread, level: float) -> Interval:
    return difference_interval(spread, Shrunk(spread.mean, spread.se), level)


def difference_interval(spread: Spread, shrunk: Shrunk, level: float, p_rows: float = 0.0) -> Interval:
    """t around the shrunk mean; cut at the ends of the scale.

    `p_rows`: of a test by the rows alone. Where it does not reach the level and t does, the interval is as wide as that p asks for
    (a test-based interval, Miettinen 1976), so that it excludes zero if and only if both tests do.
    """
    if spread.units < 2:
        return NO_INTERVAL
    quantile = float(stats.t.ppf((1 + level) / 2, spread.df))
    half = quantile * shrunk.se
    if p_rows > 1 - level and abs(shrunk.mean) > half:
        half = abs(shrunk.mean) * quantile / max(float(stats.t.isf(p_rows / 2, spread.df)), 1e-9)
    low, high = np.clip([shrunk.mean - half, shrunk.mean + half], *spread.ends)
    return Interval(min(float(low), spread.mean), max(float(high), spread.mean))
