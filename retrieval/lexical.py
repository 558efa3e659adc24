"""Search by words (BM25, Robertson & Zaragoza 2009, by bm25s). Kept on disk as arrays and JSON, never as a pickle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bm25s
import numpy as np


class LexicalIndex:
    """BM25 over texts given in a fixed order; results are numbers of texts."""

    def __init__(self, model: Any, size: int) -> None:
        self._model, self._size = model, size

    @classmethod
    def build(cls, texts: Sequence[str]) -> LexicalIndex:
        model = bm25s.BM25()
        model.index(bm25s.tokenize(list(texts), stopwords="en", show_progress=False), show_progress=False)
        return cls(model, len(texts))

    def search(self, questions: Sequence[str], k: int) -> list[list[tuple[int, float]]]:
        """For each question up to `k` (number, score), best first, equals in order; texts that share no word are left out."""
        out: list[list[tuple[int, float]]] = []
        for question in questions:
            words = bm25s.tokenize([question], stopwords="en", show_progress=False, return_ids=False)[0]
            known = [word for word in words if word in self._model.vocab_dict]
            scores = self._model.get_scores(known) if known else np.zeros(self._size, np.float32)
            order = np.lexsort((np.arange(self._size), -scores))[:k]
            out.append([(int(n), float(scores[n])) for n in order if scores[n] > 0])
        return out

    def save(self, folder: Path) -> None:
        self._model.save(str(folder))

    @classmethod
    def load(cls, folder: Path, size: int) -> LexicalIndex:
        return cls(bm25s.BM25.load(str(folder), load_corpus=False, allow_pickle=False), size)
