"""Generation: free text (replies, summaries, rewriting). Likeness to the references, length, figures, style; no judge is asked here."""

from __future__ import annotations

import re

from eval.metrics.figures import figure_f1
from eval.metrics.grading.abstention import declines
from eval.metrics.hallucination import OUTCOMES, outcome
from pipeline.records import Example, Prediction
from pipeline.tasks.base import Answer, Measured, TaskKind

NO_FIGURES = "not applicable: the reference holds no figure to check"
LONGEST_ABSTENTION = 20
"""Words. In a longer text a phrase such as "I cannot" belongs to what is said."""


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
        said = text.strip()
        abstained = len(said.split()) <= LONGEST_ABSTENTION and declines(said)
        return Answer(said, abstained=abstained or not said, well_formed=bool(said))

    def measure(self, answer: str, example: Example) -> dict[str, float]:
        found = figure_f1(answer, example.references, example.input)
        values = {"length_match": max(length_match(answer, reference) for reference in example.references)}
        return values if found is None else {**values, "figure_f1": found}

    def is_correct(self, measured: dict[str, float]) -> bool:
        return measured.get("figure_f1") == 1.0

    def score(self, prediction: Prediction, example: Example) -> dict[str, Measured]:
        """How many of the reference's figures it has, its length, and the yardstick; what has no figures is not checked."""
        values = self.measure(prediction.answer, example)
        checked = "figure_f1" in values
        found = outcome(prediction.answer, self.is_correct(values), prediction.abstained, True)
        unchecked = Measured(None, NO_FIGURES)
        yardstick: dict[str, Measured] = {name: Measured(float(found == name)) if checked else unchecked for name in OUTCOMES}
        figures = Measured(values["figure_f1"]) if checked else unchecked
        return {"figure_f1": figures, "length_match": Measured(values["length_match"]), **yardstick,
                "well_formed": Measured(float(prediction.well_formed))}  # fmt: skip


def length_match(answer: str, reference: str) -> float:
    """The shorter length over the longer, in words; 1 where both are the same."""
    lengths = sorted(len(re.findall(r"\w+", text)) for text in (answer, reference))
    return lengths[0] / lengths[1] if lengths[1] else 1.0
