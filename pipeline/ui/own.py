"""Files of one's own: upload → proposal to correct → audit → start. Guesses and findings come from the pipeline."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import streamlit as st
import yaml

from pipeline.data.ingest.documents.endings import DOCUMENTS, missing, offered
from pipeline.data.ingest.rows.propose import Proposal, propose
from pipeline.data.ingest.rows.tables import FORMATS
from pipeline.environment import for_work
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.files import write_bytes
from pipeline.planning.preview import Preview, preview
from pipeline.run_folder import keys
from pipeline.tasks import KINDS
from pipeline.ui import uploads
from pipeline.ui.text import inline, said

PRESETS = {"quick": "quick: ten to twenty minutes", "standard": "standard: an hour or more", "thorough": "thorough: a night"}
REQUIRED = {"input": "Input", "references": "Right answer"}
OPTIONAL = {
    "id": "Id", "group": "Group (stays on one side)", "gold_passages": "Gold documents", "split": "Split", "choices": "Choices of a row",
    "context": "Text that belongs to the input", "time": "Time",
}  # fmt: skip
LISTED = 20
"""Rows that cannot be read, named one by one."""
MARKS = {"blocks": ":material/block:", "warning": ":material/warning:", "info": ":material/info:"}


def page() -> Path | None:
    """Draws the steps; the experiment to start once Start is pressed, else None."""
    examples = st.file_uploader("Examples", type=[ending[1:] for ending in offered(FORMATS)], key="examples")
    documents = st.file_uploader(
        "Documents (optional)", type=[e[1:] for e in offered((*DOCUMENTS, *FORMATS))], accept_multiple_files=True, key="documents"
    )
    if absent := sorted({name for ending in (*DOCUMENTS, *FORMATS) for name in missing(ending)}):
        st.caption(f"Some kinds of files cannot be read here, since these packages are not installed: {', '.join(absent)}.")
    folder = uploads.kept(examples, documents or [])
    if folder is None:
        st.write("Drop a file of examples: one row a question or text, with its right answer or label.")
        return None
    try:
        proposal = _proposed(str(folder))
        path = _corrected(folder, proposal)
        if path is None:
            return None
        seen = _seen(str(path))
    except UserError as error:
        complain(error, folder)
        return None
    _show(seen, folder)
    if st.toggle("Estimate how long it will take (measures for about a minute)"):
        st.code(_estimated(str(path)), language=None)
    return path if st.button("Start", type="primary", icon=":material/play_arrow:") else None


@st.cache_data(max_entries=8, show_spinner="Looking at the files")
def _proposed(folder: str) -> Proposal:
    return propose(uploads.files(Path(folder)))


@st.cache_data(max_entries=8, show_spinner="Auditing: nothing is trained yet")
def _seen(path: str) -> Preview:
    """Kept by the path, which is a hash of what it holds."""
    return preview(load(Path(path)))


@st.cache_data(max_entries=8, show_spinner="Measuring on a few rows")
def _estimated(path: str) -> str:
    """In a process of its own, so that no weights stay in the server."""
    command = [sys.executable, "-m", "pipeline", "estimate", path]
    done = subprocess.run(command, capture_output=True, text=True, cwd=keys.ROOT, env=for_work(), check=False)
    return done.stdout or done.stderr


def _corrected(folder: Path, proposal: Proposal) -> Path | None:
    """The proposal as lists to choose from, written down as an experiment."""
    st.subheader("What this seems to be", anchor=False)
    st.caption(inline(f"{proposal.task.value.replace('_', ' ')}: {proposal.task.reason}. Correct what is wrong."))
    if proposal.grading:
        st.caption(inline(f"How answers are graded: {proposal.grading}."))
    for question in proposal.questions:
        st.info(inline(question), icon=":material/help:")
    kinds = list(KINDS)
    kind = st.selectbox("Task", kinds, kinds.index(proposal.task.value), format_func=lambda name: name.replace("_", " ").capitalize())
    columns = _columns(proposal)
    instructions = st.text_area("Instructions to the model (empty: the task's own)", value=str(proposal.settings.get("instructions", "")))
    boxes = st.columns(2)
    name = boxes[0].text_input("Name", value="my-data", max_chars=60)
    preset = boxes[1].selectbox("Preset", list(PRESETS), format_func=lambda p: PRESETS[p])
    cost = _cost_of_wrong() if kind == "question_answering" else {}
    if "input" not in columns or "references" not in columns:
        return None
    more = proposal.settings if kind == proposal.task.value else {}
    inside = {"document_columns": proposal.document_columns} if proposal.document_columns else {}
    task = {"kind": kind, **more, **({"instructions": instructions} if instructions.strip() else {})}
    data = {**proposal.data, "columns": columns, **inside}
    return _written(folder, {"name": _safe(name), "task": task, "data": data, "preset": preset, **cost})


def _cost_of_wrong() -> dict[str, Any]:
    """As people say it: at 1 a wrong answer and none are equally bad, which costs nothing beside the right answer that is not there."""
    unanswered = st.number_input(
        "A wrong answer is as bad as how many unanswered ones?", min_value=1.0, max_value=100.0, value=1.0, step=1.0, key="cost-of-wrong",
        help="1: only right answers count. 3: two right answers make up for one wrong one. The report says where the verdict changes.",
    )  # fmt: skip
    return {"decision": {"cost_of_wrong": unanswered - 1}} if unanswered > 1 else {}


def _columns(proposal: Proposal) -> dict[str, str]:
    """The columns as proposed, corrected from lists."""
    chosen: dict[str, str] = {}
    boxes = st.columns(3)
    for number, (key, label) in enumerate({**REQUIRED, **OPTIONAL}.items()):
        guess = proposal.columns.get(key)
        options = [*proposal.there] if key in REQUIRED else ["(none)", *proposal.there]
        index = options.index(str(guess.value)) if guess and str(guess.value) in options else 0
        picked = boxes[number % 3].selectbox(label, options, index, key=f"column-{key}", help=inline(guess.reason) if guess else None)
        if picked != "(none)":
            chosen[key] = str(picked)
    return chosen


def _written(folder: Path, settings: dict[str, Any]) -> Path:
    examples, *documents = uploads.files(folder)
    if "document_columns" in settings["data"]:
        documents = [examples]
    data = {"examples": examples.name, **settings["data"], **({"documents": documents[0].name} if documents else {})}
    text = yaml.safe_dump({**settings, "data": data}, sort_keys=False, allow_unicode=True)
    path = folder / f"experiment-{hashlib.sha256(text.encode()).hexdigest()[:8]}.yaml"
    if not path.exists():
        write_bytes(path, text.encode())
    return path


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-._") or "run"


def _show(seen: Preview, folder: Path) -> None:
    """Places in the uploaded files are told by the names these were uploaded with."""
    rows = ", ".join(f"{count} {side}" for side, count in seen.rows.items())
    st.subheader("What the audit says", anchor=False)
    st.markdown(inline(f"Rows: {rows}; {len(seen.unreadable)} cannot be read and are left out."))
    with st.expander(f"The first {len(seen.first)} rows as they will be used", expanded=True):
        for row in seen.first:
            said(uploads.as_called(folder, row))
    for remark in seen.remarks:
        st.info(inline(uploads.as_called(folder, remark)), icon=":material/help:")
    if seen.unreadable:
        more = [f"and {len(seen.unreadable) - LISTED} more"] if len(seen.unreadable) > LISTED else []
        said(uploads.as_called(folder, "\n".join([*seen.unreadable[:LISTED], *more])))
    for finding in seen.findings:
        mark = MARKS[finding["severity"]]
        st.markdown(f"{mark} **{finding['severity']}**: {inline(finding['message'])}. {inline(finding['remedy'])}")
        if finding["examples"]:
            said(uploads.as_called(folder, "\n".join(str(example) for example in finding["examples"])))
    if not seen.findings:
        st.write("Nothing was found.")
    if seen.model:
        with st.expander("The base model"):
            said("\n".join(seen.model))
    with st.expander("What the model is asked, without passages"):
        for prompt in seen.prompts:
            said("\n\n".join(f"[{message['role']}] {message['content']}" for message in prompt))


def complain(error: UserError, folder: Path | None = None) -> None:
    st.error("This cannot be run yet:")
    said(uploads.as_called(folder, str(error)) if folder else str(error))
