"""Agreement of two raters on the same items: Cohen's κ, AUROC, and their intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
DRAWS = 2_000


@dataclass(frozen=True)
class Measure:
    """An estimate and its 95 % interval by resampling answers; None where the labels do not allow one."""

    value: float | None
    low: float | None
    high: float | None


def cohen_kappa(one: Sequence[object], other: Sequence[object]) -> float | None:
    """Agreement beyond chance of two raters over any labels; None where chance alone would agree always (Cohen 1960)."""
    labels = sorted({*one, *other}, key=str)
    table = np.zeros((len(labels), len(labels)))
    for a, b in zip(one, other, strict=True):
        table[labels.index(a), labels.index(b)] += 1
    if not (total := table.sum()):
        return None
    expected = float(table.sum(axis=0) @ table.sum(axis=1)) / total**2
    return None if expected >= 1 else float((np.trace(table) / total - expected) / (1 - expected))


def auroc(scores: Sequence[float], human: Sequence[bool]) -> float | None:
    """How often a right answer scores above a wrong one, ties counting half; None without both kinds."""
    value = float(aurocs(np.array([[scores, human]], dtype=float))[0])
    return None if np.isnan(value) else value


def kappas(pairs: Floats) -> Floats:
    """(draws, 2, n) of 0 and 1 → (draws,) κ, NaN where chance alone agrees always."""
    one, other = pairs[:, 0], pairs[:, 1]
    agree = (one == other).mean(axis=1)
    chance = one.mean(axis=1) * other.mean(axis=1) + (1 - one.mean(axis=1)) * (1 - other.mean(axis=1))
    found: Floats = np.divide(agree - chance, 1 - chance, out=np.full(len(pairs), np.nan), where=chance < 1)
    return found


def aurocs(pairs: Floats) -> Floats:
    """(draws, 2, n) of score and 0/1 → (draws,) AUROC, NaN without both kinds."""
    ranks = stats.rankdata(pairs[:, 0], axis=1)
    right = pairs[:, 1].sum(axis=1)
    wrong = pairs.shape[2] - right
    above = (ranks * pairs[:, 1]).sum(axis=1) - right * (right + 1) / 2
    found: Floats = np.divide(above, right * wrong, out=np.full(len(pairs), np.nan), where=(right > 0) & (wrong > 0))
    return found


def resampled(columns: Floats, measure: Callable[[Floats], Floats]) -> Measure:
    """`measure` of (k, n) columns, and its percentile interval over answers drawn with replacement (Efron 1979)."""
    value = float(measure(columns[None])[0])
    n = columns.shape[1]
    drawn = np.random.default_rng(0).integers(n, size=(DRAWS, n))
    found = measure(columns[:, drawn].transpose(1, 0, 2))
    found = found[~np.isnan(found)]
    if np.isnan(value) or len(found) < DRAWS / 2:
        return Measure(None, None, None)
    low, high = np.quantile(found, [0.025, 0.975])
    return Measure(value, min(float(low), value), max(float(high), value))
