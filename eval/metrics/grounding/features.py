"""Features of one sentence and its passages: plain numbers, each higher where the passages support the sentence better.

Nothing depends on the order of the passages: every number is a share of what all of them say, or that of the best sentence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.metrics.grounding.text import clauses, sentences, words

Vectors = dict[str, NDArray[np.float32]]
WINDOW = 3
"""Consecutive sentences of one passage whose words are compared with together."""
NAMES = (
    "words_best", "words_window", "words_all", "rare_all", "words_missing", "pairs_all", "clause_words",
    "names_best", "names_all", "numbers_best", "numbers_all", "numbers_contradict", "negation_agrees",
    "cosine_best", "cosine_clause",
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """What the passages of one answer say, ready to be compared with."""

    sentences: tuple[str, ...]
    windows: tuple[str, ...]

    @classmethod
    def of(cls, passages: Sequence[str]) -> Source:
        split = [sentences(passage) for passage in passages]
        return cls(
            tuple(sorted({sentence for one in split for sentence in one})),
            tuple(sorted({window for one in split for window in _windows(one)})),
        )

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset().union(*(words(one).stems for one in self.sentences))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset().union(*(words(one).numbers for one in self.sentences))

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset().union(*(words(one).pairs for one in self.sentences))


def texts(sentence: str, source: Source) -> list[str]:
    """All that has to be embedded for `measure`."""
    return [sentence, *clauses(sentence), *source.sentences]


def best_sentence(sentence: str, source: Source, vectors: Vectors) -> str:
    """The passages' sentence nearest by shared content words and cosine together; of equals the first in the alphabet."""
    said = words(sentence)
    near = [_share(said.stems, words(one).stems) + float(vectors[sentence] @ vectors[one]) for one in source.sentences]
    return source.sentences[int(np.argmax(near))]


def measure(sentence: str, source: Source, vectors: Vectors) -> NDArray[np.float64]:
    """(len(NAMES),) in the order of NAMES. `vectors` holds unit vectors of `texts`; the source must not be empty."""
    said, best = words(sentence), words(best_sentence(sentence, source, vectors))
    windows = [words(window) for window in source.windows]
    found = {
        "words_best": max(_share(said.stems, words(one).stems) for one in source.sentences),
        "words_window": max(_share(said.stems, window.stems) for window in windows),
        "words_all": _share(said.stems, source.stems),
        "rare_all": _rare_share(said.stems, source),
        "words_missing": -math.log1p(len(said.stems - source.stems)),
        "pairs_all": _share(said.pairs, source.pairs),
        "clause_words": min(max(_share(words(part).stems, window.stems) for window in windows) for part in clauses(sentence)),
        "names_best": _share(said.names, best.stems),
        "names_all": _share(said.names, source.stems),
        "numbers_best": _share(said.numbers, best.numbers),
        "numbers_all": _share(said.numbers, source.numbers),
        "numbers_contradict": -float(bool(said.numbers - source.numbers) and bool(best.numbers - said.numbers)),
        "negation_agrees": -float(said.negated != best.negated),
        **_cosines(sentence, source, vectors),
    }
    return np.array([found[name] for name in NAMES])


def _cosines(sentence: str, source: Source, vectors: Vectors) -> dict[str, float]:
    ones = np.stack([vectors[one] for one in source.sentences])
    parts = np.stack([vectors[part] for part in clauses(sentence)])
    return {
        "cosine_best": float((ones @ vectors[sentence]).max()),
        "cosine_clause": float((parts @ ones.T).max(axis=1).min()),
    }


def _windows(split: Sequence[str]) -> list[str]:
    return [" ".join(split[start : start + WINDOW]) for start in range(max(1, len(split) - WINDOW + 1))] if split else []


def _share(part: Set[Any], whole: Set[Any]) -> float:
    """Of `part`, how much is in `whole`; 1 where there is nothing to find."""
    return len(part & whole) / len(part) if part else 1.0


def _rare_share(stems: frozenset[str], source: Source) -> float:
    """As `_share`, each word weighed by how few of the passages' sentences have it (inverse document frequency, smoothed)."""
    total, had, count = 0.0, 0.0, len(source.sentences)
    for stem in stems:
        among = sum(stem in words(one).stems for one in source.sentences)
        weight = math.log((count + 1) / (among + 0.5))
        total += weight
        had += weight * (among > 0)
    return had / total if total else 1.0
