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
from pipeline.run_folder.store import RunFolder, all_runs
from pipeline.ui import blocks, state
from pipeline.ui.text import inline

MARKS = {"yes": " ✓", "no": " ✗", "open": ": open"}


def table(rows: list[dict[str, Any]]) -> None:
    """Runs as a real table: name, verdict, right answers, model, rows, start."""
    runs = jobs.runs_folder()
    names = state.called(all_runs(runs))
    told: list[list[blocks.Cell]] = []
    for row in rows:
        decision = RunFolder(runs / row["run"]).read_json("decision.json")
        opens = blocks.Link(names.get(row["run"], row["run"]), "verdict" if decision else "progress", {"run": row["run"]})
        verdict = in_short(decision) if decision else row["state"]
        started = (row["started"] or "–")[:16].replace("T", " ")
        told.append([opens, verdict, _right(decision), row["model"] or "–", str(row["n"] or "–"), started])
    blocks.table(["comparison", "verdict", "right", "model", "questions", "started"], told, "Runs")


def in_short(decision: dict[str, Any]) -> str:
    """What a verdict says of retrieval and fine-tuning."""
    found = decision.get("approach") or {}
    told = {"retrieval": found.get("retrieval"), "fine-tuning": found.get("fine_tuning")}
    if decision["verdict"] in ("blocked", "none"):
        return {"blocked": "blocked", "none": "none is good enough"}[decision["verdict"]]
    return ", ".join(f"{name}{MARKS[value]}" for name, value in told.items() if value in MARKS) or str(decision["verdict"])


def _right(decision: dict[str, Any] | None) -> str:
    """Of the arm that is named or leads."""
    if decision is None:
        return "–"
    arm = decision["arm"] or next(iter(decision["leaders"]), "")
    counts = (decision.get("right") or {}).get(arm)
    return f"{counts['right']} of {counts['rows']}" if counts else "–"


def page() -> None:
    """All runs with their states."""
    st.title("All runs", anchor=False)
    rows = overview(jobs.runs_folder())
    if not rows:
        st.write("No runs yet. A bundled case shows in about ten minutes what a comparison looks like.")
        st.page_link(state.page_named("New comparison"), label="Start a run", icon=":material/add:")
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
                state.link("Verdict" if row["verdict"] else "Progress", row["run"], "Open")
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
