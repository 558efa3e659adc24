"""Hides some nodes of an HNSW graph for a while, as if they had not been added. Searches nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import faiss as untyped_faiss
import numpy as np

from retrieval.exact import Places

faiss: Any = untyped_faiss
BLOCK = 4_000_000
"""Links looked through at once."""


@contextmanager
def hidden(hnsw: Any, nodes: Places) -> Iterator[None]:
    """Inside, no link leads to these nodes (the entry point must not be one); afterwards the graph is as before, bit for bit.

    `hnsw` is that of a FAISS index in memory; a mapped one cannot be written to.
    """
    links = faiss.rev_swig_ptr(hnsw.neighbors.data(), hnsw.neighbors.size())
    gone = np.zeros(hnsw.levels.size() + 1, dtype=bool)  # the last for -1, which ends a list
    gone[nodes] = True
    before = [(first, links[first:last].copy()) for first, last in _lists(hnsw, links, gone)]
    try:
        for first, old in before:
            kept = old[~gone[old]]
            links[first : first + len(old)] = -1
            links[first : first + len(kept)] = kept
        yield
    finally:
        for first, old in before:
            links[first : first + len(old)] = old


def _lists(hnsw: Any, links: Any, gone: Any) -> list[tuple[int, int]]:
    """Where the lists begin and end that link to a hidden node: one list a node and level, behind one another."""
    parts = [np.flatnonzero(gone[links[first : first + BLOCK]]) + first for first in range(0, len(links), BLOCK)]
    hits = np.concatenate(parts)
    begins = faiss.vector_to_array(hnsw.offsets).astype(np.int64)
    levels = np.array([hnsw.cum_nb_neighbors(level) for level in range(hnsw.max_level + 2)], dtype=np.int64)
    own = begins[np.searchsorted(begins, hits, "right") - 1]
    level = np.searchsorted(levels, hits - own, "right") - 1
    return sorted(set(zip((own + levels[level]).tolist(), (own + levels[level + 1]).tolist(), strict=True)))
