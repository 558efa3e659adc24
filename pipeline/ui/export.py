"""The report to take away, in every format there is."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from eval.report.outline import page_one
from pipeline.redact import render
from pipeline.store import RunFolder
from pipeline.ui import blocks, state
from pipeline.ui.text import heading, inline

KINDS = {
    "report.html": ("HTML, self-contained", "text/html"), "report.pdf": ("PDF", "application/pdf"),
    "report.docx": ("Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "report.xlsx": ("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "report.md": ("Markdown", "text/markdown"),
    "report.json": ("JSON", "application/json"),
}  # fmt: skip


def page() -> None:
    run = state.current()
    if run is None:
        return
    report = state.report_of(run)
    if report is None:
        return
    heading(f"From run {run.id}, data {report['manifest']['data']}.")
    st.markdown(f"> {inline(report['decision']['sentence'])}")
    rows = not st.checkbox("Leave out the rows: questions, answers and passages")
    masked = st.checkbox("Mask e-mail addresses, telephone and card numbers, and keys")
    written = (run.path / "report/report.json").stat().st_mtime_ns
    for name, (label, mime) in KINDS.items():
        data = _made(str(run.path), name.removeprefix("report."), rows, masked, written)
        st.download_button(f"{label} ({len(data) / 1024:.0f} KiB)", data, file_name=f"{run.id}-{name}", mime=mime, key=name)
    st.subheader("Page one", anchor=False)
    with st.container(border=True):
        blocks.draw(page_one(report))


@st.cache_data(max_entries=24, show_spinner="Making the report")
def _made(folder: str, kind: str, rows: bool, masked: bool, written: int) -> bytes:
    """As stored, or made anew without what is to be left out; kept by the time the report was written."""
    run = RunFolder(Path(folder))
    if rows and not masked:
        return (run.path / "report" / f"report.{kind}").read_bytes()
    return render(run, kind, rows=rows, masked=masked)
