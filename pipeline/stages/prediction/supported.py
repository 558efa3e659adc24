"""Which of a row's own choices its passages support most: by words that stand together, and by embedding. Asks no language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from retrieval.cached import CachedEmbedder

WAYS = (0.5, 0.0, 1.0)
"""The weight of words beside embeddings, the first of equals on dev rows."""


@dataclass(frozen=True)
class Supports:
    """How far one row's passages support each of its choices, in [0, 1] each."""

    choices: tuple[str, ...]
    words: tuple[float, ...]
    """Of a choice's and the question's words, the share that stands in one sentence, the choice's counting double; the best sentence."""
    meaning: tuple[float, ...]
    """The cosine between question with choice and the nearest sentence; without sentences, between question and choice."""

    def best(self, weight: float) -> str:
        """The choice with the highest weighted support, the first of equals."""
        values = [weight * word + (1 - weight) * meant for word, meant in zip(self.words, self.meaning, strict=True)]
        return self.choices[values.index(max(values))]


def supports(embedder: CachedEmbedder, asked: Sequence[tuple[str, tuple[str, ...]]], texts: Sequence[Sequence[str]]) -> list[Supports]:
    """`asked`: each row's question and choices; `texts`: the sentences found for it."""
    pairs = [f"{question} {choice}" for question, choices in asked for choice in choices]
    sentences = sorted({sentence for row in texts for sentence in row})
    sides = [*pairs, *(question for question, _ in asked), *(choice for _, choices in asked for choice in choices)]
    queries = dict(zip(sides, embedder.encode(sides, "query"), strict=True)) if sides else {}
    found = dict(zip(sentences, embedder.encode(sentences, "passage"), strict=True)) if sentences else {}
    out = []
    for (question, choices), row in zip(asked, texts, strict=True):
        vectors = np.stack([found[sentence] for sentence in row]) if row else None
        meaning = [
            float((vectors @ queries[f"{question} {choice}"]).max()) if vectors is not None else float(queries[question] @ queries[choice])
            for choice in choices
        ]
        out.append(Supports(choices, tuple(_words(question, choice, row) for choice in choices), tuple(meaning)))
    return out


def best_way(found: Sequence[Supports], references: Sequence[Sequence[str]]) -> float:
    """The weight of words under which most of these rows are answered right; the first of WAYS without any."""
    right = {way: sum(one.best(way) in accepted for one, accepted in zip(found, references, strict=True)) for way in WAYS}
    return max(WAYS, key=lambda way: right[way])


def _words(question: str, choice: str, sentences: Sequence[str]) -> float:
    from retrieval.lexical import words

    asked, chosen = set(words(question)), set(words(choice))
    if not chosen:
        return 0.0
    shares = [
        (2 * len(chosen & there) / len(chosen) + len(asked & there) / max(1, len(asked))) / 3 for there in map(set, map(words, sentences))
    ]
    return max(shares, default=0.0)
