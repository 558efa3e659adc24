"""Rows → examples: columns as named or guessed, references in whatever form, ids unique. Splits nothing."""

from __future__ import annotations

import difflib
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.data.ingest.rows.hub import PREFIX, folder_rows, hub_rows, is_dataset_folder
from pipeline.data.ingest.rows.layouts.parsed import parsed
from pipeline.data.ingest.rows.names import EXAMPLES, SURE, find
from pipeline.data.ingest.rows.quarantine import EXCERPT, BadRow, Loaded, note, refuse_too_many
from pipeline.data.ingest.rows.settle import settle
from pipeline.data.ingest.rows.sides import by_name, given
from pipeline.data.ingest.rows.tables import Row, Rows, read_rows
from pipeline.data.ingest.text import HALF, HALVES
from pipeline.errors import UserError
from pipeline.experiment.load import Columns, Data, Task
from pipeline.records import Example, Turn

DRAFT = ("state", "rater", "generator", "passage", "seed")


def load_examples(data: Data, task: Task) -> Loaded[Example]:
    """Every row of the files named, in order. A UserError for what no run could make up for, else quarantine."""
    records: list[Example] = []
    bad: list[BadRow] = []
    several = len(data.examples) > 1
    for name, side in zip(data.examples, _sides(data), strict=True):
        found = _file(name, side, data, task)
        if not found.records and not any(row.kind == "unread" for row in found.quarantined):
            raise UserError("this file holds a header and no rows.", where=name, remedy="Give a file with at least one row.")
        records += found.records
        bad += found.quarantined
    refuse_too_many(len(records), bad, data.bad_rows)
    if several and data.columns.id is None:
        records = _told_apart(records)
    _refuse_duplicate_ids(records)
    return Loaded(records, bad)


def _file(name: str, side: str, data: Data, task: Task) -> Loaded[Example]:
    """One file's rows; what only all of them together can tell (an index or its value, 2.0 or 2) is settled last."""
    records: list[Example] = []
    bad: list[BadRow] = []
    remarks: Counter[str] = Counter()
    columns: Columns | None = None
    for row in _rows(name, data):
        if isinstance(row, BadRow):
            bad.append(row)
            continue
        remarks.update(row.remarks)
        columns = columns or _columns(row, data.columns)
        made = _example(row, columns, task, data, side)
        (bad if isinstance(made, BadRow) else records).append(made)  # type: ignore[arg-type]
    settled, told = settle(records, task.choices)
    told = [*(f"{text} ({count} rows)" for text, count in remarks.items()), *told]
    return Loaded(settled, [*bad, *(note(name, 1, text) for text in told)])


def _rows(name: str, data: Data) -> Rows:
    if name.startswith(PREFIX):
        return hub_rows(name, data.hub_split, data.hub_revision)
    path = Path(name)
    return folder_rows(path) if is_dataset_folder(path) else read_rows(path, data.encoding)


def _columns(row: Row, named: Columns) -> Columns:
    """The experiment's columns checked against the file's, the rest guessed."""
    there = list(row.cells)
    wanted = {key: value for key, value in named.model_dump().items() if isinstance(value, str)}
    for key, column in [*wanted.items(), *(("slices", name) for name in named.slices)]:
        if column not in there:
            close = difflib.get_close_matches(column, there, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise UserError(
                f"data.columns.{key} names {column!r}, which this file does not have ({hint}columns: {', '.join(map(str, there))}).",
                where=row.origin,
            )
    guessed = {key: find(map(str, there), EXAMPLES[key]) for key in SURE if key not in wanted}
    found = {**{key: value for key, value in guessed.items() if value}, **wanted}
    for key in ("input", "references"):
        if key not in found:
            raise UserError(
                f"which column is the {key}? None of {', '.join(map(str, there))} is called {' or '.join(EXAMPLES[key][:4])}.",
                where=row.origin,
                remedy=f"Name it as data.columns.{key}.",
            )
    return named.model_copy(update=found)


def _example(row: Row, columns: Columns, task: Task, data: Data, side: str) -> Example | BadRow:
    def cell(name: str | None) -> Any:
        return row.cells.get(name) if name else None

    text = _text(cell(columns.input))
    if not text:
        return BadRow(row.file, row.line, str(columns.input), "the input is empty", str(row.cells)[:EXCERPT])
    references = tuple(separated(listed(cell(columns.references)), data.separator))
    if not references and (task.kind != "question_answering" or not _says_unanswerable(cell(columns.references), row)):
        return BadRow(row.file, row.line, str(columns.references), "there is no reference answer", str(row.cells)[:EXCERPT])
    context = _text(cell(columns.context))
    stem = Path(row.file).stem
    history, steps = _around(row, text, task.instructions)
    made = Example(
        id=_text(cell(columns.id)) or (f"{stem}-{row.line}" if len(data.examples) > 1 else f"row-{row.line}"),
        input=f"{context}\n\n{text}" if context else text,
        references=references,
        group=" ".join(sorted(listed(cell(columns.group)))),
        gold_passages=tuple(listed(cell(columns.gold_passages))) if data.documents else (),  # they name documents
        split=_text(cell(columns.split)) or side,
        choices=tuple(choices_in(cell(columns.choices))),
        time=_text(cell(columns.time)),
        slices={name: _text(cell(name)) for name in columns.slices},
        origin=row.origin,
        history=history,
        steps=steps,
        draft=_draft(row),
    )
    return BadRow(row.file, row.line, "", HALF, "") if HALVES.search(_all_text(made)) else made


def _draft(row: Row) -> dict[str, str]:
    """Where a model drafted the row (`bakeoff export-drafts`); its columns are known by name, so that no setting can hide them."""
    told = {name: _text(row.cells.get(f"draft_{name}")) for name in DRAFT if f"draft_{name}" in row.cells}
    return told if "state" in told else {}


def _around(row: Row, text: str, instructions: str) -> tuple[tuple[Turn, ...], tuple[Turn, ...]]:
    """The turns before and after the input, without instructions that the experiment gives to all rows anyway."""
    asked = max((place for place, turn in enumerate(row.turns) if turn.role == "user"), default=-1)
    if asked < 0 or row.turns[asked].content != text:
        return (), ()
    before = (turn for turn in row.turns[:asked] if turn.role != "system" or turn.content != instructions.strip())
    return tuple(before), row.turns[asked + 1 :]


def _all_text(row: Example) -> str:
    values = (*row.references, *row.choices, *row.gold_passages, *row.slices, *row.slices.values(), *row.draft.values())
    return "\n".join((row.id, row.asked, row.group, row.split, row.time, *values))


def _sides(data: Data) -> list[str]:
    """The side of each file: as the experiment says, and where it says nothing, that of files that are all called train, dev or test."""
    if data.sides.files():
        return [data.sides.side_of(name) for name in data.examples]
    named = [by_name(Path(name)) for name in data.examples]
    return given(named if all(named) else [""] * len(named))


def _told_apart(records: list[Example]) -> list[Example]:
    """Where files count their rows each from one, an id that comes twice has the name of its file before it."""
    count = Counter(record.id for record in records)
    return [
        record if count[record.id] == 1 else replace(record, id=f"{Path(record.origin.rpartition(':')[0]).stem}-{record.id}")
        for record in records
    ]


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).strip()


def listed(value: Any) -> list[str]:
    """The texts in a cell: a list, SQuAD's `{"text": [...]}`, a list written as text (JSON, Python, numpy), or one text."""
    value = parsed(value) if isinstance(value, str) and value.lstrip()[:1] == "[" else value
    if isinstance(value, dict) and isinstance(value.get("text"), list):
        value = value["text"]
    elif isinstance(value, str) and value.lstrip()[:1] == "{" and isinstance(found := parsed(value), dict) and "answer_start" in found:
        value = found.get("text")
    elif isinstance(value, list) and value and all(isinstance(item, dict) and isinstance(item.get("text"), str) for item in value):
        value = [item["text"] for item in value]
    items: Iterable[Any] = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(text for text in (_text(item) for item in items) if text))


def choices_in(value: Any) -> list[str]:
    """The choices in a cell, each at its place: a list, or a text with one of the usual signs between them."""
    made = parsed(value)
    if isinstance(made, list):
        return [_text(item) for item in made]
    text = _text(made)
    sign = next((sign for sign in ("|", "\n", ";") if sign in text), None)
    return [part.strip() for part in text.split(sign)] if sign else listed(made)


def separated(values: Sequence[str], separator: str | None) -> list[str]:
    """Each text taken apart where the experiment names what stands between several answers in one cell."""
    if not separator:
        return list(values)
    return list(dict.fromkeys(part.strip() for value in values for part in value.split(separator) if part.strip()))


def _says_unanswerable(value: Any, row: Row) -> bool:
    """An empty list, SQuAD's empty answers or its flag; an empty cell alone may be an oversight."""
    flag = row.cells.get("is_impossible")
    empty_list = value == [] or (isinstance(value, dict) and value.get("text") == []) or (isinstance(value, str) and value.strip() == "[]")
    return empty_list or flag is True or str(flag).lower() == "true"


def _refuse_duplicate_ids(records: Sequence[Example]) -> None:
    seen: dict[str, str] = {}
    for record in records:
        if record.id in seen:
            raise UserError(
                f"the id {record.id!r} stands here and in {seen[record.id]}.",
                where=record.origin,
                remedy="Give every row an id of its own, or name no id column.",
            )
        seen[record.id] = record.origin
