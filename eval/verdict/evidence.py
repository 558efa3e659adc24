"""What was measured of the deciding metric: every arm, and every pair of arms on the rows both were measured on. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from eval.statistics.describe import Described, describe
from eval.statistics.grid import ABSENT, MISSING, Floats, Grid
from eval.statistics.intervals import OF_DIFFERENCES, intervals
from eval.statistics.means import FEW_UNITS, Sample, Spread, sample, shrink, spreads
from eval.statistics.paired import equivalence_margin, equivalence_p, mcnemar, sign_flips
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
    p: float
    test: str
    """`mcnemar`, `permutation`; `none` where the rows allow no test."""
    n: int
    """Rows on which both were measured."""
    ends: tuple[float, float]

    @property
    def noise(self) -> Noise:
        """As counts for the number of rows a new comparison needs. Where few clusters differ, a little is added as for intervals."""
        if self.spread.units < 2:
            return Noise(np.nan, np.nan)
        error = self.spread.se
        if self.spread.speaking < FEW_UNITS:
            error = shrink(replace(self.spread, worth=self.spread.rows), np.array(self.ends), OF_DIFFERENCES).se
        row = max(error**2 - self.spread.from_seeds, 0.0) * self.n
        return Noise(row, self.spread.log_se, self.spread.from_seeds, self.spread.together, lost=float(self.test == "mcnemar"))

    def equivalence_p(self, margin: float) -> float:
        return equivalence_p(self.spread, np.array(self.ends), margin)

    def equivalence_margin(self, alpha: float) -> float | None:
        return equivalence_margin(self.spread, np.array(self.ends), alpha)


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
    values = {arm: _row_means(grid.block(arm))[:, 0] for arm, one in arms.items() if one.n}
    names = list(combinations(values, 2))
    blocks, notes = [], []
    for a, b in names:
        block, note = difference(grid, a, b)
        blocks.append(block)
        notes += [note] if note else []
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
    return _pairs(filled, names, [difference(filled, *pair)[0] for pair in names], level) if names else ()


def difference(grid: Grid, a: str, b: str) -> tuple[Floats, str]:
    """(rows, seeds) of a - b, NaN where one of them was not measured, and what there is to say of the seeds.

    The same seeds: one column a seed. One arm with one seed (nothing was trained, or once): its value stands against every seed of the
    other. Else the seeds both have, and if there is none the means over seeds.
    """
    one, other, ours, theirs = grid.block(a), grid.block(b), grid.seeds_of(a), grid.seeds_of(b)
    if ours == theirs or 1 in (len(ours), len(theirs)):
        return one - other, ""
    if shared := [seed for seed in ours if seed in theirs]:
        pick = [ours.index(seed) for seed in shared], [theirs.index(seed) for seed in shared]
        return one[:, pick[0]] - other[:, pick[1]], f"{a} and {b} are compared on the seeds both have: {', '.join(map(str, shared))}."
    return _row_means(one) - _row_means(other), f"{a} and {b} share no seed: differences between training runs are averaged out."


def _row_means(block: Floats) -> Floats:
    counts = (~np.isnan(block)).sum(axis=1, keepdims=True)
    means: Floats = np.where(counts > 0, np.nansum(block, axis=1, keepdims=True) / np.maximum(counts, 1), np.nan)
    return means


def _pairs(grid: Grid, names: Sequence[tuple[str, str]], blocks: Sequence[Floats], level: float) -> tuple[Pair, ...]:
    low, high = grid.scale
    ends = (low - high, high - low)
    differences = sample(blocks, grid.clusters, [ends] * len(names))
    spread = spreads(differences)
    bounds = intervals(differences, spread, level, OF_DIFFERENCES)
    permuted = sign_flips(seed_means(differences))
    found = []
    for place, (a, b) in enumerate(names):
        p, test = _p(blocks[place], spread[place], float(permuted[place]), unit=ends == (-1.0, 1.0))
        n = int((~np.isnan(blocks[place])).any(axis=1).sum())
        found.append(Pair(a, b, spread[place], bounds[place].low, bounds[place].high, p, test, n, ends))
    return tuple(_turned(pair) for pair in found)


def seed_means(differences: Sample) -> Floats:
    """(clusters, quantities): each cluster's summed difference, the mean over seeds."""
    means = [differences.sums[:, differences.columns(quantity)].mean(axis=1) for quantity in range(differences.quantities)]
    return np.stack(means, axis=1)


def _p(block: Floats, spread: Spread, permuted: float, unit: bool) -> tuple[float, str]:
    """Right/wrong rows of one training run and without clusters: McNemar; else sign flips, and with several seeds the larger p of
    the two questions "does it hold over rows?" and "does it hold over training runs too?"."""
    if spread.units < 2:
        return 1.0, "none"
    rows = block[~np.isnan(block).any(axis=1)]
    if unit and spread.seeds == 1 and spread.units == len(rows) and np.isin(rows, (-1.0, 0.0, 1.0)).all():
        return mcnemar(int((rows > 0).sum()), int((rows < 0).sum())), "mcnemar"
    return (permuted if spread.seed_p is None else max(permuted, spread.seed_p)), "permutation"


def _turned(pair: Pair) -> Pair:
    """With the higher mean first."""
    return turned(pair) if pair.spread.mean < 0 else pair


def turned(pair: Pair) -> Pair:
    """The same differences seen from the other arm."""
    low, high = (None if end is None else -end for end in (pair.high, pair.low))
    return replace(pair, a=pair.b, b=pair.a, spread=replace(pair.spread, mean=-pair.spread.mean), low=low, high=high)
