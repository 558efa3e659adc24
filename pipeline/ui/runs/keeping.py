"""Naming, noting, tagging, deleting and bringing back, of the runs that are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pipeline import jobs
from pipeline.errors import Damaged, UserError
from pipeline.results import trash
from pipeline.run_folder import about
from pipeline.run_folder.store import RunFolder, of_id
from pipeline.ui import state
from pipeline.ui.text import inline

Json = dict[str, Any]


def one(row: Json, called: str) -> None:
    """What can be done with one run."""
    st.header(inline(called), anchor=False)
    if row["sentence"]:
        st.markdown(inline(row["sentence"]))
    if row["note"]:
        st.markdown(f":material/sticky_note_2: {inline(row['note'])}")
    st.caption(f"{inline(row['run'])} · {state.STATE_MARKS[row['state']]}")
    with st.container(horizontal=True):
        if st.button("Open", type="primary", icon=":material/open_in_new:"):
            state.open_page("Verdict" if row["verdict"] else "Progress", row["run"])
        if st.button("Name, note, tags", icon=":material/edit:"):
            _edit(row["run"])
        if st.button("Delete", icon=":material/delete:"):
            _delete([row["run"]])


def several(rows: Sequence[Json]) -> None:
    """What can be done with all that are chosen."""
    if st.button(f"Delete these {len(rows)}", icon=":material/delete:"):
        _delete([row["run"] for row in rows])


@st.dialog("Name, note, tags")
def _edit(name: str) -> None:
    run = of_id(jobs.runs_folder(), name)
    if run is None:
        st.write("This run is gone.")
        return
    said = _said(run)
    with st.form("about", border=False):
        called = st.text_input("Name", said.name, max_chars=about.LONGEST_NAME, placeholder=name.rpartition("-")[0])
        note = st.text_area("Note", said.note, max_chars=about.LONGEST_NOTE)
        tags = st.text_input("Tags, with commas between them", ", ".join(said.tags))
        if st.form_submit_button("Keep", type="primary"):
            try:
                about.write(run, called, note, tags.split(","))
            except UserError as error:
                st.error(inline(str(error)))
                return
            st.rerun()


def _said(run: RunFolder) -> about.About:
    """Nothing where it cannot be read: what is kept now takes its place."""
    try:
        return about.read(run)
    except Damaged:
        return about.About()


def _delete(names: Sequence[str]) -> None:
    """Each that is not at work; the list below offers the way back."""
    runs, told = jobs.runs_folder(), list[str]()
    for name in names:
        try:
            trash.delete(runs, name)
        except UserError as error:
            told.append(str(error))
    if len(told) < len(names):
        st.session_state["_deleted"] = True
        if st.session_state.get("_run") in names:
            del st.session_state["_run"]
        st.query_params.clear()
    if told:
        st.error("  \n".join(map(inline, told)))
        return
    st.rerun()


def bring_back(name: str) -> None:
    """Among the others again, or why not."""
    try:
        trash.restore(jobs.runs_folder(), name)
    except UserError as error:
        st.error(inline(str(error)))
        return
    st.rerun()
