"""Generation: free text (replies, summaries, rewriting). Likeness to the references, length, figures, style; no judge is asked here."""

from __future__ import annotations

import re

from eval.metrics.figures import figure_f1
from eval.metrics.grading.abstention import declines
from eval.metrics.grading.grade import Asked, Grade, grade, ungradable
from eval.metrics.grading.reading import without_reasoning
from eval.metrics.hallucination import OUTCOMES
from pipeline.records import Example, Prediction
from pipeline.tasks.base import Answer, TaskKind


class Generation(TaskKind):
    """Primary: chrF (Popović 2015) to the best reference. The yardstick goes by the figures (numbers, dates, codes) of the reference.

    Correct: all of them and no other, those of the input aside. Where the reference has none, open text is not called right or wrong.
    """

    primary = "chrf"
    metrics = ("figure_f1", "length_match", *OUTCOMES, "well_formed")
    offline_metrics = ("chrf", "rouge_l", "semantic_similarity", "context_precision", "context_recall")
    default_new_tokens = 64
    styled = True

    def instructions(self) -> str:
        return "Write the reply to what you are given. Write the reply alone, without comment."

    def ask(self, example: Example) -> str:
        return example.input

    def read(self, text: str, example: Example) -> Answer:
        said = without_reasoning(text).strip()
        return Answer(said, abstained=declines(said, example.input), well_formed=bool(said))

    def measure(self, answer: str, example: Example) -> dict[str, float]:
        found = figure_f1(answer, example.references, example.input)
        values = {"length_match": max(length_match(answer, reference) for reference in example.references)}
        return values if found is None else {**values, "figure_f1": found}

    def is_correct(self, measured: dict[str, float]) -> bool:
        return measured.get("figure_f1") == 1.0

    def ungradable(self, example: Example) -> str:
        return ungradable(self._asked(example))

    def graded(self, prediction: Prediction, example: Example, measured: dict[str, float]) -> Grade:
        """By the figures of the reference, in a reply that is more than figures; those of the input may be repeated."""
        return grade(self._asked(example), prediction.text)

    def _asked(self, example: Example) -> Asked:
        return Asked(example.references, example.input, "generation")


def length_match(answer: str, reference: str) -> float:
    """The shorter length over the longer, in words; 1 where both are the same."""
    lengths = sorted(len(re.findall(r"\w+", text)) for text in (answer, reference))
    return lengths[0] / lengths[1] if lengths[1] else 1.0
