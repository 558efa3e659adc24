"""The report's own tables and charts in a page, so that page and report say the same. Draws; computes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple
from urllib.parse import urlencode

import streamlit as st

from eval.report.blocks import Block
from eval.report.figures import Figure
from eval.report.format import plain
from pipeline.ui.text import inline

Json = dict[str, Any]
NUMBER = re.compile(r"([+−]?\d[\d.,]*( of \d[\d.,]*| s| ms| min| h \d\d min| %)?( \(.*\))?|–|not measured|)$")
"""What stands to the right in its column."""
LONG = 60
"""Characters from which a cell is kept wide: the table then scrolls to the side, where its rows would be as high as a page."""
SHORT = 10
"""Characters below which a cell is never broken."""
FIT = {"type": "fit-x", "contains": "padding"}
"""As wide as the page; the height stays the chart's own, so that a legend takes nothing from it."""


class Link(NamedTuple):
    """A cell that opens another page of the app."""

    text: str
    page: str
    params: dict[str, str]


Cell = str | Link


def table(head: list[str], rows: Sequence[Sequence[Cell]], label: str = "Table", first: str = "") -> None:
    """A real table, which screen readers can read and keys can scroll; every cell as the text it is, numbers to the right.

    `first`: the row header of the row to bring out, if any.
    """
    numeric = [bool(rows) and all(NUMBER.match(_text(row[place])) for row in rows) for place in range(len(head))]
    kinds = [' class="n"' if there else "" for there in numeric]
    heads = "".join(f'<th scope="col"{kind}>{_safe(_title(name))}</th>' for name, kind in zip(head, kinds, strict=True))
    body = "".join(_row(row, kinds, _text(row[0]) == first) for row in rows)
    st.html(
        f'<div class="bk-table" tabindex="0" role="region" aria-label="{_safe(label)}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: Sequence[Cell], kinds: list[str], first: bool) -> str:
    head, *rest = (_cell(one) for one in row)
    long = ["" if kind or len(_text(one)) < LONG else ' class="l"' for one, kind in zip(row[1:], kinds[1:], strict=True)]
    cells = "".join(f"<td{kind or wide}>{text}</td>" for text, kind, wide in zip(rest, kinds[1:], long, strict=True))
    row_class = ' class="top"' if first else ""
    return f'<tr{row_class}><th scope="row"{kinds[0]}>{head}</th>{cells}</tr>'


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.text


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return _breaking(cell)
    return f'<a href="{escape(cell.page)}?{escape(urlencode(cell.params))}" target="_self">{_breaking(cell.text)}</a>'


def _breaking(text: str) -> str:
    """As HTML; where there is no room a number's interval goes below it, whole, as what is short stays: `✓ 12 min`."""
    if len(text) < SHORT:
        return f'<span class="bk-whole">{_safe(text)}</span>'
    value, opens, rest = text.partition(" (")
    return f'{_safe(value)} <span class="bk-whole">({_safe(rest)}</span>' if opens and NUMBER.match(text) else _safe(text)


def _title(name: str) -> str:
    return name if name[1:2] in ("", " ") else name[0].upper() + name[1:]


def _safe(text: str) -> str:
    return escape(plain(text)).replace("\n", "<br>")


def figure(drawn: Figure | None, caption: bool = True) -> None:
    """The chart where there is one, with its text alternative."""
    if drawn is None:
        return
    st.altair_chart(drawn.chart.properties(autosize=FIT), alt=drawn.alt)
    if caption:
        st.caption(inline(drawn.caption))


def pick(drawn: Figure, name: str) -> Json | None:
    """The chart with parts to click on; the fields of the part of selection `name` that was clicked on."""
    event = st.altair_chart(drawn.chart.properties(autosize=FIT), alt=drawn.alt, on_select="rerun", selection_mode=name, key=f"pick-{name}")
    found = event["selection"].get(name) or []
    return dict(found[0]) if found else None


def legend(colours: dict[str, str]) -> None:
    """What colours mean, as text that wraps where there is no room."""
    st.html(
        '<p class="bk-key">' + "".join(f'<span><i style="background:{colours[name]}"></i>{_safe(name)}</span>' for name in colours) + "</p>"
    )


def draw(blocks: list[Block]) -> None:
    """Blocks of the outline; the report's sentence is the page's heading and is not drawn again."""
    for block in blocks:
        if block.kind == "heading" and block.level > 1:
            st.header(inline(block.text), anchor=False)
        elif block.kind == "table":
            table(list(block.rows[0]), [list(row) for row in block.rows[1:]])
        elif block.kind == "badges":
            with st.container(horizontal=True, gap="small"):
                for text in block.rows[0]:
                    st.badge(inline(text), color="gray")
        elif block.kind == "caveat":
            st.warning(inline(block.text), icon=":material/warning:")
        elif block.figure is not None:
            figure(block.figure)
        elif block.kind != "heading":
            st.markdown(f"{'- ' if block.kind == 'item' else ''}{inline(block.text)}")
