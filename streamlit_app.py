"""The app: navigation over the pages in `pipeline.ui`. Shows what is stored in run folders; trains and computes nothing.

`streamlit run` imports this file for its server, then runs it as a script for every visitor.
"""

import streamlit as st

from pipeline.ui import ahead, gate

if __name__ != "__main__":
    app = st.App(__file__, middleware=gate.middleware())
    ahead.begin()
else:
    from pipeline.ui import home, play, progress, share, state
    from pipeline.ui.comparison import new
    from pipeline.ui.judging import page as judge
    from pipeline.ui.pictures import ICON, LOGO, STYLE
    from pipeline.ui.questions import page as questions
    from pipeline.ui.result import answers, candidates, verdict
    from pipeline.ui.runs import page as runs

    st.set_page_config(page_title="Bakeoff", page_icon=ICON, layout="wide")
    if not gate.open_to_visitor():
        st.stop()
    there = "visible" if state.wanted() else "hidden"
    BAKEOFF = [
        st.Page(home.page, title="Home", url_path="home", icon=":material/home:", default=True),
        st.Page(new.page, title="New comparison", url_path="new", icon=":material/add:"),
        st.Page(questions.page, title="Questions", url_path="questions", icon=":material/quiz:"),
        st.Page(runs.page, title="All runs", url_path="runs", icon=":material/list:"),
    ]
    THIS_RUN = [
        st.Page(progress.page, title="Progress", url_path="progress", icon=":material/progress_activity:", visibility=there),
        st.Page(verdict.page, title="Verdict", url_path="verdict", icon=":material/gavel:", visibility=there),
        st.Page(candidates.page, title="Candidates", url_path="candidates", icon=":material/bar_chart:", visibility=there),
        st.Page(answers.page, title="Answers", url_path="answers", icon=":material/table_rows:", visibility=there),
        st.Page(play.page, title="Try it", url_path="try", icon=":material/chat:", visibility=there),
        st.Page(judge.page, title="Check the judge", url_path="judge", icon=":material/fact_check:", visibility=there),
        st.Page(share.page, title="Report", url_path="report", icon=":material/download:", visibility=there),
    ]
    state.remember_pages({page.title: page for page in (*BAKEOFF, *THIS_RUN)})
    st.logo(LOGO, size="large")
    st.html(STYLE)
    current = st.navigation([*BAKEOFF, *THIS_RUN], position="sidebar", expanded=True)  # one flat list: axe objects to the lists of sections
    name = state.sidebar()
    st.set_page_config(page_title=" · ".join([current.title, *([name] if name and current in THIS_RUN else []), "Bakeoff"]))
    current.run()
