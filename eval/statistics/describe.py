"""Each arm's mean of each metric with its interval, coverage and bounds. Compares nothing and decides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.statistics.grid import ABSENT, INAPPLICABLE, MEASURED, MISSING, Floats, Grid
from eval.statistics.intervals import NO_INTERVAL, Interval, mean_intervals
from eval.statistics.means import OF_MEANS, sample, spreads

ABSENT_REASON = "no score for this row"


@dataclass(frozen=True)
class Described:
    """One arm and metric."""

    arm: str
    metric: str
    mean: float | None
    """Over the measured rows alone; None where there are none."""
    low: float | None
    high: float | None
    n: int
    """Rows measured with at least one seed."""
    coverage: float | None
    """Measured of those that could be measured, over rows and seeds; None where the metric does not apply to the arm."""
    missing: dict[str, int]
    """Reason → how many."""
    not_applicable: int
    """Rows x seeds for which there can be no value."""
    worst: float | None
    """The mean if every missing value were the least there can be; None where the metric's scale is not known."""
    best: float | None
    """The mean if every missing value were the highest there can be."""
    seeds: tuple[int, ...]


def describe(grids: Sequence[Grid], level: float, diagnostic: Sequence[str] = (), bounded: bool = True) -> list[Described]:
    """Every arm of every grid, with its interval where `bounded`. Rows that an arm of `diagnostic` was never asked
    do not count as missing."""
    return [one for grid in grids for one in _of_metric(grid, level, diagnostic, bounded)]


def _of_metric(grid: Grid, level: float, diagnostic: Sequence[str], bounded: bool) -> list[Described]:
    arms = [arm for arm in grid.arms if grid.seeds_of(arm)]
    if not arms:
        return []
    together = sample([grid.block(arm) for arm in arms], grid.clusters, [grid.scale] * len(arms))
    found: list[Interval] = mean_intervals(spreads(together, OF_MEANS), level) if bounded else [NO_INTERVAL] * len(arms)
    return [
        _described(grid, arm, (interval.low, interval.high), counts_absent=arm not in diagnostic)
        for arm, interval in zip(arms, found, strict=True)
    ]


def reach(values: Floats) -> tuple[float, float]:
    """How far the difference of two arms can go on a row, as far as it is known: right and wrong, to the ends; graded scores, as far apart
    as any two of these arms' scores are. A score of 1 that one arm has another may have on a row not seen."""
    known = values[~np.isnan(values)]
    if right_and_wrong(known) or not len(known):
        return (-1.0, 1.0)
    span = float(known.max() - known.min())
    return (-span, span)


def right_and_wrong(values: Floats) -> bool:
    """Whether all scores are 0 or 1; NaN is no score."""
    return bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all())


def _reasons(grid: Grid, arm: str) -> list[str]:
    return [str(one) for one in grid.reasons.loc[grid.reasons["arm"] == arm, "reason"] if not str(one).startswith("not applicable")]


def _described(grid: Grid, arm: str, bounds: tuple[float | None, float | None], counts_absent: bool) -> Described:
    block, seeds = grid.block(arm), grid.seeds_of(arm)
    state = grid.state[:, grid.arm(arm), :][:, [grid.seeds.index(seed) for seed in seeds]]
    measured, absent = int((state == MEASURED).sum()), int((state == ABSENT).sum()) if counts_absent else 0
    missing = Counter(_reasons(grid, arm) if (state == MISSING).any() else ())
    reasons = {str(reason): int(count) for reason, count in missing.most_common()} | ({ABSENT_REASON: absent} if absent else {})
    lost = int((state == MISSING).sum()) + absent
    counts = (~np.isnan(block)).sum(axis=0)
    mean = float(np.mean(np.nansum(block, axis=0)[counts > 0] / counts[counts > 0])) if measured else None
    (low, high), all_of_them = grid.scale, measured + lost
    known = np.isfinite(low) and all_of_them > 0
    total = float(np.nansum(block))
    return Described(
        arm=arm, metric=grid.metric, mean=mean, low=bounds[0], high=bounds[1],
        n=int((state == MEASURED).any(axis=1).sum()),
        coverage=measured / all_of_them if all_of_them else None,
        missing=reasons, not_applicable=int((state == INAPPLICABLE).sum()),
        worst=(total + lost * low) / all_of_them if known else None,
        best=(total + lost * high) / all_of_them if known else None,
        seeds=seeds,
    )  # fmt: skip
