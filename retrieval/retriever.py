"""The only door to retrieval: questions in, passages out. Any LangChain vector store fits behind it, and it fits any LangChain chain."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from pydantic import ConfigDict

from retrieval.chunk import Passage
from retrieval.embed import SentenceEmbedder
from retrieval.fuse import fuse
from retrieval.index import FaissStore, as_document, searchable
from retrieval.lexical import LexicalIndex

Search = Literal["dense", "lexical", "hybrid"]
DEPTH = 50
"""How deep each ranking goes into a fusion."""


@dataclass(frozen=True)
class Found:
    """A passage and how well it fits (cosine, BM25 score or fused reciprocal ranks, by the kind of search)."""

    passage: Passage
    score: float


class Retriever(BaseRetriever):
    """Dense, lexical or hybrid search. `invoke(question)` is LangChain's way, `retrieve(questions, k)` ours: many at once."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    store: VectorStore
    search: Search = "dense"
    k: int = 4
    lexical: Any = None

    @classmethod
    def build(cls, passages: Sequence[Passage], embedder: SentenceEmbedder, *, search: Search = "dense") -> Self:
        lexical = LexicalIndex.build([searchable(p) for p in passages]) if search != "dense" else None
        return cls(store=FaissStore.from_passages(passages, embedder), search=search, lexical=lexical)

    def save(self, folder: Path) -> None:
        """Only a retriever over our own store can be saved; other stores keep themselves."""
        if not isinstance(self.store, FaissStore):
            raise TypeError("only a FaissStore is saved here")
        self.store.save(folder)
        if self.lexical is not None:
            self.lexical.save(folder / "bm25")

    @classmethod
    def load(cls, folder: Path, embedder: SentenceEmbedder, *, search: Search = "dense") -> Self:
        store = FaissStore.load(folder, embedder)
        lexical = LexicalIndex.load(folder / "bm25", len(store)) if search != "dense" else None
        return cls(store=store, search=search, lexical=lexical)

    def retrieve(self, questions: Sequence[str], k: int, exclude: Sequence[Collection[str]] | None = None) -> list[list[Found]]:
        """For each question its `k` best passages, best first; never one of a document named in `exclude` for that question."""
        barred = exclude or [()] * len(questions)
        most = max((len(set(ids)) for ids in barred), default=0)
        if not isinstance(self.store, FaissStore):
            return [self._foreign(question, k, set(out), most) for question, out in zip(questions, barred, strict=True)]
        depth = k + self._passages_of(barred)
        ranked = self._ranked(self.store, questions, depth)
        return [[f for f in found if f.passage.document not in out][:k] for found, out in zip(ranked, barred, strict=True)]

    def _passages_of(self, barred: Sequence[Collection[str]]) -> int:
        """The most passages that any question's excluded documents hold."""
        if not any(barred) or not isinstance(self.store, FaissStore):
            return 0
        count: dict[str, int] = {}
        for passage in self.store.passages:
            count[passage.document] = count.get(passage.document, 0) + 1
        return max(sum(count.get(name, 0) for name in set(out)) for out in barred)

    def _ranked(self, store: FaissStore, questions: Sequence[str], depth: int) -> list[list[Found]]:
        passages = store.passages
        wide = max(depth, DEPTH) if self.search == "hybrid" else depth
        if self.search != "lexical":
            dense = store.nearest(_queries(store, questions), wide)
            if self.search == "dense":
                return [[Found(p, s) for p, s in row] for row in dense]
        words = self.lexical.search(questions, wide)
        if self.search == "lexical":
            return [[Found(passages[n], s) for n, s in row] for row in words]
        place = {p.id: n for n, p in enumerate(passages)}
        both = zip(dense, words, strict=True)
        return [[Found(passages[n], s) for n, s in fuse([[place[p.id] for p, _ in d], [n for n, _ in w]], depth)] for d, w in both]

    def _foreign(self, question: str, k: int, out: set[str], most: int) -> list[Found]:
        found = self.store.similarity_search_with_score(question, k + most)
        rows = [Found(as_passage(document), float(score)) for document, score in found]
        return [row for row in rows if row.passage.document not in out][:k]

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [as_document(found.passage) for found in self.retrieve([query], self.k)[0]]


def _queries(store: FaissStore, questions: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
    encode = getattr(store.embeddings, "encode", None)
    made = encode(questions, "query") if encode else [store.embeddings.embed_query(q) for q in questions]
    return np.asarray(made, dtype=np.float32)


def as_passage(document: Document) -> Passage:
    """A LangChain document of any store as a passage; where it names no source it is its own."""
    meta = dict(document.metadata)
    name = document.id or str(meta.get("id", document.page_content[:80]))
    start = int(meta.pop("start", meta.pop("start_index", 0)))
    return Passage(
        name, str(meta.pop("document", meta.pop("source", name))), start, int(meta.pop("end", start + len(document.page_content))),
        document.page_content, str(meta.pop("title", "")), {key: str(value) for key, value in meta.items()},
    )  # fmt: skip
