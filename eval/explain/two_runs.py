"""Two runs side by side: each arm's mean in both and, on the same rows, the paired difference. Describes; tests and decides nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from eval.explain.summary import LEVEL
from eval.statistics.describe import Described, describe
from eval.statistics.grid import deciding, layout
from eval.verdict.evidence import gather

ONE, OTHER = "one", "other"


def two_runs(
    one: pd.DataFrame, other: pd.DataFrame, metric: str, comparable: bool, same_answers: Collection[str] = ()
) -> list[dict[str, Any]]:
    """`{"arm", "one", "other", "difference"}` for every arm of both runs, in the order of the first.

    `one` and `other` are `{mean, low, high, n}`, or None where the run did not measure it; `difference` is second minus first,
    `{difference, low, high, n}`, and None where the test rows are not the same (`comparable`) or an arm has no value.
    `same_answers`: arms that said the same to every row in both runs. Scored alike too, they are one and the same: 0 from 0 to 0, with
    no chance in it, since nothing was drawn twice.
    """
    means = [_described(frame, metric) for frame in (one, other)]
    arms = [arm for arm in means[0] if arm in means[1]]
    return [
        {"arm": arm, ONE: _told(means[0][arm]), OTHER: _told(means[1][arm]),
         "difference": _difference(one, other, metric, arm, arm in same_answers) if comparable else None}
        for arm in arms
    ]  # fmt: skip


def _described(frame: pd.DataFrame, metric: str) -> dict[str, Described]:
    known = "fabricated" if metric == "not_fabricated" else metric
    if known not in layout(frame).metrics:
        return {}
    return {one.arm: one for one in describe([deciding(frame, metric)], LEVEL)}


def _told(one: Described) -> dict[str, Any] | None:
    return {"mean": one.mean, "low": one.low, "high": one.high, "n": one.n} if one.n else None


def _difference(one: pd.DataFrame, other: pd.DataFrame, metric: str, arm: str, same: bool) -> dict[str, Any] | None:
    """Clusters are the first run's; a row that the second grouped otherwise keeps the first's group."""
    parts = [frame[frame["arm"] == arm].assign(arm=name) for frame, name in ((one, ONE), (other, OTHER))]
    groups = dict(zip(parts[0]["row"], parts[0]["group"], strict=True))
    parts[1] = parts[1].assign(group=[groups.get(row, group) for row, group in zip(parts[1]["row"], parts[1]["group"], strict=True)])
    pair = gather(deciding(pd.concat(parts, ignore_index=True), metric), LEVEL).minus(OTHER, ONE)
    if pair is None or not pair.n:
        return None
    if same and pair.alike:
        return {"difference": 0.0, "low": 0.0, "high": 0.0, "n": pair.n}
    return {"difference": pair.spread.mean, "low": pair.low, "high": pair.high, "n": pair.n}
