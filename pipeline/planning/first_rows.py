"""A proposal → the rows and documents as a run would use them, and what would be left out. Trains nothing, writes nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.data.ingest import BadRow, load_documents, load_examples
from pipeline.data.ingest.rows.propose import Proposal
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, parse
from pipeline.records import Document, Example

SHOWN = 3
"""Rows that are shown to be looked at."""
LONGEST = 400
"""Characters of a turn or an answer that are shown."""


@dataclass(frozen=True)
class FirstRows:
    """What was read, before any split."""

    rows: list[Example]
    documents: list[Document]
    quarantined: list[BadRow]
    """Rows and documents left out, and remarks on how files were read."""

    def to_json(self) -> dict[str, Any]:
        """Every row and document as it will be used; remarks apart from what was left out."""
        out = [{"where": bad.where, "why": bad.reason} for bad in self.quarantined if bad.kind != "note"]
        notes = [{"where": bad.file, "why": bad.reason} for bad in self.quarantined if bad.kind == "note"]
        documents = [asdict(document) for document in self.documents]
        return {"rows": [row_json(row) for row in self.rows], "documents": documents, "quarantined": out, "notes": notes}


def row_json(row: Example) -> dict[str, Any]:
    """The row with its conversation as one list of turns, the input among them."""
    plain = {key: value for key, value in asdict(row).items() if key not in ("history", "steps")}
    return {"id": row.id, "input": row.input, "turns": [asdict(turn) for turn in row.turns], **plain}


def first_rows(written: str, folder: Path) -> FirstRows:
    """The rows of an experiment that `init` wrote; a file that cannot be read is among what is left out, not an error."""
    experiment = parse(yaml.safe_load(written), folder)
    return read(experiment)


def read(experiment: Experiment) -> FirstRows:
    """Everything the experiment names, however much of it cannot be read."""
    data = experiment.data.model_copy(update={"bad_rows": 1.0})
    loaded = load_examples(data, experiment.task)
    try:
        documents = load_documents(data)
    except UserError as error:
        return FirstRows(loaded.records, [], [*loaded.quarantined, BadRow(error.where or "documents", 1, "", error.message)])
    return FirstRows(loaded.records, documents.records, [*loaded.quarantined, *documents.quarantined])


def proposal_json(proposal: Proposal) -> dict[str, Any]:
    """The proposal, each guess with its reason."""
    return {
        "task": {"kind": proposal.task.value, "reason": proposal.task.reason, **proposal.settings},
        "columns": {key: {"name": guess.value, "reason": guess.reason} for key, guess in proposal.columns.items()},
        "data": {**proposal.data, **({"document_columns": proposal.document_columns} if proposal.document_columns else {})},
        "examples": [str(path) for path in proposal.examples], "documents": [str(path) for path in proposal.documents],
        "sides": {side: [str(path) for path in paths] for side, paths in proposal.sides.items()},
        "questions": proposal.questions, "grading": proposal.grading,
    }  # fmt: skip


def row_text(row: Example) -> str:
    """The row for a person's eye: its turns, choices and accepted answers, a line each."""
    turns = [f"  {turn.role}: {_short(turn.content)}" for turn in row.turns]
    choices = [f"  choices: {' | '.join(map(_short, row.choices))}"] if row.choices else []
    answers = " | ".join(map(_short, row.references)) or "(none: the right answer is to say so)"
    return "\n".join([f"{row.id} ({row.origin})", *turns, *choices, f"  accepted answers: {answers}"])


def _short(text: str) -> str:
    """On one line, what a terminal would obey shown as a question mark."""
    line = "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
    return line if len(line) <= LONGEST else line[:LONGEST] + " …"
