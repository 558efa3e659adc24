"""Passages put in a better order by a cross-encoder that reads question and passage together. Finds nothing by itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import SetupError

BATCH = 32
READS_PAIRS = ("ForSequenceClassification", "ForCausalLM", "ForConditionalGeneration")
"""Architectures that come with a trained head to score a pair with."""


class Reranker:
    """A sentence-transformers cross-encoder in a folder, or named by hub id."""

    def __init__(self, name: str, device: str | None = None) -> None:
        """`device` None: CUDA where there is one, else the CPU. Nothing is loaded before it is needed."""
        self._name, self._device = name, device

    @cached_property
    def _model(self) -> Any:
        import torch
        from sentence_transformers import CrossEncoder

        try:
            model = CrossEncoder(self._name, device=self._device or ("cuda" if torch.cuda.is_available() else "cpu"))
        except (OSError, ValueError) as error:
            raise SetupError(f"retrieval.reranker: {self._name!r} could not be loaded: {error}") from error
        architectures = model.config.architectures or []
        if model.num_labels != 1 or not any(name.endswith(READS_PAIRS) for name in architectures):
            raise SetupError(
                f"retrieval.reranker: {self._name!r} ({', '.join(architectures)}) has no trained head that gives one score a pair; "
                "name a cross-encoder such as cross-encoder/ms-marco-MiniLM-L6-v2"
            )
        return model

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) how well each text answers the question; comparable for one question only."""
        if not texts:
            return np.zeros(0, np.float32)
        made = self._model.predict([(question, text) for text in texts], batch_size=BATCH, show_progress_bar=False)
        return np.asarray(made, dtype=np.float32).reshape(-1)
