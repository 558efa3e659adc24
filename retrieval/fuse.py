"""Several rankings → one, by reciprocal rank fusion. Knows ranks alone, no scores and no texts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)
CONSTANT = 60
"""k of Cormack, Clarke & Büttcher 2009, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods"."""


def fuse(rankings: Sequence[Sequence[Item]], k: int) -> list[tuple[Item, float]]:
    """The `k` items with the highest sum of 1 / (60 + rank), ranks from 1; equals in the order in which they were first met."""
    scores: dict[Item, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, 1):
            scores[item] = scores.get(item, 0.0) + 1.0 / (CONSTANT + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])[:k]
