"""Files → what they probably are: documents or examples, which column is what, and the task, each with its reason. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.errors import UserError
from pipeline.ingest.documents import GUESSES as DOCUMENT_GUESSES
from pipeline.ingest.endings import DOCUMENTS as TEXT
from pipeline.ingest.examples import GUESSES, listed
from pipeline.ingest.quarantine import BadRow
from pipeline.ingest.tables import FORMATS, read_rows

SAMPLE = 400
"""Rows looked at; enough to tell a label from an answer."""
CLOSED = {"yes", "no", "maybe", "true", "false"}
LABEL_WORDS = 5


@dataclass(frozen=True)
class Guess:
    """One thing proposed, and why."""

    value: Any
    reason: str


@dataclass(frozen=True)
class Proposal:
    """What `bakeoff init` writes down, to be corrected."""

    examples: list[Path]
    documents: list[Path]
    task: Guess
    columns: dict[str, Guess]
    choices: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    """What could not be told and must be looked at."""


def propose(paths: Sequence[Path]) -> Proposal:
    """A proposal for these files and folders; a UserError where none of them holds examples."""
    tables = {path: _sample(path) for path in paths if path.is_file() and path.suffix.lower() in FORMATS}
    documents = [path for path in paths if path.is_dir() or path.suffix.lower() in TEXT]
    examples: list[Path] = []
    for path, rows in tables.items():
        (examples if _has_references(rows) else documents).append(path)
    if not examples:
        raise UserError(
            "none of these files holds examples: rows with an input and its right answer.",
            where=", ".join(map(str, paths)),
            remedy=f"Name a file ({', '.join(FORMATS)}) with a column like answers or label.",
        )
    rows = [row for path in examples for row in tables[path]]
    columns = _columns(rows)
    task, choices = _task(rows, str(columns["references"].value))
    questions = [] if documents or task.value == "classification" else ["no documents were given: only training examples can be retrieved"]
    return Proposal(examples, documents, task, columns, choices, questions)


def _sample(path: Path) -> list[dict[str, Any]]:
    return [row.cells for row in islice(read_rows(path), SAMPLE) if not isinstance(row, BadRow)]


def _has_references(rows: Sequence[dict[str, Any]]) -> bool:
    there = {name for row in rows for name in row}
    texts = there & set(DOCUMENT_GUESSES["text"])
    named = there & set(GUESSES["references"])
    return bool(named) and not (texts and there & {"doc_id", "document_id", "docid"} and not there & {"question", "label", "category"})


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, Guess]:
    there = list(dict.fromkeys(str(name) for row in rows for name in row))
    found = {}
    for key, names in GUESSES.items():
        name = next((n for n in names if n in there), None)
        if name:
            found[key] = Guess(name, f"its name says so ({name})")
    if "input" not in found:
        rest = [name for name in there if name not in {str(guess.value) for guess in found.values()}]
        if not rest:
            raise UserError("no column is left for the input.", remedy="Name it as data.columns.input.")
        longest = max(rest, key=lambda name: sum(len(str(row.get(name, ""))) for row in rows))
        found["input"] = Guess(longest, "the longest text of the columns that are nothing else; please check")
    if "gold_passages" in found and "group" not in found:
        found["group"] = Guess(found["gold_passages"].value, "rows about one document stay on one side of the split")
    if "id" in found and len({str(row.get(str(found["id"].value))) for row in rows}) < len(rows):
        del found["id"]
    return found


def _task(rows: Sequence[dict[str, Any]], column: str) -> tuple[Guess, list[str]]:
    """Classification where few short values come back again and again; else question answering, closed where all are yes or no."""
    values = [answer for row in rows for answer in listed(row.get(column))[:1]]
    distinct = sorted(set(values))
    several = any(len(listed(row.get(column))) > 1 for row in rows)
    short = all(len(value.split()) <= LABEL_WORDS for value in distinct)
    if {value.lower() for value in distinct} <= CLOSED and distinct:
        return Guess("question_answering", f"all answers are {', '.join(distinct)}"), distinct
    if not several and short and len(values) >= 10 and len(distinct) <= max(2, len(values) // 4):
        return Guess("classification", f"{len(values)} rows bear {len(distinct)} short labels"), []
    words = sum(len(value.split()) for value in values) / max(1, len(values))
    return Guess("question_answering", f"answers are free text, {words:.1f} words in the mean"), []


def write_experiment(proposal: Proposal, name: str, folder: Path) -> str:
    """A commented experiment file; paths relative to `folder` where they lie below it."""
    lines = [
        "# Proposed by `bakeoff init`; the reasons stand beside. Correct what is wrong, then: bakeoff audit, bakeoff run.",
        f"name: {_quoted(name)}",
        f"task:\n  kind: {proposal.task.value}    # {proposal.task.reason}",
        *([f"  choices: [{', '.join(_quoted(choice) for choice in proposal.choices)}]"] if proposal.choices else []),
        "data:",
        f"  examples: [{', '.join(_quoted(_relative(path, folder)) for path in proposal.examples)}]",
        "  columns:",
        *(f"    {key}: {_quoted(str(guess.value))}    # {guess.reason}" for key, guess in proposal.columns.items()),
    ]
    if proposal.documents:
        lines.append(f"  documents: [{', '.join(_quoted(_relative(path, folder)) for path in proposal.documents)}]")
    lines += [f"# Please check: {question}" for question in proposal.questions]
    lines.append(
        "preset: quick    # quick (about ten minutes), standard (an hour) or thorough (a night), for the packaged model on 2 cores"
    )
    return "\n".join(lines) + "\n"


def _relative(path: Path, folder: Path) -> str:
    absolute = path.resolve()
    return str(absolute.relative_to(folder)) if absolute.is_relative_to(folder) else str(absolute)


def _quoted(text: str) -> str:
    """As a YAML double-quoted string, which is JSON's."""
    import json

    return json.dumps(text, ensure_ascii=False)
