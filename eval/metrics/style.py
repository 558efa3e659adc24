"""Style match: the probability a small classifier gives an answer of being the team's own writing. Takes embeddings, makes none.

It is trained to tell the team's targets from the base model's answers to the same rows. Where it cannot, its score says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.linear_model import LogisticRegression

FOLDS = 5
FEWEST = 10
"""Pairs. With fewer nothing is fitted."""


@dataclass(frozen=True)
class Style:
    """A fitted classifier with what cross-validation says of it."""

    accuracy: float
    """Share of held-out texts told right; 0.5 is chance, as both sides are of one size."""
    low: float
    high: float
    """Wilson's 95 % interval of the accuracy (Wilson 1927), the pair as the unit that is held out."""
    model: LogisticRegression

    @property
    def usable(self) -> bool:
        """Whether it is shown to be better than chance."""
        return self.low > 0.5

    def match(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """(n, d) unit vectors → (n,) probabilities of being the team's."""
        return np.asarray(self.model.predict_proba(vectors)[:, 1], dtype=np.float64)


def fit(team: NDArray[np.float32], base: NDArray[np.float32]) -> Style | None:
    """From (n, d) vectors of targets and of base answers, row i of both for the same input; None for fewer than ten pairs.

    Both texts of a pair are held out together, so that what a text is about cannot give it away.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from statsmodels.stats.proportion import proportion_confint

    count = len(team)
    if count < FEWEST:
        return None
    vectors, sides = np.vstack([team, base]), np.repeat([1, 0], count)
    groups = np.tile(np.arange(count), 2)
    model = LogisticRegression(C=10.0, max_iter=1000)
    told = cross_val_predict(model, vectors, sides, groups=groups, cv=GroupKFold(FOLDS))
    right = int((told == sides).sum())
    low, high = proportion_confint(right, 2 * count, alpha=0.05, method="wilson")
    return Style(right / (2 * count), float(low), float(high), model.fit(vectors, sides))
