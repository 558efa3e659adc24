"""What every embedder has in common: unit vectors by text, kept by content so that nothing is embedded twice. Loads no model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from retrieval.cache import VectorCache
from retrieval.prefixes import Prefixes

Kind = Literal["query", "passage"]


class Unread(NamedTuple):
    """How much of some texts a model cannot read."""

    unknown: int
    """Letters that became unknown tokens."""
    letters: int

    @property
    def share(self) -> float:
        return self.unknown / self.letters if self.letters else 0.0


class CachedEmbedder(Embeddings, ABC):
    """Vectors are kept in a cache by content.

    Texts that are not in the cache are embedded in an order and in blocks that depend on nothing but them; what was interrupted and
    begun again therefore gives the same vectors to the last bit.
    """

    block: int
    """Texts embedded between two writes to the cache."""
    folder: Path | None
    """Of the cache; None: nothing is kept."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """Changes with what makes the vectors; those of another identity are never given."""

    @property
    @abstractmethod
    def prefixes(self) -> Prefixes:
        """What is put before each text."""

    @property
    @abstractmethod
    def room(self) -> int:
        """Tokens of a passage, special ones included, that the model reads behind its prefix."""

    @property
    @abstractmethod
    def dimension(self) -> int: ...

    @abstractmethod
    def count_tokens(self, text: str) -> int:
        """Tokens of the embedder, its own special ones included."""

    @abstractmethod
    def unread(self, texts: Sequence[str]) -> Unread:
        """How many letters of these texts the model does not know."""

    @abstractmethod
    def make(self, texts: list[str], kind: Kind) -> NDArray[np.float32]:
        """(n, d) float32, unit norm: at most `block` distinct texts, none of them known."""

    def key(self, text: str, kind: Kind) -> str:
        """What a vector is kept under."""
        prefix: str = getattr(self.prefixes, kind)
        return prefix + text

    @cached_property
    def _cache(self) -> VectorCache | None:
        return VectorCache(self.folder, self.identity) if self.folder else None

    def encode(self, texts: Sequence[str], kind: Kind = "passage") -> NDArray[np.float32]:
        """(n, d) float32, unit norm, in the order of `texts`."""
        unique = list(dict.fromkeys(texts))
        keys = [self.key(text, kind) for text in unique]
        known = self._cache.get(keys) if self._cache else {}
        made = np.zeros((len(unique), len(next(iter(known.values()))) if known else self.dimension), np.float32)
        for number, vector in known.items():
            made[number] = vector
        missing = sorted((n for n in range(len(unique)) if n not in known), key=lambda n: (-len(unique[n]), unique[n]))
        for first in range(0, len(missing), self.block):
            numbers = missing[first : first + self.block]
            made[numbers] = self.make([unique[n] for n in numbers], kind)
            if self._cache:
                self._cache.put([keys[n] for n in numbers], made[numbers])
        place = {text: n for n, text in enumerate(unique)}
        return made if len(unique) == len(texts) else made[[place[text] for text in texts]]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = self.encode(texts, "passage").tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        row: list[float] = self.encode([text], "query")[0].tolist()
        return row
