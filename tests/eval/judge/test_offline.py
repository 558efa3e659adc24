"""ragas' metrics without a judge: hand-worked values, and a reason wherever there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.judge.offline import AnswerRow, MetricValue, offline_scores

ROW = AnswerRow(
    "r", "rag", 0, "g", "Where?", "Paris", ("London", "Paris"), ("Paris is the capital.",), ("Paris is the capital.",), False, True
)
ALL = ("string_similarity", "chrf", "rouge_l", "semantic_similarity", "context_precision", "context_recall")


def letters(texts: Sequence[str]) -> NDArray[np.float32]:
    """A small embedding: counts of letters, unit norm."""
    counts = np.array([[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts], dtype=np.float32)
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def scores(row: AnswerRow) -> dict[str, MetricValue]:
    return {value.metric: value for value in offline_scores([row], letters, ALL)}


def test_the_best_of_several_references_counts_and_a_perfect_answer_is_one() -> None:
    for metric, value in scores(ROW).items():
        assert value.value == pytest.approx(1.0, abs=1e-5), metric


def test_the_order_of_references_does_not_matter() -> None:
    turned = scores(replace(ROW, answer="Lyon", references=("Paris", "London")))
    assert turned == scores(replace(ROW, answer="Lyon", references=("London", "Paris")))
    assert 0 < (turned["string_similarity"].value or 0) < 1


@pytest.mark.parametrize(
    ("row", "metric", "reason"),
    [
        (replace(ROW, references=()), "chrf", "not applicable: the row has no reference answer"),
        (replace(ROW, failure="the endpoint refused"), "rouge_l", "the endpoint refused"),
        (replace(ROW, retrieves=False), "context_recall", "not applicable: this arm retrieves nothing"),
        (replace(ROW, gold_contexts=()), "context_precision", "not applicable: gold passages are not known for this row"),
        (replace(ROW, contexts=()), "context_recall", "nothing was retrieved"),
    ],
)
def test_what_cannot_be_measured_has_a_reason(row: AnswerRow, metric: str, reason: str) -> None:
    value = scores(row)[metric]
    assert (value.value, value.reason) == (None, reason)


@pytest.mark.parametrize("silent", [replace(ROW, answer=" "), replace(ROW, answer="Paris? I do not know.", abstained=True)])
def test_an_answer_that_says_nothing_has_nothing_of_its_reference(silent: AnswerRow) -> None:
    assert [scores(silent)[metric].value for metric in ALL[:4]] == [0.0] * 4


def test_a_wrong_passage_lowers_precision_and_recall() -> None:
    wrong = scores(replace(ROW, contexts=("Something quite different about ships and tides.", "Paris is the capital.")))
    assert wrong["context_precision"].value == pytest.approx(0.5)
    assert wrong["context_recall"].value == 1.0
    missed = scores(replace(ROW, contexts=("Something quite different about ships and tides.",)))
    assert (missed["context_precision"].value, missed["context_recall"].value) == (0.0, 0.0)


def test_eight_thousand_answers_take_no_minute() -> None:
    rows = [replace(ROW, row=str(i), answer=f"Paris {i % 50}") for i in range(8000)]
    values = offline_scores(rows, letters, ALL)
    assert len(values) == 8000 * len(ALL)
    assert all(value.value is not None for value in values)
