"""Whether more training rows are likely to change the verdict: the curves of all trained arms together. Trains and decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eval.explain.summary import LEVEL
from eval.numerals import listed
from eval.statistics.describe import describe
from eval.statistics.grid import Codes, Floats, grid
from eval.statistics.learning_curve import LearningCurve, Outlook, learning_curve
from eval.statistics.means import FEW_UNITS, over_seeds, sample, spreads
from eval.verdict.rules import TRAITS


@dataclass(frozen=True)
class Standing:
    """What the verdict left standing."""

    leader: str | None
    candidates: tuple[str, ...]
    """Arms that may win: measured, not excluded, not for diagnosis; the leader among them."""
    settled: bool
    """Whether there is a winner or a tie."""
    labels: Mapping[str, str]

    def label(self, arm: str) -> str:
        return self.labels.get(arm, arm)


@dataclass(frozen=True)
class Sized:
    """Under which name the scores of an arm trained on so many rows stand in the table."""

    arm: str
    share: float
    rows: int
    name: str


def more_rows(frame: pd.DataFrame, metric: str, sizes: Sequence[Sized], standing: Standing) -> dict[str, Any]:
    """`{"points", "arms", "sentence"}`: means with intervals, the power law of each arm, and what more rows would change.

    `frame`: the scores of `metric` in [0, 1] of every name in `sizes`, and of every candidate by its own name, on the same rows.
    """
    laid = grid(frame, metric)
    values = {arm: over_seeds(laid.block(arm)) for arm in laid.arms}
    described = {one.arm: one for one in describe([laid], LEVEL)}
    learnt: dict[str, dict[int, Floats]] = {}
    for one in sizes:
        learnt.setdefault(one.arm, {})[one.rows] = values[one.name]
    learnt = {arm: scores for arm, scores in learnt.items() if len(scores) > 1 and _vary(scores, laid.clusters)}
    curves = {arm: _curve(arm, learnt, values, laid.clusters, standing) for arm in learnt}
    points = [
        {"arm": one.arm, "share": one.share, "rows": one.rows, "mean": d.mean, "low": d.low, "high": d.high, "n": d.n}
        for one in sizes
        if (d := described[one.name])
    ]
    return {"points": points, "arms": {arm: _told(curve) for arm, curve in curves.items()}, "sentence": sentence(curves, standing)}


def sentence(curves: Mapping[str, LearningCurve], standing: Standing) -> str:
    """Likely, not likely, or that these runs cannot tell; then each curve's own sentence."""
    if not curves:
        return "Too few rows for a learning curve: whether more training rows would change the verdict these runs cannot tell."
    asked = [(arm, curve.outlook) for arm, curve in curves.items() if arm in standing.candidates]
    unknown = [arm for arm in standing.candidates if arm not in curves and arm in TRAITS and TRAITS[arm].trained]
    what = "the verdict" if standing.settled else "which arm leads"
    if standing.leader is None:
        judgement = "There is no verdict that more training rows could change."
    elif any(arm != standing.leader and outlook == "overtakes" for arm, outlook in asked):
        judgement = f"More training rows are likely to change {what}."
    elif asked and standing.leader not in unknown and all(_holds(*one, standing) for one in asked):
        judgement = f"More training rows, up to four times as many, are not likely to change {what}."
    else:
        judgement = f"Whether more training rows would change {what}, these runs cannot tell."
    left_out = [f"{listed([standing.label(arm) for arm in unknown])} was not measured with fewer rows."] if unknown else []
    return " ".join([judgement, *(curve.sentence for curve in curves.values()), *left_out])


def _holds(arm: str, outlook: Outlook | None, standing: Standing) -> bool:
    return outlook in ("stays ahead", None) if arm == standing.leader else outlook == "stays behind"


def _vary(scores: Mapping[int, Floats], clusters: Codes) -> bool:
    """Whether resampling these rows would say anything: in enough clusters, at some size, the score is off the commonest one."""
    together = sample([values[:, None] for values in scores.values()], clusters, [(0.0, 1.0)] * len(scores))
    return any(one.units >= FEW_UNITS and one.speaking >= FEW_UNITS for one in spreads(together))


def _curve(
    arm: str, learnt: Mapping[str, dict[int, Floats]], values: Mapping[str, Floats], clusters: Codes, standing: Standing
) -> LearningCurve:
    """Against the leader; the leader itself against the next best candidate."""
    rival = _rival(arm, values, standing)
    theirs = None if rival is None else (standing.label(rival), learnt.get(rival, values[rival]))
    return learning_curve(standing.label(arm), learnt[arm], clusters, theirs)


def _rival(arm: str, values: Mapping[str, Floats], standing: Standing) -> str | None:
    if standing.leader is None or standing.leader not in values:
        return None
    if arm != standing.leader:
        return standing.leader
    others = [one for one in standing.candidates if one != arm and one in values and not np.isnan(values[one]).all()]
    return max(others, key=lambda one: float(np.nanmean(values[one])), default=None)


def _told(curve: LearningCurve) -> dict[str, Any]:
    exponent = curve.exponent
    return {
        "exponent": {"mean": exponent.mean, "low": exponent.low, "high": exponent.high},
        "predicted": [vars(point) for point in curve.predicted], "rival": curve.rival, "lead": [vars(point) for point in curve.lead],
        "outlook": curve.outlook, "sentence": curve.sentence,
    }  # fmt: skip
