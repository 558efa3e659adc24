"""Files → what they probably are: documents or examples, which column is what, and the task, each with its reason. Decides nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.data.ingest.rows import guess, hub, names
from pipeline.data.ingest.rows.examples import listed, separated
from pipeline.data.ingest.rows.graded_by import graded_by
from pipeline.data.ingest.rows.guess import Guess
from pipeline.data.ingest.rows.quarantine import BadRow
from pipeline.data.ingest.rows.row import Row
from pipeline.data.ingest.rows.sides import by_word, given
from pipeline.data.ingest.rows.tables import FORMATS, read_rows
from pipeline.errors import UserError

SAMPLE = 400
"""Rows looked at; enough to tell a label from an answer."""
Table = list[dict[str, Any]]


@dataclass(frozen=True)
class Proposal:
    """What `bakeoff init` writes down, to be corrected."""

    examples: list[Path]
    documents: list[Path]
    task: Guess
    columns: dict[str, Guess]
    settings: dict[str, Any] = field(default_factory=dict)
    """Further keys of `task:` (choices, multi_label, instructions)."""
    questions: list[str] = field(default_factory=list)
    """What could not be told and must be looked at."""
    there: list[str] = field(default_factory=list)
    """All columns of the examples."""
    document_columns: dict[str, str] = field(default_factory=dict)
    """Where the examples themselves bring the documents: which columns hold their ids and texts."""
    sides: dict[str, list[Path]] = field(default_factory=dict)
    """Examples whose names say which side of the split they are."""
    grading: str = ""
    """How answers to these rows will be graded, where that has to be said."""
    data: dict[str, Any] = field(default_factory=dict)
    """Further keys of `data:` (separator)."""


def propose(paths: Sequence[Path]) -> Proposal:
    """A proposal for these files and folders; a UserError where none of them holds examples."""
    samples = {path: _sample(path) for path in paths if path.suffix.lower() in FORMATS or hub.is_dataset_folder(path)}
    tables = {path: [row.cells for row in rows] for path, rows in samples.items()}
    documents = [path for path in paths if path not in tables]
    examples = [path for path, rows in tables.items() if not _is_documents(rows)]
    documents += [path for path in tables if path not in examples]
    rows = [row for path in examples for row in tables[path]]
    columns, questions = _columns(rows, examples, paths)
    if bare := _without_answers(tables, str(columns["references"].value), {str(name) for row in rows for name in row}):
        examples, documents = ([path for path in some if path not in bare] for some in (examples, documents))
        rows = [row for path in examples for row in tables[path]]
        questions += [f"{path.name} has no column {columns['references'].value!r} and is left out" for path in bare]
    sides, asked = _sides(examples)
    questions += asked
    questions += _remarks(row for path in examples for row in samples[path])
    references = str(columns["references"].value)
    separator = guess.separator(rows, references)
    if separator:
        rows = _taken_apart(rows, references, separator)
        questions.append(f"are answers with {separator!r} several accepted answers? If each is one text, delete data.separator")
    kind = guess.task(rows, columns)
    settings = dict(kind.settings)
    if system := _system(rows):
        settings["instructions"] = system
    questions += kind.questions
    inside = _documents_inside(rows) if not documents else {}
    if inside:
        documents = list(examples)
    if not documents and kind.guess.value == "question_answering":
        questions.append("no documents were given: only training examples can be retrieved")
    there = list(dict.fromkeys(str(name) for row in rows for name in row))
    told = "" if settings.get("choices") else graded_by(rows, references, kind.guess.value)
    data = {"separator": separator} if separator else {}
    return Proposal(examples, documents, kind.guess, columns, settings, questions, there, inside, sides, told, data)


def _columns(rows: Table, examples: Sequence[Path], paths: Sequence[Path]) -> tuple[dict[str, Guess], list[str]]:
    """The columns of the examples and what to ask about them; a UserError where there are no examples, or no column for an answer."""
    if not examples:
        raise UserError(
            "none of these files holds examples: rows with an input and its right answer.",
            where=", ".join(map(str, paths)),
            remedy=f"Name a file ({', '.join(FORMATS)}) with a column like answers or label.",
        )
    columns, questions = guess.columns(rows)
    if "input" not in columns or "references" not in columns:
        raise UserError("these rows have no column left for input and reference.", where=str(examples[0]),
                        remedy="Name them as data.columns.input and data.columns.references.")  # fmt: skip
    return columns, questions


def _sample(path: Path) -> list[Row]:
    rows = hub.folder_rows(path) if path.is_dir() else read_rows(path)
    return [row for row in islice(rows, SAMPLE) if not isinstance(row, BadRow)]


def _remarks(rows: Iterable[Row]) -> list[str]:
    """What of the rows was read in a way that should be checked, each once."""
    return list(dict.fromkeys(remark for row in rows for remark in row.remarks))


def _taken_apart(rows: Table, column: str, separator: str) -> Table:
    return [{**row, column: separated(listed(row.get(column)), separator)} for row in rows]


def _without_answers(tables: dict[Path, Table], references: str, known: set[str]) -> list[Path]:
    """Test and dev files as contests give them out: the columns of the others, without the right answers."""
    found = []
    for path, rows in tables.items():
        own = {str(name) for row in rows for name in row}
        if by_word(path) in ("dev", "test") and own and references not in own and own < known:
            found.append(path)
    return found


def _sides(examples: Sequence[Path]) -> tuple[dict[str, list[Path]], list[str]]:
    """The split that the files' names give, and what of it must be looked at."""
    told = given([by_word(path) for path in examples])
    sides = {side: [path for path, own in zip(examples, told, strict=True) if own == side] for side in ("train", "dev", "test")}
    found, open_files = {side: paths for side, paths in sides.items() if paths}, ", ".join(p.name for p in examples if p not in _all(sides))
    if not found or not open_files:
        return found, []
    use = "are drawn for test and train" if "test" not in found else "are trained on"
    return found, [f"the rows of {open_files} {use}; is that right?"]


def _all(sides: dict[str, list[Path]]) -> list[Path]:
    return [path for paths in sides.values() for path in paths]


def _is_documents(rows: Table) -> bool:
    """Rows with a text and no answer: an id, a title and a text, or a text alone."""
    there = list(dict.fromkeys(str(name) for row in rows for name in row))
    if names.find(there, names.DOCUMENTS["text"]) is None:
        return False
    answer = names.find(there, names.EXAMPLES["references"])
    asks = names.find(there, ("question", "query", "prompt", "input", "instruction"))
    rest = {names.plain(name) for name in there} - {n for key in names.DOCUMENTS for n in names.DOCUMENTS[key]}
    if any(name in ("doc_id", "docid", "document_id") for name in map(names.plain, there)):
        return asks is None and answer not in there[:2] if answer else asks is None
    return answer is None and asks is None and (not rest or len(rest) < len(there) - 1)


def _documents_inside(rows: Table) -> dict[str, str]:
    """SQuAD's way: each row brings the paragraph it asks about, named by its group."""
    brings = rows and all(row.get("context") and row.get("gold_doc_ids") == [row.get("group")] for row in rows)
    return {"id": "group", "text": "context"} if brings else {}


def _system(rows: Table) -> str:
    """The system message that all rows share; empty where they differ, and each keeps its own."""
    found = {str(row.get("system") or "") for row in rows}
    return found.pop() if len(found) == 1 else ""


def write_experiment(proposal: Proposal, name: str, folder: Path) -> str:
    """A commented experiment file; paths relative to `folder` where they lie below it."""
    lines = [
        "# Proposed by `bakeoff init`; the reasons stand beside. Correct what is wrong, then: bakeoff audit, bakeoff run.",
        f"name: {_quoted(re.sub(r'[^A-Za-z0-9_.-]+', '-', name).strip('-._')[:60] or 'experiment')}",
        f"task:\n  kind: {proposal.task.value}    # {_one_line(proposal.task.reason)}",
        *(f"  {key}: {_quoted(value)}" for key, value in proposal.settings.items()),
        *([f"  # How answers are graded: {_one_line(proposal.grading)}"] if proposal.grading else []),
        "data:",
        *_files(proposal, folder),
        *(f"  {key}: {_quoted(value)}" for key, value in proposal.data.items()),
        "  columns:",
        *(f"    {key}: {_quoted(guess.value)}    # {_one_line(guess.reason)}" for key, guess in proposal.columns.items()),
    ]
    if proposal.documents:
        lines.append(f"  documents: [{', '.join(_quoted(_relative(path, folder)) for path in proposal.documents)}]")
    if proposal.document_columns:
        lines.append(f"  document_columns: {_quoted(proposal.document_columns)}    # each row brings the paragraph it asks about")
    lines += [f"# Please check: {_one_line(question)}" for question in proposal.questions]
    lines.append(
        "preset: quick    # quick (ten to twenty minutes), standard (an hour or more) or thorough (a night) on 2 cores; see `estimate`"
    )
    return "\n".join(lines) + "\n"


def _files(proposal: Proposal, folder: Path) -> list[str]:
    """The keys `examples` and `sides`; a file on a side stands there alone."""
    apart = [path for path in proposal.examples if path not in _all(proposal.sides)]
    lines = [f"  examples: {_listed(apart, folder)}"] if apart else []
    if proposal.sides:
        lines.append("  sides:    # a given split, as the files' names say; without it, rows of all files are drawn at random")
        lines += [f"    {side}: {_listed(paths, folder)}" for side, paths in proposal.sides.items()]
    return lines


def _listed(paths: Sequence[Path], folder: Path) -> str:
    return f"[{', '.join(_quoted(_relative(path, folder)) for path in paths)}]"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _relative(path: Path, folder: Path) -> str:
    absolute = path.resolve()
    return str(absolute.relative_to(folder)) if absolute.is_relative_to(folder) else str(absolute)


def _quoted(value: Any) -> str:
    """As YAML reads it, which is JSON's way."""
    return json.dumps(value, ensure_ascii=False)
