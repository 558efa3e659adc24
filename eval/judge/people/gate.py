"""Whether a judge's metric may decide, by its stored agreement with people, and what to keep in mind where it does. Computes no agreement.

The gate holds κ against what was asked for, and the lower end of its interval against a little less.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from eval.judge.people.calibration import BELOW, FEW_LABELS, reaches
from eval.verdict.judge_error import FEWEST

JUDGED = "judge_"
"""How every name of a judge's metric begins."""
PAIRWISE = "judge_preference"
NOT_ONE = f"{PAIRWISE} compares two answers, and people's labels are of one, so they cannot confirm it: it may describe, it may not decide"


def hindrance(metric: str, agreement: Mapping[str, Any] | None, min_kappa: float) -> str:
    """Why `metric` may not decide and what to do; empty where it may. `agreement`: its entry in calibration.json, None without one."""
    if not metric.startswith(JUDGED) or metric == PAIRWISE:
        return NOT_ONE if metric == PAIRWISE else ""
    if agreement is None:
        return (
            f"{metric} was not calibrated against people: it may describe, it may not decide. Label {FEW_LABELS} answers or more "
            "(`bakeoff calibrate`, or the page Check the judge), or decide by another metric"
        )
    n, kappa = agreement["n"], agreement["kappa"]
    if n < FEW_LABELS:
        return f"{_told(metric, agreement)}; {FEW_LABELS} labels are needed before it may decide. Label {FEW_LABELS - n} more"
    if kappa["value"] is None:
        return (
            f"{metric} may not decide: of {n} labels all, or all of its values, are alike, so that agreement beyond chance cannot be "
            "told. Label more answers, or decide by another metric"
        )
    return "" if reaches(kappa["value"], kappa["low"], min_kappa) else _disagrees(metric, agreement, min_kappa)


def _disagrees(metric: str, agreement: Mapping[str, Any], min_kappa: float) -> str:
    if agreement["kappa"]["value"] >= min_kappa:
        unsure = f"that it agrees better than κ {min_kappa - BELOW:g} is not shown, so it may not decide. Label more answers"
        return f"{_told(metric, agreement)}: {unsure}"
    return (
        f"{_told(metric, agreement)}, below the {min_kappa:g} of judge.min_kappa: it may describe, it may not decide. Take another "
        "judge, or decide by another metric"
    )


def caveats(metric: str, agreement: Mapping[str, Any] | None, arms: Collection[str]) -> list[str]:
    """Of a judge's metric that decides: its agreement, and where it is lenient or strict towards one of `arms`."""
    if agreement is None or not metric.startswith(JUDGED):
        return []
    made = [f"A judge decided this: {_told(metric, agreement)}."]
    for bias in agreement["by_arm"]:
        gap = bias["difference"]
        if bias["part"] in arms and bias["n"] >= FEWEST and gap["value"] is not None and not gap["low"] <= 0 <= gap["high"]:
            more = "more" if gap["value"] > 0 else "less"
            made.append(
                f"Beside people the judge calls {bias['part']} right {100 * abs(gap['value']):.0f} points {more} often "
                f"({100 * gap['low']:.0f} to {100 * gap['high']:.0f}, {bias['n']} labels)."
            )
    return made


def _told(metric: str, agreement: Mapping[str, Any]) -> str:
    kappa, n = agreement["kappa"], agreement["n"]
    if kappa["value"] is None:
        return f"{metric} has {n} label{'s' * (n != 1)}"
    interval = "" if kappa["low"] is None else f" ({kappa['low']:.2f} to {kappa['high']:.2f})"
    return f"{metric} agrees with people at κ {kappa['value']:.2f}{interval} over {n} label{'s' * (n != 1)}"
