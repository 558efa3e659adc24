"""How right a set of labels is against the set that holds. Per row, in [0, 1]; knows nothing of how labels are written."""

from __future__ import annotations

from collections.abc import Collection


def label_f1(said: Collection[str], true: Collection[str]) -> float:
    """2 |said ∩ true| / (|said| + |true|); 1 where both are empty (Godbole and Sarawagi 2004, section 4)."""
    count = len(set(said)) + len(set(true))
    return 2 * len(set(said) & set(true)) / count if count else 1.0
