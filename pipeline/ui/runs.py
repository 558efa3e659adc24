"""All runs: name, state, verdict, and what each is about; two of them side by side. The way in."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eval.names import metric_name
from eval.report.format import difference, measured, money
from pipeline import jobs
from pipeline.arms import ARMS
from pipeline.errors import UserError
from pipeline.results.compare import compare_runs
from pipeline.results.overview import overview
from pipeline.ui import blocks, state
from pipeline.ui.text import inline


def page() -> None:
    """All runs with their states."""
    st.title("Runs", anchor=False)
    rows = overview(jobs.runs_folder())
    if not rows:
        st.write("No runs yet. A bundled case shows in about ten minutes what a comparison looks like.")
        st.page_link(state.page_named("New"), label="Start a run", icon=":material/add:")
        return
    active = sum(row["state"] in ("queued", "running", "stalled") for row in rows)
    st.write(f"{len(rows)} run{'s' if len(rows) > 1 else ''}, {active} active.")
    for row in rows:
        with st.container(border=True):
            left, right = st.columns([5, 1])
            left.markdown(f"**{inline(row['run'])}** · {state.STATE_MARKS[row['state']]}")
            if row["sentence"]:
                left.markdown(inline(row["sentence"]))
            left.markdown(inline(about(row)))
            with right:
                state.link("Verdict" if row["verdict"] else "Run", row["run"], "Open")
    _side_by_side([row["run"] for row in rows if row["verdict"]])


def about(row: dict[str, Any]) -> str:
    """The difference that decides with its interval and n, data, model, start and cost, of what is there yet."""
    pair, cost = row["comparison"], row["cost"]
    told = [
        pair and f"{_label(pair['a'])} − {_label(pair['b'])} {difference(pair)}",
        row["data"] and f"data {row['data'][:8]}",
        row["model"],
        row["started"] and f"started {row['started'][:16].replace('T', ' ')} UTC",
        cost and f"a repeat costs {money(cost['cost'], cost['currency'])}",
    ]
    return " · ".join(filter(None, told)) or "nothing measured yet"


def _label(arm: str) -> str:
    return ARMS[arm].label if arm in ARMS else arm


def _side_by_side(known: list[str]) -> None:
    """Two finished runs; differences only where their test rows are the same, else the reason why there are none."""
    if len(known) < 2:
        return
    st.subheader("Two runs side by side", anchor=False)
    boxes = st.columns(2)
    one = boxes[0].selectbox("First run", known, index=None, placeholder="Choose a run", key="one")
    other = boxes[1].selectbox("Second run", known, index=None, placeholder="Choose a run", key="other")
    if not one or not other or one == other:
        return
    try:
        found = compare_runs(jobs.runs_folder(), one, other)
    except UserError as error:
        st.error(inline(str(error)))
        return
    st.write(inline(f"{metric_name(found['metric'])}. {found['note']}"))
    head = ["arm", "first run", "second run", "difference (95 % interval; n)"]
    blocks.table(head, [[row["arm"], measured(row["one"]), measured(row["other"]), _gap(row["difference"])] for row in found["arms"]])


def _gap(found: dict[str, Any] | None) -> str:
    return "not shown" if found is None else difference(found)
