"""The app: navigation over the pages in `pipeline.ui`. Shows what is stored in run folders; trains and computes nothing.

`streamlit run` imports this file for its server, then runs it as a script for every visitor.
"""

import streamlit as st

from pipeline.ui import ahead, gate

if __name__ != "__main__":
    app = st.App(__file__, middleware=gate.middleware())
    ahead.begin()
else:
    from pipeline.ui import state
    from pipeline.ui.ahead import of
    from pipeline.ui.pictures import ICON, LOGO, STYLE

    st.set_page_config(page_title="Bakeoff", page_icon=ICON, layout="wide")
    if not gate.open_to_visitor():
        st.stop()
    there = "visible" if state.wanted() else "hidden"
    BAKEOFF = [
        st.Page(of("home"), title="Home", url_path="home", icon=":material/home:", default=True),
        st.Page(of("comparison.new"), title="New comparison", url_path="new", icon=":material/add:"),
        st.Page(of("questions.page"), title="Questions", url_path="questions", icon=":material/quiz:"),
        st.Page(of("runs.page"), title="All runs", url_path="runs", icon=":material/list:"),
    ]
    THIS_RUN = [
        st.Page(of("progress"), title="Progress", url_path="progress", icon=":material/progress_activity:", visibility=there),
        st.Page(of("result.verdict"), title="Verdict", url_path="verdict", icon=":material/gavel:", visibility=there),
        st.Page(of("result.candidates"), title="Candidates", url_path="candidates", icon=":material/bar_chart:", visibility=there),
        st.Page(of("result.answers"), title="Answers", url_path="answers", icon=":material/table_rows:", visibility=there),
        st.Page(of("play"), title="Try it", url_path="try", icon=":material/chat:", visibility=there),
        st.Page(of("judging.page"), title="Check the judge", url_path="judge", icon=":material/fact_check:", visibility=there),
        st.Page(of("share"), title="Report", url_path="report", icon=":material/download:", visibility=there),
    ]
    state.remember_pages({page.title: page for page in (*BAKEOFF, *THIS_RUN)})
    st.logo(LOGO, size="large")
    st.html(STYLE)
    current = st.navigation([*BAKEOFF, *THIS_RUN], position="sidebar", expanded=True)  # one flat list: axe objects to the lists of sections
    name = state.sidebar()
    st.set_page_config(page_title=" · ".join([current.title, *([name] if name and current in THIS_RUN else []), "Bakeoff"]))
    current.run()
