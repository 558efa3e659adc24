"""Exact search over stored vectors, and questions to measure the recall of an approximate search. Independent of the index."""

from __future__ import annotations

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
BLOCK = 100_000
"""Vectors that are added or compared at once."""


class Truth(NamedTuple):
    """Questions, and what exact search answers."""

    queries: Floats
    nearest: Places
    """(n, 10), or fewer where there are fewer."""


def sample_size(rows: int) -> int:
    """Questions by which recall is measured: 500, of few vectors a fiftieth, so that most can still be found."""
    return min(500, max(20, rows // 50))


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
