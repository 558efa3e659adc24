"""A new comparison in three steps: bring, check how it is read, start. File names are never paths."""

from __future__ import annotations

import io
from pathlib import Path

import streamlit as st
import yaml

from pipeline import jobs
from pipeline.data.ingest.documents.endings import DOCUMENTS, missing, offered
from pipeline.data.ingest.rows.tables import FORMATS
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.samples import FOLDER, experiment_of, names
from pipeline.ui import state
from pipeline.ui.comparison import from_hub, own, service, uploads
from pipeline.ui.text import inline

SAMPLE = (
    "question,answer,topic\nHow long is the trial period?,6 months,contracts\nWho approves travel above 1500?,the head of division,travel\n"
    "May I bring my dog?,,office\n"
)


class Pasted(io.BytesIO):
    """A table that was pasted, as if it had been uploaded."""

    name = "pasted.csv"


def page() -> None:
    """Start a comparison of one's own files, or of a bundled case."""
    st.title("New comparison", anchor=False)
    left, right = st.columns(2)
    with left:
        st.markdown("**1 · Questions with right answers**")
        examples = st.file_uploader(
            "Examples",
            type=[ending[1:] for ending in offered(FORMATS)],
            accept_multiple_files=True,
            key="examples",
            help="Tables: one row a question or text, with its answer or label. Files called train, dev and test are taken as such.",
        )
        with st.container(horizontal=True):
            st.download_button("Sample CSV", SAMPLE, "sample.csv", "text/csv", icon=":material/download:", on_click="ignore")
            with st.popover("Paste a table", icon=":material/content_paste:"):
                text = st.text_area("Rows with a line of names above, as copied from a spreadsheet or a CSV", height=200, key="pasted")
            with st.popover("From the Hub", icon=":material/cloud_download:"):
                fetched = from_hub.chosen()
    with right:
        st.markdown("**2 · Documents, if you have them**")
        endings = [ending[1:] for ending in offered((*DOCUMENTS, *FORMATS))]
        documents = st.file_uploader("Documents (optional)", type=endings, accept_multiple_files=True, key="documents")
    if absent := sorted({name for ending in (*DOCUMENTS, *FORMATS) for name in missing(ending)}):
        st.caption(f"Some kinds of files cannot be read here, since these packages are not installed: {', '.join(absent)}.")
    folder = uploads.kept(examples or fetched or _pasted(text), documents or [])
    path = own.page(folder) if folder else _bundled()
    if path is not None:
        _start(path)


def _pasted(text: str) -> list[Pasted]:
    if not text.strip():
        return []
    file = Pasted(text.strip().encode() + b"\n")
    file.name = "pasted.tsv" if "\t" in text.splitlines()[0] else "pasted.csv"
    return [file]


def _bundled() -> Path | None:
    with st.expander("No files at hand? Run a bundled case"):
        case = st.selectbox("Case", names())
        path = experiment_of(case)
        st.markdown(inline(yaml.safe_load(path.read_text(encoding="utf-8"))["task"]["kind"].replace("_", " ")))
        page_of_docs = FOLDER.parent.parent / "docs" / "cases" / f"{case}.md"
        if page_of_docs.exists() and st.toggle("About this case"):
            st.markdown(page_of_docs.read_text(encoding="utf-8"))
        return path if st.button("Start", type="primary", icon=":material/play_arrow:") else None


def _start(path: Path) -> None:
    try:
        load(path)
        run = jobs.start(path, jobs.runs_folder(), upload=service.allowed())
    except UserError as error:
        own.complain(error, path.parent)
        return
    st.query_params.pop("draft", None)
    state.open_page("Progress", run)
