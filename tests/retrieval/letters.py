"""A small embedder: counts of letters. Deterministic, quick, near for near texts; and it remembers what it was asked."""

from __future__ import annotations

import numpy as np
from langchain_core.embeddings import Embeddings

from retrieval.chunk import Passage


class Letters(Embeddings):
    """(27,) unit vectors."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked += texts
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        counts = np.array([1e-6, *(text.lower().count(chr(97 + i)) for i in range(26))])
        vector: list[float] = (counts / np.linalg.norm(counts)).tolist()
        return vector


def passages_of(*texts: str) -> list[Passage]:
    """Each text a document of its own: d0, d1, …"""
    return [Passage(f"d{i}:0-{len(t)}", f"d{i}", 0, len(t), t) for i, t in enumerate(texts)]
