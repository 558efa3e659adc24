"""The app: flat navigation over the pages in `pipeline.ui`. Shows what is stored in run folders; trains and computes nothing.

`streamlit run` imports this file for its server, then runs it as a script for every visitor.
"""

from pathlib import Path

import streamlit as st

from pipeline.ui import gate

if __name__ != "__main__":
    app = st.App(__file__, middleware=gate.middleware())
else:
    from pipeline.ui import arms, export, judge, new, play, rows, run, runs, state, verdict

    st.set_page_config(page_title="Bakeoff", page_icon=str(Path(state.__file__).with_name("icon.svg")), layout="wide")
    if not gate.open_to_visitor():
        st.stop()
    PAGES = [
        st.Page(runs.page, title="Runs", url_path="runs", icon=":material/list:", default=True),
        st.Page(new.page, title="New", url_path="new", icon=":material/add:"),
        st.Page(run.page, title="Run", url_path="run", icon=":material/progress_activity:"),
        st.Page(verdict.page, title="Verdict", url_path="verdict", icon=":material/gavel:"),
        st.Page(arms.page, title="Arms", url_path="arms", icon=":material/bar_chart:"),
        st.Page(rows.page, title="Rows", url_path="rows", icon=":material/table_rows:"),
        st.Page(play.page, title="Playground", url_path="play", icon=":material/chat:"),
        st.Page(judge.page, title="Judge", url_path="judge", icon=":material/fact_check:"),
        st.Page(export.page, title="Export", url_path="export", icon=":material/download:"),
    ]
    state.remember_pages({page.title: page for page in PAGES})
    current = st.navigation(PAGES, position="sidebar")
    state.sidebar()
    current.run()
