"""Who may see the app: everyone on this machine, whoever knows a password, or whoever Streamlit's own login lets in. Keeps no password."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from typing import Any

import streamlit as st

VARIABLE = "BAKEOFF_PASSWORD_HASH"
"""Environment variable, or key of Streamlit's secrets, that holds what `hashed` gave."""
COST = {"n": 2**14, "r": 8, "p": 1}
"""Of scrypt (RFC 7914): about 16 MiB and 50 ms a try."""
PAUSE_S = 1.0
"""After a wrong password."""


def hashed(password: str) -> str:
    """`scrypt$<salt>$<hash>`, salted anew each time; the password cannot be read from it."""
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_derived(password, salt).hex()}"


def matches(password: str, stored: str) -> bool:
    """Whether this is the password; a stored value of another form matches none."""
    kind, _, rest = stored.strip().partition("$")
    salt, _, digest = rest.partition("$")
    try:
        expected = bytes.fromhex(digest)
        found = _derived(password, bytes.fromhex(salt))
    except ValueError:
        return False
    return kind == "scrypt" and len(expected) == len(found) and hmac.compare_digest(found, expected)


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
        st.error("This is not the password.")
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


def _derived(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=COST["n"], r=COST["r"], p=COST["p"], dklen=32)
