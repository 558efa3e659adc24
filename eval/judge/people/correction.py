"""What a judge's means are worth once its errors are known: corrected by people's labels. Asks no judge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from eval.judge.people.calibration import Labelled
from eval.verdict.judge_error import JudgeError

ARM_LABELS = 30
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


def judge_error(labelled: Sequence[Labelled]) -> JudgeError | None:
    """People minus judge on the labelled answers of one arm; None for fewer than two.

    Answers are weighted by how many they stand for, since they are drawn by strata. One more answer is counted on which the judge errs
    half to each side, so that few labels without a disagreement are not taken for a judge without error. The standard error is the
    larger of that of independent answers and that of clusters (`Labelled.group`).
    """
    if len(labelled) < 2:
        return None
    n = len(labelled)
    weight = np.array([one.weight for one in labelled], dtype=float)
    weight = np.append(weight / weight.sum() * n, [0.5, 0.5]) / (n + 1)
    error = np.append([float(one.human) - one.score for one in labelled], [1.0, -1.0])
    shift = float(weight @ error)
    left = weight * (error - shift)
    _, groups = np.unique([one.group or one.row for one in labelled], return_inverse=True)
    sums = np.append(np.bincount(groups, left[:n]), left[n:])
    independent = float(weight @ (error - shift) ** 2) * float(weight @ weight)
    clusters = len(sums) - 2
    clustered = float(sums @ sums) * clusters / (clusters - 1) if clusters > 1 else 0.0
    return JudgeError(shift, float(np.sqrt(max(independent, clustered))), n)


def corrected_mean(arm: str, judged: Sequence[float], labelled: Sequence[Labelled], level: float = 0.95) -> Corrected | None:
    """Prediction-powered inference for a mean: the judge's mean over all answers plus its mean error on the labelled ones.

    Angelopoulos et al. 2023 ("Prediction-powered inference", Science 382, section "mean estimation"); quantiles are those of t, since
    labels are few. None below `ARM_LABELS` labels.
    """
    error = judge_error(labelled)
    if error is None or error.labels < ARM_LABELS or not judged:
        return None
    everyone = np.array(judged, dtype=float)
    of_scores = float(everyone.var(ddof=1)) / len(everyone) if len(everyone) > 1 else 0.0
    half = float(stats.t.ppf((1 + level) / 2, error.labels - 1)) * float(np.sqrt(error.se**2 + of_scores))
    middle = float(everyone.mean()) + error.shift
    mean = float(np.clip(middle, 0.0, 1.0))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Corrected(arm, float(everyone.mean()), mean, min(low, mean), max(high, mean), len(everyone), error.labels)


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
