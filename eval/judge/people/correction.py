"""What a judge's means are worth once its errors are known: corrected by people's labels. Asks no judge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from eval.judge.people.calibration import Labelled

ARM_LABELS = 10
"""An arm's mean is corrected from this many labels on."""


@dataclass(frozen=True)
class Corrected:
    """One arm's mean, freed of the judge's error as far as labels tell."""

    arm: str
    judged: float
    """As the judge has it."""
    mean: float
    low: float
    high: float
    n: int
    labels: int


def corrected_mean(arm: str, scores: Sequence[float], labelled: Sequence[Labelled], level: float = 0.95) -> Corrected | None:
    """Prediction-powered inference for a mean: the judge's mean over all answers plus the mean error on the labelled ones.

    Angelopoulos et al. 2023 ("Prediction-powered inference", Science 382, section "mean estimation"). Two deviations: labelled answers
    are weighted by how many they stand for, since they are drawn by strata; and quantiles are those of t, since they are few. None
    below `ARM_LABELS` labels.
    """
    if len(labelled) < ARM_LABELS or not scores:
        return None
    judged, everyone = np.array([one.score for one in labelled]), np.array(scores, dtype=float)
    error = np.array([one.human for one in labelled], dtype=float) - judged
    weight = np.array([one.weight for one in labelled], dtype=float)
    weight = weight / weight.sum()
    shift = float(weight @ error)
    n = len(labelled)
    of_errors = float(weight**2 @ (error - shift) ** 2) * n / (n - 1)
    of_scores = float(everyone.var(ddof=1)) / len(everyone) if len(everyone) > 1 else 0.0
    half = float(stats.t.ppf((1 + level) / 2, n - 1)) * float(np.sqrt(of_errors + of_scores))
    mean = float(np.clip(everyone.mean() + shift, 0.0, 1.0))
    low, high = max(0.0, everyone.mean() + shift - half), min(1.0, everyone.mean() + shift + half)
    return Corrected(arm, float(everyone.mean()), mean, min(low, mean), max(high, mean), len(everyone), n)


def shared_base(judge: str, base: str) -> str:
    """A warning where judge and arms seem to be the same model, which then judges its own kind; else empty."""
    if not _family(judge) or _family(judge) != _family(base):
        return ""
    return f"The judge ({judge}) and the arms ({base}) share a base model: it may prefer what it would have said itself."


_FORM = re.compile(r"[-_.:](q\d\w*|iq\d\w*|fp16|bf16|f16|int[48]|gguf|awq|gptq|mlx)(?=$|[-_.:])")
_DRESS = {"instruct", "chat", "it", "hf", "latest", ""}


def _family(name: str) -> tuple[str, ...]:
    """The words of a model's name without its maker, quantisation, file type and tuning."""
    bare = name.lower().rsplit("/", maxsplit=1)[-1]
    while (shorter := _FORM.sub("", bare)) != bare:
        bare = shorter
    return tuple(word for word in re.split(r"[-_.:]", bare) if word not in _DRESS)
