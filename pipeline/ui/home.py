"""Home: what this is, how to begin, and what was done last."""

from __future__ import annotations

import streamlit as st

from pipeline import jobs
from pipeline.errors import UserError
from pipeline.results import example
from pipeline.results.overview import overview
from pipeline.ui import state
from pipeline.ui.runs import listing
from pipeline.ui.text import inline

STEPS = (
    (":material/upload_file:", "1 · Bring",
     "A table of questions and answers, tickets with labels, texts with the JSON you want. Documents as PDF, Word, Markdown or a ZIP."),
    (":material/manufacturing:", "2 · Build and ask",
     "Search (RAG), a fine-tuned model, both together, a plain baseline, and models of providers. Same questions, same care."),
    (":material/balance:", "3 · Decide",
     "One sentence, what it rests on, what it costs, what would change it. A report for whoever signs."),
)  # fmt: skip
RECENT = 5


def page() -> None:
    """What Bakeoff does, in ten seconds."""
    st.title("RAG, fine-tuning, both or neither? Find out on your data.", anchor=False)
    st.markdown(
        "Bring questions with right answers, and your documents if you have them. Bakeoff builds every approach, asks all of them the same "
        "questions and tells you which one pays, and how sure that is."
    )
    with st.container(horizontal=True):
        if st.button("Use my files", type="primary", icon=":material/upload_file:"):
            state.open_page("New comparison")
        if st.button("See a finished example", icon=":material/visibility:"):
            _example()
    for column, (icon, title, told) in zip(st.columns(3), STEPS, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"## {icon} {title}")
            st.write(told)
    if rows := overview(jobs.runs_folder()):
        st.header("Recent", anchor=False)
        listing.table(rows[:RECENT], listing.names(rows))


def _example() -> None:
    try:
        run = example.opened(jobs.runs_folder())
    except UserError as error:
        st.error(inline(str(error)))
        return
    state.open_page("Verdict", run.id)
