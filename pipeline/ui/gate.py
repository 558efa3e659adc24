"""Who may see the app: everyone on this machine, whoever knows a password, or whoever Streamlit's own login lets in. Keeps no password.

`pipeline.ui.guard` asks for the password, ahead of Streamlit. What is here holds where a page is drawn all the same.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from pipeline.password import INSECURE, VARIABLE, fault
from pipeline.ui import guard


def middleware() -> list[Middleware]:
    """The guard for the server of this process; where the server may not start this way, the process ends and says why."""
    sign_in, stored = _secret("auth") is not None, _stored()
    insecure = sign_in or os.environ.get(INSECURE) == "1"
    if problem := fault(stored, st.get_option("server.address"), insecure=insecure):
        sys.stderr.write(f"bakeoff: {problem[0]} {problem[1]}\n")
        raise SystemExit(2)
    return [Middleware(guard.Guard, stored, sign_in=sign_in, base=st.get_option("server.baseUrlPath") or "")]


def open_to_visitor() -> bool:
    """True where the pages may be drawn for this visitor; where not, says so or offers to sign in."""
    if _secret("auth") is not None:
        return _signed_in()
    if _stored() is None or guard.VISITORS.knows(st.context.cookies.get(guard.COOKIE)):
        return True
    st.title("Bakeoff", anchor=False)
    st.error("The password is needed. Reload this page to be asked for it.")
    return False


def shared() -> bool:
    """Whether others than whoever started the server may use it: then its pages send data nowhere that the server's owner did not name."""
    return _stored() is not None or _secret("auth") is not None or os.environ.get(INSECURE) == "1"


def _stored() -> str | None:
    """What is set as the password's hash, even where it is empty; None where nothing is set."""
    stored = os.environ.get(VARIABLE)
    found = _secret(VARIABLE) if stored is None else stored
    return None if found is None else str(found)


def _signed_in() -> bool:
    if st.user.is_logged_in:
        if context := st.runtime.scriptrunner.get_script_run_ctx():
            guard.signed_in(context.session_id)
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
