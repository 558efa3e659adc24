"""User text in pages: shown letter for letter. Streamlit reads Markdown in most of its elements; these do not let it."""

from __future__ import annotations

import re

import streamlit as st

from eval.report.format import plain
from eval.report.markdown import escape

JOINER = "\u2060"
MADE = re.compile(
    r"https?(?=:)|www(?=\.)|@|(?:xmpp|mailto)(?=:)"  # links, which Streamlit makes of text even where it is escaped
    r"|:(?=[\w+-]+(?:/\w+)?:)"  # icons, as of :smile: and :material/home:
    r"|(?<!\S)[<>~-](?=(?:[->=]|->)(?!\S))",  # arrows and the like, as of ->
    re.IGNORECASE,
)
"""After these, an invisible joiner keeps a text from being turned into something else."""


def heading(text: str) -> None:
    """A page's one h1, whatever is in the text."""
    st.title(inline(text), anchor=False)


def said(text: str) -> None:
    """A text as it was written, wrapped."""
    st.code(plain(text) or "(said nothing)", language=None, wrap_lines=True)


def inline(text: str) -> str:
    """Text for an element that reads Markdown. It is shown as it is, and never a link."""
    return escape(MADE.sub(rf"\g<0>{JOINER}", text))
