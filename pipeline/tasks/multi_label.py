"""Classification with any number of labels a row: written as one list and read leniently, as all subsets are too many to score."""

from __future__ import annotations

from collections.abc import Sequence

from eval.metrics.answer import normalise
from eval.metrics.fabrication import Kind
from eval.metrics.grading.abstention import declines
from eval.metrics.grading.grade import Grade
from eval.metrics.grading.reading import without_reasoning
from eval.metrics.hallucination import OUTCOMES
from eval.metrics.label_sets import label_f1
from pipeline.errors import UserError
from pipeline.records import Example, Prediction
from pipeline.tasks.base import Answer, TaskKind
from pipeline.tasks.classification import LISTED, Classification

SEPARATOR = "; "


class MultiLabel(Classification):
    """Primary: the F1 of each row's labels (example-based F1, Godbole and Sarawagi 2004). A row's references are all its labels."""

    primary = "label_f1"
    metrics = ("label_f1", "exact_labels", *OUTCOMES, "well_formed")
    default_new_tokens = 24

    def instructions(self) -> str:
        return f"Classify the text. Answer with all labels that fit, with {SEPARATOR.strip()!r} between them, and nothing else."

    def ask(self, example: Example) -> str:
        listed = f"\nLabels: {SEPARATOR.join(self.labels)}" if len(self.labels) <= LISTED else ""
        return f"Text: {example.input}{listed}\nLabels that fit:"

    def target(self, example: Example) -> str:
        return SEPARATOR.join(sorted(example.references))

    def choices(self, example: Example) -> tuple[str, ...]:
        return ()

    def check(self, rows: Sequence[Example]) -> None:
        """As with one label; and a label may not hold what stands between labels."""
        super().check(rows)
        for label in self.labels:
            if SEPARATOR.strip() in label:
                raise UserError(f"the label {label!r} holds {SEPARATOR.strip()!r}, which parts the labels of a row.", remedy="Rename it.")

    def read(self, text: str, example: Example) -> Answer:
        """Every known label that is named, the longer one where one stands in another; well formed where nothing else is."""
        text = without_reasoning(text)
        first = text.strip().split("\n")[0]
        words = f" {_plain(first)} "
        named: list[str] = []
        for label in sorted(self.labels, key=lambda label: (-len(label), label)):
            if (form := f" {_plain(label)} ") in words:
                named.append(label)
                words = words.replace(form, " | ")
        exact = bool(named) and not words.replace("|", "").strip() and "\n" not in text.strip()
        return Answer(SEPARATOR.join(sorted(named)), abstained=not named and declines(text), well_formed=exact)

    def wrong(self, answer: str, example: Example, passages: Sequence[str]) -> Kind:
        """A label that does not hold contradicts the row's; some of them alone do not."""
        return "contradicts" if set(answer.split(SEPARATOR)) - set(example.references) else "neither"

    def measure(self, answer: str, example: Example) -> dict[str, float]:
        said = {label for label in answer.split(SEPARATOR) if label}
        return {"label_f1": label_f1(said, example.references), "exact_labels": float(said == set(example.references))}

    def graded(self, prediction: Prediction, example: Example, measured: dict[str, float]) -> Grade:
        """By all labels together, not by one."""
        return TaskKind.graded(self, prediction, example, measured)

    def is_correct(self, measured: dict[str, float]) -> bool:
        return measured["exact_labels"] == 1.0


def _plain(text: str) -> str:
    return normalise(text.replace("_", " ").replace("-", " ").replace(";", " ").replace(",", " "))
