"""Questions that are nearly another one, by their embeddings: among drafts in their order, and against rows at hand. Asks nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NEAR = 0.9
"""Cosine from which two questions count as one."""


def nearly_another(questions: Sequence[str], vectors: NDArray[np.float32], rows: Sequence[str], of_rows: NDArray[np.float32]) -> list[str]:
    """For each question why it goes; empty: it stays. The first of several that are alike stays; those at hand come before all.

    `vectors`, `of_rows`: (n, d) and (m, d) unit vectors.
    """
    kept: list[int] = []
    told = []
    for place, vector in enumerate(vectors):
        known = [questions[one] for one in kept]
        why = _near(vector, of_rows, rows, "a row at hand") or _near(vector, vectors[kept], known, "another draft")
        told.append(why)
        if not why:
            kept.append(place)
    return told


def _near(vector: NDArray[np.float32], others: NDArray[np.float32], texts: Sequence[str], what: str) -> str:
    if not len(texts):
        return ""
    alike = others @ vector
    best = int(np.argmax(alike))
    return f"nearly {what}: {texts[best][:80]}" if alike[best] >= NEAR else ""
