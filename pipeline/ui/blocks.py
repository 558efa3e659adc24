"""The report's own tables and charts in a page, so that page and report say the same. Draws; computes nothing."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eval.report.blocks import Block
from eval.report.figures import Figure
from eval.report.markdown import cell
from pipeline.ui.text import inline

Json = dict[str, Any]
FIT = {"type": "fit-x", "contains": "padding"}
"""As wide as the page; the height stays the chart's own, so that a legend takes nothing from it."""


def table(head: list[str], rows: list[list[str]]) -> None:
    """A real table, which screen readers can read; every cell as the text it is."""
    st.table([{_cell(_title(name)): _cell(text) for name, text in zip(head, row, strict=True)} for row in rows])


def _cell(text: str) -> str:
    """Figures as they are; everything else as text that is no link."""
    return text if cell(text) == text else inline(text)


def _title(name: str) -> str:
    return name if name[1:2] in ("", " ") else name[0].upper() + name[1:]


def figure(drawn: Figure | None, caption: bool = True) -> None:
    """The chart where there is one, with its text alternative."""
    if drawn is None:
        return
    st.altair_chart(drawn.chart.properties(autosize=FIT), alt=drawn.alt)
    if caption:
        st.caption(inline(drawn.caption))


def draw(blocks: list[Block]) -> None:
    """Blocks of the outline; the report's sentence is the page's heading and is not drawn again."""
    for block in blocks:
        if block.kind == "heading" and block.level > 1:
            st.subheader(inline(block.text), anchor=False)
        elif block.kind == "table":
            table(list(block.rows[0]), [list(row) for row in block.rows[1:]])
        elif block.figure is not None:
            figure(block.figure)
        elif block.kind != "heading":
            st.markdown(f"{'- ' if block.kind == 'item' else ''}{inline(block.text)}")
