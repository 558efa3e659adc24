"""User text in pages: shown letter for letter. Streamlit reads Markdown in most of its elements; these do not let it."""

from __future__ import annotations

import streamlit as st

from eval.report.format import plain
from eval.report.markdown import escape


def heading(text: str) -> None:
    """A page's one h1, whatever is in the text."""
    st.title(escape(text), anchor=False)


def said(text: str) -> None:
    """A text as it was written, wrapped."""
    st.code(plain(text) or "(said nothing)", language=None, wrap_lines=True)


def inline(text: str) -> str:
    """Text for an element that reads Markdown."""
    return escape(text)
