"""The verdict: the sentence as the heading, the forest plot, the findings, what would change it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eval.report import cells, figures, outline
from pipeline.errors import UserError
from pipeline.results.redecide import decide_run
from pipeline.run_folder.store import RunFolder
from pipeline.ui import blocks, state
from pipeline.ui.text import heading, inline

Json = dict[str, Any]


@state.of_report
def page(run: RunFolder, report: Json) -> None:
    """The verdict, its reasons, and the differences it rests on."""
    decision = report["decision"]
    heading(decision["sentence"])
    for block in decision["blocks"]:
        st.error(inline(block))
    st.markdown("\n".join(f"- {inline(reason)}" for reason in decision["reasons"]))
    if drawn := figures.forest(report):
        st.subheader("Differences on the same rows", anchor=False)
        blocks.figure(drawn)
    st.subheader(inline(cells.findings_title(report)), anchor=False)
    blocks.draw(outline.findings(report))
    st.subheader("All comparisons", anchor=False)
    _comparisons(report)
    if checked := cells.criteria(report):
        st.subheader("Criteria", anchor=False)
        blocks.table(["constraint", "arm", "limit", "result"], checked)
    _changes(report)
    _what_if(run, report)


def _what_if(run: RunFolder, report: Json) -> None:
    """Other rules over the same scores; the stored verdict stays as it is."""
    st.subheader("Under other rules", anchor=False)
    st.write("Decided again from the stored scores, as a trial. The verdict above stays: its rules were fixed before the run.")
    rules = report["experiment"]["decision"]
    boxes = st.columns(3)
    asked = {
        "decision.margin": boxes[0].number_input("Smallest difference that matters", 0.0, 1.0, float(rules["margin"]), 0.01, "%.3f"),
        "decision.alpha": boxes[1].number_input("Level of the tests", 0.001, 0.49, float(rules["alpha"]), 0.01, "%.3f"),
        "decision.prices.machine_hour": boxes[2].number_input(
            f"Price of a machine hour ({rules['prices']['currency']})", 0.0, None, float(rules["prices"]["machine_hour"]), 0.05
        ),
        "decision.prices.queries_per_month": boxes[2].number_input(
            "Queries a month", 0.0, None, float(rules["prices"]["queries_per_month"]), 1000.0, "%.0f"
        ),
        "decision.constraints.max_fabricated": boxes[0].number_input(
            "At most fabricated (share)", 0.0, 1.0, rules["constraints"]["max_fabricated"], 0.05, placeholder="no limit"
        ),
        "decision.constraints.p95_seconds": boxes[1].number_input(
            "At most seconds (p95)", 0.0, None, rules["constraints"]["p95_seconds"], 0.5, placeholder="no limit"
        ),
    }
    changed = {key: value for key, value in asked.items() if value != _stored(rules, key)}
    if not changed:
        return
    try:
        decision = decide_run(run.path.parent, run.id, [f"{key}={'null' if value is None else value}" for key, value in changed.items()])
    except UserError as error:
        st.error(inline(str(error)))
        return
    same = (decision["verdict"], decision["arm"]) == (report["decision"]["verdict"], report["decision"]["arm"])
    st.info(f"{'The same verdict' if same else 'Another verdict'}: {inline(decision['sentence'])}")


def _stored(rules: Json, key: str) -> Any:
    value: Any = rules
    for name in key.split(".")[1:]:
        value = value[name]
    return value


def _comparisons(report: Json) -> None:
    if rows := cells.comparisons(report):
        blocks.table(cells.comparisons_head(report), rows)
    else:
        st.write("Nothing could be compared.")


def _changes(report: Json) -> None:
    decision = report["decision"]
    st.subheader("The main caveat", anchor=False)
    st.write(inline(report["main_caveat"]))
    st.subheader("What would change this", anchor=False)
    lines = [*decision["changes"], *decision["caveats"]]
    lines += [f"{f['severity']}: {f['message']}. {f['remedy']}" for f in report["audit"]]
    lines += [f"Not tested: {untested}" for untested in decision["not_tested"]]
    st.markdown("\n".join(f"- {inline(line)}" for line in lines))
    st.subheader("Next step", anchor=False)
    st.write(inline(report["next_step"]))
