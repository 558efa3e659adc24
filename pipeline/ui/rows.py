"""Row by row: what two arms said beside each other, and what they were given. Every filter and row is in the address."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from pipeline.run_folder import pages
from pipeline.run_folder.pages import Line
from pipeline.run_folder.store import RunFolder
from pipeline.ui import state
from pipeline.ui.text import heading, inline, said

Json = dict[str, Any]
CELLS = {"fixed": (False, True), "broken": (True, False), "both right": (True, True), "both wrong": (False, False)}
"""Whether the first and the second arm are right."""
UNKNOWN = "not measured"
"""Rows on which either answer is neither right nor wrong."""
AROUND = 5
"""Rows listed on either side of the one that is shown."""


@state.of_report
def page(run: RunFolder, report: Json) -> None:
    """Two arms row by row: where both are right, where one is, and where neither."""
    path = run.path / pages.FILE
    lines = _lines(str(path), path.stat().st_mtime_ns)
    names = [name for name in report["arms"] if any(name in line.right for line in lines)]
    if len(names) < 2:
        heading("One arm alone: nothing to compare")
        return
    place = st.container()
    left, right = _pair(report, names)
    groups = _groups(lines, left, right)
    with place:
        heading(_sentence(left, right, groups))
    _table(left, right, groups)
    cell = st.radio(
        "Show", list(groups), horizontal=True, key="show", bind="query-params", format_func=lambda name: f"{name} ({len(groups[name])})"
    )
    search = st.text_input("Search", key="search", bind="query-params").casefold()
    shown = [line for line in groups[cell] if not search or search in line.input.casefold()]
    if not shown:
        st.write("No row matches this filter.")
        return
    _one(path, shown, left, right)


@st.cache_resource(max_entries=4, show_spinner="Reading the rows")
def _lines(path: str, written: int) -> Sequence[Line]:
    """Kept by file and time of writing, shared by all visitors and never changed."""
    return tuple(pages.lines(Path(path)))


def _pair(report: Json, names: list[str]) -> tuple[str, str]:
    comparison = (report["decision"]["comparisons"] or [{"a": names[1], "b": names[0]}])[0]
    columns = st.columns(2)
    left = columns[0].selectbox("From", names, index=names.index(comparison["b"]), key="from", bind="query-params")
    right = columns[1].selectbox("To", names, index=names.index(comparison["a"]), key="to", bind="query-params")
    return str(left), str(right)


def _groups(lines: Sequence[Line], left: str, right: str) -> dict[str, list[Line]]:
    """All rows that both arms were asked, and the parts these fall into."""
    groups: dict[str, list[Line]] = {name: [] for name in ("all", *CELLS, UNKNOWN)}
    names = {pair: name for name, pair in CELLS.items()}
    for line in lines:
        if left in line.right and right in line.right:
            found = (line.right[left], line.right[right])
            groups["all"].append(line)
            groups[UNKNOWN if found[0] is None or found[1] is None else names[found[0], found[1]]].append(line)
    return groups


def _sentence(left: str, right: str, groups: dict[str, list[Line]]) -> str:
    unchanged = len(groups["both right"]) + len(groups["both wrong"])
    missing = f", {len(groups[UNKNOWN])} {UNKNOWN}" if groups[UNKNOWN] else ""
    return f"{left} → {right}: {len(groups['fixed'])} fixed, {len(groups['broken'])} broken, {unchanged} unchanged{missing}."


def _table(left: str, right: str, groups: dict[str, list[Line]]) -> None:
    """The 2×2: with the rows that were not measured it adds up to all rows."""
    words = {True: "right", False: "wrong"}
    cells = {pair: f"{len(groups[name])} {name}" for name, pair in CELLS.items()}
    st.table([
        {"": f"{left} {words[one]}", **{f"{right} {words[other]}": cells[one, other] for other in (True, False)}} for one in (True, False)
    ])  # fmt: skip


def _go(row: str) -> None:
    st.query_params["row"] = row


@st.fragment
def _one(path: Path, shown: list[Line], left: str, right: str) -> None:
    ids = [line.row for line in shown]
    place = ids.index(st.query_params["row"]) if st.query_params.get("row") in ids else 0
    back, middle, forth = st.columns([1, 4, 1])
    back.button("Previous", shortcut="k", disabled=place == 0, on_click=_go, args=(ids[max(place - 1, 0)],))
    forth.button("Next", shortcut="j", disabled=place == len(ids) - 1, on_click=_go, args=(ids[min(place + 1, len(ids) - 1)],))
    row = pages.row(path, ids[place])
    if row is None:
        st.write("This row is no longer in the report; reload the page.")
        return
    middle.markdown(f"Row {place + 1} of {len(ids)} · {inline(row['row'])} · {inline(row['origin'].rpartition('/')[2])}")
    st.subheader(inline(row["input"]), anchor=False)
    st.markdown(f"Right: {inline(' / '.join(row['references'])) or 'nothing to know'}")
    for column, arm in zip(st.columns(2), (left, right), strict=True):
        with column:
            _answer(arm, row["arms"][arm])
    _neighbours(shown, place, left, right)


def _neighbours(shown: list[Line], place: int, left: str, right: str) -> None:
    """The rows before and after this one, as a table."""
    words = {True: "right", False: "wrong", None: UNKNOWN}
    first = max(0, place - AROUND)
    near = shown[first : place + AROUND + 1]
    st.subheader(f"Rows {first + 1} to {first + len(near)} of {len(shown)}", anchor=False)
    st.table([
        {"Row": f"{'→ ' if number == place else ''}{number + 1}", "Input": inline(line.input[:200]),
         left: words[line.right[left]], right: words[line.right[right]]}
        for number, line in enumerate(near, first)
    ])  # fmt: skip


def _answer(arm: str, answer: Json) -> None:
    st.markdown(f"**{inline(arm)}** · {answer['outcome'] or UNKNOWN}")
    said(answer["text"])
    if answer["failure"]:
        st.markdown(f"No answer: {inline(answer['failure'])}")
    for number, passage in enumerate(answer["passages"], 1):
        mark = " · gold" if passage["gold"] else ""
        with st.expander(f"Passage {number}: {inline(passage['document'])} · {passage['score']:.2f}{mark}"):
            said(passage["text"])
