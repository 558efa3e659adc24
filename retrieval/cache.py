"""Vectors on disk by the content they were made from: an SQLite file of plain bytes. Makes no vector and knows no model."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import SetupError

CHECK = 8
"""Bytes of the hash that follows each vector: one that was changed on the disk counts as unknown, and is made anew."""
AT_ONCE = 500
"""Keys asked for in one statement; SQLite allows some thousands."""


class VectorCache:
    """(d,) float32 vectors by the SHA-256 of their text, in one file a model, which several processes may share."""

    def __init__(self, folder: Path, model: str) -> None:
        """`model` says which weights made the vectors; it is hashed, so that no name becomes a path."""
        self._path = folder / f"{hashlib.sha256(model.encode()).hexdigest()[:32]}.sqlite"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(f"{folder} cannot be made ({error.strerror}); set BAKEOFF_CACHE to another folder") from error
        with self._open() as store:
            store.execute("CREATE TABLE IF NOT EXISTS checked (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")

    def get(self, texts: Sequence[str]) -> dict[int, NDArray[np.float32]]:
        """The vectors that are known, by their place in `texts`."""
        known: dict[int, NDArray[np.float32]] = {}
        with self._open() as store:
            for first in range(0, len(texts), AT_ONCE):
                places = {_key(text): n for n, text in enumerate(texts[first : first + AT_ONCE], first)}
                marks = ",".join("?" * len(places))
                rows = store.execute(f"SELECT key, vector FROM checked WHERE key IN ({marks})", tuple(places))  # noqa: S608 only marks
                sound = ((key, kept[:-CHECK]) for key, kept in rows if kept[-CHECK:] == _check(key, kept[:-CHECK]))
                known |= {places[key]: np.frombuffer(vector, dtype=np.float32) for key, vector in sound}
        return known

    def put(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep (n, d) vectors; all of them or, where the process dies, none."""
        rows = ((key := _key(text), (kept := vector.tobytes()) + _check(key, kept)) for text, vector in zip(texts, vectors, strict=True))
        with self._open() as store:
            store.executemany("INSERT OR REPLACE INTO checked VALUES (?, ?)", rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection that commits and closes at the end of its block."""
        try:
            store = sqlite3.connect(self._path, timeout=60)
            try:
                with store:
                    yield store
            finally:
                store.close()
        except sqlite3.Error as error:
            raise SetupError(f"the stored embeddings {self._path} cannot be used ({error}); make room or delete that file") from error


def _check(key: bytes, vector: bytes) -> bytes:
    return hashlib.blake2b(key + vector, digest_size=CHECK).digest()


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
