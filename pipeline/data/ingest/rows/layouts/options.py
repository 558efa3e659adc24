"""Multiple choice in its many layouts → a column `choices` beside the answer. Decides nowhere what an index or letter means."""

from __future__ import annotations

import re
from typing import Any

from pipeline.data.ingest.rows.layouts.parsed import parsed
from pipeline.data.ingest.rows.layouts.shaped import Cells

LISTS = ("choices", "options", "candidates", "endings")
ONE = re.compile(r"((?i:option|choice|ending|opt|op)[ _-]?)([A-Ha-h]|\d)|()([A-H])")
"""A column with one choice: option_a, Choice 1, opa, ending0, A."""
FEWEST = {"": 3}
"""Columns that make a set of choices; two where their names say what they are."""
KEYS = (
    "answerKey",
    "answer_key",
    "answer_idx",
    "answer",
    "label",
    "correct",
    "correct_answer",
    "correct_option",
    "correctAnswer",
    "cop",
    "gold",
    "target",
)
"""Columns with the answer, the surest first."""


def with_choices(cells: Cells) -> Cells:
    """The row with a list of choices, where it brings them by letter, under labels of its own, or in a column each."""
    for name in LISTS:
        if isinstance(made := parsed(cells.get(name)), dict):
            return _labelled(cells, name, made)
        if isinstance(made, list) and made and all(isinstance(one, dict) for one in made):
            return _labelled(cells, name, {key: [one.get(key) for one in made] for key in made[0]})
        if isinstance(made, list):
            return {**cells, name: made}
    return _by_column(cells)


def _labelled(cells: Cells, name: str, made: dict[str, Any]) -> Cells:
    """`{"text": [...], "label": [...]}`, a mapping of letters to texts, or TruthfulQA's choices with ones and zeros."""
    texts = next((made[key] for key in ("text", "texts", "choices", "content") if isinstance(made.get(key), list)), None)
    labels = next((made[key] for key in ("label", "labels", "letter", "key") if isinstance(made.get(key), list)), None)
    if texts is None and all(isinstance(value, str | int | float) and len(key) <= 2 for key, value in made.items()):
        texts, labels = list(made.values()), list(made)
    if texts is None:
        return cells
    if labels and set(labels) <= {0, 1} and sum(labels) == 1 and len(labels) == len(texts):
        return {**cells, name: texts, "answer": texts[labels.index(1)]}
    return _answered({**cells, name: texts}, [str(label) for label in labels or []], texts)


def _answered(cells: Cells, labels: list[str], texts: list[Any]) -> Cells:
    """The answer's text where the answer is one of the choices' own labels."""
    if len(labels) != len(texts):
        return cells
    key = next((key for key in KEYS if key in cells and str(cells[key]).strip() in labels), None)
    return {**cells, key: texts[labels.index(str(cells[key]).strip())]} if key else cells


def _by_column(cells: Cells) -> Cells:
    """Columns with one choice each, in the order of their letters or numbers."""
    found: dict[str, dict[str, str]] = {}
    for column in cells:
        if one := ONE.fullmatch(str(column).strip()):
            found.setdefault((one.group(1) or "").lower(), {})[(one.group(2) or one.group(4)).lower()] = column
    stem = max(found, key=lambda stem: len(found[stem]), default="")
    columns = found.get(stem, {})
    if len(columns) < FEWEST.get(stem, 2) or not any(key in cells for key in KEYS):
        return cells
    texts = [cells[columns[key]] for key in sorted(columns) if cells[columns[key]] not in (None, "")]
    rest = {name: value for name, value in cells.items() if name not in columns.values()}
    labelled = {key: cells[columns[key]] for key in sorted(columns)}
    made = {**rest, "choices": texts}
    key = next((key for key in KEYS if str(made.get(key, "")).strip().lower() in labelled), None)
    numbers = all(name.isdecimal() for name in labelled)
    if key and numbers and len(labelled) == len(texts):
        made[key] = labelled[str(made[key]).strip().lower()]
    return made
