"""Passages and an answer → how probably each of its sentences is supported, by a logistic regression shipped as readable figures.

Fitted by `bench/fit_grounding.py` on English sentences; what it reaches on rows held out stands in `coefficients.json`, and it is not
shown to be better than plain word overlap. It understands nothing: a sentence of a passage's own words in another order, or without
its "not", passes. Of a short phrase it says only whether its words, names and numbers stand in the passages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.metrics.grading.abstention import declines
from eval.metrics.grounding.features import NAMES, Source, Vectors, best_sentence, measure, texts
from eval.metrics.grounding.text import sentences, words

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
COEFFICIENTS = Path(__file__).with_name("coefficients.json")
SAYS_NOTHING = "the answer says nothing"
NOT_CHECKABLE = "the answer holds no word that could be looked for"
NO_PASSAGES = "nothing was retrieved"


@dataclass(frozen=True)
class SentenceSupport:
    """One sentence of an answer beside what is nearest to it in the passages."""

    sentence: str
    probability: float
    """That the passages support all of it."""
    passage_sentence: str


@dataclass(frozen=True)
class AnswerSupport:
    """All sentences of an answer; without any that can be checked there is a reason and no value."""

    sentences: tuple[SentenceSupport, ...]
    share: float | None
    """Of the sentences, how many reach the threshold."""
    mean: float | None
    """The mean probability over the sentences: what ranks answers best."""
    lowest: float | None
    """The probability of the least supported sentence."""
    reason: str = ""


@dataclass(frozen=True)
class Grounding:
    """A logistic regression over features as named; (f,) float64 each."""

    features: tuple[str, ...]
    means: NDArray[np.float64]
    scales: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercept: float
    threshold: float
    """From this probability on a sentence counts as supported."""
    about: dict[str, Any]
    """What it was fitted on, when, with which versions, and what it reached on rows held out."""

    @classmethod
    def load(cls, path: Path = COEFFICIENTS) -> Grounding:
        """ValueError where the file names a feature that is not measured, or its figures do not fit together."""
        held = json.loads(path.read_text(encoding="utf-8"))
        names = tuple(one["name"] for one in held["features"])
        if unknown := sorted(set(names) - set(NAMES)):
            raise ValueError(f"{path.name} names features that are not measured: {', '.join(unknown)}")
        means, scales, weights = (np.array([float(one[key]) for one in held["features"]]) for key in ("mean", "scale", "weight"))
        if not names or not (scales > 0).all() or not 0 < held["threshold"] < 1:
            raise ValueError(f"{path.name}: scales must be above 0 and the threshold between 0 and 1.")
        about = {key: value for key, value in held.items() if key not in ("features", "intercept", "threshold")}
        return cls(names, means, scales, weights, float(held["intercept"]), float(held["threshold"]), about)

    def worth(self) -> str:
        """What it reached on rows held out, beside word overlap, for wherever its mean probability is shown."""
        parts = []
        for name, measured in (("WiCE", self.about["held_out"]["wice"]), ("BEGIN", self.about["held_out"]["begin"])):
            own, overlap = measured["auroc"], measured["auroc_word_overlap"]["value"]
            parts.append(f"{name} {own['value']:.2f} ({own['low']:.2f} to {own['high']:.2f}; word overlap {overlap:.2f})")
        return f"AUROC against people's labels, English rows held out: {', '.join(parts)}"

    def support(self, answer: str, passages: Sequence[str], embed: Embed) -> list[SentenceSupport]:
        """Every sentence of the answer that holds a word to look for; empty where there is none, or no passage."""
        return list(self.answers([(answer, passages)], embed)[0].sentences)

    def answers(self, pairs: Sequence[tuple[str, Sequence[str]]], embed: Embed) -> list[AnswerSupport]:
        """(answer, passages) each; all distinct texts are embedded in one call. `embed` gives (n, d) unit vectors."""
        sources = {tuple(passages): Source.of(passages) for _, passages in pairs}
        split = [checkable(answer) for answer, _ in pairs]
        needed = {text for one, (_, passages) in zip(split, pairs, strict=True) for sentence in one
                  for text in texts(sentence, sources[tuple(passages)])}  # fmt: skip
        ordered = sorted(needed)
        vectors: Vectors = dict(zip(ordered, embed(ordered), strict=True)) if ordered else {}
        return [
            self._answer(answer, one, sources[tuple(passages)], vectors)
            for (answer, passages), one in zip(pairs, split, strict=True)
        ]  # fmt: skip

    def probabilities(self, measured: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, len(NAMES)) → (n,)."""
        chosen = measured[:, [NAMES.index(name) for name in self.features]]
        logits = (chosen - self.means) / self.scales @ self.weights + self.intercept
        found: NDArray[np.float64] = 1 / (1 + np.exp(-logits))
        return found

    def _answer(self, answer: str, split: Sequence[str], source: Source, vectors: Vectors) -> AnswerSupport:
        if not split:
            return AnswerSupport((), None, None, None, NOT_CHECKABLE if answer.strip() and not declines(answer) else SAYS_NOTHING)
        if not source.sentences:
            return AnswerSupport((), None, None, None, NO_PASSAGES)
        found = self.probabilities(np.stack([measure(sentence, source, vectors) for sentence in split]))
        supports = tuple(
            SentenceSupport(sentence, float(probability), best_sentence(sentence, source, vectors))
            for sentence, probability in zip(split, found, strict=True)
        )
        return AnswerSupport(supports, float((found >= self.threshold).mean()), float(found.mean()), float(found.min()))


def checkable(answer: str) -> list[str]:
    """Sentences with at least one content word or number; none of an answer that abstains."""
    return [] if declines(answer) else [sentence for sentence in sentences(answer) if words(sentence).content]
