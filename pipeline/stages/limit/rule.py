"""The rule by which a run is cut to its limit of time. Plain arithmetic on seconds that were measured elsewhere; reads no clock.

A cut is made for all arms alike, in this order: training rows, down to half of them; passages in a prompt, one by one down to one; epochs,
one by one down to one; training rows again, down to `FEWEST`. As soon as a step fits, as many training rows are kept as fit with it.
Test rows are never cut: they carry the verdict.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

FEWEST = 40
"""Training rows that are left at least."""


@dataclass(frozen=True)
class Size:
    """What a run may be cut in."""

    rows: int
    """Training rows."""
    k: int
    """Passages in a prompt, at most."""
    epochs: float


@dataclass(frozen=True)
class Work:
    """What one stage takes."""

    stage: str
    bare: float
    """Seconds a row whose prompt holds no passage."""
    passage: float = 0.0
    """Seconds more for each passage in it."""
    rows: float = 0.0
    """Rows that no cut changes; of a training those that it goes through once an epoch beside its training rows."""
    share: float = 0.0
    """Of the training rows, how many it goes through in each epoch; 0: it trains nothing."""
    fixed: float = 0.0
    """Seconds beside its rows."""

    def seconds(self, size: Size) -> float:
        rows = size.epochs * (self.rows + self.share * size.rows) if self.share else self.rows
        return self.fixed + (self.bare + self.passage * size.k) * rows


def seconds(works: Sequence[Work], size: Size) -> float:
    """Of all stages together."""
    return sum(work.seconds(size) for work in works)


def fitting(takes: Callable[[Size], float], whole: Size, limit: float) -> Size:
    """The size that keeps `limit` seconds by the rule; the smallest there is where none does. `takes` grows with each part of a size."""
    if takes(whole) <= limit:
        return whole
    floor = min(whole.rows, FEWEST)
    for step, low in _steps(whole, floor):
        if takes(replace(step, rows=low)) <= limit:
            return _given_back(takes, _most_rows(takes, step, low, limit), whole)
    return _given_back(takes, Size(floor, min(whole.k, 1), min(whole.epochs, 1.0)), whole)


def _steps(whole: Size, floor: int) -> Iterator[tuple[Size, int]]:
    """Sizes with all their training rows, each with the fewest rows that it may be cut to before the next one is tried."""
    half = max(floor, math.ceil(whole.rows / 2))
    yield whole, half
    for k in range(whole.k - 1, 0, -1):
        yield replace(whole, k=k), half
    least = replace(whole, k=min(whole.k, 1))
    for epochs in range(math.ceil(whole.epochs) - 1, 0, -1):
        yield replace(least, epochs=float(epochs)), half
    yield replace(least, epochs=min(whole.epochs, 1.0)), floor


def _most_rows(takes: Callable[[Size], float], size: Size, low: int, limit: float) -> Size:
    """As many rows as fit, by bisection between `low`, which fits, and all of them."""
    high = size.rows
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if takes(replace(size, rows=middle)) <= limit else (low, middle - 1)
    return replace(size, rows=low)


def _given_back(takes: Callable[[Size], float], size: Size, whole: Size) -> Size:
    """Without the cuts that save nothing."""
    size = replace(size, rows=whole.rows) if takes(replace(size, rows=whole.rows)) <= takes(size) else size
    size = replace(size, k=whole.k) if takes(replace(size, k=whole.k)) <= takes(size) else size
    return replace(size, epochs=whole.epochs) if takes(replace(size, epochs=whole.epochs)) <= takes(size) else size
