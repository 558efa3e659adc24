"""The verdict: the sentence as the heading, the forest plot, the findings, what would change it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eval.names import metric_name
from eval.report import charts
from eval.report.format import NOT_MEASURED, interval, measured, number, probability
from eval.report.html import forest_text
from pipeline.errors import UserError
from pipeline.redecide import decide_run
from pipeline.store import RunFolder
from pipeline.ui import state
from pipeline.ui.text import heading, inline

Json = dict[str, Any]
SIDES = {"first": "a", "second": "b"}


@state.of_report
def page(run: RunFolder, report: Json) -> None:
    decision = report["decision"]
    heading(decision["sentence"])
    for block in decision["blocks"]:
        st.error(inline(block))
    st.markdown("\n".join(f"- {inline(reason)}" for reason in decision["reasons"]))
    if any(c["difference"] is not None for c in report["headline"]):
        st.subheader("Differences on the same rows", anchor=False)
        st.altair_chart(
            charts.forest(report["headline"], report["metric"], report["experiment"]["decision"]["margin"]),
            alt=forest_text(report["headline"], report["metric"]),
        )
    _findings(report)
    _changes(report)
    _what_if(run, report)


def _what_if(run: RunFolder, report: Json) -> None:
    """Other rules over the same scores; the stored verdict stays as it is."""
    st.subheader("Under other rules", anchor=False)
    st.write("Decided anew from the stored scores, for you to see; the verdict above was fixed by the rules set before the run.")
    rules = report["experiment"]["decision"]
    boxes = st.columns(3)
    asked = {
        "decision.margin": boxes[0].number_input("Smallest difference that matters", 0.0, 1.0, float(rules["margin"]), 0.01, "%.3f"),
        "decision.alpha": boxes[1].number_input("Level of the tests", 0.001, 0.49, float(rules["alpha"]), 0.01, "%.3f"),
        "decision.prices.machine_hour": boxes[2].number_input(
            f"Price of a machine hour ({rules['prices']['currency']})", 0.0, None, float(rules["prices"]["machine_hour"]), 0.05
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


def _findings(report: Json) -> None:
    st.subheader("Findings", anchor=False)
    arms, metric = report["arms"], report["metric"]
    rows = [
        {
            "Comparison": f"{f['a']} − {f['b']}",
            "Difference (95 % interval; n)": _difference(f),
            "p (Holm)": probability(f["p_holm"]),
            **{f"{metric_name(metric)}, {nth}": measured(arms[f[side]]["metrics"].get(metric)) for nth, side in SIDES.items()},
        }
        for f in report["findings"]
    ]
    if rows:
        st.table(rows)
    else:
        st.write("Nothing could be compared.")


def _difference(found: Json) -> str:
    if found["difference"] is None:
        return NOT_MEASURED
    return f"{number(found['difference'], 3, True)} ({interval(found['low'], found['high'], 3, True)}; n = {found['n']})"


def _changes(report: Json) -> None:
    decision = report["decision"]
    st.subheader("What would change this", anchor=False)
    lines = [*decision["changes"], *decision["caveats"]]
    lines += [f"{f['severity']}: {f['message']}. {f['remedy']}" for f in report["audit"]]
    lines += [f"Not tested: {untested}" for untested in decision["not_tested"]]
    st.markdown("\n".join(f"- {inline(line)}" for line in lines))
