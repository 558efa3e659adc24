"""What was measured of the deciding metric: every arm, and every pair of arms on the rows both were measured on. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from eval.statistics.describe import Described, describe, reach, right_and_wrong
from eval.statistics.grid import ABSENT, MISSING, Floats, Grid
from eval.statistics.intervals import difference_interval
from eval.statistics.means import FEW_UNITS, Sample, Spread, over_seeds, sample, shrink, spreads
from eval.statistics.paired import (
    OF_EQUIVALENCE,
    OF_GRADED,
    OF_RIGHT_AND_WRONG,
    alike,
    equivalence_margin,
    equivalence_p,
    mcnemar,
    sign_flips,
    t_test,
    unseen_variance,
)
from eval.statistics.power import Noise
from eval.verdict.rules import Rules


@dataclass(frozen=True)
class Pair:
    """Two arms, row by row: `a` has the higher mean."""

    a: str
    b: str
    spread: Spread
    """Of the differences a - b."""
    low: float | None
    high: float | None
    """Excludes zero if and only if `p` is below the level."""
    p: float
    """Two tests must agree: the larger p of the test named in `test`, and of a cluster-robust t; of this pair alone."""
    test: str
    """`mcnemar`, `permutation`; `none` where the rows allow no test."""
    n: int
    """Rows on which both were measured."""
    ends: tuple[float, float]
    """Of the scale; infinite where it is not known."""
    reach: tuple[float, float] = (-1.0, 1.0)
    """How far the two can be apart on a row, by all scores of the metric: see `describe.reach`."""
    whole: bool = True
    """Whether rows are right or wrong."""

    @property
    def noise(self) -> Noise:
        """As counts for the number of rows a new comparison needs. Where few clusters differ, a little is added as for intervals."""
        if self.spread.units < 2:
            return Noise(np.nan, np.nan)
        few = self.spread.speaking < FEW_UNITS
        error = shrink(self.spread, self.reach, OF_RIGHT_AND_WRONG).se if few else self.spread.se
        row = max(error**2 - self.spread.from_seeds, 0.0) * self.n
        lost, extra = float(self.test == "mcnemar"), 0.0 if few else self._extra(self.reach, OF_GRADED)
        return Noise(row, self.spread.log_se, self.spread.from_seeds, self.spread.together, lost, extra)

    @property
    def equivalence_extra(self) -> float:
        """What a test of equality adds at the ends, as `Noise.extra`."""
        return self._extra(self.furthest, OF_EQUIVALENCE)

    def _extra(self, ends: tuple[float, float], weight: float) -> float:
        """Of graded scores; for right and wrong their own variance is much larger."""
        if self.whole or not np.isfinite(ends[0] + ends[1]):
            return 0.0
        return float(weight * (ends[0] ** 2 + ends[1] ** 2) * (self.spread.rows / self.spread.worth) ** 2)

    def equivalence_noise(self, margin: float) -> Noise:
        """The same for a test of equality, which takes the variance that a difference of the margin would have."""
        mean, noise = abs(self.spread.mean), self.noise
        unseen = unseen_variance(margin - mean, mean) if self.whole and margin > mean else 0.0
        return replace(noise, row=noise.row + unseen * self.spread.rows / self.spread.worth)

    @property
    def furthest(self) -> tuple[float, float]:
        """How far the two could be apart on a row: by the scale, and where it has no ends by `reach`. Equality speaks of rows not seen."""
        return self.ends if np.isfinite(self.ends[1]) else self.reach

    @property
    def alike(self) -> bool:
        """No row differs."""
        return alike(self.spread, self.furthest)

    def equivalence_p(self, margin: float) -> float:
        return equivalence_p(self.spread, self.furthest, margin, self.whole)

    def equivalence_margin(self, alpha: float) -> float | None:
        return equivalence_margin(self.spread, self.furthest, alpha, self.whole)


@dataclass(frozen=True)
class Evidence:
    metric: str
    level: float
    """Of the intervals."""
    arms: dict[str, Described]
    pairs: tuple[Pair, ...]
    values: dict[str, Floats]
    """(rows,) of every measured arm: the mean over seeds, NaN where there is none."""
    notes: tuple[str, ...] = ()
    right: Evidence | None = None
    """The same arms by right answers, where another metric decides."""
    at_worst: Mapping[str, tuple[Pair, ...]] = field(default_factory=dict)
    """Of every arm with missing values its pairs, were those values the least there can be."""

    def ranked(self, arms: Sequence[str]) -> list[str]:
        """Best first, on the rows all of these share, so that none leads because its hard rows are missing; else on its own."""
        shared = ~np.isnan(np.stack([self.values[arm] for arm in arms])).any(axis=0) if arms else np.zeros(0, dtype=bool)
        means = {arm: float(np.nanmean(self.values[arm][shared] if shared.any() else self.values[arm])) for arm in arms}
        return sorted(arms, key=lambda arm: means[arm], reverse=True)

    def pair(self, one: str, other: str) -> Pair:
        return next(pair for pair in self.pairs if {pair.a, pair.b} == {one, other})

    def minus(self, one: str, other: str) -> Pair | None:
        """The pair as `one` - `other`, whichever is higher; None where one of them was not measured."""
        if one not in self.values or other not in self.values:
            return None
        pair = self.pair(one, other)
        return pair if pair.a == one else turned(pair)


@dataclass(frozen=True)
class Laid:
    """The scores that a verdict goes by, as arrays."""

    deciding: Grid
    right: Grid | None
    """Right answers, where another metric decides."""

    def gathered(self, rules: Rules, bounded: bool = True) -> Evidence:
        """The evidence on these rows, that of right answers beside it."""
        level = 1 - rules.alpha
        right = gather(self.right, level, rules.barred, bounded=False) if self.right else None
        return replace(gather(self.deciding, level, rules.barred, bounded), right=right)

    def cut(self, part: Callable[[Grid], Grid]) -> Laid:
        """The same part of both."""
        return Laid(part(self.deciding), part(self.right) if self.right else None)


def gather(grid: Grid, level: float, diagnostic: Sequence[str] = (), bounded: bool = True) -> Evidence:
    """All arms and pairs of this grid. `bounded`: with intervals of the arms' own means, which are told and decide nothing."""
    arms = {one.arm: one for one in describe([grid], level, diagnostic, bounded)}
    values = {arm: over_seeds(grid.block(arm)) for arm, one in arms.items() if one.n}
    names = list(combinations(values, 2))
    blocks, notes = [], []
    for a, b in names:
        found = difference(grid, a, b)
        blocks.append(found)
        notes += [found.note] if found.note else []
    pairs = _pairs(grid, names, blocks, level) if names else ()
    worst = {arm: _at_worst(grid, arm, level) for arm in values if arms[arm].missing} if np.isfinite(grid.scale[0]) else {}
    return Evidence(grid.metric, level, arms, pairs, values, tuple(notes), at_worst=worst)


def _at_worst(grid: Grid, arm: str, level: float) -> tuple[Pair, ...]:
    """This arm's pairs with a value of the least for every row, seed and arm where one is missing; rows it was never asked included."""
    place, seeds = grid.arm(arm), [grid.seeds.index(seed) for seed in grid.seeds_of(arm)]
    values = grid.values.copy()
    for seed in seeds:
        lost = np.isin(grid.state[:, place, seed], (MISSING, ABSENT))
        values[lost, place, seed] = grid.scale[0]
    filled = replace(grid, values=values, ends=grid.scale)
    names = [(arm, other) for other in grid.arms if other != arm and not np.isnan(grid.block(other)).all()]
    return _pairs(filled, names, [difference(filled, *pair) for pair in names], level) if names else ()


class Difference(NamedTuple):
    """Of two arms, row by row."""

    block: Floats
    """(rows, seeds) NaN where one of them was not measured."""
    runs: tuple[Floats, Floats]
    """(rows, seeds) of both arms, NaN there too: the trainings that went into it."""
    note: str = ""
    """What there is to say of the seeds."""


def difference(grid: Grid, a: str, b: str) -> Difference:
    """a - b. The same seeds: one column a seed. One arm with one seed (nothing was trained, or once): its value stands against every seed
    of the other. Else the seeds both have, and if there is none the means over seeds.
    """
    one, other, ours, theirs = grid.block(a), grid.block(b), grid.seeds_of(a), grid.seeds_of(b)
    if ours == theirs or 1 in (len(ours), len(theirs)):
        return _of_both(one - other, one, other)
    if shared := [seed for seed in ours if seed in theirs]:
        one, other = one[:, [ours.index(seed) for seed in shared]], other[:, [theirs.index(seed) for seed in shared]]
        return _of_both(one - other, one, other, f"{a} and {b} are compared on the seeds both have: {', '.join(map(str, shared))}.")
    note = f"{a} and {b} share no seed: their training runs are averaged."
    return _of_both((over_seeds(one) - over_seeds(other))[:, None], one, other, note)


def _of_both(block: Floats, one: Floats, other: Floats, note: str = "") -> Difference:
    nowhere = np.isnan(block).all(axis=1, keepdims=True)
    return Difference(block, (np.where(nowhere, np.nan, one), np.where(nowhere, np.nan, other)), note)


def _pairs(grid: Grid, names: Sequence[tuple[str, str]], apart: Sequence[Difference], level: float) -> tuple[Pair, ...]:
    low, high = grid.scale
    ends, far = (low - high, high - low), reach(grid.values)
    differences = sample([one.block for one in apart], grid.clusters, [ends] * len(names), [one.runs for one in apart])
    whole = right_and_wrong(grid.values)
    weight = OF_RIGHT_AND_WRONG if whole else OF_GRADED
    found, told = [], list(spreads(differences))
    counted = [_right_or_wrong(one.block, spread, ends == (-1.0, 1.0)) for one, spread in zip(apart, told, strict=True)]
    flipped = [place for place, rows in enumerate(counted) if rows is None and told[place].units >= 2]
    permuted = dict(zip(flipped, sign_flips(seed_means(differences)[:, flipped]), strict=True))
    for place, spread in enumerate(told):
        block, shrunk = apart[place].block, shrink(spread, far, weight)
        p_rows, test = _p(counted[place], spread, permuted.get(place))
        interval = difference_interval(spread, shrunk, level, p_rows)
        n = int((~np.isnan(block)).any(axis=1).sum())
        p = max(p_rows, t_test(spread, shrunk))
        found.append(Pair(*names[place], spread, interval.low, interval.high, p, test, n, ends, far, whole))
    return tuple(_turned(pair) for pair in found)


def seed_means(differences: Sample) -> Floats:
    """(clusters, quantities): each cluster's summed difference, the mean over seeds."""
    means = [differences.sums[:, differences.columns(quantity)].mean(axis=1) for quantity in range(differences.quantities)]
    return np.stack(means, axis=1)


def _right_or_wrong(block: Floats, spread: Spread, unit: bool) -> Floats | None:
    """The rows that McNemar's test counts: right or wrong, of one training run, without clusters; None where they are others."""
    rows = block[~np.isnan(block).any(axis=1)]
    counts = unit and spread.seeds == 1 and spread.units == len(rows) and np.isin(rows, (-1.0, 0.0, 1.0)).all()
    return rows if counts and spread.units >= 2 else None


def _p(counted: Floats | None, spread: Spread, permuted: float | None) -> tuple[float, str]:
    """By the rows alone: McNemar where rows are counted, else sign flips."""
    if counted is not None:
        return mcnemar(int((counted > 0).sum()), int((counted < 0).sum())), "mcnemar"
    return (1.0, "none") if permuted is None else (float(permuted), "permutation")


def _turned(pair: Pair) -> Pair:
    """With the higher mean first."""
    return turned(pair) if pair.spread.mean < 0 else pair


def turned(pair: Pair) -> Pair:
    """The same differences seen from the other arm."""
    low, high = (None if end is None else -end for end in (pair.high, pair.low))
    return replace(pair, a=pair.b, b=pair.a, spread=replace(pair.spread, mean=-pair.spread.mean), low=low, high=high)
