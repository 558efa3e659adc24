"""How many rows a difference needs to be seen, and how small a one given rows can show. Knows nothing of arms or verdicts."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

from scipy import stats

POWER = 0.8
"""The chance with which a difference of the size asked for should be found."""
MOST_ROWS = 10**8
"""More than this is no answer."""
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


@dataclass(frozen=True)
class RequiredRows:
    """Rows needed in all, not further ones; the 95 % interval comes from the uncertainty of the variance."""

    rows: int
    low: int
    high: int


def rows_for_difference(noise: Noise, difference: float, alpha: float) -> RequiredRows | None:
    """Rows for `POWER` to find `difference` with a two-sided test at `alpha`: n = (t_α/2 + t_β)² σ² / δ².

    None where the seeds alone blur more than that: then more training runs are needed, not more rows.
    """
    return _with_interval(noise, difference, alpha / 2, POWER)


def rows_for_equivalence(noise: Noise, difference: float, margin: float, alpha: float) -> RequiredRows | None:
    """Rows for `POWER` to show that a true `difference` lies within ±`margin` (Schuirmann's two tests, each at `alpha`).

    With a difference near zero both sides can fail, so each gets half of what may be missed (Chow, Shao and Wang 2008, 3.2).
    """
    missed = (1 - POWER) / 2 if abs(difference) < margin / 4 else 1 - POWER
    return _with_interval(noise, margin - abs(difference), alpha, 1 - missed)


def detectable(rows: float, alpha: float, variance: float = TYPICAL_VARIANCE) -> float:
    """The smallest difference that so many rows find with `POWER`."""
    df = max(rows - 1, 1)
    return float(stats.t.ppf(1 - alpha / 2, df) + stats.t.ppf(POWER, df)) * math.sqrt(variance / rows)


def _with_interval(noise: Noise, difference: float, tail: float, power: float) -> RequiredRows | None:
    wide = math.exp(float(stats.norm.ppf(0.975)) * noise.log_se)
    found = [_rows(noise.row * factor, noise.fixed, difference, tail, power) for factor in (1, 1 / wide, wide)]
    return RequiredRows(*found) if all(found) else None


def _rows(variance: float, fixed: float, difference: float, tail: float, power: float) -> int:
    """The smallest number that is enough; 0 where none is."""

    def enough(rows: int) -> bool:
        quantiles = float(stats.t.ppf(1 - tail, rows - 1) + stats.t.ppf(power, rows - 1))
        return quantiles**2 * (variance / rows + fixed) <= difference**2

    if difference <= 0 or not enough(MOST_ROWS):
        return 0
    return 2 + bisect_left(range(2, MOST_ROWS), True, key=enough)
