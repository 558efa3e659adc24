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
from eval.statistics.means import OF_MEANS, Spread, over_seeds, sample, spreads
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
    Where some are shown to be better than a constant response, none of the others is taken.
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
    above = [arm for arm in judged.leaders if judged.floor.holds(arm)] or judged.leaders
    ranked = sorted(above, key=lambda arm: found[arm].loss)
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
    apart = spreads(sample([grid.block(arm) for arm in arms], grid.clusters, [(-np.inf, np.inf)] * len(arms)), OF_MEANS)
    unseen = UNSEEN * (reach(grid.values)[1] or 1.0) ** 2 / (rows + 2 * UNSEEN) ** 2
    df = satterthwaite_df(sizes)
    variances = np.array([one.row_variance / one.worth for one in apart])
    covariance = _steadied(residual.T @ residual, variances, df) + np.diag(unseen + _of_seeds(apart))
    return Measured(means, covariance, df, float(np.sqrt(values[shared].var(axis=0).mean())))


def _of_seeds(apart: Sequence[Spread]) -> Floats:
    """(K,) variance that training seeds add to each mean: that of all trained arms together, as one arm's two or three runs say little."""
    trained = np.array([one.by_seeds[1] for one in apart])
    pooled = sum(one.by_seeds[0] * one.seeds * one.by_seeds[1] for one in apart) / max(trained.sum(), 1)
    return np.array([pooled / one.seeds if one.seeds > 1 else 0.0 for one in apart])


def _steadied(covariance: Floats, variances: Floats, df: float) -> Floats:
    """Correlations of the clusters' sums, drawn towards their mean by as much of their scatter as chance explains (Schäfer and
    Strimmer 2005, target F), with `variances`, which have learnt from all arms how alike rows of a cluster are. As measured, a covariance
    of seven arms in sixteen clusters finds certainty in what is chance."""
    count, sd = len(covariance), np.sqrt(np.diag(covariance))
    scale = np.outer(sd, sd)
    correlations = np.divide(covariance, scale, out=np.eye(count), where=scale > 0)
    pairs = correlations[np.triu_indices(count, 1)]
    scatter, chance = float(((pairs - pairs.mean()) ** 2).sum()), float(((1 - pairs**2) ** 2).sum()) / df
    share = min(chance / scatter, 1.0) if scatter > 0 else 1.0
    target = np.where(np.eye(count) > 0, 1.0, pairs.mean())
    steadied: Floats = np.outer(np.sqrt(variances), np.sqrt(variances)) * ((1 - share) * correlations + share * target)
    return steadied


def posterior(measured: Measured, draws: int = DRAWS) -> Floats:
    """(draws, K) true means. The covariance is known from few clusters: each draw's deviations are as wide as t has them."""
    rng, count = np.random.default_rng(0), len(measured.means)
    scatters = SCATTERS * TYPICAL_SCATTER * max(measured.row_sd, float(np.sqrt(np.diag(measured.covariance).mean())))
    steps = np.gradient(SCATTERS) / (1 + SCATTERS**2)
    fits = _given(measured, scatters)
    weight = steps * np.exp(fits.log_likelihood - fits.log_likelihood.max())
    chosen = rng.multinomial(draws, weight / weight.sum())
    wide = np.sqrt(measured.df / rng.chisquare(measured.df, size=(draws, 1)))
    noise = rng.standard_normal((draws, count))
    ends = np.cumsum(chosen)
    for root, end, size in zip(fits.roots, ends, chosen, strict=True):
        noise[end - size : end] = noise[end - size : end] @ root.T
    return np.repeat(fits.means, chosen, axis=0) + wide * noise


@dataclass(frozen=True)
class _Fits:
    """The posterior for each scatter of the true means."""

    log_likelihood: Floats
    """(scatters,)"""
    means: Floats
    """(scatters, K)"""
    roots: Floats
    """(scatters, K, K) square roots of the covariances."""


def _given(measured: Measured, scatters: Floats) -> _Fits:
    """Means with a flat prior on their centre, which is integrated out. t's likelihood (Kotz and Nadarajah 2004), as the covariance is
    known from `df` clusters only: the normal's takes an error that happens to be measured too small for scatter of the arms."""
    count, square = len(measured.means), scatters[:, None, None] ** 2
    total = measured.covariance + square * np.eye(count)
    precision = np.linalg.inv(total)
    ones = precision.sum(axis=2)
    centre = ones @ measured.means / ones.sum(axis=1)
    off = measured.means - centre[:, None]
    distance = np.einsum("si,sij,sj->s", off, precision, off)
    log_likelihood = -0.5 * (np.linalg.slogdet(total)[1] + np.log(ones.sum(axis=1)))
    log_likelihood -= (measured.df + count - 1) / 2 * np.log1p(distance / measured.df)
    pulled = 1 - scatters[:, None] ** 2 * ones
    means = centre[:, None] + scatters[:, None] ** 2 * np.einsum("sij,sj->si", precision, off)
    covariance = square * np.eye(count) - square**2 * precision
    covariance += pulled[:, :, None] * pulled[:, None, :] / ones.sum(axis=1)[:, None, None]
    values, vectors = np.linalg.eigh((covariance + covariance.transpose(0, 2, 1)) / 2)
    return _Fits(log_likelihood, means, vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :])
