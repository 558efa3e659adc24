"""Answer by answer: all rows as a table beside each other, filtered by what became of them; one row whole. The address holds it all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from eval.report.ranked import lead, order, traits
from pipeline.run_folder import pages
from pipeline.run_folder.store import RunFolder
from pipeline.ui import blocks, damage, state
from pipeline.ui.result import one_row, rows
from pipeline.ui.result.lead import beside, label
from pipeline.ui.result.rows import ANY, CELLS, DECLINED, GROUPS, KINDS_WRONG, RIGHT, RIGHTLY, UNKNOWN, WRONG, Rows
from pipeline.ui.text import heading, inline

Json = dict[str, Any]
AROUND = 5
"""Rows listed as a real table on either side of the one that is shown."""
TABLE_HEIGHT = 320


@state.of_report
def page(run: RunFolder, report: Json) -> None:
    """Two candidates row by row, the others beside them."""
    path = run.path / pages.FILE
    there = rows.read(str(path), path.stat().st_mtime_ns, _retrieving(report))
    arms = [arm for arm in order(report) if arm in there.outcomes]
    if len(arms) < 2:
        heading("One candidate alone: nothing to compare")
        return
    place = st.container()
    left, right = _pair(report, arms)
    groups = rows.groups(there, left, right)
    counts = {name: int(found.sum()) for name, found in groups.items()}
    with place:
        heading(_sentence(label(report, left), label(report, right), counts))
    shown = _shown(counts)
    filters, search = _filters(there, label(report, right))
    places = [int(at) for at in (groups[shown] & rows.kept(there, right, filters, search)).to_numpy().nonzero()[0]]
    if not places:
        st.write("No row matches this filter.")
        return
    names = {arm: label(report, arm) for arm in (left, right, *(arm for arm in arms if arm not in (left, right)))}
    _table(run, path, there, places, names)
    _one(run, there, places, {arm: names[arm] for arm in (left, right)}, names)


def _retrieving(report: Json) -> frozenset[str]:
    return frozenset(arm for arm, found in report["arms"].items() if traits(report, arm).retrieves and not found["diagnostic"])


def _pair(report: Json, arms: list[str]) -> tuple[str, str]:
    """In the address by name; a candidate that this run does not have is none."""
    first = lead(report) or arms[0]
    first = first if first in arms else arms[0]
    pair = beside(report)
    second = pair["b"] if pair and pair["b"] in arms else next(arm for arm in arms if arm != first)
    names = {label(report, arm): arm for arm in arms}
    labels, boxes = list(names), st.columns(2)
    one = boxes[0].selectbox("From", labels, labels.index(label(report, second)), key="from", bind="query-params")
    other = boxes[1].selectbox("To", labels, labels.index(label(report, first)), key="to", bind="query-params")
    return names[one], names[other]


def _sentence(left: str, right: str, counts: Mapping[str, int]) -> str:
    missing = f", {counts[UNKNOWN]} {UNKNOWN}" if counts[UNKNOWN] else ""
    unchanged = counts["both right"] + counts["both wrong"]
    return f"{left} → {right}: {counts['fixed']} fixed, {counts['broken']} broken, {unchanged} unchanged{missing}."


def _shown(counts: Mapping[str, int]) -> str:
    """The four cells, all, and what was not measured, each a button with its count; the choice stands in the address."""
    asked = st.query_params.get("show", "all")
    shown = asked if asked in counts else "all"
    with st.container(horizontal=True, gap="small"):
        for name in GROUPS:
            if name in ("all", *CELLS) or counts[name]:
                kind = "primary" if name == shown else "secondary"
                st.button(f"{counts[name]} {name}", key=f"show-{name}", type=kind, on_click=_show, args=(name,))  # type: ignore[arg-type]
    return shown


def _show(name: str) -> None:
    st.query_params["show"] = name
    st.query_params.pop("row", None)


def _filters(there: Rows, right: str) -> tuple[dict[str, str], str]:
    """Of the second candidate's answers; each in the address."""
    parts = sorted({part for line in there.lines for part in rows.slices_of(line)})
    boxes = st.columns([2, 1, 1, 1, 1])
    search = boxes[0].text_input("Search in questions and answers", key="search", bind="query-params")
    outcomes = [ANY, RIGHT, RIGHTLY, DECLINED, WRONG, UNKNOWN]
    outcome = boxes[1].selectbox(f"{right} is", outcomes, key="outcome", bind="query-params")
    why = boxes[2].selectbox("Went wrong by", [ANY, *KINDS_WRONG], key="why", bind="query-params")
    passage = boxes[3].selectbox("Right passage", [ANY, "found", "missed"], key="passage", bind="query-params")
    part = boxes[4].selectbox("Kind of question", [ANY, *parts], key="slice", bind="query-params")
    return {"outcome": outcome, "why": why, "passage": passage, "slice": part}, search


def _table(run: RunFolder, path: Path, there: Rows, places: Sequence[int], names: Mapping[str, str]) -> None:
    frame = rows.table(there, places, names)
    columns = {"Question": st.column_config.TextColumn(width="medium"), "Right answer": st.column_config.TextColumn(width="small")}
    ids = [there.lines[place].row for place in places]
    st.dataframe(
        frame, hide_index=True, height=min(TABLE_HEIGHT, 40 + 35 * len(places)), column_config=columns, key="table",
        on_select=partial(_chosen, ids), selection_mode="single-row",
        alt=f"{len(places)} rows with the outcome of every candidate; those around the one below are listed under “Rows around this one”",
    )  # fmt: skip
    st.download_button(
        f"CSV of these {len(places):,} rows", partial(rows.as_csv, path, there, places, names), f"{run.id}-answers.csv", "text/csv",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _chosen(ids: list[str]) -> None:
    picked = st.session_state["table"]["selection"]["rows"]
    if picked and picked[0] < len(ids):
        st.query_params["row"] = ids[picked[0]]


def _go(row: str) -> None:
    st.query_params["row"] = row


@st.fragment
@damage.told
def _one(run: RunFolder, there: Rows, places: list[int], pair: dict[str, str], names: dict[str, str]) -> None:
    """The row of the address, else the first; drawn alone at a step to the next."""
    path, ids = run.path / pages.FILE, [there.lines[place].row for place in places]
    at = ids.index(st.query_params["row"]) if st.query_params.get("row") in ids else 0
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Previous", shortcut="k", disabled=at == 0, on_click=_go, args=(ids[max(at - 1, 0)],))
        st.button("Next", shortcut="j", disabled=at == len(ids) - 1, on_click=_go, args=(ids[min(at + 1, len(ids) - 1)],))
        row = pages.row(path, ids[at])
        if row is not None:
            st.markdown(f"Row {at + 1} of {len(ids)} · {inline(row['row'])} · {inline(row['origin'].rpartition('/')[2])}")
    if row is None:
        st.write("This row is no longer in the report; reload the page.")
        return
    one_row.draw(row, pair, names, {str(arm): str(there.outcomes[arm].iloc[places[at]]) for arm in there.outcomes})
    one_row.prompts(run, ids[at], pair)
    _neighbours(there, places, at, pair)


def _neighbours(there: Rows, places: list[int], at: int, pair: Mapping[str, str]) -> None:
    """The rows before and after this one, as a real table."""
    if box := one_row.folded("Rows around this one"):
        first = max(0, at - AROUND)
        near = places[first : at + AROUND + 1]
        marks = [[str(there.outcomes[arm].iloc[place]) for arm in pair] for place in near]
        told = [
            [f"{'→ ' if number == at else ''}{number + 1}", there.lines[place].input[:200], *outcomes]
            for (number, place), outcomes in zip(enumerate(near, first), marks, strict=True)
        ]
        with box:
            blocks.table(["row", "question", *pair.values()], told, f"Rows {first + 1} to {first + len(near)} of {len(places)}")
