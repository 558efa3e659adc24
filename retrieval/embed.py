"""Texts → unit vectors by a sentence-transformers model, behind LangChain's `Embeddings`. Searches nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from retrieval.errors import SetupError

Kind = Literal["query", "passage"]
PREFIXES: dict[str, tuple[str, str]] = {
    "e5": ("query: ", "passage: "),
    "bge": ("Represent this sentence for searching relevant passages: ", ""),
    "nomic": ("search_query: ", "search_document: "),
    "arctic": ("Represent this sentence for searching relevant passages: ", ""),
}
"""What families of models expect before a query and before a passage, by a part of their name (as their cards say)."""


class SentenceEmbedder(Embeddings):
    """A local model, or one named by hub id; its vectors are kept in a cache by content, so that nothing is embedded twice."""

    def __init__(self, name: str, cache: Path | None = None, device: str | None = None, batch: int = 32) -> None:
        self._name, self._device, self._batch = name, device, batch
        self._cache = VectorCache(cache / f"{_slug(name)}.sqlite") if cache else None
        family = next((f for f in PREFIXES if f in Path(name).name.lower()), None)
        self._prefix: dict[Kind, str] = dict(zip(("query", "passage"), PREFIXES[family], strict=True)) if family else {}

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        try:
            return SentenceTransformer(self._name, device=self._device or "cpu")
        except (OSError, ValueError) as error:
            raise SetupError(f"the embedder {self._name!r} could not be loaded: {error}") from error

    @property
    def max_tokens(self) -> int:
        """What is longer is cut off by the model itself."""
        return int(self._model.max_seq_length or 512)

    def count_tokens(self, text: str) -> int:
        """Tokens of the embedder, its own special ones included."""
        return len(self._model.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def encode(self, texts: Sequence[str], kind: Kind = "passage") -> NDArray[np.float32]:
        """(n, d) float32, unit norm, in the order of `texts`."""
        prefix = self._prefix.get(kind, "")
        full = [prefix + text for text in texts]
        known = self._cache.get(full) if self._cache else {}
        fresh = sorted({text for text in full if text not in known}, key=lambda text: (len(text), text))
        if fresh:
            vectors = self._model.encode(fresh, batch_size=self._batch, normalize_embeddings=True, show_progress_bar=False)
            made = dict(zip(fresh, np.asarray(vectors, dtype=np.float32), strict=True))
            if self._cache:
                self._cache.put(made)
            known = {**known, **made}
        return np.stack([known[text] for text in full]) if full else np.zeros((0, self.dimension), np.float32)

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension())

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = self.encode(texts, "passage").tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        row: list[float] = self.encode([text], "query")[0].tolist()
        return row


class VectorCache:
    """Vectors by the SHA-256 of their text, in one SQLite file that several processes may share."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with self._open() as store:
            store.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")

    def get(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        found: dict[str, NDArray[np.float32]] = {}
        with self._open() as store:
            for text in set(texts):
                row = store.execute("SELECT vector FROM vectors WHERE key = ?", (_key(text),)).fetchone()
                if row is not None:
                    found[text] = np.frombuffer(row[0], dtype=np.float32)
        return found

    def put(self, vectors: dict[str, NDArray[np.float32]]) -> None:
        with self._open() as store:
            store.executemany(
                "INSERT OR IGNORE INTO vectors VALUES (?, ?)", [(_key(text), vector.tobytes()) for text, vector in vectors.items()]
            )

    def _open(self) -> _Closing:
        return _Closing(self._path)


class _Closing:
    """A connection that commits and closes at the end of its block."""

    def __init__(self, path: Path) -> None:
        self._store = sqlite3.connect(path, timeout=60)

    def __enter__(self) -> sqlite3.Connection:
        return self._store

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._store.commit()
        self._store.close()


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _slug(name: str) -> str:
    """A file name for the cache of this model: a hash, so that no name becomes a path; a folder counts with its weights' size and time."""
    path = Path(name)
    weights = sorted(path.glob("*.safetensors")) if path.is_dir() else []
    identity = [name, *(f"{w.name} {w.stat().st_size} {w.stat().st_mtime_ns}" for w in weights)]
    return hashlib.sha256(repr(identity).encode()).hexdigest()[:24]
