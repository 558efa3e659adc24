"""The deciding metric by slice of the test rows: every arm's mean, and the leading pair's difference. Describes; tests and decides nothing.

Groups are no slices: a group is resampled whole, so that within a single one there is nothing to draw an interval from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from eval.statistics.describe import describe
from eval.statistics.grid import deciding
from eval.verdict.evidence import gather

FEW = 30
"""Rows below which a slice is shown and should not be relied on."""
MOST = 12
"""Values of a slice that are shown, the commonest first."""


def by_slice(
    frame: pd.DataFrame, metric: str, slices: Mapping[str, Mapping[str, str]], level: float, pair: tuple[str, str] | None = None
) -> list[dict[str, Any]]:
    """`{"slice", "value", "rows", "few", "arms": {arm: {mean, low, high, n}}, "difference"}` for each value of each slice.

    `slices`: row id → name → value. A slice with one value says nothing and is left out; so are values beyond the commonest `MOST`.
    `difference`: of the `pair`, first minus second: `{a, b, difference, low, high, n}`.
    """
    rows = set(frame["row"])
    names = sorted({name for row, told in slices.items() if row in rows for name in told})
    return [
        _value(frame[frame["row"].isin(ids)], metric, (name, value), level, pair)
        for name in names
        for value, ids in _values(slices, name, rows).items()
    ]


def _values(slices: Mapping[str, Mapping[str, str]], name: str, rows: set[str]) -> dict[str, set[str]]:
    counts = Counter(told[name] for row, told in slices.items() if row in rows and told.get(name))
    if len(counts) < 2:
        return {}
    return {
        value: {row for row, told in slices.items() if row in rows and told.get(name) == value} for value, _ in counts.most_common(MOST)
    }


def _value(
    frame: pd.DataFrame, metric: str, named: tuple[str, str], level: float, pair: tuple[str, str] | None
) -> dict[str, Any]:  # fmt: skip
    laid = deciding(frame, metric)
    arms = {one.arm: {"mean": one.mean, "low": one.low, "high": one.high, "n": one.n} for one in describe([laid], level)}
    count = frame["row"].nunique()
    difference = _difference(frame, metric, pair, level) if pair else None
    return {"slice": named[0], "value": named[1], "rows": count, "few": count < FEW, "arms": arms, "difference": difference}


def _difference(frame: pd.DataFrame, metric: str, pair: tuple[str, str], level: float) -> dict[str, Any] | None:
    both = frame[frame["arm"].isin(pair)]
    found = gather(deciding(both, metric), level).minus(*pair) if both["arm"].nunique() == len(pair) else None
    if found is None or not found.n:
        return None
    return {"a": pair[0], "b": pair[1], "difference": found.spread.mean, "low": found.low, "high": found.high, "n": found.n}
