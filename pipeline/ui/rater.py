"""Who is at work on a page where people label or decide: a name, in the address and in this tab. No secret, and no account."""

from __future__ import annotations

import streamlit as st

from pipeline.errors import UserError
from pipeline.run_folder import labels
from pipeline.ui.judging.agreement import complain


def named() -> str:
    """By the address, else as given in this tab; empty before a name was given, or where it cannot be one."""
    given = st.query_params.get("rater") or st.session_state.get("_rater", "")
    try:
        rater = labels.rater_name(given) if given else ""
    except UserError:
        return ""
    if rater:
        st.session_state["_rater"] = st.query_params["rater"] = rater
    return rater


@st.dialog("Who is at work?")
def ask() -> None:
    """In a window of its own, so that no key meant for a label goes into the name, and none of the name becomes a label."""
    with st.form("name", border=False):
        name = st.text_input("Your name", max_chars=40)
        given = st.form_submit_button("Begin", type="primary")
    if given:
        try:
            rater = labels.rater_name(name)
        except UserError as error:
            complain(error)
            return
        st.session_state["_rater"] = st.query_params["rater"] = rater
        st.rerun()
