"""Extraction: a text → one JSON object. Fields are compared by type; every arm may be held to the schema while it writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from eval.metrics.fabrication import Kind
from eval.metrics.grading.abstention import declines
from eval.metrics.grading.grade import Asked, Grade, grade
from eval.metrics.grading.reading import without_reasoning
from eval.metrics.grading.records import lines
from eval.metrics.grading.records.fields import Agreement, agreement, leaves, record
from eval.metrics.grading.words import clean
from eval.metrics.hallucination import OUTCOMES
from pipeline.errors import UserError
from pipeline.records import Example, Prediction
from pipeline.tasks.base import Answer, TaskKind
from pipeline.tasks.json_schema import schema_of

FIELD_METRICS = ("field_f1", "field_precision", "field_recall", "exact_record")


class Extraction(TaskKind):
    """Primary: F1 over the fields with a value; correct: every field right. Missing and null are the same: nothing was there."""

    primary = "field_f1"
    metrics = (*FIELD_METRICS, *OUTCOMES, "well_formed")
    default_new_tokens = 96

    def instructions(self) -> str:
        return f"Extract these fields from the text: {', '.join(self.fields)}. Answer with one JSON object and nothing else."

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields asked for: the schema's, else those of the training targets, in their order."""
        if self.settings.schema_:
            return tuple(self.settings.schema_.get("properties", {}))
        return tuple(dict.fromkeys(name for row in self.train for name in (record(self.target(row)) or {})))

    @cached_property
    def schema(self) -> dict[str, Any] | None:
        """What the writing is held to, where `task.constrained` asks for it: the schema given, else that of the training targets."""
        if not self.settings.constrained:
            return None
        return self.settings.schema_ or schema_of([found for row in self.train if (found := record(self.target(row))) is not None])

    def ask(self, example: Example) -> str:
        return f"Text: {example.input}\nJSON:"

    def read(self, text: str, example: Example) -> Answer:
        """The first JSON object in the response, or its lines if each is a field; well formed is such an object alone."""
        text = without_reasoning(text)
        found = record(text)
        found = _in_lines(text, example) if found is None else found
        if found is None:
            return Answer("", abstained=declines(text), well_formed=False)
        alone = text.strip().startswith("{") and text.strip().endswith("}")
        return Answer(json.dumps(found, ensure_ascii=False), well_formed=alone and found.keys() <= set(self.fields))

    def measure(self, answer: str, example: Example) -> dict[str, float]:
        """Against the closest reference; precision of no claim at all is 0 where something was to be found."""
        return dict(zip(FIELD_METRICS, max(_measured(held, bool(answer)) for held in _held(answer, example)), strict=True))

    def wrong(self, answer: str, example: Example, passages: Sequence[str]) -> Kind:
        """Against the record alone: another value in a field that has one; a value where the record has none; else incomplete."""
        closest = max(_held(answer, example), key=lambda held: (_measured(held, bool(answer)), -len(held.missed)))
        if {leaf.place for leaf in closest.extra if not leaf.place.endswith("[]")} & {leaf.place for leaf in closest.missed}:
            return "contradicts"
        return "unfounded" if closest.extra else "neither"

    def graded(self, prediction: Prediction, example: Example, measured: dict[str, float]) -> Grade:
        """Whether every field holds what the reference holds, by its type."""
        return grade(Asked(example.references, example.input, "extraction"), prediction.text)

    def is_correct(self, measured: dict[str, float]) -> bool:
        return measured["exact_record"] == 1.0

    def check(self, rows: Sequence[Example]) -> None:
        """A UserError where a target is no JSON object."""
        for row in (*self.train, *rows):
            if row.references and record(row.references[0]) is None:
                raise UserError("the target is no JSON object.", where=row.origin, remedy="Give each row one object as its reference.")


def _in_lines(text: str, example: Example) -> dict[str, Any] | None:
    """What is said in lines, as the yardstick reads it: a field keeps its value where the form is not what was asked for."""
    wanted = filter(None, map(record, example.references))
    return next((found for one in wanted if (found := lines.record(one, clean(text))) is not None), None)


def _held(answer: str, example: Example) -> list[Agreement]:
    """The answer against each reference; of a row without any, against a record without fields."""
    said, references = leaves(record(answer) or {}), [found for one in example.references if (found := record(one)) is not None]
    return [agreement(leaves(wanted), said) for wanted in references or [{}]]


def _measured(held: Agreement, answered: bool) -> tuple[float, float, float, float]:
    """`FIELD_METRICS` of one record against another."""
    said, wanted = held.right + len(held.extra), held.right + len(held.missed)
    precision = held.right / said if said else float(not wanted)
    recall = held.right / wanted if wanted else float(not said)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return f1, precision, recall, float(answered and held.exact)
