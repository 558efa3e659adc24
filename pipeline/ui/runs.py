"""All runs: name, state, verdict. The way in."""

from __future__ import annotations

import streamlit as st

from pipeline import jobs
from pipeline.overview import overview
from pipeline.ui import state
from pipeline.ui.text import inline


def page() -> None:
    st.title("Runs", anchor=False)
    rows = overview(jobs.runs_folder())
    if not rows:
        st.write("No runs yet. A bundled case shows in about ten minutes what a comparison looks like.")
        st.page_link(state.page_named("New"), label="Start a run", icon=":material/add:")
        return
    active = sum(row["state"] in ("queued", "running", "stalled") for row in rows)
    st.write(f"{len(rows)} run{'s' if len(rows) > 1 else ''}, {active} active.")
    for row in rows:
        with st.container(border=True):
            left, right = st.columns([5, 1])
            left.markdown(f"**{inline(row['run'])}** · {state.STATE_MARKS[row['state']]}")
            if row["sentence"]:
                left.markdown(inline(row["sentence"]))
            with right:
                state.link("Verdict" if row["verdict"] else "Run", row["run"], "Open")
