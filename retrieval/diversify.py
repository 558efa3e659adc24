"""Maximal marginal relevance: passages that are relevant and unlike those already chosen. Works on vectors and scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def select(relevance: NDArray[np.float32], vectors: NDArray[np.float32], k: int, weight: float) -> list[int]:
    """Places of up to `k` of n candidates, in the order of their choice; equals in the order given.

    Carbonell & Goldstein 1998, "The use of MMR": each time the candidate with the highest
    `weight · relevance − (1 − weight) · highest cosine to one already chosen`.
    relevance: (n,) on the scale of a cosine; vectors: (n, d), unit norm.
    """
    likeness = vectors @ vectors.T
    nearest = np.full(len(relevance), -np.inf)
    chosen: list[int] = []
    left = np.ones(len(relevance), dtype=bool)
    while len(chosen) < min(k, len(relevance)):
        penalty = (1 - weight) * nearest if chosen else 0.0
        gain = np.where(left, np.round(weight * relevance - penalty, 6), -np.inf)
        best = int(np.argmax(gain))
        chosen.append(best)
        left[best] = False
        nearest = np.maximum(nearest, likeness[best])
    return chosen


def scaled(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """To [0, 1] by the lowest and highest: BM25, fused and reranked scores are on scales of their own."""
    low, high = float(scores.min(initial=np.inf)), float(scores.max(initial=-np.inf))
    return np.ones_like(scores) if high <= low else ((scores - low) / (high - low)).astype(np.float32)
