"""Embedders that are not ours: unit vectors by kind, nothing asked twice, and what is no vector is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval.errors import SetupError
from retrieval.foreign import ForeignEmbedder
from retrieval.prefixes import Prefixes
from tests.retrieval.letters import Letters


class Doubled(Letters):
    """Not of unit norm, and other for questions."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[2 * x for x in vector] for vector in super().embed_documents(texts)]

    def embed_query(self, text: str) -> list[float]:
        return super().embed_query(text)[::-1] if text.startswith("?") else super().embed_query(text)


class Gives(Letters):
    def __init__(self, what: Any) -> None:
        super().__init__()
        self.what = what

    def embed_documents(self, texts: list[str]) -> Any:
        return self.what


def test_unit_vectors_by_kind_and_from_the_cache_the_second_time(tmp_path: Path) -> None:
    source = Doubled()
    embedder = ForeignEmbedder(source, "letters", tmp_path, prefixes=Prefixes("?", ""))
    passages, questions = embedder.encode(["tides", "", "tides"]), embedder.encode(["tides"], "query")
    assert np.allclose(np.linalg.norm(passages, axis=1), 1)
    assert np.allclose(passages[0], Letters().embed_query("tides"))
    assert np.allclose(questions[0], Letters().embed_query("?tides")[::-1])
    asked = list(source.asked)
    again = ForeignEmbedder(source, "letters", tmp_path, prefixes=Prefixes("?", ""))
    assert np.array_equal(again.encode(["tides", "", "tides"]), passages)
    assert source.asked == asked
    assert np.array_equal(ForeignEmbedder(source, "others", tmp_path).encode(["tides"])[0], passages[0])
    assert len(source.asked) > len(asked), "another embedder's vectors are none of ours"


def test_longer_texts_are_cut_to_what_it_reads_and_letters_stay_whole() -> None:
    source = Letters()
    ForeignEmbedder(source, "letters", max_tokens=32).encode(["é" * 200])
    assert source.asked[-1] == "é" * 48


@pytest.mark.parametrize(
    "what",
    [[[float("nan")] * 3], [[0.0, 0.0]], [[1.0], [2.0]], [], "text", [["a"]], [[1.0, float("inf")]]],
    ids=lambda what: str(what)[:12],
)
def test_what_is_no_vector_for_each_text_is_an_error(what: Any) -> None:
    with pytest.raises(SetupError, match="the embedder odd"):
        ForeignEmbedder(Gives(what), "odd").encode(["tides"])
