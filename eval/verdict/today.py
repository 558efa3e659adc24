"""If it has to be decided today: each candidate's chance of being the best, and what choosing it is expected to lose. Numbers alone.

A hierarchical normal model (Gelman et al., Bayesian Data Analysis, 5.4): the measured means scatter about the true ones as clusters and
seeds say, and the true ones about each other by an amount that is learnt too. Without the second part the arm that looks best would look
too good: the more arms, and the fewer rows, the more of its lead is luck.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.statistics.cluster_robust import leverage, satterthwaite_df
from eval.statistics.describe import reach
from eval.statistics.grid import Floats, Grid, sum_by_cluster
from eval.statistics.means import over_seeds, sample, spreads
from eval.verdict.choice import Means, best
from eval.verdict.judgement import Judgement
from eval.verdict.rules import Rules

DRAWS = 20_000
TYPICAL_SCATTER = 0.15
"""How far arms' true means lie apart before anything is seen, in standard deviations of a single row: the scale of a half-Cauchy prior
(Gelman 2006). Of right and wrong answers near one half: 7.5 points."""
SCATTERS = np.geomspace(0.01, 20.0, 40)
"""Of which the posterior is worked out, in multiples of the typical one."""
UNSEEN = 0.5
"""Rows added at each end of what rows reach, so that arms that agree on every row are not told apart for certain either."""


@dataclass(frozen=True)
class Chance:
    best: float
    """That this arm's true mean is the highest of the candidates'."""
    loss: float
    """How far its true mean is expected to lie below the highest, in the metric's units."""


@dataclass(frozen=True)
class Today:
    arm: str
    chances: dict[str, Chance]
    """Of every candidate."""


def today(judged: Judgement, grid: Grid, rules: Rules, means: Means) -> Today | None:
    """What to take if it has to be today; None where a finding blocks the verdict or nothing can be said.

    A winner or the choice among equals stays what it is. Else of the arms not shown to be worse: those that are expected to lose no more
    than the margin against the best of them, and of these the one that the team's weights or the costs prefer; without both the likeliest.
    """
    if judged.verdict == "blocked":
        return None
    if judged.verdict == "none" or judged.withheld == "contradiction":
        return None  # nothing is good enough to be taken, or this metric is not what to take it by
    if len(judged.candidates) == 1:
        return Today(judged.candidates[0], {judged.candidates[0]: Chance(1.0, 0.0)})
    found = chances(grid, judged.candidates)
    if not found:
        return None
    if judged.arm is not None:
        return Today(judged.arm, found)
    ranked = sorted(judged.leaders, key=lambda arm: found[arm].loss)
    least = found[ranked[0]].loss
    return Today(best(rules, [arm for arm in ranked if found[arm].loss - least <= rules.margin], means)[0], found)


@dataclass(frozen=True)
class Measured:
    """What the model goes by; K arms."""

    means: Floats
    """(K,)"""
    covariance: Floats
    """(K, K) of these means."""
    df: float
    row_sd: float
    """Of a single row, on average over arms."""


def chances(grid: Grid, arms: Sequence[str]) -> dict[str, Chance]:
    """Of the arms, on the rows all of them share. Empty where they share none, or all of one cluster. The same input gives the same."""
    measured = _measured(grid, arms)
    if measured is None:
        return {}
    draws = posterior(measured)
    below = draws.max(axis=1, keepdims=True) - draws
    first = np.bincount(draws.argmax(axis=1), minlength=len(arms)) / len(draws)
    return {arm: Chance(float(first[place]), float(below[:, place].mean())) for place, arm in enumerate(arms)}


def _measured(grid: Grid, arms: Sequence[str]) -> Measured | None:
    values = np.stack([over_seeds(grid.block(arm)) for arm in arms], axis=1)
    shared = ~np.isnan(values).any(axis=1)
    clusters = np.unique(grid.clusters[shared], return_inverse=True)[1] if shared.any() else np.zeros(0, dtype=np.int64)
    count = int(clusters.max()) + 1 if len(clusters) else 0
    if count < 2:
        return None
    sums, sizes = sum_by_cluster(values[shared], clusters, count), np.bincount(clusters).astype(np.float64)
    means, rows = sums.sum(axis=0) / sizes.sum(), float(sizes.sum())
    residual = (sums - sizes[:, None] * means) * leverage(sizes)[:, None] / rows
    apart = spreads(sample([grid.block(arm) for arm in arms], grid.clusters, [(-np.inf, np.inf)] * len(arms)))
    unseen = UNSEEN * (reach(grid.values)[1] or 1.0) ** 2 / (rows + 2 * UNSEEN) ** 2
    df = satterthwaite_df(sizes)
    covariance = _steadied(residual.T @ residual, df) + np.diag([one.from_seeds + unseen for one in apart])
    return Measured(means, covariance, df, float(np.sqrt(values[shared].var(axis=0).mean())))


def _steadied(covariance: Floats, df: float) -> Floats:
    """Correlations drawn towards their mean (Schäfer and Strimmer 2005, target F), the more so the more arms and the fewer clusters: the
    inverse of a covariance of seven arms from sixteen clusters finds certainty in what is chance."""
    count, sd = len(covariance), np.sqrt(np.diag(covariance))
    scale = np.outer(sd, sd)
    correlations = np.divide(covariance, scale, out=np.eye(count), where=scale > 0)
    mean = (correlations.sum() - np.trace(correlations)) / max(count * (count - 1), 1)
    target = np.where(np.eye(count) > 0, 1.0, mean)
    share = count / (count + df)
    steadied: Floats = scale * ((1 - share) * correlations + share * target)
    return steadied


def posterior(measured: Measured, draws: int = DRAWS) -> Floats:
    """(draws, K) true means. The covariance is known from few clusters: each draw's deviations are as wide as t has them."""
    rng, count = np.random.default_rng(0), len(measured.means)
    scatters = SCATTERS * TYPICAL_SCATTER * max(measured.row_sd, float(np.sqrt(np.diag(measured.covariance).mean())))
    steps = np.gradient(SCATTERS) / (1 + SCATTERS**2)
    fits = [_given(measured, scatter) for scatter in scatters]
    weight = steps * np.exp([fit.log_likelihood - max(one.log_likelihood for one in fits) for fit in fits])
    chosen = rng.multinomial(draws, weight / weight.sum())
    wide = np.sqrt(measured.df / rng.chisquare(measured.df, size=(draws, 1)))
    centre = np.repeat([fit.mean for fit in fits], chosen, axis=0)
    noise = rng.standard_normal((draws, count))
    ends = np.cumsum(chosen)
    for fit, end, size in zip(fits, ends, chosen, strict=True):
        noise[end - size : end] = noise[end - size : end] @ fit.root.T
    return centre + wide * noise


@dataclass(frozen=True)
class _Fit:
    """The posterior for one scatter of the true means."""

    log_likelihood: float
    mean: Floats
    root: Floats
    """(K, K) a square root of the covariance."""


def _given(measured: Measured, scatter: float) -> _Fit:
    """Normal means with a flat prior on their centre, which is integrated out."""
    count = len(measured.means)
    total = measured.covariance + scatter**2 * np.eye(count)
    precision = np.linalg.inv(total)
    ones = precision.sum(axis=1)
    centre = float(ones @ measured.means / ones.sum())
    off = measured.means - centre
    log_likelihood = -0.5 * float(np.linalg.slogdet(total)[1] + np.log(ones.sum()) + off @ precision @ off)
    share = scatter**2 * precision
    pulled = np.eye(count).sum(axis=1) - scatter**2 * ones
    covariance = scatter**2 * np.eye(count) - scatter**2 * share + np.outer(pulled, pulled) / ones.sum()
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return _Fit(log_likelihood, centre + share @ off, vectors * np.sqrt(np.maximum(values, 0.0)))
