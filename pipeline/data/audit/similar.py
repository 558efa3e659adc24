"""Texts that are nearly the same, found without comparing all pairs. Knows no rows and no sides.

MinHash (Broder 1997) over pairs of neighbouring words, with banding (Leskovec, Rajaraman and Ullman 2014, 3.4). A pair found is then
compared exactly, so that none is reported that is not near; one that is at the threshold is missed about once in 500.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NEAR = 0.8
"""Jaccard similarity of the word pairs from which two texts are nearly the same (as in Lee et al. 2022)."""
SURE_ENOUGH = 0.65
"""Similarity as the signatures estimate it, below which a candidate is dropped: three standard errors under `NEAR`."""
FEWEST_WORDS = 5
"""In shorter texts one word is too much of the whole to call the rest near."""
BANDS, WIDTH = 16, 5
CANDIDATES = 20
"""Looked at for each text and band; where more texts share a band, some go unseen."""
Ints = NDArray[np.uint64]


class Near(NamedTuple):
    """Two texts by their places in the sequences given."""

    text: int
    other: int
    similarity: float


def nearest(texts: Sequence[str], others: Sequence[str]) -> list[Near]:
    """For each text that has one, another one near it; texts are normalised words with single spaces between them."""
    ours = [place for place, text in enumerate(texts) if text.count(" ") >= FEWEST_WORDS - 1]
    theirs = [place for place, text in enumerate(others) if text.count(" ") >= FEWEST_WORDS - 1]
    if not ours or not theirs:
        return []
    vocabulary: dict[str, int] = {}
    left = _signatures([texts[place] for place in ours], vocabulary)
    right = _signatures([others[place] for place in theirs], vocabulary)
    found: dict[int, Near] = {}
    for one, other in _candidates(left, right):
        near = Near(ours[one], theirs[other], 0.0)
        if near.text not in found and (similarity := _jaccard(texts[near.text], others[near.other])) >= NEAR:
            found[near.text] = near._replace(similarity=similarity)
    return [found[place] for place in sorted(found)]


def _signatures(texts: Sequence[str], vocabulary: dict[str, int]) -> NDArray[np.uint32]:
    """(n, BANDS × WIDTH): the smallest hash of each text's word pairs, under each of as many hash functions."""
    words = [text.split(" ") for text in texts]
    lengths = np.array([len(row) for row in words])
    ids = np.fromiter((vocabulary.setdefault(w, len(vocabulary)) for row in words for w in row), dtype=np.uint64, count=int(lengths.sum()))
    pairs = _mixed(_mixed(ids[:-1] + np.uint64(1)) * np.uint64(3) + ids[1:])
    ends = np.cumsum(lengths)
    pairs = np.delete(pairs, ends[:-1] - 1)  # no pair reaches from one text into the next
    starts = ends - lengths - np.arange(len(lengths))
    drawn = np.random.default_rng(17).integers(1, 2**63, size=(2, BANDS * WIDTH), dtype=np.uint64)
    out = np.empty((len(texts), BANDS * WIDTH), dtype=np.uint32)
    for column, (factor, shift) in enumerate(drawn.T):
        hashed = (pairs * (factor * np.uint64(2) + np.uint64(1)) + shift) >> np.uint64(32)
        out[:, column] = np.minimum.reduceat(hashed.astype(np.uint32), starts)
    return out


def _mixed(values: Ints) -> Ints:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every input bit reaches every output bit."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _candidates(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> Iterator[tuple[int, int]]:
    """Pairs that agree on a whole band and look near by their signatures."""
    for band in range(BANDS):
        columns = slice(band * WIDTH, (band + 1) * WIDTH)
        keys, known = _band(left[:, columns]), _band(right[:, columns])
        order = np.argsort(known, kind="stable")
        first = np.searchsorted(known[order], keys, "left")
        count = np.minimum(np.searchsorted(known[order], keys, "right") - first, CANDIDATES)
        one = np.repeat(np.arange(len(keys)), count)
        other = order[np.arange(len(one)) - np.repeat(np.cumsum(count) - count - first, count)]
        for part in range(0, len(one), 100_000):
            pair = slice(part, part + 100_000)
            alike = (left[one[pair]] == right[other[pair]]).mean(axis=1) >= SURE_ENOUGH
            yield from zip(one[pair][alike].tolist(), other[pair][alike].tolist(), strict=True)


def _band(columns: NDArray[np.uint32]) -> Ints:
    key = np.zeros(len(columns), dtype=np.uint64)
    for column in columns.T:
        key = _mixed(key * np.uint64(31) + column)
    return key


def _jaccard(text: str, other: str) -> float:
    one, two = _pairs(text), _pairs(other)
    return len(one & two) / len(one | two)


def _pairs(text: str) -> set[tuple[str, str]]:
    words = text.split(" ")
    return set(pairwise(words))
