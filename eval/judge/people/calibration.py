"""How far a judge agrees with people, and whether it may decide. Asks no judge and reads no file.

Anything that scores answers can be calibrated: a judge's metric, the grounding checker, token F1. People's labels are right or wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.judge.people.agreement import Floats, Measure, aurocs, kappas, resampled

BELOW = 0.1
"""How far below the κ that is asked for its interval may reach: of judges whose true κ is .5, 5 % or fewer then pass .6 (docs/log.md)."""
FEW_LABELS = 30
"""Below this many labels agreement is not known well enough to let a judge decide."""


@dataclass(frozen=True)
class Labelled:
    """One answer that both have looked at."""

    row: str
    arm: str
    human: bool
    """Whether a person calls it right."""
    score: float
    """What is calibrated says of it, in [0, 1]."""
    words: int
    """Length of the answer."""
    weight: float = 1.0
    """How many answers of its arm it stands for, where the labelled ones were drawn by strata."""
    group: str = ""
    """What its row was drawn with, as one source document; empty: nothing."""


@dataclass(frozen=True)
class Bias:
    """How much more often the judge says *right* than people do, in one part of the answers."""

    part: str
    n: int
    difference: Measure
    """Above 0: lenient; below: strict."""


@dataclass(frozen=True)
class Agreement:
    """All there is to say of a judge against people."""

    metric: str
    n: int
    agree: float
    """Share of answers on which both say the same."""
    kappa: Measure
    """Cohen's κ. The threshold for each answer is the best on all the others, so that choosing it does not flatter the judge."""
    auroc: Measure
    threshold: float
    """Scores from here on count as right: what agrees best on these labels."""
    confusion: dict[str, dict[str, int]]
    """human → judge → answers, each `right` or `wrong`, at the threshold."""
    by_arm: tuple[Bias, ...]
    by_length: tuple[Bias, ...]
    """Shorter and longer half of the answers, and `longer - shorter`."""
    decides: bool
    """Whether κ reaches what was asked for, on enough labels."""
    sentence: str


def agreement(metric: str, labelled: Sequence[Labelled], min_kappa: float = 0.6) -> Agreement:
    """ValueError without labels. Cohen (1960) for κ; the Mann-Whitney statistic for AUROC; percentile bootstrap for intervals."""
    if not labelled:
        raise ValueError("no labelled answers")
    scores, human = _columns(labelled)
    threshold = best_threshold(scores, human)
    judged = scores >= threshold
    honest = _left_out(scores, human)
    kappa = resampled(np.stack([honest, human]).astype(float), kappas)
    decides = reaches(kappa.value, kappa.low, min_kappa) and len(labelled) >= FEW_LABELS
    return Agreement(
        metric=metric,
        n=len(labelled),
        agree=float((honest == human).mean()),
        kappa=kappa,
        auroc=resampled(np.stack([scores, human.astype(float)]), aurocs),
        threshold=threshold,
        confusion=_confusion(judged, human),
        by_arm=_by_arm(labelled, judged, human),
        by_length=_by_length(labelled, judged, human),
        decides=decides,
        sentence=_sentence(metric, honest == human, kappa, min_kappa),
    )


def reaches(kappa: float | None, low: float | None, least: float) -> bool:
    """Whether κ is what was asked for, and shown not to be much less."""
    return kappa is not None and low is not None and kappa >= least and low >= least - BELOW


def best_threshold(scores: Floats, human: NDArray[np.bool_]) -> float:
    """The score from which on *right* agrees best with people by κ; the middle one of several that do."""
    candidates = np.unique(scores)
    predicted = scores[None, :] >= candidates[:, None]
    agreed = kappas(np.stack([predicted, np.broadcast_to(human, predicted.shape)], axis=1).astype(float))
    return float(_best(candidates, np.nan_to_num(agreed, nan=0.0)))


def _columns(labelled: Sequence[Labelled]) -> tuple[Floats, NDArray[np.bool_]]:
    return np.array([one.score for one in labelled], dtype=float), np.array([one.human for one in labelled], dtype=bool)


def _left_out(scores: Floats, human: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each answer whether it counts as right by the threshold that is best for all the others."""
    if len(scores) < 2:
        return scores >= 0.5
    places = np.arange(len(scores))
    return np.array([scores[i] >= best_threshold(scores[places != i], human[places != i]) for i in places])


def _best(candidates: Floats, kappas: Floats) -> float:
    tied = candidates[kappas >= kappas.max() - 1e-12]
    return float(tied[len(tied) // 2])


def _confusion(judged: NDArray[np.bool_], human: NDArray[np.bool_]) -> dict[str, dict[str, int]]:
    names = {"right": True, "wrong": False}
    return {h: {j: int(((human == hv) & (judged == jv)).sum()) for j, jv in names.items()} for h, hv in names.items()}


def _bias(part: str, judged: NDArray[np.bool_], human: NDArray[np.bool_]) -> Bias:
    gap = (judged.astype(float) - human.astype(float))[None]
    return Bias(part, gap.shape[1], resampled(gap, lambda drawn: drawn[:, 0].mean(axis=1)))


def _by_arm(labelled: Sequence[Labelled], judged: NDArray[np.bool_], human: NDArray[np.bool_]) -> tuple[Bias, ...]:
    arms = np.array([one.arm for one in labelled])
    return tuple(_bias(arm, judged[arms == arm], human[arms == arm]) for arm in dict.fromkeys(arms.tolist()))


def _by_length(labelled: Sequence[Labelled], judged: NDArray[np.bool_], human: NDArray[np.bool_]) -> tuple[Bias, ...]:
    words = np.array([one.words for one in labelled])
    long = words > np.median(words)
    if not long.any():
        return ()
    gap = judged.astype(float) - human.astype(float)

    def between(drawn: Floats) -> Floats:
        sides = [(drawn[:, 0] * side).sum(axis=1) / np.maximum(side.sum(axis=1), 1) for side in (drawn[:, 1], 1 - drawn[:, 1])]
        gaps: Floats = sides[0] - sides[1]
        return gaps

    both = resampled(np.stack([gap, long.astype(float)]), between)
    halves = (_bias("shorter", judged[~long], human[~long]), _bias("longer", judged[long], human[long]))
    return (*halves, Bias("longer - shorter", len(words), both))


def _sentence(metric: str, same: NDArray[np.bool_], kappa: Measure, min_kappa: float) -> str:
    n, share = len(same), 100 * float(same.mean())
    gated = metric.startswith("judge_")
    if kappa.value is None or kappa.low is None or kappa.high is None:
        so = ", so it may not decide" if gated else ""
        return f"{metric}: all {n} labels or all verdicts are alike; agreement beyond chance cannot be told{so}."
    told = f"{metric} agrees with people on {share:.0f} % (κ {kappa.value:.2f}, {kappa.low:.2f} to {kappa.high:.2f}, {n} labels)."
    if not gated:
        return told
    if n < FEW_LABELS:
        return f"{told} {FEW_LABELS} labels are needed before it may decide."
    if kappa.value < min_kappa:
        return f"{told} Below κ {min_kappa:g} it describes, but does not decide."
    return told if reaches(kappa.value, kappa.low, min_kappa) else f"{told} κ may still be below {min_kappa - BELOW:g}: label more answers."
