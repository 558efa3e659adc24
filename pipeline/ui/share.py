"""The report to take away, in every format there is. A file is read, or made anew in a process of its own, once it is asked for."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from eval.report.outline import page_one
from pipeline.environment import without_keys
from pipeline.run_folder import keys
from pipeline.run_folder.store import RunFolder
from pipeline.ui import blocks, state
from pipeline.ui.text import heading, inline

KINDS = {
    "report.pdf": ("PDF", "application/pdf"),
    "report.docx": ("Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "report.html": ("HTML, self-contained", "text/html"),
    "report.xlsx": ("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "report.md": ("Markdown", "text/markdown"),
    "report.json": ("JSON", "application/json"),
}  # fmt: skip


@state.of_report
def page(run: RunFolder, report: dict[str, Any]) -> None:
    """The report to take along, on request without rows or masked."""
    heading("Share this result")
    st.caption(f"Run {run.id}, data {report['manifest']['data']}. PDF or Word for who decides, HTML or Excel for who wants the evidence.")
    st.markdown(f"> {inline(report['decision']['sentence'])}")
    changes = {
        "--no-rows": st.checkbox("Leave out the rows: questions, answers and passages"),
        "--mask": st.checkbox("Mask e-mail addresses, telephone and card numbers, and keys"),
    }
    options = [name for name, wanted in changes.items() if wanted]
    for name, (label, mime) in KINDS.items():
        stored = run.path / "report" / name
        anew = bool(options) or not stored.is_file()
        size = "" if anew else f" ({stored.stat().st_size / 1024:.0f} KiB)"
        data = partial(_made, run, stored.suffix[1:], options) if anew else stored.read_bytes
        st.download_button(f"{label}{size}", data, file_name=f"{run.id}-{name}", mime=mime, key=name, on_click="ignore")
    st.header("Page one", anchor=False)
    with st.container(border=True):
        blocks.draw(page_one(report))


def _made(run: RunFolder, kind: str, options: list[str]) -> bytes:
    """By `bakeoff report`: what a large report takes to be made anew never enters the server's memory."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"report.{kind}"
        command = [sys.executable, "-m", "pipeline", "report", run.id, "--format", kind, "-o", str(target), "--out", str(run.path.parent)]
        subprocess.run([*command, *options], cwd=keys.ROOT, env=without_keys(), check=True, capture_output=True)
        return target.read_bytes()
