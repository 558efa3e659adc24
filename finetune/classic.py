"""Baselines without a language model, over given embeddings: logistic regression, the best passage sentence, the nearest example."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
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
            with warnings.catch_warnings():
                # The run's notes say it where most labels were seen once.
                warnings.filterwarnings("ignore", message="The number of unique classes is greater than 50%")
                self._model = LogisticRegression(C=10.0, max_iter=2000).fit(vectors, list(labels))
        return self

    def predict_proba(self, vectors: NDArray[float32]) -> NDArray[float64]:
        """(n, classes), rows adding up to one, columns as in `classes`."""
        if self._model is None:
            return np.ones((len(vectors), 1))
        chances: NDArray[float64] = self._model.predict_proba(vectors)
        return chances


class ClassicTagger:
    """One such regression a label (binary relevance), for rows that bear any number of them; labels with probability 0.5 and more."""

    def fit(self, vectors: NDArray[float32], labels: Sequence[Collection[str]]) -> Self:
        """`vectors` (n, d); the labels of each row."""
        self.classes = sorted({label for row in labels for label in row})
        self._models = [ClassicClassifier().fit(vectors, ["yes" if label in row else "no" for row in labels]) for label in self.classes]
        return self

    def predict(self, vectors: NDArray[float32]) -> list[list[str]]:
        """The labels of each row, in alphabetical order; where none is likely, the likeliest alone."""
        columns = [self._yes(model, vectors) for model in self._models]
        chances = np.stack(columns, axis=1)
        return [
            [label for label, chance in zip(self.classes, row, strict=True) if chance >= 0.5] or [self.classes[int(np.argmax(row))]]
            for row in chances
        ]

    @staticmethod
    def _yes(model: ClassicClassifier, vectors: NDArray[float32]) -> NDArray[float64]:
        if "yes" not in model.classes:
            return np.zeros(len(vectors))
        return model.predict_proba(vectors)[:, model.classes.index("yes")]


def best_sentence(question: NDArray[float32], sentences: Sequence[NDArray[float32]]) -> int:
    """Which of the unit vectors `sentences` (n of (d,)) is nearest to the unit vector `question` (d,); the first of equals."""
    return int(np.argmax(np.stack(list(sentences)) @ question))


def nearest(questions: NDArray[float32], known: NDArray[float32]) -> list[int]:
    """For each of the unit vectors `questions` (n, d) the row of `known` (m, d) that is nearest to it; the first of equals."""
    return [int(place) for place in np.argmax(questions @ known.T, axis=1)]
