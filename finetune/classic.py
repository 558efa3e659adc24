"""Baselines without a language model, over vectors that somebody else made. Knows no texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy import float32, float64


class ClassicClassifier:
    """Multinomial logistic regression, L2-regularised (C = 10), deterministic."""

    def __init__(self) -> None:
        self._model: Any = None
        self.classes: list[str] = []

    def fit(self, vectors: NDArray[float32], labels: Sequence[str]) -> Self:
        """`vectors` (n, d); one label each. A single label in all rows is simply always answered."""
        from sklearn.linear_model import LogisticRegression

        self.classes = sorted(set(labels))
        if len(self.classes) > 1:
            self._model = LogisticRegression(C=10.0, max_iter=2000).fit(vectors, list(labels))
        return self

    def predict_proba(self, vectors: NDArray[float32]) -> NDArray[float64]:
        """(n, classes), rows adding up to one, columns as in `classes`."""
        if self._model is None:
            return np.ones((len(vectors), 1))
        chances: NDArray[float64] = self._model.predict_proba(vectors)
        return chances


def best_sentence(question: NDArray[float32], sentences: Sequence[NDArray[float32]]) -> int:
    """Which of the unit vectors `sentences` (n of (d,)) is nearest to the unit vector `question` (d,); the first of equals."""
    return int(np.argmax(np.stack(list(sentences)) @ question))
