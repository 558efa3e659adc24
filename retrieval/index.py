"""Passages and their vectors behind LangChain's `VectorStore`. On disk a FAISS file and JSON Lines, never a pickle."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import orjson
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore
from numpy.typing import NDArray

from retrieval.chunk import Passage, searchable
from retrieval.diversify import select
from retrieval.errors import SetupError
from retrieval.passages import as_document, from_text, read_passages, replace_file, write_passages
from retrieval.vectors import MEMORY, Facts, Kind, VectorIndex

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Change:
    """What an update did, in passages."""

    added: int
    removed: int
    kept: int
    """Of the documents given: word for word as before, and not embedded again."""


class FaissStore(VectorStore):
    """Search by cosine; equal scores stand in the order in which passages were added."""

    def __init__(self, embedding: Embeddings, dimension: int) -> None:
        """Empty, exact."""
        self._embedding = embedding
        self._rows: list[Passage | None] = []
        self._places: dict[str, int] = {}
        self._vectors = VectorIndex(dimension)

    @property
    def embeddings(self) -> Embeddings:
        return self._embedding

    @property
    def passages(self) -> list[Passage]:
        """In the order in which they were added."""
        return [row for row in self._rows if row is not None]

    @property
    def facts(self) -> Facts:
        """Kind of index, and its recall against exact search."""
        return self._vectors.facts

    def __len__(self) -> int:
        return len(self._places)

    @classmethod
    def from_passages(
        cls, passages: Sequence[Passage], embedding: Embeddings, kind: Kind | Literal["auto"] = "auto", memory: int = MEMORY
    ) -> Self:
        """Embed and index passages of different ids; `auto` chooses the kind by their number and by `memory` in bytes."""
        _distinct(passages)
        vectors = _embed(embedding, passages)
        store = cls(embedding, vectors.shape[1])
        store._vectors = VectorIndex.build(vectors, kind, memory)
        store._append(passages)
        return store

    def add_passages(self, passages: Sequence[Passage], vectors: Floats | None = None) -> None:
        """Add passages, their (n, d) unit vectors made here unless given; what is there under the same id is replaced."""
        if not passages:
            return
        _distinct(passages)
        vectors = _embed(self._embedding, passages) if vectors is None else vectors
        self.delete([p.id for p in passages])
        self._vectors.add(vectors)
        self._append(passages)

    def _append(self, passages: Sequence[Passage]) -> None:
        self._places |= {p.id: place for place, p in enumerate(passages, len(self._rows))}
        self._rows += passages

    def update(self, passages: Sequence[Passage], documents: Collection[str]) -> Change:
        """All passages of `documents` give way to these; those that stay as they were are neither removed nor embedded again."""
        before = {p.id: p for p in self._rows if p is not None and p.document in documents}
        fresh = [p for p in passages if before.get(p.id) != p]
        kept = {p.id for p in passages} - {p.id for p in fresh}
        gone = [name for name in before if name not in kept]
        vectors = _embed(self._embedding, fresh) if fresh else None  # first, so that a failure leaves everything as it was
        self.delete(gone)
        self.add_passages(fresh, vectors)
        return Change(len(fresh), len(gone), len(kept))

    def nearest(self, vectors: Floats, k: int) -> list[list[tuple[Passage, float]]]:
        """For each of the (n, d) unit vectors up to `k` nearest passages with their cosine, to six decimals, best first."""
        scores, places = self._vectors.search(vectors, k)
        return [
            [(row, score) for place, score in zip(some, their, strict=True) if place >= 0 and (row := self._rows[place])]
            for some, their in zip(places.tolist(), scores.astype(float).round(6).tolist(), strict=True)
        ]

    def vectors_of(self, ids: Sequence[str]) -> Floats:
        """(n, d) as they are stored."""
        return self._vectors.vectors([self._places[name] for name in ids])

    def add_texts(
        self, texts: Iterable[str], metadatas: list[dict[str, Any]] | None = None, *, ids: list[str] | None = None, **kwargs: Any
    ) -> list[str]:
        """LangChain's door: texts with metadata; ids are made from their place where none are given. Of equal ids the last one counts."""
        given = list(texts)
        names = ids or [f"text-{len(self._rows) + i}" for i in range(len(given))]
        data = metadatas or [{} for _ in given]
        made = {name: from_text(name, text, meta) for name, text, meta in zip(names, given, data, strict=True)}
        self.add_passages(list(made.values()))
        return names

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Take these passages out (None: all), without a rebuild."""
        places = [self._places.pop(name) for name in (list(self._places) if ids is None else ids) if name in self._places]
        for place in places:
            self._rows[place] = None
        if self._vectors.remove(places):
            self._rows = list(self.passages)
            self._places = {p.id: place for place, p in enumerate(self.passages)}
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        found = [self._rows[self._places[name]] for name in ids if name in self._places]
        return [as_document(passage) for passage in found if passage]

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        return [document for document, _ in self.similarity_search_with_score(query, k)]

    def similarity_search_with_score(self, query: str, k: int = 4, **kwargs: Any) -> list[tuple[Document, float]]:
        return self._found(self._embedding.embed_query(query), k)

    def similarity_search_by_vector(self, embedding: list[float], k: int = 4, **kwargs: Any) -> list[Document]:
        return [document for document, _ in self._found(embedding, k)]

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        return self.max_marginal_relevance_search_by_vector(self._embedding.embed_query(query), k, fetch_k, lambda_mult)

    def max_marginal_relevance_search_by_vector(
        self, embedding: list[float], k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        near = self.nearest(_unit(np.array([embedding], dtype=np.float32)), max(fetch_k, k))[0]
        scores = np.array([score for _, score in near], dtype=np.float32)
        chosen = select(scores, self.vectors_of([p.id for p, _ in near]), k, lambda_mult) if near else []
        return [as_document(near[n][0]) for n in chosen]

    def _found(self, vector: list[float], k: int) -> list[tuple[Document, float]]:
        return [(as_document(p), score) for p, score in self.nearest(_unit(np.array([vector], dtype=np.float32)), k)[0]]

    def _select_relevance_score_fn(self) -> Any:
        return lambda score: (score + 1.0) / 2.0

    @classmethod
    def from_texts(
        cls, texts: list[str], embedding: Embeddings, metadatas: list[dict[str, Any]] | None = None, *, ids: list[str] | None = None,
        **kwargs: Any,
    ) -> Self:  # fmt: skip
        store = cls(embedding, len(embedding.embed_query("dimension")))
        store.add_texts(texts, metadatas, ids=ids)
        return store

    def save(self, folder: Path) -> None:
        """`faiss.index`, `passages.jsonl` and `index.json` below `folder`, each replaced whole."""
        folder.mkdir(parents=True, exist_ok=True)
        write_passages(folder / "passages.jsonl", self.passages)
        facts = self._vectors.save(folder / "faiss.index")
        replace_file(folder / "index.json", [orjson.dumps({**asdict(facts), "effort": list(facts.effort)})])

    @classmethod
    def load(cls, folder: Path, embedding: Embeddings) -> Self:
        """What `save` wrote, vectors memory-mapped; a SetupError where its parts do not belong together."""
        try:
            facts = json.loads((folder / "index.json").read_bytes())
            passages = read_passages(folder / "passages.jsonl")
            vectors = VectorIndex.load(folder / "faiss.index", facts)
        except (OSError, RuntimeError, ValueError, TypeError, KeyError) as error:
            raise SetupError(f"the index in {folder} cannot be read ({type(error).__name__}); delete that folder and run again") from error
        if len(vectors) != len(passages):
            raise SetupError(f"the index in {folder} holds {len(vectors)} vectors for {len(passages)} passages; delete it and run again")
        store = cls(embedding, facts["dimension"])
        store._vectors = vectors
        removed, left = set(facts["removed"]), iter(passages)
        store._rows = [None if place in removed else next(left) for place in range(len(passages) + len(removed))]
        store._places = {p.id: place for place, p in enumerate(store._rows) if p}
        return store


def _distinct(passages: Sequence[Passage]) -> None:
    if len({p.id for p in passages}) < len(passages):
        raise ValueError("two passages have one id")


def _embed(embedding: Embeddings, passages: Sequence[Passage]) -> Floats:
    """(n, d) by the embedder's own batch encoding where it has one; made unit norm, which not every LangChain embedder promises."""
    texts = [searchable(p) for p in passages]
    encode = getattr(embedding, "encode", None)
    made = np.asarray(encode(texts, "passage") if encode else embedding.embed_documents(texts), dtype=np.float32)
    vectors = made if len(made) else made.reshape(0, len(embedding.embed_query("dimension")))
    return _unit(vectors)


def _unit(vectors: Floats) -> Floats:
    lengths = np.sqrt(np.sum(vectors * vectors, axis=-1, keepdims=True, dtype=np.float32))
    unit: Floats = (vectors / np.maximum(lengths, np.float32(1e-12))).astype(np.float32)
    return unit
