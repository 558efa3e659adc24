"""Right answers in counts of rows: `right on 46 of 98 against 33`. Words what was measured; decides nothing."""

from __future__ import annotations

import numpy as np

from eval.statistics.grid import Floats
from eval.verdict.evidence import Evidence
from eval.verdict.guard import YARDSTICKS


def values_of(evidence: Evidence) -> dict[str, Floats]:
    """(rows,) by arm: 1 right, 0 not, NaN not measured, the mean over seeds; empty where right answers were not measured."""
    if evidence.right:
        return evidence.right.values
    return evidence.values if evidence.metric in YARDSTICKS else {}


def right_of(evidence: Evidence, *arms: str) -> tuple[list[int], int] | None:
    """How many rows each of these arms is right on, of those that all of them were measured on, and how many those are."""
    values = values_of(evidence)
    if not arms or any(arm not in values for arm in arms):
        return None
    blocks = [values[arm] for arm in arms]
    shared = ~np.isnan(np.stack(blocks)).any(axis=0)
    return ([round(float(block[shared].sum())) for block in blocks], int(shared.sum())) if shared.any() else None
