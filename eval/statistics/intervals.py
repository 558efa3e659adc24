"""Intervals by resampling: clusters drawn whole, seeds as a second level. Knows nothing of arms or verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from eval.statistics.grid import Floats
from eval.statistics.means import FEW_UNITS, Sample, Shrunk, Spread, shrink

DRAWS = 2_000
"""Resamples behind an interval."""
OF_MEANS, OF_DIFFERENCES = 2.0, 0.5
"""Rows added at each end of the scale (see `spread.shrink`), as the simulations in bench/verdict.py ask for."""
_BLOCK = 1_000_000
"""Numbers drawn at once, so that memory does not grow with the rows."""


@dataclass(frozen=True)
class Interval:
    """Bounds of a mean, None where one cluster or none allows none."""

    low: float | None
    high: float | None
    method: str
    """`BCa`, `t`, or `none`."""


NO_INTERVAL = Interval(None, None, "none")


def intervals(sample: Sample, spreads: Sequence[Spread], level: float, weight: float, draws: int = DRAWS) -> list[Interval]:
    """One interval a quantity: BCa (Efron 1987) over clusters and seeds, or a t interval where few clusters speak.

    Three things differ from the textbook, because BCa alone covers too seldom with few rows, few clusters or rare events: the
    resamples are smoothed by what `shrink` adds; the nominal level uses t with the clusters' degrees of freedom (the expanded
    percentile interval of Hesterberg 2015); and the mean always lies inside. The same input gives the same interval.
    """
    usable = [q for q, spread in enumerate(spreads) if spread.units > 1 and spread.speaking >= FEW_UNITS]
    replicates = resample(sample, draws) if usable else np.zeros((0, sample.quantities))
    noise = np.random.default_rng(1).standard_normal(draws)
    found = []
    for quantity, spread in enumerate(spreads):
        if spread.units < 2:
            found.append(NO_INTERVAL)
            continue
        shrunk = shrink(spread, sample.ends[quantity], weight)
        if quantity in usable:
            smooth = replicates[:, quantity] * (spread.worth / shrunk.total) + shrunk.shift + noise * shrunk.added_se
            bounds, method = _bca(smooth, spread, shrunk, _acceleration(sample, quantity, spread, shrunk), level), "BCa"
        else:
            bounds, method = shrunk.mean + np.array([-1, 1]) * stats.t.ppf((1 + level) / 2, spread.df) * shrunk.se, "t"
        low, high = np.clip(bounds, *sample.ends[quantity])
        found.append(Interval(min(float(low), spread.mean), max(float(high), spread.mean), method))
    return found


def resample(sample: Sample, draws: int) -> Floats:
    """(draws, quantities) means of clusters drawn with replacement, and of seeds.

    Deviations of the drawn seeds are widened by √(S / (S-1)) (Rao and Wu 1988): with two seeds, resampling alone would show half
    of their variance.
    """
    clusters, columns = sample.sums.shape
    totals = sample.counts.sum(axis=0)
    estimate = np.divide(sample.sums.sum(axis=0), totals, out=np.zeros(columns), where=totals > 0)
    rng = np.random.default_rng(0)
    blocks = []
    for size in _sizes(draws, max(_BLOCK // max(clusters, 1), 1)):
        drawn = rng.integers(clusters, size=(size, clusters)) + clusters * np.arange(size)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=size * clusters).reshape(size, clusters).astype(np.float64)
        counts = weights @ sample.counts
        blocks.append(np.where(counts > 0, (weights @ sample.sums) / np.maximum(counts, 1), estimate))
    return _over_seeds(np.concatenate(blocks), sample, rng)


def _over_seeds(by_column: Floats, sample: Sample, rng: np.random.Generator) -> Floats:
    seeds = np.bincount(sample.owner, minlength=sample.quantities)
    shares: dict[int, Floats] = {1: np.ones((len(by_column), 1))}
    for count in sorted(set(seeds.tolist()) - {1}):
        drawn = rng.multinomial(count, np.full(count, 1 / count), size=len(by_column)) / count
        shares[count] = 1 / count + np.sqrt(count / (count - 1)) * (drawn - 1 / count)
    means = [(by_column[:, sample.columns(q)] * shares[int(seeds[q])]).sum(axis=1) for q in range(sample.quantities)]
    return np.stack(means, axis=1)


def _acceleration(sample: Sample, quantity: int, spread: Spread, shrunk: Shrunk) -> float:
    """From leaving out one cluster at a time (Efron 1987, eq. 6.6), damped as far as the error comes from added rows."""
    where = sample.columns(quantity)
    sums, counts = sample.sums[:, where], sample.counts[:, where]
    sums, counts = sums[counts.sum(axis=1) > 0], counts[counts.sum(axis=1) > 0]
    left = ((sums.sum(axis=0) - sums) / np.maximum(counts.sum(axis=0) - counts, 1e-9)).mean(axis=1)
    deviation = left.mean() - left
    own = float(deviation @ deviation)
    if not own:
        return 0.0
    share = spread.worth * spread.se / shrunk.total / shrunk.se
    return float((deviation**3).sum() / (6 * own**1.5)) * share**3


def _bca(replicates: Floats, spread: Spread, shrunk: Shrunk, acceleration: float, level: float) -> Floats:
    """Both bounds; ties count half for the bias, since scores of 0 and 1 make many."""
    below = (replicates < shrunk.mean).sum() + 0.5 * (replicates == shrunk.mean).sum()
    bias = float(special.ndtri((below + 0.5) / (len(replicates) + 1)))
    wide = stats.t.ppf((1 + level) / 2, spread.df) * np.sqrt(spread.units / (spread.units - 1))
    shifted = bias + np.array([-wide, wide])
    bounds: Floats = np.quantile(replicates, special.ndtr(bias + shifted / np.maximum(1 - acceleration * shifted, 1e-3)))
    return bounds


def _sizes(total: int, most: int) -> list[int]:
    return [min(most, total - start) for start in range(0, total, most)]
