"""Texts → unit vectors by a sentence-transformers model, behind LangChain's `Embeddings`. Searches nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from retrieval.cached import CachedEmbedder, Kind, Unread
from retrieval.errors import SetupError
from retrieval.prefixes import Prefixes, known_prefixes

BATCH = 32
BLOCK = 32 * BATCH
"""Texts embedded between two writes to the cache; a multiple of the batch."""


class Naming(NamedTuple):
    """What is known of a model besides its folder."""

    id: str = ""
    """As the user named it; an id of the hub has known prefixes."""
    prefixes: Prefixes | None = None
    """As the user set them."""


UNNAMED = Naming()


class SentenceEmbedder(CachedEmbedder):
    """A model in a folder, or named by hub id."""

    block = BLOCK

    def __init__(
        self, name: str, cache: Path | None = None, device: str | None = None, prepare: Callable[[Any], object] = lambda model: None,
        naming: Naming = UNNAMED,
    ) -> None:  # fmt: skip
        """`device` None: CUDA where there is one, else the CPU; `prepare` gets the model once it is loaded, before its first use."""
        self._name, self._device, self.folder, self._prepare, self._naming = name, device, cache, prepare, naming

    @cached_property
    def _model(self) -> Any:
        import torch
        from sentence_transformers import SentenceTransformer

        try:
            model = SentenceTransformer(self._name, device=self._device or ("cuda" if torch.cuda.is_available() else "cpu"))
        except (OSError, ValueError) as error:
            raise SetupError(f"the embedder {self._name!r} could not be loaded: {error}") from error
        self._prepare(model)
        return model

    @cached_property
    def identity(self) -> str:
        """Changes with the weights: a hash of a folder's weights and settings; for a hub id its commit."""
        folder = Path(self._name)
        if not folder.is_dir():
            return f"{self._name}@{getattr(self._model[0].auto_model.config, '_commit_hash', None)}"
        digest = hashlib.sha256()
        for file in sorted(f for f in folder.rglob("*") if f.suffix in {".safetensors", ".bin", ".json", ".txt", ".model"}):
            digest.update(str(file.relative_to(folder)).encode())
            with file.open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
        return digest.hexdigest()

    @cached_property
    def prefixes(self) -> Prefixes:
        """As the user set them, else what the model's own folder asks for, else what is known of its id, else nothing."""
        if self._naming.prefixes is not None:
            return self._naming.prefixes
        settings = Path(self._name) / "config_sentence_transformers.json"
        own = json.loads(settings.read_text("utf-8")).get("prompts") or {} if settings.is_file() else self._model.prompts
        stored = Prefixes(own.get("query") or "", own.get("document") or own.get("passage") or "")
        return stored if any(stored) else known_prefixes(self._naming.id or self._name)

    @property
    def max_tokens(self) -> int:
        """How many tokens the model reads, special ones included; what is longer is cut off by the model."""
        return int(self._model.max_seq_length or 512)

    @property
    def room(self) -> int:
        """Tokens of a passage, special ones included, that the model reads behind its prefix."""
        return self.max_tokens - (self.count_tokens(self.prefixes.passage) - self.count_tokens(""))

    def unread(self, texts: Sequence[str]) -> Unread:
        """How many letters of these texts the model's tokenizer does not know: they become one token that means nothing."""
        tokenizer, unknown, letters = self._model.tokenizer, 0, 0
        for text in texts:
            letters += sum(not letter.isspace() for letter in text)
            if tokenizer.unk_token_id is None or not tokenizer.is_fast:
                continue
            told = tokenizer(text, truncation=False, verbose=False, return_offsets_mapping=True, add_special_tokens=False)
            spans = zip(told["input_ids"], told["offset_mapping"], strict=True)
            unknown += sum(end - start for token, (start, end) in spans if token == tokenizer.unk_token_id)
        return Unread(unknown, letters)

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension())

    def count_tokens(self, text: str) -> int:
        """Tokens of the embedder, its own special ones included."""
        return len(self._model.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def cut_off(self, texts: Sequence[str]) -> int:
        """How many of these passages are longer than the model reads, so that their end cannot be found."""
        return sum(self.count_tokens(self.prefixes.passage + text) > self.max_tokens for text in texts)

    def make(self, texts: list[str], kind: Kind) -> NDArray[np.float32]:
        return self._embed(texts, getattr(self.prefixes, kind))

    def _embed(self, texts: list[str], prefix: str) -> NDArray[np.float32]:
        vectors = self._model.encode(texts, prompt=prefix, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)
