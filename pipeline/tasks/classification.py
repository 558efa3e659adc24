"""Classification with one label a row. Labels are scored by likelihood where the model gives probabilities, else read leniently."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from eval.metrics.answer import accuracy, normalise
from eval.metrics.fabrication import Kind
from eval.metrics.grading.abstention import declines
from eval.metrics.grading.choices import chosen
from eval.metrics.grading.grade import Asked, Grade, grade
from eval.metrics.grading.reading import answer_of
from eval.metrics.hallucination import OUTCOMES
from pipeline.errors import UserError
from pipeline.records import Example, Prediction
from pipeline.tasks.base import Answer, TaskKind

LISTED = 20
"""Up to so many labels are listed in the prompt; more would push out everything else."""


class Classification(TaskKind):
    """Primary: accuracy. macro-F1 stands in the summary."""

    primary = "accuracy"
    metrics = ("accuracy", *OUTCOMES, "well_formed")
    default_new_tokens = 16

    def instructions(self) -> str:
        return "Classify the text. Answer with one label and nothing else."

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """All labels: as given, else those of the training rows, sorted."""
        return tuple(self.settings.labels or sorted({label for row in self.train for label in row.references}))

    def ask(self, example: Example) -> str:
        listed = f"\nLabels: {', '.join(self.labels)}" if len(self.labels) <= LISTED else ""
        return f"Text: {example.input}{listed}\nLabel:"

    def choices(self, example: Example) -> tuple[str, ...]:
        return self.labels

    def read(self, text: str, example: Example) -> Answer:
        """The one label that a text names; abstained where it says so, and not well-formed where it is more than the label."""
        named = chosen(answer_of(text), self.labels, signs=False)
        if named is None:
            return Answer("", abstained=declines(answer_of(text)), well_formed=False)
        return Answer(named, well_formed=_plain(text) == _plain(named))

    def measure(self, answer: str, example: Example) -> dict[str, float]:
        return {"accuracy": accuracy(answer, example.references)}

    def is_correct(self, measured: dict[str, float]) -> bool:
        return measured["accuracy"] == 1.0

    def graded(self, prediction: Prediction, example: Example, measured: dict[str, float]) -> Grade:
        """Whether the response names the row's label, and denies it nowhere."""
        return grade(Asked(example.references, example.input, "classification", self.labels), prediction.text)

    def wrong(self, answer: str, example: Example, passages: Sequence[str]) -> Kind:
        """One label excludes every other."""
        return "contradicts"

    def check(self, rows: Sequence[Example]) -> None:
        """A UserError where a row bears a label that training has never seen."""
        for row in rows:
            for label in row.references:
                if label not in self.labels:
                    raise UserError(
                        f"the label {label!r} of row {row.id!r} occurs in no training row.",
                        where=row.origin,
                        remedy="Add training rows for it, raise data.split.train, name all labels in task.labels, or take the row out.",
                    )


def _plain(text: str) -> str:
    return normalise(text.replace("_", " ").replace("-", " "))
