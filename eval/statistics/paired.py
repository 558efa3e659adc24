"""Tests of paired differences: McNemar, sign flips, cluster-robust t, Holm, two one-sided tests. Knows nothing of arms or verdicts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from eval.statistics.grid import Floats
from eval.statistics.means import Shrunk, Spread, shrink

FLIPS = 9_999
"""Random sign patterns behind a p-value, so that the smallest is 1 in 10,000."""
EXACT_UNITS = 12
"""Up to here all sign patterns are tried instead: 4,096 of them."""
OF_RIGHT_AND_WRONG, OF_GRADED = 0.5, 1.5
"""Rows added at each end of what rows reach (see `means.shrink`), as bench/verdict.py asks for. Two arms of one mean that are right or
wrong differ as often one way as the other; graded scores need not: many small losses and a few large gains have a mean of zero, and where
the gains happen to be missing, neither signs nor t notice."""
OF_EQUIVALENCE = 2.0
"""The same before equivalence is claimed."""
_BLOCK = 4_000_000


def mcnemar(wins: int, losses: int) -> float:
    """Two-sided exact p for right/wrong pairs: `wins` rows only the first has right, `losses` only the second (McNemar 1947)."""
    return min(1.0, 2 * float(stats.binom.cdf(min(wins, losses), wins + losses, 0.5)))


def sign_flips(sums: Floats, flips: int = FLIPS) -> Floats:
    """Two-sided p that each column's total is zero, under random signs of its rows; (clusters, pairs) → (pairs,).

    The paired permutation test: exchanging two arms on a cluster flips the sign of its summed difference. With random patterns
    p = (b + 1) / (n + 1), which is never 0 (Phipson and Smyth 2010); with few clusters all patterns are tried.
    """
    found = np.ones(sums.shape[1])
    many = []
    for pair in range(sums.shape[1]):
        values = sums[sums[:, pair] != 0, pair]
        if len(values) > EXACT_UNITS:
            many.append(pair)
        elif len(values):
            found[pair] = float(np.mean(_at_least(_patterns(len(values)) @ values, values.sum(), np.abs(values).sum())))
    if many:
        found[many] = _random_flips(sums[:, many], flips)
    return found


def _random_flips(sums: Floats, flips: int) -> Floats:
    clusters, pairs = sums.shape
    observed, scale = sums.sum(axis=0), np.abs(sums).sum(axis=0)
    rng, reached, done = np.random.default_rng(0), np.zeros(pairs), 0
    while done < flips:
        size = min(max(_BLOCK // clusters, 1), flips - done)
        bits = np.unpackbits(rng.integers(256, size=(size, -(-clusters // 8)), dtype=np.uint8), axis=1, count=clusters)
        # With bits in {0, 1} and signs = 1 - 2 bits, the flipped total is the observed one less twice what the bits select.
        reached += _at_least(observed - 2 * (bits.astype(np.float64) @ sums), observed, scale).sum(axis=0)
        done += size
    return np.asarray((reached + 1) / (flips + 1), dtype=np.float64)


def _patterns(units: int) -> Floats:
    """(2^units, units) of ±1."""
    codes = np.arange(2**units)[:, None] >> np.arange(units)
    return np.where(codes & 1, -1.0, 1.0)


def _at_least(totals: Floats, observed: Floats | float, scale: Floats | float) -> NDArray[np.bool_]:
    """As extreme as observed; equal totals that differ by rounding count as equal."""
    reached: NDArray[np.bool_] = np.abs(totals) >= np.abs(observed) - 1e-9 * scale
    return reached


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p-values that hold the family-wise error (Holm 1979), in the order given."""
    order = np.argsort(p, kind="stable")
    adjusted, highest = np.ones(len(p)), 0.0
    for place, index in enumerate(order):
        highest = max(highest, min((len(p) - place) * float(p[index]), 1.0))
        adjusted[index] = highest
    return [float(one) for one in adjusted]


def t_test(spread: Spread, shrunk: Shrunk) -> float:
    """Two-sided p of a mean of zero, by the cluster-robust error and its degrees of freedom (see `cluster_robust`)."""
    if spread.units < 2:
        return 1.0
    if not shrunk.se:
        return float(shrunk.mean == 0)
    return float(2 * stats.t.sf(abs(shrunk.mean) / shrunk.se, spread.df))


def equivalence_p(spread: Spread, reach: tuple[float, float], margin: float, whole: bool = True) -> float:
    """p of "the difference is at least `margin`, one way or the other": the larger of two one-sided t tests (Schuirmann 1987).

    Rows that all agree: a mean difference of the margin takes a difference in at least margin / reach of the rows, and the chance
    that so many rows show none is what the rule of three rounds (Hanley and Lippman-Hand 1983). `whole`: rows are right or wrong.
    """
    if spread.units < 2 or margin <= 0:
        return 1.0
    if alike(spread, reach):
        return float(max(1 - margin / reach[1], 0.0) ** spread.worth)
    shrunk = shrink(spread, reach, OF_EQUIVALENCE)
    room = margin - abs(shrunk.mean)
    if room <= 0 or not shrunk.se:
        return 0.0 if room > 0 else 1.0
    unseen = unseen_variance(room, abs(shrunk.mean)) / (spread.worth + 2 * OF_EQUIVALENCE) if whole else 0.0
    return float(stats.t.sf(room / np.sqrt(shrunk.se**2 + unseen), spread.df))


def not_worse_p(spread: Spread, reach: tuple[float, float], margin: float, whole: bool = True) -> float:
    """One-sided p of "the mean is at least `margin` below zero": a test of non-inferiority, one of the two of `equivalence_p`."""
    if spread.units < 2:
        return 1.0
    if alike(spread, reach):
        return float(max(1 - margin / reach[1], 0.0) ** spread.worth)
    shrunk = shrink(spread, reach, OF_EQUIVALENCE)
    room = margin + shrunk.mean
    if room <= 0 or not shrunk.se:
        return 0.0 if room > 0 else 1.0
    unseen = unseen_variance(room, -shrunk.mean) / (spread.worth + 2 * OF_EQUIVALENCE) if whole else 0.0
    return float(stats.t.sf(room / np.sqrt(shrunk.se**2 + unseen), spread.df))


def unseen_variance(room: float, mean: float) -> float:
    """How much more right/wrong rows would vary if the true difference were not `mean` but `room` further off, at the margin: a share of
    `room` of the rows would differ that do not. Rows too few to show the difference are too few to show its variance; so the test takes
    the variance that its hypothesis has (as score tests of paired shares do, Tango 1998)."""
    return max(room * (1 - 2 * mean - room), 0.0)


def equivalence_margin(spread: Spread, reach: tuple[float, float], alpha: float, whole: bool = True) -> float | None:
    """The smallest margin within which `equivalence_p` reaches `alpha`; None with fewer than two clusters."""
    if spread.units < 2:
        return None
    if alike(spread, reach):
        return float(reach[1] * (1 - alpha ** (1 / spread.worth)))
    shrunk, t = shrink(spread, reach, OF_EQUIVALENCE), float(stats.t.isf(alpha, spread.df))
    mean, factor = abs(shrunk.mean), t**2 / (spread.worth + 2 * OF_EQUIVALENCE)
    # room² = t² se² + factor x room x (slack - room), see `unseen_variance`.
    slack = 1 - 2 * mean if whole else 0.0
    room = (factor * slack + np.sqrt((factor * slack) ** 2 + 4 * (1 + factor) * (t * shrunk.se) ** 2)) / (2 * (1 + factor))
    return float(mean + (room if room < slack else t * shrunk.se))


def alike(spread: Spread, reach: tuple[float, float]) -> bool:
    """No row differs, on a scale of which the ends are known."""
    return spread.mean == 0 and spread.row_variance == 0 and 0 < reach[1] < np.inf
