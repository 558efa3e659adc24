"""Files of one's own, in steps: is this how to read them → what they allow → start. Guesses and findings come from the pipeline."""

from __future__ import annotations

import hashlib
import re
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
from pipeline.ui import blocks, ready, uploads
from pipeline.ui.asked import asked
from pipeline.ui.text import inline, said

Json = dict[str, Any]
REQUIRED = {"input": "Question or text", "references": "Right answer"}
OPTIONAL = {
    "id": "Id", "group": "Group (stays on one side)", "gold_passages": "Gold documents", "split": "Split", "choices": "Choices of a row",
    "context": "Text that belongs to the input", "time": "Time",
}  # fmt: skip
SHOWN = 5
"""Rows shown as they are read."""


def page(folder: Path) -> Path | None:
    """Draws steps two and three for what was uploaded; the experiment to start once Start is pressed, else None."""
    try:
        proposal = _proposed(str(folder))
        settings = _read(folder, proposal)
        if settings is None:
            return None
        return ready.page(folder, settings, _written)
    except UserError as error:
        complain(error, folder)
        return None


@st.cache_data(max_entries=8, show_spinner="Looking at the files")
def _proposed(folder: str) -> Proposal:
    return propose(uploads.files(Path(folder)))


@st.cache_data(max_entries=8, show_spinner=False)
def _rows(folder: str) -> list[dict[str, Any]]:
    """The first rows as they stand in the file."""
    examples = uploads.files(Path(folder))[0]
    return [row.cells for row in islice((row for row in read_rows(examples) if not isinstance(row, BadRow)), SHOWN)]


def _read(folder: Path, proposal: Proposal) -> Json | None:
    """The proposal as lists to choose from, above the first rows; settings of an experiment."""
    st.subheader("Is this how to read your data?", anchor=False)
    st.caption(inline(f"{proposal.task.value.replace('_', ' ').capitalize()}: {proposal.task.reason}."))
    boxes = st.columns(3)
    columns: Json = {}
    for box, (key, name) in zip(boxes, REQUIRED.items(), strict=False):
        columns[key] = _column(box, proposal, key, name, list(proposal.there))
    free = [name for name in proposal.there if name not in columns.values()]
    slices = boxes[2].multiselect("Break results down by", free, placeholder="nothing", help="Results are also shown for each value.")
    rows = _rows(str(folder))
    _table(rows, columns, slices)
    with st.expander("More: task, other columns, instructions"):
        kinds = list(KINDS)
        kind = st.selectbox("Task", kinds, kinds.index(proposal.task.value), format_func=lambda name: name.replace("_", " ").capitalize())
        more = st.columns(3)
        for number, (key, name) in enumerate(OPTIONAL.items()):
            picked = _column(more[number % 3], proposal, key, name, ["(none)", *proposal.there])
            if picked != "(none)":
                columns[key] = picked
        own = str(proposal.settings.get("instructions", ""))
        instructions = st.text_area("Instructions to the model (empty: the task's own)", value=own)
    for question in (*proposal.questions, *([f"How answers are graded: {proposal.grading}"] if proposal.grading else [])):
        st.info(inline(question), icon=":material/help:")
    settings = proposal.settings if kind == proposal.task.value else {}
    task = {"kind": kind, **settings, **({"instructions": instructions} if instructions.strip() else {})}
    inside = {"document_columns": proposal.document_columns} if proposal.document_columns else {}
    data = {"columns": {**columns, **({"slices": slices} if slices else {})}, **inside, **proposal.data}
    documents = bool(inside) or len(uploads.files(folder)) > 1
    return {"task": task, "data": data, "decision": asked(kind, documents)}


def _column(box: Any, proposal: Proposal, key: str, name: str, options: list[str]) -> str:
    guess = proposal.columns.get(key)
    index = options.index(str(guess.value)) if guess and str(guess.value) in options else 0
    return str(box.selectbox(name, options, index, key=f"column-{key}", help=inline(guess.reason) if guess else None))


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


def _written(folder: Path, settings: Json) -> Path:
    examples, *documents = uploads.files(folder)
    if "document_columns" in settings["data"]:
        documents = [examples]
    data = {"examples": examples.name, **settings["data"], **({"documents": documents[0].name} if documents else {})}
    named = {**settings, "name": _safe(settings["name"]), "data": data}
    text = yaml.safe_dump({key: value for key, value in named.items() if value}, sort_keys=False, allow_unicode=True)
    path = folder / f"experiment-{hashlib.sha256(text.encode()).hexdigest()[:8]}.yaml"
    if not path.exists():
        write_bytes(path, text.encode())
    return path


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-._") or "run"


def complain(error: UserError, folder: Path | None = None) -> None:
    st.error("This cannot be run yet:")
    said(uploads.as_called(folder, str(error)) if folder else str(error))
