"""What only all rows of a file together can tell: whether an answer is an index, a letter or a text, and whether 2.0 was written as 2."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from eval.metrics.answer import normalise
from pipeline.records import Example

FLOAT = re.compile(r"-?\d{1,15}\.0")
FEWEST = 5
"""Rows below which nothing is concluded from how numbers are written."""
LETTER = re.compile(r"\(?([A-Za-z])[).:]?")
Reading = Callable[[str, Sequence[str]], str | None]


def settle(rows: list[Example], choices: Sequence[str] = ()) -> tuple[list[Example], list[str]]:
    """The rows with answers as texts, and what was done to them."""
    rows, chosen = _choices(rows, choices)
    rows = [replace(row, choices=tuple(dict.fromkeys(filter(None, row.choices)))) if row.choices else row for row in rows]
    rows, whole = _whole_numbers(rows)
    return rows, [*chosen, *whole]


def _whole_numbers(rows: list[Example]) -> tuple[list[Example], list[str]]:
    """A table program turns a column of whole numbers with an empty cell into 2.0, 3.0, …: written as 2, 3, … again."""
    told = []
    for field, name in (("references", "answers"), ("gold_passages", "ids of gold documents")):
        texts = [text for row in rows for text in getattr(row, field)]
        if len(texts) < FEWEST or not all(FLOAT.fullmatch(text) for text in texts):
            continue
        short = [{field: tuple(text[:-2] for text in getattr(row, field))} for row in rows]
        rows = [replace(row, **new) for row, new in zip(rows, short, strict=True)]  # type: ignore[arg-type]
        told.append(f"all {len(texts)} {name} are whole numbers written as {texts[0]}: read as {texts[0][:-2]}")
    return rows, told


def _choices(rows: list[Example], common: Sequence[str]) -> tuple[list[Example], list[str]]:
    """Answers given by place or letter as the choice they name; the one way of reading that explains most rows counts for all."""
    own = [row for row in rows if row.references and (row.choices or common)]
    if not own:
        return rows, []
    explained = {name: sum(_explains(row, reading, common) for row in own) for name, reading in READINGS.items()}
    best = max(explained, key=lambda name: explained[name])  # of equals the first
    if best == "text" or not explained[best]:
        return rows, []
    made = [_read(row, READINGS[best], common) for row in rows]
    both = explained["place from 0"] == explained["place from 1"] and best.startswith("place")
    doubt = "; they could count from 1 as well: please check" if both else ""
    return made, [f"answers are given by {best}: {explained[best]} of {len(own)} rows are read as the choice they name{doubt}"]


def _explains(row: Example, reading: Reading, common: Sequence[str]) -> bool:
    return all(reading(text, row.choices or common) is not None for text in row.references)


def _read(row: Example, reading: Reading, common: Sequence[str]) -> Example:
    """A row that this reading does not explain stays as it is."""
    choices = row.choices or tuple(common)
    if not row.references or not choices or not _explains(row, reading, common):
        return row
    return replace(row, references=tuple(dict.fromkeys(str(reading(text, choices)) for text in row.references)))


def _by_text(text: str, choices: Sequence[str]) -> str | None:
    return text if text in choices or normalise(text) in map(normalise, choices) else None


def _by_letter(text: str, choices: Sequence[str]) -> str | None:
    found = LETTER.fullmatch(text.strip())
    return _at(ord(found.group(1).lower()) - ord("a"), choices) if found else None


def _by_place(first: int) -> Reading:
    def read(text: str, choices: Sequence[str]) -> str | None:
        number = text.strip().removesuffix(".0")
        return _at(int(number) - first, choices) if number.isdecimal() and len(number) < 4 else None

    return read


def _at(place: int, choices: Sequence[str]) -> str | None:
    return choices[place] if 0 <= place < len(choices) else None


READINGS: dict[str, Reading] = {"text": _by_text, "letter": _by_letter, "place from 0": _by_place(0), "place from 1": _by_place(1)}
