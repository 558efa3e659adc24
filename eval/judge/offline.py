"""ragas' metrics that need no judge, over many answers. A value or a reason for every answer and metric; nothing is asked of a model.

Several references: the best counts. An answer that says nothing (an abstention, an empty text) has 0 of its reference: were it left out,
an arm would look the better the more it keeps silent. An arm that retrieves nothing has no context metrics: *not applicable*.
"""

from __future__ import annotations

import asyncio
import math
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embed = Callable[[Sequence[str]], NDArray[np.float32]]

NOT_RETRIEVING = "not applicable: this arm retrieves nothing"
NO_REFERENCE = "not applicable: the row has no reference answer"
NO_GOLD = "not applicable: gold passages are not known for this row"
NOTHING_FOUND = "nothing was retrieved"
TEXT_METRICS = ("string_similarity", "chrf", "rouge_l", "semantic_similarity")
CONTEXT_METRICS = ("context_precision", "context_recall")


@dataclass(frozen=True)
class AnswerRow:
    """One answer of one arm, with what it was given and what counts as right."""

    row: str
    arm: str
    seed: int
    group: str
    question: str
    answer: str
    references: tuple[str, ...]
    contexts: tuple[str, ...]
    """Retrieved texts, best first."""
    gold_contexts: tuple[str, ...]
    abstained: bool
    retrieves: bool
    failure: str = ""
    """Why there is no answer at all; every metric of such a row is missing for this reason."""
    rival: str | None = None
    """Another arm's answer to the same row, where two are compared."""


@dataclass(frozen=True)
class MetricValue:
    """What one metric says of one answer, or why it says nothing."""

    row: str
    arm: str
    seed: int
    metric: str
    value: float | None
    reason: str = ""


def offline_scores(rows: Sequence[AnswerRow], embed: Embed, metrics: Sequence[str]) -> list[MetricValue]:
    """Every row under every metric named; `embed` maps texts to (n, d) unit vectors. An unknown metric raises KeyError."""
    scorers = _Scorers(embed, _texts(rows) if "semantic_similarity" in metrics else [])
    return asyncio.run(scorers.all(rows, metrics))


def _texts(rows: Sequence[AnswerRow]) -> list[str]:
    return sorted({text for row in rows for text in (row.answer, *row.references) if text.strip()})


class _Scorers:
    """ragas' metrics, each made once, with results kept by what they were asked."""

    def __init__(self, embed: Embed, texts: Sequence[str]) -> None:
        self._vectors = dict(zip(texts, embed(texts), strict=True)) if texts else {}
        self._known: dict[tuple[str, Any, Any], float] = {}
        self._made: dict[str, Any] = {}

    async def all(self, rows: Sequence[AnswerRow], metrics: Sequence[str]) -> list[MetricValue]:
        return [await self._value(row, metric) for row in rows for metric in metrics]

    async def _value(self, row: AnswerRow, metric: str) -> MetricValue:
        if row.failure:
            return MetricValue(row.row, row.arm, row.seed, metric, None, row.failure)
        value, reason = await (self._text(row, metric) if metric in TEXT_METRICS else self._contexts(row, metric))
        if value is not None and not math.isfinite(value):
            value, reason = None, "ragas gave no number"
        return MetricValue(row.row, row.arm, row.seed, metric, value, reason)

    async def _text(self, row: AnswerRow, metric: str) -> tuple[float | None, str]:
        if not row.references:
            return None, NO_REFERENCE
        if row.abstained or not row.answer.strip():
            return 0.0, ""
        return max([await self._similarity(metric, reference, row.answer) for reference in row.references]), ""

    async def _contexts(self, row: AnswerRow, metric: str) -> tuple[float | None, str]:
        if not row.retrieves:
            return None, NOT_RETRIEVING
        if not row.gold_contexts:
            return None, NO_GOLD
        if not row.contexts:
            return None, NOTHING_FOUND
        return await self._overlap(metric, row.contexts, row.gold_contexts), ""

    async def _similarity(self, metric: str, reference: str, answer: str) -> float:
        key = (metric, reference, answer)
        if key not in self._known:
            self._known[key] = float((await self._metric(metric).ascore(reference=reference, response=answer)).value)
        return self._known[key]

    async def _overlap(self, metric: str, contexts: tuple[str, ...], gold: tuple[str, ...]) -> float:
        from ragas import SingleTurnSample

        key = (metric, contexts, gold)
        if key not in self._known:
            sample = SingleTurnSample(retrieved_contexts=list(contexts), reference_contexts=list(gold))
            self._known[key] = float(await self._metric(metric)._single_turn_ascore(sample, None))
        return self._known[key]

    def _metric(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _makers(self._vectors)[name]()
        return self._made[name]


def _makers(vectors: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ragas.embeddings.base import BaseRagasEmbedding
        from ragas.metrics import NonLLMContextPrecisionWithReference, NonLLMContextRecall
        from ragas.metrics import NonLLMStringSimilarity as PlainSimilarity
        from ragas.metrics.collections import CHRFScore, NonLLMStringSimilarity, RougeScore, SemanticSimilarity

    class Known(BaseRagasEmbedding):
        """Vectors that were made beforehand, all at once."""

        def embed_text(self, text: str, **settings: Any) -> list[float]:
            row: list[float] = vectors[text].tolist()
            return row

        async def aembed_text(self, text: str, **settings: Any) -> list[float]:
            return self.embed_text(text)

    class Quiet(PlainSimilarity):  # type: ignore[misc]
        """Does not note each comparison as an event of usage, for which ragas leaves a file in the user's home."""

        async def single_turn_ascore(self, sample: Any, callbacks: Any = None, timeout: float | None = None) -> float:
            value: float = await self._single_turn_ascore(sample, callbacks)
            return value

    return {
        "string_similarity": NonLLMStringSimilarity,
        "chrf": CHRFScore,
        "rouge_l": RougeScore,
        "semantic_similarity": lambda: SemanticSimilarity(embeddings=Known()),
        "context_precision": lambda: NonLLMContextPrecisionWithReference(distance_measure=Quiet()),
        "context_recall": lambda: NonLLMContextRecall(_distance_measure=Quiet()),
    }
