"""Row by row: what two arms said beside each other, and what they were given. Every filter and row is in the address."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pipeline.ui import state
from pipeline.ui.text import heading, inline, said

Json = dict[str, Any]
CELLS = {"fixed": (False, True), "broken": (True, False), "both right": (True, True), "both wrong": (False, False)}


def page() -> None:
    run = state.current()
    if run is None:
        return
    report = state.report_of(run)
    if report is None:
        return
    names = [name for name in report["arms"] if any(name in row["arms"] for row in report["rows"])]
    if len(names) < 2:
        heading("One arm alone: nothing to compare")
        return
    left, right = _pair(report, names)
    rows = [row for row in report["rows"] if left in row["arms"] and right in row["arms"]]
    groups = {cell: [row for row in rows if (_right(row, left), _right(row, right)) == want] for cell, want in CELLS.items()}
    unchanged = len(groups["both right"]) + len(groups["both wrong"])
    heading(f"{left} → {right}: {len(groups['fixed'])} fixed, {len(groups['broken'])} broken, {unchanged} unchanged.")
    cell = st.radio(
        "Show", ["all", *CELLS], horizontal=True, key="show", bind="query-params",
        format_func=lambda name: f"{name} ({len(rows) if name == 'all' else len(groups[name])})",
    )  # fmt: skip
    search = st.text_input("Search", key="search", bind="query-params").casefold()
    shown = [row for row in (rows if cell == "all" else groups[cell]) if not search or search in row["input"].casefold()]
    if not shown:
        st.write("No row fits this filter.")
        return
    _one(shown, left, right)


def _pair(report: Json, names: list[str]) -> tuple[str, str]:
    comparison = (report["decision"]["comparisons"] or [{"a": names[1], "b": names[0]}])[0]
    columns = st.columns(2)
    left = columns[0].selectbox("From", names, index=names.index(comparison["b"]), key="from", bind="query-params")
    right = columns[1].selectbox("To", names, index=names.index(comparison["a"]), key="to", bind="query-params")
    return str(left), str(right)


def _right(row: Json, arm: str) -> bool:
    outcome = row["arms"][arm]["outcome"]
    return outcome == "correct" or (outcome == "abstained" and not row["references"])


def _one(shown: list[Json], left: str, right: str) -> None:
    ids = [row["row"] for row in shown]
    place = ids.index(st.query_params["row"]) if st.query_params.get("row") in ids else 0
    back, middle, forth = st.columns([1, 4, 1])
    if back.button("Previous", shortcut="k", disabled=place == 0):
        st.query_params["row"] = ids[place - 1]
        st.rerun()
    if forth.button("Next", shortcut="j", disabled=place == len(ids) - 1):
        st.query_params["row"] = ids[place + 1]
        st.rerun()
    row = shown[place]
    middle.markdown(f"Row {place + 1} of {len(ids)} · {inline(row['row'])} · {inline(row['origin'].rpartition('/')[2])}")
    st.subheader(inline(row["input"]), anchor=False)
    st.markdown(f"Right: {inline(' / '.join(row['references'])) or 'nothing to know'}")
    for column, arm in zip(st.columns(2), (left, right), strict=True):
        with column:
            _answer(arm, row["arms"][arm])


def _answer(arm: str, answer: Json) -> None:
    st.markdown(f"**{inline(arm)}** · {answer['outcome'] or 'not measured'}")
    said(answer["text"])
    if answer["failure"]:
        st.markdown(f"No answer: {inline(answer['failure'])}")
    for number, passage in enumerate(answer["passages"], 1):
        mark = " · gold" if passage["gold"] else ""
        with st.expander(f"Passage {number}: {inline(passage['document'])} · {passage['score']:.2f}{mark}"):
            said(passage["text"])
