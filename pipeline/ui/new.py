"""Start a run: a bundled case, or files of one's own. File names are never paths."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
import yaml

from pipeline import jobs
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.samples import FOLDER, experiment_of, names
from pipeline.ui import own, state
from pipeline.ui.text import inline


def page() -> None:
    """Start a run of a bundled case or of one's own files."""
    st.title("Start a run", anchor=False)
    ways = ["A bundled case", "Your own files"]
    way = st.radio("With", ways, index=int("draft" in st.query_params), horizontal=True)
    path = _bundled() if way == ways[0] else own.page()
    if path is not None:
        _start(path)


def _bundled() -> Path | None:
    case = st.selectbox("Case", names())
    path = experiment_of(case)
    st.markdown(inline(yaml.safe_load(path.read_text(encoding="utf-8"))["task"]["kind"].replace("_", " ")))
    page_of_docs = FOLDER.parent.parent / "docs" / "cases" / f"{case}.md"
    if page_of_docs.exists():
        with st.expander("About this case"):
            st.markdown(page_of_docs.read_text(encoding="utf-8"))
    return path if st.button("Start", type="primary", icon=":material/play_arrow:") else None


def _start(path: Path) -> None:
    try:
        load(path)
        run = jobs.start(path, jobs.runs_folder())
    except UserError as error:
        own.complain(error, path.parent)
        return
    st.query_params.pop("draft", None)
    state.open_page("Progress", run)
