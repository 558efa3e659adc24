"""Files of one's own, in steps: is this how to read them → what they allow → start. Guesses and findings come from the pipeline."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import streamlit as st
import yaml

from pipeline.data.ingest.rows.propose import Proposal, propose
from pipeline.data.ingest.rows.quarantine import BadRow
from pipeline.data.ingest.rows.tables import read_rows
from pipeline.errors import UserError
from pipeline.files import write_bytes
from pipeline.tasks import KINDS
from pipeline.ui import blocks
from pipeline.ui.comparison import ready, service, systems, uploads
from pipeline.ui.comparison.asked import asked
from pipeline.ui.comparison.remedies import COLUMNS, INSTRUCTIONS, SEVERAL, TASK, in_app_words
from pipeline.ui.text import inline, said

Json = dict[str, Any]
REQUIRED = ("input", "references")
OPTIONAL = ("id", "group", "gold_passages", "split", "choices", "context", "time")
SHOWN = 5
"""Rows shown as they are read."""


def page(folder: Path) -> Path | None:
    """Draws steps two and three for what was uploaded; the experiment to start once Start is pressed, else None."""
    try:
        proposal = _proposed(str(folder))
        settings = _read(folder, proposal)
        if settings is None:
            return None
        return ready.page(folder, {**settings, **systems.asked(folder), **service.asked()}, _written)
    except UserError as error:
        complain(error, folder)
        return None


@st.cache_data(max_entries=8, show_spinner="Looking at the files")
def _proposed(folder: str) -> Proposal:
    return propose(uploads.files(Path(folder)))


@st.cache_data(max_entries=8, show_spinner=False)
def _rows(folder: str) -> list[dict[str, Any]]:
    """The first rows as they stand in the file."""
    found = (row for path in _proposed(folder).examples for row in read_rows(path))
    return [row.cells for row in islice((row for row in found if not isinstance(row, BadRow)), SHOWN)]


def _read(folder: Path, proposal: Proposal) -> Json | None:
    """The proposal as lists to choose from, above the first rows; settings of an experiment."""
    st.header("Is this how to read your data?", anchor=False)
    st.caption(inline(f"{proposal.task.value.replace('_', ' ').capitalize()}: {proposal.task.reason}."))
    boxes = st.columns(3)
    columns: Json = {}
    for box, key in zip(boxes, REQUIRED, strict=False):
        columns[key] = _column(box, proposal, key, list(proposal.there))
    free = [name for name in proposal.there if name not in columns.values()]
    guessed = [name for name in proposal.columns["slices"].value if name in free] if "slices" in proposal.columns else []
    slices = boxes[2].multiselect(COLUMNS["slices"], free, guessed, placeholder="nothing", help="Results are also shown for each value.")
    rows = _rows(str(folder))
    _table(rows, columns, slices)
    with st.expander("More: task, other columns, instructions"):
        kinds = list(KINDS)
        kind = st.selectbox(TASK, kinds, kinds.index(proposal.task.value), format_func=lambda name: name.replace("_", " ").capitalize())
        more = st.columns(3)
        for number, key in enumerate(OPTIONAL):
            picked = _column(more[number % 3], proposal, key, ["(none)", *proposal.there])
            if picked != "(none)":
                columns[key] = picked
        own = str(proposal.settings.get("instructions", ""))
        separator = proposal.data.get("separator")
        apart = not separator or st.checkbox(SEVERAL, value=True, help=f"{separator} stands between them.")
        instructions = st.text_area(INSTRUCTIONS, value=own, placeholder="the task's own")
    for question in (*proposal.questions, *([f"How answers are graded: {proposal.grading}"] if proposal.grading else [])):
        st.info(inline(in_app_words(uploads.as_called(folder, question))), icon=":material/help:")
    settings = proposal.settings if kind == proposal.task.value else {}
    task = {"kind": kind, **settings, **({"instructions": instructions} if instructions.strip() else {})}
    inside = {"document_columns": proposal.document_columns} if proposal.document_columns else {}
    told = {**inside, **(proposal.data if apart else {}), **_files(folder, proposal)}
    data = {"columns": {**columns, **({"slices": slices} if slices else {})}, **told}
    documents = bool(proposal.documents)
    return {"task": task, "data": data, "decision": asked(kind, documents)}


def _column(box: Any, proposal: Proposal, key: str, options: list[str]) -> str:
    guess = proposal.columns.get(key)
    index = options.index(str(guess.value)) if guess and str(guess.value) in options else 0
    return str(box.selectbox(COLUMNS[key], options, index, key=f"column-{key}", help=inline(guess.reason) if guess else None))


def _table(rows: list[dict[str, Any]], columns: Json, slices: list[str]) -> None:
    """The first rows, the columns that are used first and named for what they are used as."""
    uses = {columns["input"]: "question", columns["references"]: "right answer", **dict.fromkeys(slices, "broken down by")}
    if rows:
        head = [f"{name} ({use})" for name, use in uses.items()]
        cells = [[_shown(row.get(name))[:300] for name in uses] for row in rows]
        blocks.table(head, cells, "The first rows")


def _shown(value: Any) -> str:
    """As people write it: nothing for nothing, several answers beside each other."""
    if isinstance(value, list | tuple):
        return " / ".join(map(_shown, value))
    return "" if value is None else str(value)


def _files(folder: Path, proposal: Proposal) -> Json:
    """Keys of `data:` that name files: examples, those that their names put on a side of the split, documents."""

    def named(paths: Sequence[Path]) -> Any:
        found = [str(path.relative_to(folder)) for path in paths]
        return found[0] if len(found) == 1 else found

    aside = {path for paths in proposal.sides.values() for path in paths}
    told = {
        "examples": named([path for path in proposal.examples if path not in aside]),
        "sides": {side: named(paths) for side, paths in proposal.sides.items()}, "documents": named(proposal.documents),
    }  # fmt: skip
    return {key: value for key, value in told.items() if value}


def _written(folder: Path, settings: Json) -> Path:
    text = yaml.safe_dump({**settings, "name": _safe(settings["name"])}, sort_keys=False, allow_unicode=True)
    path = folder / f"experiment-{hashlib.sha256(text.encode()).hexdigest()[:8]}.yaml"
    if not path.exists():
        write_bytes(path, text.encode())
    return path


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-._") or "run"


def complain(error: UserError, folder: Path | None = None) -> None:
    st.error("This cannot be run yet:")
    said(in_app_words(uploads.as_called(folder, str(error)) if folder else str(error)))
