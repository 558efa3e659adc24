"""Who may see the app: everyone on this machine, whoever knows a password, or whoever Streamlit's own login lets in. Keeps no password."""

from __future__ import annotations

import os
import time
from typing import Any

import streamlit as st

from pipeline.password import VARIABLE, matches

PAUSE_S = 1.0
"""After a wrong password."""


def open_to_visitor() -> bool:
    """Draws what lets the visitor in where that is asked for; True once the pages may be drawn."""
    if _secret("auth") is not None:
        return _signed_in()
    stored = os.environ.get(VARIABLE) or _secret(VARIABLE)
    return stored is None or bool(st.session_state.get("_let_in")) or _asks(str(stored))


def _asks(stored: str) -> bool:
    st.title("Bakeoff", anchor=False)
    with st.form("password"):
        said = st.text_input("Password", type="password")
        pressed = st.form_submit_button("Open", type="primary")
    if pressed and matches(said, stored):
        st.session_state["_let_in"] = True
        st.rerun()
    if pressed:
        time.sleep(PAUSE_S)
        st.error("Wrong password.")
    return False


def _signed_in() -> bool:
    if st.user.is_logged_in:
        return True
    st.title("Bakeoff", anchor=False)
    st.button("Sign in", type="primary", on_click=st.login)
    return False


def _secret(name: str) -> Any:
    """From Streamlit's secrets; None where there are none."""
    try:
        return st.secrets.get(name)
    except (FileNotFoundError, st.errors.StreamlitSecretNotFoundError):
        return None
