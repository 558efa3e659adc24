"""Detects a training that diverges, by its losses alone: not a number, exploded, or in order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

FACTOR = 4.0
WINDOW = 4
FLOOR = 1.0
"""Nats a label: below it no loss counts as the first steps', so that a model that knows the answers beforehand may waver."""


def trouble(losses: Sequence[float]) -> str:
    """What is wrong after the last of these steps (nats a label); empty where nothing is.

    Exploded: the last `WINDOW` steps have a mean of more than `FACTOR` times that of the first `WINDOW`, and it is still rising: more than
    the mean of the `WINDOW` steps before them.
    """
    if losses and not math.isfinite(losses[-1]):
        return f"the loss at step {len(losses)} is not a number"
    if len(losses) < 2 * WINDOW:
        return ""
    now, before = fmean(losses[-WINDOW:]), fmean(losses[-2 * WINDOW : -WINDOW])
    if now > _limit(losses) and now > before:
        return f"the loss exploded: {now:.2f} over the {WINDOW} steps up to step {len(losses)}, {fmean(losses[:WINDOW]):.2f} over the first"
    return ""


def last_good_step(losses: Sequence[float]) -> int:
    """The last step after which the weights are known to be in order: the next one had a loss within bounds. 0: the beginning."""
    limit = _limit(losses)
    return max((number for number, loss in enumerate(losses) if math.isfinite(loss) and loss <= limit), default=0)


def _limit(losses: Sequence[float]) -> float:
    first = [loss for loss in losses[:WINDOW] if math.isfinite(loss)]
    return FACTOR * max(fmean(first), FLOOR) if first else math.inf
