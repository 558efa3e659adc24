"""Exact search over stored vectors, and questions by which an approximate search is measured against it. Knows no index."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import faiss as untyped_faiss
import numpy as np
from numpy.typing import NDArray

faiss: Any = untyped_faiss  # its stubs do not know the keywords that its Python layer adds
Floats = NDArray[np.float32]
Places = NDArray[np.int64]
Stored = Callable[[Sequence[int]], Floats]
"""Places → their (n, d) vectors."""
SAMPLE = 500
"""Questions by which recall is measured."""
NEIGHBOURS, SPREAD = 30, 1.8
"""A question is a stored vector moved at random within this multiple of the spread of its neighbours. The stored vector itself would be
found too easily in HNSW's graph, which links it to its own neighbours; at 1.8 recall came out as for questions from outside, or lower
(docs/log.md)."""
BLOCK = 100_000
"""Vectors that are added or compared at once."""


class Truth(NamedTuple):
    """Questions, and what exact search answers."""

    queries: Floats
    nearest: Places
    """(n, 10), or fewer where there are fewer."""


def truth(stored: Stored, places: Places) -> Truth:
    """Questions close to a fixed sample of the vectors at these places, and the ten nearest of each."""
    draw = np.random.default_rng(0)
    sample = np.sort(draw.choice(places, min(SAMPLE, len(places)), replace=False))
    vectors = stored(sample.tolist())
    near = nearest(stored, places, vectors, NEIGHBOURS + 1)[:, 1:]
    around = stored(near.ravel().tolist()).reshape(*near.shape, -1)
    around -= around.mean(1, keepdims=True)
    moves = (draw.standard_normal((*near.shape, 1), dtype=np.float32) * around).sum(1)
    queries = vectors + np.float32(SPREAD / math.sqrt(near.shape[1])) * moves
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    return Truth(queries, nearest(stored, places, queries, 10))


def nearest(stored: Stored, places: Places, queries: Floats, k: int) -> Places:
    """The `k` of these places nearest to each of the (n, d) queries, by comparison with all, (n, k); best first."""
    best = faiss.ResultHeap(len(queries), min(k, len(places)), keep_max=True)
    for first in range(0, len(places), BLOCK):
        some = places[first : first + BLOCK]
        scores, numbers = faiss.knn(queries, stored(some.tolist()), min(k, len(some)), faiss.METRIC_INNER_PRODUCT)
        best.add_result(scores, some[numbers])
    best.finalize()
    found: Places = best.I
    return found
