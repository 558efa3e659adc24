"""The only door to retrieval: questions in, passages out. Any LangChain vector store fits behind it, and it fits any LangChain chain."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from langchain_text_splitters import TextSplitter
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from retrieval.chunk import Passage, Source, searchable, split, whole
from retrieval.diversify import scaled, select
from retrieval.errors import SetupError
from retrieval.fuse import fuse
from retrieval.index import Change, FaissStore
from retrieval.lexical import LexicalIndex
from retrieval.passages import as_document, from_text, read_passages, write_passages
from retrieval.rerank import Reranker
from retrieval.vectors import Kind

Search = Literal["dense", "lexical", "hybrid"]
DEPTH = 50
"""How many candidates go into a fusion, to the reranker, and into the choice by novelty."""


@dataclass(frozen=True)
class Found:
    """A passage and how well it fits: cosine, BM25 score, fused reciprocal ranks or the reranker's score, by what ordered it last."""

    passage: Passage
    score: float


class Retriever(BaseRetriever):
    """Candidates by vectors, words or both; then, where asked for, reranked, chosen for novelty, and widened to their documents.

    `invoke(question)` is LangChain's way, `retrieve(questions, k)` ours: many at once.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    store: VectorStore | BaseRetriever
    """Ours, or another that searches in its own way; a retriever gives as many as it will, in its order."""
    search: Search = "dense"
    k: int = 4
    lexical: LexicalIndex | None = None
    """Over the passages of `store` in their order."""
    reranker: Reranker | None = None
    mmr: float | None = None
    """Weight of relevance against novelty; None: off."""
    parents: dict[str, Passage] = Field(default_factory=dict)
    """Whole documents by their id, given in place of their passages; a document that is not here keeps its passages."""

    @classmethod
    def build(
        cls, passages: Sequence[Passage], embedder: Embeddings, *, search: Search = "dense", index: Kind | Literal["auto"] = "auto",
        reranker: Reranker | None = None, mmr: float | None = None, parents: Iterable[Passage] = (),
    ) -> Self:  # fmt: skip
        """Embed and index; `index` is the kind of FAISS index, `auto` by size; `parents` from `chunk.whole`, of documents that fit."""
        store = FaissStore.from_passages(passages, embedder, index)
        return cls.over(store, search=search, reranker=reranker, mmr=mmr, parents=parents)

    @classmethod
    def over(
        cls, store: FaissStore, *, search: Search = "dense", reranker: Reranker | None = None, mmr: float | None = None,
        parents: Iterable[Passage] = (),
    ) -> Self:  # fmt: skip
        """Over passages that are embedded already."""
        made = cls(store=store, search=search, reranker=reranker, mmr=mmr, parents={p.document: p for p in parents})
        made._index_words()
        return made

    def save(self, folder: Path) -> None:
        """Only a retriever over our own store can be saved; other stores keep themselves."""
        self._own.save(folder)
        if self.lexical is not None:
            self.lexical.save(folder / "bm25")
        if self.parents:
            write_passages(folder / "parents.jsonl", self.parents.values())

    @classmethod
    def load(
        cls, folder: Path, embedder: Embeddings, *, search: Search = "dense", reranker: Reranker | None = None, mmr: float | None = None
    ) -> Self:
        """What `save` wrote; a SetupError where it cannot be read."""
        store = FaissStore.load(folder, embedder)
        lexical = LexicalIndex.load(folder / "bm25", len(store)) if search != "dense" else None
        parents = read_passages(folder / "parents.jsonl") if (folder / "parents.jsonl").exists() else []
        return cls(store=store, search=search, lexical=lexical, reranker=reranker, mmr=mmr, parents={p.document: p for p in parents})

    def update(self, sources: Sequence[Source], splitter: TextSplitter, removed: Collection[str] = ()) -> Change:
        """These documents are new, or take the place of those of the same id; those of the ids `removed` go. Only changed text is embedded.

        Of documents that were given whole (`parents`) the new text is given whole too. The index of words is made anew.
        """
        change = self._own.update(split(sources, splitter), {s.id for s in sources} | set(removed))
        self.parents = {name: p for name, p in self.parents.items() if name not in removed}
        self.parents |= {p.document: p for p in map(whole, sources) if p.document in self.parents}
        self._index_words()
        return change

    def retrieve(self, questions: Sequence[str], k: int, exclude: Sequence[Collection[str]] | None = None) -> list[list[Found]]:
        """For each question its `k` best passages, best first; never one of a document named in `exclude` for that question."""
        barred = [set(ids) for ids in exclude] if exclude is not None else [set[str]() for _ in questions]
        deep = self.reranker is not None or self.mmr is not None or bool(self.parents)
        candidates = self._candidates(questions, max(k, DEPTH) if deep else k, barred)
        return [self._refined(question, found, k) for question, found in zip(questions, candidates, strict=True)]

    def _candidates(self, questions: Sequence[str], depth: int, barred: list[set[str]]) -> list[list[Found]]:
        """Up to `depth` each that are not barred; where barred ones took their places, looked for again, deeper."""
        out: list[list[Found]] = [[] for _ in questions]
        open_questions, reach = list(range(len(questions))), depth
        while open_questions:
            ranked = self._ranked([questions[n] for n in open_questions], reach)
            for n, found in zip(open_questions, ranked, strict=True):
                out[n] = [f for f in found if f.passage.document not in barred[n]][:depth]
            open_questions = [n for n, found in zip(open_questions, ranked, strict=True) if len(out[n]) < depth and len(found) >= reach]
            reach *= 4
        return out

    def _ranked(self, questions: Sequence[str], depth: int) -> list[list[Found]]:
        """For each question the `depth` best by the kind of search; fewer only where there are no more."""
        if self.search == "dense":
            return self._dense(questions, depth)
        passages = self._own.passages
        if self.lexical is None or self.lexical.size != len(passages):
            raise ValueError("the index of words is not over the passages of the store; change the store by Retriever.update")
        wide = max(depth, DEPTH)
        words = [[Found(passages[n], score) for n, score in row] for row in self.lexical.search(questions, wide)]
        if self.search == "lexical":
            return [row[:depth] for row in words]
        return [_fused([dense, row], depth) for dense, row in zip(self._dense(questions, wide), words, strict=True)]

    def _dense(self, questions: Sequence[str], depth: int) -> list[list[Found]]:
        if isinstance(self.store, BaseRetriever):
            return [_ranked_by(self.store.invoke(question))[:depth] for question in questions]
        if not isinstance(self.store, FaissStore):
            return [_scored(self.store, question, depth) for question in questions]
        encode = getattr(self.store.embeddings, "encode", None)
        vectors = encode(questions, "query") if encode else [self.store.embeddings.embed_query(q) for q in questions]
        found = self.store.nearest(np.asarray(vectors, dtype=np.float32).reshape(len(questions), -1), depth)
        return [[Found(passage, score) for passage, score in row] for row in found]

    def _refined(self, question: str, found: list[Found], k: int) -> list[Found]:
        if self.reranker is not None:
            scores = self.reranker.scores(question, [searchable(f.passage) for f in found]).astype(float).round(6).tolist()
            found = sorted((replace(f, score=s) for f, s in zip(found, scores, strict=True)), key=lambda f: -f.score)
        if self.mmr is not None and found:
            found = self._novel(found, len(found) if self.parents else k, self.mmr)
        return _widened(found, self.parents)[:k]

    def _novel(self, found: list[Found], k: int, weight: float) -> list[Found]:
        scores = np.array([f.score for f in found], dtype=np.float32)
        cosines = self.search == "dense" and self.reranker is None
        return [found[n] for n in select(scores if cosines else scaled(scores), self._vectors([f.passage for f in found]), k, weight)]

    def _vectors(self, passages: Sequence[Passage]) -> NDArray[np.float32]:
        if isinstance(self.store, FaissStore):
            return self.store.vectors_of([p.id for p in passages])
        embeddings = getattr(self.store, "embeddings", None)
        if embeddings is None:
            raise SetupError("retrieval.mmr needs a vector store that tells its embeddings")
        return np.asarray(embeddings.embed_documents([p.text for p in passages]), dtype=np.float32)

    @property
    def _own(self) -> FaissStore:
        if not isinstance(self.store, FaissStore):
            raise SetupError(f"a {type(self.store).__name__} does dense search only, and is saved and changed by its own means")
        return self.store

    def _index_words(self) -> None:
        self.lexical = LexicalIndex.build([searchable(p) for p in self._own.passages]) if self.search != "dense" else None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [as_document(found.passage) for found in self.retrieve([query], self.k)[0]]


def _fused(rankings: Sequence[Sequence[Found]], depth: int) -> list[Found]:
    passages = {f.passage.id: f.passage for ranking in rankings for f in ranking}
    return [Found(passages[name], score) for name, score in fuse([[f.passage.id for f in ranking] for ranking in rankings], depth)]


def _widened(found: list[Found], parents: dict[str, Passage]) -> list[Found]:
    """Each passage as its whole document where there is one, at the rank of the document's best passage."""
    wide: dict[str, Found] = {}
    for each in found:
        passage = parents.get(each.passage.document, each.passage)
        wide.setdefault(passage.id, replace(each, passage=passage))
    return list(wide.values())


def _scored(store: VectorStore, question: str, depth: int) -> list[Found]:
    """By the store's own scores, which may be distances; its order stands. Not every store tells them."""
    try:
        return [_foreign(*pair) for pair in store.similarity_search_with_score(question, depth)]
    except NotImplementedError:
        return _ranked_by(store.similarity_search(question, depth))


def _ranked_by(documents: Sequence[Document]) -> list[Found]:
    """In their order, with the reciprocal of the rank for a score."""
    return [_foreign(document, 1 / rank) for rank, document in enumerate(documents, 1)]


def _foreign(document: Document, score: Any) -> Found:
    """A hit of another store."""
    text = document.page_content.encode("utf-8", "replace").decode()
    named = document.id or document.metadata.get("id") or text[:80]
    value = float(score)
    return Found(from_text(str(named), text, document.metadata), value if math.isfinite(value) else 0.0)
