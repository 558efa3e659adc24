"""Which new vectors lie farther from all old ones than old ones lie from each other. Cosine; no test, a description."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

USUAL = 0.95
"""Of the old ones, how many lie within the bound."""


@dataclass(frozen=True)
class Novelty:
    """Of each new vector."""

    nearest: NDArray[np.float64]
    """(n,) cosine to the nearest old one."""
    bound: float
    """Below it a vector counts as far; one in twenty old ones lies below it too, seen from the other old ones."""

    @property
    def far(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.nearest < self.bound
        return found


def novelty(old: NDArray[np.floating], new: NDArray[np.floating]) -> Novelty:
    """`old` (m, d), two at least, and `new` (n, d), unit norm."""
    own = old.astype(float) @ old.astype(float).T
    np.fill_diagonal(own, -np.inf)
    return Novelty((new.astype(float) @ old.astype(float).T).max(axis=1), float(np.quantile(own.max(axis=1), 1 - USUAL)))
