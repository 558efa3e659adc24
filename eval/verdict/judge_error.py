"""A judge's error in one arm, and whether a judged difference stands once the errors of both arms are taken off. Asks no judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from eval.verdict.evidence import Pair

FEWEST = 10
"""Labels of an arm below which its judge's error is not known well enough for any difference."""


@dataclass(frozen=True)
class JudgeError:
    """People minus judge in one arm, on the answers that people labelled."""

    shift: float
    """Mean error; below 0: the judge is lenient."""
    se: float
    labels: int


@dataclass(frozen=True)
class Freed:
    """A judged difference, one arm minus another, freed of the judge's errors."""

    mean: float
    low: float
    high: float
    labels: int
    """Of the arm that has fewer."""


def freed(pair: Pair, errors: Mapping[str, JudgeError], level: float) -> Freed | None:
    """Prediction-powered inference for a difference (Angelopoulos et al. 2023): the judged difference plus the difference in mean error.

    The three parts are taken as independent, and the quantile is t's by the smaller number of labels. None with too few labels.
    """
    one, other = errors.get(pair.a), errors.get(pair.b)
    if one is None or other is None or min(one.labels, other.labels) < FEWEST:
        return None
    labels = min(one.labels, other.labels)
    mean = pair.spread.mean + one.shift - other.shift
    half = float(stats.t.ppf((1 + level) / 2, labels - 1)) * float(np.sqrt(pair.spread.se**2 + one.se**2 + other.se**2))
    return Freed(mean, mean - half, mean + half, labels)
