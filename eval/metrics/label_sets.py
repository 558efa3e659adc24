"""Multi-label metrics: the predicted labels against the gold labels, per row, in [0, 1]. Does not parse text."""

from __future__ import annotations

from collections.abc import Collection


def label_f1(said: Collection[str], true: Collection[str]) -> float:
    """2 |said ∩ true| / (|said| + |true|); 1 where both are empty (Godbole and Sarawagi 2004, section 4)."""
    count = len(set(said)) + len(set(true))
    return 2 * len(set(said) & set(true)) / count if count else 1.0
