"""One thing measured twice on the same rows, before and after: both means, the paired difference and its interval. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from eval.explain.summary import LEVEL
from eval.statistics.grid import grid
from eval.verdict.evidence import gather


@dataclass(frozen=True)
class Shift:
    """`after` less `before`; None where nothing was measured both times."""

    before: float | None
    after: float | None
    difference: float | None
    low: float | None
    high: float | None
    """Of the difference, 95 %; not adjusted for how many differences are looked at."""
    n: int
    """Rows measured both times."""

    @property
    def shown(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def shift(frame: pd.DataFrame, metric: str, before: str, after: str) -> Shift:
    """Between two names of the column `arm`, on the rows both were measured on; rows of one group are resampled together."""
    chosen = frame[(frame["metric"] == metric) & frame["arm"].isin([before, after])]
    known = chosen[chosen["value"].notna()]
    both = set(known.loc[known["arm"] == before, "row"]) & set(known.loc[known["arm"] == after, "row"])
    if not both:
        return Shift(None, None, None, None, None, 0)
    evidence = gather(grid(chosen[chosen["row"].isin(both)], metric), LEVEL)
    pair = evidence.pair(before, after)
    sign = 1 if pair.a == after else -1
    low, high = (pair.low, pair.high) if sign == 1 else (_minus(pair.high), _minus(pair.low))
    means = evidence.arms
    return Shift(means[before].mean, means[after].mean, sign * pair.spread.mean + 0.0, low, high, pair.n)


def _minus(value: float | None) -> float | None:
    return None if value is None else 0.0 - value
