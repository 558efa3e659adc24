"""Any LangChain `Embeddings` as an embedder of ours: an endpoint, or the team's own object. How it makes vectors is not known here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from retrieval.cached import CachedEmbedder, Kind, Unread
from retrieval.errors import SetupError
from retrieval.prefixes import NONE, Prefixes

BYTES = 3
"""A token of an unknown tokenizer, in bytes of UTF-8: rather too many tokens than too few."""
PROBE = "dimension"
BLANK = "."
"""Sent in place of white space, which many services refuse."""


class ForeignEmbedder(CachedEmbedder):
    """Passages by `embed_documents`, questions by `embed_query`."""

    def __init__(
        self, source: Embeddings, identity: str, cache: Path | None = None, *, max_tokens: int = 512, prefixes: Prefixes = NONE,
        block: int = 128,
    ) -> None:  # fmt: skip
        """`identity` names what makes the vectors, also in messages. `max_tokens`: what it reads of a text; more is cut."""
        self.source, self._identity, self.folder, self.block = source, identity, cache, block
        self._most, self._prefixes = max_tokens, prefixes

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def prefixes(self) -> Prefixes:
        return self._prefixes

    @property
    def room(self) -> int:
        return self._most - self.count_tokens(self.prefixes.passage)

    @cached_property
    def dimension(self) -> int:
        """Numbers in a vector, by embedding one word."""
        key = [self.key(PROBE, "passage")]
        known = self._cache.get(key) if self._cache else {}
        if known:
            return len(known[0])
        made = self._vectors([PROBE], "passage")
        if self._cache:
            self._cache.put(key, made)
        return int(made.shape[1])

    def count_tokens(self, text: str) -> int:
        """By its bytes, for its tokenizer is not known."""
        return math.ceil(len(text.encode("utf-8", "replace")) / BYTES)

    def unread(self, texts: Sequence[str]) -> Unread:
        """Nothing is known of that."""
        return Unread(0, 0)

    def key(self, text: str, kind: Kind) -> str:
        return f"{kind}:{super().key(text, kind)}"

    def make(self, texts: list[str], kind: Kind) -> NDArray[np.float32]:
        made = self._vectors(texts, kind)
        if made.shape[1] != self.dimension:
            raise SetupError(f"the embedder {self._identity} gives vectors of {made.shape[1]} numbers, and gave {self.dimension} before")
        return made

    def _vectors(self, texts: list[str], kind: Kind) -> NDArray[np.float32]:
        """(n, d) float32, unit norm; SetupError for whatever cannot be vectors of these texts."""
        prefix: str = getattr(self.prefixes, kind)
        sent = [self._cut(prefix + text) for text in texts]
        try:
            found = self.source.embed_documents(sent) if kind == "passage" else self._queries(sent)
            made = np.asarray(found, dtype=np.float32)
        except SetupError:
            raise
        except Exception as error:
            if {"SetupError", "Stopped"} & {one.__name__ for one in type(error).__mro__}:
                raise
            told = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise SetupError(f"the embedder {self._identity} fails: {told}") from error
        if made.ndim != 2 or len(made) != len(texts) or not made.shape[1]:
            raise SetupError(f"the embedder {self._identity} was given {len(texts)} texts and gives {made.shape}, not a vector for each")
        lengths = np.linalg.norm(made.astype(np.float64), axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not (lengths > 0).all():
            raise SetupError(f"the embedder {self._identity} gives vectors that hold no finite numbers, or zeros alone")
        unit: NDArray[np.float32] = (made / lengths).astype(np.float32)
        return unit

    def _queries(self, texts: list[str]) -> list[list[float]]:
        several = getattr(self.source, "embed_queries", None)
        if several is not None:
            found: list[list[float]] = several(texts)
            return found
        return [self.source.embed_query(text) for text in texts]

    def _cut(self, text: str) -> str:
        return text.encode("utf-8", "replace")[: self._most * BYTES].decode("utf-8", "ignore") if text.strip() else BLANK
