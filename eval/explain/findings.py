"""The findings of a run as a table of outcomes: the leading arm against the next best and the base model, on the same rows.

Describes, with the intervals of the verdict's own machinery; only the deciding metric was tested, and its difference is the decision's own.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from eval.explain.certainty import Basis, certainty
from eval.statistics.grid import Grid, deciding, layout
from eval.statistics.means import over_seeds
from eval.verdict.evidence import Evidence, gather
from eval.verdict.record import Comparison, Decision
from eval.verdict.rules import Rules

BASE = "base"
BESIDE = ("correct", "fabricated")
"""Outcomes told beside the deciding metric, where they were measured. Where right answers decide, correct ones say the same but for
questions that are rightly declined."""
RIGHT = "right"


@dataclass(frozen=True)
class Finding:
    """One outcome of two arms; every value times `per`."""

    outcome: str
    decides: bool
    arm: str
    other: str
    per: int
    """100 where the metric lies in [0, 1], else 1."""
    arm_value: float | None
    """Mean over the rows measured for both."""
    other_value: float | None
    difference: float | None
    low: float | None
    high: float | None
    n: int
    certainty: str
    because: tuple[str, ...]


def findings(frame: pd.DataFrame, decision: Decision, rules: Rules) -> list[dict[str, Any]]:
    """Plain values for summary.json; empty where nothing was compared."""
    told = BESIDE[1:] if decision.metric == RIGHT else BESIDE
    names = [decision.metric, *(name for name in told if name != decision.metric and _measured(frame, name))]
    pairs = pairs_told(decision)
    return [asdict(found) for metric in names for a, b in pairs if (found := _finding(frame, metric, a, b, decision, rules))]


def pairs_told(decision: Decision) -> list[tuple[str, str]]:
    """The leading arm and its rival, which the decision names first; then the leading arm and the base model."""
    if not decision.comparisons:
        return []
    first = decision.comparisons[0]
    leader = decision.arm or next(iter(decision.leaders), first.a)
    rivals = [one.b if one.a == leader else one.a for one in decision.comparisons if leader in (one.a, one.b)]
    told = [*rivals[:1], *(rival for rival in rivals[1:] if rival == BASE)]
    return [(leader, rival) for rival in told]


def _measured(frame: pd.DataFrame, metric: str) -> bool:
    return bool(frame.loc[frame["metric"] == metric, "value"].notna().any())


def _finding(frame: pd.DataFrame, metric: str, a: str, b: str, decision: Decision, rules: Rules) -> Finding | None:
    """None where an arm has no line of this metric."""
    laid = _laid(frame, metric, a, b)
    if laid is None:
        return None
    evidence = gather(laid, 1 - rules.alpha)
    pair, decides = evidence.minus(a, b), metric == decision.metric
    tested = next((one for one in decision.comparisons if {one.a, one.b} == {a, b}), None) if decides else None
    mean, low, high = (None, None, None) if pair is None or not pair.n else (pair.spread.mean, pair.low, pair.high)
    if tested is not None:
        mean, low, high = difference_of(tested, a)
    per = 100 if laid.scale == (0.0, 1.0) else 1
    means = _means(laid, a, b)
    shown = [_times(value, per) for value in (*means, mean, low, high)]
    basis = Basis(
        low, high, rules.margin, units=pair.spread.units if pair else 0, one_training=_once(evidence, rules, a, b),
        coverage=min(evidence.arms[arm].coverage or 0.0 for arm in (a, b)), shown=None if tested is None else _shown(tested, decision),
        blocked=decision.verdict == "blocked",
    )  # fmt: skip
    rated, n = certainty(basis), tested.n if tested else pair.n if pair else 0
    return Finding(
        metric, decides, a, b, per, shown[0], shown[1], shown[2], shown[3], shown[4], n, certainty=rated.word, because=rated.because
    )


def _laid(frame: pd.DataFrame, metric: str, a: str, b: str) -> Grid | None:
    both = frame[frame["arm"].isin((a, b))]
    shared = layout(both)
    known = "fabricated" if metric == "not_fabricated" else metric
    if known not in shared.metrics:
        return None
    laid = deciding(both, metric, shared)
    return laid if all(laid.seeds_of(arm) for arm in (a, b)) else None


def difference_of(one: Comparison, arm: str) -> tuple[float | None, float | None, float | None]:
    """Difference, low and high with `arm` first."""
    if one.a == arm:
        return one.difference, one.low, one.high
    turned = [None if value is None else -value for value in (one.difference, one.high, one.low)]
    return turned[0], turned[1], turned[2]


def _means(laid: Grid, a: str, b: str) -> tuple[float | None, float | None]:
    """Over the rows that both have, each row's mean over seeds."""
    rows = [over_seeds(laid.block(arm)) for arm in (a, b)]
    shared = ~np.isnan(rows[0]) & ~np.isnan(rows[1])
    return (float(rows[0][shared].mean()), float(rows[1][shared].mean())) if shared.any() else (None, None)


def _once(evidence: Evidence, rules: Rules, *arms: str) -> bool:
    return any(rules.trained_here(arm) and len(evidence.arms[arm].seeds) == 1 for arm in arms)


def _shown(one: Comparison, decision: Decision) -> bool | None:
    """A winner's differences by their own p, as the verdict has them; others after Holm."""
    if one.p_holm is None or one.p is None:
        return None
    wins = decision.verdict == "winner" and decision.arm in (one.a, one.b)
    return one.equivalent or (one.p if wins else one.p_holm) <= decision.alpha


def _times(value: float | None, per: int) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value) * per
