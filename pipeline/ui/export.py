"""The report to take away, in every format there is."""

from __future__ import annotations

import streamlit as st

from pipeline.ui import state
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
    for name, (label, mime) in KINDS.items():
        path = run.path / "report" / name
        if path.exists():
            size = f"{path.stat().st_size / 1024:.0f} KiB"
            st.download_button(f"{label} ({size})", path.read_bytes(), file_name=f"{run.id}-{name}", mime=mime, key=name)
