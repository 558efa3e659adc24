"""Extraction: a text → one JSON object. Fields are compared by type; every arm may be held to the schema while it writes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

from eval.metrics.fabrication import Kind
from eval.metrics.grading.abstention import declines
from eval.metrics.grading.fields import same
from eval.metrics.hallucination import OUTCOMES
from pipeline.errors import UserError
from pipeline.records import Example
from pipeline.tasks.base import Answer, TaskKind
from pipeline.tasks.json_schema import schema_of

NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
MOST_BRACKETS = 300
"""A response with more opening brackets of a kind is a model that runs on, and could nest too deep to walk."""
Fields = set[tuple[str, str]]
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
        return tuple(dict.fromkeys(name for row in self.train for name in (_object(self.target(row)) or {})))

    @cached_property
    def schema(self) -> dict[str, Any] | None:
        """What the writing is held to, where `task.constrained` asks for it: the schema given, else that of the training targets."""
        if not self.settings.constrained:
            return None
        return self.settings.schema_ or schema_of([found for row in self.train if (found := _object(self.target(row))) is not None])

    def ask(self, example: Example) -> str:
        return f"Text: {example.input}\nJSON:"

    def read(self, text: str, example: Example) -> Answer:
        """The first JSON object in the response; well formed where nothing else stands there and it has the asked fields alone."""
        found = _object(text)
        if found is None:
            return Answer("", abstained=declines(text), well_formed=False)
        alone = text.strip().startswith("{") and text.strip().endswith("}")
        return Answer(json.dumps(found, ensure_ascii=False), well_formed=alone and found.keys() <= set(self.fields))

    def measure(self, answer: str, example: Example) -> dict[str, float]:
        """Against the closest reference; precision of no claim at all is 0 where something was to be found."""
        said = _object(answer) or {}
        compared = (_compared(fields_of(_as_wanted(said, wanted)), fields_of(wanted), bool(answer)) for wanted in _records(example))
        return dict(zip(FIELD_METRICS, max(compared), strict=True))

    def wrong(self, answer: str, example: Example, passages: Sequence[str]) -> Kind:
        """Against the record alone: another value in a field that has one; a value where the record has none; else incomplete."""
        pairs = [(fields_of(_as_wanted(_object(answer) or {}, one)), fields_of(one)) for one in _records(example)]
        said, wanted = max(pairs, key=lambda pair: (_compared(pair[0], pair[1], bool(answer)), sorted(pair[1])))
        if {place for place, _ in said - wanted if "[" not in place} & {place for place, _ in wanted}:
            return "contradicts"
        return "unfounded" if said - wanted else "neither"

    def is_correct(self, measured: dict[str, float]) -> bool:
        return measured["exact_record"] == 1.0

    def check(self, rows: Sequence[Example]) -> None:
        """A UserError where a target is no JSON object."""
        for row in (*self.train, *rows):
            if row.references and _object(row.references[0]) is None:
                raise UserError("the target is no JSON object.", where=row.origin, remedy="Give each row one object as its reference.")


def _records(example: Example) -> list[dict[str, Any]]:
    """Each reference; of a row without any, one record without fields."""
    return [found for reference in example.references if (found := _object(reference)) is not None] or [{}]


def _as_wanted(said: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """What was said, with the wanted value wherever it means the same by its type: "12,50" for 12.5, "yes" for true, "N/A" for nothing."""
    out: dict[str, Any] = {}
    for name, value in said.items():
        reference = wanted.get(name)
        if isinstance(reference, dict) and isinstance(value, dict):
            out[name] = _as_wanted(value, reference)
        else:
            out[name] = reference if same(reference, value) else value
    return out


def _compared(said: Fields, wanted: Fields, answered: bool) -> tuple[float, float, float, float]:
    """`FIELD_METRICS` of one record against another."""
    right = len(said & wanted)
    precision = right / len(said) if said else float(not wanted)
    recall = right / len(wanted) if wanted else float(not said)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return f1, precision, recall, float(answered and said == wanted)


def fields_of(value: Any, place: str = "") -> Fields:
    """Every value with its place; numbers, dates and blanks in one form; null and empty values are left out.

    A list's order does not count, but an object in it is one value, and what stands there twice is two.
    """
    if isinstance(value, dict):
        return {pair for name, item in value.items() for pair in fields_of(item, f"{place}.{name}")}
    if isinstance(value, list):
        items = [repr(sorted(found)) for found in map(fields_of, value) if found]
        return {(f"{place}[{items[:n].count(item)}]", item) for n, item in enumerate(items)}
    return {(place, plain)} if (plain := _plain(value)) else set()


def _plain(value: Any) -> str:
    """One form for what is the same: 12.50 and 12.5 and "12.5"; a date with or without its time at midnight; text without case."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    text = " ".join(str(value).split()).casefold()
    if isinstance(value, int | float) or (NUMBER.fullmatch(text) and not (text.startswith("0") and text[1:2].isdigit())):
        number = float(text)
        return repr(round(number, 9) + 0.0)
    try:
        return date.fromisoformat(text.removesuffix("t00:00:00")).isoformat()
    except ValueError:
        return text


def _object(text: str) -> dict[str, Any] | None:
    """The first JSON object that stands whole in the text."""
    if max(text.count("{"), text.count("[")) > MOST_BRACKETS:
        return None
    decoder = json.JSONDecoder()
    for place in [match.start() for match in re.finditer(r"\{", text)][:20]:
        try:
            found, _ = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return None
