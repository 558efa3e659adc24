"""Retrieval metrics of ranked ids against gold ids (recall@k, MRR, nDCG@k), binary relevance: per-row values in [0, 1]."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import log2


def recall_at(k: int, ranked: Sequence[str], gold: Collection[str]) -> float:
    """The share of gold ids among the first `k` different ids."""
    return len(set(_distinct(ranked)[:k]) & _known(gold)) / len(set(gold))


def mrr(ranked: Sequence[str], gold: Collection[str]) -> float:
    """One over the rank of the first gold id; 0 where there is none."""
    known = _known(gold)
    return next((1 / rank for rank, found in enumerate(_distinct(ranked), start=1) if found in known), 0.0)


def ndcg_at(k: int, ranked: Sequence[str], gold: Collection[str]) -> float:
    """Gain 1 a gold id, discounted by log2(rank + 1), over the best possible (Järvelin and Kekäläinen 2002)."""
    known = _known(gold)
    gain = sum(1 / log2(rank + 1) for rank, found in enumerate(_distinct(ranked)[:k], start=1) if found in known)
    return gain / sum(1 / log2(rank + 1) for rank in range(1, min(k, len(known)) + 1))


def _distinct(ranked: Sequence[str]) -> list[str]:
    """An id counts where it stands first: several passages of one document are one find."""
    return list(dict.fromkeys(ranked))


def _known(gold: Collection[str]) -> set[str]:
    if not gold:
        raise ValueError("no gold ids: a ranking cannot be measured without them.")
    return set(gold)
