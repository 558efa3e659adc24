"""What became of an arm's answers: right, declined rightly or wrongly, wrong; apart, too, for rows with and without an answer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from eval.verdict.guard import YARDSTICKS

KINDS = ("right", "declined_rightly", "declined_wrongly", "wrong")
"""Of every answer exactly one. Declined rightly: the row has no answer."""


def outcomes(frame: pd.DataFrame, arm: str, unanswerable: Collection[str]) -> dict[str, Any] | None:
    """`{"rows", "right", "declined_rightly", "declined_wrongly", "wrong"}`, answers counted over rows and seeds, for `all` rows and for
    those `answerable` and `unanswerable`, where there are both; None where right answers were not measured."""
    own = frame[frame["arm"] == arm]
    metric = next((name for name in YARDSTICKS if name in set(own["metric"])), None)
    if metric is None or "abstained" not in set(own["metric"]):
        return None
    values = own[own["metric"].isin((metric, "abstained"))].pivot_table(index=["row", "seed"], columns="metric", values="value")
    values = values.reindex(columns=[metric, "abstained"]).dropna()
    without = values.index.get_level_values("row").isin(set(unanswerable))
    declined = values["abstained"] == 1
    right = (values[metric] == 1) & ~declined
    kinds = {"right": right, "declined_rightly": declined & without, "declined_wrongly": declined & ~without, "wrong": ~right & ~declined}
    parts = {"all": without | True, **({"answerable": ~without, "unanswerable": without} if 0 < without.sum() < len(without) else {})}
    return {
        part: {"rows": int(taken.sum()), **{kind: int((holds & taken).sum()) for kind, holds in kinds.items()}}
        for part, taken in parts.items()
    }
