"""How many questions to draft: by the difference that the test rows are to show, and by how many drafts are left in the end."""

from __future__ import annotations

import math
from dataclasses import dataclass

from eval.statistics.power import TYPICAL_VARIANCE, Noise, rows_for_difference

MARGIN = 0.15
"""Difference in right answers that the test is to show, unless another is asked for."""
ALPHA = 0.05
SHARE_OF_TEST = 0.5
"""Of the accepted rows at most so many are test rows (`pipeline.data.split`)."""
USUALLY_KEPT, USUALLY_ACCEPTED = 0.5, 0.7
"""Shares of the drafts that are left after the checks, and of these after people looked, until they were measured in the set itself."""


@dataclass(frozen=True)
class Need:
    """What it takes to show a difference of `margin` with a chance of 80 %."""

    margin: float
    test: int
    """Test rows."""
    accepted: int
    """Drafts that people accept."""
    drafts: int
    """Drafts to be asked for."""


def need(margin: float, kept: float = USUALLY_KEPT, accepted: float = USUALLY_ACCEPTED) -> Need:
    """`kept`, `accepted`: shares, as measured or as usual. ValueError for a margin that is no share."""
    if not 0.01 <= margin < 1:
        raise ValueError(margin)
    rows = rows_for_difference(Noise(row=TYPICAL_VARIANCE, log_se=0.0), margin, ALPHA)
    test = rows.rows if rows else 0
    wanted = math.ceil(test / SHARE_OF_TEST)
    return Need(margin, test, wanted, math.ceil(wanted / max(kept * accepted, 0.01)))
