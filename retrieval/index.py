"""FAISS behind LangChain's `VectorStore`: cosine over unit vectors. On disk a FAISS file and JSON Lines, never a pickle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore
from numpy.typing import NDArray

from retrieval.chunk import Passage
from retrieval.errors import SetupError

PLACE = ("document", "start", "end", "title")
"""Metadata that are a passage's own fields."""


class FaissStore(VectorStore):
    """Exact search over passages (`IndexFlatIP`); equal scores stand in the order in which passages were added."""

    def __init__(self, embedding: Embeddings, dimension: int) -> None:
        self._embedding = embedding
        self._passages: list[Passage] = []
        self._index: Any = faiss.IndexFlatIP(dimension)

    @property
    def embeddings(self) -> Embeddings:
        return self._embedding

    @property
    def passages(self) -> list[Passage]:
        return list(self._passages)

    def __len__(self) -> int:
        return len(self._passages)

    @classmethod
    def from_passages(cls, passages: Sequence[Passage], embedding: Embeddings) -> Self:
        vectors = _vectors(embedding, [searchable(p) for p in passages])
        store = cls(embedding, vectors.shape[1])
        store.add_passages(passages, vectors)
        return store

    def add_passages(self, passages: Sequence[Passage], vectors: NDArray[np.float32] | None = None) -> None:
        """Add passages, their (n, d) unit vectors made here unless given; an id that is there already is replaced."""
        vectors = _vectors(self._embedding, [searchable(p) for p in passages]) if vectors is None else vectors
        self.delete([p.id for p in passages])
        if len(passages):
            self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        self._passages += list(passages)

    def nearest(self, vectors: NDArray[np.float32], k: int) -> list[list[tuple[Passage, float]]]:
        """For each of the (n, d) unit vectors the `k` nearest passages with their cosine, best first."""
        k = min(k, len(self._passages))
        if k == 0:
            return [[] for _ in vectors]
        scores, numbers = self._index.search(np.ascontiguousarray(vectors, dtype=np.float32), k)
        return [
            [(self._passages[n], float(s)) for s, n in sorted(zip(row_s, row_n, strict=True), key=lambda pair: (-pair[0], pair[1]))]
            for row_s, row_n in zip(scores.tolist(), numbers.tolist(), strict=True)
        ]

    def add_texts(
        self, texts: Iterable[str], metadatas: list[dict[str, Any]] | None = None, *, ids: list[str] | None = None, **kwargs: Any
    ) -> list[str]:
        """LangChain's door: texts with metadata; ids are made from their place where none are given."""
        given = list(texts)
        names = ids or [f"text-{len(self._passages) + i}" for i in range(len(given))]
        data = metadatas or [{} for _ in given]
        self.add_passages([
            Passage(name, str(meta.get("document", name)), int(meta.get("start", 0)), int(meta.get("end", len(text))), text,
                    str(meta.get("title", "")), {k: str(v) for k, v in meta.items() if k not in PLACE})
            for name, text, meta in zip(names, given, data, strict=True)
        ])  # fmt: skip
        return names

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Take these passages out (None: all), without a rebuild."""
        gone = {p.id for p in self._passages} if ids is None else set(ids)
        numbers = np.array([n for n, p in enumerate(self._passages) if p.id in gone], dtype=np.int64)
        if len(numbers):
            self._index.remove_ids(faiss.IDSelectorBatch(numbers))
            self._passages = [p for p in self._passages if p.id not in gone]
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        known = {p.id: p for p in self._passages}
        return [as_document(known[name]) for name in ids if name in known]

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        return [document for document, _ in self.similarity_search_with_score(query, k)]

    def similarity_search_with_score(self, query: str, k: int = 4, **kwargs: Any) -> list[tuple[Document, float]]:
        return self._found(self._embedding.embed_query(query), k)

    def similarity_search_by_vector(self, embedding: list[float], k: int = 4, **kwargs: Any) -> list[Document]:
        return [document for document, _ in self._found(embedding, k)]

    def _found(self, vector: list[float], k: int) -> list[tuple[Document, float]]:
        return [(as_document(p), score) for p, score in self.nearest(np.array([vector], dtype=np.float32), k)[0]]

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
        """`faiss.index`, `passages.jsonl` and `index.json` below `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "passages.jsonl").open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(asdict(passage), ensure_ascii=False) + "\n" for passage in self._passages)
        faiss.write_index(self._index, str(folder / "faiss.index"))
        facts = {"kind": "flat", "passages": len(self._passages), "dimension": self._index.d, "recall_against_exact": 1.0}
        (folder / "index.json").write_text(json.dumps(facts), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, embedding: Embeddings) -> Self:
        """What `save` wrote; a SetupError where its parts do not belong together."""
        try:
            index = faiss.read_index(str(folder / "faiss.index"))
            with (folder / "passages.jsonl").open(encoding="utf-8") as lines:
                passages = [Passage(**json.loads(line)) for line in lines]
        except (OSError, RuntimeError, ValueError, TypeError) as error:
            raise SetupError(f"the index in {folder} cannot be read ({type(error).__name__}); delete that folder and run again") from error
        if index.ntotal != len(passages):
            raise SetupError(f"the index in {folder} holds {index.ntotal} vectors for {len(passages)} passages; delete it and run again")
        store = cls(embedding, index.d)
        store._index, store._passages = index, passages
        return store


def searchable(passage: Passage) -> str:
    """What is embedded of a passage: its title before its text, unless the text begins with it anyway."""
    if not passage.title or passage.title.lower() in passage.text[: len(passage.title) + 8].lower():
        return passage.text
    return f"{passage.title}\n{passage.text}"


def as_document(passage: Passage) -> Document:
    """The passage as LangChain knows it."""
    meta = {"document": passage.document, "start": passage.start, "end": passage.end, "title": passage.title, **passage.metadata}
    return Document(id=passage.id, page_content=passage.text, metadata=meta)


def _vectors(embedding: Embeddings, texts: list[str]) -> NDArray[np.float32]:
    encode = getattr(embedding, "encode", None)
    made = encode(texts, "passage") if encode else embedding.embed_documents(texts)
    vectors = np.asarray(made, dtype=np.float32)
    return vectors if len(vectors) else vectors.reshape(0, len(embedding.embed_query("dimension")))
