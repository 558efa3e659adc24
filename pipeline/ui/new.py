"""Start a run: a bundled case, or files of one's own with the columns chosen from lists. File names are never paths."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import streamlit as st
import yaml

from pipeline import jobs
from pipeline.errors import UserError
from pipeline.experiment import load
from pipeline.ingest import names as column_names
from pipeline.ingest.endings import DOCUMENTS
from pipeline.ingest.quarantine import BadRow
from pipeline.ingest.tables import FORMATS, read_rows
from pipeline.samples import FOLDER, experiment_of, names
from pipeline.store import write_bytes
from pipeline.tasks import KINDS
from pipeline.ui import state
from pipeline.ui.text import inline, said

PRESETS = {"quick": "quick: about ten minutes", "standard": "standard: about an hour", "thorough": "thorough: a night"}
OPTIONAL = {"id": "Id", "group": "Group (stays on one side)", "gold_passages": "Gold documents", "split": "Split"}
PREVIEW = 5


def page() -> None:
    st.title("Start a run", anchor=False)
    way = st.radio("With", ["A bundled case", "Your own files"], horizontal=True)
    if way == "A bundled case":
        _bundled()
    else:
        _own()


def _bundled() -> None:
    case = st.selectbox("Case", names())
    path = experiment_of(case)
    st.markdown(inline(yaml.safe_load(path.read_text(encoding="utf-8"))["task"]["kind"].replace("_", " ")))
    page_of_docs = FOLDER.parent.parent / "docs" / "cases" / f"{case}.md"
    if page_of_docs.exists():
        with st.expander("About this case"):
            st.markdown(page_of_docs.read_text(encoding="utf-8"))
    if st.button("Start", type="primary", icon=":material/play_arrow:"):
        _start(path)


def _own() -> None:
    kind = st.selectbox("Task", list(KINDS), format_func=lambda name: name.replace("_", " ").capitalize())
    examples = st.file_uploader("Examples", type=[ending[1:] for ending in FORMATS], key="examples")
    documents = st.file_uploader(
        "Documents (optional)", type=[e[1:] for e in (*DOCUMENTS, *FORMATS)], accept_multiple_files=True, key="documents"
    )
    if examples is None:
        st.write("Drop a file of examples: one row a question or text, with its right answer or label.")
        return
    folder = _keep(examples, documents or [])
    try:
        rows = [row for row in islice(read_rows(next(folder.glob("examples.*"))), 50) if not isinstance(row, BadRow)]
    except UserError as error:
        _complain(error)
        return
    if not rows:
        st.error("No row of this file can be read.")
        return
    columns = _columns(list(rows[0].cells))
    st.table([{name: str(cell)[:120] for name, cell in row.cells.items()} for row in rows[:PREVIEW]])
    name = st.text_input("Name", value="my-data", max_chars=60)
    preset = st.selectbox("Preset", list(PRESETS), format_func=lambda p: PRESETS[p])
    if st.button("Start", type="primary", icon=":material/play_arrow:"):
        _start(_write(folder, kind, name, preset, columns, bool(documents)))


def _columns(there: list[str]) -> dict[str, str]:
    """The columns, guessed by name and corrected from lists."""
    chosen: dict[str, str] = {}
    boxes = st.columns(3)
    for number, (key, label) in enumerate({"input": "Input", "references": "Right answer", **OPTIONAL}.items()):
        options = there if key in ("input", "references") else ["(none)", *there]
        guess = column_names.find(there, column_names.EXAMPLES[key]) or (
            "(none)" if key in OPTIONAL else options[min(number, len(options) - 1)]
        )
        picked = boxes[number % 3].selectbox(label, options, index=options.index(guess), key=f"column-{key}")
        if picked != "(none)":
            chosen[key] = str(picked)
    return chosen


def _keep(examples: Any, documents: Sequence[Any]) -> Path:
    """Uploads on disk in a folder of their own content's hash; only the ending of a name is used, and only a known one."""
    contents = [("examples", examples), *((f"documents/{number:05d}", file) for number, file in enumerate(documents))]
    digest = hashlib.sha256()
    for place, file in contents:
        digest.update(place.encode() + Path(file.name).suffix.lower().encode() + file.getbuffer())
    folder = jobs.runs_folder() / ".uploads" / digest.hexdigest()[:16]
    for place, file in contents:
        ending = Path(file.name).suffix.lower()
        path = folder / f"{place}{ending if ending in (*DOCUMENTS, *FORMATS) else '.txt'}"
        if not path.exists():
            write_bytes(path, bytes(file.getbuffer()))
    return folder


def _write(folder: Path, kind: str, name: str, preset: str, columns: dict[str, str], documents: bool) -> Path:
    data: dict[str, Any] = {"examples": next(folder.glob("examples.*")).name, "columns": columns}
    if documents:
        data["documents"] = "documents"
    safe = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.") or "run"
    experiment = {"name": safe, "task": {"kind": kind}, "data": data, "preset": preset}
    path = folder / f"experiment-{hashlib.sha256(repr(experiment).encode()).hexdigest()[:8]}.yaml"
    write_bytes(path, yaml.safe_dump(experiment, sort_keys=False, allow_unicode=True).encode())
    return path


def _start(path: Path) -> None:
    try:
        load(path)
        run = jobs.start(path, jobs.runs_folder())
    except UserError as error:
        _complain(error)
        return
    state.open_page("Run", run)


def _complain(error: UserError) -> None:
    st.error("This cannot be run yet:")
    said(str(error))
