"""Every arm and metric at a glance: the `arms` of summary.json. Describes; compares nothing and decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from eval.explain.outcomes import outcomes
from eval.metrics.fabrication import COLUMNS
from eval.metrics.hallucination import OUTCOMES
from eval.statistics.describe import Described, describe
from eval.statistics.grid import grid, layout
from eval.verdict.economics import ArmCost

LEVEL = 0.95


def summarise(frame: pd.DataFrame, metrics: Sequence[str] | None = None, diagnostic: Collection[str] = ("oracle",)) -> list[Described]:
    """Every arm × metric; `metrics` chooses and orders them (none: all, as they appear)."""
    shared = layout(frame)
    names = shared.metrics if metrics is None else [name for name in metrics if name in shared.metrics]
    return describe([grid(frame, name, shared) for name in names], LEVEL, tuple(diagnostic))


def build_summary(
    frame: pd.DataFrame,
    costs: Mapping[str, ArmCost],
    coverage_floor: float,
    macro_f1: Mapping[str, float] | None = None,
    unanswerable: Collection[str] = (),
) -> dict[str, dict[str, Any]]:
    """arm → its metrics, outcomes, costs and seeds, as plain values.

    `macro_f1` is over all rows, so the caller gives it. `unanswerable`: ids of the test rows that have no answer, for how well an arm
    abstains. A metric below `coverage_floor` is marked `"thin": true`.
    """
    arms: dict[str, dict[str, Any]] = {}
    for one in summarise(frame):
        arm = arms.setdefault(one.arm, {"metrics": {}})
        arm["metrics"][one.metric] = _metric(one, coverage_floor)
        arm["seeds"] = sorted({*arm.get("seeds", []), *one.seeds})
    for name, arm in arms.items():
        arm["outcomes"] = _outcomes(arm["metrics"])
        arm["abstention"] = _abstention(frame, name, unanswerable)
        arm["answers"] = outcomes(frame, name, unanswerable)
        arm["macro_f1"] = (macro_f1 or {}).get(name)
        arm["dropped_passages"] = 0
        arm["cost"] = asdict(costs[name]) if name in costs else None
    return arms


def _metric(one: Described, coverage_floor: float) -> dict[str, Any]:
    kept = {name: value for name, value in asdict(one).items() if name not in ("arm", "metric", "seeds")}
    return {**kept, "thin": one.coverage is not None and one.coverage < coverage_floor}


def _outcomes(metrics: Mapping[str, Mapping[str, Any]]) -> dict[str, float | None]:
    rates: dict[str, float | None] = {name: metrics[name]["mean"] if name in metrics else None for name in OUTCOMES}
    attempted = None if rates["abstained"] is None else 1 - rates["abstained"]
    share = None if not attempted or rates["fabricated"] is None else rates["fabricated"] / attempted
    split = {name: metrics[name]["mean"] for name in COLUMNS if name in metrics}
    return {**rates, "fabricated_of_attempted": share, **split}


def _abstention(frame: pd.DataFrame, arm: str, unanswerable: Collection[str]) -> dict[str, float | None] | None:
    """Precision and recall of abstaining; None where no row is known to be unanswerable."""
    said = frame[(frame["arm"] == arm) & (frame["metric"] == "abstained") & frame["value"].notna()]
    without = said["row"].isin(set(unanswerable))
    if not without.any():
        return None
    abstained = said["value"] == 1
    both = int((abstained & without).sum())
    return {"precision": both / int(abstained.sum()) if abstained.any() else None, "recall": both / int(without.sum())}
