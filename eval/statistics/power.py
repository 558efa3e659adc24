"""How many rows a difference needs to be seen, and how small a one given rows can show. Knows nothing of arms or verdicts."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import special, stats

from eval.statistics.grid import Floats

POWER = 0.8
"""The chance with which a difference of the size asked for should be found."""
MOST_ROWS = 10**8
"""More than this is no answer."""
LEAST_LOG_SE = 0.01
"""Of the variance, in its logarithm: below this it counts as known."""
STEPS = 60
"""Each brings the number of rows nearer to the one that it is found from."""
TYPICAL_VARIANCE = 0.25
"""Of a row's difference before anything is measured: one row in four is right in one arm and wrong in the other."""


@dataclass(frozen=True)
class Noise:
    """What blurs a mean difference, as measured."""

    row: float
    """Variance a row adds, clusters included: shrinks as rows grow."""
    log_se: float
    """Standard error of its logarithm."""
    fixed: float = 0.0
    """Variance that training seeds add: no number of rows lessens it."""
    together: float = 0.0
    """Of a test by signs: rows in the cluster of a row, on average over rows. 0: a test by the standard error."""
    lost: float = 0.0
    """Rows that a test holds back of the sum of differences before it believes it: 1 for exact McNemar, whose p goes in steps."""
    extra: float = 0.0
    """What rows added at both ends of the scale bring to a test's variance (see `means.shrink`), times the square of the rows there are:
    graded scores that vary little are shown by it, not by their own variance, until there are many."""


@dataclass(frozen=True)
class RequiredRows:
    """Rows needed in all, not further ones; the 95 % interval is that of the variance."""

    rows: int
    low: int
    high: int


def rows_for_difference(noise: Noise, difference: float, alpha: float) -> RequiredRows | None:
    """Rows for `POWER` to find `difference` with a two-sided test at `alpha`, on average over what the variance may really be.

    None where the seeds alone blur more than that: then more training runs are needed, not more rows.
    """
    return _with_interval(noise, difference, alpha / 2, POWER)


def rows_for_not_worse(noise: Noise, room: float, alpha: float) -> RequiredRows | None:
    """Rows for `POWER` that a one-sided test at `alpha` shows a mean to lie above a bound that the true one exceeds by `room`."""
    return _with_interval(noise, room, alpha, POWER)


@dataclass(frozen=True)
class Question:
    """What is to be settled: a difference shown, or equality within the margin, whichever the next experiment brings."""

    difference: float
    """The true one, at least 0."""
    margin: float
    alpha: float
    equal_row: float
    """Variance that a row adds to a test of equality."""
    equal_extra: float = 0.0
    """What rows added at the ends bring to it, as `Noise.extra`."""


def rows_to_settle(noise: Noise, asked: Question) -> RequiredRows | None:
    """Rows for a chance of `POWER` that either is shown: the difference by a two-sided test, or equality by Schuirmann's two, all at
    `alpha`; on average over what the variance may really be. None where no number of rows is enough, as with seeds that lie apart.

    The chance is that of a new experiment. Rows added to those there are need to be so many at least that the measured difference
    itself, were it to stay as it is, is decisive.
    """
    wide = math.exp(float(special.ndtri(0.975)) * noise.log_se)
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    vague = noise.log_se * nodes if noise.log_se > LEAST_LOG_SE else np.zeros(9)
    rows = [_least_rows(noise, asked, factors, weights) for factors in (np.full(9, 1 / wide), np.exp(vague), np.full(9, wide))]
    stays = _least_rows(noise, asked, np.ones(9), weights, luck=1e-9)
    middle = max(rows[1], stays)
    return RequiredRows(middle, min(rows[0], middle), max(rows[2], middle)) if all((*rows, stays)) else None


def _least_rows(noise: Noise, asked: Question, factors: Floats, weights: Floats, luck: float = 1.0) -> int:
    """The smallest number with that chance, by bisection; 0 where none has."""

    def settled(rows: float) -> bool:
        return float(weights @ _chance(noise, asked, rows, factors, luck)) >= POWER * float(weights.sum())

    if not noise.row > 0 or not settled(MOST_ROWS):
        return 0
    low, high = 2.0, float(MOST_ROWS)
    while high / low > 1.0005 and high - low > 0.5:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if settled(middle) else (middle, high)
    return math.ceil(high + float(special.ndtri(1 - asked.alpha / 2)) ** 2 / 2)


def _chance(noise: Noise, asked: Question, rows: float, factors: Floats, luck: float) -> Floats:
    """(variances,) that a mean beyond `shown`, or within ± `within`, is measured; for what the tests add see `_rows`. `luck`: how far, of
    what the error allows, the measured mean strays from the true one."""
    row, z = noise.row * factors, float(special.ndtri(1 - asked.alpha / 2))
    se, tested = np.sqrt(row / rows + noise.fixed), np.sqrt(row / rows + noise.fixed + noise.extra / rows**2)
    shown = z * np.sqrt(1 + noise.together * asked.difference**2 / row) * tested + noise.lost / rows
    equal = asked.equal_row * factors / rows + noise.fixed + asked.equal_extra / rows**2
    within = asked.margin - float(special.ndtri(1 - asked.alpha)) * np.sqrt(equal)
    better, inner, outer = (
        special.ndtr((end - asked.difference) / (luck * se)) for end in (shown, np.maximum(within, 0), -np.maximum(within, 0))
    )
    chance: Floats = np.where(within >= shown, 1 - outer, 1 - better + inner - outer)
    return chance


def detectable(rows: float, alpha: float, variance: float = TYPICAL_VARIANCE) -> float:
    """The smallest difference that so many rows find with `POWER`."""
    df = max(rows - 1, 1)
    return float(stats.t.ppf(1 - alpha / 2, df) + stats.t.ppf(POWER, df)) * math.sqrt(variance / rows)


def _with_interval(noise: Noise, difference: float, tail: float, power: float) -> RequiredRows | None:
    wide = math.exp(float(special.ndtri(0.975)) * noise.log_se)
    known = replace(noise, log_se=0.0)
    ends = [_rows(replace(known, row=noise.row * factor), difference, tail, power) for factor in (1 / wide, wide)]
    rows = _rows(noise, difference, tail, power)
    return RequiredRows(rows, min(ends[0], rows), max(ends[1], rows)) if rows and all(ends) else None


def _rows(noise: Noise, difference: float, tail: float, power: float) -> int:
    """The smallest number that is enough; 0 where none is. What rows at the ends add is taken as variance of a row, for the rows found."""
    plain = replace(noise, extra=0.0)
    rows = _rows_by_variance(plain, difference, tail, power)
    for _ in range(STEPS if noise.extra and rows else 0):
        before, rows = rows, _rows_by_variance(replace(plain, row=noise.row + noise.extra / rows), difference, tail, power)
        if rows in (before, 0):
            break
    return rows


def _rows_by_variance(noise: Noise, difference: float, tail: float, power: float) -> int:
    """The smallest number that is enough; 0 where none is.

    With n rows the standard error is √(σ²/n + fixed), and δ - lost/n has to be `needed` of these: a quadratic in 1/n. A variance known
    from few rows or clusters makes the needed quantile one of a non-central t (Julious and Owen 2006). A test by signs takes the mean
    itself for noise, so its limit is √(1 + together δ²/σ²) times as far off (for single rows Connor 1987), and McNemar's steps cost the
    continuity correction (Edwards 1948). What t adds in the new experiment: z²/2 rows (Guenther 1981).
    """
    if difference <= 0 or not noise.row > 0:
        return 0
    z = float(special.ndtri(1 - tail))
    limit = z * math.sqrt(1 + noise.together * difference**2 / noise.row)
    vague = noise.log_se > LEAST_LOG_SE
    needed = float(special.nctdtrit(2 / noise.log_se**2, limit, power)) if vague else limit + float(special.ndtri(power))
    left = difference**2 - needed**2 * noise.fixed
    if left <= 0:
        return 0
    linear = 2 * difference * noise.lost + needed**2 * noise.row
    rows = (linear + math.sqrt(linear**2 - 4 * noise.lost**2 * left)) / (2 * left)
    return max(2, math.ceil(rows + z**2 / 2)) if rows <= MOST_ROWS else 0
