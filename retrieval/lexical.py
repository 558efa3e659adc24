"""Search by words (BM25, Robertson & Zaragoza 2009, by bm25s). Kept on disk as arrays and JSON, never as a pickle."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
from bm25s.stopwords import STOPWORDS_EN

from retrieval.errors import SetupError

_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""Kana, Han, Thai, Lao, Khmer, Myanmar: scripts without spaces between words, taken sign by sign with the marks on each."""
_MARK = r"\u0300-\u036f\u0900-\u0903\u093a-\u094f\u064b-\u065f"
_MARK += r"\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3\u3099\u309a"
WORD = re.compile(rf"[{_UNSPACED}][{_MARK}]*|(?:[^\W{_UNSPACED}][{_MARK}]*)+")
"""A run of letters and digits; of Chinese and Japanese, which leave no spaces, each character by itself."""
COMMON = frozenset(STOPWORDS_EN)


class LexicalIndex:
    """BM25 over texts given in a fixed order; results are numbers of texts."""

    def __init__(self, model: Any, size: int) -> None:
        self._model, self.size = model, size

    @classmethod
    def build(cls, texts: Sequence[str]) -> LexicalIndex:
        """bm25s cannot index nothing at all: texts without a single word count as one word that no question holds."""
        model = bm25s.BM25()
        tokens = [words(text) for text in texts]
        model.index(tokens if any(tokens) else [["\0"] for _ in tokens] or [["\0"]], show_progress=False)
        return cls(model, len(texts))

    def search(self, questions: Sequence[str], k: int) -> list[list[tuple[int, float]]]:
        """For each question up to `k` (number, score), best first, equals in order; texts that share no word are left out."""
        return [self._search(question, k) for question in questions]

    def _search(self, question: str, k: int) -> list[tuple[int, float]]:
        known = [word for word in words(question) if word in self._model.vocab_dict]
        if not known or not self.size or k < 1:
            return []
        scores = np.round(self._model.get_scores(known), 6)
        least = np.partition(scores, -k)[-k] if k < len(scores) else 0.0
        near = np.flatnonzero((scores >= least) & (scores > 0))
        order = near[np.lexsort((near, -scores[near]))][:k]
        return [(int(n), round(float(scores[n]), 6)) for n in order]

    def save(self, folder: Path) -> None:
        """Replace `folder` whole: the one that is there may be mapped into memory."""
        part = folder.with_name(folder.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        self._model.save(str(part), show_progress=False)
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)

    @classmethod
    def load(cls, folder: Path, size: int) -> LexicalIndex:
        """What `save` wrote, memory-mapped, over `size` texts; SetupError where it cannot be read or is over others."""
        try:
            model = bm25s.BM25.load(str(folder), load_corpus=False, mmap=True, allow_pickle=False)
        except (OSError, ValueError, KeyError) as error:
            raise SetupError(f"the word index in {folder} cannot be read ({type(error).__name__}); delete it and run again") from error
        if model.scores["num_docs"] != max(size, 1):
            raise SetupError(f"the word index in {folder} is over {model.scores['num_docs']} passages, not {size}; delete it and run again")
        return cls(model, size)


def words(text: str) -> list[str]:
    """Lower-case words in order, the commonest English ones left out, plurals made singular."""
    found = WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return [singular(word) for word in found if word not in COMMON]


def singular(word: str) -> str:
    """The S stemmer of Harman 1991, "How effective is suffixing?": its three rules, the first that fits."""
    if len(word) < 4 or not word.endswith("s"):
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    return word if word.endswith(("us", "ss")) else word[:-1]
